"""Opening hours of a desk, head office or a carrier (A12). Pure: no clock, no database.

A day has any number of ranges [opens, closes) in minutes of the Japanese day; public holidays are a day of
their own (7), and an exception replaces a date's ranges. Counting follows 民法140-143 (L13): the first day is
not counted, and a period ends with the end of its last day, here the last closing time of that business day.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from tickets.dates import day_of, start_of_day

HOLIDAY = 7
DAY_MINUTES = 24 * 60
# No calendar is shut for longer than this; past it somebody has forgotten to enter the hours.
HORIZON_DAYS = 400

Range = tuple[int, int]


class NeverOpens(ValueError):
    """The calendar has no opening within the horizon: its hours are missing."""


def _nothing() -> Mapping[dt.date, tuple[Range, ...]]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Hours:
    """The opening hours of one calendar.

    `week`: day 0 (Monday) to 6, and 7 for public holidays → ranges in minutes. `exceptions`: a date → its ranges,
    empty when closed.
    """

    week: Mapping[int, tuple[Range, ...]]
    holidays: frozenset[dt.date] = frozenset()
    exceptions: Mapping[dt.date, tuple[Range, ...]] = field(default_factory=_nothing)

    def ranges_on(self, day: dt.date) -> tuple[Range, ...]:
        """The ranges of one date, in order."""
        if day in self.exceptions:
            return tuple(sorted(self.exceptions[day]))
        key = HOLIDAY if day in self.holidays else day.weekday()
        return tuple(sorted(self.week.get(key, ())))


def ordinary_days(holidays: frozenset[dt.date]) -> Hours:
    """Business days as letters and notices count them (営業日): Monday to Friday, no public holidays."""
    whole: tuple[Range, ...] = ((0, DAY_MINUTES),)
    return Hours(week=dict.fromkeys(range(5), whole), holidays=holidays)


def is_open(hours: Hours, at: dt.datetime) -> bool:
    """Whether somebody is there at `at`."""
    return any(opens <= at < closes for opens, closes in _spans_on(hours, day_of(at)))


def next_open(hours: Hours, at: dt.datetime) -> dt.datetime:
    """`at` itself while open, otherwise the next opening; `NeverOpens` when there is none."""
    opens, _closes = next(_spans_from(hours, at), (None, None))
    if opens is None:
        raise NeverOpens(at)
    return max(opens, at)


def next_close(hours: Hours, at: dt.datetime) -> dt.datetime:
    """The end of the opening that runs at `at`, or of the next one; a span over midnight counts as one."""
    end: dt.datetime | None = None
    for opens, closes in _spans_from(hours, at):
        if end is not None and opens > end:
            break
        end = closes
    if end is None:
        raise NeverOpens(at)
    return end


def add_business_days(hours: Hours, at: dt.datetime, n: int) -> dt.datetime:
    """The last closing time of the `n`-th business day after the day of `at`, which is not counted.

    With `n` 0: of the day of `at` when it is open, else of the next business day.
    """
    left = n
    for day in _days(day_of(at)):
        spans = _spans_on(hours, day)
        if not spans or spans[-1][1] <= at or (n > 0 and day == day_of(at)):
            continue
        left -= 1
        if left <= 0:
            return spans[-1][1]
    raise NeverOpens(at)


def add_business_hours(hours: Hours, at: dt.datetime, n: float) -> dt.datetime:
    """The moment at which `n` hours of opening time have passed since `at`."""
    left = dt.timedelta(hours=n)
    for opens, closes in _spans_from(hours, at):
        start = max(opens, at)
        if closes - start >= left:
            return start + left
        left -= closes - start
    raise NeverOpens(at)


def business_days_between(hours: Hours, earlier: dt.date, later: dt.date) -> int:
    """How many business days lie after `earlier`, up to and with `later`."""
    days = (earlier + dt.timedelta(days=n) for n in range(1, (later - earlier).days + 1))
    return sum(1 for day in days if hours.ranges_on(day))


def _days(first: dt.date) -> Iterator[dt.date]:
    return (first + dt.timedelta(days=n) for n in range(HORIZON_DAYS))


def _spans_on(hours: Hours, day: dt.date) -> list[tuple[dt.datetime, dt.datetime]]:
    start = start_of_day(day)
    return [
        (start + dt.timedelta(minutes=opens), start + dt.timedelta(minutes=closes))
        for opens, closes in hours.ranges_on(day)
    ]


def _spans_from(hours: Hours, at: dt.datetime) -> Iterator[tuple[dt.datetime, dt.datetime]]:
    """Spans that end after `at`, in order."""
    for day in _days(day_of(at)):
        yield from (span for span in _spans_on(hours, day) if span[1] > at)
