"""Opening hours out of the masters."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict

from django.db.models import Max

from tickets.business_time import Hours, Range, ordinary_days
from tickets.models import Calendar, CalendarException, CalendarHours, Desk, Holiday


def hours_of(calendar_id: int) -> Hours:
    """The hours of one calendar, in three queries whatever its size."""
    week: dict[int, list[Range]] = defaultdict(list)
    for row in CalendarHours.objects.filter(calendar_id=calendar_id):
        week[row.day].append((row.opens_minute, row.closes_minute))
    exceptions: dict[dt.date, list[Range]] = defaultdict(list)
    for exception in CalendarException.objects.filter(calendar_id=calendar_id):
        ranges = exceptions[exception.on]
        if exception.opens_minute is not None and exception.closes_minute is not None:
            ranges.append((exception.opens_minute, exception.closes_minute))
    return Hours(
        week={day: tuple(ranges) for day, ranges in week.items()},
        holidays=holidays(),
        exceptions={on: tuple(ranges) for on, ranges in exceptions.items()},
    )


def hours_of_desk(desk_id: int) -> Hours:
    """The hours of a desk's own calendar; four queries."""
    return hours_of(Desk.objects.values_list("calendar_id", flat=True).get(pk=desk_id))


def hours_by_code(code: str) -> Hours:
    """The hours of the calendar with that code, e.g. a carrier's; four queries."""
    return hours_of(Calendar.objects.values_list("pk", flat=True).get(code=code))


def ordinary_hours() -> Hours:
    """Business days as notices and letters count them; one query."""
    return ordinary_days(holidays())


def holidays() -> frozenset[dt.date]:
    """Every public holiday on file."""
    return frozenset(Holiday.objects.values_list("on", flat=True))


def holidays_known_until() -> dt.date | None:
    """The last public holiday on file; None when none was ever loaded."""
    last: dt.date | None = Holiday.objects.aggregate(last=Max("on"))["last"]
    return last
