"""The people of the desks: who signs in, from which day of which rank at which desk, and the way back in."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from allauth.mfa.models import Authenticator
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from tickets.dates import day_of, start_of_day
from tickets.effects import Moot, effect
from tickets.errors import NotAllowed, Refused
from tickets.models import Promise, ScheduledAction, Staff, StaffPosting
from tickets.service import service
from tickets.services.masters import change, note, require_administrator
from tickets.services.schedule import schedule

POSTING = "tickets.posting"

# What the floors above ask before somebody may no longer sign in, or is of another rank, from a moment on.
Question = Callable[..., None]
_questions: list[Question] = []


def before_leaving(question: Question) -> None:
    """Ask `question(staff, tier=…, active=…, since=…)`, which raises `Refused` while others must stand in first."""
    _questions.append(question)


def _may_leave(staff: Staff, *, tier: int, active: bool, since: dt.datetime) -> None:
    if active and tier >= staff.tier:
        return
    owed = Promise.objects.open().filter(owner=staff)
    if active:
        owed = owed.filter(tier__gt=tier, tier__lte=staff.tier)
    if owed:
        raise Refused(
            "A13",
            _("%(name)s still owes this: %(owed)s. Give it to others first, then try again.")
            % {"name": staff.name, "owed": _named(owed)},
        )
    for question in _questions:
        question(staff, tier=tier, active=active, since=since)


def _named(owed: QuerySet[Promise]) -> str:
    """The first few, by case."""
    rows = list(owed.select_related("ticket").order_by("due_at", "pk")[:6])
    shown = [f"{row.ticket.number} {row.get_kind_display()}" for row in rows[:5]]
    return ", ".join([*shown, "…"] if len(rows) > 5 else shown)


@service
def add_staff(
    *,
    login_id: str,
    name: str,
    name_kana: str,
    email: str,
    desk_id: int,
    tier: int,
    password: str,
    actor: Staff,
    at: dt.datetime,
    is_administrator: bool = False,
    is_compliance: bool = False,
) -> Staff:
    """Someone new who can sign in. Administrator only; partners' people never stand at the top tier (B3)."""
    require_administrator(actor)
    values = {
        "name": name, "name_kana": name_kana, "email": email, "desk_id": desk_id, "tier": tier,
        "is_administrator": is_administrator, "is_compliance": is_compliance,
    }  # fmt: skip
    staff = Staff.objects.create_user(login_id, password, **values)
    note(staff, "added", actor=actor, at=at, after={"login_id": login_id, **values})
    return staff


@service
def change_staff(
    *,
    staff_id: int,
    name: str,
    name_kana: str,
    email: str,
    is_administrator: bool,
    is_compliance: bool,
    is_active: bool,
    actor: Staff,
    at: dt.datetime,
    password: str = "",
) -> Staff:
    """Change what somebody is. Administrator only; nobody takes their own administration away by mistake.

    Rank and desk change by a posting, from a day on. Who owes something, or without whom the roster has a gap, stays
    until others have taken over (A13, B3); a new password and second factor keep them out meanwhile.
    """
    require_administrator(actor)
    staff = Staff.objects.select_for_update(no_key=True).get(pk=staff_id)
    if staff.pk == actor.pk and not (is_administrator and is_active):
        raise NotAllowed("F1", _("Another administrator must do this to you."))
    values = {
        "name": name, "name_kana": name_kana, "email": email, "is_administrator": is_administrator,
        "is_compliance": is_compliance, "is_active": is_active,
    }  # fmt: skip
    if staff.is_active:
        _may_leave(staff, tier=staff.tier, active=is_active, since=at)
    change(staff, values, actor=actor, at=at)
    if password:
        staff.set_password(password)
        staff.save(update_fields=["password"])
        note(staff, "password_set", actor=actor, at=at)
    return staff


@service
def post(
    *, staff_id: int, desk_id: int, tier: int, from_on: dt.date, why: str, actor: Staff, at: dt.datetime
) -> StaffPosting:
    """Of that rank, at that desk, from a day on (0:00 JST): at once when it is today. Administrators (B3).

    A day that is past cannot be chosen: who answered as what stands in the records.
    """
    require_administrator(actor)
    if from_on < day_of(at):
        raise Refused("B3", _("A rank or desk changes today at the earliest."))
    _may_leave(Staff.objects.get(pk=staff_id), tier=tier, active=True, since=max(at, start_of_day(from_on)))
    posting = StaffPosting.objects.create(
        staff_id=staff_id, desk_id=desk_id, tier=tier, from_on=from_on, why=why, set_by=actor, set_at=at
    )
    if from_on == day_of(at):
        _apply(posting, at=at)
    else:
        schedule(
            kind=POSTING, subject_id=posting.pk, due_at=start_of_day(from_on), key=f"posting:{posting.pk}", at=at
        )  # fmt: skip
    return posting


@service
def withdraw_posting(*, posting_id: int, actor: Staff, at: dt.datetime) -> StaffPosting:
    """It will not come after all. Administrators, before its day."""
    require_administrator(actor)
    posting = StaffPosting.objects.select_for_update(no_key=True).get(pk=posting_id)
    if posting.applied_at or posting.withdrawn_at:
        raise Refused("B3", _("This has been applied or withdrawn already."))
    posting.withdrawn_at = at
    posting.save(update_fields=["withdrawn_at"])
    note(posting.staff, "posting_withdrawn", actor=actor, at=at, before={"from_on": posting.from_on})
    return posting


@effect(POSTING)
def apply_posting(action: ScheduledAction, at: dt.datetime) -> None:
    """Its day has come."""
    posting = StaffPosting.objects.select_for_update(no_key=True).get(pk=action.subject_id)
    if posting.applied_at or posting.withdrawn_at:
        raise Moot(str(_("This has been applied or withdrawn already.")))
    _apply(posting, at=at)


def _apply(posting: StaffPosting, *, at: dt.datetime) -> None:
    staff = Staff.objects.select_for_update(no_key=True).get(pk=posting.staff_id)
    _may_leave(staff, tier=posting.tier, active=True, since=at)
    values = {"desk_id": posting.desk_id, "tier": posting.tier}
    change(staff, values, actor=posting.set_by, at=at)
    posting.applied_at = at
    posting.save(update_fields=["applied_at"])


@service
def reset_second_factor(*, staff_id: int, actor: Staff, at: dt.datetime) -> int:
    """Take away the second factor of somebody who lost it; they set it up anew. Another administrator; how many went."""
    require_administrator(actor)
    if staff_id == actor.pk:
        raise NotAllowed("F1", _("Another administrator must do this to you."))
    staff = Staff.objects.select_for_update(no_key=True).get(pk=staff_id)
    gone: int = Authenticator.objects.filter(user=staff).delete()[0]
    note(staff, "second_factor_reset", actor=actor, at=at, before={"authenticators": gone})
    return gone
