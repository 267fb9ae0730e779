"""The desk's everyday deeds, as the stories need them: a call with its case, a mail, a web form."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from config.demo.homes import Home
from config.demo.moments import Moments
from config.demo.people import People
from config.demo.shop import Shop
from tickets.models import Contact, CustomerPhone, Staff, Ticket
from tickets.services import contacts, tickets


@dataclass(frozen=True, slots=True)
class Place:
    """Everything that a story can refer to."""

    when: Moments
    people: People
    shop: Shop
    homes: dict[str, Home]


def call(
    home: Home,
    staff: Staff,
    at: dt.datetime,
    *,
    minutes: int = 6,
    ticket: Ticket | None = None,
    outbound: bool = False,
    summary: str = "",
) -> Contact:
    """A recorded conversation that began `minutes` before `at` and is over."""
    begins = at - dt.timedelta(minutes=minutes)
    begun = contacts.start_call(
        customer_id=home.customer.pk,
        direction="out" if outbound else "in",
        at=begins,
        actor=staff,
        number=_phone(home),
    )
    if ticket is not None:
        contacts.attach_ticket(contact_id=begun.pk, ticket_id=ticket.pk, at=begins, actor=staff)
    return contacts.end_call(
        contact_id=begun.pk,
        result="answered",
        at=at,
        actor=staff,
        summary=summary,
        recording_ref=f"rec-{begun.pk:06}",
        after_call_seconds=60,
    )


def ringing(home: Home, staff: Staff, at: dt.datetime) -> Contact:
    """The customer calls, and `staff` answers; the call goes on."""
    return contacts.start_call(
        customer_id=home.customer.pk, direction="in", at=at, actor=staff, number=_phone(home)
    )


def case(
    home: Home,
    place: Place,
    at: dt.datetime,
    *,
    kind: str,
    subject: str,
    by: str = "operator",
    desk: str = "",
    channel: str = "phone",
    priority: int = 3,
) -> Ticket:
    """A case opened by `by` at their own desk, and begun."""
    staff = place.people[by]
    ticket = tickets.open_ticket(
        customer_id=home.customer.pk,
        desk_id=place.people.desks[desk].pk if desk else staff.desk_id,
        kind=kind,
        subject=subject,
        channel=channel,
        priority=priority,
        at=at,
        actor=staff,
    )
    return tickets.start(ticket_id=ticket.pk, at=at, actor=staff)


def _phone(home: Home) -> str:
    return CustomerPhone.objects.values_list("e164", flat=True).get(customer=home.customer)
