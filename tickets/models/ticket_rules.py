"""The gate at a case's end: nothing is resolved or closed while anything is owed on it (A13, A5, A6, A11)."""

from __future__ import annotations

import pgtrigger

from tickets.rules import FixedFields, NeverDeleted, Rule

ENDING = "NEW.status IN ('resolved', 'closed', 'cancelled') AND NEW.status IS DISTINCT FROM OLD.status"
# Asked before the function is called: most changes of a case end nothing, and the gates cost them nothing.
ENDS = pgtrigger.Condition(ENDING)
CLOSED_BY_WORD = pgtrigger.Condition(
    "NEW.status = 'closed' AND OLD.status <> 'closed' AND NEW.closing_basis = 'confirmed'"
)
CLOSED_BY_NOTICE = pgtrigger.Condition(
    "NEW.status = 'closed' AND OLD.status <> 'closed' AND NEW.closing_basis = 'notice'"
)
WITHDRAWN = pgtrigger.Condition(
    "NEW.status = 'cancelled' AND OLD.status <> 'cancelled' AND NEW.merged_into_id IS NULL"
)
# A contact in which the customer of the ticket spoke or wrote, not one in which we only tried.
THEIR_WORD = (
    "EXISTS (SELECT 1 FROM tickets_contact c WHERE c.id = NEW.closing_contact_id "
    "AND c.customer_id = NEW.customer_id AND c.result IN ('', 'answered', 'received', 'transferred', 'callback') "
    "AND COALESCE(c.ended_at, 'infinity') >= NEW.opened_at)"
)

TICKET_RULES: list[pgtrigger.Trigger] = [
    NeverDeleted(rule="A13", what="a ticket"),
    FixedFields(rule="A1", name="ticket_fixed", what="a ticket", fields=("customer", "opened_at")),
    Rule(
        rule="A13",
        name="gate_promises",
        says="ticket % still owes % promise(s): %",
        details=(
            "NEW.number",
            (
                "(SELECT count(*) FROM tickets_promise p WHERE p.ticket_id = NEW.id AND p.status = 'open' "
                "AND p.kind NOT IN ('follow_up', 'survey_call'))"
            ),
            (
                "(SELECT string_agg(DISTINCT p.kind, ', ') FROM tickets_promise p WHERE p.ticket_id = "
                "NEW.id AND p.status = 'open' AND p.kind NOT IN ('follow_up', 'survey_call'))"
            ),
        ),
        operation=pgtrigger.Update,
        condition=ENDS,
        refuse_if=(
            "EXISTS (SELECT 1 FROM tickets_promise p WHERE p.ticket_id = NEW.id "
            "AND p.status = 'open' AND p.kind NOT IN ('follow_up', 'survey_call'))"
        ),
    ),
    Rule(
        rule="A6",
        name="gate_questions",
        says="a question that the customer asked on ticket % is still open",
        details=("NEW.number",),
        operation=pgtrigger.Update,
        condition=ENDS,
        refuse_if=(
            "EXISTS (SELECT 1 FROM tickets_question q WHERE q.ticket_id = NEW.id AND q.status = 'open')"
        ),
    ),
    Rule(
        rule="A5",
        name="gate_complaint",
        says="the complaint on ticket % has no decision that the customer has been told",
        details=("NEW.number",),
        operation=pgtrigger.Update,
        condition=ENDS,
        refuse_if=(
            "EXISTS (SELECT 1 FROM tickets_complaint c "
            "WHERE c.ticket_id = NEW.id AND c.status <> 'delivered')"
        ),
    ),
    Rule(
        rule="A11",
        name="gate_remedy",
        says="an apology alone does not resolve the justified complaint on ticket %",
        details=("NEW.number",),
        operation=pgtrigger.Update,
        condition=ENDS,
        refuse_if=(
            "EXISTS (SELECT 1 FROM tickets_complaint c WHERE c.ticket_id = NEW.id "
            "AND c.decision IN ('upheld', 'partly_upheld')) AND NOT EXISTS (SELECT 1 FROM "
            "tickets_remedy r WHERE r.ticket_id = NEW.id AND r.kind NOT IN ('apology_call', "
            "'apology_letter') AND (r.status = 'done' OR r.declined_contact_id IS NOT NULL))"
        ),
    ),
    Rule(
        rule="A13",
        name="closed_by_the_customers_word",
        says="ticket % is closed by its own customer's word, given after it was opened",
        details=("NEW.number",),
        operation=pgtrigger.Update,
        condition=CLOSED_BY_WORD,
        refuse_if=(f"NOT {THEIR_WORD}"),
    ),
    Rule(
        rule="A13",
        name="closed_by_a_proven_notice",
        says="the notice that closes ticket % is not proven: it must have been sent, ten business days ago",
        details=("NEW.number",),
        operation=pgtrigger.Update,
        condition=CLOSED_BY_NOTICE,
        refuse_if=(
            "NOT ("
            "EXISTS (SELECT 1 FROM tickets_outboxmessage m WHERE m.id = NEW.closing_notice_id "
            "AND m.ticket_id = NEW.id AND m.status = 'sent' AND m.sent_at = NEW.closing_notice_sent_at) "
            "OR EXISTS (SELECT 1 FROM tickets_contact c WHERE c.id = NEW.closing_contact_id "
            "AND c.ticket_id = NEW.id AND c.channel = 'letter' AND c.result = 'sent' "
            "AND c.recording_ref <> '' AND c.ended_at = NEW.closing_notice_sent_at))"
        ),
    ),
    Rule(
        rule="A13",
        name="ten_business_days",
        says="ticket % is closed ten business days after the notice, not before",
        details=("NEW.number",),
        operation=pgtrigger.Update,
        condition=CLOSED_BY_NOTICE,
        refuse_if=(
            "(SELECT count(*) FROM generate_series((NEW.closing_notice_sent_at AT TIME ZONE 'Asia/Tokyo')::date + 1, "
            "(NEW.closing_notice_until AT TIME ZONE 'Asia/Tokyo')::date - 1, interval '1 day') AS d(day) "
            "WHERE extract(isodow FROM d.day) < 6 AND NOT EXISTS "
            '(SELECT 1 FROM tickets_holiday h WHERE h."on" = d.day::date)) < 10'
        ),
    ),
    Rule(
        rule="A13",
        name="withdrawn_by_the_customer",
        says="ticket % is withdrawn by its customer's own word, or merged into another of theirs",
        details=("NEW.number",),
        operation=pgtrigger.Update,
        condition=WITHDRAWN,
        refuse_if=(f"NOT {THEIR_WORD}"),
    ),
    Rule(
        rule="A13",
        name="other_ticket_of_the_customer",
        says="a case recurs of, and is merged into, a case of the same customer",
        condition=pgtrigger.Condition("NEW.merged_into_id IS NOT NULL OR NEW.recurs_of_id IS NOT NULL"),
        operation=pgtrigger.Insert | pgtrigger.UpdateOf("merged_into_id", "recurs_of_id"),
        refuse_if=(
            "EXISTS (SELECT 1 FROM tickets_ticket t WHERE t.id IN (NEW.merged_into_id, NEW.recurs_of_id) "
            "AND t.customer_id <> NEW.customer_id)"
        ),
    ),
]
