"""What is done to a case as a whole, from its page."""

from __future__ import annotations

from typing import Any

from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from tickets.forms import tickets as forms
from tickets.models import Ticket
from tickets.services import drafts, endings, tickets
from tickets.services.endings import AFTERWARDS
from tickets.views import find
from tickets.views.calls import about_call, to_undo
from tickets.views.deed import Deed
from tickets.views.screen import DEED, DeskRequest, screen

Data = dict[str, Any]


def page_of_outcome(subject: Any, outcome: Any) -> str:
    """On to what was made, or back."""
    return str((outcome or subject).get_absolute_url())


open_ticket = Deed(
    title=_("Open a ticket"),
    submit=_("Open the ticket"),
    form=forms.NewTicketForm,
    find=find.customer,
    do=lambda request, customer, data: about_call(
        tickets.open_ticket(
            customer_id=customer.pk,
            desk_id=data["desk"].pk,
            kind=data["kind"],
            subject=data["subject"],
            priority=data["priority"],
            actor=request.user,
            at=request.at,
        ),
        request,
    ),
    leads_to=page_of_outcome,
    done=_("The ticket is open."),
).view()

assign = Deed(
    title=_("Assign"),
    submit=_("Assign"),
    form=forms.AssignForm,
    find=find.ticket,
    initial=lambda request, ticket: {"assignee": ticket.assignee_id},
    do=lambda request, ticket, data: tickets.assign(
        ticket_id=ticket.pk,
        assignee_id=data["assignee"].pk if data["assignee"] else None,
        actor=request.user,
        at=request.at,
    ),
    shared=lambda ticket: {"assignee": ticket.assignee_id},
).view()

wait = Deed(
    title=_("Wait for the customer"),
    form=forms.WaitForm,
    find=find.ticket,
    do=lambda request, ticket, data: tickets.wait(
        ticket_id=ticket.pk, what=data["what"], actor=request.user, at=request.at
    ),
    shared=lambda ticket: {"what": ticket.waiting_for},
).view()

hold = Deed(
    title=_("Hold: somebody else has something to do first"),
    form=forms.WaitForm,
    find=find.ticket,
    do=lambda request, ticket, data: tickets.hold(
        ticket_id=ticket.pk, what=data["what"], actor=request.user, at=request.at
    ),
    shared=lambda ticket: {"what": ticket.waiting_for},
).view()

priority = Deed(
    title=_("Priority"),
    form=forms.PriorityForm,
    find=find.ticket,
    initial=lambda request, ticket: {"priority": ticket.priority},
    do=lambda request, ticket, data: tickets.set_priority(
        ticket_id=ticket.pk, priority=data["priority"], actor=request.user, at=request.at
    ),
    shared=lambda ticket: {"priority": ticket.priority},
).view()


def from_draft(request: DeskRequest, ticket: Ticket) -> Data:
    """What was written in another form about this case and came too late there."""
    form = request.GET.get("from", "")
    kept = drafts.draft_of(form=form, subject=f"ticket:{ticket.pk}", staff=request.user) if form else None
    return {"text": "\n".join(text for text in kept.fields.values() if text)} if kept else {}


note = Deed(
    title=_("Handover note"),
    form=forms.NoteForm,
    find=find.ticket,
    initial=from_draft,
    do=lambda request, ticket, data: tickets.note(
        ticket_id=ticket.pk, text=data["text"], actor=request.user, at=request.at
    ),
).view()

resolve = Deed(
    title=_("Resolve"),
    submit=_("Resolve"),
    lead=_("Everything that was owed is kept and every question answered."),
    form=forms.ResolveForm,
    find=find.ticket,
    do=lambda request, ticket, data: endings.resolve(
        ticket_id=ticket.pk, resolution=data["resolution"], actor=request.user, at=request.at
    ),
    done=_("Resolved."),
    beside=lambda request, ticket: {
        "still_owed": ticket.promises.open().exclude(kind__in=AFTERWARDS).order_by("due_at"),
        "still_open": ticket.questions.filter(status="open"),
    },
    template="tickets/resolve.html",
    shared=lambda ticket: {"resolution": ticket.resolution},
).view()

reopen = Deed(
    title=_("Open it again"),
    submit=_("Open it again"),
    form=forms.ReasonForm,
    find=find.ticket,
    do=lambda request, ticket, data: endings.reopen(
        ticket_id=ticket.pk, reason=data["reason"], actor=request.user, at=request.at
    ),
).view()


close = Deed(
    title=_("Close"),
    submit=_("Close"),
    lead=_("With the customer's confirmation, or ten business days after a proven notice."),
    form=forms.CloseForm,
    find=find.ticket,
    do=lambda request, ticket, data: endings.close(
        ticket_id=ticket.pk,
        contact_id=data["contact"].pk if data["contact"] else None,
        actor=request.user,
        at=request.at,
    ),
    done=_("Closed."),
    undo=to_undo,
).view()

closing_notice = Deed(
    title=_("Announce the closing by mail"),
    submit=_("Send the notice"),
    form=forms.NoticeForm,
    find=find.ticket,
    do=lambda request, ticket, data: endings.send_closing_notice(
        ticket_id=ticket.pk, subject=data["subject"], body=data["body"], actor=request.user, at=request.at
    ),
    done=_("The mail leaves in ten seconds."),
).view()

withdraw = Deed(
    title=_("The customer withdraws it"),
    submit=_("Withdraw"),
    form=forms.WithdrawForm,
    find=find.ticket,
    do=lambda request, ticket, data: endings.cancel(
        ticket_id=ticket.pk,
        contact_id=data["contact"].pk,
        words=data["words"],
        actor=request.user,
        at=request.at,
    ),
).view()


@screen(methods=DEED)
def start(request: DeskRequest, number: str) -> Any:
    """Work begins, or goes on after waiting."""
    ticket = find.ticket(request, number)
    tickets.start(ticket_id=ticket.pk, actor=request.user, at=request.at)
    return redirect(ticket)


@screen(methods=DEED)
def take_responsibility(request: DeskRequest, number: str) -> Any:
    """Name oneself the person responsible (B4)."""
    ticket = find.ticket(request, number)
    tickets.take_responsibility(ticket_id=ticket.pk, actor=request.user, at=request.at)
    return redirect(ticket)
