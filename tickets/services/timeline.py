"""One timeline a customer, across desks, companies and tickets (応対履歴, A1)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.db import transaction

from config import live_bus
from tickets.models import LiveEvent, Staff, Ticket, TimelineEntry
from tickets.service import service
from tickets.sets import given, inserted, write

# Areas whose lists look again: an entry `waiver.requested` is told as the topic `waiver`, an objection as its instruction.
LISTS = {
    area: area
    for area in (
        "cancellation",
        "carrier",
        "conflict",
        "credit",
        "exception",
        "fault",
        "instruction",
        "milestone",
        "regulator",
        "stop",
        "survey",
        "waiver",
    )
} | {"objection": "instruction"}


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
    hints = [("customer", str(customer_id))]
    if ticket_id is not None:
        hints.append(("ticket", str(ticket_id)))
    area = kind.partition(".")[0]
    if area == "promise":
        hints.append(("promises", str(ticket_id or "")))
    elif area in LISTS:
        hints.append((LISTS[area], str(ticket_id or "")))
    announce_many(hints, at=at)
    return entry


def announce(*, topic: str, ref: str, at: dt.datetime) -> None:
    """A hint for open screens: ids only, the page asks again through the view that checks rights."""
    announce_many([(topic, ref)], at=at)


def announce_many(hints: Iterable[tuple[str, str]], *, at: dt.datetime) -> None:
    """`announce` for many (topic, ref) in one statement. The stream is woken once, when the transaction commits."""
    all_of_them = list(hints)
    named = given(
        topic=("text", [topic for topic, _ in all_of_them]), ref=("text", [ref for _, ref in all_of_them])
    )
    write(inserted(LiveEvent, named, {"topic": "v.topic", "ref": "v.ref"}, at=at))
    waiting = transaction.get_connection().run_on_commit
    if not any(call[1] is live_bus.announce for call in waiting):
        transaction.on_commit(live_bus.announce)
