"""As what somebody decides at a moment: by their own rank, or by one that was lent to them (代行; B3, B5).

Delegations belong to the floor above, which registers how to find them; without it everybody has their own rank.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from tickets.errors import NotAllowed
from tickets.models import Staff, Tier


@dataclass(frozen=True, slots=True)
class Standing:
    """A rank, and for whom one acts when it is not one's own."""

    tier: int
    for_id: int | None = None


Find = Callable[[Staff, dt.datetime, int], Standing]


class StandsAs:
    """Whoever holds a rank for a while, by the registry of delegations."""

    def __init__(self) -> None:
        self._find: Find | None = None

    def register(self, find: Find) -> Find:
        """Called once, from an AppConfig's ready()."""
        self._find = find
        return find

    def __call__(self, staff: Staff, at: dt.datetime, tier: int) -> Standing:
        """Own rank where it reaches `tier`; else a delegation that does at `at`; else own rank. One query at most."""
        own = Standing(staff.tier)
        return own if staff.tier >= tier or self._find is None else self._find(staff, at, tier)


stands_as = StandsAs()


def require_standing(staff: Staff, tier: Tier, at: dt.datetime, *, rule: str) -> Standing:
    """`stands_as`, or `NotAllowed` under `rule`; to be stored with the decision and shown."""
    found = stands_as(staff, at, tier)
    if found.tier < tier:
        raise NotAllowed(rule, _("This needs the rank of %(tier)s or above.") % {"tier": tier.label})
    return found
