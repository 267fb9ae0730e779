"""The roster and the masters of this floor: periods, shifts, delegations, absences, limits, clocks (B3, B5, B6)."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _
from psycopg.types.range import Range

from escalation.access import require_administrator
from escalation.models import Absence, AnswerClock, AuthorityLimit, Delegation, DutyShift, RosterPeriod
from escalation.services.leaving import unless_needed
from tickets.dates import start_of_day
from tickets.errors import NotAllowed, Refused
from tickets.formats import datetime_text
from tickets.models import Staff, Tier
from tickets.service import service
from tickets.services.effective import hold_from
from tickets.services.masters import note
from tickets.services.timeline import announce


@service
def draft_period(
    *, name: str, begins: dt.datetime, ends: dt.datetime, actor: Staff, at: dt.datetime
) -> RosterPeriod:
    """A period to be filled with shifts. Administrators."""
    require_administrator(actor, rule="B3")
    return RosterPeriod.objects.create(name=name, during=Range(begins, ends))


@service
def add_shift(
    *,
    period_id: int,
    tier: int,
    staff_id: int,
    begins: dt.datetime,
    ends: dt.datetime,
    actor: Staff,
    position: int = 1,
) -> DutyShift:
    """Put somebody of that rank on duty in a draft; position 1 is the primary, 2 and on the deputies. Administrators."""
    require_administrator(actor, rule="B3")
    return DutyShift.objects.create(
        period_id=period_id,
        tier=tier,
        staff_id=staff_id,
        during=Range(begins, ends),
        position=position,
    )


@service
def remove_shift(*, shift_id: int, actor: Staff) -> None:
    """Take a shift out of a draft; the database refuses it once published. Administrators."""
    require_administrator(actor, rule="B3")
    DutyShift.objects.get(pk=shift_id).delete()


@service
def change_shift(
    *,
    shift_id: int,
    tier: int,
    staff_id: int,
    begins: dt.datetime,
    ends: dt.datetime,
    position: int,
    actor: Staff,
) -> DutyShift:
    """Another person, rank or time in a draft; the database refuses it once published. Administrators."""
    require_administrator(actor, rule="B3")
    shift = DutyShift.objects.select_for_update().get(pk=shift_id)
    shift.tier, shift.staff_id, shift.position = tier, staff_id, position
    shift.during = Range(begins, ends)
    shift.save()
    return shift


@service
def copy_week(*, period_id: int, monday: dt.date, actor: Staff) -> tuple[int, int]:
    """Fill a week of a draft with the shifts of the week before, from any period; (copied, left out). Administrators.

    Left out are people who may not sign in or have fallen in rank, and what overlaps a shift that stands.
    """
    require_administrator(actor, rule="B3")
    period = RosterPeriod.objects.select_for_update().get(pk=period_id)
    begins, week = start_of_day(monday), dt.timedelta(days=7)
    before = DutyShift.objects.filter(during__overlap=(begins - week, begins)).select_related(
        "staff", "period"
    )
    copied = left_out = 0
    for shift in before.order_by("period__status", "tier", "position", "during"):
        lower = max(shift.during.lower + week, begins, period.during.lower)
        upper = min(shift.during.upper + week, begins + week, period.during.upper)
        if lower >= upper:
            continue
        span = Range(lower, upper)
        if _fits(shift, period, span):
            DutyShift.objects.create(
                period=period, tier=shift.tier, staff=shift.staff, during=span, position=shift.position
            )
            copied += 1
        else:
            left_out += 1
    return copied, left_out


def _fits(shift: DutyShift, period: RosterPeriod, span: Range[dt.datetime]) -> bool:
    """Whether the person may stand there, and nothing that stands is in the way."""
    if not shift.staff.is_active or shift.staff.tier < shift.tier:
        return False
    there = DutyShift.objects.filter(period=period, tier=shift.tier, during__overlap=span)
    return not there.filter(Q(position=shift.position) | Q(staff=shift.staff)).exists()


@service
def publish_period(*, period_id: int, actor: Staff, at: dt.datetime) -> RosterPeriod:
    """Put it in force. Administrators. `Refused` (B3) while any minute lacks people; the message says where."""
    require_administrator(actor, rule="B3")
    period = RosterPeriod.objects.select_for_update().get(pk=period_id)
    period.publish(at=at, by_id=actor.pk)
    period.save()
    announce(topic="roster", ref=str(period.pk), at=at)
    return period


@service
def delegate(
    *,
    grantor_id: int,
    delegate_id: int,
    tier: int,
    begins: dt.datetime,
    ends: dt.datetime,
    reason: str,
    actor: Staff,
    at: dt.datetime,
) -> Delegation:
    """Let somebody act at `tier` for a time (代行). The grantor themselves, or an administrator on their word (B5)."""
    if actor.pk != grantor_id and not actor.is_administrator:
        raise NotAllowed("B5", _("Only its holder, or an administrator, lends a rank."))
    lent = Delegation.objects.create(
        grantor_id=grantor_id,
        delegate_id=delegate_id,
        acting_tier=tier,
        during=Range(begins, ends),
        reason=reason,
        granted_at=at,
    )
    note(lent, "added", actor=actor, at=at, after={**_named(lent), "why": reason})
    announce(topic="roster", ref=f"delegation:{lent.pk}", at=at)
    return lent


@service
def end_delegation(*, delegation_id: int, actor: Staff, at: dt.datetime, why: str = "") -> Delegation:
    """End it now, or cancel it before it begins, and keep who did so and why. Its grantor or an administrator.

    `Refused` (B3) where a published minute would lack people without it.
    """
    lent = Delegation.objects.select_for_update().get(pk=delegation_id)
    if actor.pk != lent.grantor_id and not actor.is_administrator:
        raise NotAllowed("B5", _("Only its holder, or an administrator, lends a rank."))
    if _is_over(lent, at):
        raise Refused("B5", _("This delegation is over, or was cancelled."))
    unless_needed(lent, at=at)
    _end_early(lent, actor=actor, at=at, why=why)
    announce(topic="roster", ref=f"delegation:{lent.pk}", at=at)
    return lent


def _is_over(row: Delegation | Absence, at: dt.datetime) -> bool:
    return bool(row.during.isempty or row.during.upper <= at)


def _end_early(row: Delegation | Absence, *, actor: Staff, at: dt.datetime, why: str) -> None:
    """What runs ends at `at`; what has not begun is cancelled and lasts no time. Who, when and why stay on the trail."""
    before, begun = _named(row), row.during.lower < at
    row.during = Range(row.during.lower, at) if begun else Range(empty=True)
    row.ended_early_at = at
    row.save(update_fields=["during", "ended_early_at"])
    after = {**before, "until": datetime_text(at)} if begun else {}
    note(
        row, "ended" if begun else "cancelled", actor=actor, at=at, before=before, after={**after, "why": why}
    )


def _named(row: Delegation | Absence) -> dict[str, Any]:
    """What it was, as the trail says it; a cancelled one has no days of its own any more."""
    days = {"from": datetime_text(row.during.lower), "until": datetime_text(row.during.upper)}
    if isinstance(row, Absence):
        return {"person": row.staff, **days}
    return {"for": row.grantor, "person": row.delegate, "as": Tier(row.acting_tier).label, **days}


@service
def record_absence(
    *,
    staff_id: int,
    begins: dt.datetime,
    ends: dt.datetime,
    actor: Staff,
    at: dt.datetime,
    sudden: bool = False,
) -> Absence:
    """Somebody is away. Themselves, a leader or above, or an administrator.

    A planned one needs its substitute first where it would leave a published minute without people (B3). A sudden one
    is recorded as it is, and the roster-gap alarm tells those who must find somebody.
    """
    if actor.pk != staff_id and actor.tier < Tier.LEADER and not actor.is_administrator:
        raise NotAllowed("B3", _("A leader or an administrator records somebody else's absence."))
    absence = Absence.objects.create(
        staff_id=staff_id,
        during=Range(begins, ends),
        sudden=sudden,
        recorded_by=actor,
        recorded_at=at,
    )
    note(absence, "added", actor=actor, at=at, after=_named(absence))
    announce(topic="roster", ref=f"absence:{absence.pk}", at=at)
    return absence


@service
def end_absence(*, absence_id: int, actor: Staff, at: dt.datetime, why: str = "") -> Absence:
    """They are back earlier, or do not go; who said so and why is kept. Themselves, a leader or above, or an administrator."""
    absence = Absence.objects.select_for_update().get(pk=absence_id)
    if actor.pk != absence.staff_id and actor.tier < Tier.LEADER and not actor.is_administrator:
        raise NotAllowed("B3", _("A leader or an administrator records somebody else's absence."))
    if _is_over(absence, at):
        raise Refused("B3", _("This absence is over, or was cancelled."))
    _end_early(absence, actor=actor, at=at, why=why)
    announce(topic="roster", ref=f"absence:{absence.pk}", at=at)
    return absence


@service
def set_limit(
    *, decision: str, tier: int, from_on: dt.date, why: str, actor: Staff, at: dt.datetime, **amounts: Any
) -> AuthorityLimit:
    """A new cell of the authority matrix from today or a later date on; the one in force ends there. Administrators (B6).

    `amounts`: allowed, limit_yen, yearly_limit_yen, two_person_over_yen (yen, tax included), always_two.
    """
    require_administrator(actor, rule="B6")
    return hold_from(
        AuthorityLimit.objects.filter(decision=decision, tier=tier),
        rule="B6", from_on=from_on, why=why, actor=actor, at=at, decision=decision, tier=tier, **amounts,
    )  # fmt: skip


@service
def set_clock(
    *, tier: int, minutes: int, from_on: dt.date, why: str, actor: Staff, at: dt.datetime
) -> AnswerClock:
    """Minutes of opening hours a holder at `tier` has, from today or a later date on. Administrators (B3)."""
    require_administrator(actor, rule="B3")
    return hold_from(
        AnswerClock.objects.filter(tier=tier),
        rule="B3", from_on=from_on, why=why, actor=actor, at=at, tier=tier, minutes=minutes,
    )  # fmt: skip
