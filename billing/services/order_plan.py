"""When each of the twelve milestones of one order is due: the pure dates of order_dates on this order's rows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from billing import order_dates
from billing.models import (
    CancellationLine,
    CancellationOrder,
    LineKind,
    Milestone,
    MilestoneKind,
    NumberOutcome,
    Porting,
    ServiceLine,
    Source,
)
from billing.models.porting import OPEN_PORTING
from billing.services.milestones import STOPS, Move, Plan
from billing.services.milestones import move as move_milestones
from billing.services.milestones import set_up as set_up_milestones
from tickets.business_time import Hours
from tickets.models import Desk, Staff, Ticket
from tickets.queries.calendars import hours_of
from tickets.services.promises import void_promise

Kind = MilestoneKind


def set_up(
    order: CancellationOrder, lines: Sequence[CancellationLine], *, at: dt.datetime, actor: Staff | None
) -> None:
    """All twelve, at acceptance. What an order has not (a telephone, a removal) is there and says so."""
    end = max(line.ends_at for line in lines)
    removal = ends_whole_circuit(order)
    device = order.explanations.exclude(device_told__in=("", "-")).exists()
    plans = [
        Plan(Kind.ACCEPTED, at, reached=str(_("Accepted by the desk"))),
        Plan(Kind.EXPLAINED, at, reached=str(_("Explained line by line before acceptance"))),
        Plan(Kind.CARRIER_RELAYED, order_dates.relay_due(carrier_hours(order, lines), at)),
        Plan(Kind.VISIT_AGREED, order_dates.visit_agreed_due(at), applies=removal),
        *_porting_plans(lines),
        *_stop_plans(lines),
        Plan(Kind.CONTRACT_ENDED, order_dates.stop_due(end), source=Source.CUSTOMER),
        Plan(Kind.REMOVED, order_dates.removal_due(end), applies=removal),
        Plan(Kind.DEVICE_RETURNED, order_dates.device_due(end), applies=device),
        Plan(Kind.FINAL_BILL, order_dates.final_bill_due(end)),
        Plan(Kind.CLOSING_NOTICE, order_dates.closing_due(end)),
    ]
    set_up_milestones(order, plans, at=at, actor=actor)


def _porting_plans(lines: Sequence[CancellationLine]) -> list[Plan]:
    """One a telephone whose number goes along, due when the new provider plans it; one that does not apply if none."""
    plans = []
    for line in lines:
        if line.line.kind != LineKind.PHONE:
            continue
        porting = Porting.objects.filter(line_id=line.line_id, status__in=OPEN_PORTING).first()
        told = line.order.explanations.filter(
            line_id=line.line_id, number_outcome=NumberOutcome.PORTED
        ).exists()
        if porting:
            due, source = order_dates.stop_due(porting.scheduled_at), Source.PROVIDER
        else:
            due, source = line.ends_at, Source.CUSTOMER
        plans.append(
            Plan(Kind.PORTING_COMPLETED, due, line.line_id, applies=bool(porting or told), source=source)
        )
    end = max(line.ends_at for line in lines)
    return plans or [Plan(Kind.PORTING_COMPLETED, end, applies=False)]


def _stop_plans(lines: Sequence[CancellationLine]) -> list[Plan]:
    plans = [
        Plan(
            STOPS[LineKind(line.line.kind)],
            order_dates.stop_due(line.ends_at),
            line.line_id,
            source=Source.CUSTOMER,
        )
        for line in lines
    ]
    there = {plan.kind for plan in plans}
    end = max(line.ends_at for line in lines)
    missing = [kind for kind in (Kind.PHONE_STOPPED, Kind.INTERNET_STOPPED) if kind not in there]
    return plans + [Plan(kind, end, applies=False) for kind in missing]


def move(
    order: CancellationOrder,
    lines: Sequence[CancellationLine],
    changed: CancellationLine,
    *,
    at: dt.datetime,
    contact_id: int,
    actor: Staff | None,
) -> None:
    """After one line's last day changed: its own stop and what follows the last of all lines."""
    end = max(line.ends_at for line in lines)
    moves = [
        Move(STOPS[LineKind(changed.line.kind)], order_dates.stop_due(changed.ends_at), changed.line_id),
        Move(Kind.CONTRACT_ENDED, order_dates.stop_due(end)),
        Move(Kind.DEVICE_RETURNED, order_dates.device_due(end)),
        Move(Kind.FINAL_BILL, order_dates.final_bill_due(end)),
        Move(Kind.CLOSING_NOTICE, order_dates.closing_due(end)),
    ]
    if not order.visits.filter(status="agreed").exists():
        moves.append(Move(Kind.REMOVED, order_dates.removal_due(end)))
    move_milestones(order, moves, at=at, contact_id=contact_id, actor=actor, source=Source.CUSTOMER)


def end(order: CancellationOrder, *, at: dt.datetime, actor: Staff | None) -> None:
    """The order was withdrawn: nothing of it is owed any more."""
    waiting = Milestone.objects.filter(
        order=order, applies=True, reached_at__isnull=True, promise__isnull=False
    )
    for promise_id in waiting.order_by("promise_id").values_list("promise_id", flat=True):
        assert promise_id is not None
        void_promise(
            promise_id=promise_id, at=at, reason=str(_("The customer withdrew the cancellation")), actor=actor
        )


def ends_whole_circuit(order: CancellationOrder) -> bool:
    """Whether every line of some circuit of the order ends with it; only then is anything removed (D4)."""
    for circuit in {line.line.access_line_id for line in order.lines.select_related("line")}:
        others = ServiceLine.objects.filter(access_line_id=circuit).exclude(status="terminated")
        if not others.exclude(cancellation_lines__order=order).exists():
            return True
    return False


def carrier_hours(order: CancellationOrder, lines: Sequence[CancellationLine]) -> Hours:
    """The carrier's own calendar (A12); the ticket's desk's when the carrier has no desk on file."""
    carriers = {line.line.access_line.carrier_id for line in lines}
    desk = Desk.objects.filter(company_id__in=carriers, kind=Desk.Kind.CARRIER).order_by("pk").first()
    if desk is None:
        desk = Ticket.objects.select_related("desk").get(pk=order.ticket_id).desk
    return hours_of(desk.calendar_id)
