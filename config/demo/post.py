"""The post of the replayed week: what had to leave by then has left. Nothing is really sent."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from tickets.models import OutboxMessage
from tickets.outbox_listeners import listener_of


def leave(at: dt.datetime) -> None:
    """Every mail that might leave by `at` is taken, unless its listener says that it is no longer wanted."""
    due = OutboxMessage.objects.filter(channel="mail", status="pending", not_before__lte=at)
    for message in due.order_by("not_before", "pk"):
        _leave(message, at)


@transaction.atomic
def _leave(message: OutboxMessage, at: dt.datetime) -> None:
    listener = listener_of(message.key)
    reason = listener.before(message, at) if listener.before else None
    if reason:
        message.withdraw(reason=reason[:300])
    else:
        message.begin(at=at)
        message.save()
        message.mark_sent(at=at, response={"smtp": "250 2.0.0 Ok"})
    message.save()
    if listener.fate:
        listener.fate(message, at)
