"""The masters of the ground floor: calendars and public holidays. People and desks: views/people.py."""

from __future__ import annotations

from typing import Any

from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from config import clock
from tickets.forms import masters as forms
from tickets.models import Calendar, CalendarException, CalendarHours, Holiday
from tickets.queries.masters import acts_on
from tickets.rights import administrator
from tickets.services import masters
from tickets.services.holidays import holidays_run_out
from tickets.views.deed import Deed
from tickets.views.screen import DEED, DeskRequest, page, screen


@screen(administrator)
def index(request: DeskRequest) -> Any:
    """All that the administrator keeps."""
    return page(request, "tickets/masters.html")


def everything(request: DeskRequest) -> None:
    """A form that makes something new is about nothing yet."""


@screen(administrator)
def calendars(request: DeskRequest) -> Any:
    """All calendars, and how far ahead the public holidays are known."""
    context = {
        "calendars": Calendar.objects.prefetch_related("hours", "desks").order_by("code"),
        "holidays": Holiday.objects.filter(on__gte=clock.today()).order_by("on")[:40],
        "last_holiday": Holiday.objects.order_by("-on").first(),
        "run_out": holidays_run_out(at=request.at),
    }
    return page(request, "tickets/calendars.html", context)


def find_calendar(request: DeskRequest, pk: int) -> Calendar:
    """A calendar."""
    return get_object_or_404(Calendar, pk=pk)


def calendar_page(subject: Any, outcome: Any) -> str:
    """The calendar's page."""
    shown = outcome if isinstance(outcome, Calendar) else subject
    return reverse("tickets:calendar", args=[shown.pk])


@screen(administrator)
def calendar(request: DeskRequest, pk: int) -> Any:
    """One calendar: its week and the dates that differ."""
    found = find_calendar(request, pk)
    context = {
        "calendar": found,
        "hours": found.hours.order_by("day", "opens_minute"),
        "acts": acts_on(found),
        "exceptions": found.exceptions.filter(on__gte=clock.today()).order_by("on")[:100],
    }
    return page(request, "tickets/calendar.html", context)


new_calendar = Deed(
    title=_("New calendar"),
    form=forms.CalendarForm,
    find=everything,
    rights=administrator,
    do=lambda request, _subject, data: masters.add_calendar(actor=request.user, at=request.at, **data),
    leads_to=lambda _subject, outcome: (
        calendar_page(_subject, outcome) if outcome else reverse("tickets:calendars")
    ),
).view()

add_hours = Deed(
    title=_("Open in one more range"),
    form=forms.HoursForm,
    find=find_calendar,
    rights=administrator,
    do=lambda request, calendar, data: masters.add_hours(
        calendar_id=calendar.pk, actor=request.user, at=request.at, **data
    ),
    leads_to=calendar_page,
).view()

add_exception = Deed(
    title=_("A date that differs"),
    form=forms.ExceptionForm,
    find=find_calendar,
    rights=administrator,
    do=lambda request, calendar, data: masters.add_exception(
        calendar_id=calendar.pk, actor=request.user, at=request.at, **data
    ),
    leads_to=calendar_page,
).view()


@screen(administrator, methods=DEED)
def remove_hours(request: DeskRequest, pk: int) -> Any:
    """No longer open in that range."""
    row = get_object_or_404(CalendarHours, pk=pk)
    masters.remove_hours(hours_id=row.pk, actor=request.user, at=request.at)
    return redirect("tickets:calendar", pk=row.calendar_id)


@screen(administrator, methods=DEED)
def remove_exception(request: DeskRequest, pk: int) -> Any:
    """As any other day again."""
    row = get_object_or_404(CalendarException, pk=pk)
    masters.remove_exception(exception_id=row.pk, actor=request.user, at=request.at)
    return redirect("tickets:calendar", pk=row.calendar_id)


new_holiday = Deed(
    title=_("New public holiday"),
    lead=_("The calendar of the State is loaded by itself; enter here what a law of the year adds."),
    form=forms.HolidayForm,
    find=everything,
    rights=administrator,
    do=lambda request, _subject, data: masters.add_holiday(actor=request.user, at=request.at, **data),
    leads_to=lambda _subject, _outcome: reverse("tickets:calendars"),
).view()
