"""What a cutoff leaves behind, for many lines in a fixed number of statements: events, instructions, milestones."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from billing import order_dates
from billing.models import (
    CancellationLine,
    CarrierInstruction,
    InstructionChannel,
    InstructionKind,
    LineEvent,
    LineKind,
    Milestone,
    MilestoneKind,
    MilestoneStatus,
)
from billing.services import notices
from billing.services.carrier import PATH, WORD
from billing.services.milestones import STOPS
from tickets.models import Promise, TimelineEntry
from tickets.services.outbox import Call, put_gateways
from tickets.services.timeline import announce_many
from tickets.sets import insert_rows, write_rows


def events(lines: Sequence[CancellationLine], *, at: dt.datetime) -> None:
    """The line's own event and the customer's timeline."""
    named = [{"line_id": line.line_id, "source": line.order.number} for line in lines]
    insert_rows(LineEvent, named, kind="stopped", at=at)
    entries = [
        {
            "customer_id": line.order.customer_id,
            "ticket_id": line.order.ticket_id,
            "summary": f"{line.order.number} {line.line.get_kind_display()}",
            "data": {
                "order": line.order_id,
                "line": line.line_id,
                "planned": line.ends_at.isoformat(),
                "executed": at.isoformat(),
            },
        }
        for line in lines
    ]
    insert_rows(TimelineEntry, entries, kind="line.stopped", at=at)
    _announce(lines, at)


def _announce(lines: Sequence[CancellationLine], at: dt.datetime) -> None:
    hints = {("customer", line.order.customer_id) for line in lines}
    hints |= {("ticket", line.order.ticket_id) for line in lines}
    announce_many([(topic, str(ref)) for topic, ref in sorted(hints)], at=at)


def instruct_carrier(lines: Sequence[CancellationLine], *, at: dt.datetime) -> None:
    """Tell the carrier to stop each line, not before the moment from which it may."""
    channel = InstructionChannel.GATEWAY if settings.CARRIER_URL else InstructionChannel.WORKLIST
    rows: list[dict[str, Any]] = [
        {
            "order_id": line.order_id,
            "ticket_id": line.order.ticket_id,
            "access_line_id": line.line.access_line_id,
            "line_id": line.line_id,
            "key": f"{WORD}:stop:{line.pk}:g{line.generation}",
            "not_before": min(at, line.ends_at),
            "payload": _stop_of(line, at),
        }
        for line in lines
    ]
    insert_rows(
        CarrierInstruction, rows, unless_there=True,
        kind=InstructionKind.STOP, channel=channel, issued_at=at, due_at=order_dates.stop_due(at),
    )  # fmt: skip
    if channel == InstructionChannel.GATEWAY:
        put_gateways(
            [Call(row["key"], PATH, row["payload"], ticket_id=row["ticket_id"]) for row in rows], at=at
        )


def _stop_of(line: CancellationLine, at: dt.datetime) -> dict[str, object]:
    return {
        "kind": InstructionKind.STOP.value,
        "circuit": line.line.access_line.circuit,
        "line": line.line_id,
        "line_kind": line.line.kind,
        "not_before": min(at, line.ends_at).isoformat(),
    }


def reach(lines: Sequence[CancellationLine], *, at: dt.datetime) -> None:
    """The stop of each line, and the contract's last day where it was the last, with their promises and tellings."""
    stops = {(line.order_id, STOPS[LineKind(line.line.kind)], line.line_id): line for line in lines}
    orders = {line.order_id for line in lines}
    running = set(
        CancellationLine.objects.filter(order__in=orders, line__stopped_at__isnull=True).values_list(
            "order_id", flat=True
        )
    )
    rows = [
        row
        for row in Milestone.objects.select_for_update(no_key=True)
        .filter(order__in=orders, reached_at__isnull=True, applies=True)
        .order_by("pk")
        if (row.order_id, row.kind, row.line_id) in stops
        or (row.kind == MilestoneKind.CONTRACT_ENDED and row.order_id not in running)
    ]
    _write_reached(rows, stops, at)


def _write_reached(
    rows: Sequence[Milestone],
    stops: dict[tuple[int, MilestoneKind, int], CancellationLine],
    at: dt.datetime,
) -> None:
    last = {line.order_id: line for line in stops.values()}
    evidence = _("Stopped in the register at %(at)s") % {"at": at.isoformat()}
    for row in rows:
        line = stops.get((row.order_id, MilestoneKind(row.kind), row.line_id or 0)) or last[row.order_id]
        if row.status == MilestoneStatus.VIOLATED:
            row.reach_late(at=at, evidence=evidence)
        else:
            row.complete(at=at, evidence=evidence)
        row.told_at, row.told_message = at, notices.stopped_key(line)
    write_rows(rows, ["status", "reached_at", "evidence", "told_at", "told_message"])
    _keep([row.promise_id for row in rows if row.promise_id is not None], evidence, at)


def _keep(promise_ids: Sequence[int], note: str, at: dt.datetime) -> None:
    """What `keep_promise` does, for many at once: the promises and their lines of the timeline."""
    promises = list(
        Promise.objects.select_for_update(no_key=True)
        .filter(pk__in=promise_ids, status=Promise.Status.OPEN)
        .order_by("pk")
    )
    for promise in promises:
        promise.keep(at=at, by_id=None, note=note)
    write_rows(promises, ["status", "ended_at", "kept_note"])
    entries = [
        {
            "customer_id": promise.customer_id,
            "ticket_id": promise.ticket_id,
            "summary": promise.what,
            "data": {"promise": promise.pk, "kind": promise.kind, "note": note},
        }
        for promise in promises
    ]
    insert_rows(TimelineEntry, entries, kind="promise.kept", at=at)
