"""The database's rules on registrations, comparisons and contract documents (C2, C4, C6, C10, C11).

SQL fragments speak of a `billing_optionregistration` row; they are shared by the triggers of several tables.
"""

from __future__ import annotations

import pgtrigger

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
    """SQL: the latest comparison of this row is with its own evidence, has rows, and no row differs."""
    return (
        "EXISTS (SELECT 1 FROM (SELECT c.id, c.evidence_id FROM billing_registrationcomparison c "
        f"WHERE c.registration_id = {registration}.id ORDER BY c.id DESC LIMIT 1) latest "
        f"WHERE latest.evidence_id = {registration}.evidence_id "
        "AND EXISTS (SELECT 1 FROM billing_comparisonrow w WHERE w.comparison_id = latest.id) "
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
        says="only a row imported from the old system may begin as active",
        refuse_if="NEW.status = 'active' AND NEW.origin <> 'imported'",
        operation=pgtrigger.Insert,
    ),
    Rule(
        rule="C2",
        name="form_orders_it",
        says="the evidence does not show that this option was ordered",
        refuse_if=f"{GOING_AHEAD} AND NOT {ordered('NEW')}",
    ),
    Rule(
        rule="C2",
        name="mismatch_blocks",
        says="form and register have not been compared, or differ",
        refuse_if=f"{GOING_AHEAD} AND NOT {agrees('NEW')}",
    ),
    Rule(
        rule="C2",
        name="verified_by_another",
        says="nobody but the registrar has verified this registration",
        refuse_if=f"{GOING_AHEAD} AND NEW.verifier_id IS NULL",
    ),
    Rule(
        rule="C6",
        name="counts_from_ordered_date",
        says="a registration counts from the date on its evidence",
        refuse_if=(
            "NEW.origin = 'desk' AND NEW.evidence_id IS NOT NULL AND NEW.ordered_on <> "
            "(SELECT e.ordered_on FROM billing_orderevidence e WHERE e.id = NEW.evidence_id)"
        ),
    ),
    Rule(
        rule="C6",
        name="corrects_a_voided_one",
        says="a correction takes the place of a registration of the same contract that is void from its start",
        refuse_if=(
            "NEW.corrects_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM billing_optionregistration w "
            "WHERE w.id = NEW.corrects_id AND w.contract_id = NEW.contract_id AND w.status = 'voided')"
        ),
        operation=pgtrigger.Insert,
    ),
    Rule(
        rule="C10",
        name="delay_is_credited",
        says="this option came late and the delay is not credited",
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
        says="a registration is compared with evidence of its own contract",
        refuse_if=(
            "NOT EXISTS (SELECT 1 FROM billing_optionregistration r JOIN billing_orderevidence e "
            "ON e.contract_id = r.contract_id WHERE r.id = NEW.registration_id AND e.id = NEW.evidence_id)"
        ),
    ),
]

# What the form says is read from the evidence, so a row that claims otherwise is refused.
ROW_RULES = [
    Rule(
        rule="C2",
        name="row_says_what_the_form_says",
        says="the evidence does not say % for %",
        details=["NEW.form_value", "NEW.field"],
        refuse_if=(
            "EXISTS (SELECT 1 FROM billing_optionitem o WHERE o.code = NEW.field) AND "
            "(NEW.form_value = 'yes') IS DISTINCT FROM (SELECT COALESCE(e.fields -> 'options' ->> NEW.field, 'false') "
            "= 'true' FROM billing_registrationcomparison c JOIN billing_orderevidence e ON e.id = c.evidence_id "
            "WHERE c.id = NEW.comparison_id)"
        ),
    ),
]

DOCUMENT_RULES = [
    Rule(
        rule="C11",
        name="document_of_verified_only",
        says="a contract document lists only registrations that agree with the order (26-2)",
        refuse_if=(
            "EXISTS (SELECT 1 FROM billing_optionregistration r WHERE r.contract_id = NEW.contract_id "
            f"AND r.status IN {LIVE} AND NOT (r.status IN ('verified', 'notified', 'active') "
            f"AND {ordered('r')} AND {agrees('r')}))"
        ),
        operation=pgtrigger.Insert,
    ),
]
