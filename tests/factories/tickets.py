"""Small honest rows of the ground floor for tests: written by the services wherever a service exists."""

from __future__ import annotations

import datetime as dt
import itertools
from typing import Any

from tickets.dates import jst
from tickets.models import Contact, Customer, CustomerPhone, Desk, Promise, Staff, Ticket
from tickets.services import promises as promise_services
from tickets.services import tickets as ticket_services

_numbers = itertools.count(1)
# Saturday of the stories, in the afternoon.
WHEN = jst(2026, 1, 24, 14, 0)


def customer(
    *,
    name: str = "山田 灯",
    kana: str = "ヤマダ アカリ",
    phone: str | None = "+819012345678",
    **fields: Any,
) -> Customer:
    """A customer with a number of their own, and a telephone."""
    made = Customer(**{"number": f"C{next(_numbers):08}", "name": name, "name_kana": kana, **fields})
    made.save()
    if phone:
        CustomerPhone.objects.create(customer=made, e164=phone, is_preferred=True)
    return made


def ticket(
    *,
    customer: Customer,
    desk: Desk,
    actor: Staff | None = None,
    at: dt.datetime = WHEN,
    kind: str = "enquiry",
    subject: str = "解約の手続きについて",
    **fields: Any,
) -> Ticket:
    """An open case."""
    return ticket_services.open_ticket(
        customer_id=customer.pk, desk_id=desk.pk, kind=kind, subject=subject, at=at, actor=actor, **fields
    )


def contact(
    *,
    customer: Customer,
    desk: Desk,
    operator: Staff | None = None,
    at: dt.datetime = WHEN,
    ticket: Ticket | None = None,
    channel: str = "phone",
    direction: str = "in",
    result: str = "answered",
    minutes: int = 5,
    **fields: Any,
) -> Contact:
    """A contact that has ended, as it stands in the table (no timeline entry)."""
    return Contact.objects.create(
        customer=customer,
        desk=desk,
        operator=operator,
        ticket=ticket,
        channel=channel,
        direction=direction,
        started_at=at,
        ended_at=at + dt.timedelta(minutes=minutes),
        result=result,
        **fields,
    )


def promise(
    *,
    ticket: Ticket,
    kind: str = "apology",
    what: str = "お詫びの連絡",
    at: dt.datetime = WHEN,
    due_at: dt.datetime | None = None,
    actor: Staff | None = None,
    **fields: Any,
) -> Promise:
    """Something owed on a case; a callback gets a window and a number when none is given."""
    due = due_at or at + dt.timedelta(hours=2)
    if kind == "callback":
        fields.setdefault("window", (at, due))
        fields.setdefault("number", "+819012345678")
    return promise_services.open_promise(
        ticket_id=ticket.pk, kind=kind, what=what, due_at=due, at=at, actor=actor, **fields
    )
