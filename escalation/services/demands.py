"""The demand for a superior: recorded in one click, accepted, raised, withdrawn (B1-B5). Answers: services.answers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import replace

from django.utils.translation import gettext as _

from escalation import routing
from escalation.access import require_capacity
from escalation.due import answer_due
from escalation.models import Demand, DemandConflict
from escalation.queries.duty import demand_facts, new_demand_facts
from escalation.routing import Facts
from escalation.services.ladder import (
    ALARM_AGAIN,
    Reason,
    lock_open_demand,
    move_to,
    raise_alarm,
    record,
    record_passage,
)
from escalation.services.reopening import open_for_more
from tickets.errors import Refused, Stale
from tickets.models import TOP, PromiseKind, Staff, Ticket
from tickets.service import service
from tickets.services.locking import lock_ticket
from tickets.services.promises import Destination, lift_promise, open_promise, take_promise, void_promise
from tickets.services.tickets import start


@service
def demand_superior(
    *,
    ticket_id: int,
    contact_id: int,
    words: str,
    actor: Staff,
    at: dt.datetime,
    tier: int | None = None,
    about_ids: Iterable[int] = (),
) -> Demand:
    """Record that the customer demands someone above, in their own words. Anyone may; nothing refuses it (B1).

    `tier`: the tier named; None is the one above `actor`. `about_ids`: staff the complaint is about, who cannot
    answer it. A ticket that has ended is opened again. While a demand is open on the ticket it is raised to the
    tier named, or left where it stands when that is high enough; the words are kept either way.
    """
    ticket = open_for_more(ticket_id=lock_ticket(ticket_id, actor).pk, actor=actor, at=at, why=words)
    named = min(max(tier or actor.tier + 1, routing.LOWEST), TOP)
    standing = Demand.objects.select_for_update(no_key=True).filter(ticket=ticket).open().first()
    if standing is not None:
        return _repeat(standing, named, words, contact_id, about_ids, actor=actor, at=at)
    return _record_new(ticket, named, words, contact_id, about_ids, actor=actor, at=at)


@service
def accept(*, demand_id: int, actor: Staff, at: dt.datetime) -> Demand:
    """Take a demand: anyone of its tier or above who is at work, by rank or a delegation valid now (B2, B4).

    `Stale` when somebody else has just taken it; `NotAllowed` below the tier, for someone in conflict or who has
    answered before.
    """
    demand = lock_open_demand(demand_id, actor)
    capacity = require_capacity(demand, actor, at)
    if demand.status in (Demand.Status.IN_REVIEW, Demand.Status.DECIDED):
        if demand.accepted_by_id == actor.pk:
            return demand
        raise Stale("B2", _("%(name)s has already taken this.") % {"name": demand.accepted_by})
    if demand.status == Demand.Status.REQUESTED:
        move_to(
            demand,
            routing.Place(demand.level, demand.rung, actor.pk, capacity.delegation),
            at=at,
            reason=Reason.ROUTED,
            actor=actor,
        )
    before = (demand.level, demand.rung, demand.holder_id, demand.due_at)
    demand.accept(by_id=actor.pk, capacity=capacity, at=at)
    demand.save()
    if before[:3] != (demand.level, demand.rung, demand.holder_id):
        record_passage(demand, before, at=at, reason=Reason.TAKEN, actor=actor)
    _carry_promise(demand, actor, at)
    _make_responsible(demand, actor, at)
    record(demand, "demand.accepted", at=at, actor=actor, tier=capacity.tier, delegation=capacity.delegation)
    return demand


@service
def rise(
    *, demand_id: int, reason: str, at: dt.datetime, actor: Staff | None = None, note: str = ""
) -> Demand:
    """Up one tier, at the top to the next deputy. Anyone may raise it at any time; nobody can stop it (B3, B4).

    `reason`: a `DemandPassage.Reason`; TIMEOUT does nothing before the due time. A decision that is made stands,
    and telling it goes up. When everyone at the top has been asked the alarm is raised and it stays open.
    """
    demand = lock_open_demand(demand_id, actor)
    if reason == Reason.TIMEOUT and not _is_overdue(demand, at):
        return demand
    place = routing.next_place(demand_facts(demand, at), demand.level, demand.rung)
    if place.holder is None and demand.holder_id is None:
        raise_alarm(demand, at)
        return demand
    is_let_go = place.holder is None and place.rung == demand.rung
    move_to(demand, place, at=at, reason=Reason.LET_GO if is_let_go else reason, actor=actor, note=note)
    return demand


@service
def declare_conflict(
    *, demand_id: int, staff_id: int, why: str, actor: Staff, at: dt.datetime, note: str = ""
) -> Demand:
    """Bar somebody from answering: the complaint is about them, or they say so themselves. Anyone may record it.

    Held by that person, it rises at once. `Refused` (B3) for the last person at the top: tell the customer.
    """
    demand = lock_open_demand(demand_id, actor)
    if not routing.may_be_excused(demand_facts(demand, at), staff_id):
        raise Refused(
            "B3",
            _("Nobody else is left at the top. Tell the customer of the conflict instead of passing it on."),
        )
    DemandConflict.objects.get_or_create(
        demand=demand,
        staff_id=staff_id,
        defaults={"why": why, "note": note, "recorded_by": actor, "recorded_at": at},
    )
    record(demand, "demand.conflict", at=at, actor=actor, summary=note, staff=staff_id, why=why)
    if staff_id in {demand.holder_id, demand.accepted_by_id}:
        return rise(demand_id=demand.pk, reason=Reason.CONFLICT, at=at, actor=actor, note=note)
    return demand


@service
def withdraw(*, demand_id: int, contact_id: int, words: str, actor: Staff, at: dt.datetime) -> Demand:
    """The customer no longer wants it, in their own words, in a contact with us (B2). Anyone may record it."""
    demand = lock_open_demand(demand_id, actor)
    if not words.strip():
        raise Refused("B2", _("Only the customer withdraws a demand: write down what they said."))
    demand.withdraw(contact_id=contact_id, words=words, at=at)
    demand.save()
    void_promise(promise_id=demand.promise_id, at=at, reason=words[:300], actor=actor, contact_id=contact_id)
    record(demand, "demand.withdrawn", at=at, actor=actor, contact_id=contact_id, summary=words)
    return demand


def _is_overdue(demand: Demand, at: dt.datetime) -> bool:
    """Past its time; once everyone at the top has been asked, again only after a pause."""
    rested = demand.exhausted_at is None or demand.exhausted_at <= at - ALARM_AGAIN
    return demand.due_at <= at and rested


def _record_new(
    ticket: Ticket,
    named: int,
    words: str,
    contact_id: int,
    about_ids: Iterable[int],
    *,
    actor: Staff,
    at: dt.datetime,
) -> Demand:
    previous_id = _answered_before(ticket)
    facts = new_demand_facts(ticket.customer_id, previous_id, at)
    facts, barred = _excuse(facts, about_ids)
    place = routing.first_place(facts, named)
    due_at = answer_due(ticket.desk_id, place.level, at)
    said = words if words.strip() else _("(no words recorded)")
    promise = open_promise(
        ticket_id=ticket.pk, kind=PromiseKind.SUPERIOR_ANSWER, what=said[:300], due_at=due_at, at=at, actor=actor,
        owner_id=place.holder, tier=place.level,
    )  # fmt: skip
    demand = Demand.objects.create(
        ticket=ticket, customer_id=ticket.customer_id, contact_id=contact_id, words=said, demanded_tier=named,
        demanded_at=at, recorded_by=actor, previous_id=previous_id, promise=promise, level=named, due_at=due_at,
    )  # fmt: skip
    _record_conflicts(demand, barred, actor, at)
    record(demand, "demand.recorded", at=at, actor=actor, contact_id=contact_id, summary=words, tier=named)
    # Whether the tier named had somebody.
    reason = Reason.ROUTED if place.level == named else Reason.ABSENCE
    demand.assign(place=place, due_at=due_at)
    demand.save()
    record_passage(demand, (named, 0, None, due_at), at=at, reason=reason, actor=None)
    if place.holder is None:
        raise_alarm(demand, at)
    return demand


def _repeat(
    demand: Demand,
    named: int,
    words: str,
    contact_id: int,
    about_ids: Iterable[int],
    *,
    actor: Staff,
    at: dt.datetime,
) -> Demand:
    """The customer asks again while it is open: the words are kept, and it stands at least where they name."""
    record(demand, "demand.repeated", at=at, actor=actor, contact_id=contact_id, summary=words, tier=named)
    facts, barred = _excuse(demand_facts(demand, at), about_ids)
    _record_conflicts(demand, barred, actor, at)
    if named > demand.level:
        move_to(demand, routing.first_place(facts, named), at=at, reason=Reason.CUSTOMER, actor=actor)
    elif demand.holder_id in barred or demand.accepted_by_id in barred:
        return rise(demand_id=demand.pk, reason=Reason.CONFLICT, at=at, actor=actor)
    return demand


def _answered_before(ticket: Ticket) -> int | None:
    """The answered demand on this ticket that a new one follows; the top's answer ends a chain (B7)."""
    answered = Demand.objects.filter(ticket=ticket, answered_at__isnull=False).order_by("-answered_at", "-pk")
    last = answered.values_list("pk", "answered_tier").first()
    return last[0] if last and last[1] is not None and last[1] < TOP else None


def _excuse(facts: Facts, staff_ids: Iterable[int]) -> tuple[Facts, list[int]]:
    """The facts without those the complaint is about, as far as somebody is left at the top."""
    barred = []
    for staff_id in dict.fromkeys(staff_ids):
        if routing.may_be_excused(facts, staff_id):
            barred.append(staff_id)
            facts = replace(facts, excused=facts.excused | {staff_id})
    return facts, barred


def _record_conflicts(demand: Demand, staff_ids: list[int], actor: Staff, at: dt.datetime) -> None:
    for staff_id in staff_ids:
        DemandConflict.objects.get_or_create(
            demand=demand,
            staff_id=staff_id,
            defaults={
                "why": DemandConflict.Why.COMPLAINED_ABOUT,
                "recorded_by": actor,
                "recorded_at": at,
            },
        )


def _carry_promise(demand: Demand, actor: Staff, at: dt.datetime) -> None:
    promise = demand.promise
    if (demand.level, demand.rung) > (promise.tier, promise.rung):
        to = Destination(tier=demand.level, rung=demand.rung, owner_id=actor.pk, due_at=promise.due_at)
        lift_promise(promise_id=promise.pk, to=to, at=at, reason=str(Reason.TAKEN.label), actor=actor)
    elif promise.owner_id != actor.pk:
        take_promise(promise_id=promise.pk, at=at, actor=actor)


def _make_responsible(demand: Demand, actor: Staff, at: dt.datetime) -> None:
    """Whoever takes it is the one responsible for the case now, and must act on it (B4)."""
    if demand.ticket.status == Ticket.Status.ACKNOWLEDGED:
        start(ticket_id=demand.ticket_id, at=at, actor=actor)
    Ticket.objects.filter(pk=demand.ticket_id).update(
        responsible=actor, responsible_since=at, responsible_acted_at=at
    )
