"""What a cutoff leaves behind, for many lines in a fixed number of statements: events, instructions, milestones."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.conf import settings
from django.utils.translation import gettext as _

from billing import order_dates
from billing.models import (
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
from billing.services.stop_rows import EndingLine
from tickets.models import Promise, TimelineEntry
from tickets.services.outbox import put_calls
from tickets.services.timeline import announce_many
from tickets.sets import Source, array, given, ids, inserted, read, stepped, write

# Of the milestones given by order, kind and line those still open, with the notice that tells of each; what is no line's own
# (the contract's last day) only when no line of the order runs any more: asked order by order, not by reading all lines there are.
STILL_OPEN = """
    SELECT m.id, g.told_message, g.told_at FROM ({given}) g JOIN billing_milestone m
    ON m.order_id = g.order_id AND m.kind = g.kind AND m.line_id IS NOT DISTINCT FROM g.line_id
    WHERE m.applies AND m.reached_at IS NULL AND (g.line_id IS NOT NULL OR (
        SELECT l.id FROM billing_cancellationline l JOIN billing_serviceline s ON s.id = l.line_id
        WHERE l.order_id = g.order_id AND s.stopped_at IS NULL LIMIT 1) IS NULL)
"""
# Most orders have missed none; to ask that costs less than to look for each of theirs.
ANY_MISSED = f"""
    SELECT 1 FROM unnest(%s::bigint[]) o(id) JOIN billing_milestone m ON m.order_id = o.id
    WHERE m.status = '{MilestoneStatus.VIOLATED}' AND m.reached_at IS NULL LIMIT 1
"""


def events(lines: Sequence[EndingLine], *, at: dt.datetime) -> None:
    """The line's own event and the customer's timeline."""
    named = given(
        line_id=("bigint", [line.line_id for line in lines]),
        source=("text", [line.number for line in lines]),
    )
    write(inserted(LineEvent, named, {"line_id": "v.line_id", "source": "v.source"}, kind="stopped", at=at))
    labels = {str(kind): str(kind.label) for kind in LineKind}
    entries = given(
        customer_id=("bigint", [line.customer_id for line in lines]),
        ticket_id=("bigint", [line.ticket_id for line in lines]),
        summary=("text", [f"{line.number} {labels[line.kind]}" for line in lines]),
        order_id=("bigint", [line.order_id for line in lines]),
        line_id=("bigint", [line.line_id for line in lines]),
        planned=("text", [line.ends_at.isoformat() for line in lines]),
        executed=("text", [at.isoformat()] * len(lines)),
    )
    data = "jsonb_build_object('order', v.order_id, 'line', v.line_id, 'planned', v.planned, 'executed', v.executed)"
    made = {name: f"v.{name}" for name in ("customer_id", "ticket_id", "summary")} | {"data": data}
    write(inserted(TimelineEntry, entries, made, kind="line.stopped", at=at))
    hints = {("customer", line.customer_id) for line in lines} | {
        ("ticket", line.ticket_id) for line in lines
    }
    announce_many([(topic, str(ref)) for topic, ref in sorted(hints)], at=at)


def instruct_carrier(lines: Sequence[EndingLine], *, at: dt.datetime) -> None:
    """Tell the carrier to stop each line, not before the moment from which it may."""
    channel = InstructionChannel.GATEWAY if settings.CARRIER_URL else InstructionChannel.WORKLIST
    froms = [min(at, line.ends_at) for line in lines]
    rows = given(
        order_id=("bigint", [line.order_id for line in lines]),
        ticket_id=("bigint", [line.ticket_id for line in lines]),
        access_line_id=("bigint", [line.access_line_id for line in lines]),
        line_id=("bigint", [line.line_id for line in lines]),
        key=("text", [f"{WORD}:stop:{line.pk}:g{line.generation}" for line in lines]),
        not_before=("timestamptz", froms),
        said=("text", [moment.isoformat() for moment in froms]),
        circuit=("text", [line.circuit for line in lines]),
        kind=("text", [line.kind for line in lines]),
    )
    payload = (
        f"jsonb_build_object('kind', '{InstructionKind.STOP.value}', 'circuit', v.circuit, 'line', v.line_id, "
        "'line_kind', v.kind, 'not_before', v.said)"
    )
    names = ("order_id", "ticket_id", "access_line_id", "line_id", "key", "not_before")
    issued = inserted(
        CarrierInstruction, rows, {name: f"v.{name}" for name in names} | {"payload": payload},
        unless_there=True, returning=("key", "payload", "ticket_id"),
        kind=InstructionKind.STOP, channel=channel, issued_at=at, due_at=order_dates.stop_due(at),
    )  # fmt: skip
    if channel == InstructionChannel.GATEWAY:
        put_calls(issued, path=PATH, at=at)
    else:
        write(issued)


def reach(lines: Sequence[EndingLine], *, at: dt.datetime) -> None:
    """The stop of each line, and the contract's last day where it was the last, with their promises and tellings."""
    last = {line.order_id: line for line in lines}
    reached: list[tuple[int, MilestoneKind, int | None, EndingLine]]
    reached = [(line.order_id, STOPS[LineKind(line.kind)], line.line_id, line) for line in lines]
    reached += [(order, MilestoneKind.CONTRACT_ENDED, None, line) for order, line in last.items()]
    rows = given(
        order_id=("bigint", [order for order, *_ in reached]),
        kind=("text", [kind.value for _, kind, *_ in reached]),
        line_id=("bigint", [line_id for *_, line_id, _ in reached]),
        told_message=("text", [notices.stopped_key(line) for *_, line in reached]),
        told_at=("timestamptz", [at] * len(reached)),
    )
    still_open = Source(STILL_OPEN.format(given=rows.sql), rows.values)
    missed = Source(f"{still_open.sql} AND m.status = '{MilestoneStatus.VIOLATED}'", rows.values)
    evidence = _("Stopped in the register at %(at)s") % {"at": at.isoformat()}
    kept = _reached("complete", still_open, evidence, at)
    if read(Source(ANY_MISSED, (array(last),))):
        kept += _reached("reach_late", missed, evidence, at)
    _keep(kept, evidence, at)


def _reached(deed: str, rows: Source, evidence: str, at: dt.datetime) -> list[int]:
    """Reach these milestones in time or late; returns the promises that waited for them."""
    told = {"told_message": "v.told_message", "told_at": "v.told_at"}
    done = stepped(Milestone, deed, rows, also=told, returning=("promise_id",), at=at, evidence=evidence)
    return [promise for (promise,) in read(done) if promise is not None]


def _keep(promise_ids: Sequence[int], note: str, at: dt.datetime) -> None:
    """What `keep_promise` does, for many at once: the promises and their lines of the timeline."""
    kept = stepped(
        Promise, "keep", ids(promise_ids), returning=("id", "customer_id", "ticket_id", "kind", "what", "kept_note"),
        at=at, by_id=None, note=note,
    )  # fmt: skip
    made = {
        "customer_id": "v.customer_id",
        "ticket_id": "v.ticket_id",
        "summary": "v.what",
        "data": "jsonb_build_object('promise', v.id, 'kind', v.kind, 'note', v.kept_note)",
    }
    write(inserted(TimelineEntry, kept, made, kind="promise.kept", at=at))
