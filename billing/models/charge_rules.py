"""The database's rules on charges and credits, and what the fall of a charge does by itself (C4-C8, C10, C11)."""

from __future__ import annotations

import pgtrigger
from django.utils.translation import gettext_noop

from billing.models.registration_rules import ordered
from tickets.rules import FirmTrigger, Rule

FIRM = "('company', 'carrier', 'undetermined')"
FALLEN = "('voided', 'credited')"
FALLS = f"NEW.status IN {FALLEN} AND OLD.status IS DISTINCT FROM NEW.status"
GOES_AHEAD = "NEW.status IN ('validated', 'billed', 'settled') AND NEW.status <> OLD.status"
ON_REGISTRATION = "NEW.kind IN ('option_fee', 're_registration_fee')"

# The verdict of the latest review that speaks of this charge or of its registration.
VERDICT = (
    "SELECT v.verdict FROM billing_faultreview v WHERE v.charge_id = NEW.id "
    "OR v.registration_id = NEW.registration_id ORDER BY v.id DESC LIMIT 1"
)

# A charge that is written while its registration is under review is born under review.
FAULT_AT_BIRTH = FirmTrigger(
    name="c5_charge_born_with_fault",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert,
    func=f"NEW.fault := COALESCE(({VERDICT}), ''); RETURN NEW;",
)

FALL_ENDS_DEMAND = FirmTrigger(
    name="c5_fall_ends_the_demand",
    when=pgtrigger.Before,
    operation=pgtrigger.Update,
    # Only together with such a change: a demand opened by hand is refused below, not quietly dropped.
    condition=pgtrigger.Condition("NEW.fault <> OLD.fault OR NEW.status <> OLD.status"),
    func=f"IF NEW.fault IN {FIRM} OR NEW.status <> 'billed' THEN NEW.demand_open := false; END IF; RETURN NEW;",
)

# Whatever made the charge fall: what is not yet given back of it becomes a credit, tax rounded up, and calls to ask
# for it are void. Not for a waiver: its own credit says how much (services/waivers.py).
FALL_GIVES_BACK = FirmTrigger(
    name="c5_fall_gives_back",
    when=pgtrigger.After,
    operation=pgtrigger.UpdateOf("status"),
    condition=pgtrigger.Condition("NEW.status = 'credited' AND OLD.status <> 'credited'"),
    func=(
        "INSERT INTO billing_credit (customer_id, contract_id, kind, charge_id, waiver_id, net_yen, tax_percent, "
        "tax_yen, status, owed_at, refund_ref) "
        "SELECT k.customer_id, NEW.contract_id, NEW.fall_kind, NEW.id, "
        "CASE WHEN NEW.fall_kind = 'waiver' THEN (SELECT w.id FROM billing_waiver w WHERE w.charge_id = NEW.id "
        "AND w.status = 'approved' ORDER BY w.id DESC LIMIT 1) END, "
        "NEW.net_yen - given.net, NEW.tax_percent, NEW.tax_yen - given.tax, 'owed', NEW.fallen_at, '' "
        "FROM billing_contract k, (SELECT COALESCE(sum(c.net_yen), 0) AS net, COALESCE(sum(c.tax_yen), 0) AS tax "
        "FROM billing_credit c WHERE c.charge_id = NEW.id) given "
        "WHERE k.id = NEW.contract_id AND given.net + given.tax < NEW.net_yen + NEW.tax_yen; RETURN NULL;"
    ),
)

FALL_VOIDS_CALLS = FirmTrigger(
    name="c8_fall_voids_calls",
    when=pgtrigger.After,
    operation=pgtrigger.UpdateOf("status"),
    condition=pgtrigger.Condition(
        "NEW.status IN ('voided', 'credited') AND OLD.status NOT IN ('voided', 'credited')"
    ),
    func=(
        "UPDATE tickets_promise SET status = 'void', ended_at = NEW.fallen_at, "
        "void_reason = 'C8: the charge has fallen' WHERE status = 'open' AND id IN "
        "(SELECT b.promise_id FROM billing_chargecall b WHERE b.charge_id = NEW.id); RETURN NULL;"
    ),
)

RULES = [
    FAULT_AT_BIRTH,
    FALL_ENDS_DEMAND,
    Rule(
        rule="C5",
        name="fault_follows_the_review",
        says="the fault of a charge is the verdict of its review, '%', and is not set by hand",
        details=[f"COALESCE(({VERDICT}), '')"],
        refuse_if=f"NEW.fault IS DISTINCT FROM OLD.fault AND NEW.fault <> COALESCE(({VERDICT}), '')",
        operation=pgtrigger.Update,
    ),
    Rule(
        rule="C5",
        name="firm_fault_is_never_billed",
        says="a charge whose fault is % cannot be billed or demanded",
        details=["NEW.fault"],
        refuse_if=f"NEW.fault IN {FIRM} AND (NEW.demand_open OR NEW.status IN ('validated', 'billed', 'settled'))",
    ),
    Rule(
        rule="C5",
        name="dispute_ends_by_two",
        says=gettext_noop(
            "a disputed charge is imposed only when two people of SV or above found against the customer"
        ),
        refuse_if=(
            "OLD.status IN ('on_hold', 'disputed') AND NEW.status IN ('validated', 'billed', 'settled') "
            f"AND COALESCE(({VERDICT}), '') NOT IN ('customer', 'third')"
        ),
        operation=pgtrigger.Update,
    ),
    Rule(
        rule="C4",
        name="born_billed_only_imported",
        says=gettext_noop("only a charge imported from the old system may begin as billed or settled"),
        refuse_if="NEW.status <> 'proposed' AND NEW.origin <> 'imported'",
        operation=pgtrigger.Insert,
    ),
    Rule(
        rule="C4",
        name="no_evidence_no_charge",
        says=gettext_noop("no evidence that the customer ordered this option: no charge"),
        refuse_if=(
            f"{GOES_AHEAD} AND NOT (OLD.status = 'billed' AND NEW.status = 'settled') AND {ON_REGISTRATION} "
            "AND NOT EXISTS (SELECT 1 FROM billing_optionregistration r WHERE r.id = NEW.registration_id "
            f"AND r.contract_id = NEW.contract_id AND r.status IN ('active', 'terminated') AND {ordered('r')})"
        ),
        operation=pgtrigger.Update,
    ),
    Rule(
        rule="C4",
        name="no_evidence_no_demand",
        says=gettext_noop("no evidence that the customer ordered this option: payment is not demanded"),
        # Also of what the old system billed: it stands, but nobody is asked for it without an order.
        refuse_if=(
            f"NEW.demand_open AND OLD.demand_open IS NOT TRUE AND {ON_REGISTRATION} AND NOT EXISTS (SELECT 1 FROM "
            f"billing_optionregistration r WHERE r.id = NEW.registration_id AND {ordered('r')})"
        ),
    ),
    Rule(
        rule="C4",
        name="fee_within_the_contract",
        says=gettext_noop("a monthly fee is charged for days of the contract"),
        refuse_if=(
            "NEW.kind = 'contract_fee' AND NEW.origin = 'desk' AND EXISTS (SELECT 1 FROM billing_contract k "
            "WHERE k.id = NEW.contract_id AND (NEW.period_from < k.started_on OR NEW.period_from > k.last_day))"
        ),
        operation=pgtrigger.Insert,
    ),
    Rule(
        rule="C10",
        name="not_before_delivery",
        says=gettext_noop("an option is not charged for days before it was delivered"),
        refuse_if=(
            f"{GOES_AHEAD} AND NOT (OLD.status = 'billed' AND NEW.status = 'settled') AND NEW.kind = 'option_fee' "
            "AND NOT EXISTS (SELECT 1 FROM billing_optionregistration r WHERE r.id = NEW.registration_id "
            "AND r.billable_from <= NEW.period_from)"
        ),
        operation=pgtrigger.Update,
    ),
    Rule(
        rule="C4",
        name="option_of_its_contract",
        says=gettext_noop("a charge and its registration belong to one contract"),
        refuse_if=(
            "NEW.registration_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM billing_optionregistration r "
            "WHERE r.id = NEW.registration_id AND r.contract_id = NEW.contract_id)"
        ),
        operation=pgtrigger.Insert,
    ),
    Rule(
        rule="C6",
        name="nothing_on_a_void_registration",
        says=gettext_noop("a registration that is void from its start is not charged for"),
        refuse_if=(
            "EXISTS (SELECT 1 FROM billing_optionregistration r WHERE r.id = NEW.registration_id "
            "AND r.status IN ('voided', 'cancelled'))"
        ),
        operation=pgtrigger.Insert,
    ),
    Rule(
        rule="C6",
        name="re_registration_is_free",
        says=gettext_noop("registering the right option in place of a wrong one costs 0 yen"),
        refuse_if=(
            "NEW.kind = 're_registration_fee' AND NEW.net_yen > 0 AND EXISTS (SELECT 1 FROM "
            "billing_optionregistration r WHERE r.id = NEW.registration_id AND r.corrects_id IS NOT NULL)"
        ),
        operation=pgtrigger.Insert,
    ),
    Rule(
        rule="C11",
        name="tax_by_supply_date",
        says="the tax rate of a supply on % is not % per cent",
        details=["NEW.supply_on", "NEW.tax_percent"],
        refuse_if=(
            "NEW.taxable AND NOT EXISTS (SELECT 1 FROM billing_taxrate t WHERE t.during @> NEW.supply_on "
            "AND t.percent = NEW.tax_percent)"
        ),
        operation=pgtrigger.Insert,
    ),
    Rule(
        rule="C11",
        name="penalty_up_to_the_cap",
        says=gettext_noop(
            "a consumer's penalty is at most one month's fee for contracts from 2022-07-01 (22-2-13-2)"
        ),
        refuse_if=(
            "NEW.kind = 'penalty' AND EXISTS (SELECT 1 FROM billing_contract k JOIN billing_productversion p "
            "ON p.id = k.product_version_id JOIN billing_feecap f ON f.code = 'penalty_months' "
            "AND f.during @> k.started_on WHERE k.id = NEW.contract_id AND k.kind = 'consumer' "
            "AND NEW.net_yen > f.value * p.monthly_fee_yen)"
        ),
        operation=pgtrigger.Insert,
    ),
    Rule(
        rule="C11",
        name="residual_falls_to_zero",
        says=gettext_noop("the residual of a consumer's construction fee falls to zero by month (22-2-13-2)"),
        # Month 1 is the month of the start: of 24 months, cancelled in month 10, (24 - 9) / 24 is left.
        refuse_if=(
            "NEW.kind = 'residual' AND EXISTS (SELECT 1 FROM billing_contract k JOIN billing_productversion p "
            "ON p.id = k.product_version_id JOIN billing_feecap f ON f.code = 'residual_months' "
            "AND f.during @> k.started_on WHERE k.id = NEW.contract_id AND k.kind = 'consumer' "
            "AND NEW.net_yen * f.value > p.construction_fee_yen * GREATEST(0, f.value - ("
            "(date_part('year', NEW.supply_on) - date_part('year', k.started_on)) * 12 "
            "+ date_part('month', NEW.supply_on) - date_part('month', k.started_on))))"
        ),
        operation=pgtrigger.Insert,
    ),
    Rule(
        rule="C5",
        name="fault_falls_by_verdict",
        says=gettext_noop("a charge falls for an error only by a verdict of company or carrier"),
        refuse_if=f"{FALLS} AND NEW.fall_kind = 'fault' AND NEW.fault NOT IN ('company', 'carrier')",
        operation=pgtrigger.Update,
    ),
    Rule(
        rule="C6",
        name="correction_falls_by_void",
        says=gettext_noop("a charge falls by correction only with its registration void from its start"),
        refuse_if=(
            f"{FALLS} AND NEW.fall_kind = 'correction' AND NOT EXISTS (SELECT 1 FROM billing_optionregistration r "
            "WHERE r.id = NEW.registration_id AND r.status = 'voided')"
        ),
        operation=pgtrigger.Update,
    ),
    Rule(
        rule="C7",
        name="waiver_falls_by_approval",
        says=gettext_noop("a charge is waived only by an approved waiver of its whole amount"),
        refuse_if=(
            f"{FALLS} AND NEW.fall_kind = 'waiver' AND NOT EXISTS (SELECT 1 FROM billing_waiver w "
            "WHERE w.charge_id = NEW.id AND w.status = 'approved' AND w.amount_yen >= NEW.net_yen + NEW.tax_yen)"
        ),
        operation=pgtrigger.Update,
    ),
    Rule(
        rule="C7",
        name="withdrawn_only_while_proposed",
        says=gettext_noop(
            "only a proposed charge is withdrawn; later it falls by verdict, correction or waiver"
        ),
        refuse_if=f"{FALLS} AND NEW.fall_kind = 'withdrawn' AND OLD.status <> 'proposed'",
        operation=pgtrigger.Update,
    ),
    Rule(
        rule="C11",
        name="billed_on_an_invoice",
        says=gettext_noop("a charge is billed only on an invoice"),
        refuse_if=(
            "NEW.status = 'billed' AND OLD.status = 'validated' AND NOT EXISTS (SELECT 1 FROM billing_invoiceline l "
            "WHERE l.charge_id = NEW.id)"
        ),
        operation=pgtrigger.Update,
    ),
    FALL_GIVES_BACK,
    FALL_VOIDS_CALLS,
    Rule(
        rule="C8",
        name="apology_takes_the_calls_place",
        says=gettext_noop("a call to collect was planned and the charge has fallen: an apology call is owed"),
        refuse_if=(
            f"{FALLS} AND EXISTS (SELECT 1 FROM billing_chargecall b JOIN tickets_promise p ON p.id = b.promise_id "
            "WHERE b.charge_id = NEW.id AND b.apology_id IS NULL AND (p.status = 'kept' OR p.ended_at = NEW.fallen_at))"
        ),
        operation=pgtrigger.UpdateOf("status"),
        timing=pgtrigger.Deferred,
    ),
]

CREDIT_RULES = [
    Rule(
        rule="C1",
        name="credit_to_the_contracts_customer",
        says=gettext_noop("a credit is owed to the customer of its contract"),
        refuse_if=(
            "NEW.customer_id <> (SELECT k.customer_id FROM billing_contract k WHERE k.id = NEW.contract_id) OR "
            "(NEW.charge_id IS NOT NULL AND NEW.contract_id <> "
            "(SELECT c.contract_id FROM billing_charge c WHERE c.id = NEW.charge_id))"
        ),
        operation=pgtrigger.Insert,
    ),
    Rule(
        rule="C7",
        name="credit_only_as_approved",
        says=gettext_noop("a waiver gives back what was approved and no more"),
        refuse_if=(
            "NEW.waiver_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM billing_waiver w WHERE w.id = NEW.waiver_id "
            "AND w.status = 'approved' AND w.amount_yen >= NEW.net_yen + NEW.tax_yen + (SELECT "
            "COALESCE(sum(c.net_yen + c.tax_yen), 0) FROM billing_credit c WHERE c.waiver_id = NEW.waiver_id))"
        ),
        operation=pgtrigger.Insert,
    ),
    Rule(
        rule="C5",
        name="credit_up_to_the_charge",
        says=gettext_noop("no more is given back than was charged"),
        refuse_if=(
            "NEW.charge_id IS NOT NULL AND NEW.net_yen + NEW.tax_yen + (SELECT COALESCE(sum(c.net_yen + c.tax_yen), 0) "
            "FROM billing_credit c WHERE c.charge_id = NEW.charge_id) > "
            "(SELECT c.net_yen + c.tax_yen FROM billing_charge c WHERE c.id = NEW.charge_id)"
        ),
        operation=pgtrigger.Insert,
    ),
    Rule(
        rule="C5",
        name="error_credit_of_a_fallen_charge",
        says=gettext_noop("a credit for an error or a correction belongs to a charge that has fallen for it"),
        refuse_if=(
            "NEW.kind IN ('fault', 'correction') AND NOT EXISTS (SELECT 1 FROM billing_charge c "
            "WHERE c.id = NEW.charge_id AND c.status = 'credited' AND c.fall_kind = NEW.kind)"
        ),
        operation=pgtrigger.Insert,
    ),
]

TOLD_RULES = [
    Rule(
        rule="C5",
        name="fallen_is_never_demanded",
        says="this charge cannot be demanded of the customer: its fault is '%', it is %",
        details=[
            "(SELECT c.fault FROM billing_charge c WHERE c.id = NEW.charge_id)",
            "(SELECT c.status FROM billing_charge c WHERE c.id = NEW.charge_id)",
        ],
        refuse_if=(
            "NEW.stance = 'due' AND EXISTS (SELECT 1 FROM billing_charge c WHERE c.id = NEW.charge_id "
            f"AND (c.fault IN {FIRM} OR c.status IN {FALLEN}))"
        ),
        operation=pgtrigger.Insert,
    ),
]

CALL_RULES = [
    Rule(
        rule="C8",
        name="call_about_a_standing_charge",
        says=gettext_noop(
            "no call is planned to collect a charge whose fault is open or ours, or that has fallen"
        ),
        refuse_if=(
            "EXISTS (SELECT 1 FROM billing_charge c WHERE c.id = NEW.charge_id "
            f"AND (c.fault IN {FIRM} OR c.status IN {FALLEN}))"
        ),
        operation=pgtrigger.Insert,
    ),
    Rule(
        rule="C8",
        name="call_is_a_charge_call",
        says=gettext_noop(
            "a call about a charge is a promise of that kind, and its apology one of the other"
        ),
        refuse_if=(
            "NOT EXISTS (SELECT 1 FROM tickets_promise p WHERE p.id = NEW.promise_id AND p.kind = 'charge_call') OR "
            "(NEW.apology_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM tickets_promise p "
            "WHERE p.id = NEW.apology_id AND p.kind = 'apology'))"
        ),
    ),
]
