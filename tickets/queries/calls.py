"""The call that somebody is on."""

from __future__ import annotations

import datetime as dt

from tickets.models import Contact, Staff

# What is recorded just after hanging up still belongs to that call.
WRAP_UP = dt.timedelta(minutes=15)


def current_contact(staff: Staff, customer_id: int, at: dt.datetime | None = None) -> Contact | None:
    """The call that `staff` is on with this customer; with `at`, also one that ended within WRAP_UP."""
    own = Contact.objects.filter(customer_id=customer_id, operator=staff).order_by("-started_at", "-pk")
    latest = own.first()
    if latest is None or latest.ended_at is None:
        return latest
    return latest if at is not None and at - latest.ended_at < WRAP_UP else None


def current_contact_id(staff: Staff, customer_id: int, at: dt.datetime | None = None) -> int | None:
    """Its id, for services that put what was said on record with the call."""
    contact = current_contact(staff, customer_id, at)
    return contact.pk if contact else None
