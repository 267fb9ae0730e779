"""Opening hours out of the masters."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict

from django.db.models import Max

from tickets.business_time import Hours, Range, ordinary_days
from tickets.models import Calendar, Holiday
from tickets.queries import prepared

# A deed asks these for every time that it sets.
HOURS = """
    (SELECT 'week', h.day::integer, NULL::date, h.opens_minute::integer, h.closes_minute::integer
       FROM tickets_calendarhours h WHERE h.calendar_id = {whose} ORDER BY h.day, h.opens_minute)
    UNION ALL
    (SELECT 'exception', NULL, e."on", e.opens_minute, e.closes_minute
       FROM tickets_calendarexception e WHERE e.calendar_id = {whose} ORDER BY e."on", e.opens_minute)
    UNION ALL
    (SELECT 'holiday', NULL, f."on", NULL, NULL FROM tickets_holiday f)
"""
OF_CALENDAR = HOURS.format(whose="%s::bigint")
OF_DESK = HOURS.format(whose="(SELECT d.calendar_id FROM tickets_desk d WHERE d.id = %s::bigint)")


def hours_of(calendar_id: int) -> Hours:
    """The hours of one calendar, in one query whatever its size."""
    return _read(OF_CALENDAR, calendar_id)


def hours_of_desk(desk_id: int) -> Hours:
    """The hours of a desk's own calendar; one query."""
    return _read(OF_DESK, desk_id)


def _read(sql: str, pk: int) -> Hours:
    week: dict[int, list[Range]] = defaultdict(list)
    exceptions: dict[dt.date, list[Range]] = defaultdict(list)
    free = set[dt.date]()
    with prepared.cursor() as cursor:
        cursor.execute(sql, (pk, pk))
        rows = cursor.fetchall()
    for what, day, on, opens, closes in rows:
        if what == "holiday":
            free.add(on)
        elif what == "week":
            week[day].append((opens, closes))
        else:
            # Without minutes: closed.
            exceptions[on].extend([(opens, closes)] if opens is not None and closes is not None else [])
    return Hours(
        week={day: tuple(ranges) for day, ranges in week.items()},
        holidays=frozenset(free),
        exceptions={on: tuple(ranges) for on, ranges in exceptions.items()},
    )


def hours_by_code(code: str) -> Hours:
    """The hours of the calendar with that code, e.g. a carrier's; two queries."""
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
