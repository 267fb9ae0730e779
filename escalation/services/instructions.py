"""A superior's instruction: issued on record, acknowledged, carried out, withdrawn (B8). Objections: services.objections."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.utils.translation import gettext as _

from escalation.models import Instruction, InstructionExecution, InstructionObserver, Objection
from escalation.services.objections import end_with_instruction
from tickets.access import require_tier
from tickets.errors import NotAllowed, Refused
from tickets.models import Staff, Tier
from tickets.service import service
from tickets.services.locking import lock_ticket
from tickets.services.timeline import append_entry


@service
def issue_instruction(
    *,
    ticket_id: int,
    recipient_id: int,
    text: str,
    basis_kind: str,
    basis_ref: str,
    adverse: bool,
    actor: Staff,
    at: dt.datetime,
    observer_ids: Iterable[int] = (),
    charge_ref: int | None = None,
    replaces_id: int | None = None,
) -> Instruction:
    """Tell somebody to do something, on record. A leader or above; with a basis that is not "internal procedure".

    `adverse`: to the customer's disadvantage. `charge_ref`: the billing charge it is about. Never edited.
    """
    require_tier(actor, Tier.LEADER, rule="B8")
    return _create(
        ticket_id=ticket_id,
        issuer=actor,
        recipient_id=recipient_id,
        recorded_by=actor,
        channel=Instruction.Channel.RECORD,
        text=text,
        basis=(basis_kind, basis_ref),
        adverse=adverse,
        at=at,
        observer_ids=observer_ids,
        charge_ref=charge_ref,
        replaces_id=replaces_id,
    )


@service
def note_instruction(
    *,
    ticket_id: int,
    issuer_id: int,
    channel: str,
    text: str,
    actor: Staff,
    at: dt.datetime,
    adverse: bool = True,
    observer_ids: Iterable[int] = (),
    charge_ref: int | None = None,
) -> Instruction:
    """Write down an order that came by mail or by word of mouth. Anyone who got one may.

    It can be objected to and never executed: whoever meant it issues it on record.
    """
    if channel == Instruction.Channel.RECORD:
        raise Refused("B8", _("Only the issuer puts an instruction on record."))
    issuer = Staff.objects.get(pk=issuer_id)
    return _create(
        ticket_id=ticket_id,
        issuer=issuer,
        recipient_id=actor.pk,
        recorded_by=actor,
        channel=channel,
        text=text,
        basis=("", ""),
        adverse=adverse,
        at=at,
        observer_ids=observer_ids,
        charge_ref=charge_ref,
        replaces_id=None,
    )


@service
def acknowledge_instruction(*, instruction_id: int, actor: Staff, at: dt.datetime) -> Instruction:
    """Take it on: only whoever it was given to."""
    instruction = lock_instruction(instruction_id, actor)
    if actor.pk != instruction.recipient_id:
        raise NotAllowed("B8", _("Only whoever it was given to takes it on."))
    instruction.acknowledge(by_id=actor.pk, at=at)
    instruction.save()
    _record(instruction, "instruction.acknowledged", actor=actor, at=at)
    return instruction


@service
def execute_instruction(
    *, instruction_id: int, actor: Staff, at: dt.datetime, contact_id: int | None = None
) -> InstructionExecution:
    """Write down that it is carried out. Whoever it was given to, or anyone at the desk in their place.

    `Refused` (B8) for a mail or word of mouth, before it was acknowledged, while an objection is open (B9), and by
    billing's own rule for a charge that is not the customer's fault (C5).
    """
    instruction = lock_instruction(instruction_id, actor)
    if instruction.channel != Instruction.Channel.RECORD:
        raise Refused(
            "B8",
            _("An order by mail or word of mouth is not carried out; ask its author to put it on record."),
        )
    execution = InstructionExecution.objects.create(
        instruction=instruction, executed_by=actor, executed_at=at, contact_id=contact_id
    )
    _record(instruction, "instruction.executed", actor=actor, at=at, contact_id=contact_id)
    return execution


@service
def withdraw_instruction(*, instruction_id: int, actor: Staff, at: dt.datetime) -> Instruction:
    """Take it back: its issuer, or someone of a tier above theirs. Open objections end with it."""
    instruction = lock_instruction(instruction_id, actor)
    if actor.pk != instruction.issuer_id and actor.tier <= instruction.issuer_tier:
        raise NotAllowed("B8", _("Only its issuer, or someone above them, takes it back."))
    instruction.withdraw(at=at)
    instruction.save()
    for objection in Objection.objects.filter(instruction=instruction).open():
        end_with_instruction(objection_id=objection.pk, at=at)
    _record(instruction, "instruction.withdrawn", actor=actor, at=at)
    return instruction


def lock_instruction(instruction_id: int, actor: Staff | None) -> Instruction:
    """The instruction, locked after its ticket."""
    lock_ticket(Instruction.objects.values_list("ticket_id", flat=True).get(pk=instruction_id), actor)
    return Instruction.objects.select_for_update(no_key=True).get(pk=instruction_id)


def _create(
    *,
    ticket_id: int,
    issuer: Staff,
    recipient_id: int,
    recorded_by: Staff,
    channel: str,
    text: str,
    basis: tuple[str, str],
    adverse: bool,
    at: dt.datetime,
    observer_ids: Iterable[int],
    charge_ref: int | None,
    replaces_id: int | None,
) -> Instruction:
    ticket = lock_ticket(ticket_id, recorded_by)
    instruction = Instruction.objects.create(
        ticket=ticket,
        customer_id=ticket.customer_id,
        issuer=issuer,
        issuer_tier=issuer.tier,
        recipient_id=recipient_id,
        recorded_by=recorded_by,
        issued_at=at,
        channel=channel,
        text=text,
        adverse=adverse,
        basis_kind=basis[0],
        basis_ref=basis[1],
        charge_ref=charge_ref,
        replaces_id=replaces_id,
    )
    for staff_id in dict.fromkeys(observer_ids):
        InstructionObserver.objects.create(instruction=instruction, staff_id=staff_id)
    _record(instruction, "instruction.issued", actor=recorded_by, at=at, channel=channel)
    return instruction


def _record(
    instruction: Instruction,
    kind: str,
    *,
    actor: Staff | None,
    at: dt.datetime,
    contact_id: int | None = None,
    **facts: object,
) -> None:
    append_entry(
        customer_id=instruction.customer_id,
        ticket_id=instruction.ticket_id,
        contact_id=contact_id,
        kind=kind,
        at=at,
        actor=actor,
        summary=instruction.text,
        data={"instruction": instruction.pk, "issuer": instruction.issuer_id, **facts},
        own_company_only=False,
    )
