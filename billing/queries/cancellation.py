"""Cancellation as the screens read it: 解約待ち, an order's page, the carrier's work list, early and late stops."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import F, Prefetch, QuerySet, prefetch_related_objects

from billing.models import (
    CancellationOrder,
    CarrierInstruction,
    IncidentStatus,
    LineEvent,
    Milestone,
    Porting,
    ServiceLine,
    StopIncident,
)
from billing.models.carrier import OPEN_INSTRUCTION
from billing.order_dates import STOP_WITHIN
from tickets.dates import last_usable_minute
from tickets.models import Staff, Ticket
from tickets.queries.kept import kept
from tickets.queries.present import EVERYTHING, Present


@dataclass(frozen=True, slots=True)
class PendingTermination:
    """One line in 解約待ち: still in service until `last_usable_at` (23:59), which is shown on every screen (D5)."""

    customer_id: int
    line_id: int
    kind: str
    kind_label: str
    number: str
    contract_number: str
    last_day: dt.date
    last_usable_at: dt.datetime
    ends_at: dt.datetime
    set_by: str
    why: str
    order_id: int | None
    porting: str


def pending_terminations(customer_ids: Sequence[int]) -> dict[int, list[PendingTermination]]:
    """Per customer the lines that wait for their end, soonest first; two queries whatever the number (D5)."""
    lines = (
        ServiceLine.objects.filter(status="pending_terminate", contract__customer_id__in=customer_ids)
        .select_related("contract", "last_day_set_by")
        .prefetch_related("portings")
        .annotate(order_pk=F("cancellation_lines__order"))
        .filter(cancellation_lines__withdrawn_at__isnull=True)
        .order_by("ends_at", "pk")
    )
    found: dict[int, list[PendingTermination]] = {pk: [] for pk in customer_ids}
    for line in lines:
        found[line.contract.customer_id].append(_pending(line))
    return found


def _pending(line: ServiceLine) -> PendingTermination:
    assert line.last_day is not None
    newest = max(line.portings.all(), key=lambda porting: porting.pk, default=None)
    return PendingTermination(
        customer_id=line.contract.customer_id,
        line_id=line.pk,
        kind=line.kind,
        kind_label=line.get_kind_display(),
        number=line.number,
        contract_number=line.contract.number,
        last_day=line.last_day,
        last_usable_at=last_usable_minute(line.last_day),
        ends_at=line.ends_at,
        set_by=line.last_day_set_by.name if line.last_day_set_by else "",
        why=line.last_day_why,
        order_id=getattr(line, "order_pk", None),
        porting=str(newest.status) if newest else "",
    )


def orders_visible_to(staff: Staff) -> QuerySet[CancellationOrder]:
    """The orders on tickets that `staff` may see; the only door for pages, search and export."""
    orders = CancellationOrder.objects.all()
    return orders.filter(ticket__in=Ticket.objects.visible_to(staff)) if staff.is_partner else orders


def order_page(order_id: int, staff: Staff) -> CancellationOrder:
    """One order with everything its page shows, in a fixed number of queries; DoesNotExist when not theirs."""
    return (
        orders_visible_to(staff)
        .select_related("customer", "contract", "ticket", "accepted_by", "asked_contact")
        .prefetch_related(
            "lines__line__access_line",
            "lines__set_by",
            "lines__entries__set_by",
            "lines__stop_consents",
            Prefetch(
                "milestones",
                Milestone.objects.select_related("line", "promise", "told_by", "told_contact").order_by(
                    "due_at", "pk"
                ),
            ),
            "explanations__document_version",
            "portings",
            "visits",
            "instructions",
            Prefetch("incidents", StopIncident.objects.select_related("ticket", "exception_request")),
        )
        .get(pk=order_id)
    )


@dataclass(frozen=True, slots=True)
class LineState:
    """What the technical desk sees of one line at once (A15)."""

    line: ServiceLine
    events: list[LineEvent]
    incident: StopIncident | None
    pending: PendingTermination | None


def line_states(customer_id: int, *, events: int = 10, present: Present = EVERYTHING) -> list[LineState]:
    """Every line of the customer with its newest events, an open incident and its end, in four queries (A15)."""
    lines = _lines(customer_id=customer_id)
    ending = [line for line in lines if line.status == "pending_terminate"]
    if ending:
        ported = "portings" if "billing.porting" in present else Prefetch("portings", Porting.objects.none())
        prefetch_related_objects(ending, ported)
    newest = _newest_events(lines, events) if "billing.lineevent" in present else {}
    open_incidents = _open_incidents(lines) if "billing.stopincident" in present else {}
    return [
        LineState(
            line=line,
            events=newest.get(line.pk, []),
            incident=open_incidents.get(line.pk),
            pending=_pending(line) if line.status == "pending_terminate" else None,
        )
        for line in lines
    ]


def _newest_events(lines: list[ServiceLine], most: int) -> dict[int, list[LineEvent]]:
    newest: dict[int, list[LineEvent]] = {}
    for event in LineEvent.objects.filter(line__in=lines).order_by("-at", "-pk"):
        found = newest.setdefault(event.line_id, [])
        if len(found) < most:
            found.append(event)
    return newest


def _open_incidents(lines: list[ServiceLine]) -> dict[int, StopIncident]:
    rows = StopIncident.objects.filter(line__in=lines, status=IncidentStatus.OPEN)
    return {incident.line_id: incident for incident in rows}


@kept
def _lines(*, customer_id: int) -> QuerySet[ServiceLine]:
    rows = ServiceLine.objects.filter(contract__customer_id=customer_id)
    shown = rows.select_related("contract", "access_line__carrier", "last_day_set_by")
    return shown.order_by("contract_id", "pk")


def carrier_work_list(
    staff: Staff, *, after: tuple[dt.datetime, int] | None = None
) -> list[CarrierInstruction]:
    """What a person is to tell a carrier by hand, soonest due first, a page of fifty."""
    rows = (
        CarrierInstruction.objects.filter(channel="worklist", status__in=OPEN_INSTRUCTION)
        .select_related("access_line__carrier", "line", "order", "ticket__customer")
        .order_by("due_at", "pk")
    )
    if staff.is_partner:
        rows = rows.filter(ticket__in=Ticket.objects.visible_to(staff))
    if after is not None:
        rows = rows.filter(due_at__gt=after[0]) | rows.filter(due_at=after[0], pk__gt=after[1])
    return list(rows[:50])


def missed_milestones(staff: Staff, *, limit: int = 100) -> list[Milestone]:
    """Milestones that were missed and are still open, the longest first: carrier delays and their like."""
    rows = (
        Milestone.objects.filter(status="violated", reached_at__isnull=True, applies=True)
        .exclude(order__status__in=("cancelled", "completed"))
        .select_related("order__customer", "line", "promise")
        .order_by("due_at", "pk")
    )
    if staff.is_partner:
        rows = rows.filter(order__ticket__in=Ticket.objects.visible_to(staff))
    return list(rows[:limit])


def late_stops(at: dt.datetime) -> QuerySet[ServiceLine]:
    """Lines whose end came more than an hour ago and that still run, without a porting to wait for (D7)."""
    running = ServiceLine.objects.filter(status="pending_terminate", ends_at__lte=at - STOP_WITHIN)
    return running.exclude(portings__status__in=("requested", "failed")).order_by("ends_at", "pk")
