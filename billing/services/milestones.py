"""The twelve milestones of an order: set up, reached, told, moved, missed (D1).

Whoever sees the ticket may record that a milestone was reached; the database asks whether it was. A job marks
what was missed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from billing.models import (
    CancellationOrder,
    LineKind,
    Milestone,
    MilestoneKind,
    MilestoneStatus,
    OrderStatus,
    Source,
)
from billing.services import notices
from billing.services.orders import lock_order, require_own_contact, require_status
from tickets import sets
from tickets.errors import Refused
from tickets.models import Promise, PromiseKind, Staff
from tickets.queries.kept import kept
from tickets.service import service
from tickets.services.promises import keep_promise, move_promises, open_promise, void_promise
from tickets.services.timeline import append_entry
from tickets.sets import given, write

Kind = MilestoneKind
# What a person records with evidence; the others are reached by the services that do them.
BY_HAND = (Kind.DEVICE_RETURNED, Kind.FINAL_BILL)
STOPS = {
    LineKind.PHONE: Kind.PHONE_STOPPED,
    LineKind.INTERNET: Kind.INTERNET_STOPPED,
    LineKind.TV: Kind.INTERNET_STOPPED,  # the twelve know no other stop; the row names the line
}
BATCH = 100


@dataclass(frozen=True, slots=True)
class Plan:
    """One milestone to set up; `line_id` for those of a line."""

    kind: MilestoneKind
    due_at: dt.datetime
    line_id: int | None = None
    applies: bool = True
    source: Source = Source.RULE
    reached: str = ""  # the evidence, when it is reached already


def set_up(order: CancellationOrder, plans: Iterable[Plan], *, at: dt.datetime, actor: Staff | None) -> None:
    """Write the rows and open a promise for each that applies and is not reached already (受付, 説明)."""
    for plan in plans:
        row = Milestone(
            order=order,
            kind=plan.kind,
            line_id=plan.line_id,
            due_at=plan.due_at,
            applies=plan.applies,
            source=plan.source,
        )
        if plan.reached:
            row = Milestone(
                order=order,
                kind=plan.kind,
                due_at=plan.due_at,
                status=MilestoneStatus.COMPLETED,
                reached_at=at,
                evidence=plan.reached,
                told_at=at,
                told_by=actor,
                told_contact=order.asked_contact,
                told_message="" if actor or order.asked_contact_id else plan.reached,
            )
        elif plan.applies:
            row.promise = owe(row, plan.due_at, at=at, actor=actor)
        row.save()


def owe(
    row: Milestone,
    due_at: dt.datetime,
    *,
    at: dt.datetime,
    actor: Staff | None,
) -> Promise:
    """The promise of a milestone; while it is open the ticket cannot be resolved (A13)."""
    relay = row.kind == Kind.CARRIER_RELAYED
    return open_promise(
        ticket_id=row.order.ticket_id,
        kind=PromiseKind.CARRIER_RELAY if relay else PromiseKind.MILESTONE,
        what=f"{row.order.number} {row.label}",
        due_at=due_at,
        at=at,
        actor=actor,
    )


def of(order: CancellationOrder, kind: MilestoneKind, line_id: int | None = None) -> Milestone:
    """One milestone of the order, locked. For one of a line without `line_id`: the first still open."""
    return _first(_all_of(order=order.pk), kind, line_id)


def _first(rows: Sequence[Milestone], kind: MilestoneKind, line_id: int | None) -> Milestone:
    for row in rows:
        if row.kind == kind and line_id in {None, row.line_id}:
            return row
    raise Refused("D1", _("The cancellation is not accepted yet: it has no milestones."))


@kept
def _all_of(*, order: int) -> QuerySet[Milestone]:
    """Locked, all at once: they are about a dozen, and whoever changes one holds the order already."""
    return Milestone.objects.select_for_update(no_key=True).filter(order=order).order_by("reached_at", "id")


def reach(
    order: CancellationOrder,
    kind: MilestoneKind,
    *,
    at: dt.datetime,
    evidence: str,
    actor: Staff | None,
    line_id: int | None = None,
    contact_id: int | None = None,
    message: str = "",
) -> Milestone:
    """It was reached, in time or late; keeps its promise. Once reached it stays so: a second call changes nothing.

    `contact_id` or `message`: how the customer was told at the same time, when they were.
    """
    row = of(order, kind, line_id)
    if row.reached_at is not None:
        return row
    if row.status == MilestoneStatus.VIOLATED:
        row.reach_late(at=at, evidence=evidence)
    else:
        row.complete(at=at, evidence=evidence)
    if contact_id or message:
        _mark_told(row, at=at, actor=actor, contact_id=contact_id, message=message)
    row.save()
    if row.promise_id is not None:
        keep_promise(
            promise_id=row.promise_id, at=at, actor=actor, contact_id=contact_id, note=evidence[:300]
        )
    _record(order, row, "milestone.reached", at=at, actor=actor, contact_id=contact_id)
    if order.status == OrderStatus.ACKNOWLEDGED:
        order.begin()
        order.save(update_fields=["status"])
    close_if_done(order, at=at)
    return row


@service
def complete_milestone(
    *,
    order_id: int,
    kind: str,
    evidence: str,
    actor: Staff,
    at: dt.datetime,
    contact_id: int | None = None,
) -> Milestone:
    """Record by hand that the device came back or the final bill was made, with what shows it. Anyone at a desk.

    `Refused` D1 for milestones that only their own deed reaches (a stop, a porting, an agreed visit).
    """
    order = lock_order(order_id, actor)
    require_status(order, OrderStatus.ACKNOWLEDGED, OrderStatus.IN_PROGRESS, OrderStatus.HELD)
    if kind not in BY_HAND:
        raise Refused("D1", _("This milestone is reached by what is done, not by saying so."))
    if not evidence.strip():
        raise Refused("D1", _("What shows that it was reached?"))
    return reach(order, Kind(kind), at=at, evidence=evidence.strip(), actor=actor, contact_id=contact_id)


@service
def tell_milestone(*, milestone_id: int, contact_id: int, actor: Staff, at: dt.datetime) -> Milestone:
    """The customer was told of it, in this contact, by `actor`. Anyone at a desk; the first telling stands."""
    order_id = Milestone.objects.values_list("order_id", flat=True).get(pk=milestone_id)
    order = lock_order(order_id, actor)
    require_own_contact(order, contact_id, "D1")
    row = Milestone.objects.select_for_update(no_key=True).get(pk=milestone_id)
    if row.told_at is None:
        _mark_told(row, at=at, actor=actor, contact_id=contact_id, message="")
        row.save()
        _record(order, row, "milestone.told", at=at, actor=actor, contact_id=contact_id)
    return row


class Move(NamedTuple):
    """Another due time of one milestone; `line_id` for those of a line."""

    kind: MilestoneKind
    due_at: dt.datetime
    line_id: int | None = None


def move(
    order: CancellationOrder,
    moves: Sequence[Move],
    *,
    at: dt.datetime,
    contact_id: int,
    actor: Staff | None,
    source: Source,
) -> None:
    """Other due times, agreed with the customer in a contact: a new generation of each milestone, in a few statements.

    What was reached or missed stands as it is; a missed one stays owed at its old time.
    """
    rows = _all_of(order=order.pk)
    moved = {}
    for one in moves:
        row = _first(rows, one.kind, one.line_id)
        if row.status == MilestoneStatus.YET_TO_REACH and row.applies and row.due_at != one.due_at:
            moved[row] = one.due_at
    if not moved:
        return
    there = given(id=("bigint", [row.pk for row in moved]), due_at=("timestamptz", moved.values()))
    write(
        sets.Source(
            f"UPDATE billing_milestone m SET due_at = v.due_at, source = %s, generation = m.generation + 1 "
            f"FROM {there.rows} WHERE m.id = v.id",
            (source.value, *there.values),
        )
    )
    move_promises(
        moves={row.promise_id: due_at for row, due_at in moved.items() if row.promise_id is not None},
        contact_id=contact_id,
        at=at,
        reason=str(_("The dates of the cancellation changed")),
        actor=actor,
    )


def apply(
    order: CancellationOrder,
    kind: MilestoneKind,
    due_at: dt.datetime,
    *,
    at: dt.datetime,
    actor: Staff | None,
    source: Source,
    line_id: int | None = None,
) -> None:
    """A milestone that did not apply does from now on, and is owed (a porting asked for later)."""
    row = of(order, kind, line_id)
    if row.applies:
        return
    row.promise = owe(row, due_at, at=at, actor=actor)
    row.applies, row.due_at, row.source, row.generation = True, due_at, source, row.generation + 1
    row.save(update_fields=["promise", "applies", "due_at", "source", "generation"])


def no_longer_applies(
    order: CancellationOrder,
    kind: MilestoneKind,
    *,
    at: dt.datetime,
    reason: str,
    actor: Staff | None,
    line_id: int | None = None,
) -> None:
    """The customer does not want it any more (a number given up)."""
    row = of(order, kind, line_id)
    if not row.applies or row.reached_at is not None:
        return
    promise_id, row.promise, row.applies = row.promise_id, None, False
    row.save(update_fields=["promise", "applies"])
    if promise_id is not None:
        void_promise(promise_id=promise_id, at=at, reason=reason, actor=actor)
    close_if_done(order, at=at)


@service
def mark_violations(*, at: dt.datetime) -> int:
    """Mark a batch of milestones whose time has gone by as missed; returns how many. For the job.

    They stay owed: their promises rise by themselves (A10). Whoever holds one just now is left for the next tick.
    """
    rows = (
        Milestone.objects.select_for_update(no_key=True, skip_locked=True, of=("self",))
        .select_related("order")
        .filter(status=MilestoneStatus.YET_TO_REACH, applies=True, due_at__lte=at)
        .exclude(order__status__in=(OrderStatus.CANCELLED, OrderStatus.COMPLETED))
        .order_by("due_at", "id")[:BATCH]
    )
    for row in rows:
        row.violate()
        row.save(update_fields=["status"])
        _record(row.order, row, "milestone.missed", at=at, actor=None)
    return len(rows)


def close_if_done(order: CancellationOrder, *, at: dt.datetime) -> None:
    """When all but the notice of completion is reached: tell the customer and complete the order."""
    if order.status != OrderStatus.IN_PROGRESS:
        return
    waiting = Milestone.objects.filter(order=order, applies=True, reached_at__isnull=True)
    if list(waiting.values_list("kind", flat=True)) != [Kind.CLOSING_NOTICE]:
        return
    key = notices.closed(order, at=at)
    reach(order, Kind.CLOSING_NOTICE, at=at, evidence=key, actor=None, message=key)
    order.complete(at=at)
    order.save(update_fields=["status", "completed_at"])
    append_entry(
        customer_id=order.customer_id,
        ticket_id=order.ticket_id,
        kind="cancellation.completed",
        at=at,
        summary=order.number,
        data={"order": order.pk},
    )


def _mark_told(
    row: Milestone, *, at: dt.datetime, actor: Staff | None, contact_id: int | None, message: str
) -> None:
    row.told_at, row.told_by, row.told_contact_id, row.told_message = at, actor, contact_id, message


def _record(
    order: CancellationOrder,
    row: Milestone,
    kind: str,
    *,
    at: dt.datetime,
    actor: Staff | None,
    contact_id: int | None = None,
) -> None:
    append_entry(
        customer_id=order.customer_id,
        ticket_id=order.ticket_id,
        contact_id=contact_id,
        kind=kind,
        at=at,
        actor=actor,
        summary=f"{order.number} {row.get_kind_display()}",
        data={"order": order.pk, "milestone": row.kind, "line": row.line_id, "evidence": row.evidence},
    )
