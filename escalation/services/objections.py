"""Objecting to an instruction: it suspends at once, goes above the issuer, and does not say who objected (B9)."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from django.utils.translation import gettext as _

from escalation import routing
from escalation.access import require_tier
from escalation.due import answer_due
from escalation.models import Instruction, Objection, ObjectionAuthor
from escalation.queries.duty import duty_facts
from tickets.errors import NotAllowed, Refused
from tickets.models import TOP, Promise, PromiseKind, PromiseRise, Staff
from tickets.service import service
from tickets.services.locking import lock_ticket
from tickets.services.promises import Destination, keep_promise, lift_promise, open_promise, void_promise
from tickets.services.timeline import append_entry


@service
def object_to(
    *, instruction_id: int, reasons: str, actor: Staff, at: dt.datetime, hidden: bool = True
) -> Objection:
    """Object, with reasons. Anyone who sees the instruction may, except its issuer; it is suspended at once.

    `hidden` (the default): the issuer never learns who. Neither the history nor the promise names the author, and
    no evaluation reads this table.
    """
    instruction = _lock_instruction(instruction_id, actor)
    if actor.pk == instruction.issuer_id:
        raise NotAllowed("B9", _("You issued this; take it back instead."))
    if instruction.status == Instruction.Status.WITHDRAWN:
        raise Refused("B9", _("This instruction no longer stands."))
    tier = min(instruction.issuer_tier + 1, TOP)
    facts = replace(duty_facts(at), excused=frozenset({actor.pk, instruction.issuer_id}))
    place = routing.first_place(facts, tier)
    promise = open_promise(
        ticket_id=instruction.ticket_id,
        kind=PromiseKind.OBJECTION_DECISION,
        what=_("Decision on an objection to: %(text)s") % {"text": instruction.text[:200]},
        due_at=answer_due(instruction.ticket.desk_id, place.level, at),
        at=at,
        owner_id=place.holder,
        tier=place.level,
    )
    objection = Objection.objects.create(
        instruction=instruction,
        ticket_id=instruction.ticket_id,
        reasons=reasons,
        hidden_from_issuer=hidden,
        raised_at=at,
        promise=promise,
        decider_tier=tier,
        holder_id=place.holder,
    )
    ObjectionAuthor.objects.create(objection=objection, staff=actor)
    if instruction.status != Instruction.Status.SUSPENDED:
        instruction.suspend()
        instruction.save()
    _record(objection, "objection.raised", reasons, actor=None, at=at)
    return objection


@service
def decide_objection(
    *, objection_id: int, sustained: bool, reasons: str, actor: Staff, at: dt.datetime
) -> Objection:
    """Sustain (the instruction falls) or overrule (it stands), with reasons.

    Someone of a tier above the issuer's, at the top another of the top; never the issuer, never the author.
    """
    objection = _lock(objection_id, actor)
    instruction = _lock_instruction(objection.instruction_id, actor)
    if actor.pk == instruction.issuer_id:
        raise NotAllowed("B9", _("The issuer does not decide an objection to their own instruction."))
    capacity = require_tier(actor, min(instruction.issuer_tier + 1, TOP), at, rule="B9")
    objection.decider_tier = capacity.tier
    end = objection.sustain if sustained else objection.overrule
    end(by_id=actor.pk, delegation_id=capacity.delegation, reasons=reasons, at=at)
    objection.save()
    keep_promise(promise_id=objection.promise_id, at=at, actor=actor, note=reasons[:300])
    _settle_instruction(instruction, sustained=sustained, at=at)
    kind = "objection.sustained" if sustained else "objection.overruled"
    _record(objection, kind, reasons, actor=actor, at=at)
    return objection


@service
def take_back_objection(*, objection_id: int, actor: Staff, at: dt.datetime) -> Objection:
    """Its author no longer objects; the instruction can be acknowledged again only when upheld or issued anew."""
    objection = _lock(objection_id, actor)
    if not ObjectionAuthor.objects.filter(objection=objection, staff=actor).exists():
        raise NotAllowed("B9", _("Only whoever objected takes it back."))
    _end(objection, _("Taken back by its author"), at)
    _settle_instruction(_lock_instruction(objection.instruction_id, actor), sustained=False, at=at)
    return objection


@service
def end_with_instruction(*, objection_id: int, at: dt.datetime) -> Objection:
    """The instruction was withdrawn: there is nothing left to decide. For services."""
    objection = _lock(objection_id, None)
    _end(objection, _("The instruction was withdrawn"), at)
    return objection


def rise_objection(promise: Promise, at: dt.datetime, reason: str) -> None:
    """How the promise of an objection rises when overdue: past the issuer and the author. For the promise router."""
    objection = Objection.objects.select_for_update(no_key=True).get(promise=promise)
    barred = {objection.instruction.issuer_id, objection.author_row.staff_id}
    held = PromiseRise.objects.filter(promise=promise, to_owner__isnull=False)
    asked = frozenset(held.values_list("to_owner_id", flat=True)) | {objection.holder_id or 0}
    facts = replace(duty_facts(at), excused=frozenset(barred), asked=asked)
    place = routing.next_place(facts, promise.tier, promise.rung)
    if place.holder is None:
        place = routing.Place(TOP, promise.rung + 1, None)
    objection.holder_id = place.holder
    objection.save(update_fields=["holder"])
    due_at = answer_due(objection.instruction.ticket.desk_id, place.level, at)
    to = Destination(tier=place.level, rung=place.rung, owner_id=place.holder, due_at=due_at)
    lift_promise(promise_id=promise.pk, to=to, at=at, reason=reason)


def _lock_instruction(instruction_id: int, actor: Staff | None) -> Instruction:
    lock_ticket(Instruction.objects.values_list("ticket_id", flat=True).get(pk=instruction_id), actor)
    return Instruction.objects.select_for_update(no_key=True).get(pk=instruction_id)


def _lock(objection_id: int, actor: Staff | None) -> Objection:
    lock_ticket(Objection.objects.values_list("ticket_id", flat=True).get(pk=objection_id), actor)
    return Objection.objects.select_for_update(no_key=True).get(pk=objection_id)


def _settle_instruction(instruction: Instruction, *, sustained: bool, at: dt.datetime) -> None:
    """It falls with the first objection sustained; it stands when none is open any more."""
    open_ones = list(Objection.objects.filter(instruction=instruction).open())
    if sustained:
        for other in open_ones:
            _end(other, _("The instruction fell with another objection"), at)
        instruction.withdraw(at=at)
        instruction.save()
    elif not open_ones and instruction.status == Instruction.Status.SUSPENDED:
        instruction.uphold()
        instruction.save()


def _end(objection: Objection, why: str, at: dt.datetime) -> None:
    objection.take_back(at=at)
    objection.save()
    void_promise(promise_id=objection.promise_id, at=at, reason=why)


def _record(objection: Objection, kind: str, summary: str, *, actor: Staff | None, at: dt.datetime) -> None:
    append_entry(
        customer_id=objection.instruction.customer_id,
        ticket_id=objection.ticket_id,
        kind=kind,
        at=at,
        actor=actor,
        summary=summary,
        data={"objection": objection.pk, "instruction": objection.instruction_id},
        own_company_only=True,
    )
