"""The administrator's people, desks and companies."""

from __future__ import annotations

from typing import Any

from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from tickets.forms import masters as forms
from tickets.models import Company, Desk, Staff, StaffPosting
from tickets.paging import oldest_first
from tickets.queries.masters import acts_on, postings_of
from tickets.rights import administrator
from tickets.services import masters, people
from tickets.views.deed import Deed
from tickets.views.masters import everything
from tickets.views.screen import DEED, DeskRequest, page, screen, told


@screen(administrator)
def staff_list(request: DeskRequest) -> Any:
    """Everybody, by key."""
    rows = Staff.objects.select_related("desk__company")
    context = {"page": oldest_first(rows, request.GET.get("after", ""))}
    return page(request, "tickets/staff_list.html", context)


def find_staff(request: DeskRequest, pk: int) -> Staff:
    """A person."""
    return get_object_or_404(Staff.objects.select_related("desk__company"), pk=pk)


@screen(administrator)
def person(request: DeskRequest, pk: int) -> Any:
    """One person: rank and desk from day to day, and what administrators did."""
    found = find_staff(request, pk)
    context = {"person": found, "postings": postings_of(found), "acts": acts_on(found)}
    return page(request, "tickets/person.html", context)


def person_page(subject: Any, outcome: Any) -> str:
    """The person, or everybody while they do not exist yet."""
    shown = outcome if isinstance(outcome, Staff) else subject
    return reverse("tickets:person", args=[shown.pk]) if shown else reverse("tickets:staff_list")


def _row_ids(data: dict[str, Any], *names: str) -> dict[str, Any]:
    """The form's values as the services take them: rows by id."""
    return {
        (f"{key}_id" if key in names else key): (value.pk if key in names else value)
        for key, value in data.items()
    }


new_staff = Deed(
    title=_("New person"),
    form=forms.NewStaffForm,
    find=everything,
    rights=administrator,
    do=lambda request, _subject, data: people.add_staff(
        actor=request.user, at=request.at, **_row_ids(data, "desk")
    ),
    leads_to=person_page,
).view()

change_staff = Deed(
    title=_("Change a person"),
    form=forms.StaffForm,
    find=find_staff,
    rights=administrator,
    initial=lambda request, staff: {
        name: getattr(staff, name) for name in forms.StaffForm.base_fields if name != "password"
    },
    do=lambda request, staff, data: people.change_staff(
        staff_id=staff.pk, actor=request.user, at=request.at, **data
    ),
    leads_to=person_page,
).view()

post = Deed(
    title=_("Another rank or desk"),
    lead=_("It counts from its day; who answered as what before stays as it was."),
    form=forms.PostingForm,
    find=find_staff,
    rights=administrator,
    initial=lambda request, staff: {"desk": staff.desk_id, "tier": staff.tier},
    do=lambda request, staff, data: people.post(
        staff_id=staff.pk, actor=request.user, at=request.at, **_row_ids(data, "desk")
    ),
    leads_to=lambda staff, _outcome: person_page(staff, None),
).view()


@screen(administrator, methods=DEED)
def withdraw_posting(request: DeskRequest, pk: int) -> Any:
    """It will not come after all."""
    posting = get_object_or_404(StaffPosting, pk=pk)
    told(
        request,
        lambda: people.withdraw_posting(posting_id=posting.pk, actor=request.user, at=request.at),
    )
    return redirect("tickets:person", pk=posting.staff_id)


@screen(administrator, methods=DEED)
def reset_second_factor(request: DeskRequest, pk: int) -> Any:
    """Whoever lost their second factor sets it up anew."""
    found = find_staff(request, pk)
    people.reset_second_factor(staff_id=found.pk, actor=request.user, at=request.at)
    return redirect("tickets:person", pk=found.pk)


@screen(administrator)
def desks(request: DeskRequest) -> Any:
    """Every desk by the customer's problem, and every company."""
    context = {
        "desks": Desk.objects.select_related("company", "calendar").order_by("company__kind", "pk"),
        "companies": Company.objects.order_by("kind", "name"),
    }
    return page(request, "tickets/desks.html", context)


def desks_page(subject: Any, outcome: Any) -> str:
    """The list."""
    return reverse("tickets:desks")


def find_desk(request: DeskRequest, pk: int) -> Desk:
    """A desk."""
    return get_object_or_404(Desk, pk=pk)


def find_company(request: DeskRequest, pk: int) -> Company:
    """A company."""
    return get_object_or_404(Company, pk=pk)


new_desk = Deed(
    title=_("New desk"),
    lead=_("A desk is named by the customer's problem; any desk opens any kind of case."),
    form=forms.NewDeskForm,
    find=everything,
    rights=administrator,
    do=lambda request, _subject, data: masters.add_desk(
        actor=request.user, at=request.at, **_row_ids(data, "company", "calendar")
    ),
    leads_to=desks_page,
).view()

change_desk = Deed(
    title=_("Change a desk"),
    form=forms.DeskChangeForm,
    find=find_desk,
    rights=administrator,
    initial=lambda request, desk: {
        name: getattr(desk, name) for name in ("name_ja", "name_en", "mailbox", "calendar")
    },
    beside=lambda request, desk: {"acts": acts_on(desk)},
    do=lambda request, desk, data: masters.change_desk(
        desk_id=desk.pk, actor=request.user, at=request.at, **_row_ids(data, "calendar")
    ),
    leads_to=desks_page,
    template="tickets/master_deed.html",
).view()

new_company = Deed(
    title=_("New company"),
    form=forms.CompanyForm,
    find=everything,
    rights=administrator,
    do=lambda request, _subject, data: masters.add_company(actor=request.user, at=request.at, **data),
    leads_to=desks_page,
).view()

rename_company = Deed(
    title=_("Rename a company"),
    form=forms.CompanyNameForm,
    find=find_company,
    rights=administrator,
    initial=lambda request, company: {"name": company.name},
    beside=lambda request, company: {"acts": acts_on(company)},
    do=lambda request, company, data: masters.rename_company(
        company_id=company.pk, actor=request.user, at=request.at, **data
    ),
    leads_to=desks_page,
    template="tickets/master_deed.html",
).view()
