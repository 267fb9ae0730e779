"""By when a holder must have answered: minutes of the desk's opening hours, from effective-dated rows (B3)."""

from __future__ import annotations

import datetime as dt

from escalation.models import AnswerClock
from tickets.business_time import NeverOpens, add_business_days, add_business_hours, next_open
from tickets.dates import day_of
from tickets.models import Tier
from tickets.queries.calendars import hours_of_desk

# When no clock row is in force the demand must still rise: an hour, as the defaults have it for an SV.
FALLBACK_MINUTES = 60


def minutes_for(tier: int, at: dt.datetime) -> int:
    """Minutes of opening hours a holder at `tier` has, by the row in force on the day of `at`."""
    found = AnswerClock.objects.filter(tier=tier, during__contains=day_of(at)).values_list(
        "minutes", flat=True
    )
    return found.first() or FALLBACK_MINUTES


def answer_due(desk_id: int, tier: int, at: dt.datetime) -> dt.datetime:
    """The moment by which a holder at `tier` who gets it at `at` must have answered.

    Five queries. A desk whose calendar has no hours (a master forgotten) counts round the clock rather than never.
    """
    minutes = minutes_for(Tier(tier), at)
    hours = hours_of_desk(desk_id)
    try:
        return add_business_hours(hours, next_open(hours, at), minutes / 60)
    except NeverOpens:
        return at + dt.timedelta(minutes=minutes)


def next_attempt_due(desk_id: int, at: dt.datetime) -> dt.datetime:
    """After a failed attempt: the end of the next desk day, on which the next one is to be made (B2)."""
    try:
        return add_business_days(hours_of_desk(desk_id), at, 1)
    except NeverOpens:
        return at + dt.timedelta(days=1)


def is_desk_day(desk_id: int, day: dt.date) -> bool:
    """Whether the desk is open at all on that date."""
    return bool(hours_of_desk(desk_id).ranges_on(day))
