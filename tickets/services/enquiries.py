"""A plain enquiry, from the answer to the closed case in one step: asked, answered, confirmed (issue: few keystrokes)."""

from __future__ import annotations

import datetime as dt

from django.utils.translation import gettext_lazy as _

from tickets.errors import Refused
from tickets.models import Contact, Staff, Ticket
from tickets.service import service
from tickets.services import contacts, endings, tickets
from tickets.services.promises import void_promise

# The screen offers it for ten seconds; the request takes a moment.
UNDO = dt.timedelta(seconds=20)


@service
def close_enquiry(
    *,
    customer_id: int,
    kind: str,
    subject: str,
    summary: str,
    at: dt.datetime,
    actor: Staff,
    contact_id: int | None = None,
) -> Ticket:
    """Open a case, put the call on it, answer, and close it with the customer's confirmation in that call (A13).

    `contact_id`: the call it was asked in, running or just over; without one a telephone contact is written down. The
    case came in when the call began, so that a customer who has hung up meanwhile has confirmed it all the same.
    `Refused` A13 when the call is about another case already; what that case owes is for its own page.
    """
    asked_at = Contact.objects.values_list("started_at", flat=True).get(pk=contact_id) if contact_id else at
    ticket = tickets.open_ticket(
        customer_id=customer_id, desk_id=actor.desk_id, kind=kind, subject=subject, at=asked_at, actor=actor
    )
    tickets.start(ticket_id=ticket.pk, at=at, actor=actor)
    contact = _contact(ticket, contact_id, summary, at=at, actor=actor)
    endings.resolve(ticket_id=ticket.pk, resolution=summary, at=at, actor=actor)
    return endings.close(ticket_id=ticket.pk, contact_id=contact.pk, at=at, actor=actor)


@service
def undo_close(*, ticket_id: int, at: dt.datetime, actor: Staff) -> Ticket:
    """Take a closing back that was a slip: the case is in progress again, and no follow-up is owed for it.

    `Refused` A13 when it is longer ago than UNDO; then the case is opened again with its reason.
    """
    ticket = Ticket.objects.get(pk=ticket_id)
    if ticket.status != Ticket.Status.CLOSED or ticket.closed_at is None or at - ticket.closed_at > UNDO:
        raise Refused("A13", _("It is too late to undo this; open the case again with the reason."))
    closed_at = ticket.closed_at
    ticket = endings.reopen(ticket_id=ticket_id, reason=str(_("Closed by mistake")), at=at, actor=actor)
    for pk in (
        ticket.promises.open().filter(kind="follow_up", opened_at=closed_at).values_list("pk", flat=True)
    ):
        void_promise(promise_id=pk, at=at, actor=actor, reason=str(_("Closed by mistake")))
    return ticket


def _contact(
    ticket: Ticket, contact_id: int | None, summary: str, *, at: dt.datetime, actor: Staff
) -> Contact:
    if contact_id is None:
        return contacts.log_contact(
            customer_id=ticket.customer_id, ticket_id=ticket.pk, channel="phone", direction="in", result="answered",
            summary=summary, at=at, actor=actor,
        )  # fmt: skip
    contact = Contact.objects.get(pk=contact_id)
    if contact.ticket_id is not None:
        raise Refused("A13", _("This call is about another case; wrap it up there."))
    contacts.attach_ticket(contact_id=contact_id, ticket_id=ticket.pk, at=at, actor=actor)
    if contact.ended_at is None:
        return contacts.end_call(
            contact_id=contact_id, result="answered", summary=summary, at=at, actor=actor
        )
    return contact
