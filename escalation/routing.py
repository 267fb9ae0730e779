"""Who holds a demand for a superior next. Pure: facts in, a place on the ladder out (B2, B3, B4).

The service loads the facts of one moment and asks; escalation.proof asks the same functions about every pattern
of absence, conflict and lapse. Passing is strictly upward in (level, rung) and never returns to anyone who has
already held the demand, so it is finite. At the top it goes from deputy to deputy; when nobody is left that the
roster or the bench can offer, the demand stays where it is, open and alarmed, for anyone at the top to take.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from tickets.models.staff import TOP, Tier

# The lowest rank that a customer can demand.
LOWEST = Tier.LEADER


@dataclass(frozen=True, slots=True)
class Duty:
    """A published shift that runs at the moment: `position` 1 is the primary, 2 and on the deputies."""

    staff: int
    tier: int
    position: int


@dataclass(frozen=True, slots=True)
class Deputy:
    """A dated delegation (代行) that runs at the moment: `staff` acts at `tier` for `grantor`."""

    staff: int
    tier: int
    grantor: int
    delegation: int


@dataclass(frozen=True, slots=True)
class Facts:
    """What routing may know of one demand at one moment. Ids of staff throughout.

    `bench`: the active people whose own rank is the top, on duty or not: the last resort.
    `absent`: away at the moment. `excused`: in conflict, or answered before in this chain of demands.
    `asked`: everyone who has held this demand.
    """

    duties: tuple[Duty, ...] = ()
    deputies: tuple[Deputy, ...] = ()
    bench: tuple[int, ...] = ()
    absent: frozenset[int] = frozenset()
    excused: frozenset[int] = frozenset()
    asked: frozenset[int] = frozenset()
    # Prefer those who have not spoken on this case at all; a preference, never a bar.
    spoken: frozenset[int] = field(default=frozenset())


@dataclass(frozen=True, slots=True)
class Place:
    """A place on the ladder. `holder` None: nobody can be named now; anyone of `level` may take it."""

    level: int
    rung: int
    holder: int | None
    delegation: int | None = None


@dataclass(frozen=True, slots=True)
class Capacity:
    """As what a person acts: at which tier, and by whose delegation when it is not their own."""

    tier: int
    delegation: int | None = None


def candidates(facts: Facts, level: int) -> Iterator[Place]:
    """Everyone who stands at `level` now, in order: primary, deputies, further delegates; at the top the bench.

    A delegate takes the place of their absent grantor. The absent, excused and already asked are left out.
    """
    barred = facts.absent | facts.excused | facts.asked
    seen: set[int] = set()
    for place in _standing(facts, level):
        if place.holder is not None and place.holder not in barred and place.holder not in seen:
            seen.add(place.holder)
            yield place


def first_place(facts: Facts, demanded: int) -> Place:
    """Where a new demand begins: at the tier named, or above it when nobody there can take it."""
    return _seek(facts, max(demanded, LOWEST))


def next_place(facts: Facts, level: int, rung: int) -> Place:
    """Where a demand rises to: the next tier that has somebody; at the top the next deputy.

    When everyone at the top has been asked, it stays on its rung and is let go: nobody's any more, so that anyone at
    the top may take it, whoever had it; the alarm is raised (docs/adr/0011).
    """
    if level < TOP:
        return _seek(facts, level + 1)
    for place in _in_order(facts, level):
        return Place(TOP, rung + 1, place.holder, place.delegation)
    return Place(TOP, rung, None)


def capacity(facts: Facts, staff: int, own_tier: int, level: int) -> Capacity | None:
    """As what `staff` may take a demand that stands at `level`; None when they may not.

    Anyone of sufficient tier who is at work may, not only the holder: owning blocks nothing (B4). One's own rank
    comes first; else a delegation that runs at this moment.
    """
    if staff in facts.excused or staff in facts.absent:
        return None
    if own_tier >= level:
        return Capacity(own_tier)
    lent = [d for d in facts.deputies if d.staff == staff and d.tier >= level]
    if not lent:
        return None
    best = min(lent, key=lambda d: (d.tier, d.delegation))
    return Capacity(best.tier, best.delegation)


def may_be_excused(facts: Facts, staff: int) -> bool:
    """Whether a conflict of interest of `staff` may be recorded as a bar.

    The last person at the top who could still answer cannot be excused: the conflict is told to the customer
    instead. Otherwise complaining about every manager would leave nobody to answer.
    """
    return bool(set(facts.bench) - facts.excused - {staff})


def _seek(facts: Facts, level: int) -> Place:
    for tier in range(level, TOP + 1):
        for place in _in_order(facts, tier):
            return place
    return Place(TOP, 0, None)


def _in_order(facts: Facts, level: int) -> list[Place]:
    found = list(candidates(facts, level))
    return sorted(found, key=lambda place: place.holder in facts.spoken)


def _standing(facts: Facts, level: int) -> Iterator[Place]:
    lent = [d for d in facts.deputies if d.tier == level]
    for duty in sorted(facts.duties, key=lambda d: (d.position, d.staff)):
        if duty.tier != level:
            continue
        if duty.staff not in facts.absent:
            yield Place(level, 0, duty.staff)
            continue
        for deputy in lent:
            if deputy.grantor == duty.staff:
                yield Place(level, 0, deputy.staff, deputy.delegation)
    for deputy in sorted(lent, key=lambda d: d.delegation):
        yield Place(level, 0, deputy.staff, deputy.delegation)
    if level == TOP:
        for staff in sorted(facts.bench):
            yield Place(level, 0, staff)
