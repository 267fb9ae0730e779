"""Decisions outside the manual (例外処理): asked with options, decided by whoever is on duty (B6)."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from escalation.forms import demands as forms
from escalation.models import ExceptionRequest
from escalation.services import exceptions
from escalation.views import find
from tickets.forms.tickets import ReasonForm
from tickets.models import Tier
from tickets.queries.keyset import page_by
from tickets.rights import at_least
from tickets.views.deed import Deed
from tickets.views.screen import DeskRequest, page, screen


def exception_page(subject: Any, outcome: Any) -> str:
    """The request."""
    shown = outcome if isinstance(outcome, ExceptionRequest) else subject
    return reverse("escalation:exception", args=[shown.pk])


ask = Deed(
    title=_("Ask for an exception"),
    submit=_("Ask"),
    lead=_("Somebody with the authority is on duty at every hour, weekends included."),
    form=forms.ExceptionForm,
    find=find.ticket,
    do=lambda request, ticket, data: exceptions.request_exception(
        ticket_id=ticket.pk,
        situation=data["situation"],
        options=data["options"],
        actor=request.user,
        at=request.at,
    ),
    leads_to=exception_page,
).view()


@screen()
def exception(request: DeskRequest, pk: int) -> Any:
    """One request with its options."""
    found = find.exception(request, pk)
    return page(
        request,
        "escalation/exception.html",
        {"exception": found, "ticket": found.ticket, "options": found.options.order_by("pk")},
    )


@screen()
def exceptions_list(request: DeskRequest) -> Any:
    """Those that are open, the most urgent first."""
    rows = ExceptionRequest.objects.visible_to(request.user).open()
    rows = rows.select_related("ticket", "customer", "asked_by", "holder")
    return page(
        request,
        "escalation/exceptions.html",
        {"page": page_by(rows, ("due_at", "id"), request.GET.get("after", ""))},
    )


approve = Deed(
    title=_("Approve an exception"),
    submit=_("Approve"),
    form=forms.ApproveForm,
    find=find.exception,
    rights=at_least(Tier.LEADER),
    do=lambda request, exception, data: exceptions.approve_exception(
        request_id=exception.pk,
        option_id=data["option"].pk,
        reasons=data["reasons"],
        actor=request.user,
        at=request.at,
    ),
    leads_to=exception_page,
).view()

decline = Deed(
    title=_("Decline an exception"),
    submit=_("Decline"),
    form=forms.DeclineForm,
    find=find.exception,
    rights=at_least(Tier.LEADER),
    do=lambda request, exception, data: exceptions.decline_exception(
        request_id=exception.pk, actor=request.user, at=request.at, **data
    ),
    leads_to=exception_page,
).view()

pass_up = Deed(
    title=_("Pass it up"),
    submit=_("Pass it up"),
    form=ReasonForm,
    find=find.exception,
    tone="upward",
    do=lambda request, exception, data: exceptions.pass_up_exception(
        request_id=exception.pk, reason=data["reason"], actor=request.user, at=request.at
    ),
    leads_to=exception_page,
).view()

withdraw = Deed(
    title=_("No longer needed"),
    submit=_("No longer needed"),
    form=ReasonForm,
    find=find.exception,
    do=lambda request, exception, data: exceptions.withdraw_exception(
        request_id=exception.pk, reason=data["reason"], actor=request.user, at=request.at
    ),
    leads_to=exception_page,
).view()
