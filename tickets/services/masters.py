"""People, desks, companies and calendars, kept by the administrator; who did what, from what to what, is kept beside."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db.models import Model
from django.utils.translation import gettext_lazy as _

from tickets.errors import NotAllowed
from tickets.models import (
    Calendar,
    CalendarException,
    CalendarHours,
    Company,
    Desk,
    Holiday,
    MasterAct,
    Staff,
)
from tickets.models.masters import subject_of
from tickets.service import service


def require_administrator(actor: Staff) -> None:
    """`NotAllowed` for everybody else."""
    if not actor.is_administrator:
        raise NotAllowed("F1", _("The administrator keeps this."))


def note(
    row: Model,
    act: str,
    *,
    actor: Staff,
    at: dt.datetime,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """Write what was done to a row on the trail; of values only those that differ, as text."""
    old, new = _as_text(before or {}), _as_text(after or {})
    MasterAct.objects.create(
        at=at,
        actor=actor,
        subject=subject_of(row),
        act=act,
        before={name: value for name, value in old.items() if new.get(name) != value},
        after={name: value for name, value in new.items() if old.get(name) != value},
    )


def change(row: Any, values: Mapping[str, Any], *, actor: Staff, at: dt.datetime) -> None:
    """Set and save the values, and keep what they were."""
    before = {name: getattr(row, name) for name in values}
    for name, value in values.items():
        setattr(row, name, value)
    row.save(update_fields=list(values))
    note(row, "changed", actor=actor, at=at, before=before, after=values)


def _as_text(values: Mapping[str, Any]) -> dict[str, str]:
    return {name: "" if value is None else str(value) for name, value in values.items()}


@service
def add_company(*, code: str, name: str, kind: str, actor: Staff, at: dt.datetime) -> Company:
    """A partner, carrier or agency. Administrators."""
    require_administrator(actor)
    company = Company.objects.create(code=code, name=name, kind=kind)
    note(company, "added", actor=actor, at=at, after={"code": code, "name": name, "kind": kind})
    return company


@service
def rename_company(*, company_id: int, name: str, actor: Staff, at: dt.datetime) -> Company:
    """Another name; code and kind stay, for rights hang on them. Administrators."""
    require_administrator(actor)
    company = Company.objects.select_for_update(no_key=True).get(pk=company_id)
    change(company, {"name": name}, actor=actor, at=at)
    return company


@service
def add_desk(*, code: str, company_id: int, kind: str, actor: Staff, at: dt.datetime, **values: Any) -> Desk:
    """A desk named by the customer's problem (A16). Administrators. `values` as `change_desk`."""
    require_administrator(actor)
    desk = Desk.objects.create(code=code, company_id=company_id, kind=kind, **values)
    note(
        desk, "added", actor=actor, at=at, after={"code": code, "company": company_id, "kind": kind, **values}
    )
    return desk


@service
def change_desk(
    *,
    desk_id: int,
    name_ja: str,
    name_en: str,
    mailbox: str,
    calendar_id: int,
    actor: Staff,
    at: dt.datetime,
) -> Desk:
    """Names, mailbox, calendar. Administrators. Its company stays: whose people saw which case hangs on it (A1)."""
    require_administrator(actor)
    desk = Desk.objects.select_for_update(no_key=True).get(pk=desk_id)
    values = {"name_ja": name_ja, "name_en": name_en, "mailbox": mailbox, "calendar_id": calendar_id}
    change(desk, values, actor=actor, at=at)
    return desk


@service
def add_hours(
    *,
    calendar_id: int,
    days: list[int],
    opens_minute: int,
    closes_minute: int,
    actor: Staff,
    at: dt.datetime,
) -> list[CalendarHours]:
    """Open on those weekdays (7: public holidays) in one more range of minutes. Overlaps are refused (A12)."""
    require_administrator(actor)
    calendar = Calendar.objects.select_for_update(no_key=True).get(pk=calendar_id)
    rows = [
        CalendarHours(calendar=calendar, day=day, opens_minute=opens_minute, closes_minute=closes_minute)
        for day in days
    ]
    after = {"days": days, "opens": opens_minute, "closes": closes_minute}
    note(calendar, "hours_added", actor=actor, at=at, after=after)
    return CalendarHours.objects.bulk_create(rows)


@service
def remove_hours(*, hours_id: int, actor: Staff, at: dt.datetime) -> None:
    """No longer open in that range. Due times already promised stay as they are."""
    require_administrator(actor)
    row = CalendarHours.objects.select_related("calendar").get(pk=hours_id)
    before = {"days": [row.day], "opens": row.opens_minute, "closes": row.closes_minute}
    note(row.calendar, "hours_removed", actor=actor, at=at, before=before)
    row.delete()


@service
def add_exception(
    *,
    calendar_id: int,
    on: dt.date,
    why: str,
    actor: Staff,
    at: dt.datetime,
    opens_minute: int | None = None,
    closes_minute: int | None = None,
) -> CalendarException:
    """A date with other hours, or closed when both are None (A12)."""
    require_administrator(actor)
    calendar = Calendar.objects.select_for_update(no_key=True).get(pk=calendar_id)
    after = {"on": on, "opens": opens_minute, "closes": closes_minute, "why": why}
    note(calendar, "exception_added", actor=actor, at=at, after=after)
    return CalendarException.objects.create(
        calendar_id=calendar_id, on=on, why=why, opens_minute=opens_minute, closes_minute=closes_minute
    )


@service
def remove_exception(*, exception_id: int, actor: Staff, at: dt.datetime) -> None:
    """That date is as any other again (A12). Due times already promised stay as they are."""
    require_administrator(actor)
    row = CalendarException.objects.select_related("calendar").get(pk=exception_id)
    before = {"on": row.on, "opens": row.opens_minute, "closes": row.closes_minute, "why": row.why}
    note(row.calendar, "exception_removed", actor=actor, at=at, before=before)
    row.delete()


@service
def add_calendar(*, code: str, name: str, actor: Staff, at: dt.datetime) -> Calendar:
    """A calendar for a desk, head office or a carrier."""
    require_administrator(actor)
    calendar = Calendar.objects.create(code=code, name=name)
    note(calendar, "added", actor=actor, at=at, after={"code": code, "name": name})
    return calendar


@service
def add_holiday(*, on: dt.date, name: str, actor: Staff, at: dt.datetime) -> Holiday:
    """A public holiday that a law of the year has set (A12). Administrators."""
    require_administrator(actor)
    holiday = Holiday.objects.create(on=on, name=name)
    note(holiday, "added", actor=actor, at=at, after={"on": on, "name": name})
    return holiday
