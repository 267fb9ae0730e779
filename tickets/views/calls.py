"""The call on the person's own telephone: who it is, choosing the caller, a plain enquiry in one form."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from tickets.forms.calls import CallerForm, EnquiryForm
from tickets.forms.tickets import NewTicketForm
from tickets.models import Customer, PhoneCall, Ticket, Tier
from tickets.panels import panels
from tickets.queries import calls
from tickets.queries.owed import owed_to
from tickets.rights import at_least
from tickets.services import contacts, cti, enquiries, tickets
from tickets.views import find
from tickets.views.deed import Deed
from tickets.views.screen import DEED, DeskRequest, page, screen, told


@screen()
def call_state(request: DeskRequest) -> Any:
    """The call in the top bar, and the card that a ringing call opens beside it."""
    line = calls.line_of(request.user)
    context: dict[str, Any] = {"line": line, "url": reverse("tickets:call")}
    if line and line.status == "ringing":
        context |= _card(request, line)
    return page(request, "tickets/call_state.html", context)


@screen()
def call(request: DeskRequest) -> Any:
    """The call's own page: the caller's card, or whom to choose; leads on to the customer when that is clear."""
    line = calls.line_of(request.user)
    if line and line.customer and _sees(request, line.customer):
        return redirect(line.contact.ticket if line.contact and line.contact.ticket else line.customer)
    context: dict[str, Any] = {"line": line, "text": request.GET.get("q", "")}
    if line:
        context |= _card(request, line)
        context["found"] = calls.found(context["text"], request.user) if line.needs_a_name else None
    return page(request, "tickets/call_page.html", context)


@screen(at_least(Tier.LEADER))
def live_calls(request: DeskRequest) -> Any:
    """The calls that run now: who is on them, with whom, about what; to join or to take over (A15, F)."""
    return page(
        request, "tickets/live_calls.html", {"page": calls.live(request.user, request.GET.get("after", ""))}
    )


@screen(methods=DEED)
def choose_caller(request: DeskRequest, pk: int) -> Any:
    """Say who is calling."""
    call = find_call(request, pk)
    chosen = request.POST.get("customer", "")
    if not chosen.isdecimal():
        raise Http404
    cti.choose_caller(call_id=call.pk, customer_id=int(chosen), actor=request.user, at=request.at)
    return redirect("tickets:call")


@screen(methods=DEED)
def put_away(request: DeskRequest, pk: int) -> Any:
    """Nothing to record: the call leaves the screen."""
    call = find_call(request, pk)
    said_no = told(request, lambda: cti.put_away(call_id=call.pk, actor=request.user, at=request.at))
    return redirect("tickets:call" if said_no else "tickets:home")


@screen(methods=DEED)
def put_on_case(request: DeskRequest, number: str) -> Any:
    """The call that goes on, or has just ended, is about this case (A2)."""
    ticket = find.ticket(request, number)
    about_call(ticket, request)
    return redirect(ticket)


@screen(methods=DEED)
def undo_close(request: DeskRequest, number: str) -> Any:
    """The ten seconds after closing."""
    ticket = find.ticket(request, number)
    if not told(
        request, lambda: enquiries.undo_close(ticket_id=ticket.pk, actor=request.user, at=request.at)
    ):
        messages.info(request, _now("The case is in progress again."))
    return redirect(ticket)


def find_call(request: DeskRequest, pk: int) -> PhoneCall:
    """A call on one's own telephone that is not wrapped up; 403 on somebody else's."""
    rows = PhoneCall.objects.filter(pk=pk, done_at__isnull=True).select_related("customer", "contact")
    found = get_object_or_404(rows)
    if found.operator_id != request.user.pk:
        raise PermissionDenied
    return found


def find_known_call(request: DeskRequest, pk: int) -> PhoneCall:
    """The same, when it is clear who calls."""
    found = find_call(request, pk)
    if found.customer_id is None:
        raise Http404
    return found


def about_call(ticket: Ticket, request: DeskRequest) -> Ticket:
    """Put the running call, if it is about no case yet, on this one (A2)."""
    contact = calls.current_contact(request.user, ticket.customer_id, request.at)
    if contact is not None and contact.ticket_id is None:
        contacts.attach_ticket(contact_id=contact.pk, ticket_id=ticket.pk, actor=request.user, at=request.at)
    return ticket


def to_undo(request: DeskRequest, subject: Any, outcome: Ticket) -> str:
    """Where a closing is taken back."""
    return reverse("tickets:undo_close", args=[outcome.number])


enquiry = Deed(
    title=_("Plain enquiry"),
    lead=_("Opens the case, puts the call on it and closes it: asked, answered, confirmed by the customer."),
    submit=_("Answered and closed"),
    form=EnquiryForm,
    find=find.customer,
    do=lambda request, customer, data: enquiries.close_enquiry(
        customer_id=customer.pk,
        contact_id=calls.current_contact_id(request.user, customer.pk, request.at),
        actor=request.user,
        at=request.at,
        **data,
    ),
    leads_to=lambda customer, outcome: (outcome or customer).get_absolute_url(),
    beside=lambda request, customer: {"owed": owed_to(customer_id=customer.pk, staff=request.user)},
    done=_("Answered and closed."),
    undo=to_undo,
    template="tickets/end_call.html",
).view()

call_ticket = Deed(
    title=_("Open a ticket"),
    submit=_("Open the ticket"),
    form=NewTicketForm,
    find=find_known_call,
    do=lambda request, call, data: about_call(
        tickets.open_ticket(
            customer_id=call.customer_id,
            desk_id=data["desk"].pk,
            kind=data["kind"],
            subject=data["subject"],
            priority=data["priority"],
            actor=request.user,
            at=request.at,
        ),
        request,
    ),
    leads_to=lambda _call, outcome: outcome.get_absolute_url() if outcome else reverse("tickets:call"),
    done=_("The ticket is open."),
).view()

register_caller = Deed(
    title=_("A caller we do not know yet"),
    submit=_("Register"),
    form=CallerForm,
    find=find_call,
    do=lambda request, call, data: cti.register_caller(
        call_id=call.pk, actor=request.user, at=request.at, **data
    ),
    leads_to=lambda _call, _outcome: reverse("tickets:call"),
).view()


def _sees(request: DeskRequest, customer: Customer) -> bool:
    return (
        not request.user.is_partner
        or Customer.objects.visible_to(request.user).filter(pk=customer.pk).exists()
    )


def _card(request: DeskRequest, line: calls.Line) -> dict[str, Any]:
    """What the card of the caller says: all of it of who may see the customer, the name alone to a partner."""
    if line.customer is None:
        return {"matches": calls.callers(line.phone_call) if line.phone_call else []}
    if not _sees(request, line.customer):
        return {"customer": line.customer}
    owed = owed_to(customer_id=line.customer.pk, staff=request.user)
    return {
        "customer": line.customer,
        "owed": owed,
        "late": len(owed.overdue(request.at)),
        "banners": panels("banner", request, line.customer),
        "card": panels("card", request, line.customer),
        "cases": calls.open_cases(line.customer, request.user),
    }
