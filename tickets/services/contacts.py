"""Contacts with the customer: calls with their legs, mails, letters, visits (応対; A1-A3).

There is no ending "please call again" (A3): `end_call` and `log_contact` refuse it and say what to do instead.
"""

from __future__ import annotations

import datetime as dt

from django.db.models import Max, Sum
from django.utils.translation import gettext_lazy as _

from tickets.access import calls_from_own_number, require_customer, require_tier
from tickets.births import born
from tickets.errors import Refused
from tickets.models import Contact, ContactLeg, PhoneCall, Staff, Tier, Transfer
from tickets.search import to_e164
from tickets.service import service
from tickets.services.alerts import note_call_end, note_call_start, note_repeat_call
from tickets.services.holds import close_hold
from tickets.services.locking import lock_ticket
from tickets.services.timeline import announce, append_entry

CALL_AGAIN = "call_again"
KINDS = {
    "mail": "contact.mail",
    "letter": "contact.letter",
    "web": "contact.web",
    "voicemail": "contact.voicemail",
}


@service
def log_contact(
    *,
    customer_id: int,
    channel: str,
    direction: str,
    result: str,
    at: dt.datetime,
    actor: Staff | None,
    desk_id: int | None = None,
    ticket_id: int | None = None,
    number: str = "",
    summary: str = "",
    started_at: dt.datetime | None = None,
    recording_ref: str = "",
) -> Contact:
    """Write down a contact that is over: a mail, a letter, a visit, or a call made without the call bar.

    `at`: when it ended. `desk_id`: the actor's desk unless named (the system must name it). `Refused` A3 for
    "please call again".
    """
    desk = _desk_of(actor, desk_id)
    _refuse_call_again(result)
    require_customer(actor, customer_id)
    if ticket_id is not None:
        lock_ticket(ticket_id, actor)
    contact = born(Contact(
        customer_id=customer_id, ticket_id=ticket_id, channel=channel, direction=direction, operator=actor,
        desk_id=desk, number=to_e164(number) or "", started_at=started_at or at, ended_at=at, result=result,
        recording_ref=recording_ref, summary=summary,
    ))  # fmt: skip
    if channel == Contact.Channel.PHONE:
        _add_leg(contact, 1, desk_id=desk, staff=actor, at=contact.started_at, ended_at=at)
    _record(contact, kind_of(contact), at=at, actor=actor)
    if ticket_id is not None:
        note_repeat_call(contact=contact, at=at)
    return contact


@service
def start_call(
    *,
    customer_id: int,
    direction: str,
    at: dt.datetime,
    actor: Staff,
    number: str = "",
    call_ref: str = "",
    ticket_id: int | None = None,
) -> Contact:
    """A call begins, with its first leg at the actor's desk. `call_ref`: the telephony's id, once only (A2).

    A partner answers a customer not yet shared with them only when the call comes from that customer's own number.
    """
    e164 = to_e164(number) or ""
    if not (direction == Contact.Direction.INBOUND and calls_from_own_number(customer_id, e164)):
        require_customer(actor, customer_id)
    if ticket_id is not None:
        lock_ticket(ticket_id, actor)
    contact = born(Contact(
        customer_id=customer_id, ticket_id=ticket_id, channel=Contact.Channel.PHONE, direction=direction,
        operator=actor, desk_id=actor.desk_id, number=e164, started_at=at, call_ref=call_ref,
    ))  # fmt: skip
    _add_leg(contact, 1, desk_id=actor.desk_id, staff=actor, at=at)
    _record(contact, kind_of(contact), at=at, actor=actor)
    note_call_start(contact=contact, at=at)
    return contact


@service
def attach_ticket(*, contact_id: int, ticket_id: int, at: dt.datetime, actor: Staff) -> Contact:
    """Say which case the call is about; once, and a case of the same customer (A1)."""
    ticket = lock_ticket(ticket_id, actor)
    contact = lock_contact(contact_id, actor)
    contact.ticket = ticket
    contact.save(update_fields=["ticket"])
    _record(contact, "contact.about", at=at, actor=actor, summary=ticket.subject)
    note_repeat_call(contact=contact, at=at)
    return contact


@service
def end_call(
    *,
    contact_id: int,
    result: str,
    at: dt.datetime,
    actor: Staff,
    summary: str = "",
    recording_ref: str = "",
    after_call_seconds: int = 0,
) -> Contact:
    """The call is over: its result, its legs and holds closed.

    `Refused` A3 for "please call again", and while a hand-over of this call waits to be accepted: until then the
    sender is responsible. A result "callback" needs the callback promised (A10). When the telephone system has told
    that it was hung up, it ended then; the time since is after-call work (後処理).
    """
    contact = lock_contact(contact_id, actor)
    _refuse_call_again(result)
    if Transfer.objects.filter(contact=contact, status=Transfer.Status.OFFERED).exists():
        raise Refused(
            "A3",
            _("The other desk has not accepted yet: stay on the call, take it back, or promise a callback."),
        )
    ended_at = _hung_up_at(contact, at)
    _close_legs(contact, ended_at)
    contact.result, contact.ended_at = result, ended_at
    contact.summary, contact.recording_ref = (
        summary or contact.summary,
        recording_ref or contact.recording_ref,
    )
    contact.after_call_seconds = after_call_seconds or int((at - ended_at).total_seconds())
    contact.save(update_fields=["result", "ended_at", "summary", "recording_ref", "after_call_seconds"])
    held = contact.legs.aggregate(seconds=Sum("hold_seconds"))["seconds"] or 0
    _record(contact, "contact.ended", at=at, actor=actor, result=result, hold_seconds=held)
    note_call_end(contact=contact, at=ended_at)
    return contact


@service
def join_call(*, contact_id: int, at: dt.datetime, actor: Staff) -> ContactLeg:
    """An SV or above joins a running call with a leg of their own (A15)."""
    require_tier(actor, Tier.SV, rule="A15")
    contact = lock_contact(contact_id, actor)
    if contact.ended_at is not None:
        raise Refused("A15", _("The call is over."))
    leg = _add_leg(contact, _next_seq(contact), desk_id=actor.desk_id, staff=actor, at=at)
    _record(contact, "contact.joined", at=at, actor=actor, summary=actor.name)
    return leg


@service
def take_over_call(*, contact_id: int, at: dt.datetime, actor: Staff) -> ContactLeg:
    """A leader or above goes on with the customer in place of whoever is on a running call (F, B4).

    Nobody has to offer it and nobody can keep it: the legs that run end, a hold with them, and one of the actor's begins.
    Who answered first stays on record. A call that the telephone told of is on the actor's telephone from now on.
    """
    require_tier(actor, Tier.LEADER, rule="B4")
    contact = lock_contact(contact_id, actor)
    running = contact.legs.filter(ended_at__isnull=True)
    if contact.ended_at is not None or contact.channel != Contact.Channel.PHONE:
        raise Refused("B4", _("The call is over."))
    before = {staff for staff in running.values_list("staff_id", flat=True) if staff is not None}
    if before == {actor.pk}:
        raise Refused("B4", _("You are on this call already."))
    PhoneCall.objects.filter(contact=contact, ended_at__isnull=True).update(operator=actor, held_since=None)
    leg = pass_leg(contact=contact, staff=actor, at=at)
    _record(contact, "contact.taken_over", at=at, actor=actor, summary=actor.name)
    for told in before | {actor.pk}:
        announce(topic="call", ref=str(told), at=at)
    return leg


def pass_leg(*, contact: Contact, staff: Staff, at: dt.datetime) -> ContactLeg:
    """Close the legs that run and go on with one at `staff`'s desk. For hand-overs; the contact is locked."""
    _close_legs(contact, at)
    return _add_leg(contact, _next_seq(contact), desk_id=staff.desk_id, staff=staff, at=at)


def lock_contact(contact_id: int, actor: Staff | None) -> Contact:
    """The contact, locked to the end of the transaction; `NotAllowed` A1 at a desk that may not know of it."""
    contact = Contact.objects.select_for_update(no_key=True).get(pk=contact_id)
    if actor is None or contact.desk_id != actor.desk_id:
        require_customer(actor, contact.customer_id)
    return contact


def kind_of(contact: Contact) -> str:
    """Under which kind the contact stands on the timeline."""
    if contact.channel in KINDS:
        return KINDS[contact.channel]
    if contact.result in {"no_answer", "voicemail_left", "abandoned"}:
        return f"contact.{contact.result}"
    return f"contact.{contact.direction}"


def _hung_up_at(contact: Contact, at: dt.datetime) -> dt.datetime:
    """When the telephone system says it was over; now if it says nothing. Takes the call off the operator's screen."""
    call = PhoneCall.objects.filter(contact=contact, ended_at__isnull=False).first()
    if call is None or call.ended_at is None:
        return at
    PhoneCall.objects.filter(pk=call.pk, done_at__isnull=True).update(done_at=at)
    return max(call.ended_at, contact.legs.aggregate(last=Max("started_at"))["last"] or contact.started_at)


def _refuse_call_again(result: str) -> None:
    if result == CALL_AGAIN:
        raise Refused(
            "A3",
            _(
                "Nobody is told to call again: hand the call over while the other desk is open, or promise a callback."
            ),
        )


def _desk_of(actor: Staff | None, desk_id: int | None) -> int:
    if desk_id is not None:
        return desk_id
    if actor is None:
        raise ValueError("the system names the desk")
    return actor.desk_id


def _next_seq(contact: Contact) -> int:
    return (contact.legs.aggregate(last=Max("seq"))["last"] or 0) + 1


def _add_leg(
    contact: Contact,
    seq: int,
    *,
    desk_id: int,
    staff: Staff | None,
    at: dt.datetime,
    ended_at: dt.datetime | None = None,
) -> ContactLeg:
    return born(
        ContactLeg(contact=contact, seq=seq, desk_id=desk_id, staff=staff, started_at=at, ended_at=ended_at)
    )


def _close_legs(contact: Contact, at: dt.datetime) -> None:
    for leg in contact.legs.select_for_update(no_key=True).filter(ended_at__isnull=True):
        close_hold(leg, at)
        leg.ended_at = at
        leg.save(
            update_fields=["ended_at", "held_since", "hold_seconds", "prompted_at", "callback_offered_at"]
        )


def _record(
    contact: Contact, kind: str, *, at: dt.datetime, actor: Staff | None, summary: str = "", **facts: object
) -> None:
    on_the_telephone = contact.channel == Contact.Channel.PHONE and contact.operator_id
    append_entry(
        customer_id=contact.customer_id,
        ticket_id=contact.ticket_id,
        contact_id=contact.pk,
        kind=kind,
        at=at,
        actor=actor,
        summary=summary or contact.summary,
        data={"channel": contact.channel, "direction": contact.direction, "number": contact.number, **facts},
        also=[("call", str(contact.operator_id))] if on_the_telephone else (),
    )
