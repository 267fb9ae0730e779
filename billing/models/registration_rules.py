"""The database's rules on registrations, comparisons and contract documents (C2, C4, C6, C10, C11).

SQL fragments speak of a `billing_optionregistration` row; they are shared by the triggers of several tables.
"""

from __future__ import annotations

import pgtrigger
from django.utils.translation import gettext_noop

from tickets.rules import FirmTrigger, Rule

LIVE = "('draft', 'evidenced', 'verified', 'notified', 'active')"


def ordered(registration: str) -> str:
    """SQL: the evidence of this registration row (alias or NEW) belongs to its contract and ticks its option."""
    return (
        "EXISTS (SELECT 1 FROM billing_orderevidence e, billing_optionitem o "
        f"WHERE e.id = {registration}.evidence_id AND e.contract_id = {registration}.contract_id "
        f"AND o.id = {registration}.option_id AND (e.fields -> 'options' ->> o.code) = 'true')"
    )


def agrees(registration: str) -> str:
    """SQL: the latest comparison of this row is with its own evidence, covers the whole form, and no field differs."""
    return (
        "EXISTS (SELECT 1 FROM (SELECT c.id, c.evidence_id FROM billing_registrationcomparison c "
        f"WHERE c.registration_id = {registration}.id ORDER BY c.id DESC LIMIT 1) latest "
        "JOIN billing_orderevidence e ON e.id = latest.evidence_id "
        f"WHERE latest.evidence_id = {registration}.evidence_id "
        "AND NOT EXISTS (SELECT 1 FROM jsonb_object_keys(e.fields -> 'options') AS code WHERE NOT EXISTS "
        "(SELECT 1 FROM billing_comparisonrow w WHERE w.comparison_id = latest.id AND w.field = code)) "
        "AND NOT EXISTS (SELECT 1 FROM billing_comparisonrow w WHERE w.comparison_id = latest.id AND NOT w.matches))"
    )


GOING_AHEAD = (
    "NEW.status IN ('verified', 'notified', 'active') AND NEW.status IS DISTINCT FROM OLD.status "
    "AND NOT (TG_OP = 'INSERT' AND NEW.origin = 'imported')"
)

VOID_TAKES_CHARGES = FirmTrigger(
    name="c6_void_takes_its_charges",
    when=pgtrigger.After,
    operation=pgtrigger.UpdateOf("status"),
    condition=pgtrigger.Condition("NEW.status = 'voided' AND OLD.status <> 'voided'"),
    func=(
        "UPDATE billing_charge SET status = CASE WHEN status IN ('proposed', 'validated', 'on_hold') "
        "THEN 'voided' ELSE 'credited' END, fall_kind = 'correction', fall_reason = NEW.void_reason, "
        "fallen_at = NEW.voided_at "
        "WHERE registration_id = NEW.id AND status NOT IN ('voided', 'credited'); RETURN NULL;"
    ),
)

RULES = [
    Rule(
        rule="C2",
        name="born_active_only_imported",
        says=gettext_noop("only a row imported from the old system may begin as active"),
        refuse_if="NEW.status = 'active' AND NEW.origin <> 'imported'",
        operation=pgtrigger.Insert,
    ),
    Rule(
        rule="C2",
        name="form_orders_it",
        says=gettext_noop("the evidence does not show that this option was ordered"),
        refuse_if=f"{GOING_AHEAD} AND NOT {ordered('NEW')}",
    ),
    Rule(
        rule="C2",
        name="mismatch_blocks",
        says=gettext_noop("form and register have not been compared, or differ"),
        refuse_if=f"{GOING_AHEAD} AND NOT {agrees('NEW')}",
    ),
    Rule(
        rule="C2",
        name="verified_by_another",
        says=gettext_noop("nobody but the registrar has verified this registration"),
        refuse_if=f"{GOING_AHEAD} AND NEW.verifier_id IS NULL",
    ),
    Rule(
        rule="C6",
        name="counts_from_ordered_date",
        says=gettext_noop("a registration counts from the date on its evidence"),
        refuse_if=(
            "NEW.origin = 'desk' AND NEW.evidence_id IS NOT NULL AND NEW.ordered_on <> "
            "(SELECT e.ordered_on FROM billing_orderevidence e WHERE e.id = NEW.evidence_id)"
        ),
    ),
    Rule(
        rule="C6",
        name="corrects_a_voided_one",
        says=gettext_noop(
            "a correction takes the place of a registration of the same contract that is void from its start"
        ),
        refuse_if=(
            "NEW.corrects_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM billing_optionregistration w "
            "WHERE w.id = NEW.corrects_id AND w.contract_id = NEW.contract_id AND w.status = 'voided')"
        ),
        operation=pgtrigger.Insert,
    ),
    Rule(
        rule="C6",
        name="void_stands_on_a_verdict",
        says=gettext_noop(
            "a registration is void from its start only after a verdict of company or carrier on it"
        ),
        refuse_if=(
            "NEW.status = 'voided' AND OLD.status <> 'voided' AND NOT EXISTS (SELECT 1 FROM billing_faultreview v "
            "LEFT JOIN billing_charge c ON c.id = v.charge_id WHERE v.status IN ('company', 'carrier') "
            "AND (v.registration_id = NEW.id OR c.registration_id = NEW.id))"
        ),
        operation=pgtrigger.Update,
    ),
    Rule(
        rule="C10",
        name="delay_is_credited",
        says=gettext_noop("this option came late and the delay is not credited"),
        refuse_if=(
            "NEW.delivered_at IS NOT NULL AND OLD.delivered_at IS NULL AND TG_OP = 'UPDATE' "
            "AND (NEW.delivered_at AT TIME ZONE 'Asia/Tokyo')::date > NEW.starts_on AND NOT EXISTS "
            "(SELECT 1 FROM billing_credit c WHERE c.delayed_registration_id = NEW.id)"
        ),
        timing=pgtrigger.Deferred,
        operation=pgtrigger.Update,
    ),
    VOID_TAKES_CHARGES,
]

COMPARISON_RULES = [
    Rule(
        rule="C2",
        name="compared_with_its_contract",
        says=gettext_noop("a registration is compared with evidence of its own contract"),
        refuse_if=(
            "NOT EXISTS (SELECT 1 FROM billing_optionregistration r JOIN billing_orderevidence e "
            "ON e.contract_id = r.contract_id WHERE r.id = NEW.registration_id AND e.id = NEW.evidence_id)"
        ),
    ),
]

# What form and register say is read from both, so a row that claims otherwise is refused. Registered for this form is
# what came from it, what has no form at all, the compared row itself, and anything live that the form ticks.
FORM_SAYS = "COALESCE(e.fields -> 'options' ->> NEW.field, 'false') = 'true'"
REGISTER_SAYS = (
    "EXISTS (SELECT 1 FROM billing_optionregistration r JOIN billing_optionitem o ON o.id = r.option_id "
    "JOIN billing_optionregistration me ON me.id = c.registration_id "
    f"WHERE o.code = NEW.field AND r.contract_id = me.contract_id AND r.status IN {LIVE} "
    f"AND (r.evidence_id = c.evidence_id OR r.evidence_id IS NULL OR r.id = me.id OR {FORM_SAYS}))"
)
ROW_RULES = [
    Rule(
        rule="C2",
        name="row_says_what_both_say",
        says="for % the evidence or the register does not say % | %",
        details=["NEW.field", "NEW.form_value", "NEW.register_value"],
        refuse_if=(
            "EXISTS (SELECT 1 FROM billing_registrationcomparison c JOIN billing_orderevidence e "
            "ON e.id = c.evidence_id JOIN billing_optionitem o ON o.code = NEW.field WHERE c.id = NEW.comparison_id "
            f"AND ((NEW.form_value = 'yes') <> ({FORM_SAYS}) OR (NEW.register_value = 'yes') <> {REGISTER_SAYS}))"
        ),
    ),
]

DOCUMENT_RULES = [
    Rule(
        rule="C11",
        name="document_of_verified_only",
        says=gettext_noop("a contract document lists only registrations that agree with the order (26-2)"),
        refuse_if=(
            "EXISTS (SELECT 1 FROM billing_optionregistration r WHERE r.contract_id = NEW.contract_id "
            f"AND r.status IN {LIVE} AND NOT (r.status IN ('verified', 'notified', 'active') "
            f"AND {ordered('r')} AND {agrees('r')}))"
        ),
        operation=pgtrigger.Insert,
    ),
]
