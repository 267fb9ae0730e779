"""Civil dates in Japan: pure functions, no clock.

A date is a date in Asia/Tokyo. A last day D ends at D + 1 day, 00:00 JST, exclusive; 23:59:59 is never stored
(D2; 民法140-143).
"""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

JST = ZoneInfo("Asia/Tokyo")


def jst(year: int, month: int, day: int, hour: int = 0, minute: int = 0, second: int = 0) -> dt.datetime:
    """A moment by the Japanese wall clock."""
    return dt.datetime(year, month, day, hour, minute, second, tzinfo=JST)


def day_of(at: dt.datetime) -> dt.date:
    """The Japanese date on which `at` falls."""
    return at.astimezone(JST).date()


def start_of_day(day: dt.date) -> dt.datetime:
    """00:00 JST of `day`."""
    return dt.datetime.combine(day, dt.time(), tzinfo=JST)


def end_of_day(day: dt.date) -> dt.datetime:
    """24:00 JST of `day`: 00:00 of the next day, the first moment no longer in it."""
    return start_of_day(day + dt.timedelta(days=1))


def last_usable_minute(day: dt.date) -> dt.datetime:
    """23:59 JST of `day`: what a customer is told (D5, D6); never stored."""
    return end_of_day(day) - dt.timedelta(minutes=1)


def add_months(day: dt.date, months: int) -> dt.date:
    """The corresponding day `months` later; a missing one becomes the end of the month (民法143)."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    first_of_next = dt.date(year + (month + 1) // 12, (month + 1) % 12 + 1, 1)
    last = (first_of_next - dt.timedelta(days=1)).day
    return dt.date(year, month + 1, min(day.day, last))
