"""The masters of the ground floor: people, calendars, holidays."""

from __future__ import annotations

from typing import Any

from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from config import clock
from tickets.forms import masters as forms
from tickets.models import Calendar, CalendarHours, Holiday, Staff
from tickets.paging import oldest_first
from tickets.rights import administrator
from tickets.services import masters
from tickets.views.deed import Deed
from tickets.views.screen import DEED, DeskRequest, page, screen


@screen(administrator)
def index(request: DeskRequest) -> Any:
    """All that the administrator keeps."""
    return page(request, "tickets/masters.html")


@screen(administrator)
def staff_list(request: DeskRequest) -> Any:
    """Everybody, by key."""
    rows = Staff.objects.select_related("desk__company")
    return page(
        request, "tickets/staff_list.html", {"page": oldest_first(rows, request.GET.get("after", ""))}
    )


def everything(request: DeskRequest) -> None:
    """A form that makes something new is about nothing yet."""


def find_staff(request: DeskRequest, pk: int) -> Staff:
    """A person."""
    return get_object_or_404(Staff, pk=pk)


def staff_page(subject: Any, outcome: Any) -> str:
    """The list of people."""
    return reverse("tickets:staff_list")


def _person(data: dict[str, Any]) -> dict[str, Any]:
    """The form's values as the service takes them."""
    return {**{name: value for name, value in data.items() if name != "desk"}, "desk_id": data["desk"].pk}


new_staff = Deed(
    title=_("New person"),
    form=forms.NewStaffForm,
    find=everything,
    rights=administrator,
    do=lambda request, _subject, data: masters.add_staff(actor=request.user, **_person(data)),
    leads_to=staff_page,
).view()

change_staff = Deed(
    title=_("Change a person"),
    form=forms.StaffForm,
    find=find_staff,
    rights=administrator,
    initial=lambda request, staff: {
        name: getattr(staff, name) for name in forms.StaffForm.base_fields if name != "password"
    },
    do=lambda request, staff, data: masters.change_staff(
        staff_id=staff.pk, actor=request.user, **_person(data)
    ),
    leads_to=staff_page,
).view()


@screen(administrator)
def calendars(request: DeskRequest) -> Any:
    """All calendars, and how far ahead the public holidays are known."""
    context = {
        "calendars": Calendar.objects.prefetch_related("hours", "desks").order_by("code"),
        "holidays": Holiday.objects.filter(on__gte=clock.today()).order_by("on")[:30],
        "last_holiday": Holiday.objects.order_by("-on").first(),
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
        "exceptions": found.exceptions.filter(on__gte=clock.today()).order_by("on")[:100],
    }
    return page(request, "tickets/calendar.html", context)


new_calendar = Deed(
    title=_("New calendar"),
    form=forms.CalendarForm,
    find=everything,
    rights=administrator,
    do=lambda request, _subject, data: masters.add_calendar(actor=request.user, **data),
    leads_to=lambda _subject, outcome: (
        calendar_page(_subject, outcome) if outcome else reverse("tickets:calendars")
    ),
).view()

add_hours = Deed(
    title=_("Open in one more range"),
    form=forms.HoursForm,
    find=find_calendar,
    rights=administrator,
    do=lambda request, calendar, data: masters.add_hours(calendar_id=calendar.pk, actor=request.user, **data),
    leads_to=calendar_page,
).view()

add_exception = Deed(
    title=_("A date that differs"),
    form=forms.ExceptionForm,
    find=find_calendar,
    rights=administrator,
    do=lambda request, calendar, data: masters.add_exception(
        calendar_id=calendar.pk, actor=request.user, **data
    ),
    leads_to=calendar_page,
).view()


@screen(administrator, methods=DEED)
def remove_hours(request: DeskRequest, pk: int) -> Any:
    """No longer open in that range."""
    row = get_object_or_404(CalendarHours, pk=pk)
    masters.remove_hours(hours_id=row.pk, actor=request.user)
    return redirect("tickets:calendar", pk=row.calendar_id)
