"""Somebody in a hurry, with a database prompt: what D1-D7 refuse, whoever writes.

The clock of the database is the real one, so a line whose last day is today has not ended yet, and a line whose
last day was in January has.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import DataError, IntegrityError, connection, transaction

from billing.models import (
    CancellationOrder,
    CarrierInstruction,
    LastDayEntry,
    Milestone,
    Porting,
    ServiceLine,
    VisitOffer,
)
from config.clock import JST
from tests.factories import cancellation as make
from tickets.dates import end_of_day, jst
from tickets.errors import rule_of
from tickets.models import Promise, Ticket

pytestmark = pytest.mark.django_db
CUT_AT = jst(2026, 1, 31, 2)
STOP_WITH_CONSENT = (
    "UPDATE billing_serviceline SET status = 'terminated', stopped_at = %s, stop_consent_id = %s"
)
STOP = "UPDATE billing_serviceline SET status = 'terminated', stopped_at = %s WHERE id = %s"


def run(sql: str, *params: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def refused(rule: str, sql: str, *params: Any) -> str:
    """Run it, deferred rules included; it must be refused by `rule`. Returns the sentence."""
    with pytest.raises(IntegrityError) as no, transaction.atomic():
        run(sql, *params)
    found = rule_of(no.value)
    assert found is not None, no.value
    assert found[0] == rule, found
    return found[1]


def database_now() -> dt.datetime:
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        row: tuple[dt.datetime] = cursor.fetchone()
        return row[0]


@pytest.fixture
def home():
    return make.household()


@pytest.fixture
def waiting(home):
    """Both lines wait for the end of Saturday, 31 January 2026."""
    home.order = make.accepted(home)
    return home


@pytest.fixture
def waiting_today():
    """Both lines end at the end of today, by the database's own clock."""
    now = database_now()
    home = make.household(at=now - dt.timedelta(hours=2))
    today = now.astimezone(JST).date()
    home.order = make.accepted(home, at=now - dt.timedelta(hours=1), internet=today, phone=today)
    home.today = today
    return home


@pytest.mark.requirement("D2")
class TestNoLineStopsEarly:
    @pytest.mark.parametrize(
        "at",
        [
            jst(2026, 1, 30, 14, 0),
            jst(2026, 1, 31, 0, 0),
            jst(2026, 1, 31, 2, 0),
            jst(2026, 1, 31, 23, 59, 59),
            jst(2026, 1, 31, 23, 59, 59) + dt.timedelta(microseconds=999_999),
        ],
    )
    def test_before_the_end_of_its_last_day(self, waiting, at):
        said = refused("D2", STOP, at, waiting.internet.pk)
        assert "before its last day ends" in said

    def test_at_its_end_it_may(self, waiting):
        with connection.cursor() as cursor:
            cursor.execute(STOP, (jst(2026, 2, 1), waiting.internet.pk))
        make.reread(waiting)
        assert waiting.internet.status == "terminated"

    def test_by_queryset_update(self, waiting):
        with pytest.raises(IntegrityError, match="D2: "), transaction.atomic():
            ServiceLine.objects.filter(pk=waiting.internet.pk).update(
                status="terminated", stopped_at=jst(2026, 1, 31, 2)
            )

    def test_by_a_clock_that_runs_ahead(self, waiting_today):
        after_the_end = end_of_day(waiting_today.today) + dt.timedelta(seconds=1)
        said = refused("D2", STOP, after_the_end, waiting_today.internet.pk)
        assert "cannot be recorded before it happens" in said

    def test_today_by_the_right_clock(self, waiting_today):
        refused("D2", STOP, database_now(), waiting_today.internet.pk)

    def test_without_a_moment(self, waiting):
        refused(
            "D2", "UPDATE billing_serviceline SET status = 'terminated' WHERE id = %s", waiting.internet.pk
        )

    def test_with_a_moment_but_still_in_service(self, waiting):
        refused(
            "D2",
            "UPDATE billing_serviceline SET stopped_at = %s WHERE id = %s",
            jst(2026, 2, 1),
            waiting.internet.pk,
        )

    def test_without_a_last_day(self, home):
        refused("D2", STOP, jst(2026, 2, 1), home.internet.pk)

    def test_a_line_born_stopped(self, home):
        refused(
            "D2",
            "INSERT INTO billing_serviceline (contract_id, access_line_id, kind, number, status, activated_on, "
            "last_day, last_day_why, stopped_at) VALUES (%s, %s, 'tv', '', 'terminated', '2023-04-01', "
            "'2026-01-30', 'x', '2026-02-01 00:00+09')",
            home.contract.pk,
            home.access_line.pk,
        )

    def test_a_stop_is_not_rewritten(self, waiting):
        with connection.cursor() as cursor:
            cursor.execute(STOP, (jst(2026, 2, 1), waiting.internet.pk))
        refused(
            "D2",
            "UPDATE billing_serviceline SET stopped_at = '2026-02-03 00:00+09' WHERE id = %s",
            waiting.internet.pk,
        )

    def test_no_session_setting_lifts_the_rule(self, waiting):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL pgtrigger.ignore = '{all,billing_serviceline}'")
            refused("D2", STOP, jst(2026, 1, 31, 2), waiting.internet.pk)


@pytest.mark.requirement("D2")
class TestTheLastDayIsTheLinesOwn:
    def test_it_is_not_brought_forward_by_hand(self, waiting):
        refused(
            "D2",
            "UPDATE billing_serviceline SET last_day = '2026-01-30' WHERE id = %s",
            waiting.internet.pk,
        )

    def test_nor_taken_from_another_line(self, home):
        make.accepted(home, internet=dt.date(2026, 1, 31), phone=dt.date(2026, 1, 30))
        refused(
            "D2",
            "UPDATE billing_serviceline SET last_day = (SELECT last_day FROM billing_serviceline WHERE id = %s) "
            "WHERE id = %s",
            home.phone.pk,
            home.internet.pk,
        )

    def test_nor_removed_while_the_cancellation_stands(self, waiting):
        refused(
            "D2",
            "UPDATE billing_serviceline SET status = 'active', last_day = NULL WHERE id = %s",
            waiting.internet.pk,
        )

    def test_a_line_without_cancellation_gets_none(self, home):
        refused(
            "D2",
            "UPDATE billing_serviceline SET status = 'pending_terminate', last_day = '2026-01-31', "
            "last_day_why = 'x' WHERE id = %s",
            home.internet.pk,
        )

    def test_the_order_keeps_step_with_the_entries(self, waiting):
        refused(
            "D2",
            "UPDATE billing_cancellationline SET last_day = '2026-01-30', generation = 2 WHERE line_id = %s",
            waiting.internet.pk,
        )

    @pytest.mark.parametrize("day", ["infinity", "-infinity", "0001-01-01"])
    def test_vague_days_are_not_days(self, home, day):
        make.drafted(home)
        refused(
            "D2",
            "UPDATE billing_cancellationline SET last_day = %s WHERE line_id = %s",
            day,
            home.internet.pk,
        )

    def test_vague_words_are_not_days(self, home):
        make.drafted(home)
        with pytest.raises(DataError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("UPDATE billing_cancellationline SET last_day = 'some time on the next day'")

    def test_a_setting_is_not_edited(self, waiting):
        refused("D2", "UPDATE billing_lastdayentry SET last_day = '2026-01-30'")
        refused("D2", "DELETE FROM billing_lastdayentry")


ENTRY = (
    "INSERT INTO billing_lastdayentry (cancellation_line_id, generation, last_day, set_for, set_at, contact_id, "
    "why, consent_id) VALUES (%s, %s, %s, 'company', %s, %s, 'x', %s)"
)


@pytest.mark.requirement("D2")
class TestEntriesOfLastDays:
    def test_forward_needs_consent(self, waiting):
        line = waiting.lines[waiting.internet.pk]
        said = refused("D2", ENTRY, line.pk, 2, "2026-01-30", make.CALLED_AT, waiting.call.pk, None)
        assert "recorded consent" in said

    def test_another_lines_consent_does_not_serve(self, waiting):
        internet, phone = waiting.lines[waiting.internet.pk], waiting.lines[waiting.phone.pk]
        other = make.consent(phone, waiting.call, jst(2026, 1, 30), generation=2)
        refused("D2", ENTRY, internet.pk, 2, "2026-01-30", make.CALLED_AT, waiting.call.pk, other.pk)

    def test_with_consent_it_may(self, waiting):
        line = waiting.lines[waiting.internet.pk]
        given = make.consent(line, waiting.call, jst(2026, 1, 31), generation=2)
        with connection.cursor() as cursor:
            cursor.execute(ENTRY, (line.pk, 2, "2026-01-30", make.CALLED_AT, waiting.call.pk, given.pk))
        assert LastDayEntry.objects.filter(cancellation_line=line).count() == 2

    def test_no_gap_and_no_second_of_a_generation(self, waiting):
        line = waiting.lines[waiting.internet.pk]
        refused("D2", ENTRY, line.pk, 3, "2026-02-28", make.CALLED_AT, waiting.call.pk, None)
        refused("D2", ENTRY, line.pk, 1, "2026-02-28", make.CALLED_AT, waiting.call.pk, None)

    def test_not_for_a_day_already_over(self, waiting):
        line = waiting.lines[waiting.internet.pk]
        refused("D2", ENTRY, line.pk, 2, "2026-02-01", jst(2026, 2, 2), waiting.call.pk, None)

    def test_not_in_a_strangers_contact(self, waiting):
        line = waiting.lines[waiting.internet.pk]
        stranger = make.household()
        refused("D2", ENTRY, line.pk, 2, "2026-02-28", make.CALLED_AT, stranger.call.pk, None)


CONSENT = (
    "INSERT INTO billing_stopconsent (line_id, cancellation_line_id, generation, contact_id, words, recording_ref, "
    "stop_at, given_at) VALUES (%s, %s, %s, %s, %s, %s, %s, %s)"
)


@pytest.mark.requirement("D2")
class TestConsent:
    def attempt(self, home, **other):
        line = home.lines[home.internet.pk]
        row = {
            "line": home.internet.pk,
            "cancellation": line.pk,
            "generation": 1,
            "contact": home.call.pk,
            "words": "止めてよい",
            "recording": "rec-1",
            "stop_at": jst(2026, 1, 30, 14),
            "given_at": make.CALLED_AT,
            **other,
        }
        return refused("D2", CONSENT, *row.values())

    def test_is_the_customers_own(self, waiting):
        self.attempt(waiting, contact=make.household().call.pk)

    def test_has_words_and_a_recording(self, waiting):
        self.attempt(waiting, words="")
        self.attempt(waiting, recording="")

    def test_comes_before_the_stop(self, waiting):
        self.attempt(waiting, given_at=jst(2026, 1, 31, 9))

    def test_is_for_the_line_it_names(self, waiting):
        self.attempt(waiting, line=waiting.phone.pk)

    def test_is_not_given_before_the_call_began(self, waiting):
        self.attempt(waiting, given_at=make.CALLED_AT - dt.timedelta(days=1))

    def test_is_not_given_tomorrow(self, waiting):
        tomorrow = database_now() + dt.timedelta(days=1)
        self.attempt(waiting, given_at=tomorrow, stop_at=tomorrow)

    def test_is_never_changed(self, waiting):
        make.consent(waiting.lines[waiting.internet.pk], waiting.call, jst(2026, 1, 30, 14))
        refused("D2", "UPDATE billing_stopconsent SET stop_at = '2026-01-25 00:00+09'")
        refused("D2", "DELETE FROM billing_stopconsent")

    def stop_with(self, line, given, at):
        return (
            f"{STOP_WITH_CONSENT} WHERE id = %s",
            at,
            given.pk,
            line.pk,
        )

    def test_lets_the_line_stop_from_its_moment_on(self, waiting):
        given = make.consent(waiting.lines[waiting.phone.pk], waiting.call, jst(2026, 1, 30, 14))
        refused("D2", *self.stop_with(waiting.phone, given, jst(2026, 1, 30, 13, 59, 59)))
        sql, *params = self.stop_with(waiting.phone, given, jst(2026, 1, 30, 14))
        with connection.cursor() as cursor:
            cursor.execute(sql, params)
        make.reread(waiting)
        assert waiting.phone.stopped_at == jst(2026, 1, 30, 14)

    def test_of_one_line_does_not_stop_another(self, waiting):
        given = make.consent(waiting.lines[waiting.phone.pk], waiting.call, jst(2026, 1, 30, 14))
        refused("D2", *self.stop_with(waiting.internet, given, jst(2026, 1, 30, 14)))

    def test_to_an_earlier_date_lapses_when_the_date_moves(self, waiting):
        line = waiting.lines[waiting.phone.pk]
        given = make.consent(line, waiting.call, jst(2026, 1, 30, 14))
        with connection.cursor() as cursor:
            cursor.execute(ENTRY, (line.pk, 2, "2026-02-28", make.CALLED_AT, waiting.call.pk, None))
            cursor.execute(
                "UPDATE billing_cancellationline SET generation = 2, last_day = '2026-02-28' WHERE id = %s",
                (line.pk,),
            )
            cursor.execute(
                "UPDATE billing_serviceline SET last_day = '2026-02-28' WHERE id = %s", (waiting.phone.pk,)
            )
        refused("D2", *self.stop_with(waiting.phone, given, jst(2026, 1, 30, 14)))


@pytest.mark.requirement("D3")
class TestTheTelephoneWaitsForItsNumber:
    def porting(self, home, **other) -> Porting:
        return Porting.objects.create(
            line=home.phone,
            number=home.phone.number,
            new_provider="みらい電話",
            scheduled_at=jst(2026, 1, 30, 14),
            requested_at=make.CALLED_AT,
            requested_contact=home.call,
            **other,
        )

    def test_requested(self, waiting):
        self.porting(waiting)
        refused("D3", STOP, jst(2026, 2, 1), waiting.phone.pk)

    def failed(self, home) -> Porting:
        porting = self.porting(home)
        owed = Promise.objects.create(
            customer=home.customer,
            ticket=home.ticket,
            kind="porting_call",
            what="x",
            desk=home.operator.desk,
            due_at=jst(2026, 1, 30, 18),
            opened_at=jst(2026, 1, 30, 14),
        )
        porting.fail(at=jst(2026, 1, 30, 14), reason="名義相違", promise_id=owed.pk)
        porting.save()
        return porting

    def test_failed(self, waiting):
        self.failed(waiting)
        refused("D3", STOP, jst(2026, 2, 1), waiting.phone.pk)

    def test_failed_owes_a_call(self, waiting):
        self.porting(waiting)
        refused("D3", "UPDATE billing_porting SET status = 'failed', failed_at = now(), failed_reason = 'x'")

    def test_it_is_not_given_up_for_the_customer(self, waiting):
        self.failed(waiting)
        refused("D3", "UPDATE billing_porting SET status = 'given_up'")
        refused(
            "D3",
            "UPDATE billing_porting SET status = 'given_up', decided_words = 'x', decided_contact_id = %s",
            make.household().call.pk,
        )

    def test_it_is_not_replaced_by_nothing(self, waiting):
        self.failed(waiting)
        refused("D3", "UPDATE billing_porting SET status = 'replaced'")

    def test_a_failed_one_does_not_become_completed(self, waiting):
        self.failed(waiting)
        refused("D3", "UPDATE billing_porting SET status = 'completed', completed_at = now(), evidence = 'x'")

    def test_nor_deleted(self, waiting):
        self.failed(waiting)
        refused("D3", "DELETE FROM billing_porting")

    def test_the_stop_is_not_before_the_porting(self, waiting):
        self.porting(waiting)
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE billing_porting SET status = 'completed', evidence = 'x', "
                "completed_at = '2026-02-02 14:00+09'"
            )
        refused("D3", STOP, jst(2026, 2, 1), waiting.phone.pk)

    def test_only_a_telephone_is_ported(self, waiting):
        with pytest.raises(IntegrityError, match="D3: only the number"), transaction.atomic():
            Porting.objects.create(
                line=waiting.internet,
                number="x",
                new_provider="x",
                scheduled_at=jst(2026, 1, 30),
                requested_at=make.CALLED_AT,
                requested_contact=waiting.call,
            )

    def test_the_internet_does_not_wait_for_it(self, waiting):
        self.failed(waiting)
        with connection.cursor() as cursor:
            cursor.execute(STOP, (jst(2026, 2, 1), waiting.internet.pk))


VISIT = (
    "INSERT INTO billing_visitoffer (order_id, access_line_id, starts_at, ends_at, status, offered_at, evidence) "
    "VALUES (%s, %s, %s, %s, 'offered', %s, '')"
)


@pytest.mark.requirement("D4")
class TestRemovalComesLast:
    def test_it_is_not_offered_for_the_last_day(self, waiting):
        refused(
            "D4",
            VISIT,
            waiting.order.pk,
            waiting.access_line.pk,
            jst(2026, 1, 31, 10),
            jst(2026, 1, 31, 12),
            make.CALLED_AT,
        )

    def offer(self, home, at=None) -> VisitOffer:
        start = at or jst(2026, 2, 2, 10)
        return VisitOffer.objects.create(
            order=home.order,
            access_line=home.access_line,
            starts_at=start,
            ends_at=start + dt.timedelta(hours=2),
            offered_at=make.CALLED_AT,
        )

    def test_one_line_to_end_is_not_enough(self, home):
        home.order = make.accepted(home, internet=dt.date(2026, 1, 31))
        refused(
            "D4",
            VISIT,
            home.order.pk,
            home.access_line.pk,
            jst(2026, 2, 2, 10),
            jst(2026, 2, 2, 12),
            make.CALLED_AT,
        )

    def test_agreed_by_the_customer_alone(self, waiting):
        self.offer(waiting)
        refused("D4", "UPDATE billing_visitoffer SET status = 'agreed'")
        refused(
            "D4",
            "UPDATE billing_visitoffer SET status = 'agreed', agreed_at = now(), agreed_contact_id = %s",
            make.household().call.pk,
        )

    def test_not_moved_by_editing(self, waiting):
        self.offer(waiting)
        refused("D4", "UPDATE billing_visitoffer SET starts_at = '2026-01-31 10:00+09'")

    def agreed(self, home) -> VisitOffer:
        visit = self.offer(home)
        visit.agree(at=make.CALLED_AT, by_id=home.operator.pk, contact_id=home.call.pk)
        visit.save()
        return visit

    def test_the_end_does_not_move_behind_it(self, waiting):
        self.agreed(waiting)
        line = waiting.lines[waiting.internet.pk]
        with connection.cursor() as cursor:
            cursor.execute(ENTRY, (line.pk, 2, "2026-02-28", make.CALLED_AT, waiting.call.pk, None))
        refused(
            "D4",
            "UPDATE billing_serviceline SET last_day = '2026-02-28' WHERE id = %s",
            waiting.internet.pk,
        )

    def test_not_carried_out_while_a_line_runs(self, waiting):
        self.agreed(waiting)
        with connection.cursor() as cursor:
            cursor.execute(STOP, (jst(2026, 2, 1), waiting.internet.pk))
        done = (
            "UPDATE billing_visitoffer SET status = 'done', done_at = '2026-02-02 11:00+09', evidence = 'x'"
        )
        refused("D4", done)
        with connection.cursor() as cursor:
            cursor.execute(STOP, (jst(2026, 2, 1), waiting.phone.pk))
            cursor.execute(done)


@pytest.mark.requirement("D6")
class TestNothingIsAcceptedUnexplained:
    ACCEPT = (
        "UPDATE billing_cancellationorder SET status = 'acknowledged', accepted_at = '2026-01-24 10:20+09' "
        "WHERE id = %s"
    )

    def test_at_all(self, home):
        refused("D6", self.ACCEPT, make.drafted(home).pk)

    def test_one_line_of_two(self, home):
        order = make.drafted(home, internet=make.LAST_DAY)
        make.explain(home, order)
        order.lines.create(line=home.phone, last_day=make.LAST_DAY, asked_words="x", why="x")
        refused("D6", self.ACCEPT, order.pk)

    def test_another_day_than_was_said(self, home):
        order = make.drafted(home)
        make.explain(home, order)
        order.lines.filter(line=home.internet).update(last_day=dt.date(2026, 1, 30))
        refused("D6", self.ACCEPT, order.pk)

    def test_an_order_of_no_line(self, home):
        order = CancellationOrder.objects.create(
            contract=home.contract,
            customer=home.customer,
            ticket=home.ticket,
            channel="web",
            asked_at=make.CALLED_AT,
        )
        refused("D6", self.ACCEPT, order.pk)

    def test_nor_born_accepted(self, home):
        refused(
            "D1",
            "INSERT INTO billing_cancellationorder (contract_id, customer_id, ticket_id, channel, status, asked_at, "
            "accepted_at, hold_reason, cancelled_words) VALUES (%s, %s, %s, 'phone', 'acknowledged', now(), now(), "
            "'', '')",
            home.contract.pk,
            home.customer.pk,
            home.ticket.pk,
        )

    def test_a_line_is_not_slipped_in_afterwards(self, home):
        order = make.accepted(home, internet=make.LAST_DAY)
        refused(
            "D6",
            "INSERT INTO billing_cancellationline (order_id, line_id, last_day, generation, asked_words, why) "
            "VALUES (%s, %s, '2026-01-31', 1, 'x', 'x')",
            order.pk,
            home.phone.pk,
        )

    def test_what_was_said_is_not_edited(self, waiting):
        refused("D6", "UPDATE billing_explanation SET last_day = '2026-01-30'")


@pytest.mark.requirement("D1", "D8")
class TestTheOrder:
    def test_no_state_waits_on_an_offer_to_stay(self, home):
        order = make.drafted(home)
        refused(
            "D1",
            "UPDATE billing_cancellationorder SET status = 'retention' WHERE id = %s",
            order.pk,
        )

    def test_only_the_customer_withdraws_it(self, waiting):
        refused("D1", "UPDATE billing_cancellationorder SET status = 'cancelled', cancelled_at = now()")

    def test_not_after_a_stop(self, waiting):
        with connection.cursor() as cursor:
            cursor.execute(STOP, (jst(2026, 2, 1), waiting.internet.pk))
        refused(
            "D1",
            "UPDATE billing_cancellationorder SET status = 'cancelled', cancelled_at = now(), "
            "cancelled_words = 'x', cancelled_contact_id = %s",
            waiting.call.pk,
        )

    def test_not_completed_from_acceptance(self, waiting):
        refused("D1", "UPDATE billing_cancellationorder SET status = 'completed', completed_at = now()")

    def test_never_deleted(self, waiting):
        refused("D1", "DELETE FROM billing_cancellationorder")
        refused("D1", "DELETE FROM billing_cancellationline")

    def test_one_cancellation_a_line(self, waiting):
        with pytest.raises(IntegrityError, match="d1_one_cancellation_a_line"), transaction.atomic():
            make.drafted(waiting)

    def test_of_one_customer(self, home):
        stranger = make.household()
        order = make.drafted(home)
        refused(
            "D1",
            "UPDATE billing_cancellationorder SET ticket_id = %s WHERE id = %s",
            stranger.ticket.pk,
            order.pk,
        )


@pytest.mark.requirement("D1")
class TestMilestones:
    def milestone(self, home, kind="carrier_relayed", **other) -> Milestone:
        home.promise = Promise.objects.create(
            customer=home.customer,
            ticket=home.ticket,
            kind="milestone",
            what="x",
            desk=home.operator.desk,
            due_at=jst(2026, 1, 26, 18),
            opened_at=make.CALLED_AT,
        )
        return Milestone.objects.create(
            order=home.order, kind=kind, due_at=jst(2026, 1, 26, 18), promise=home.promise, **other
        )

    def test_each_is_owed_until_reached(self, waiting):
        self.milestone(waiting)
        refused("D1", "UPDATE billing_milestone SET promise_id = NULL")

    def test_its_promise_is_not_kept_before(self, waiting):
        self.milestone(waiting)
        end = "UPDATE tickets_promise SET status = '{}', ended_at = now(), void_reason = '{}' WHERE id = %s"
        refused("D1", end.format("kept", ""), waiting.promise.pk)
        refused("D1", end.format("void", "no"), waiting.promise.pk)

    def test_a_missed_one_is_not_dated_anew(self, waiting):
        row = self.milestone(waiting)
        row.violate()
        row.save()
        refused("D1", "UPDATE billing_milestone SET due_at = '2026-03-01 00:00+09', generation = 2")
        refused("D1", "UPDATE billing_milestone SET status = 'yet_to_reach'")

    def test_nor_one_to_come_without_a_change_of_dates(self, waiting):
        self.milestone(waiting)
        refused("D1", "UPDATE billing_milestone SET due_at = '2026-03-01 00:00+09'")

    def test_reached_with_evidence(self, waiting):
        self.milestone(waiting)
        refused("D1", "UPDATE billing_milestone SET status = 'completed', reached_at = now()")

    def test_a_stop_is_reached_by_a_stop(self, waiting):
        self.milestone(waiting, "internet_stopped", line=waiting.internet)
        refused("D1", "UPDATE billing_milestone SET status = 'completed', reached_at = now(), evidence = 'x'")

    def test_once_an_order(self, waiting):
        self.milestone(waiting)
        with pytest.raises(IntegrityError, match="d1_milestone_once_an_order"), transaction.atomic():
            self.milestone(waiting)

    def test_the_relay_always_applies(self, waiting):
        self.milestone(waiting)
        refused("D1", "UPDATE billing_milestone SET applies = false")

    def test_never_deleted(self, waiting):
        self.milestone(waiting)
        refused("D1", "DELETE FROM billing_milestone")


@pytest.mark.requirement("D2", "D7", "D9")
class TestInstructionsToTheCarrier:
    def instruction(self, home, **other) -> CarrierInstruction:
        row = {
            "order": home.order,
            "ticket": home.ticket,
            "access_line": home.access_line,
            "line": home.internet,
            "kind": "stop",
            "key": "stop-1",
            "channel": "worklist",
            "issued_at": make.CALLED_AT,
            "due_at": jst(2026, 2, 1),
            "not_before": jst(2026, 2, 1),
            **other,
        }
        return CarrierInstruction.objects.create(**row)

    def test_no_early_stop_is_ordered(self, waiting):
        with pytest.raises(IntegrityError, match="D2: line"), transaction.atomic():
            self.instruction(waiting, not_before=jst(2026, 1, 31))

    def test_the_moment_is_not_edited(self, waiting):
        self.instruction(waiting)
        refused("D9", "UPDATE billing_carrierinstruction SET not_before = '2026-01-31 00:00+09'")

    def test_the_same_key_counts_once(self, waiting):
        self.instruction(waiting)
        with pytest.raises(IntegrityError), transaction.atomic():
            self.instruction(waiting)

    def test_an_early_stop_has_its_incident(self, waiting):
        self.instruction(waiting)
        said = refused(
            "D7",
            "UPDATE billing_carrierinstruction SET status = 'executed', executed_at = '2026-01-31 02:00+09', "
            "reported_at = now(), evidence = 'x', done_by_id = %s",
            waiting.operator.pk,
        )
        assert "must have a stop incident" in said

    def test_by_hand_by_somebody_with_evidence(self, waiting):
        self.instruction(waiting)
        refused(
            "D9",
            "UPDATE billing_carrierinstruction SET status = 'executed', executed_at = now(), reported_at = now(), "
            "evidence = 'x'",
        )
        refused(
            "D9",
            "UPDATE billing_carrierinstruction SET status = 'executed', executed_at = now(), reported_at = now(), "
            "done_by_id = %s",
            waiting.operator.pk,
        )

    def test_the_stop_of_a_line_given_back_needs_an_incident(self, waiting):
        with connection.cursor() as cursor:
            cursor.execute(STOP, (jst(2026, 2, 1), waiting.internet.pk))
        refused(
            "D7",
            "UPDATE billing_serviceline SET status = 'pending_terminate', stopped_at = NULL WHERE id = %s",
            waiting.internet.pk,
        )


@pytest.mark.requirement("D7", "B6")
class TestEarlyStops:
    INCIDENT = (
        "INSERT INTO billing_stopincident (line_id, order_id, planned_at, executed_at, found_at, found_by, words, "
        "ticket_id, remedy_id, fault, status, lost_days, credit_yen) "
        "VALUES (%s, %s, %s, %s, %s, 'carrier', '', %s, %s, %s, 'open', 1, 0)"
    )

    def attempt(self, home, *, priority=1, executed=CUT_AT, fault="company") -> tuple[Any, ...]:
        Ticket.objects.filter(pk=home.ticket.pk).update(priority=priority)
        remedy = Promise.objects.create(
            customer=home.customer,
            ticket=home.ticket,
            kind="remedy",
            what="x",
            desk=home.operator.desk,
            due_at=jst(2026, 1, 31, 12),
            opened_at=make.CALLED_AT,
        )
        return (
            home.internet.pk,
            home.order.pk,
            jst(2026, 2, 1),
            executed,
            jst(2026, 1, 31, 9, 5),
            home.ticket.pk,
            remedy.pk,
            fault,
        )

    def test_are_a_p1(self, waiting):
        said = refused("D7", self.INCIDENT, *self.attempt(waiting, priority=3))
        assert "P1" in said

    def test_are_our_fault(self, waiting):
        refused("D7", self.INCIDENT, *self.attempt(waiting, fault="customer"))

    def test_come_before_the_end(self, waiting):
        refused("D7", self.INCIDENT, *self.attempt(waiting, executed=jst(2026, 2, 1)))

    def test_are_not_closed_without_the_credit(self, waiting):
        run(self.INCIDENT, *self.attempt(waiting))
        refused("D7", "UPDATE billing_stopincident SET status = 'restored', restored_at = now()")
        refused("D7", "UPDATE billing_stopincident SET fault = 'carrier'")
        refused("D7", "DELETE FROM billing_stopincident")

    def test_are_not_reconnected_without_approval(self, waiting):
        run(self.INCIDENT, *self.attempt(waiting))
        refused(
            "B6",
            "INSERT INTO billing_carrierinstruction (ticket_id, access_line_id, line_id, kind, key, channel, status, "
            "issued_at, due_at, payload, evidence, failed_reason) VALUES (%s, %s, %s, 'reconnect', 'r', 'worklist', "
            "'issued', now(), now(), '{}', '', '')",
            waiting.ticket.pk,
            waiting.access_line.pk,
            waiting.internet.pk,
        )
