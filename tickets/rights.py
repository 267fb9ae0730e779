"""Which screens a rank may open. Which rows it sees there is `visible_to`; what it may do there, `access`."""

from __future__ import annotations

from collections.abc import Callable

from config import clock
from tickets.models import Staff, Tier
from tickets.standing import stands_as

Rights = Callable[[Staff], bool]


def everyone(staff: Staff) -> bool:
    """Any member of staff, partners included."""
    return True


def own_company(staff: Staff) -> bool:
    """Staff of the provider itself."""
    return not staff.is_partner


def administrator(staff: Staff) -> bool:
    """Who keeps the masters."""
    return staff.is_administrator


def compliance(staff: Staff) -> bool:
    """Who receives concerns (B13)."""
    return staff.is_compliance


def at_least(tier: Tier) -> Rights:
    """Own-company staff of that rank or above."""

    def of_that_rank(staff: Staff) -> bool:
        return staff.tier >= tier and not staff.is_partner

    return of_that_rank


def acting_at_least(tier: Tier) -> Rights:
    """Own-company staff of that rank or above, or who stand there by a delegation that runs now (代行; B5)."""

    def of_that_standing(staff: Staff) -> bool:
        return not staff.is_partner and stands_as(staff, clock.now(), tier).tier >= tier

    return of_that_standing


def any_of(*rights: Rights) -> Rights:
    """Whoever has one of these."""
    return lambda staff: any(right(staff) for right in rights)
