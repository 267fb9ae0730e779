"""People and calendars, kept by the administrator. Who did what stands in the row history (pghistory)."""

from __future__ import annotations

import datetime as dt

from django.utils.translation import gettext_lazy as _

from tickets.errors import NotAllowed
from tickets.models import Calendar, CalendarException, CalendarHours, Staff
from tickets.service import service


def require_administrator(actor: Staff) -> None:
    """`NotAllowed` for everybody else."""
    if not actor.is_administrator:
        raise NotAllowed("F1", _("The administrator keeps this."))


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
    is_administrator: bool = False,
    is_compliance: bool = False,
) -> Staff:
    """Someone new who can sign in. Administrator only; partners' people never stand at the top tier (B3)."""
    require_administrator(actor)
    return Staff.objects.create_user(
        login_id,
        password,
        name=name,
        name_kana=name_kana,
        email=email,
        desk_id=desk_id,
        tier=tier,
        is_administrator=is_administrator,
        is_compliance=is_compliance,
    )


@service
def change_staff(
    *,
    staff_id: int,
    name: str,
    name_kana: str,
    email: str,
    desk_id: int,
    tier: int,
    is_administrator: bool,
    is_compliance: bool,
    is_active: bool,
    actor: Staff,
    password: str = "",
) -> Staff:
    """Change what somebody is. Administrator only; nobody takes their own administration away by mistake."""
    require_administrator(actor)
    staff = Staff.objects.select_for_update(no_key=True).get(pk=staff_id)
    if staff.pk == actor.pk and not (is_administrator and is_active):
        raise NotAllowed("F1", _("Another administrator must do this to you."))
    staff.name, staff.name_kana, staff.email = name, name_kana, email
    staff.desk_id, staff.tier = desk_id, tier
    staff.is_administrator, staff.is_compliance, staff.is_active = is_administrator, is_compliance, is_active
    if password:
        staff.set_password(password)
    staff.save()
    return staff


@service
def add_hours(
    *, calendar_id: int, days: list[int], opens_minute: int, closes_minute: int, actor: Staff
) -> list[CalendarHours]:
    """Open on those weekdays (7: public holidays) in one more range of minutes. Overlaps are refused (A12)."""
    require_administrator(actor)
    rows = [
        CalendarHours(
            calendar_id=calendar_id, day=day, opens_minute=opens_minute, closes_minute=closes_minute
        )
        for day in days
    ]
    return CalendarHours.objects.bulk_create(rows)


@service
def remove_hours(*, hours_id: int, actor: Staff) -> None:
    """No longer open in that range. Due times already promised stay as they are."""
    require_administrator(actor)
    CalendarHours.objects.filter(pk=hours_id).delete()


@service
def add_exception(
    *,
    calendar_id: int,
    on: dt.date,
    why: str,
    actor: Staff,
    opens_minute: int | None = None,
    closes_minute: int | None = None,
) -> CalendarException:
    """A date with other hours, or closed when both are None (A12)."""
    require_administrator(actor)
    return CalendarException.objects.create(
        calendar_id=calendar_id, on=on, why=why, opens_minute=opens_minute, closes_minute=closes_minute
    )


@service
def add_calendar(*, code: str, name: str, actor: Staff) -> Calendar:
    """A calendar for a desk, head office or a carrier."""
    require_administrator(actor)
    return Calendar.objects.create(code=code, name=name)
