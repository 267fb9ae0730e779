"""Opening hours: several ranges a day, holidays as a day of their own, exceptions (A12, L13)."""

import datetime as dt

import pytest

from tickets.business_time import (
    Hours,
    NeverOpens,
    add_business_days,
    add_business_hours,
    business_days_between,
    is_open,
    next_close,
    next_open,
    ordinary_days,
)
from tickets.dates import jst

pytestmark = pytest.mark.requirement("A12")

NEW_YEAR_WEEK = frozenset({dt.date(2026, 1, 12)})
OFFICE = Hours(week=dict.fromkeys(range(5), ((540, 720), (780, 1080))), holidays=NEW_YEAR_WEEK)
DESK = Hours(week=dict.fromkeys(range(8), ((540, 1080),)), holidays=NEW_YEAR_WEEK)
ROUND_THE_CLOCK = Hours(week=dict.fromkeys(range(5), ((0, 1440),)), holidays=NEW_YEAR_WEEK)


@pytest.mark.parametrize(
    ("hours", "at", "open_"),
    [
        (OFFICE, jst(2026, 1, 26, 9, 0), True),
        (OFFICE, jst(2026, 1, 26, 8, 59, 59), False),
        (OFFICE, jst(2026, 1, 26, 12, 0), False),
        (OFFICE, jst(2026, 1, 26, 13, 0), True),
        (OFFICE, jst(2026, 1, 26, 18, 0), False),
        (OFFICE, jst(2026, 1, 31, 10, 0), False),  # the Saturday on which head office was closed
        (OFFICE, jst(2026, 1, 12, 10, 0), False),  # a Monday that is a holiday
        (DESK, jst(2026, 1, 12, 10, 0), True),
        (DESK, jst(2026, 1, 31, 9, 5), True),
    ],
)
def test_a_desk_is_open_in_its_ranges_only(hours, at, open_):
    assert is_open(hours, at) is open_


def test_the_hour_is_japans_whatever_the_zone_of_the_moment():
    assert is_open(OFFICE, dt.datetime(2026, 1, 26, 0, 0, tzinfo=dt.UTC))
    assert not is_open(OFFICE, dt.datetime(2026, 1, 26, 9, 0, tzinfo=dt.UTC))


def test_next_open_is_now_while_open_and_skips_the_three_day_weekend():
    assert next_open(OFFICE, jst(2026, 1, 26, 10, 0)) == jst(2026, 1, 26, 10, 0)
    assert next_open(OFFICE, jst(2026, 1, 26, 12, 30)) == jst(2026, 1, 26, 13, 0)
    assert next_open(OFFICE, jst(2026, 1, 9, 18, 0)) == jst(2026, 1, 13, 9, 0)
    assert next_open(DESK, jst(2026, 1, 10, 17, 50)) == jst(2026, 1, 10, 17, 50)
    assert next_open(DESK, jst(2026, 1, 10, 18, 0)) == jst(2026, 1, 11, 9, 0)


def test_next_close_takes_a_span_over_midnight_as_one():
    assert next_close(OFFICE, jst(2026, 1, 26, 10, 0)) == jst(2026, 1, 26, 12, 0)
    assert next_close(OFFICE, jst(2026, 1, 31, 10, 0)) == jst(2026, 2, 2, 12, 0)
    assert next_close(ROUND_THE_CLOCK, jst(2026, 1, 26, 10, 0)) == jst(2026, 1, 31)


@pytest.mark.parametrize(
    ("at", "days", "due"),
    [
        (jst(2026, 1, 24, 14, 0), 1, jst(2026, 1, 26, 18, 0)),  # Saturday → Monday's closing
        (jst(2026, 1, 26, 14, 0), 1, jst(2026, 1, 27, 18, 0)),  # the first day is not counted
        (jst(2026, 1, 9, 10, 0), 1, jst(2026, 1, 13, 18, 0)),  # Monday is a holiday
        (jst(2026, 1, 26, 10, 0), 0, jst(2026, 1, 26, 18, 0)),
        (jst(2026, 1, 26, 18, 0), 0, jst(2026, 1, 27, 18, 0)),
        (jst(2026, 1, 5, 10, 0), 10, jst(2026, 1, 20, 18, 0)),
    ],
)
def test_business_days_end_with_the_last_closing_of_the_last_day(at, days, due):
    assert add_business_days(OFFICE, at, days) == due


def test_business_hours_run_only_while_open():
    assert add_business_hours(OFFICE, jst(2026, 1, 26, 11, 30), 1) == jst(2026, 1, 26, 13, 30)
    assert add_business_hours(OFFICE, jst(2026, 1, 9, 17, 30), 1) == jst(2026, 1, 13, 9, 30)
    assert add_business_hours(OFFICE, jst(2026, 1, 26, 11, 0), 1) == jst(2026, 1, 26, 12, 0)


def test_an_exception_replaces_the_ranges_of_its_date():
    closed = Hours(week=DESK.week, exceptions={dt.date(2026, 1, 26): ()})
    late = Hours(week=DESK.week, exceptions={dt.date(2026, 1, 26): ((720, 780), (840, 900))})
    assert next_open(closed, jst(2026, 1, 26, 10, 0)) == jst(2026, 1, 27, 9, 0)
    assert next_open(late, jst(2026, 1, 26, 10, 0)) == jst(2026, 1, 26, 12, 0)
    assert not is_open(late, jst(2026, 1, 26, 13, 30))


def test_a_calendar_without_hours_is_an_error_not_an_endless_search():
    with pytest.raises(NeverOpens):
        next_open(Hours(week={}), jst(2026, 1, 26))
    with pytest.raises(NeverOpens):
        next_close(Hours(week={}), jst(2026, 1, 26))
    with pytest.raises(NeverOpens):
        add_business_days(Hours(week={}), jst(2026, 1, 26), 3)
    with pytest.raises(NeverOpens):
        add_business_hours(Hours(week={}), jst(2026, 1, 26), 3)


def test_ten_ordinary_business_days_skip_weekends_and_holidays():
    ordinary = ordinary_days(NEW_YEAR_WEEK)
    assert add_business_days(ordinary, jst(2026, 1, 5, 15, 0), 10) == jst(2026, 1, 21)
    assert business_days_between(ordinary, dt.date(2026, 1, 5), dt.date(2026, 1, 20)) == 10
