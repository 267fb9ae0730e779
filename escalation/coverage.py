"""Whether a roster has somebody at every minute. Pure (B3).

The database asks the same question again when a roster is published (models/roster_rules.py); a property test
holds the two to each other.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from tickets.models.staff import TOP, Tier

# The tiers that must be manned, and by how many different people.
NEEDED = {Tier.LEADER: 1, Tier.SV: 1, TOP: 2}


@dataclass(frozen=True, slots=True)
class Stretch:
    """`staff` stands at `tier` in [begins, ends). A delegation (`lent`) also serves every tier below."""

    staff: int
    tier: int
    begins: dt.datetime
    ends: dt.datetime
    lent: bool = False

    def serves(self, tier: int) -> bool:
        """A shift counts for its own tier; a delegate for theirs and those below."""
        return self.tier >= tier if self.lent else self.tier == tier


@dataclass(frozen=True, slots=True)
class Away:
    """`staff` is absent in [begins, ends)."""

    staff: int
    begins: dt.datetime
    ends: dt.datetime


@dataclass(frozen=True, slots=True)
class Gap:
    """From `at` on, `tier` has only `present` of the `needed` different people."""

    at: dt.datetime
    tier: Tier
    present: int
    needed: int


def first_gap(
    begins: dt.datetime, ends: dt.datetime, stretches: Iterable[Stretch], away: Iterable[Away] = ()
) -> Gap | None:
    """The first moment in [begins, ends) at which a tier lacks people, lowest tier first; None when there is none."""
    stretches, away = list(stretches), list(away)
    spans = [(s.begins, s.ends) for s in stretches] + [(a.begins, a.ends) for a in away]
    edges = {begins, *(edge for span in spans for edge in span)}
    for edge in sorted(edge for edge in edges if begins <= edge < ends):
        absent = {a.staff for a in away if a.begins <= edge < a.ends}
        standing = [s for s in stretches if s.begins <= edge < s.ends and s.staff not in absent]
        for tier, needed in NEEDED.items():
            present = len({s.staff for s in standing if s.serves(tier)})
            if present < needed:
                return Gap(edge, Tier(tier), present, needed)
    return None


@dataclass(frozen=True, slots=True)
class Lack:
    """In [begins, ends) `tier` has only `present` of the `needed` different people."""

    tier: Tier
    begins: dt.datetime
    ends: dt.datetime
    present: int
    needed: int


def lacks(
    begins: dt.datetime, ends: dt.datetime, stretches: Iterable[Stretch], away: Iterable[Away] = ()
) -> list[Lack]:
    """Every stretch of [begins, ends) in which a tier lacks people, by time; `first_gap` is the first of them."""
    stretches, away = list(stretches), list(away)
    spans = [(s.begins, s.ends) for s in stretches] + [(a.begins, a.ends) for a in away]
    edges = sorted({begins, *(edge for span in spans for edge in span if begins <= edge < ends)})
    found: list[Lack] = []
    open_at: dict[int, Lack] = {}
    for edge, until in zip(edges, [*edges[1:], ends], strict=True):
        absent = {a.staff for a in away if a.begins <= edge < a.ends}
        standing = [s for s in stretches if s.begins <= edge < s.ends and s.staff not in absent]
        for tier, needed in NEEDED.items():
            present = len({s.staff for s in standing if s.serves(tier)})
            before = open_at.pop(tier, None)
            joined = before is not None and before.present == present
            if before is not None and not joined:
                found.append(before)
            if present < needed:
                since = before.begins if before is not None and joined else edge
                open_at[tier] = Lack(Tier(tier), since, until, present, needed)
    return sorted([*found, *open_at.values()], key=lambda lack: (lack.begins, lack.tier))
