"""Complaints and remedies, from the page of the case (A5, A11)."""

from __future__ import annotations

from typing import Any

from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from tickets.forms import complaints as forms
from tickets.models import Remedy, Tier
from tickets.queries.calls import current_contact_id
from tickets.rights import acting_at_least
from tickets.services import complaints, remedies
from tickets.views import find
from tickets.views.deed import Deed
from tickets.views.screen import DEED, DeskRequest, screen


def case_of(subject: Any, outcome: Any) -> str:
    """Back to the case."""
    return str(subject.ticket.get_absolute_url())


voice = Deed(
    title=_("Complaint"),
    submit=_("Record the complaint"),
    lead=_("Any dissatisfaction counts, whatever the call was about."),
    form=forms.VoiceForm,
    find=find.ticket,
    tone="danger-fill",
    do=lambda request, ticket, data: complaints.voice(
        ticket_id=ticket.pk,
        words=data["words"],
        remedy_sought=data["remedy_sought"],
        contact_id=current_contact_id(request.user, ticket.customer_id, request.at),
        actor=request.user,
        at=request.at,
    ),
    done=_("The complaint is on record."),
).view()

decide = Deed(
    title=_("Decide the complaint"),
    submit=_("Decide"),
    form=forms.DecideForm,
    find=find.complaint,
    rights=acting_at_least(Tier.SV),
    do=lambda request, complaint, data: complaints.decide(
        complaint_id=complaint.pk, actor=request.user, at=request.at, **data
    ),
    leads_to=case_of,
    template="tickets/decide_complaint.html",
).view()

deliver = Deed(
    title=_("The customer has been told the decision"),
    form=forms.DeliverForm,
    find=find.complaint,
    do=lambda request, complaint, data: complaints.deliver(
        complaint_id=complaint.pk, contact_id=data["contact"].pk, actor=request.user, at=request.at
    ),
    leads_to=case_of,
).view()

propose = Deed(
    title=_("Propose a remedy"),
    submit=_("Propose"),
    form=forms.ProposeRemedyForm,
    find=find.ticket,
    do=lambda request, ticket, data: remedies.propose(
        ticket_id=ticket.pk,
        kind=data["kind"],
        what=data["what"],
        owner_id=data["owner"].pk,
        due_on=data["due_on"],
        actor=request.user,
        at=request.at,
    ),
).view()

misfit = Deed(
    title=_("It does not fit"),
    form=forms.MisfitForm,
    find=find.remedy,
    do=lambda request, remedy, data: remedies.mark(
        remedy_id=remedy.pk, fits=False, reason=data["reason"], actor=request.user, at=request.at
    ),
    leads_to=case_of,
).view()

decline = Deed(
    title=_("The customer does not want it"),
    form=forms.MisfitForm,
    find=find.remedy,
    do=lambda request, remedy, data: remedies.decline(
        remedy_id=remedy.pk,
        reason=data["reason"],
        contact_id=_contact_of(request, remedy),
        actor=request.user,
        at=request.at,
    ),
    leads_to=case_of,
).view()


@screen(methods=DEED)
def agree(request: DeskRequest, pk: int) -> Any:
    """It fits and the customer wants it: from now it is owed."""
    remedy = find.remedy(request, pk)
    contact_id = _contact_of(request, remedy)
    if remedy.fits is not True:
        remedies.mark(remedy_id=remedy.pk, fits=True, reason="", actor=request.user, at=request.at)
    remedies.agree(remedy_id=remedy.pk, contact_id=contact_id, actor=request.user, at=request.at)
    return redirect(remedy.ticket)


@screen(methods=DEED)
def complete(request: DeskRequest, pk: int) -> Any:
    """It has been done."""
    remedy = find.remedy(request, pk)
    contact_id = _contact_of(request, remedy)
    remedies.complete(remedy_id=remedy.pk, contact_id=contact_id, actor=request.user, at=request.at)
    return redirect(remedy.ticket)


def _contact_of(request: DeskRequest, remedy: Remedy) -> int | None:
    return current_contact_id(request.user, remedy.ticket.customer_id, request.at)
