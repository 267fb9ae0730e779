"""A week of a roster as a grid: rank by day, with who stands there and where people are lacking (B3)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from django.db.models import F, QuerySet

from escalation.coverage import NEEDED, Away, Lack, Stretch, lacks
from escalation.models import Absence, Delegation, DutyShift, RosterPeriod
from tickets.dates import day_of, start_of_day
from tickets.models import Tier

WEEK = dt.timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Stay:
    """A shift as far as it lies on one day; 24:00 is the end of it. `away`: when its person is absent on that day."""

    shift: DutyShift
    begins: str
    ends: str
    away: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Lent:
    """A delegation as far as it lies on one day."""

    delegation: Delegation
    begins: str
    ends: str


@dataclass(slots=True)
class Cell:
    """One rank on one day."""

    day: dt.date
    stays: list[Stay] = field(default_factory=list)
    lent: list[Lent] = field(default_factory=list)
    lacks: list[tuple[str, str, Lack]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Week:
    """Seven days from `monday`; `rows` from the top rank down, each with seven cells."""

    monday: dt.date
    days: list[dt.date]
    rows: list[tuple[Tier, list[Cell]]]


def monday_of(day: dt.date) -> dt.date:
    """The Monday of its week."""
    return day - dt.timedelta(days=day.weekday())


def lacking(period: RosterPeriod) -> list[Lack]:
    """Every stretch of the whole period in which a rank lacks people. Three queries."""
    begins, ends = period.during.lower, period.during.upper
    return lacks(
        begins, ends, standing(DutyShift.objects.filter(period=period), begins, ends), away(begins, ends)
    )


def standing(shifts: QuerySet[DutyShift], begins: dt.datetime, ends: dt.datetime) -> list[Stretch]:
    """Those shifts, and every delegation in [begins, ends), of people who may sign in and have the rank. Two queries."""
    held = shifts.filter(staff__is_active=True, staff__tier__gte=F("tier"))
    lent = Delegation.objects.filter(
        during__overlap=(begins, ends),
        delegate__is_active=True,
        delegate__tier__gte=F("acting_tier") - 1,
    )
    return [
        *(
            Stretch(who, tier, span.lower, span.upper)
            for who, tier, span in held.values_list("staff_id", "tier", "during")
        ),
        *(
            Stretch(who, tier, span.lower, span.upper, lent=True)
            for who, tier, span in lent.values_list("delegate_id", "acting_tier", "during")
        ),
    ]


def published(begins: dt.datetime, ends: dt.datetime) -> QuerySet[DutyShift]:
    """The shifts in force that touch [begins, ends)."""
    return DutyShift.objects.filter(
        period__status=RosterPeriod.Status.PUBLISHED, during__overlap=(begins, ends)
    )


def away(begins: dt.datetime, ends: dt.datetime) -> list[Away]:
    """Who is absent in [begins, ends). One query."""
    rows = Absence.objects.filter(during__overlap=(begins, ends)).values_list("staff_id", "during")
    return [Away(who, span.lower, span.upper) for who, span in rows]


def week(period: RosterPeriod, monday: dt.date, gaps: list[Lack]) -> Week:
    """The grid: who stands there, who of them is absent, who acts for somebody. Three queries."""
    days = [monday + dt.timedelta(days=number) for number in range(7)]
    span = (start_of_day(monday), start_of_day(monday + WEEK))
    shifts = DutyShift.objects.filter(period=period, during__overlap=span).select_related("staff")
    rows = [(tier, [Cell(day) for day in days]) for tier in sorted(NEEDED, reverse=True)]
    cells = {(tier, cell.day): cell for tier, row in rows for cell in row}
    gone = away(*span)
    for shift in shifts.order_by("position", "during"):
        for day in days:
            if part := _on(day, shift.during.lower, shift.during.upper):
                cells[Tier(shift.tier), day].stays.append(Stay(shift, *part, _absent(shift, day, gone)))
    lent = Delegation.objects.filter(during__overlap=span).select_related("grantor", "delegate")
    for row in lent.order_by("during", "pk"):
        for day in days:
            if part := _on(day, row.during.lower, row.during.upper):
                cells[Tier(row.acting_tier), day].lent.append(Lent(row, *part))
    for gap in gaps:
        for day in days:
            if part := _on(day, gap.begins, gap.ends):
                cells[gap.tier, day].lacks.append((*part, gap))
    return Week(monday, days, rows)


def _absent(shift: DutyShift, day: dt.date, gone: list[Away]) -> list[tuple[str, str]]:
    """When whoever has the shift is absent on that day, as far as they would stand there."""
    first, last = shift.during.lower, shift.during.upper
    spans = [(max(one.begins, first), min(one.ends, last)) for one in gone if one.staff == shift.staff_id]
    return [part for begins, ends in spans if begins < ends and (part := _on(day, begins, ends))]


def _on(day: dt.date, begins: dt.datetime, ends: dt.datetime) -> tuple[str, str] | None:
    """From when to when of a day a stretch lasts; None when it does not touch it."""
    first, last = start_of_day(day), start_of_day(day + dt.timedelta(days=1))
    if ends <= first or last <= begins:
        return None
    return _clock(max(begins, first), day), _clock(min(ends, last), day)


def _clock(at: dt.datetime, day: dt.date) -> str:
    return "24:00" if day_of(at) > day else at.astimezone(start_of_day(day).tzinfo).strftime("%-H:%M")
