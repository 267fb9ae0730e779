"""How a case ends, comes back, or goes into another (A13, A14). The database asks every question here again."""

from __future__ import annotations

import datetime as dt

from django.utils.translation import gettext_lazy as _

from tickets.business_time import add_business_days
from tickets.errors import Refused
from tickets.models import (
    Contact,
    OutboxMessage,
    Promise,
    PromiseKind,
    Question,
    Staff,
    Ticket,
    TicketLink,
    Tier,
)
from tickets.queries.calendars import hours_of_desk, ordinary_hours
from tickets.service import service
from tickets.services.locking import lock_ticket
from tickets.services.outbox import put_mail
from tickets.services.promises import open_promise
from tickets.services.surveys import offer as offer_survey
from tickets.services.ticket_rows import record, save_ticket
from tickets.services.tickets import open_ticket

NOTICE_DAYS = 10
FOLLOW_UP_DAYS = 5
AFTERWARDS = (PromiseKind.FOLLOW_UP, PromiseKind.SURVEY_CALL)
# What moves with a merge: promises that are nothing more than themselves. The rest belongs to a row of its own
# (a demand, a complaint, a milestone) that stays on its case; merge the other way round, or end it first.
MOVABLE = (PromiseKind.CALLBACK, PromiseKind.APOLOGY, *AFTERWARDS)


@service
def resolve(*, ticket_id: int, resolution: str, at: dt.datetime, actor: Staff | None) -> Ticket:
    """All that was owed is kept and every question answered. Whoever works on it may; `Refused` A13, A6, A5, A11.

    The satisfaction survey is offered, withheld as long as E2 says.
    """
    ticket = lock_ticket(ticket_id, actor)
    _refuse_while_owed(ticket)
    ticket.resolve(at=at, resolution=resolution)
    save_ticket(ticket, "status", "resolved_at", "resolution")
    record(ticket, "ticket.resolved", at=at, actor=actor, summary=resolution)
    offer_survey(ticket_id=ticket.pk, at=at)
    return ticket


@service
def send_closing_notice(
    *, ticket_id: int, subject: str, body: str, at: dt.datetime, actor: Staff | None
) -> Ticket:
    """Mail the customer that the resolved case will be closed unless they object (A13).

    The ten business days run from the moment the mail server took it. `Refused` without an address: write a letter
    and log it as a contact with its tracking number.
    """
    ticket = lock_ticket(ticket_id, actor)
    if ticket.status != Ticket.Status.RESOLVED:
        raise Refused("A13", _("Only a resolved case is announced as closing."))
    if not ticket.customer.email:
        raise Refused(
            "A13",
            _("The customer has no mail address; send a letter and record it with its tracking number."),
        )
    message = put_mail(
        key=f"closing_notice:{ticket.pk}:{ticket.version}", to=ticket.customer.email, subject=subject, body=body,
        at=at, customer_id=ticket.customer_id, ticket_id=ticket.pk,
        owed_again=False,  # the ten days run from the sending alone
    )  # fmt: skip
    ticket.closing_notice = message
    save_ticket(ticket, "closing_notice")
    record(ticket, "ticket.closing_notice", at=at, actor=actor, summary=subject)
    return ticket


@service
def close(*, ticket_id: int, at: dt.datetime, actor: Staff | None, contact_id: int | None = None) -> Ticket:
    """Close a resolved case: with the contact in which the customer confirmed it, or after the proven notice (A13).

    A letter's contact (channel letter, with tracking number) counts as a notice. Closing a complaint's case owes a
    follow-up by a leader within five business days (A14).
    """
    ticket = lock_ticket(ticket_id, actor)
    contact = Contact.objects.filter(pk=contact_id).first() if contact_id else None
    if contact and contact.channel != Contact.Channel.LETTER:
        ticket.close(at=at, basis=Ticket.ClosingBasis.CONFIRMED, contact_id=contact.pk)
    else:
        _prove_notice(ticket, contact, at)
        ticket.close(at=at, basis=Ticket.ClosingBasis.NOTICE, contact_id=contact.pk if contact else None)
    save_ticket(
        ticket, "status", "closed_at", "closing_basis", "closing_contact",
        "closing_notice_sent_at", "closing_notice_until",
    )  # fmt: skip
    record(ticket, "ticket.closed", at=at, actor=actor, contact_id=contact_id, basis=ticket.closing_basis)
    _owe_follow_up(ticket, at=at, actor=actor)
    return ticket


@service
def reopen(
    *, ticket_id: int, reason: str, at: dt.datetime, actor: Staff | None, contact_id: int | None = None
) -> Ticket:
    """The customer disagrees, or it happened again. Anyone may; it goes to the head of its own waiting again."""
    ticket = lock_ticket(ticket_id, actor)
    ticket.reopen()
    save_ticket(
        ticket, "status", "resolved_at", "closed_at", "closing_basis", "closing_contact", "closing_notice",
        "closing_notice_sent_at", "closing_notice_until",
    )  # fmt: skip
    record(ticket, "ticket.reopened", at=at, actor=actor, contact_id=contact_id, summary=reason)
    return ticket


@service
def recur(
    *,
    ticket_id: int,
    what: str,
    at: dt.datetime,
    actor: Staff | None,
    contact_id: int | None = None,
    recurrence_id: int | None = None,
) -> Ticket:
    """It happened again: the earlier case is open again, and whatever was opened for it meanwhile is linked (A13).

    `recurrence_id`: the case already opened for the recurrence. A withdrawn case cannot come back: a new one is
    opened that recurs of it. Returns the case to work on, which is the earlier one wherever possible.
    """
    earlier = lock_ticket(ticket_id, actor)
    if earlier.status == Ticket.Status.CANCELLED:
        fresh_id = recurrence_id or _open_again(earlier, what, at=at, actor=actor).pk
        _link(fresh_id, earlier, what)
        return lock_ticket(fresh_id, actor)
    if recurrence_id is not None:
        _link(recurrence_id, earlier, what)
    if earlier.is_open:
        record(earlier, "ticket.recurred", at=at, actor=actor, contact_id=contact_id, summary=what)
        return earlier
    return reopen(ticket_id=ticket_id, reason=what, at=at, actor=actor, contact_id=contact_id)


@service
def cancel(*, ticket_id: int, contact_id: int, words: str, at: dt.datetime, actor: Staff | None) -> Ticket:
    """The customer withdraws the case, in a contact and in their words. `Refused` A13 while anything is owed."""
    ticket = lock_ticket(ticket_id, actor)
    _refuse_while_owed(ticket)
    ticket.cancel(at=at, resolution=words, contact_id=contact_id)
    save_ticket(ticket, "status", "closed_at", "resolution", "closing_contact")
    record(ticket, "ticket.cancelled", at=at, actor=actor, contact_id=contact_id, summary=words)
    return ticket


@service
def merge(*, ticket_id: int, into_id: int, at: dt.datetime, actor: Staff | None) -> Ticket:
    """Two cases are one: this one goes into the other with what is owed on it. Returns the other.

    `Refused` A13 while it owes what cannot move (a complaint's decision, a demand, an unanswered question): merge the
    other way round.
    """
    # Two merges that cross lock in one order.
    locked = {pk: lock_ticket(pk, actor) for pk in sorted((ticket_id, into_id))}
    ticket, into = locked[ticket_id], locked[into_id]
    if ticket.customer_id != into.customer_id:
        raise Refused("A13", _("The two cases are not of the same customer."))
    _refuse_unless_movable(ticket)
    ticket.merged_into = into
    save_ticket(ticket, "merged_into")
    moved = Promise.objects.open().filter(ticket=ticket).update(ticket=into)
    ticket.cancel(at=at, resolution=str(_("Merged into %(number)s")) % {"number": into.number})
    save_ticket(ticket, "status", "closed_at", "resolution", "closing_contact")
    TicketLink.objects.get_or_create(ticket=into, earlier=ticket, defaults={"why": ticket.resolution})
    record(ticket, "ticket.merged", at=at, actor=actor, summary=ticket.resolution, into=into.pk)
    record(into, "ticket.absorbed", at=at, actor=actor, absorbed=ticket.pk, promises=moved)
    return into


def _refuse_while_owed(ticket: Ticket) -> None:
    """Say in the person's language what the database would say; it says it again under the lock."""
    owed = Promise.objects.open().filter(ticket=ticket).exclude(kind__in=AFTERWARDS)
    kinds = sorted({str(promise.get_kind_display()) for promise in owed})
    if kinds:
        raise Refused("A13", _("Still owed: %(what)s.") % {"what": ", ".join(kinds)})
    if Question.objects.filter(ticket=ticket, status="open").exists():
        raise Refused("A6", _("A question that the customer asked is still unanswered."))


def _refuse_unless_movable(ticket: Ticket) -> None:
    bound = Promise.objects.open().filter(ticket=ticket).exclude(kind__in=MOVABLE)
    if bound.exists() or Question.objects.filter(ticket=ticket, status="open").exists():
        raise Refused("A13", _("What is owed on this case cannot move; merge the other case into this one."))


def _prove_notice(ticket: Ticket, letter: Contact | None, at: dt.datetime) -> None:
    sent_at = letter.ended_at if letter else _mail_sent_at(ticket.closing_notice_id)
    if sent_at is None:
        raise Refused(
            "A13",
            _("Closing needs the customer's confirmation, or a notice that is proven to have been sent."),
        )
    until = add_business_days(ordinary_hours(), sent_at, NOTICE_DAYS)
    if at < until:
        raise Refused("A13", _("The ten business days after the notice are not over."))
    ticket.closing_notice_sent_at, ticket.closing_notice_until = sent_at, until


def _mail_sent_at(message_id: int | None) -> dt.datetime | None:
    if message_id is None:
        return None
    found = OutboxMessage.objects.filter(pk=message_id, status="sent")
    return found.values_list("sent_at", flat=True).first()


def _owe_follow_up(ticket: Ticket, *, at: dt.datetime, actor: Staff | None) -> None:
    if not hasattr(ticket, "complaint"):
        return
    open_promise(
        ticket_id=ticket.pk, kind=PromiseKind.FOLLOW_UP, what=str(_("Ask how it has gone since")), at=at, actor=actor,
        due_at=add_business_days(hours_of_desk(ticket.desk_id), at, FOLLOW_UP_DAYS), tier=Tier.LEADER,
    )  # fmt: skip


def _open_again(earlier: Ticket, what: str, *, at: dt.datetime, actor: Staff | None) -> Ticket:
    return open_ticket(
        customer_id=earlier.customer_id, desk_id=earlier.desk_id, kind=earlier.kind, subject=what[:200], at=at,
        actor=actor, priority=earlier.priority, recurs_of_id=earlier.pk,
    )  # fmt: skip


def _link(recurrence_id: int, earlier: Ticket, why: str) -> None:
    Ticket.objects.filter(pk=recurrence_id, recurs_of__isnull=True).update(recurs_of=earlier)
    TicketLink.objects.get_or_create(ticket_id=recurrence_id, earlier=earlier, defaults={"why": why[:200]})
