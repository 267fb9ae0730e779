"""Who is on duty: a roster from last week to two months ahead, and a manager away whose deputy is dated (B3)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from config.demo.moments import Moments
from config.demo.people import People
from escalation.services import roster
from tickets.dates import start_of_day
from tickets.models import Tier

BEGINS_BEFORE, ENDS_AFTER, WEEK = 15, 60, 7
# A fortnight ago, last week, this week (from yesterday on), and so on, in turn.
LEADERS = ("leader3", "leader2", "leader")
SVS = (("sv3", "sv4"), ("sv2", "sv4"), ("sv", "sv3"))


def publish(people: People, when: Moments) -> None:
    """The published roster. This week `sv` is first on duty; `sv2` stands in for the manager who travels."""
    admin = people["admin"]
    first = when.desk_now.date() - dt.timedelta(days=BEGINS_BEFORE)
    begins, ends = start_of_day(first), start_of_day(when.day(ENDS_AFTER))
    at = begins - dt.timedelta(days=3)
    period = roster.draft_period(name="当番表", begins=begins, ends=ends, actor=admin, at=at)
    for tier, who, position, starts, stops in _shifts(begins, ends):
        roster.add_shift(
            period_id=period.pk,
            tier=tier,
            staff_id=people[who].pk,
            begins=starts,
            ends=stops,
            position=position,
            actor=admin,
        )
    roster.publish_period(period_id=period.pk, actor=admin, at=at)
    _away(people, when)


def _shifts(
    begins: dt.datetime, ends: dt.datetime
) -> Iterator[tuple[Tier, str, int, dt.datetime, dt.datetime]]:
    yield Tier.MANAGER, "manager2", 1, begins, ends
    yield Tier.MANAGER, "manager", 2, begins, ends
    start, week = begins, 0
    while start < ends:
        stop = min(start + dt.timedelta(days=WEEK), ends)
        yield Tier.LEADER, LEADERS[week % len(LEADERS)], 1, start, stop
        for position, who in enumerate(SVS[week % len(SVS)], start=1):
            yield Tier.SV, who, position, start, stop
        start, week = stop, week + 1


def _away(people: People, when: Moments) -> None:
    """代行 first, then the absence: without the deputy the roster would have a gap and refuse it."""
    traveller = people["manager2"]
    begins, ends = when.before(2, 0), start_of_day(when.day(6))
    at = when.before(4, 17)
    roster.delegate(
        grantor_id=traveller.pk,
        delegate_id=people["sv2"].pk,
        tier=Tier.MANAGER,
        begins=begins,
        ends=ends,
        reason="出張中の代行",
        actor=traveller,
        at=at,
    )
    roster.record_absence(staff_id=traveller.pk, begins=begins, ends=ends, actor=traveller, at=at)
