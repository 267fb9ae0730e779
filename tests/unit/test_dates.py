"""Civil dates in Japan, against moments written in UTC (D2, C1)."""

import datetime as dt

import pytest

from tickets.dates import add_months, day_of, end_of_day, last_usable_minute, start_of_day

pytestmark = pytest.mark.requirement("D2", "C1")


def utc(*parts):
    return dt.datetime(*parts, tzinfo=dt.UTC)


def test_a_last_day_ends_at_midnight_in_japan_which_is_three_in_the_afternoon_in_utc():
    assert end_of_day(dt.date(2026, 1, 31)) == utc(2026, 1, 31, 15)
    assert start_of_day(dt.date(2026, 1, 31)) == utc(2026, 1, 30, 15)


def test_the_day_changes_at_midnight_in_japan():
    assert day_of(utc(2026, 1, 30, 14, 59, 59)) == dt.date(2026, 1, 30)
    assert day_of(utc(2026, 1, 30, 15)) == dt.date(2026, 1, 31)


def test_the_leap_day_and_the_year_end_end_like_any_other():
    assert end_of_day(dt.date(2028, 2, 29)) == utc(2028, 2, 29, 15)
    assert end_of_day(dt.date(2026, 12, 31)) == utc(2026, 12, 31, 15)


def test_the_last_usable_minute_is_2359():
    assert last_usable_minute(dt.date(2026, 1, 31)) == utc(2026, 1, 31, 14, 59)


def test_a_day_that_a_month_lacks_becomes_its_last():
    assert add_months(dt.date(2026, 1, 31), 1) == dt.date(2026, 2, 28)
    assert add_months(dt.date(2028, 1, 31), 1) == dt.date(2028, 2, 29)
    assert add_months(dt.date(2026, 11, 30), 3) == dt.date(2027, 2, 28)
