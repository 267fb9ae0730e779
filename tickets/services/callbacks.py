"""Callbacks (折り返し, A10): purpose, owner, window, number, due time, attempts. None can vanish.

A missed one rises like every promise (`promises.raise_promise`). If the customer calls first, anyone can fulfil it.
"""

from __future__ import annotations

import datetime as dt

from django.utils.translation import gettext_lazy as _

from tickets.business_time import add_business_hours, next_open
from tickets.dates import day_of
from tickets.errors import Refused
from tickets.models import CallAttempt, Contact, CustomerPhone, Promise, PromiseKind, Staff
from tickets.queries.calendars import hours_of_desk
from tickets.search import dialable
from tickets.service import service
from tickets.services.contacts import log_contact
from tickets.services.locking import lock_promise, lock_ticket
from tickets.services.promises import Window, keep_promise, open_promise
from tickets.services.timeline import append_entry

# How long a callback's window is when the customer named none, in opening hours of the desk.
WINDOW_HOURS = 2.0
FAILED = {
    CallAttempt.Result.NO_ANSWER: Contact.Result.NO_ANSWER,
    CallAttempt.Result.BUSY: Contact.Result.NO_ANSWER,
    CallAttempt.Result.VOICEMAIL: Contact.Result.VOICEMAIL_LEFT,
    CallAttempt.Result.WRONG_NUMBER: Contact.Result.NO_ANSWER,
}


@service
def arrange_callback(
    *,
    ticket_id: int,
    purpose: str,
    at: dt.datetime,
    actor: Staff | None,
    window: Window | None = None,
    number: str = "",
    owner_id: int | None = None,
    desk_id: int | None = None,
    contact_id: int | None = None,
) -> Promise:
    """Promise to call back, due at the end of the window.

    `window`: as agreed with the customer; without one, the next WINDOW_HOURS in which the desk is open. `number`: any
    spelling; without one, the number of the contact, else the customer's preferred one. `Refused` A10 with neither,
    without a purpose, or with a window that is over.
    """
    ticket = lock_ticket(ticket_id, actor)
    if not purpose.strip():
        raise Refused("A10", _("A callback has a purpose."))
    agreed = window or next_window(desk_id=desk_id or ticket.desk_id, at=at)
    if agreed[1] <= max(at, agreed[0]):
        raise Refused("A10", _("The window for calling back is over before it begins."))
    return open_promise(
        ticket_id=ticket_id, kind=PromiseKind.CALLBACK, what=purpose, due_at=agreed[1], at=at, actor=actor,
        owner_id=owner_id, desk_id=desk_id, window=agreed,
        number=_number(number, customer_id=ticket.customer_id, contact_id=contact_id),
    )  # fmt: skip


def next_window(*, desk_id: int, at: dt.datetime) -> Window:
    """The next WINDOW_HOURS in which the desk is open."""
    hours = hours_of_desk(desk_id)
    opens = next_open(hours, at)
    return opens, add_business_hours(hours, opens, WINDOW_HOURS)


@service
def record_attempt(
    *,
    promise_id: int,
    result: str,
    at: dt.datetime,
    actor: Staff,
    summary: str = "",
    recording_ref: str = "",
) -> CallAttempt:
    """A call about something owed that reached nobody (不在), or only the voicemail. It stays owed (A1, A10).

    What was left on the voicemail goes into `summary`; whoever answers the next call reads it at the top.
    """
    promise = lock_promise(promise_id, actor)
    if promise.status != Promise.Status.OPEN:
        raise Refused("A10", _("This is no longer owed."))
    contact = log_contact(
        customer_id=promise.customer_id, ticket_id=promise.ticket_id, channel=Contact.Channel.PHONE,
        direction=Contact.Direction.OUTBOUND, result=FAILED[CallAttempt.Result(result)], at=at, actor=actor,
        number=promise.number or _number("", customer_id=promise.customer_id, contact_id=None),
        summary=summary or promise.what, recording_ref=recording_ref,
    )  # fmt: skip
    return CallAttempt.objects.create(promise=promise, contact=contact, at=at, on=day_of(at), result=result)


@service
def missed_call(
    *,
    ticket_id: int,
    purpose: str,
    result: str,
    at: dt.datetime,
    actor: Staff,
    number: str = "",
    summary: str = "",
    window: Window | None = None,
) -> Promise:
    """We called about something and did not reach them: it becomes a callback with this first attempt (A1, A10)."""
    promise = arrange_callback(
        ticket_id=ticket_id,
        purpose=purpose,
        at=at,
        actor=actor,
        window=window,
        number=number,
        owner_id=actor.pk,
    )
    record_attempt(promise_id=promise.pk, result=result, at=at, actor=actor, summary=summary)
    return promise


@service
def fulfil_callback(
    *, promise_id: int, contact_id: int, at: dt.datetime, actor: Staff, note: str = ""
) -> Promise:
    """They have been spoken with, in the call back or because they called first. Anyone may (A10)."""
    return keep_promise(promise_id=promise_id, at=at, actor=actor, contact_id=contact_id, note=note)


@service
def receive_voicemail(
    *,
    ticket_id: int,
    at: dt.datetime,
    recording_ref: str,
    number: str = "",
    summary: str = "",
    actor: Staff | None = None,
) -> Promise:
    """The customer left a voicemail (留守電): an entry on the timeline and a callback at the next opening (A1, A12)."""
    ticket = lock_ticket(ticket_id, actor)
    contact = log_contact(
        customer_id=ticket.customer_id, ticket_id=ticket.pk, channel=Contact.Channel.VOICEMAIL,
        direction=Contact.Direction.INBOUND, result=Contact.Result.RECEIVED, at=at, actor=actor,
        desk_id=ticket.desk_id, number=number, summary=summary, recording_ref=recording_ref,
    )  # fmt: skip
    return arrange_callback(
        ticket_id=ticket.pk, purpose=summary or str(_("Answer to the voicemail")), at=at, actor=actor,
        number=number, contact_id=contact.pk,
    )  # fmt: skip


@service
def offer_from_hold(*, contact_id: int, accepted: bool, at: dt.datetime, actor: Staff) -> Promise | None:
    """The customer on hold was offered a callback (A4): with `accepted` it is promised, else that is on record."""
    contact = Contact.objects.get(pk=contact_id)
    if contact.ticket_id is None:
        raise Refused("A4", _("Open or choose the case first."))
    lock_ticket(contact.ticket_id, actor)
    append_entry(
        customer_id=contact.customer_id, ticket_id=contact.ticket_id, contact_id=contact.pk, kind="contact.hold",
        at=at, actor=actor, data={"accepted": accepted},
        summary=str(_("Callback accepted on hold") if accepted else _("Callback declined on hold")),
    )  # fmt: skip
    if not accepted:
        return None
    return arrange_callback(
        ticket_id=contact.ticket_id, purpose=contact.summary or str(_("Continue the call")), at=at, actor=actor,
        contact_id=contact.pk, owner_id=actor.pk,
    )  # fmt: skip


def _number(given: str, *, customer_id: int, contact_id: int | None) -> str:
    """E.164 of the number given, of the contact, or the customer's preferred one."""
    if given:
        found = dialable(given)
        if found is None:
            raise Refused("A10", _("This is not a telephone number."))
        return found
    if contact_id is not None:
        called = Contact.objects.values_list("number", flat=True).get(pk=contact_id)
        if called:
            return called
    phones = CustomerPhone.objects.filter(customer_id=customer_id).order_by("-is_preferred", "pk")
    preferred = phones.values_list("e164", flat=True).first()
    if preferred is None:
        raise Refused("A10", _("On which number are they to be called back?"))
    return preferred
