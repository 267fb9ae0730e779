"""Calendars out of the masters: ranges, public holidays a year ahead, exceptions, and an alarm (A12)."""

import datetime as dt

import pytest

from tests.factories.cast import cast
from tickets.business_time import is_open, next_open
from tickets.dates import jst
from tickets.models import CalendarException, Holiday
from tickets.queries import calendars
from tickets.services import holidays

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("A12")]


def test_every_desk_has_hours_of_its_own(django_assert_num_queries):
    people = cast()
    coming_of_age = jst(2026, 1, 12, 10, 0)  # a Monday
    with django_assert_num_queries(1):
        desk = calendars.hours_of(people.desk_calendar.pk)
    with django_assert_num_queries(1):
        office = calendars.hours_of_desk(people.head_office.pk)
    assert is_open(desk, coming_of_age)
    assert next_open(office, coming_of_age) == jst(2026, 1, 13, 9, 0)
    assert not is_open(calendars.hours_by_code("carrier"), jst(2026, 1, 31, 10, 0))


def test_exceptions_close_a_day_or_change_its_hours():
    people = cast()
    CalendarException.objects.create(calendar=people.desk_calendar, on=dt.date(2026, 1, 26), why="設備点検")
    for opens, closes in ((600, 660), (720, 780)):
        CalendarException.objects.create(
            calendar=people.desk_calendar,
            on=dt.date(2026, 1, 27),
            opens_minute=opens,
            closes_minute=closes,
            why="短縮",
        )
    hours = calendars.hours_of(people.desk_calendar.pk)
    assert next_open(hours, jst(2026, 1, 26, 9, 30)) == jst(2026, 1, 27, 10, 0)
    assert next_open(hours, jst(2026, 1, 27, 11, 0)) == jst(2026, 1, 27, 12, 0)


def test_holidays_are_loaded_ahead_and_again_without_harm():
    now = jst(2026, 1, 24, 9, 0)
    assert holidays.load_holidays(at=now) > 40
    assert holidays.load_holidays(at=now) == 0
    assert Holiday.objects.get(on=dt.date(2026, 1, 12)).name == "成人の日"
    last = calendars.holidays_known_until()
    assert last is not None
    assert last.year == 2028
    assert holidays.holidays_run_out(at=now) is None


def test_an_alarm_when_less_than_a_year_of_holidays_is_known():
    assert holidays.holidays_run_out(at=jst(2026, 1, 24)) == dt.date(2026, 1, 24)
    Holiday.objects.create(on=dt.date(2026, 11, 23), name="勤労感謝の日")
    assert holidays.holidays_run_out(at=jst(2026, 1, 24)) == dt.date(2026, 12, 31)
