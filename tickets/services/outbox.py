"""What must leave the house: put beside the effect that needs it, in its transaction (DESIGN: time and jobs).

`key` is for ever: the Idempotency-Key of a gateway call, the Message-ID of a mail. Putting a key again changes
nothing. It begins with what the message is, up to the first colon (`survey:17`, `stop_line:4711:1`): services
that must know of its fate listen to that word (tickets/outbox_listeners.py). services/relay.py sends.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from django.utils.translation import gettext_lazy as _

from tickets.errors import Refused
from tickets.models import JobAct, OutboxMessage, Staff
from tickets.service import service
from tickets.services.schedule import require_administrator
from tickets.sets import Source, given, inserted, write

# A mail rests this long, so that whoever sent it in error can undo it.
UNDO = dt.timedelta(seconds=10)
Once = Literal["at_least", "at_most"]
WHOM = ("key", "once", "customer_id", "ticket_id", "to")


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail for `put_mails`."""

    key: str
    to: str
    subject: str
    body: str
    customer_id: int | None = None
    ticket_id: int | None = None
    once: Once = "at_least"
    owed_again: bool = True


@dataclass(frozen=True, slots=True)
class Call:
    """One gateway call for `put_gateways`; `path` begins with a slash, `payload` is the JSON that is sent."""

    key: str
    path: str
    payload: Mapping[str, Any] = field(default_factory=dict)
    customer_id: int | None = None
    ticket_id: int | None = None
    once: Once = "at_least"


@service
def put_mail(
    *,
    key: str,
    to: str,
    subject: str,
    body: str,
    at: dt.datetime,
    customer_id: int | None = None,
    ticket_id: int | None = None,
    once: Once = "at_least",
    owed_again: bool = True,
) -> OutboxMessage:
    """Put a plain-text mail to `to`; it leaves ten seconds after `at` at the earliest. For services.

    `at_least`: sent again until the mail server takes it. `at_most`: never sent twice; after a crash a person
    decides. `owed_again`: what it says is put on record as given, so that calling it back owes it anew
    (services/mail_undo.py); False for a mail on which nothing rests until it was sent.
    Returns the message, or the one that stands under `key` already.
    """
    put_mails([Mail(key, to, subject, body, customer_id, ticket_id, once, owed_again)], at=at)
    return OutboxMessage.objects.get(key=key)


@service
def put_gateway(
    *,
    key: str,
    path: str,
    payload: Mapping[str, Any],
    at: dt.datetime,
    customer_id: int | None = None,
    ticket_id: int | None = None,
    once: Once = "at_least",
) -> OutboxMessage:
    """Put a call of the carrier's gateway: `payload` as JSON to `path`. For services.

    With no CARRIER_URL set it stays on the work list until a person does it and says so (`done_by_hand`).
    Returns the message, or the one that stands under `key` already.
    """
    put_gateways([Call(key, path, payload, customer_id, ticket_id, once)], at=at)
    return OutboxMessage.objects.get(key=key)


@service
def put_mails(mails: Sequence[Mail], *, at: dt.datetime) -> None:
    """`put_mail` for many, in one statement a thousand; keys that stand already are left as they are."""
    for part in _parts(mails):
        rows = given(
            key=("text", [mail.key for mail in part]),
            once=("text", [mail.once for mail in part]),
            owed_again=("boolean", [mail.owed_again for mail in part]),
            customer_id=("bigint", [mail.customer_id for mail in part]),
            ticket_id=("bigint", [mail.ticket_id for mail in part]),
            to=("text", [mail.to for mail in part]),
            subject=("text", [mail.subject for mail in part]),
            body=("text", [mail.body for mail in part]),
        )
        made = {name: f'v."{name}"' for name in (*WHOM, "owed_again", "subject", "body")}
        _put(rows, made, OutboxMessage.Channel.MAIL, created_at=at, not_before=at + UNDO)


@service
def put_gateways(calls: Sequence[Call], *, at: dt.datetime) -> None:
    """`put_gateway` for many, in one statement a thousand; keys that stand already are left as they are."""
    for part in _parts(calls):
        rows = given(
            key=("text", [call.key for call in part]),
            once=("text", [call.once for call in part]),
            customer_id=("bigint", [call.customer_id for call in part]),
            ticket_id=("bigint", [call.ticket_id for call in part]),
            to=("text", [call.path for call in part]),
            payload=("jsonb", [json.dumps(call.payload, ensure_ascii=False) for call in part]),
        )
        made = {name: f'v."{name}"' for name in (*WHOM, "payload")}
        _put(rows, made, OutboxMessage.Channel.GATEWAY, created_at=at, not_before=at)


@service
def put_calls(rows: Source, *, path: str, at: dt.datetime) -> None:
    """`put_gateway` for rows that the database has, with `key`, `payload` and `ticket_id`; they do not pass through here."""
    made = {name: f"v.{name}" for name in ("key", "payload", "ticket_id")}
    _put(rows, made, OutboxMessage.Channel.GATEWAY, created_at=at, not_before=at, to=path)


def _parts(rows: Sequence[Any]) -> Iterator[Sequence[Any]]:
    return (rows[start : start + 1000] for start in range(0, len(rows), 1000))


def _put(rows: Source, made: Mapping[str, str], channel: OutboxMessage.Channel, **same: Any) -> None:
    write(inserted(OutboxMessage, rows, made, unless_there=True, channel=channel, **same))


@service
def undo(*, message_id: int, actor: Staff, at: dt.datetime, reason: str = "") -> OutboxMessage:
    """Take a mail back before it leaves. Whoever may see it; the caller checks that.

    `Refused` D9 once it is on its way: what has left is corrected by another message, never unsent.
    """
    message = _locked(message_id)
    if message.status != "pending" or message.attempts:
        raise Refused("D9", _("It has left already and cannot be undone."))
    why = reason.strip() or str(_("Undone by the sender"))
    message.withdraw(reason=why)
    return _audited(message, JobAct.Act.UNDO, actor, at, why)


@service
def withdraw_key(*, key: str, reason: str) -> bool:
    """Take back what stands under `key` if it has not left. For services; True when it was taken back."""
    message = OutboxMessage.objects.select_for_update(no_key=True).filter(key=key, status="pending").first()
    if message is None or message.attempts:
        return False
    message.withdraw(reason=reason)
    message.save()
    return True


@service
def send_again(*, message_id: int, actor: Staff, at: dt.datetime, reason: str) -> OutboxMessage:
    """Send what was given up, or what nobody knows to have arrived, once more. Administrators, with a reason."""
    require_administrator(actor, reason)
    message = _locked(message_id)
    if message.status == "pending":
        message.not_before = min(message.not_before, at)
    else:
        message.try_again(not_before=at, error=message.last_error)
        message.attempts = 0
    return _audited(message, JobAct.Act.RETRY, actor, at, reason)


@service
def settle(*, message_id: int, actor: Staff, at: dt.datetime, reason: str) -> OutboxMessage:
    """Say that a message of unknown fate did arrive. Administrators, with what shows it."""
    require_administrator(actor, reason)
    message = _locked(message_id)
    if message.status != "unknown":
        raise Refused("D9", _("Only what may or may not have arrived can be settled."))
    message.mark_sent(at=at, response={"settled": reason})
    return _audited(message, JobAct.Act.SETTLE, actor, at, reason)


@service
def done_by_hand(*, message_id: int, actor: Staff, at: dt.datetime, evidence: str) -> OutboxMessage:
    """A gateway call that a person carried out instead, with the evidence (the carrier's reference, a fax).

    For the work list of a house without a gateway; the caller checks who may see the ticket.
    """
    if not evidence.strip():
        raise Refused("D9", _("What shows that it was done?"))
    message = _locked(message_id)
    if message.channel != OutboxMessage.Channel.GATEWAY:
        raise Refused("D9", _("Only an instruction to the carrier can be done by hand."))
    # Each step is written: the database knows only the table's own steps, one at a time.
    if message.status == "dead":
        message.try_again(not_before=at, error=message.last_error)
        message.save()
    if message.status == "pending":
        message.begin(at=at)
        message.save()
    message.mark_sent(at=at, response={"by_hand": evidence, "by": actor.pk})
    return _audited(message, JobAct.Act.BY_HAND, actor, at, evidence)


def _locked(message_id: int) -> OutboxMessage:
    return OutboxMessage.objects.select_for_update(no_key=True).get(pk=message_id)


def _audited(
    message: OutboxMessage, act: JobAct.Act, actor: Staff, at: dt.datetime, reason: str
) -> OutboxMessage:
    message.save()
    JobAct.objects.create(at=at, actor=actor, act=act, reason=reason[:300], message=message)
    return message
