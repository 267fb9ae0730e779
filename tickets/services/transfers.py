"""Warm hand-overs between desks (取次, A3): the context travels, the sender stays responsible until accepted.

While the other desk is closed a hand-over becomes a callback from it. "Please call again" does not exist.
"""

from __future__ import annotations

import datetime as dt

from django.utils.translation import gettext_lazy as _

from tickets.access import require_customer
from tickets.business_time import is_open
from tickets.errors import NotAllowed, Refused
from tickets.models import Desk, PromiseKind, Staff, Ticket, Transfer
from tickets.models.contacts import HOLD_OFFER_SECONDS
from tickets.queries.calendars import hours_of
from tickets.service import service
from tickets.services.callbacks import arrange_callback
from tickets.services.contacts import lock_contact, pass_leg
from tickets.services.locking import lock_ticket
from tickets.services.promises import Window, keep_promise, open_promise, void_promise
from tickets.services.ticket_rows import record, save_ticket
from tickets.services.timeline import announce


@service
def offer_transfer(
    *,
    ticket_id: int,
    to_desk_id: int,
    context: str,
    at: dt.datetime,
    actor: Staff,
    contact_id: int | None = None,
    window: Window | None = None,
    number: str = "",
) -> Transfer:
    """Offer the case, and the call if one runs, to another desk with what it must know. Anyone at any desk.

    The sender owes it until somebody there accepts. When that desk is closed it becomes a callback from it at once,
    at its next opening or in `window`; look at `status` of what is returned.
    """
    ticket = lock_ticket(ticket_id, actor)
    if not context.strip():
        raise Refused("A3", _("Say what the other desk must know, so that the customer need not repeat it."))
    desk = Desk.objects.get(pk=to_desk_id)
    transfer = _offer(ticket, desk, context, at=at, actor=actor, contact_id=contact_id)
    record(
        ticket, "transfer.offered", at=at, actor=actor, contact_id=contact_id, summary=context,
        transfer=transfer.pk, to_desk=desk.pk,
    )  # fmt: skip
    announce(topic="desk", ref=str(desk.pk), at=at)
    if is_open(hours_of(desk.calendar_id), at):
        return transfer
    return become_callback(transfer_id=transfer.pk, at=at, actor=actor, window=window, number=number)


@service
def accept_transfer(*, transfer_id: int, at: dt.datetime, actor: Staff) -> Transfer:
    """The receiving desk takes over: the case and a leg of the call are now theirs. Only its own people (A3)."""
    transfer, ticket = _locked(transfer_id, actor)
    if actor.desk_id != transfer.to_desk_id:
        raise NotAllowed("A3", _("A hand-over is accepted at the desk it was offered to."))
    transfer.accept(by_id=actor.pk, at=at)
    transfer.save(update_fields=["status", "accepted_by", "accepted_at"])
    ticket.desk_id, ticket.assignee_id = transfer.to_desk_id, actor.pk
    save_ticket(ticket, "desk", "assignee")
    if transfer.contact_id is not None:
        contact = lock_contact(transfer.contact_id, actor)
        if contact.ended_at is None:
            pass_leg(contact=contact, staff=actor, at=at)
    record(
        ticket,
        "transfer.accepted",
        at=at,
        actor=actor,
        contact_id=transfer.contact_id,
        summary=transfer.context,
    )
    keep_promise(promise_id=transfer.promise_id, at=at, actor=actor)
    return transfer


@service
def take_back(*, transfer_id: int, at: dt.datetime, actor: Staff) -> Transfer:
    """The sending desk deals with it after all."""
    transfer, ticket = _locked(transfer_id, actor)
    if actor.desk_id != transfer.from_desk_id:
        raise NotAllowed("A3", _("A hand-over is taken back by the desk that offered it."))
    transfer.take_back()
    transfer.save(update_fields=["status"])
    record(ticket, "transfer.taken_back", at=at, actor=actor, summary=transfer.context)
    void_promise(
        promise_id=transfer.promise_id, at=at, actor=actor, reason=str(_("Taken back by the sender"))
    )
    return transfer


@service
def become_callback(
    *, transfer_id: int, at: dt.datetime, actor: Staff | None, window: Window | None = None, number: str = ""
) -> Transfer:
    """Nobody can take it now: the other desk owes the customer a callback, with the context as its purpose."""
    transfer, ticket = _locked(transfer_id, actor)
    transfer.become_callback()
    transfer.save(update_fields=["status"])
    arrange_callback(
        ticket_id=ticket.pk, purpose=transfer.context[:300], at=at, actor=actor, window=window, number=number,
        desk_id=transfer.to_desk_id, contact_id=transfer.contact_id,
    )  # fmt: skip
    record(ticket, "transfer.became_callback", at=at, actor=actor, summary=transfer.context)
    void_promise(promise_id=transfer.promise_id, at=at, actor=actor, reason=str(_("Became a callback")))
    return transfer


def _offer(
    ticket: Ticket, desk: Desk, context: str, *, at: dt.datetime, actor: Staff, contact_id: int | None
) -> Transfer:
    if desk.pk == actor.desk_id:
        raise Refused("A3", _("This is your own desk: take the case yourself."))
    if Transfer.objects.filter(ticket=ticket, status=Transfer.Status.OFFERED).exists():
        raise Refused("A3", _("It is already offered to a desk; take that back first."))
    promise = open_promise(
        ticket_id=ticket.pk, kind=PromiseKind.TRANSFER, at=at, actor=actor, owner_id=actor.pk, desk_id=actor.desk_id,
        what=str(_("Hand-over to %(desk)s")) % {"desk": desk}, due_at=at + dt.timedelta(seconds=HOLD_OFFER_SECONDS),
    )  # fmt: skip
    return Transfer.objects.create(
        ticket=ticket, contact_id=contact_id, from_desk_id=actor.desk_id, to_desk=desk, context=context,
        offered_by=actor, offered_at=at, promise=promise,
    )  # fmt: skip


def _locked(transfer_id: int, actor: Staff | None) -> tuple[Transfer, Ticket]:
    """The ticket first, then the hand-over."""
    ticket_id = Transfer.objects.values_list("ticket_id", flat=True).get(pk=transfer_id)
    ticket = lock_ticket(ticket_id, actor)
    require_customer(actor, ticket.customer_id)
    return Transfer.objects.select_for_update(no_key=True).get(pk=transfer_id), ticket
