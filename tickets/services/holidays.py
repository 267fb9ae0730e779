"""Public holidays in Japan (国民の祝日), loaded a year ahead and more; an alarm when they run out (A12)."""

from __future__ import annotations

import datetime as dt

import holidays as library
import structlog

from tickets.dates import day_of
from tickets.models import Holiday
from tickets.queries.calendars import holidays_known_until
from tickets.service import service

logger = structlog.get_logger(__name__)
# Loaded to the end of the year after next; fewer days than a year ahead is an alarm.
YEARS_AHEAD = 2
ALARM_DAYS = 365


@service
def load_holidays(*, at: dt.datetime) -> int:
    """Load this year and YEARS_AHEAD more; returns how many were new. For the system, as often as it likes.

    What is on file already stays as an administrator has left it: a holiday moved by a law of the year is theirs.
    """
    first = day_of(at).year
    found = library.country_holidays("JP", years=range(first, first + YEARS_AHEAD + 1), language="ja")
    known = set(Holiday.objects.values_list("on", flat=True))
    fresh = [Holiday(on=on, name=name[:60]) for on, name in sorted(found.items()) if on not in known]
    Holiday.objects.bulk_create(fresh, ignore_conflicts=True)
    return len(fresh)


def holidays_run_out(*, at: dt.datetime) -> dt.date | None:
    """The day after which no holiday is known, when that is less than a year ahead; None when all is well.

    Asked by the health page and the daily tick; written to the log as an error.
    """
    today = day_of(at)
    last = holidays_known_until()
    # The last holiday of a year is in November: a full year counts to its end.
    until = dt.date(last.year, 12, 31) if last else today
    if (until - today).days >= ALARM_DAYS:
        return None
    logger.error("holidays_run_out", until=until.isoformat())
    return until
