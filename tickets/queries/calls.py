"""The call that somebody is on: as a contact of a customer, and as the telephone sees it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet

from tickets.models import Contact, ContactLeg, Customer, PhoneCall, Promise, PromiseKind, Staff, Ticket
from tickets.paging import Page, oldest_first
from tickets.queries.customers import search
from tickets.queries.kept import kept

# What is recorded just after hanging up still belongs to that call.
WRAP_UP = dt.timedelta(minutes=15)
MOST_CALLERS = 20
RUNNING = Q(channel=Contact.Channel.PHONE, ended_at__isnull=True)


@dataclass(frozen=True, slots=True)
class Line:
    """A call as the bar shows it. `counts_from`: the hold's clock, moved back by earlier holds of this leg (A4)."""

    status: str
    number: str
    started_at: dt.datetime
    customer: Customer | None
    contact: Contact | None = None
    phone_call: PhoneCall | None = None
    held_since: dt.datetime | None = None
    counts_from: dt.datetime | None = None
    hold_seconds: int = 0
    offered: bool = False

    @property
    def needs_a_name(self) -> bool:
        """Nobody knows yet whose call it is."""
        return self.customer is None


def current_contact(staff: Staff, customer_id: int, at: dt.datetime | None = None) -> Contact | None:
    """The call that `staff` is on with this customer; with `at`, also one that ended within WRAP_UP."""
    for latest in _latest(person=staff.pk, customer_id=customer_id):
        if latest.ended_at is None or (at is not None and at - latest.ended_at < WRAP_UP):
            return latest
    return None


@kept
def _latest(*, person: int, customer_id: int) -> QuerySet[Contact]:
    mine = Q(operator=person) | Q(legs__staff=person, legs__ended_at__isnull=True)
    own = Contact.objects.filter(mine, customer_id=customer_id).order_by("-started_at", "-pk")
    return own.select_related("phone_call", "customer")[:1]


def current_contact_id(staff: Staff, customer_id: int, at: dt.datetime | None = None) -> int | None:
    """Its id, for services that put what was said on record with the call."""
    contact = current_contact(staff, customer_id, at)
    return contact.pk if contact else None


def line_of(staff: Staff) -> Line | None:
    """The call on this person's telephone, or the one they began by hand; the newest. At most three queries."""
    rows = PhoneCall.objects.at(staff).select_related("customer", "contact").prefetch_related("contact__legs")
    call = rows.first()
    if call is not None:
        return _of_telephone(call)
    running = Contact.objects.filter(RUNNING, legs__staff=staff, legs__ended_at__isnull=True)
    contact = (
        running.select_related("customer").prefetch_related("legs").order_by("-started_at", "-pk").first()
    )
    return line_of_contact(contact) if contact else None


def live(staff: Staff, after: str = "") -> Page[Contact]:
    """Every call that runs now and that `staff` may see, the longest first. Two queries.

    Of each: `on_it`, the legs that run, with their people; `is_mine`; `demanded`, a superior is owed to the customer.
    """
    legs = ContactLeg.objects.filter(ended_at__isnull=True).select_related("staff", "desk").order_by("seq")
    demands = Promise.objects.open().filter(kind=PromiseKind.SUPERIOR_ANSWER, customer=OuterRef("customer"))
    mine = ContactLeg.objects.filter(contact=OuterRef("pk"), staff=staff, ended_at__isnull=True)
    rows = Contact.objects.visible_to(staff).filter(RUNNING)
    rows = rows.annotate(demanded=Exists(demands), is_mine=Exists(mine))
    shown = rows.select_related("customer", "ticket").prefetch_related(
        Prefetch("legs", legs, to_attr="on_it")
    )
    return oldest_first(shown, after)


def line_of_contact(contact: Contact) -> Line:
    """A running contact as the bar shows it; its legs are loaded."""
    legs = [leg for leg in contact.legs.all() if leg.ended_at is None]
    leg = max(legs, key=lambda one: one.seq, default=None)
    held_since = leg.held_since if leg else None
    before = leg.hold_seconds if leg else 0
    phone: PhoneCall | None = getattr(contact, "phone_call", None)
    hung_up_at = phone.ended_at if phone else None
    return Line(
        status="after_call" if hung_up_at else "on_hold" if held_since else "talking",
        number=contact.number,
        started_at=hung_up_at or contact.started_at,
        customer=contact.customer,
        contact=contact,
        held_since=held_since,
        counts_from=held_since - dt.timedelta(seconds=before) if held_since else None,
        hold_seconds=before,
        offered=bool(leg and leg.callback_offered_at),
    )


def callers(call: PhoneCall) -> list[Customer]:
    """Everybody with the number of this call, whoever may see them: limited to what is ringing (A1, A16). Two queries."""
    if not call.number:
        return []
    rows = Customer.objects.filter(phones__e164=call.number).prefetch_related("phones")
    return list(rows.order_by("kana_search", "id")[:MOST_CALLERS])


def open_cases(customer: Customer, staff: Staff) -> list[Ticket]:
    """Of the caller, what this person may open. One query."""
    rows = Ticket.objects.visible_to(staff).open().filter(customer=customer)
    return list(rows.order_by("priority", "-id")[:5])


def found(text: str, staff: Staff) -> Page[Customer] | None:
    """Who the unknown caller may be, by what they say."""
    return search(text=text, staff=staff) if text.strip() else None


def _of_telephone(call: PhoneCall) -> Line:
    contact = call.contact
    talking = line_of_contact(contact) if contact and contact.ended_at is None else None
    started = call.ended_at or call.answered_at or call.rang_at
    return Line(
        status=call.status,
        number=call.number,
        started_at=started,
        customer=call.customer,
        contact=contact,
        phone_call=call,
        held_since=call.held_since,
        counts_from=(talking.counts_from if talking else None) or call.held_since,
        hold_seconds=talking.hold_seconds if talking else 0,
        offered=talking.offered if talking else False,
    )
