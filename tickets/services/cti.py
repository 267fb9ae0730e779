"""Telephony (CTI): what the telephone system tells, taken once and in any order (F; docs/cti.md).

A call that rings shows its caller at once; answered, it becomes a contact of the customer; hung up, it waits for its
wrap-up. Nobody answered: that, too, is a line on the customer's timeline (A1).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from django.utils.translation import gettext_lazy as _

from tickets.errors import Refused
from tickets.models import Customer, CustomerPhone, PhoneCall, Staff, TelephonyEvent, Transfer
from tickets.search import to_e164
from tickets.service import service
from tickets.services import contacts, holds, transfers
from tickets.services.timeline import announce

# How far back an event may say that it happened: a queue that was stuck, not history.
OLDEST = dt.timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Event:
    """One event as it was sent. `operator`: login id of whose telephone it is; `number`: any spelling, or ""."""

    event_id: str
    kind: str
    call_ref: str
    operator: str
    at: dt.datetime
    number: str = ""
    direction: str = "in"
    body: Mapping[str, Any] = field(default_factory=dict)


@service
def receive(event: Event, *, at: dt.datetime) -> bool:
    """Take one event; False when it was taken before. `at` is now; the event's own time counts within OLDEST.

    `Refused` F1 for an operator nobody knows. Events may come in any order: what is missing before is made up for.
    """
    _lock(event.call_ref)
    if TelephonyEvent.objects.filter(event_id=event.event_id).exists():
        return False
    operator = Staff.objects.filter(login_id=event.operator, is_active=True).select_related("desk").first()
    if operator is None:
        raise Refused("F1", _("Nobody here has this telephone."))
    moment = min(max(event.at, at - OLDEST), at)
    call = _call(event, operator, moment)
    STEPS[event.kind](call, operator, max(moment, call.rang_at))
    call.save()
    TelephonyEvent.objects.create(
        event_id=event.event_id, kind=event.kind, call=call, at=moment, received_at=at, body=dict(event.body)
    )
    _tell(call, at, also=operator)
    return True


@service
def choose_caller(*, call_id: int, customer_id: int, at: dt.datetime, actor: Staff) -> PhoneCall:
    """The operator says who is calling: one of those with this number, or somebody they found by search (A1).

    Only whose telephone it is. A partner may choose, besides those they see, who has the number that is ringing (A16).
    """
    call = _own(call_id, actor)
    if call.contact_id is not None:
        raise Refused("A1", _("The call is on record already, as a call of this customer."))
    allowed = Customer.objects.visible_to(actor).filter(pk=customer_id).exists()
    if not allowed and customer_id not in callers(call):
        raise Refused("A1", _("This customer is not shared with your company."))
    call.customer_id = customer_id
    if call.answered_at:
        _become_contact(call, actor)
    call.save()
    _tell(call, at)
    return call


@service
def register_caller(*, call_id: int, name: str, name_kana: str, at: dt.datetime, actor: Staff) -> PhoneCall:
    """A caller whom we do not know yet becomes a customer, with the number they call from; one a call.

    Also for a number withheld: the name is what they say. Their contract, if they have one, is found later.
    """
    call = _own(call_id, actor)
    customer, fresh = Customer.objects.get_or_create(
        number=f"N{call.pk:08}", defaults={"name": name, "name_kana": name_kana}
    )
    if fresh and call.number:
        CustomerPhone.objects.create(customer=customer, e164=call.number, is_preferred=True)
    call.customer = customer
    if call.answered_at:
        _become_contact(call, actor)
    call.save()
    _tell(call, at)
    return call


@service
def put_away(*, call_id: int, at: dt.datetime, actor: Staff) -> PhoneCall:
    """The call is over and there is nothing to record: a wrong number, a caller who would not say who they are.

    `Refused` A2 while a contact waits for its wrap-up.
    """
    call = _own(call_id, actor)
    if call.ended_at is None:
        raise Refused("A2", _("The call is not over yet."))
    if call.contact_id and call.contact and call.contact.ended_at is None:
        raise Refused("A2", _("Wrap the call up first."))
    call.done_at = at
    call.save(update_fields=["done_at"])
    _tell(call, at)
    return call


def callers(call: PhoneCall) -> set[int]:
    """Whose number it is, whoever may see them: limited to the number that is on this telephone now."""
    if not call.number:
        return set()
    return set(CustomerPhone.objects.filter(e164=call.number).values_list("customer_id", flat=True))


def _call(event: Event, operator: Staff, moment: dt.datetime) -> PhoneCall:
    standing = PhoneCall.objects.select_for_update(no_key=True).filter(call_ref=event.call_ref).first()
    if standing is not None:
        return standing
    number = to_e164(event.number) or ""
    call = PhoneCall(
        call_ref=event.call_ref, direction=event.direction, number=number, operator=operator, rang_at=moment
    )
    known = callers(call)
    if len(known) == 1:
        call.customer_id = known.pop()
    call.save()
    return call


def _ring(call: PhoneCall, operator: Staff, moment: dt.datetime) -> None:
    """It rings; on a call that is known already there is nothing more to do."""


def _answer(call: PhoneCall, operator: Staff, moment: dt.datetime) -> None:
    if call.answered_at is None and call.ended_at is None:
        call.answered_at, call.operator = moment, operator
        if call.customer_id:
            _become_contact(call, operator)


def _hold(call: PhoneCall, operator: Staff, moment: dt.datetime) -> None:
    _answer(call, operator, moment)
    if call.held_since is None and call.ended_at is None:
        call.held_since = moment
        if _is_running(call):
            holds.hold_call(contact_id=call.contact_id or 0, at=moment, actor=operator)


def _resume(call: PhoneCall, operator: Staff, moment: dt.datetime) -> None:
    if call.held_since is not None:
        call.held_since = None
        if _is_running(call) and _is_held(call):
            holds.resume_call(contact_id=call.contact_id or 0, at=moment, actor=operator)


def _transfer(call: PhoneCall, operator: Staff, moment: dt.datetime) -> None:
    """`operator` has it now. A hand-over offered to their desk is thereby accepted (A3)."""
    _answer(call, operator, moment)
    if call.ended_at or call.operator_id == operator.pk:
        return
    previous = call.operator_id
    _resume(call, operator, moment)
    call.operator = operator
    if _is_running(call):
        _pass_on(call, operator, moment)
    announce(topic="call", ref=str(previous), at=moment)


def _hang_up(call: PhoneCall, operator: Staff, moment: dt.datetime) -> None:
    if call.ended_at is not None:
        return
    _resume(call, operator, moment)
    call.ended_at = moment
    if call.contact is not None and call.contact.ended_at is not None:
        call.done_at = moment  # wrapped up while the customer was still on the line
    if call.answered_at is None:
        call.done_at = moment
        if call.customer_id:
            _record_missed(call, moment)


STEPS: dict[str, Callable[[PhoneCall, Staff, dt.datetime], None]] = {
    "ringing": _ring,
    "answered": _answer,
    "held": _hold,
    "resumed": _resume,
    "transferred": _transfer,
    "hung_up": _hang_up,
}


def _become_contact(call: PhoneCall, actor: Staff) -> None:
    if call.contact_id is None:
        assert call.answered_at is not None
        assert call.customer_id is not None
        call.contact = contacts.start_call(
            customer_id=call.customer_id, direction=call.direction, number=call.number, call_ref=call.call_ref,
            at=call.answered_at, actor=actor,
        )  # fmt: skip
        if call.held_since:
            holds.hold_call(contact_id=call.contact.pk, at=call.held_since, actor=actor)


def _pass_on(call: PhoneCall, operator: Staff, moment: dt.datetime) -> None:
    offered = Transfer.objects.filter(contact=call.contact, status="offered", to_desk=operator.desk)
    found = offered.first()
    if found is not None:
        transfers.accept_transfer(transfer_id=found.pk, at=moment, actor=operator)
        return
    contact = contacts.lock_contact(call.contact_id or 0, None)
    contacts.pass_leg(contact=contact, staff=operator, at=moment)


def _is_running(call: PhoneCall) -> bool:
    return call.contact is not None and call.contact.ended_at is None


def _is_held(call: PhoneCall) -> bool:
    assert call.contact is not None
    return call.contact.legs.filter(ended_at__isnull=True, held_since__isnull=False).exists()


def _record_missed(call: PhoneCall, moment: dt.datetime) -> None:
    inbound = call.direction == PhoneCall.Direction.INBOUND
    contacts.log_contact(
        customer_id=call.customer_id or 0, channel="phone", direction=call.direction, at=moment, actor=None,
        result="abandoned" if inbound else "no_answer", desk_id=call.operator.desk_id, number=call.number,
        started_at=call.rang_at,
    )  # fmt: skip


def _own(call_id: int, actor: Staff) -> PhoneCall:
    call = PhoneCall.objects.select_for_update(no_key=True, of=("self",)).filter(pk=call_id, operator=actor)
    found = call.first()
    if found is None:
        raise Refused("F1", _("This call is on somebody else's telephone."))
    return found


def _lock(call_ref: str) -> None:
    """Events of one call are taken one after the other."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 11))", [call_ref])


def _tell(call: PhoneCall, at: dt.datetime, *, also: Staff | None = None) -> None:
    for pk in {call.operator_id, also.pk if also else call.operator_id}:
        announce(topic="call", ref=str(pk), at=at)
