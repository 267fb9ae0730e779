"""What a person may decide, and how much: the matrix of effective-dated rows (B6, B5; DESIGN section 5)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.utils.functional import Promise as LazyText
from django.utils.translation import gettext_lazy as _

from escalation.models import AuthorityLimit, Decision
from escalation.queries.duty import acting
from escalation.routing import Capacity
from tickets.dates import day_of
from tickets.errors import NotAllowed
from tickets.models import TOP, Staff, Tier


@dataclass(frozen=True, slots=True)
class Authority:
    """Whether somebody may decide. `second`: only together with another person of SV or above.

    `capacity`: as what they act, to be stored with the decision and told. `why`: for the person, when not.
    """

    allowed: bool
    second: bool
    capacity: Capacity
    limit_yen: int | None = None
    yearly_limit_yen: int | None = None
    why: str | LazyText = ""


def limit_for(decision: str, tier: int, at: dt.datetime) -> AuthorityLimit | None:
    """The cell of the matrix in force on the Japanese day of `at`; None when none is: then nobody may."""
    return AuthorityLimit.objects.filter(decision=decision, tier=tier, during__contains=day_of(at)).first()


def may(
    staff: Staff,
    decision: str,
    yen: int,
    at: dt.datetime,
    *,
    yearly_used_yen: int = 0,
    requested_by_id: int | None = None,
) -> Authority:
    """Whether `staff` may decide `decision` over `yen` (tax included) at `at`, by own rank or a delegation.

    `yearly_used_yen`: what this customer has been given in the rolling year before, counted by the caller (C7).
    `requested_by_id`: nobody decides their own request, at any tier.
    """
    own = Capacity(staff.tier)
    if requested_by_id == staff.pk:
        return Authority(
            allowed=False, second=False, capacity=own, why=_("Nobody decides their own request.")
        )
    verdict = _within(decision, own, yen, at, yearly_used_yen)
    if verdict.allowed:
        return verdict
    lent = acting(staff, at)
    return verdict if lent == own else _within(decision, lent, yen, at, yearly_used_yen)


def require(
    staff: Staff,
    decision: str,
    yen: int,
    at: dt.datetime,
    *,
    rule: str,
    yearly_used_yen: int = 0,
    requested_by_id: int | None = None,
) -> Authority:
    """`may`, or `NotAllowed` under `rule` with the reason."""
    verdict = may(staff, decision, yen, at, yearly_used_yen=yearly_used_yen, requested_by_id=requested_by_id)
    if not verdict.allowed:
        raise NotAllowed(rule, verdict.why)
    return verdict


def least_tier(decision: str, yen: int, at: dt.datetime, *, yearly_used_yen: int = 0) -> Tier:
    """The lowest tier that may decide this; the top when none may, so that a request always has a holder."""
    for tier in Tier:
        if _within(decision, Capacity(tier), yen, at, yearly_used_yen).allowed:
            return tier
    return TOP


def card(staff: Staff, at: dt.datetime) -> list[AuthorityLimit]:
    """What `staff` may decide at `at` at the tier they act at, one row a decision (B5)."""
    tier = acting(staff, at).tier
    rows = AuthorityLimit.objects.filter(tier=tier, during__contains=day_of(at))
    order = list(Decision.values)
    return sorted(rows, key=lambda row: order.index(row.decision))


def matrix(at: dt.datetime) -> dict[str, dict[int, AuthorityLimit]]:
    """Decision → tier → the cell in force at `at`."""
    found: dict[str, dict[int, AuthorityLimit]] = {decision: {} for decision in Decision.values}
    for row in AuthorityLimit.objects.filter(during__contains=day_of(at)):
        found[row.decision][row.tier] = row
    return found


def _within(decision: str, capacity: Capacity, yen: int, at: dt.datetime, used: int) -> Authority:
    cell = limit_for(decision, capacity.tier, at)
    if cell is None or not cell.allowed:
        return Authority(
            allowed=False,
            second=False,
            capacity=capacity,
            why=_("Your tier does not decide this; pass it up."),
        )
    over = cell.limit_yen is not None and yen > cell.limit_yen
    over_year = cell.yearly_limit_yen is not None and used + yen > cell.yearly_limit_yen
    two = cell.always_two or (cell.two_person_over_yen is not None and yen > cell.two_person_over_yen)
    return Authority(
        allowed=not (over or over_year),
        second=two,
        capacity=capacity,
        limit_yen=cell.limit_yen,
        yearly_limit_yen=cell.yearly_limit_yen,
        why=_why(over=over, over_year=over_year),
    )


def _why(*, over: bool, over_year: bool) -> str | LazyText:
    if over:
        return _("This is over your limit; pass it up.")
    if over_year:
        return _("With this, the customer's total of the year is over your limit; pass it up.")
    return ""
