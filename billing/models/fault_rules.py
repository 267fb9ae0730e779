"""The database's rules on fault reviews, and what a verdict does by itself (C5, C9)."""

from __future__ import annotations

import pgtrigger
from django.utils.translation import gettext_noop

from tickets.rules import FirmTrigger, Rule

DECIDED = "('company', 'carrier', 'customer', 'third', 'undetermined')"
GIVES = "('company', 'carrier')"

# The charges a review speaks of: its own, and all of its registration.
TOUCHED = "(c.id = {review}.charge_id OR c.registration_id = {review}.registration_id)"

# A decider who registered the thing in question, or whose answer is disputed on the ticket.
CONFLICTED = (
    "EXISTS (SELECT 1 FROM billing_optionregistration r WHERE r.registered_by_id IN ({deciders}) AND (r.id = "
    "NEW.registration_id OR r.id = (SELECT c.registration_id FROM billing_charge c WHERE c.id = NEW.charge_id))) "
    # After a merge what is owed stands on another ticket than the one it was asked on.
    "OR EXISTS (SELECT 1 FROM billing_disputedanswer d WHERE d.ticket_id IN (NEW.ticket_id, "
    "(SELECT p.ticket_id FROM tickets_promise p WHERE p.id = NEW.promise_id)) AND d.author_id IN ({deciders})) "
    "OR EXISTS (SELECT 1 FROM escalation_instruction i WHERE i.issuer_id IN ({deciders}) "
    "AND (i.charge_ref = NEW.charge_id OR i.charge_ref IN (SELECT c.id FROM billing_charge c "
    "WHERE c.registration_id = NEW.registration_id)))"
)


def acting(person: str, at: str) -> str:
    """SQL: the tier at which this person acts at `at`: their own, or that of a delegation that runs then (B5)."""
    return (
        f"GREATEST((SELECT s.tier FROM tickets_staff s WHERE s.id = {person}), (SELECT max(d.acting_tier) "
        f"FROM escalation_delegation d WHERE d.delegate_id = {person} AND d.during @> {at}))"
    )


# What a verdict would give back, tax included, against what one person of that tier may (DESIGN section 5).
GIVEN = (
    "SELECT COALESCE(sum(c.net_yen + c.tax_yen), 0) FROM billing_charge c WHERE c.status NOT IN ('voided', 'credited') "
    "AND (c.id = NEW.charge_id OR c.registration_id = NEW.registration_id)"
)
OVER_LIMIT = (
    "NOT EXISTS (SELECT 1 FROM escalation_authoritylimit l WHERE l.decision = 'verdict_company' AND l.allowed "
    "AND l.during @> (NEW.decided_at AT TIME ZONE 'Asia/Tokyo')::date AND l.tier <= "
    f"{acting('NEW.decided_by_id', 'NEW.decided_at')} "
    f"AND (l.limit_yen IS NULL OR l.limit_yen >= ({GIVEN})))"
)


def below(tier: int, person: str) -> str:
    """SQL: this person's own tier is lower than `tier`."""
    return f"(SELECT s.tier FROM tickets_staff s WHERE s.id = {person}) < {tier}"


# What a verdict does to the charges, whichever road wrote it: company and carrier make them fall; an open question
# takes them out of billing; a verdict of two only says that they may be put back (services/charges.py).
VERDICT_ACTS = FirmTrigger(
    name="c5_verdict_acts_on_charges",
    when=pgtrigger.After,
    operation=pgtrigger.Insert | pgtrigger.UpdateOf("status"),
    func=(
        f"IF NEW.verdict IN {GIVES} THEN "
        "UPDATE billing_charge c SET fault = NEW.verdict, fall_kind = 'fault', fall_reason = NEW.reasons, "
        "fallen_at = NEW.decided_at, status = CASE WHEN c.status IN ('proposed', 'validated', 'on_hold') "
        f"THEN 'voided' ELSE 'credited' END WHERE {TOUCHED.format(review='NEW')} "
        "AND c.status NOT IN ('voided', 'credited'); "
        "ELSIF NEW.verdict = 'undetermined' THEN "
        "UPDATE billing_charge c SET fault = 'undetermined', status = CASE "
        "WHEN c.status IN ('proposed', 'validated') THEN 'on_hold' "
        "WHEN c.status IN ('billed', 'settled') THEN 'disputed' ELSE c.status END "
        f"WHERE {TOUCHED.format(review='NEW')} AND c.status NOT IN ('voided', 'credited'); "
        "ELSE "
        f"UPDATE billing_charge c SET fault = NEW.verdict WHERE {TOUCHED.format(review='NEW')} "
        "AND c.status NOT IN ('voided', 'credited'); "
        "END IF; RETURN NULL;"
    ),
)

RULES = [
    Rule(
        rule="C5",
        name="not_by_registrar_or_author",
        says=gettext_noop(
            "neither who registered it nor who gave the disputed answer decides whose fault it is"
        ),
        refuse_if=(
            "NEW.status <> 'open' AND (NEW.status, NEW.decided_by_id, NEW.second_by_id) IS DISTINCT FROM "
            "(OLD.status, OLD.decided_by_id, OLD.second_by_id) AND ("
            + CONFLICTED.format(deciders="NEW.decided_by_id, NEW.second_by_id")
            + ")"
        ),
    ),
    Rule(
        rule="C5",
        name="giving_needs_a_leader",
        says=gettext_noop("a verdict is for a leader or above; an operator proposes"),
        refuse_if=f"NEW.status <> 'open' AND {acting('NEW.decided_by_id', 'NEW.decided_at')} < 2",
    ),
    Rule(
        rule="C5",
        name="giving_within_the_limit",
        says="to give back % yen is over what this person may decide alone",
        details=[f"({GIVEN})"],
        refuse_if=f"NEW.status IN {GIVES} AND NEW.status IS DISTINCT FROM OLD.status AND {OVER_LIMIT}",
    ),
    Rule(
        rule="C5",
        name="taking_needs_two_of_sv",
        says=gettext_noop("to find against the customer needs two different people of SV or above"),
        refuse_if=(
            "NEW.status IN ('seconding', 'customer', 'third') AND "
            f"({below(3, 'NEW.decided_by_id')} OR (NEW.second_by_id IS NOT NULL AND {below(3, 'NEW.second_by_id')}) "
            "OR (NEW.status <> 'seconding' AND (NEW.second_by_id IS NULL OR NEW.second_by_id = NEW.decided_by_id)))"
        ),
    ),
    Rule(
        rule="C5",
        name="second_confirms_what_was_proposed",
        says=gettext_noop("the second person confirms what the first proposed"),
        refuse_if="NEW.status IN ('customer', 'third') AND NEW.status <> NEW.proposed_verdict",
    ),
    Rule(
        rule="C5",
        name="review_on_its_customer",
        says=gettext_noop("a fault review stands on a ticket of the customer whose charge or line it is"),
        refuse_if=(
            "EXISTS (SELECT 1 FROM tickets_ticket t, billing_contract k WHERE t.id = NEW.ticket_id "
            "AND t.customer_id <> k.customer_id AND k.id IN ("
            "(SELECT c.contract_id FROM billing_charge c WHERE c.id = NEW.charge_id), "
            "(SELECT r.contract_id FROM billing_optionregistration r WHERE r.id = NEW.registration_id), "
            "(SELECT l.contract_id FROM billing_serviceline l WHERE l.id = NEW.line_id)))"
        ),
        operation=pgtrigger.Insert,
    ),
    VERDICT_ACTS,
    Rule(
        rule="C9",
        name="error_owes_report_and_sweep",
        says=gettext_noop(
            "an error of the company or carrier owes a report to the partner and a sweep on the same ticket"
        ),
        refuse_if=(
            f"NEW.status IN {GIVES} AND NOT EXISTS (SELECT 1 FROM billing_errorreport e "
            "JOIN tickets_promise p ON p.id = e.promise_id JOIN billing_sweep s ON s.review_id = e.review_id "
            "JOIN tickets_promise q ON q.id = s.promise_id WHERE e.review_id = NEW.id "
            "AND p.kind = 'partner_report' AND q.kind = 'sweep' AND p.ticket_id = q.ticket_id AND p.ticket_id = "
            "(SELECT o.ticket_id FROM tickets_promise o WHERE o.id = NEW.promise_id))"
        ),
        operation=pgtrigger.Insert | pgtrigger.UpdateOf("status"),
        timing=pgtrigger.Deferred,
    ),
    Rule(
        rule="C5",
        name="open_review_is_owed",
        says=gettext_noop("an undecided fault review is owed on its ticket"),
        refuse_if=(
            "NEW.status IN ('open', 'seconding', 'undetermined') AND NOT EXISTS (SELECT 1 FROM tickets_promise p "
            "WHERE p.id = NEW.promise_id AND p.kind = 'fault_decision' AND p.ticket_id = NEW.ticket_id)"
        ),
        operation=pgtrigger.Insert,
    ),
]

SWEEP_RULES = [
    Rule(
        rule="C9",
        name="sweep_finished_when_all_checked",
        says=gettext_noop("a sweep is finished when every item has been looked at"),
        refuse_if=(
            "NEW.status = 'finished' AND EXISTS (SELECT 1 FROM billing_sweepitem i "
            "WHERE i.sweep_id = NEW.id AND i.outcome = '')"
        ),
    ),
]

ITEM_RULES = [
    Rule(
        rule="C9",
        name="not_checked_by_the_registrar",
        says=gettext_noop("nobody checks their own registrations in a sweep"),
        refuse_if=(
            "NEW.checked_by_id = (SELECT r.registered_by_id FROM billing_optionregistration r "
            "WHERE r.id = NEW.registration_id)"
        ),
    ),
]
