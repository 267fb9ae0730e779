"""Which screens a rank may open. Which rows it sees there is `visible_to`; what it may do there, `access`."""

from __future__ import annotations

from collections.abc import Callable

from tickets.models import Staff, Tier

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


def any_of(*rights: Rights) -> Rights:
    """Whoever has one of these."""
    return lambda staff: any(right(staff) for right in rights)
