"""The roster, delegations, absences, and the matrix of authority (B3, B5, B6)."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.dateparse import parse_date
from django.utils.translation import gettext_lazy as _

from escalation import authority
from escalation.forms import roster as forms
from escalation.models import (
    Absence,
    AnswerClock,
    AuthorityLimit,
    Decision,
    Delegation,
    DutyAlarm,
    DutyShift,
    RosterPeriod,
)
from escalation.queries import duty
from escalation.queries import roster as roster_reads
from escalation.queries.roster import WEEK
from escalation.services import roster
from escalation.views.counsel import nothing
from tickets.dates import day_of, start_of_day
from tickets.errors import DeskError
from tickets.formats import datetime_text
from tickets.models import Tier
from tickets.paging import newest_first
from tickets.queries.masters import acts_on, acts_on_kinds
from tickets.rights import administrator, any_of, at_least
from tickets.views.deed import Deed
from tickets.views.screen import DEED, DeskRequest, page, screen

MOST_LACKS = 50


def find_period(request: DeskRequest, pk: int) -> RosterPeriod:
    """A period of the roster."""
    return get_object_or_404(RosterPeriod, pk=pk)


def period_page(subject: Any, outcome: Any) -> str:
    """The period, or all of them while it does not exist yet."""
    shown = outcome if isinstance(outcome, RosterPeriod) else subject
    return reverse("escalation:period", args=[shown.pk]) if shown else reverse("escalation:roster")


def roster_page(subject: Any, outcome: Any) -> str:
    """All of it."""
    return reverse("escalation:roster")


@screen(administrator)
def roster_index(request: DeskRequest) -> Any:
    """Periods, delegations, absences, and who is on duty now."""
    context = {
        "page": newest_first(RosterPeriod.objects.all(), request.GET.get("after", "")),
        "duty": duty.ladder(request.at),
        "delegations": Delegation.objects.filter(during__endswith__gt=request.at)
        .select_related("grantor", "delegate")
        .order_by("during")[:50],
        "absences": Absence.objects.filter(during__endswith__gt=request.at)
        .select_related("staff")
        .order_by("during")[:50],
        "alarms": DutyAlarm.objects.order_by("-pk")[:5],
        "acts": acts_on_kinds(Delegation, Absence),
    }
    return page(request, "escalation/roster.html", context)


@screen(administrator)
def period(request: DeskRequest, pk: int) -> Any:
    """One period, a week at a time: rank by day, and where people are lacking."""
    found = find_period(request, pk)
    first = roster_reads.monday_of(day_of(found.during.lower))
    monday = roster_reads.monday_of(parse_date(request.GET.get("week", "")) or _opens_at(found, request.at))
    lacking = roster_reads.lacking(found)
    context = {
        "period": found,
        "lacking": lacking[:MOST_LACKS],
        "grid": roster_reads.week(found, monday, lacking),
        "today": day_of(request.at),
        "before": monday - WEEK if monday > first else None,
        "after": monday + WEEK if start_of_day(monday + WEEK) < found.during.upper else None,
    }
    return page(request, "escalation/period.html", context)


def _opens_at(found: RosterPeriod, at: dt.datetime) -> dt.date:
    """Today while the period runs; else its first day."""
    return day_of(at if found.during.lower <= at < found.during.upper else found.during.lower)


new_period = Deed(
    title=_("New period of the roster"),
    form=forms.PeriodForm,
    find=nothing,
    rights=administrator,
    do=lambda request, _subject, data: roster.draft_period(actor=request.user, at=request.at, **data),
    leads_to=period_page,
).view()


def _cell(request: DeskRequest) -> dict[str, Any]:
    """The cell of the grid whose + was pressed: its rank, and the whole of its day."""
    day = parse_date(request.GET.get("day", ""))
    whole = {"begins": start_of_day(day), "ends": start_of_day(day + dt.timedelta(days=1))} if day else {}
    return {**whole, "tier": request.GET.get("tier", "")}


add_shift = Deed(
    title=_("Put somebody on duty"),
    form=forms.ShiftForm,
    find=find_period,
    rights=administrator,
    initial=lambda request, period: _cell(request),
    do=lambda request, period, data: roster.add_shift(
        period_id=period.pk,
        tier=data["tier"],
        staff_id=data["staff"].pk,
        position=data["position"],
        begins=data["begins"],
        ends=data["ends"],
        actor=request.user,
    ),
    leads_to=lambda period, _outcome: period_page(period, None),
).view()


def _shift(data: dict[str, Any]) -> dict[str, Any]:
    """The form's values as the services take them."""
    return {
        ("staff_id" if key == "staff" else key): getattr(value, "pk", value) for key, value in data.items()
    }


def find_shift(request: DeskRequest, pk: int) -> DutyShift:
    """A shift."""
    return get_object_or_404(DutyShift.objects.select_related("period"), pk=pk)


change_shift = Deed(
    title=_("Change a shift"),
    form=forms.ShiftForm,
    find=find_shift,
    rights=administrator,
    initial=lambda request, shift: {
        "tier": shift.tier,
        "staff": shift.staff_id,
        "position": shift.position,
        "begins": shift.during.lower,
        "ends": shift.during.upper,
    },
    do=lambda request, shift, data: roster.change_shift(
        shift_id=shift.pk, actor=request.user, **_shift(data)
    ),
    leads_to=lambda shift, _outcome: _week_of(shift),
).view()


def _week_of(shift: DutyShift) -> str:
    """The week in which a shift begins."""
    monday = roster_reads.monday_of(day_of(shift.during.lower))
    return f"{reverse('escalation:period', args=[shift.period_id])}?week={monday:%Y-%m-%d}"


@screen(administrator, methods=DEED)
def copy_week(request: DeskRequest, pk: int) -> Any:
    """The week before, once more."""
    found = find_period(request, pk)
    monday = roster_reads.monday_of(parse_date(request.POST.get("week", "")) or day_of(found.during.lower))
    copied, left_out = roster.copy_week(period_id=found.pk, monday=monday, actor=request.user)
    said = _("%(copied)s shifts copied, %(left_out)s left out.") % {"copied": copied, "left_out": left_out}
    messages.success(request, said)
    return redirect(f"{reverse('escalation:period', args=[found.pk])}?week={monday:%Y-%m-%d}")


@screen(administrator, methods=DEED)
def remove_shift(request: DeskRequest, pk: int) -> Any:
    """Off the draft again."""
    shift = find_shift(request, pk)
    roster.remove_shift(shift_id=shift.pk, actor=request.user)
    return redirect(_week_of(shift))


@screen(administrator, methods=DEED)
def publish(request: DeskRequest, pk: int) -> Any:
    """In force; refused with the first minute in which a rank has nobody (B3)."""
    found = find_period(request, pk)
    try:
        roster.publish_period(period_id=found.pk, actor=request.user, at=request.at)
        messages.success(request, str(_("The roster is published.")))
    except DeskError as error:
        messages.error(request, error.told)
    return redirect("escalation:period", pk=found.pk)


delegate = Deed(
    title=_("Delegation (acting for somebody)"),
    lead=_("Dated, with a reason, and told to the customer."),
    form=forms.DelegationForm,
    find=nothing,
    rights=any_of(administrator, at_least(Tier.LEADER)),
    do=lambda request, _subject, data: roster.delegate(
        grantor_id=data["grantor"].pk,
        delegate_id=data["delegate"].pk,
        tier=data["tier"],
        begins=data["begins"],
        ends=data["ends"],
        reason=data["reason"],
        actor=request.user,
        at=request.at,
    ),
    leads_to=lambda _subject, _outcome: reverse("escalation:authority"),
).view()

absence = Deed(
    title=_("Absence"),
    form=forms.AbsenceForm,
    find=nothing,
    rights=any_of(administrator, at_least(Tier.LEADER)),
    do=lambda request, _subject, data: roster.record_absence(
        staff_id=data["staff"].pk,
        begins=data["begins"],
        ends=data["ends"],
        sudden=data["sudden"],
        actor=request.user,
        at=request.at,
    ),
    leads_to=lambda _subject, _outcome: reverse("escalation:authority"),
).view()


def find_delegation(request: DeskRequest, pk: int) -> Delegation:
    """A delegation."""
    return get_object_or_404(Delegation.objects.select_related("grantor", "delegate"), pk=pk)


def _days(row: Delegation | Absence) -> list[tuple[Any, Any]]:
    """From when until when; nothing of one that was cancelled."""
    if row.during.isempty:
        return [(_("Until"), _("cancelled"))]
    return [(_("Begins"), datetime_text(row.during.lower)), (_("Until"), datetime_text(row.during.upper))]


end_delegation = Deed(
    title=_("End or cancel a delegation"),
    lead=_(
        "One that runs ends now; one that has not begun is cancelled. "
        "Refused while the roster would lack people without it."
    ),
    form=forms.EndForm,
    find=find_delegation,
    rights=any_of(administrator, at_least(Tier.LEADER)),
    submit=_("End it"),
    beside=lambda request, lent: {
        "facts": [
            (_("For whom"), lent.grantor),
            (_("Who acts"), lent.delegate),
            (_("As"), lent.get_acting_tier_display()),
            *_days(lent),
            (_("Reason"), lent.reason),
        ],
        "acts": acts_on(lent),
    },
    do=lambda request, lent, data: roster.end_delegation(
        delegation_id=lent.pk, actor=request.user, at=request.at, **data
    ),
    leads_to=lambda _subject, _outcome: reverse("escalation:authority"),
    template="escalation/end_early.html",
).view()


def find_absence(request: DeskRequest, pk: int) -> Absence:
    """An absence."""
    return get_object_or_404(Absence.objects.select_related("staff"), pk=pk)


end_absence = Deed(
    title=_("End or cancel an absence"),
    lead=_("Whoever is away is back from now on; an absence that has not begun is cancelled."),
    form=forms.EndForm,
    find=find_absence,
    rights=any_of(administrator, at_least(Tier.LEADER)),
    submit=_("End it"),
    beside=lambda request, gone: {
        "facts": [(_("Person"), gone.staff), *_days(gone)],
        "acts": acts_on(gone),
    },
    do=lambda request, gone, data: roster.end_absence(
        absence_id=gone.pk, actor=request.user, at=request.at, **data
    ),
    leads_to=lambda _subject, _outcome: reverse("escalation:authority"),
    template="escalation/end_early.html",
).view()


@screen(administrator)
def limits(request: DeskRequest) -> Any:
    """The matrix in force today, and how long each rank has to answer."""
    matrix = authority.matrix(request.at)
    rows = [
        {
            "decision": decision,
            "label": Decision(decision).label,
            "cells": [(tier, cells.get(tier)) for tier in Tier],
        }
        for decision, cells in matrix.items()
    ]
    context = {
        "rows": rows,
        "clocks": AnswerClock.objects.select_related("set_by").order_by("tier", "-during"),
        "today": day_of(request.at),
        "page": newest_first(
            AuthorityLimit.objects.filter(set_by__isnull=False).select_related("set_by"),
            request.GET.get("after", ""),
        ),
    }
    return page(request, "escalation/limits.html", context)


@screen(administrator)
def limit_history(request: DeskRequest, decision: str, tier: int) -> Any:
    """One cell of the matrix through time: what held when, who set it, why; planned rows first."""
    if decision not in Decision.values or tier not in Tier.values:
        raise Http404
    rows = AuthorityLimit.objects.filter(decision=decision, tier=tier).select_related("set_by")
    context = {
        "decision": decision,
        "label": Decision(decision).label,
        "tier": tier,
        "today": day_of(request.at),
        "page": newest_first(rows, request.GET.get("after", "")),
    }
    return page(request, "escalation/limit_history.html", context)


def _standing_limit(request: DeskRequest, _subject: None) -> dict[str, Any]:
    """The cell of `?decision=&tier=` as it stands, to start from."""
    decision, tier = request.GET.get("decision", ""), request.GET.get("tier", "")
    if decision not in Decision.values or tier not in map(str, Tier.values):
        return {}
    row = authority.limit_for(decision, int(tier), request.at)
    names = ("allowed", "limit_yen", "yearly_limit_yen", "two_person_over_yen", "always_two")
    return {
        "decision": decision,
        "tier": tier,
        **({name: getattr(row, name) for name in names} if row else {}),
    }


set_limit = Deed(
    title=_("Change a limit"),
    lead=_("It counts from its date; what was decided before stays decided."),
    form=forms.LimitForm,
    find=nothing,
    rights=administrator,
    initial=_standing_limit,
    do=lambda request, _subject, data: roster.set_limit(actor=request.user, at=request.at, **data),
    leads_to=lambda _subject, _outcome: reverse("escalation:limits"),
).view()

set_clock = Deed(
    title=_("Change how long a rank has to answer"),
    lead=_("It counts for what is taken over from its date on."),
    form=forms.ClockForm,
    find=nothing,
    rights=administrator,
    do=lambda request, _subject, data: roster.set_clock(actor=request.user, at=request.at, **data),
    leads_to=lambda _subject, _outcome: reverse("escalation:limits"),
).view()


@screen()
def own_authority(request: DeskRequest) -> Any:
    """What oneself may decide, and who holds the next authority now (B5)."""
    context = {
        "card": authority.card(request.user, request.at),
        "lent": duty.lent_from_now(request.user, request.at),
        "away": duty.away_from_now(request.user, request.at),
        "capacity": duty.acting(request.user, request.at),
        "duty": duty.ladder(request.at),
    }
    return page(request, "escalation/authority.html", context)
