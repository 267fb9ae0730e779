"""What the database refuses to do with a promise, whoever asks (A1, A10, A13, B3)."""

from __future__ import annotations

import pgtrigger

from tickets.models.ticket_links import concerns_desks
from tickets.rules import FixedFields, NeverDeleted, Rule

# What is kept only by speaking with the customer, and the results of a contact in which one did. As SQL lists.
CALLS = ("callback", "correction_call", "porting_call", "charge_call", "survey_call")
SPOKEN = ("", "answered", "transferred", "callback")

PROMISE_RULES: list[pgtrigger.Trigger] = [
    concerns_desks(
        "VALUES (NEW.ticket_id, NEW.desk_id)",
        name="promise_desks_kept",
        operation=pgtrigger.Insert | pgtrigger.UpdateOf("desk_id"),
    ),
    NeverDeleted(rule="A13", what="a promise"),
    FixedFields(
        rule="A13",
        name="promise_fixed",
        what="a promise",
        fields=("customer", "kind", "opened_at", "opened_by"),
    ),
    FixedFields(
        rule="A13",
        name="promise_end_fixed",
        what="a promise that has ended",
        fields=("ended_at", "ended_by", "kept_contact"),
        once_set=True,
    ),
    Rule(
        rule="B3",
        name="promise_never_sinks",
        says="a promise only rises: it cannot go from tier % rung % to tier % rung %",
        details=("OLD.tier", "OLD.rung", "NEW.tier", "NEW.rung"),
        operation=pgtrigger.Update,
        refuse_if="(NEW.tier, NEW.rung) < (OLD.tier, OLD.rung)",
    ),
    Rule(
        rule="A10",
        name="due_moves_only_on_record",
        says="the due time of promise % moves only with a rise or an agreed move on record",
        details=("NEW.id",),
        operation=pgtrigger.Update,
        timing=pgtrigger.Deferred,
        refuse_if=(
            "NEW.due_at IS DISTINCT FROM OLD.due_at AND NOT EXISTS (SELECT 1 FROM "
            "tickets_promiserise r WHERE r.promise_id = NEW.id AND r.old_due_at = OLD.due_at "
            "AND r.new_due_at = NEW.due_at)"
        ),
    ),
    Rule(
        rule="A13",
        name="promise_on_open_ticket",
        says="ticket % has ended; reopen it before promising % on it",
        details=("ticket_number", "NEW.kind"),
        declare=[
            ("ticket_status", "text"),
            ("ticket_number", "text"),
            ("owed_to", "bigint"),
        ],
        # FOR SHARE waits for anyone who is just resolving the ticket, and makes them wait for us.
        before_asking=(
            "SELECT t.status, t.number, t.customer_id INTO ticket_status, ticket_number, owed_to "
            "FROM tickets_ticket t WHERE t.id = NEW.ticket_id FOR SHARE;"
        ),
        condition=pgtrigger.Condition("NEW.status = 'open'"),
        operation=pgtrigger.Insert | pgtrigger.UpdateOf("ticket_id", "status"),
        refuse_if=(
            "ticket_status IN ('resolved', 'closed', 'cancelled') "
            "AND NEW.kind NOT IN ('follow_up', 'survey_call')"
        ),
    ),
    Rule(
        rule="B3",
        name="rise_on_record",
        says="promise % rises only with the way it rose on record",
        details=("NEW.id",),
        operation=pgtrigger.Update,
        timing=pgtrigger.Deferred,
        refuse_if=(
            "(NEW.tier, NEW.rung) IS DISTINCT FROM (OLD.tier, OLD.rung) AND NOT EXISTS (SELECT 1 FROM "
            "tickets_promiserise r WHERE r.promise_id = NEW.id AND (r.from_tier, r.from_rung, r.to_tier, "
            "r.to_rung) = (OLD.tier, OLD.rung, NEW.tier, NEW.rung))"
        ),
    ),
    Rule(
        rule="A10",
        name="kept_by_speaking_with_them",
        says="what is owed to a customer is kept in a contact with that customer; "
        "a call that was promised, by speaking with them",
        operation=pgtrigger.Update,
        condition=pgtrigger.Condition("NEW.status <> 'open' AND NEW.kept_contact_id IS NOT NULL"),
        refuse_if=(
            "NEW.kept_contact_id IS DISTINCT FROM OLD.kept_contact_id AND NOT EXISTS (SELECT 1 FROM "
            "tickets_contact c WHERE c.id = NEW.kept_contact_id AND c.customer_id = NEW.customer_id "
            f"AND (NEW.kind NOT IN {CALLS} OR c.result IN {SPOKEN}))"
        ),
    ),
    Rule(
        rule="A10",
        name="callback_does_not_vanish",
        says="a callback is given up only by the customer's own word, or by a leader or above",
        operation=pgtrigger.Update,
        condition=pgtrigger.Condition("NEW.status = 'void' AND NEW.kind = 'callback'"),
        refuse_if=(
            "OLD.status = 'open' AND NEW.kept_contact_id IS NULL AND NOT EXISTS (SELECT 1 FROM "
            "tickets_staff s WHERE s.id = NEW.ended_by_id AND s.tier >= 2)"
        ),
    ),
    Rule(
        rule="A13",
        name="promise_moves_with_a_merge",
        says="promise % stays on its case unless that case was merged into the other",
        details=("NEW.id",),
        operation=pgtrigger.UpdateOf("ticket_id"),
        timing=pgtrigger.Deferred,
        refuse_if=(
            "NEW.ticket_id <> OLD.ticket_id AND NOT EXISTS (SELECT 1 FROM tickets_ticket t "
            "WHERE t.id = OLD.ticket_id AND t.merged_into_id = NEW.ticket_id)"
        ),
    ),
    Rule(
        rule="A1",
        name="promise_to_the_tickets_customer",
        says="a promise is owed to the customer of its ticket",
        operation=pgtrigger.Insert | pgtrigger.UpdateOf("ticket_id"),
        refuse_if=(
            "NEW.customer_id <> (SELECT t.customer_id FROM tickets_ticket t WHERE t.id = NEW.ticket_id)"
        ),
    ),
]
