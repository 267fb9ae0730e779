"""Somebody in a hurry, with a database prompt: what the ground floor refuses, whoever writes (A1-A4, A10, A12-A16).

Each row: a name, the rule that must refuse, and the SQL with ids of the world below.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from tests.factories import tickets as make
from tests.factories.cast import cast
from tickets.dates import jst
from tickets.errors import rule_of
from tickets.models import Contact, Question, Symptom, Ticket
from tickets.services import alerts, callbacks, contacts, endings, promises, tickets, transfers

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.requirement("A1", "A2", "A3", "A4", "A10", "A12", "A13", "A15", "B3"),
]

AT = jst(2026, 1, 26, 10, 0)


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker):
    """Made once: every attempt is refused, so none of them changes it."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield _world()
        transaction.set_rollback(True)


def _world():
    """Ids: an open case with everything owed on it, a resolved one, another customer's, contacts, a hand-over."""
    people = cast()
    customer, stranger = make.customer(), make.customer(name="別人 一郎", kana="ベツジン イチロウ")
    cases = {
        name: make.ticket(customer=of, desk=people.desk, actor=people.operator, at=AT)
        for name, of in (
            ("case", customer),
            ("other", customer),
            ("foreign", stranger),
            ("resolved", customer),
        )
    }
    tickets.start(ticket_id=cases["case"].pk, at=AT, actor=people.operator)
    tickets.start(ticket_id=cases["resolved"].pk, at=AT, actor=people.operator)
    endings.resolve(ticket_id=cases["resolved"].pk, resolution="済み", at=AT, actor=people.operator)
    rows = {
        "customer": customer, "stranger": stranger, **cases, **_promises(cases["case"], people),
        **_talks(cases["case"], cases["other"], people), "operator": people.operator, "sv": people.sv,
        "technical": people.technical, "partner": people.partner_operator, "desk": people.desk,
        "technical_desk": people.technical_desk, "calendar": people.desk_calendar,
        "ended": make.contact(customer=customer, desk=people.desk, at=AT - dt.timedelta(days=1)),
        "foreign_contact": make.contact(customer=stranger, desk=people.desk, at=AT),
        "alert": alerts.raise_alert(kind="third_call", at=AT, ticket_id=cases["case"].pk),
    }  # fmt: skip
    moments = {"at": AT, "later": AT + dt.timedelta(days=1), "earlier": AT - dt.timedelta(hours=1)}
    return {name: row.pk for name, row in rows.items()} | moments


def _promises(case, people):
    """Owed and tried, risen, kept."""
    owed = make.promise(ticket=case, kind="callback", at=AT)
    apology = make.promise(ticket=case, at=AT, tier=3)
    risen = promises.raise_promise(promise_id=make.promise(ticket=case, at=AT).pk, at=AT, reason="overdue")
    kept = make.promise(ticket=case, at=AT)
    promises.keep_promise(promise_id=kept.pk, at=AT, actor=people.operator)
    attempt = callbacks.record_attempt(promise_id=owed.pk, result="busy", at=AT, actor=people.operator)
    return {
        "owed": owed, "apology": apology, "risen": risen, "kept": kept, "attempt": attempt,
        "unanswered": attempt.contact,
    }  # fmt: skip


def _talks(case, other, people):
    """A call that runs and is handed over, a question, a symptom."""
    call = contacts.start_call(
        customer_id=case.customer_id, direction="in", at=AT, actor=people.operator, ticket_id=case.pk
    )
    transfer = transfers.offer_transfer(
        ticket_id=case.pk, to_desk_id=people.technical_desk.pk, context="事情", at=AT, actor=people.operator,
        contact_id=call.pk,
    )  # fmt: skip
    question = Question.objects.create(
        ticket=other,
        customer=other.customer,
        topic="stop",
        text="使えるか",
        asked_at=AT,
        recorded_by=people.operator,
    )
    symptom = Symptom.objects.create(
        ticket=case, recorded_by=people.technical, recorded_at=AT, text="緑のランプが少ない"
    )
    return {"call": call, "transfer": transfer, "question": question, "symptom": symptom}


CLOSE = "UPDATE tickets_ticket SET status = 'closed', closed_at = %(later)s, "
RISE = (
    "INSERT INTO tickets_promiserise (promise_id, at, from_tier, to_tier, from_rung, to_rung, old_due_at, new_due_at, "
    "reason, agreed_contact_id) "
)
ATTEMPTS = [
    ("rewrite the timeline", "A1", "UPDATE tickets_timelineentry SET summary = 'x' WHERE customer_id = %(customer)s"),
    ("empty the timeline", "A1", "DELETE FROM tickets_timelineentry WHERE customer_id = %(customer)s"),
    (
        "put an entry of one customer on another's case", "A1",
        ("INSERT INTO tickets_timelineentry (customer_id, ticket_id, kind, at, summary, data, own_company_only) "
        "VALUES (%(stranger)s, %(case)s, 'note', %(at)s, 'x', '{}', false)"),
    ),
    ("delete a contact", "A1", "DELETE FROM tickets_contact WHERE id = %(ended)s"),
    ("give a contact to another customer", "A1", "UPDATE tickets_contact SET customer_id = %(stranger)s WHERE id = %(ended)s"),
    ("take a contact off its case", "A1", "UPDATE tickets_contact SET ticket_id = NULL WHERE id = %(call)s"),
    ("put a contact on another's case", "A1", "UPDATE tickets_contact SET ticket_id = %(foreign)s WHERE id = %(ended)s"),
    ("say afterwards that they were spoken with", "A1", "UPDATE tickets_contact SET result = 'answered' WHERE id = %(unanswered)s"),
    ("give a case to another customer", "A1", "UPDATE tickets_ticket SET customer_id = %(stranger)s WHERE id = %(other)s"),
    ("backdate the opening of a case", "A1", "UPDATE tickets_ticket SET opened_at = %(earlier)s WHERE id = %(other)s"),
    ("end a contact without a result", "A2", "UPDATE tickets_contact SET ended_at = %(later)s WHERE id = %(call)s"),
    ("end a contact before it began", "A2", "UPDATE tickets_contact SET ended_at = %(earlier)s, result = 'answered' WHERE id = %(call)s"),
    ("give a leg to somebody else", "A2", "UPDATE tickets_contactleg SET staff_id = %(sv)s WHERE contact_id = %(call)s"),
    ("delete a leg", "A2", "DELETE FROM tickets_contactleg WHERE contact_id = %(call)s"),
    ("tell them to call again", "A3", "UPDATE tickets_contact SET result = 'call_again' WHERE id = %(call)s"),
    (
        "say handed over when nobody accepted", "A3",
        "UPDATE tickets_contact SET result = 'transferred', ended_at = %(later)s WHERE id = %(call)s",
    ),
    (
        "accept for a desk that is not one's own", "A3",
        "UPDATE tickets_transfer SET status = 'accepted', accepted_by_id = %(sv)s, accepted_at = %(at)s WHERE id = %(transfer)s",
    ),
    (
        "accept one's own hand-over", "A3",
        ("UPDATE tickets_transfer SET status = 'accepted', accepted_by_id = %(operator)s, accepted_at = %(at)s "
        "WHERE id = %(transfer)s"),
    ),
    (
        "accept and leave the sender's promise open", "A3",
        ("UPDATE tickets_transfer SET status = 'accepted', accepted_by_id = %(technical)s, accepted_at = %(at)s "
        "WHERE id = %(transfer)s"),
    ),
    ("redirect a hand-over", "A3", "UPDATE tickets_transfer SET to_desk_id = %(desk)s WHERE id = %(transfer)s"),
    ("empty the context", "A3", "UPDATE tickets_transfer SET context = 'y' WHERE id = %(transfer)s"),
    (
        "hold for five minutes and offer nothing", "A4",
        "UPDATE tickets_contactleg SET hold_seconds = 300, prompted_at = %(at)s WHERE contact_id = %(call)s",
    ),
    ("hold for two minutes without a prompt", "A4", "UPDATE tickets_contactleg SET hold_seconds = 120 WHERE contact_id = %(call)s"),
    ("move a due time silently", "A10", "UPDATE tickets_promise SET due_at = %(later)s WHERE id = %(owed)s"),
    (
        "move a due time by an agreement with somebody else", "A10",
        RISE + "SELECT id, %(at)s, tier, tier, 0, 0, due_at, %(later)s, 'x', %(foreign_contact)s "
        "FROM tickets_promise WHERE id = %(owed)s",
    ),
    (
        "move a due time into the past", "A10",
        RISE + "SELECT id, %(at)s, tier, tier, 0, 0, due_at, %(earlier)s, 'x', %(ended)s "
        "FROM tickets_promise WHERE id = %(owed)s",
    ),
    (
        "let a callback vanish", "A10",
        ("UPDATE tickets_promise SET status = 'void', void_reason = 'x', ended_at = %(at)s, ended_by_id = %(operator)s "
        "WHERE id = %(owed)s"),
    ),
    (
        "let a callback vanish as the system", "A10",
        "UPDATE tickets_promise SET status = 'void', void_reason = 'x', ended_at = %(at)s WHERE id = %(owed)s",
    ),
    (
        "keep a callback without a call", "A10",
        "UPDATE tickets_promise SET status = 'kept', ended_at = %(at)s WHERE id = %(owed)s",
    ),
    (
        "keep a callback by a call nobody answered", "A10",
        "UPDATE tickets_promise SET status = 'kept', ended_at = %(at)s, kept_contact_id = %(unanswered)s WHERE id = %(owed)s",
    ),
    (
        "keep a callback by a call to somebody else", "A10",
        ("UPDATE tickets_promise SET status = 'kept', ended_at = %(at)s, kept_contact_id = %(foreign_contact)s "
        "WHERE id = %(owed)s"),
    ),
    ("take a callback's number away", "A10", "UPDATE tickets_promise SET number = '' WHERE id = %(owed)s"),
    ("delete an attempt", "A10", "DELETE FROM tickets_callattempt WHERE id = %(attempt)s"),
    (
        "count an answered call as an attempt", "A10",
        ("INSERT INTO tickets_callattempt (promise_id, contact_id, at, \"on\", result) "
        "VALUES (%(owed)s, %(ended)s, %(at)s, '2026-01-26', 'no_answer')"),
    ),
    ("sink a promise to a lower tier", "B3", "UPDATE tickets_promise SET tier = 2 WHERE id = %(apology)s"),
    ("lift a promise without a record", "B3", "UPDATE tickets_promise SET tier = 4 WHERE id = %(apology)s"),
    ("sink the way it rose", "B3", RISE + "VALUES (%(apology)s, %(at)s, 3, 2, 0, 0, %(at)s, %(later)s, 'x', NULL)"),
    ("rewrite the way it rose", "B3", "UPDATE tickets_promiserise SET to_tier = 4 WHERE promise_id = %(risen)s"),
    ("delete a promise", "A13", "DELETE FROM tickets_promise WHERE id = %(owed)s"),
    ("make a promise another kind", "A13", "UPDATE tickets_promise SET kind = 'follow_up' WHERE id = %(owed)s"),
    (
        "void without a reason", "A13",
        "UPDATE tickets_promise SET status = 'void', ended_at = %(at)s WHERE id = %(apology)s",
    ),
    ("open a kept promise again", "A13", "UPDATE tickets_promise SET status = 'open', ended_at = NULL WHERE id = %(kept)s"),
    ("say somebody else kept it", "A13", "UPDATE tickets_promise SET ended_by_id = %(sv)s WHERE id = %(kept)s"),
    (
        "promise on a case that has ended", "A13",
        ("INSERT INTO tickets_promise (customer_id, ticket_id, kind, what, desk_id, tier, rung, due_at, opened_at, status, "
        "kept_note, void_reason, number) VALUES (%(customer)s, %(resolved)s, 'apology', 'x', %(desk)s, 1, 0, %(later)s, "
        "%(at)s, 'open', '', '', '')"),
    ),
    ("carry a promise off to another case", "A13", "UPDATE tickets_promise SET ticket_id = %(other)s WHERE id = %(apology)s"),
    ("carry a promise off to another customer's case", "A1", "UPDATE tickets_promise SET ticket_id = %(foreign)s WHERE id = %(apology)s"),
    ("resolve what is owed", "A13", "UPDATE tickets_ticket SET status = 'resolved', resolved_at = %(at)s WHERE id = %(case)s"),
    ("withdraw what is owed", "A13", "UPDATE tickets_ticket SET status = 'cancelled', closing_contact_id = %(ended)s WHERE id = %(case)s"),
    ("close without resolving", "A13", CLOSE + "resolved_at = %(at)s, closing_basis = 'confirmed', closing_contact_id = %(ended)s WHERE id = %(case)s"),
    ("close without confirmation", "A13", CLOSE + "closing_basis = 'confirmed' WHERE id = %(resolved)s"),
    ("close by somebody else's word", "A13", CLOSE + "closing_basis = 'confirmed', closing_contact_id = %(foreign_contact)s WHERE id = %(resolved)s"),
    ("close because nobody answered", "A13", CLOSE + "closing_basis = 'confirmed', closing_contact_id = %(unanswered)s WHERE id = %(resolved)s"),
    (
        "close by a notice nobody sent", "A13",
        ("UPDATE tickets_ticket SET status = 'closed', closed_at = %(at)s, closing_basis = 'notice', "
        "closing_notice_sent_at = timestamptz '2026-01-01 00:00+09', closing_notice_until = timestamptz "
        "'2026-01-20 00:00+09' WHERE id = %(resolved)s"),
    ),
    ("delete a case", "A13", "DELETE FROM tickets_ticket WHERE id = %(other)s"),
    ("withdraw without the customer", "A13", "UPDATE tickets_ticket SET status = 'cancelled' WHERE id = %(resolved)s"),
    ("merge into another customer's case", "A13", "UPDATE tickets_ticket SET merged_into_id = %(foreign)s WHERE id = %(other)s"),
    ("merge into itself", "A13", "UPDATE tickets_ticket SET merged_into_id = id WHERE id = %(other)s"),
    (
        "be born resolved", "A13",
        ("INSERT INTO tickets_ticket (customer_id, desk_id, kind, status, priority, subject, channel, opened_at, queue_at, "
        "waiting_for, resolution, closing_basis, version, resolved_at) VALUES (%(customer)s, %(desk)s, 'enquiry', 'resolved', "
        "3, 'x', 'phone', %(at)s, %(at)s, '', '', '', 1, %(at)s)"),
    ),
    (
        "withdraw a case with an open question", "A6",
        "UPDATE tickets_ticket SET status = 'cancelled', closing_contact_id = %(call)s WHERE id = %(other)s",
    ),
    ("name somebody responsible since never", "B4", "UPDATE tickets_ticket SET responsible_id = %(sv)s WHERE id = %(other)s"),
    (
        "open a desk twice at once", "A12",
        "INSERT INTO tickets_calendarhours (calendar_id, day, opens_minute, closes_minute) VALUES (%(calendar)s, 0, 600, 700)",
    ),
    (
        "close a desk before it opens", "A12",
        "UPDATE tickets_calendarhours SET closes_minute = 100 WHERE calendar_id = %(calendar)s",
    ),
    ("rewrite a symptom", "A15", "UPDATE tickets_symptom SET text = 'x' WHERE id = %(symptom)s"),
    ("look away from an alert as an operator", "A15", "UPDATE tickets_alert SET seen_by_id = %(operator)s, seen_at = %(at)s WHERE id = %(alert)s"),
    ("delete an alert", "A15", "DELETE FROM tickets_alert WHERE id = %(alert)s"),
    ("raise a partner's operator to the top", "B3", "UPDATE tickets_staff SET tier = 4 WHERE id = %(partner)s"),
]  # fmt: skip


def attempt(sql: str, world: dict[str, Any]) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, world)
        assert cursor.rowcount, "the attempt touched no row"
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


@pytest.mark.parametrize(("rule", "sql"), [row[1:] for row in ATTEMPTS], ids=[row[0] for row in ATTEMPTS])
def test_refused_by_the_database_with_the_rule_that_says_so(world, rule, sql):
    with pytest.raises(IntegrityError) as no:
        attempt(sql, world)
    found = rule_of(no.value)
    assert found is not None, no.value
    assert found[0] == rule, found


@pytest.mark.parametrize(
    "sinking",
    [
        lambda ids: Ticket.objects.filter(pk=ids["case"]).update(status="resolved", resolved_at=AT),
        lambda ids: Contact.objects.filter(pk=ids["ended"]).delete(),
        lambda ids: Ticket.objects.bulk_update([Ticket(pk=ids["case"], status="closed")], ["status"]),
    ],
)
def test_the_same_holds_for_query_sets(world, sinking):
    with pytest.raises(IntegrityError), transaction.atomic():
        sinking(world)
