"""Decisions outside the manual (例外処理): asked, seconded, decided, passed up; weekends included (B6)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import replace

from django.utils.translation import gettext as _

from escalation import authority, routing
from escalation.authority import Authority
from escalation.due import answer_due
from escalation.models import Decision, ExceptionOption, ExceptionRequest
from escalation.queries.duty import duty_facts
from escalation.routing import Facts, Place
from tickets.errors import NotAllowed, Refused
from tickets.models import TOP, PromiseKind, PromiseRise, Staff, Tier
from tickets.service import service
from tickets.services.locking import lock_ticket
from tickets.services.promises import Destination, keep_promise, lift_promise, open_promise, void_promise
from tickets.services.timeline import append_entry

Option = tuple[str, int]


@service
def request_exception(
    *,
    ticket_id: int,
    situation: str,
    options: Iterable[Option],
    actor: Staff,
    at: dt.datetime,
    decision: str = Decision.EXCEPTION,
    needed_by: dt.datetime | None = None,
) -> ExceptionRequest:
    """Ask for what the manual does not give. Anyone at the desk may; it goes to someone on duty with the authority.

    `options`: (label, yen incl. tax), at least one. `needed_by`: when it would be too late; it is due no later.
    """
    ticket = lock_ticket(ticket_id, actor)
    offered = list(options)
    if not offered:
        raise Refused("B6", _("Offer the decider at least one way out."))
    yen = max(cost for _label, cost in offered)
    facts = replace(duty_facts(at), excused=frozenset({actor.pk}))
    place = routing.first_place(facts, authority.least_tier(decision, yen, at))
    due_at = answer_due(ticket.desk_id, place.level, at)
    due_at = min(due_at, needed_by) if needed_by and needed_by > at else due_at
    promise = open_promise(
        ticket_id=ticket.pk, kind=PromiseKind.EXCEPTION_DECISION, what=situation[:300], due_at=due_at, at=at,
        actor=actor, owner_id=place.holder, tier=place.level,
    )  # fmt: skip
    request = ExceptionRequest.objects.create(
        ticket=ticket, customer_id=ticket.customer_id, decision=decision, situation=situation, yen=yen,
        needed_by=needed_by, asked_by=actor, asked_at=at, promise=promise, level=place.level,
        holder_id=place.holder, due_at=due_at,
    )  # fmt: skip
    for label, cost in offered:
        ExceptionOption.objects.create(request=request, label=label, yen=cost)
    _record(request, "exception.requested", situation, actor=actor, at=at)
    return request


@service
def approve_exception(
    *, request_id: int, option_id: int, reasons: str, actor: Staff, at: dt.datetime
) -> ExceptionRequest:
    """Choose an option. Someone with the authority, never the requester (B6).

    Where two people are needed the first approval seconds it, and somebody else with the authority completes it.
    """
    request = _lock(request_id, actor)
    option = request.options.get(pk=option_id)
    verdict = _authority(request, actor, at)
    if verdict.second and request.seconded_by_id is None:
        request.second(by_id=actor.pk, at=at)
        request.save()
        _record(request, "exception.seconded", option.label, actor=actor, at=at, option=option.pk)
        return request
    if verdict.second and request.seconded_by_id == actor.pk:
        raise NotAllowed("B6", _("A second person must agree."))
    request.approve(option=option, by_id=actor.pk, capacity=verdict.capacity, reasons=reasons, at=at)
    request.save()
    keep_promise(promise_id=request.promise_id, at=at, actor=actor, note=option.label[:300])
    _record(request, "exception.approved", option.label, actor=actor, at=at, option=option.pk, yen=option.yen)
    return request


@service
def decline_exception(
    *, request_id: int, reasons: str, basis_kind: str, basis_ref: str, actor: Staff, at: dt.datetime
) -> ExceptionRequest:
    """Decline with reasons and basis. Only someone who could have approved it; whoever could not passes it up."""
    request = _lock(request_id, actor)
    verdict = _authority(request, actor, at)
    request.decline(
        by_id=actor.pk,
        capacity=verdict.capacity,
        reasons=reasons,
        basis_kind=basis_kind,
        basis_ref=basis_ref,
        at=at,
    )
    request.save()
    keep_promise(promise_id=request.promise_id, at=at, actor=actor, note=reasons[:300])
    _record(request, "exception.declined", reasons, actor=actor, at=at, basis=basis_ref)
    return request


@service
def pass_up_exception(
    *, request_id: int, reason: str, at: dt.datetime, actor: Staff | None = None
) -> ExceptionRequest:
    """To the next tier, at the top to the next deputy. Anyone may; the system does when it is overdue."""
    request = _lock(request_id, actor)
    place = routing.next_place(_facts(request, at), request.level, request.rung)
    if place.holder is None:
        place = Place(TOP, request.rung + 1, None)
    due_at = answer_due(request.ticket.desk_id, place.level, at)
    request.pass_up(place=place, due_at=due_at)
    request.save()
    to = Destination(tier=place.level, rung=place.rung, owner_id=place.holder, due_at=due_at)
    lift_promise(promise_id=request.promise_id, to=to, at=at, reason=reason[:200], actor=actor)
    _record(request, "exception.passed_up", reason, actor=actor, at=at, level=place.level, rung=place.rung)
    return request


@service
def withdraw_exception(*, request_id: int, reason: str, actor: Staff, at: dt.datetime) -> ExceptionRequest:
    """No longer needed. Whoever asked, or a leader or above."""
    request = _lock(request_id, actor)
    if actor.pk != request.asked_by_id and actor.tier < Tier.LEADER:
        raise NotAllowed("B6", _("Only whoever asked, or a leader, takes a request back."))
    request.withdraw()
    request.save()
    void_promise(promise_id=request.promise_id, at=at, reason=reason[:300], actor=actor)
    _record(request, "exception.withdrawn", reason, actor=actor, at=at)
    return request


def _lock(request_id: int, actor: Staff | None) -> ExceptionRequest:
    lock_ticket(ExceptionRequest.objects.values_list("ticket_id", flat=True).get(pk=request_id), actor)
    return ExceptionRequest.objects.select_for_update(no_key=True).get(pk=request_id)


def _authority(request: ExceptionRequest, actor: Staff, at: dt.datetime) -> Authority:
    return authority.require(
        actor, request.decision, request.yen, at, rule="B6", requested_by_id=request.asked_by_id
    )


def _facts(request: ExceptionRequest, at: dt.datetime) -> Facts:
    held = PromiseRise.objects.filter(promise_id=request.promise_id, to_owner__isnull=False)
    asked = frozenset(held.values_list("to_owner_id", flat=True)) | {request.holder_id or 0}
    return replace(duty_facts(at), excused=frozenset({request.asked_by_id}), asked=asked)


def _record(
    request: ExceptionRequest,
    kind: str,
    summary: str,
    *,
    actor: Staff | None,
    at: dt.datetime,
    **facts: object,
) -> None:
    append_entry(
        customer_id=request.customer_id,
        ticket_id=request.ticket_id,
        kind=kind,
        at=at,
        actor=actor,
        summary=summary,
        data={"exception": request.pk, **facts},
    )
