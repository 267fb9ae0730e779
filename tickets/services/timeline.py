"""One timeline a customer, across desks, companies and tickets (応対履歴, A1)."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import transaction

from config import live_bus
from tickets.births import stands
from tickets.models import LiveEvent, Staff, TimelineEntry
from tickets.queries import prepared
from tickets.sets import array, given, inserted, write

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


# In one statement, since every deed writes all three: the entry, that its responsible person acted, the hints.
APPEND = """
    WITH told AS (INSERT INTO tickets_liveevent (at, topic, ref)
            SELECT %(at)s::timestamptz, topic, ref FROM unnest(%(topics)s::text[], %(refs)s::text[]) hint(topic, ref)),
         acted AS (UPDATE tickets_ticket SET responsible_acted_at = %(at)s::timestamptz
            WHERE id = %(ticket_id)s::bigint AND responsible_id = %(actor_id)s::bigint)
    INSERT INTO tickets_timelineentry (customer_id, ticket_id, contact_id, kind, at, actor_id, desk_id, summary, data,
        own_company_only)
    VALUES (%(customer_id)s::bigint, %(ticket_id)s::bigint, %(contact_id)s::bigint, %(kind)s::text, %(at)s::timestamptz,
        %(actor_id)s::bigint, %(desk_id)s::bigint, %(summary)s::text, %(data)s::jsonb, %(own_company_only)s::boolean)
    RETURNING id
"""

WRITTEN = (
    "customer_id", "ticket_id", "contact_id", "kind", "actor_id", "desk_id", "summary", "own_company_only",
)  # fmt: skip


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
    also: Sequence[tuple[str, str]] = (),
) -> TimelineEntry:
    """Write one line of the contact history and tell open screens to look again.

    `kind` is `area.event` (promise.opened, call.in). Written once, never edited (A1). Called inside the service
    that did the thing, which has checked who may. What the responsible person does is counted for them (B4).
    `also`: more hints for open screens, as (topic, ref).
    """
    entry = TimelineEntry(
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
    _write(entry, [*_hints(entry), *also])
    _wake()
    return entry


def _hints(entry: TimelineEntry) -> list[tuple[str, str]]:
    """Which screens show it."""
    case = "" if entry.ticket_id is None else str(entry.ticket_id)
    hints = [("customer", str(entry.customer_id))]
    if case:
        hints.append(("ticket", case))
    area = entry.kind.partition(".")[0]
    if area == "promise":
        hints.append(("promises", case))
    elif area in LISTS:
        hints.append((LISTS[area], case))
    return hints


def _write(entry: TimelineEntry, hints: Sequence[tuple[str, str]]) -> None:
    values = {name: getattr(entry, name) for name in WRITTEN}
    # As text, whatever its width: a statement is prepared for each combination of types.
    given = {name: None if value is None else str(value) for name, value in values.items()}
    given |= {
        "at": entry.at.isoformat(),
        "data": json.dumps(entry.data, ensure_ascii=False),
        "topics": array(topic for topic, _ in hints),
        "refs": array(ref for _, ref in hints),
    }
    with prepared.cursor() as cursor:
        cursor.execute(APPEND, given)
        ((entry.pk,),) = cursor.fetchall()
    stands(entry)


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
    _wake()


def _wake() -> None:
    waiting = transaction.get_connection().run_on_commit
    if not any(call[1] is live_bus.announce for call in waiting):
        transaction.on_commit(live_bus.announce)
