"""Business time, whatever the hours: no opening is missed, no closed minute is counted (A12)."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickets.business_time import (
    Hours,
    add_business_days,
    add_business_hours,
    is_open,
    next_close,
    next_open,
)
from tickets.dates import day_of, jst

pytestmark = pytest.mark.requirement("A12")
FIRST = jst(2026, 1, 1)
MINUTE = dt.timedelta(minutes=1)


@st.composite
def ranges(draw, *, at_least=0):
    """Up to three ranges of one day that do not touch, on quarters of an hour."""
    marks = sorted(draw(st.sets(st.integers(0, 96), min_size=2 * at_least, max_size=6)))
    pairs = zip(marks[::2], marks[1::2], strict=False)
    return tuple((opens * 15, closes * 15) for opens, closes in pairs)


@st.composite
def calendars(draw):
    """Open on Mondays at least, with holidays and exceptions in the first month."""
    week = {day: draw(ranges()) for day in range(1, 8)} | {0: draw(ranges(at_least=1))}
    days = st.dates(dt.date(2026, 1, 1), dt.date(2026, 1, 31))
    return Hours(
        week=week,
        holidays=frozenset(draw(st.sets(days, max_size=4))),
        exceptions=draw(st.dictionaries(days, ranges(), max_size=4)),
    )


moments = st.integers(0, 45 * 24 * 60).map(lambda minutes: FIRST + minutes * MINUTE)


@given(calendars(), moments)
def test_the_next_opening_is_open_and_nothing_before_it_is(hours, at):
    opens = next_open(hours, at)
    assert opens >= at
    assert is_open(hours, opens)
    if opens > at:
        assert not is_open(hours, at)
        assert not is_open(hours, opens - MINUTE)
        assert next_open(hours, opens - MINUTE) == opens


@given(calendars(), moments)
def test_a_closing_is_closed_and_everything_up_to_it_from_the_opening_is_open(hours, at):
    opens, closes = next_open(hours, at), next_close(hours, at)
    assert opens < closes
    assert is_open(hours, closes - MINUTE)
    assert not is_open(hours, closes)


@given(calendars(), moments, st.integers(1, 12), st.integers(1, 12))
def test_hours_add_up(hours, at, first, second):
    at_once = add_business_hours(hours, at, (first + second) / 4)
    in_two = add_business_hours(hours, add_business_hours(hours, at, first / 4), second / 4)
    assert at_once == in_two
    assert is_open(hours, at_once - MINUTE)


@given(calendars(), moments, st.integers(1, 10))
def test_days_add_up_and_never_end_on_the_first_day(hours, at, days):
    due = add_business_days(hours, at, days)
    assert due > at
    assert is_open(hours, due - MINUTE)
    assert day_of(due - MINUTE) > day_of(at)
    assert add_business_days(hours, at, days + 1) > due
