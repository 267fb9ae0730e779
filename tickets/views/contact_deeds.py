"""Contacts, callbacks, promises and hand-overs (A1-A4, A10)."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from tickets.dates import day_of
from tickets.formats import phone_text
from tickets.forms import contacts as forms
from tickets.forms.tickets import ReasonForm
from tickets.models import Contact, Customer, Promise, Ticket, Tier, Transfer
from tickets.panels import place_of
from tickets.queries.calls import current_contact, current_contact_id
from tickets.queries.owed import owed_to
from tickets.rights import at_least
from tickets.services import alerts, callbacks, contacts, holds, promises, symptoms, transfers
from tickets.views import find
from tickets.views.deed import Deed
from tickets.views.screen import DEED, DeskRequest, screen, told


def case_of(subject: Any, outcome: Any) -> str:
    """Back to the case."""
    return str(subject.ticket.get_absolute_url())


log = Deed(
    title=_("Log a contact"),
    form=forms.LogContactForm,
    find=find.ticket,
    do=lambda request, ticket, data: contacts.log_contact(
        customer_id=ticket.customer_id, ticket_id=ticket.pk, actor=request.user, at=request.at, **data
    ),
).view()


def _to_call_back(request: DeskRequest, ticket: Ticket) -> dict[str, Any]:
    """The number of the running call, else the customer's own, and today as the day: the times are agreed."""
    call = current_contact(request.user, ticket.customer_id, request.at)
    own = ticket.customer.phones.order_by("-is_preferred", "pk").first()
    number = call.number if call and call.number else own.e164 if own else ""
    today = [day_of(request.at), None]
    return {"number": phone_text(number), "window_from": today, "window_until": today}


callback = Deed(
    title=_("Promise a callback"),
    submit=_("Promise it"),
    form=forms.CallbackForm,
    find=find.ticket,
    initial=_to_call_back,
    do=lambda request, ticket, data: callbacks.arrange_callback(
        ticket_id=ticket.pk,
        purpose=data["purpose"],
        number=data["number"],
        window=(data["window_from"], data["window_until"]),
        contact_id=current_contact_id(request.user, ticket.customer_id, request.at),
        actor=request.user,
        at=request.at,
    ),
).view()

attempt = Deed(
    title=_("Nobody was reached"),
    form=forms.AttemptForm,
    find=find.promise,
    do=lambda request, promise, data: callbacks.record_attempt(
        promise_id=promise.pk, actor=request.user, at=request.at, **data
    ),
    leads_to=case_of,
).view()


@screen()
def promise_place(request: DeskRequest, pk: int) -> Any:
    """To where this promise is ended: the order, the demand, the decision; else to its case."""
    return redirect(place_of(find.promise(request, pk)))


keep = Deed(
    title=_("It has been done"),
    submit=_("Kept"),
    form=forms.KeepForm,
    find=find.promise,
    do=lambda request, promise, data: promises.keep_promise(
        promise_id=promise.pk,
        note=data["note"],
        contact_id=_contact_for(request, promise),
        actor=request.user,
        at=request.at,
    ),
    leads_to=case_of,
).view()

void = Deed(
    title=_("No longer owed"),
    submit=_("No longer owed"),
    form=ReasonForm,
    find=find.promise,
    do=lambda request, promise, data: promises.void_promise(
        promise_id=promise.pk,
        reason=data["reason"],
        contact_id=_contact_for(request, promise),
        actor=request.user,
        at=request.at,
    ),
    leads_to=case_of,
).view()

move = Deed(
    title=_("Another time, agreed with the customer"),
    form=forms.MoveForm,
    find=find.promise,
    do=lambda request, promise, data: promises.move_promise(
        promise_id=promise.pk,
        contact_id=_contact_for(request, promise) or 0,
        new_due_at=data["window_until"],
        window=(data["window_from"], data["window_until"]),
        reason=data["reason"],
        actor=request.user,
        at=request.at,
    ),
    leads_to=case_of,
).view()

transfer = Deed(
    title=_("Hand over to another desk"),
    submit=_("Hand over"),
    lead=_(
        "You stay responsible until the other desk accepts. While it is closed, a callback is promised instead."
    ),
    form=forms.TransferForm,
    find=find.ticket,
    do=lambda request, ticket, data: transfers.offer_transfer(
        ticket_id=ticket.pk,
        to_desk_id=data["to_desk"].pk,
        context=data["context"],
        contact_id=_running(request, ticket.customer_id),
        actor=request.user,
        at=request.at,
    ),
).view()

symptom = Deed(
    title=_("Symptoms"),
    form=forms.SymptomForm,
    find=find.ticket,
    do=lambda request, ticket, data: symptoms.record_symptom(
        ticket_id=ticket.pk,
        contact_id=current_contact_id(request.user, ticket.customer_id, request.at),
        actor=request.user,
        at=request.at,
        **data,
    ),
).view()

public_post = Deed(
    title=_("Link a public post"),
    form=forms.PublicPostForm,
    find=find.ticket,
    do=lambda request, ticket, data: symptoms.link_post(
        ticket_id=ticket.pk, actor=request.user, at=request.at, **data
    ),
).view()


def find_contact(request: DeskRequest, pk: int) -> Contact:
    """A contact of a customer the person sees."""
    return get_object_or_404(Contact.objects.visible_to(request.user).select_related("ticket"), pk=pk)


def _end_call(request: DeskRequest, contact: Contact, data: dict[str, Any]) -> str:
    """End it; the address of the next step that was chosen, empty when nothing more is to be done."""
    step = data.pop("next_step")
    contacts.end_call(contact_id=contact.pk, actor=request.user, at=request.at, **data)
    about = contact.ticket or contact.customer
    return reverse(f"tickets:{step}", args=[about.number]) if step else ""


end_call = Deed(
    title=_("Wrap up the call"),
    submit=_("Close the call"),
    form=forms.EndCallForm,
    find=find_contact,
    do=_end_call,
    leads_to=lambda contact, step: step or (contact.ticket or contact.customer).get_absolute_url(),
    beside=lambda request, contact: {"owed": owed_to(customer_id=contact.customer_id, staff=request.user)},
    template="tickets/end_call.html",
).view()


@screen(methods=DEED)
def start_call(request: DeskRequest, number: str) -> Any:
    """A call with this customer begins now: inbound unless `direction` says out."""
    customer: Customer = find.customer(request, number)
    direction = "out" if request.POST.get("direction") == "out" else "in"
    case = request.POST.get("ticket")
    ticket = find.ticket(request, case) if case else None
    contacts.start_call(
        customer_id=customer.pk,
        direction=direction,
        ticket_id=ticket.pk if ticket else None,
        actor=request.user,
        at=request.at,
    )
    return redirect(ticket or customer)


@screen(methods=DEED)
def hold_call(request: DeskRequest, pk: int) -> Any:
    """Put the customer on hold."""
    contact = find_contact(request, pk)
    holds.hold_call(contact_id=contact.pk, actor=request.user, at=request.at)
    return redirect(contact.ticket or contact.customer)


@screen(methods=DEED)
def resume_call(request: DeskRequest, pk: int) -> Any:
    """Take the customer back; after 300 seconds a callback is to be offered (A4)."""
    contact = find_contact(request, pk)
    state = holds.resume_call(contact_id=contact.pk, actor=request.user, at=request.at)
    if state.offer_callback:
        messages.warning(request, _now("The customer waited %d seconds: offer a callback.") % state.seconds)
    return redirect(contact.ticket or contact.customer)


@screen(methods=DEED)
def offer_from_hold(request: DeskRequest, pk: int) -> Any:
    """The customer who has waited on hold was offered a callback (A4)."""
    contact = find_contact(request, pk)
    accepted = request.POST.get("accepted") == "1"
    callbacks.offer_from_hold(contact_id=contact.pk, accepted=accepted, actor=request.user, at=request.at)
    return redirect(contact.ticket or contact.customer)


@screen(at_least(Tier.SV), methods=DEED)
def join_call(request: DeskRequest, pk: int) -> Any:
    """An SV joins a running call (A15)."""
    contact = find_contact(request, pk)
    contacts.join_call(contact_id=contact.pk, actor=request.user, at=request.at)
    return redirect(contact.ticket or contact.customer)


@screen(at_least(Tier.LEADER), methods=DEED)
def take_over_call(request: DeskRequest, pk: int) -> Any:
    """A leader goes on with the customer in place of whoever is on the call (F)."""
    contact = find_contact(request, pk)
    refused = told(
        request, lambda: contacts.take_over_call(contact_id=contact.pk, actor=request.user, at=request.at)
    )
    return redirect("tickets:live_calls" if refused else contact.ticket or contact.customer)


def find_transfer(request: DeskRequest, pk: int) -> Transfer:
    """A hand-over of a case the person sees."""
    find_one = find.on_visible_ticket(Transfer)
    found: Transfer = find_one(request, pk)
    return found


@screen(methods=DEED)
def accept_transfer(request: DeskRequest, pk: int) -> Any:
    """The receiving desk takes over (A3)."""
    transfer = find_transfer(request, pk)
    transfers.accept_transfer(transfer_id=transfer.pk, actor=request.user, at=request.at)
    return redirect(transfer.ticket)


@screen(methods=DEED)
def take_back(request: DeskRequest, pk: int) -> Any:
    """The sending desk deals with it after all."""
    transfer = find_transfer(request, pk)
    transfers.take_back(transfer_id=transfer.pk, actor=request.user, at=request.at)
    return redirect(transfer.ticket)


@screen(methods=DEED)
def take_promise(request: DeskRequest, pk: int) -> Any:
    """Make something owed one's own to keep."""
    promise = find.promise(request, pk)
    promises.take_promise(promise_id=promise.pk, actor=request.user, at=request.at)
    return redirect(promise.ticket)


@screen(at_least(Tier.SV), methods=DEED)
def see_alert(request: DeskRequest, pk: int) -> Any:
    """An SV has looked at it (A15)."""
    from tickets.models import Alert

    alert = find.on_visible_ticket(Alert)(request, pk)
    alerts.see_alert(alert_id=alert.pk, actor=request.user, at=request.at)
    return redirect(alert.ticket)


def _contact_for(request: DeskRequest, promise: Promise) -> int | None:
    return current_contact_id(request.user, promise.customer_id, request.at)


def _running(request: DeskRequest, customer_id: int) -> int | None:
    """The call that goes on now; one that has ended cannot be handed over."""
    contact = current_contact(request.user, customer_id)
    return contact.pk if contact and contact.ended_at is None else None
