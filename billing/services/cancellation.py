"""Cancelling: asked for, explained, accepted, dates changed, withdrawn (解約; D1, D2, D5, D6, D8).

Whoever sees the ticket may do each of these at any hour, on the telephone and on the web alike (L6, L7). Nothing
here asks the customer to stay, waits for an offer, or can say no to a cancellation that has been explained.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from billing.access import lock_contract
from billing.models import (
    CancellationLine,
    CancellationOrder,
    Explanation,
    LastDayEntry,
    LineEvent,
    NumberOutcome,
    OrderChannel,
    OrderStatus,
    ServiceLine,
    SetFor,
    StopConsent,
    ToldHow,
)
from billing.services import carrier, notices, order_plan, porting, stops, visits
from billing.services.orders import (
    call_off,
    line_of,
    lines_of,
    lock_order,
    require_own_contact,
    require_running,
    require_status,
)
from tickets.errors import Refused
from tickets.models import Staff, Ticket
from tickets.service import service
from tickets.services.timeline import append_entry

LIVE = (OrderStatus.ACKNOWLEDGED, OrderStatus.IN_PROGRESS, OrderStatus.HELD)


@dataclass(frozen=True, slots=True)
class LineWish:
    """What the customer wants for one line, in their words; every line has its own day and reason (D2)."""

    line_id: int
    last_day: dt.date
    words: str
    why: str


@dataclass(frozen=True, slots=True)
class Told:
    """What the customer was told about one line (D6). Yen, tax included; 0 when there is none."""

    last_month_yen: int
    penalty_yen: int
    residual_yen: int
    removal_yen: int
    visit: str
    device: str
    document_version_id: int
    number_outcome: NumberOutcome = NumberOutcome.NONE
    how: ToldHow = ToldHow.VOICE
    recording_ref: str = ""


@service
def open_order(
    *,
    contract_id: int,
    ticket_id: int,
    wishes: Sequence[LineWish],
    channel: OrderChannel,
    contact_id: int | None,
    at: dt.datetime,
    actor: Staff | None = None,
) -> CancellationOrder:
    """Take down which lines are to end when. `actor` None: the web form. Nothing is accepted yet.

    `Refused` D1 when a line is already being cancelled or belongs to another contract, A13 on an ended ticket.
    """
    contract = lock_contract(contract_id, actor)
    if (
        not Ticket.objects.filter(pk=ticket_id)
        .exclude(status__in=("resolved", "closed", "cancelled"))
        .exists()
    ):
        raise Refused("A13", _("The ticket has ended; reopen it or open another."))
    if not wishes:
        raise Refused("D1", _("Which line is to end?"))
    order = CancellationOrder.objects.create(
        contract=contract,
        customer_id=contract.customer_id,
        ticket_id=ticket_id,
        channel=channel,
        asked_at=at,
        asked_contact_id=contact_id,
    )
    for wish in wishes:
        CancellationLine.objects.create(
            order=order,
            line_id=wish.line_id,
            last_day=wish.last_day,
            asked_words=wish.words,
            why=wish.why,
            set_by=actor,
        )
    _record(order, "cancellation.asked", at=at, actor=actor, contact_id=contact_id)
    return order


@service
def revise_wish(
    *, order_id: int, wish: LineWish, at: dt.datetime, actor: Staff | None = None
) -> CancellationLine:
    """Another day for a line before acceptance; what was explained for the old day then no longer serves (D6)."""
    order = lock_order(order_id, actor)
    require_status(order, OrderStatus.DRAFT)
    line = line_of(order, wish.line_id)
    line.last_day, line.asked_words, line.why, line.set_by = wish.last_day, wish.words, wish.why, actor
    line.save(update_fields=["last_day", "asked_words", "why", "set_by"])
    _record(order, "cancellation.revised", at=at, actor=actor)
    return line


@service
def explain_line(
    *, order_id: int, line_id: int, contact_id: int, told: Told, at: dt.datetime, actor: Staff | None = None
) -> Explanation:
    """Record what the customer was told about one line. `actor` None: read on the web form (`how` web)."""
    order = lock_order(order_id, actor)
    line = line_of(order, line_id)
    require_own_contact(order, contact_id, "D6")
    return Explanation.objects.create(
        order=order,
        line_id=line_id,
        last_day=line.last_day,
        last_month_yen=told.last_month_yen,
        penalty_yen=told.penalty_yen,
        residual_yen=told.residual_yen,
        removal_yen=told.removal_yen,
        number_outcome=told.number_outcome,
        visit_told=told.visit,
        device_told=told.device,
        document_version_id=told.document_version_id,
        how=told.how,
        contact_id=contact_id,
        recording_ref=told.recording_ref,
        told_by=actor,
        told_at=at,
    )


@service
def accept_order(
    *, order_id: int, contact_id: int, at: dt.datetime, actor: Staff | None = None
) -> CancellationOrder:
    """Accept it: the lines wait for their end (解約待ち), the carrier is told, cutoffs and milestones are set.

    `contact_id`: the contact in which the customer asked for it, a web form's contact on the web. `Refused` D6
    until every line was explained for the very day it is to end.
    """
    ids = CancellationLine.objects.filter(order_id=order_id).values_list("pk", flat=True)
    call_off(ids, str(_("The cancellation is accepted")))
    order = lock_order(order_id, actor)
    require_own_contact(order, contact_id, "D6")
    lines = lines_of(order)
    order.acknowledge(at=at, by=actor)
    order.save()
    for line in lines:
        _set_last_day(line, contact_id=contact_id, at=at, actor=actor, consent=None)
        line.line.plan_stop(last_day=line.last_day, set_by=actor, why=line.why)
        line.line.save()
    _set_contract_end(order)
    order_plan.set_up(order, lines, at=at, actor=actor)
    for line in lines:
        stops.plan(line, at=at)
    carrier.relay(order, lines, at=at, actor=actor)
    notices.order_accepted(order, lines, at=at)
    _record(order, "cancellation.accepted", at=at, actor=actor, contact_id=contact_id)
    return order


@service
def consent_to_stop(
    *,
    order_id: int,
    line_id: int,
    stop_at: dt.datetime,
    contact_id: int,
    words: str,
    recording_ref: str,
    at: dt.datetime,
    actor: Staff | None = None,
    for_next_day: bool = False,
) -> StopConsent:
    """Record the customer's own words that a line may stop from `stop_at` on, before its last day's end (D2).

    `for_next_day`: it goes with the change of the last day that follows, not with the day that stands now.
    """
    cancellation_line_id = _cancellation_line_id(order_id, line_id)
    call_off([cancellation_line_id], str(_("The customer consented to another moment")))
    order = lock_order(order_id, actor)
    line = line_of(order, line_id)
    require_running(line)
    consent = StopConsent.objects.create(
        line=line.line,
        cancellation_line=line,
        generation=line.generation + 1 if for_next_day else line.generation,
        contact_id=contact_id,
        words=words,
        recording_ref=recording_ref,
        stop_at=stop_at,
        given_at=at,
        recorded_by=actor,
    )
    if order.status in LIVE:
        stops.plan(line, at=at)
        if not for_next_day:
            # The newest word counts: under an earlier one a visit may have been agreed for before it.
            visits.lapse_overtaken(order, line, before=min(stop_at, line.ends_at), at=at, actor=actor)
    _record(
        order, "cancellation.consented", at=at, actor=actor, contact_id=contact_id,
        line=line_id, stop_at=stop_at.isoformat(), words=words,
    )  # fmt: skip
    return consent


@service
def change_last_day(
    *,
    order_id: int,
    line_id: int,
    last_day: dt.date,
    why: str,
    contact_id: int,
    at: dt.datetime,
    actor: Staff | None = None,
    consent_id: int | None = None,
) -> CancellationLine:
    """Another last day for one line, and for that line alone; the old cutoff is superseded (D2, D9).

    Later: any time before the stop. Earlier: only with the customer's recorded consent (`consent_to_stop` with
    `for_next_day`). A removal visit agreed for before the new end lapses and another is owed (D4).
    """
    cancellation_line_id = _cancellation_line_id(order_id, line_id)
    call_off([cancellation_line_id], str(_("The last day was changed: %(why)s") % {"why": why})[:300])
    order = lock_order(order_id, actor)
    require_status(order, *LIVE)
    require_own_contact(order, contact_id, "D2")
    line = line_of(order, line_id)
    require_running(line)
    line.last_day, line.why, line.set_by = last_day, why, actor
    line.generation += 1
    consent = StopConsent.objects.filter(pk=consent_id).first() if consent_id else None
    _set_last_day(line, contact_id=contact_id, at=at, actor=actor, consent=consent)
    line.save(update_fields=["last_day", "generation", "why", "set_by"])
    visits.lapse_overtaken(order, line, before=line.ends_at, at=at, actor=actor)
    _write_line_end(line.line, line, actor)
    _set_contract_end(order)
    order_plan.move(order, lines_of(order), line, at=at, contact_id=contact_id, actor=actor)
    stops.plan(line, at=at)
    carrier.change(order, line, at=at, actor=actor)
    notices.dates_changed(order, line, at=at)
    _record(
        order, "cancellation.dates_changed", at=at, actor=actor, contact_id=contact_id,
        line=line_id, last_day=last_day.isoformat(), why=why,
    )  # fmt: skip
    return line


@service
def withdraw_order(
    *, order_id: int, contact_id: int, words: str, at: dt.datetime, actor: Staff | None = None
) -> CancellationOrder:
    """The customer stays: every line goes on, cutoffs are superseded, the carrier is told, nothing is owed any more.

    `Refused` D1 once a line has stopped; then what is left runs to its end.
    """
    ids = CancellationLine.objects.filter(order_id=order_id).values_list("pk", flat=True)
    call_off(ids, str(_("The customer withdrew the cancellation")))
    order = lock_order(order_id, actor)
    require_own_contact(order, contact_id, "D1")
    was_live = order.status in LIVE
    lines = lines_of(order)
    order.cancel(at=at, contact_id=contact_id, words=words)
    order.save()
    CancellationLine.objects.filter(order=order).update(withdrawn_at=at)
    if was_live:
        _restore(order, lines, words=words, contact_id=contact_id, at=at, actor=actor)
    _record(order, "cancellation.withdrawn", at=at, actor=actor, contact_id=contact_id, words=words)
    return order


def _restore(
    order: CancellationOrder,
    lines: Sequence[CancellationLine],
    *,
    words: str,
    contact_id: int,
    at: dt.datetime,
    actor: Staff | None,
) -> None:
    porting.end_with_order(order, contact_id=contact_id, words=words, at=at, actor=actor)
    visits.lapse_all(order, at=at, reason=words[:300], actor=actor)
    order_plan.end(order, at=at, actor=actor)
    for line in lines:
        line.line.take_back_stop()
        line.line.save()
        LineEvent.objects.create(
            line=line.line, kind="stop_withdrawn", at=at, source=order.number, detail=words[:200]
        )
    _set_contract_end(order)
    carrier.withdraw(order, lines, at=at, actor=actor)
    notices.withdrawn(order, lines, at=at)


def _set_last_day(
    line: CancellationLine,
    *,
    contact_id: int,
    at: dt.datetime,
    actor: Staff | None,
    consent: StopConsent | None,
) -> None:
    LastDayEntry.objects.create(
        cancellation_line=line,
        generation=line.generation,
        last_day=line.last_day,
        set_for=SetFor.CUSTOMER,
        set_by=actor,
        set_at=at,
        contact_id=contact_id,
        why=line.why,
        consent=consent,
    )
    LineEvent.objects.create(
        line=line.line,
        kind="last_day_set",
        at=at,
        source=line.order.number,
        detail=f"{line.last_day:%Y-%m-%d} {line.why}"[:200],
    )


def _write_line_end(service_line: ServiceLine, line: CancellationLine, actor: Staff | None) -> None:
    service_line.last_day = line.last_day
    service_line.last_day_set_by = actor
    service_line.last_day_why = line.why
    service_line.save(update_fields=["last_day", "last_day_set_by", "last_day_why"])


def _set_contract_end(order: CancellationOrder) -> None:
    """The contract ends with the last of its lines when all of them end, otherwise not (its own date, not theirs)."""
    ends = ServiceLine.objects.filter(contract_id=order.contract_id).values_list("last_day", flat=True)
    days = list(ends)
    known = [day for day in days if day is not None]
    order.contract.last_day = max(known) if len(known) == len(days) else None
    order.contract.save(update_fields=["last_day"])


def _cancellation_line_id(order_id: int, line_id: int) -> int:
    found = CancellationLine.objects.filter(order_id=order_id, line_id=line_id).values_list("pk", flat=True)
    cancellation_line_id = found.first()
    if cancellation_line_id is None:
        raise Refused("D1", _("This line is not part of the cancellation."))
    return cancellation_line_id


def _record(
    order: CancellationOrder,
    kind: str,
    *,
    at: dt.datetime,
    actor: Staff | None,
    contact_id: int | None = None,
    **facts: object,
) -> None:
    append_entry(
        customer_id=order.customer_id,
        ticket_id=order.ticket_id,
        contact_id=contact_id,
        kind=kind,
        at=at,
        actor=actor,
        summary=order.number,
        data={"order": order.pk, **facts},
    )
