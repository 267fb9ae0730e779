"""Somebody in a hurry, with a database prompt: what D2 refuses, whoever writes.

The clock of the database is the real one, so a line whose last day is today has not ended yet, and a line whose
last day was in January has.
"""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import DataError, IntegrityError, connection, transaction

from billing.models import (
    LastDayEntry,
    ServiceLine,
)
from config.clock import JST
from tests.factories import cancellation as make
from tests.rules.attempt import refused
from tests.rules.cancellation_attempts import ENTRY, STOP, STOP_WITH_CONSENT, database_now
from tickets.dates import end_of_day, jst

pytestmark = pytest.mark.django_db


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
