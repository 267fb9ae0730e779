"""One timeline a customer, across desks, companies and tickets (応対履歴, A1)."""

from __future__ import annotations

import datetime as dt
from typing import Any

from tickets.models import LiveEvent, Staff, Ticket, TimelineEntry
from tickets.service import service


@service
def append_entry(
    *,
    customer_id: int,
    kind: str,
    at: dt.datetime,
    actor: Staff | None = None,
    ticket_id: int | None = None,
    contact_id: int | None = None,
    summary: str = "",
    data: dict[str, Any] | None = None,
    own_company_only: bool = False,
) -> TimelineEntry:
    """Write one line of the contact history and tell open screens to look again.

    `kind` is `area.event` (promise.opened, call.in). Written once, never edited (A1). Called inside the service
    that did the thing, which has checked who may. What the responsible person does is counted for them (B4).
    """
    entry = TimelineEntry.objects.create(
        customer_id=customer_id,
        ticket_id=ticket_id,
        contact_id=contact_id,
        kind=kind,
        at=at,
        actor=actor,
        desk_id=actor.desk_id if actor else None,
        summary=summary,
        data=data or {},
        own_company_only=own_company_only,
    )
    if ticket_id is not None and actor is not None:
        mine = Ticket.objects.filter(pk=ticket_id, responsible=actor)
        mine.update(responsible_acted_at=at)
    announce(topic="customer", ref=str(customer_id), at=at)
    if ticket_id is not None:
        announce(topic="ticket", ref=str(ticket_id), at=at)
    return entry


def announce(*, topic: str, ref: str, at: dt.datetime) -> None:
    """A hint for open screens: ids only, the page asks again through the view that checks rights."""
    LiveEvent.objects.create(at=at, topic=topic, ref=ref)
