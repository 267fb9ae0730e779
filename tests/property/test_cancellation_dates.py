"""What holds for every moment, not only for the stories'."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.order_dates import day_before_notice_at, days_lost, relay_due
from tickets.business_time import Hours, is_open
from tickets.dates import end_of_day, jst

MOMENTS = st.integers(min_value=0, max_value=15 * 365 * 86400).map(
    lambda seconds: jst(2020, 1, 1) + dt.timedelta(seconds=seconds)
)
DAYS = st.dates(min_value=dt.date(2020, 1, 1), max_value=dt.date(2035, 12, 31))
CARRIER = Hours(week=dict.fromkeys(range(5), ((540, 720), (780, 1020))))


@pytest.mark.requirement("D3")
@given(MOMENTS)
def test_the_relay_is_due_on_a_later_day_while_the_carrier_is_there(accepted):
    due = relay_due(CARRIER, accepted)
    assert due.date() > accepted.date()
    assert is_open(CARRIER, due - dt.timedelta(minutes=1))
    assert (due.date() - accepted.date()).days <= 3


@pytest.mark.requirement("D7")
@given(MOMENTS, DAYS)
def test_a_day_is_lost_exactly_when_the_stop_was_early(stopped, day):
    end = end_of_day(day)
    assert (days_lost(stopped, end) > 0) == (stopped < end)


@pytest.mark.requirement("D7")
@given(DAYS, st.integers(min_value=0, max_value=400))
def test_an_earlier_stop_never_loses_fewer_days(day, earlier):
    end = end_of_day(day)
    late, early = end - dt.timedelta(hours=1), end - dt.timedelta(hours=1 + earlier)
    assert days_lost(early, end) >= days_lost(late, end) == 1


@pytest.mark.requirement("D1")
@given(DAYS, MOMENTS)
def test_the_notice_of_the_day_before_never_comes_late(day, accepted):
    at = day_before_notice_at(day, accepted)
    assert at is None or accepted < at < end_of_day(day) - dt.timedelta(days=1)
