"""What the carrier is told and what it answers (D1, D3, D7, D9).

With a gateway an instruction is an outbox message of the same key; without one it is an item of the work list
that a person does and marks done with evidence. Either way the relay is due one business day after acceptance
and waits for nothing, least of all for porting.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from billing.models import (
    AccessLine,
    CancellationLine,
    CancellationOrder,
    CarrierInstruction,
    InstructionChannel,
    InstructionKind,
    InstructionStatus,
    LineEvent,
    Milestone,
    MilestoneKind,
    ServiceLine,
)
from billing.models.carrier import OPEN_INSTRUCTION
from billing.order_dates import relay_due
from billing.services import milestones, order_plan
from billing.services.orders import lock_order
from tickets.errors import Refused
from tickets.formats import datetime_text
from tickets.models import OutboxMessage, Staff, Ticket
from tickets.service import service
from tickets.services.locking import lock_ticket
from tickets.services.outbox import put_gateway, withdraw_key
from tickets.services.timeline import append_entry

WORD = "carrier"  # the listener's word of these messages
PATH = "/instructions"


def relay(
    order: CancellationOrder, lines: Sequence[CancellationLine], *, at: dt.datetime, actor: Staff | None
) -> None:
    """Announce the cancellation for each circuit, at once; the lines' own ends are in it, and no porting is awaited."""
    due_at = milestones.of(order, MilestoneKind.CARRIER_RELAYED).due_at
    for circuit, its in _by_circuit(lines):
        issue(
            order=order, ticket_id=order.ticket_id, circuit=circuit, kind=InstructionKind.RELAY,
            key=f"{WORD}:relay:{order.pk}:{circuit.pk}", payload=_ends(its),
            due_at=due_at, at=at, actor=actor,
        )  # fmt: skip


def change(order: CancellationOrder, line: CancellationLine, *, at: dt.datetime, actor: Staff | None) -> None:
    """Tell the new last day of one line; an earlier change not yet done is overtaken."""
    circuit = line.line.access_line
    _supersede(order, circuit, InstructionKind.CHANGE, line_id=line.line_id)
    issue(
        order=order, ticket_id=order.ticket_id, circuit=circuit, kind=InstructionKind.CHANGE,
        key=f"{WORD}:change:{line.pk}:g{line.generation}", payload=_ends([line]), line_id=line.line_id,
        due_at=relay_due(order_plan.carrier_hours(order, [line]), at), at=at, actor=actor,
    )  # fmt: skip


def withdraw(
    order: CancellationOrder, lines: Sequence[CancellationLine], *, at: dt.datetime, actor: Staff | None
) -> None:
    """The customer stays: what was announced no longer holds."""
    due_at = relay_due(order_plan.carrier_hours(order, lines), at)
    for circuit, _its in _by_circuit(lines):
        for kind in (InstructionKind.RELAY, InstructionKind.CHANGE):
            _supersede(order, circuit, kind)
        issue(
            order=order, ticket_id=order.ticket_id, circuit=circuit, kind=InstructionKind.WITHDRAW,
            key=f"{WORD}:withdraw:{order.pk}:{circuit.pk}", payload={}, due_at=due_at, at=at, actor=actor,
        )  # fmt: skip


def issue(
    *,
    order: CancellationOrder | None,
    ticket_id: int,
    circuit: AccessLine,
    kind: InstructionKind,
    key: str,
    payload: dict[str, Any],
    due_at: dt.datetime,
    at: dt.datetime,
    actor: Staff | None,
    line_id: int | None = None,
    not_before: dt.datetime | None = None,
) -> CarrierInstruction:
    """Write one instruction and, with a gateway, the message that carries it. A key is issued once."""
    body = {"kind": kind.value, "circuit": circuit.circuit, "line": line_id, **payload}
    if not_before is not None:
        body["not_before"] = not_before.isoformat()
    channel = InstructionChannel.GATEWAY if settings.CARRIER_URL else InstructionChannel.WORKLIST
    instruction, fresh = CarrierInstruction.objects.get_or_create(
        key=key,
        defaults={
            "order": order,
            "ticket_id": ticket_id,
            "access_line": circuit,
            "line_id": line_id,
            "kind": kind,
            "channel": channel,
            "issued_at": at,
            "issued_by": actor,
            "due_at": due_at,
            "not_before": not_before,
            "payload": body,
        },
    )
    if fresh and channel == InstructionChannel.GATEWAY:
        put_gateway(key=key, path=PATH, payload=body, at=at, ticket_id=ticket_id)
    return instruction


@service
def mark_done(
    *,
    instruction_id: int,
    evidence: str,
    at: dt.datetime,
    actor: Staff,
    executed_at: dt.datetime | None = None,
) -> CarrierInstruction:
    """A person did it by hand: telephoned, faxed, in the carrier's own screen; `evidence` is the reference.

    `executed_at`: the carrier's own time, when it differs from `at`. Anyone who sees the ticket. `Refused` D9 once it
    is done, failed or overtaken: the line is not stopped a second time.
    """
    if not evidence.strip():
        raise Refused("D9", _("What shows that it was done?"))
    instruction = _lock(instruction_id, actor)
    if instruction.status not in OPEN_INSTRUCTION:
        raise Refused("D9", _ended(instruction))
    _execute(instruction, executed_at or at, evidence=evidence.strip(), at=at, actor=actor)
    return instruction


@service
def apply_carrier_report(
    *,
    key: str,
    outcome: str,
    reference: str,
    at: dt.datetime,
    executed_at: dt.datetime | None = None,
    reason: str = "",
    line_id: int | None = None,
) -> CarrierInstruction:
    """What the carrier says of an instruction: `taken`, `executed` (at its own time) or `failed`. For the gateway.

    `stopped`, with `line_id`: a line of an announced cancellation went dead at `executed_at`, ordered or not. Saying the same again changes nothing. A stop carried out before its time becomes a stop incident at once (D7);
    a time that lies ahead of the desk's clock is refused (D7): nobody has done tomorrow's work.
    """
    found = CarrierInstruction.objects.filter(key=key).values_list("pk", flat=True).first()
    if found is None:
        raise Refused("D7", _("No instruction has this key."))
    instruction = _lock(found, None)
    if outcome == "stopped" and line_id is not None:
        _stopped(instruction, line_id, executed_at or at, reference, at=at)
        return instruction
    if instruction.status not in OPEN_INSTRUCTION:
        return instruction
    if outcome == "taken":
        _take(instruction, reference, at=at)
    elif outcome == "executed":
        _execute(instruction, executed_at or at, evidence=reference, at=at, actor=None)
    elif outcome == "failed":
        _fail(instruction, reason or reference, at=at)
    else:
        raise Refused("D7", _("The carrier can say that it has taken, done or failed; nothing else."))
    return instruction


def message_fate(message: OutboxMessage, at: dt.datetime) -> None:
    """What became of the gateway call (the relay's listener): the carrier took it, or it was given up."""
    found = CarrierInstruction.objects.filter(key=message.key).values_list("pk", flat=True).first()
    if found is None:
        return
    instruction = _lock(found, None)
    if instruction.status not in OPEN_INSTRUCTION:
        return
    if message.status == OutboxMessage.Status.SENT:
        answer = message.response.get("answer")
        reference = answer.get("reference", "") if isinstance(answer, dict) else ""
        _take(instruction, reference or message.key, at=at)
    elif message.status == OutboxMessage.Status.DEAD:
        _fail(instruction, message.last_error or str(_("The gateway could not be reached")), at=at)


def _ended(instruction: CarrierInstruction) -> str:
    """What has become of it already, for somebody who would do it again."""
    facts = {
        "state": instruction.get_status_display(),
        "at": datetime_text(instruction.executed_at),
        "evidence": instruction.evidence,
    }
    if instruction.status == InstructionStatus.EXECUTED:
        return str(_("It was carried out already, on %(at)s (%(evidence)s). Nothing was done again.") % facts)
    return str(_("It is not to be carried out any more: %(state)s. Nothing was done.") % facts)


def _take(instruction: CarrierInstruction, reference: str, *, at: dt.datetime) -> None:
    if instruction.status == InstructionStatus.ISSUED:
        instruction.acknowledge(at=at)
        instruction.save()
    _relayed(instruction, reference, at=at, actor=None)


def _execute(
    instruction: CarrierInstruction,
    executed_at: dt.datetime,
    *,
    evidence: str,
    at: dt.datetime,
    actor: Staff | None,
) -> None:
    if executed_at > at:
        raise Refused("D7", _("The carrier cannot have carried it out later than now."))
    instruction.execute(executed_at=executed_at, at=at, evidence=evidence, by_id=actor.pk if actor else None)
    instruction.save()
    _relayed(instruction, evidence, at=at, actor=actor)
    if instruction.line_id is not None:
        LineEvent.objects.create(
            line_id=instruction.line_id, kind=f"carrier_{instruction.kind}", at=executed_at,
            source=evidence[:80],
        )  # fmt: skip
    _record(instruction, "carrier.executed", at=at, actor=actor, evidence=evidence)
    if instruction.kind == InstructionKind.STOP and _early(instruction, executed_at):
        from billing.services import incidents

        incidents.from_instruction(instruction, executed_at=executed_at, at=at)
    if instruction.kind == InstructionKind.RECONNECT:
        from billing.services import reconnect

        reconnect.restored(instruction, executed_at=executed_at, at=at, actor=actor)


def _stopped(
    instruction: CarrierInstruction,
    line_id: int,
    executed_at: dt.datetime,
    reference: str,
    *,
    at: dt.datetime,
) -> None:
    """A line of this circuit is dead at the carrier; before its end that is a stop incident (D7)."""
    line = ServiceLine.objects.filter(pk=line_id, access_line_id=instruction.access_line_id).first()
    if line is None or executed_at > at:
        raise Refused("D7", _("The report names another line, or a time to come."))
    known = LineEvent.objects.filter(line=line, kind="carrier_stop", at=executed_at, source=reference[:80])
    if known.exists():
        return
    LineEvent.objects.create(line=line, kind="carrier_stop", at=executed_at, source=reference[:80])
    from billing.services import incidents

    incidents.compare_stop(line, executed_at=executed_at, ticket_id=instruction.ticket_id, at=at)


def _early(instruction: CarrierInstruction, executed_at: dt.datetime) -> bool:
    return instruction.not_before is not None and executed_at < instruction.not_before


def _fail(instruction: CarrierInstruction, reason: str, *, at: dt.datetime) -> None:
    instruction.fail(at=at, reason=reason[:200])
    instruction.save()
    _record(instruction, "carrier.failed", at=at, actor=None, reason=reason)
    # A person does it instead: the same words by hand, under a key of its own.
    CarrierInstruction.objects.create(
        order=instruction.order,
        ticket_id=instruction.ticket_id,
        access_line=instruction.access_line,
        line_id=instruction.line_id,
        kind=instruction.kind,
        key=f"{instruction.key}:by-hand",
        channel=InstructionChannel.WORKLIST,
        issued_at=at,
        due_at=instruction.due_at,
        not_before=instruction.not_before,
        payload=instruction.payload,
    )


def _relayed(instruction: CarrierInstruction, evidence: str, *, at: dt.datetime, actor: Staff | None) -> None:
    """The milestone 回線事業者連絡 is reached when the last circuit of the order was announced."""
    if instruction.kind != InstructionKind.RELAY or instruction.order_id is None:
        return
    waiting = CarrierInstruction.objects.filter(
        order_id=instruction.order_id, kind=InstructionKind.RELAY, status=InstructionStatus.ISSUED
    )
    if waiting.exclude(pk=instruction.pk).exists():
        return
    if not Milestone.objects.filter(order_id=instruction.order_id).exists():
        return
    order = lock_order(instruction.order_id, None)
    milestones.reach(order, MilestoneKind.CARRIER_RELAYED, at=at, evidence=evidence, actor=actor)


def _lock(instruction_id: int, actor: Staff | None) -> CarrierInstruction:
    row = CarrierInstruction.objects.only("ticket_id", "order_id").get(pk=instruction_id)
    if row.order_id is not None:
        lock_order(row.order_id, actor)
    else:
        lock_ticket(row.ticket_id, actor)
    return (
        CarrierInstruction.objects.select_for_update(no_key=True, of=("self",))
        .select_related("order", "access_line")
        .get(pk=instruction_id)
    )


def _supersede(
    order: CancellationOrder, circuit: AccessLine, kind: InstructionKind, line_id: int | None = None
) -> None:
    """Overtake what is not done yet. What has left for the carrier cannot be unsaid; the new one follows it."""
    rows = CarrierInstruction.objects.select_for_update(no_key=True).filter(
        order=order, access_line=circuit, kind=kind, status=InstructionStatus.ISSUED
    )
    for row in rows.filter(line_id=line_id) if line_id is not None else rows:
        gone = row.channel == InstructionChannel.GATEWAY and not withdraw_key(
            key=row.key, reason=str(_("Overtaken by a later instruction"))
        )
        if not gone:
            row.supersede()
            row.save(update_fields=["status"])


def _by_circuit(
    lines: Sequence[CancellationLine],
) -> list[tuple[AccessLine, list[CancellationLine]]]:
    circuits: dict[int, tuple[AccessLine, list[CancellationLine]]] = {}
    for line in lines:
        circuit = line.line.access_line
        circuits.setdefault(circuit.pk, (circuit, []))[1].append(line)
    return list(circuits.values())


def _ends(lines: Sequence[CancellationLine]) -> dict[str, Any]:
    """Per line its own end, exclusive, with its offset: nothing for the carrier to work out or to guess."""
    return {
        "ends": [
            {"line": line.line_id, "kind": line.line.kind, "ends_at": line.ends_at.isoformat()}
            for line in lines
        ]
    }


def _record(
    instruction: CarrierInstruction, kind: str, *, at: dt.datetime, actor: Staff | None, **facts: object
) -> None:
    customer_id = Ticket.objects.values_list("customer_id", flat=True).get(pk=instruction.ticket_id)
    append_entry(
        customer_id=customer_id,
        ticket_id=instruction.ticket_id,
        kind=kind,
        at=at,
        actor=actor,
        summary=f"{instruction.get_kind_display()} {instruction.access_line.circuit}",
        data={"instruction": instruction.pk, "key": instruction.key, **facts},
    )
