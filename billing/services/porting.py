"""Taking a number along to another provider (番号ポータビリティ; D3, L9).

The telephone stops only after the number has arrived there. When that fails the number stays with us, the stop is
called off, and the customer is called: a lost number cannot be revived.
"""

from __future__ import annotations

import datetime as dt

from django.utils.translation import gettext_lazy as _

from billing import order_dates
from billing.models import (
    CancellationLine,
    CancellationOrder,
    LineEvent,
    MilestoneKind,
    OrderStatus,
    Porting,
    PortingStatus,
    Source,
)
from billing.models.cancellation import LIVE_ORDER
from billing.models.porting import OPEN_PORTING
from billing.services import milestones, stops
from billing.services.orders import call_off, line_of, lock_order, require_own_contact
from tickets.business_time import add_business_hours, next_open
from tickets.errors import Refused
from tickets.models import PromiseKind, Staff, Ticket
from tickets.queries.calendars import hours_of_desk
from tickets.service import service
from tickets.services.promises import open_promise, void_promise
from tickets.services.timeline import append_entry

# Opening hours within which the customer hears that the porting has failed.
CALL_WITHIN_HOURS = 2.0


@service
def request_porting(
    *,
    order_id: int,
    line_id: int,
    new_provider: str,
    scheduled_at: dt.datetime,
    contact_id: int,
    at: dt.datetime,
    actor: Staff | None = None,
    reference: str = "",
) -> Porting:
    """The customer takes the number of a telephone along; its cutoff waits from now on. Anyone at a desk.

    Before acceptance or after. `scheduled_at`: when the new provider means to do it. `Refused` D3 for a line that
    is no telephone, has stopped, or whose number is being ported already.
    """
    call_off(_cancellation_lines(order_id, line_id), str(_("The number is being ported first")))
    order = lock_order(order_id, actor)
    require_own_contact(order, contact_id, "D3")
    line = line_of(order, line_id)
    return _begin(
        order, line, new_provider=new_provider, scheduled_at=scheduled_at, contact_id=contact_id, at=at,
        actor=actor, reference=reference,
    )  # fmt: skip


@service
def complete_porting(
    *, porting_id: int, completed_at: dt.datetime, evidence: str, at: dt.datetime, actor: Staff | None = None
) -> Porting:
    """The number rings at the new provider since `completed_at`. The telephone's cutoff is planned now."""
    call_off(_cancellation_lines_of(porting_id), str(_("The number has been ported")))
    porting, order, line = _lock(porting_id, actor)
    if porting.status == PortingStatus.COMPLETED:
        _plan_again(order, line, at)  # told twice: what was called off above is put back
        return porting
    if completed_at > at:
        raise Refused("D3", _("A porting is recorded when it has happened."))
    porting.complete(at=completed_at, evidence=evidence)
    porting.save()
    _event(porting, "porting_completed", completed_at, evidence)
    if order.status in LIVE_ORDER:
        milestones.reach(
            order,
            MilestoneKind.PORTING_COMPLETED,
            at=at,
            evidence=evidence,
            actor=actor,
            line_id=line.line_id,
        )
        stops.plan(line, at=at)
    _record(order, porting, "porting.completed", at=at, actor=actor)
    return porting


@service
def fail_porting(*, porting_id: int, reason: str, at: dt.datetime, actor: Staff | None = None) -> Porting:
    """It did not work: the number stays, the telephone goes on, a call to the customer is owed, the order is held up."""
    call_off(_cancellation_lines_of(porting_id), str(_("The porting failed; the number is kept")))
    porting, order, _line = _lock(porting_id, actor)
    hours = hours_of_desk(Ticket.objects.values_list("desk_id", flat=True).get(pk=order.ticket_id))
    owed = open_promise(
        ticket_id=order.ticket_id,
        kind=PromiseKind.PORTING_CALL,
        what=str(
            _("The porting of %(number)s failed: %(reason)s") % {"number": porting.number, "reason": reason}
        )[:300],
        due_at=add_business_hours(hours, next_open(hours, at), CALL_WITHIN_HOURS),
        at=at,
        actor=actor,
        number=porting.number if porting.number.startswith("+") else "",
    )
    porting.fail(at=at, reason=reason, promise_id=owed.pk)
    porting.save()
    _event(porting, "porting_failed", at, reason)
    if order.status in {OrderStatus.ACKNOWLEDGED, OrderStatus.IN_PROGRESS}:
        order.hold(reason=str(_("The porting of the number failed")))
        order.save()
    _record(order, porting, "porting.failed", at=at, actor=actor, reason=reason)
    return porting


@service
def try_again(
    *,
    porting_id: int,
    new_provider: str,
    scheduled_at: dt.datetime,
    contact_id: int,
    at: dt.datetime,
    actor: Staff,
    reference: str = "",
) -> Porting:
    """Another attempt, as agreed with the customer in a contact: other data, another date, another provider."""
    call_off(_cancellation_lines_of(porting_id), str(_("The number is being ported first")))
    porting, order, line = _lock(porting_id, actor)
    require_own_contact(order, contact_id, "D3")
    porting.replace()
    porting.save()
    fresh = _begin(
        order, line, new_provider=new_provider, scheduled_at=scheduled_at, contact_id=contact_id, at=at,
        actor=actor, reference=reference, previous=porting,
    )  # fmt: skip
    _settled(order, at)
    return fresh


@service
def give_up_number(*, porting_id: int, contact_id: int, words: str, at: dt.datetime, actor: Staff) -> Porting:
    """The customer no longer wants the number, in their own recorded words; the telephone ends on its last day."""
    call_off(_cancellation_lines_of(porting_id), str(_("The customer gave the number up")))
    porting, order, line = _lock(porting_id, actor)
    require_own_contact(order, contact_id, "D3")
    porting.give_up(contact_id=contact_id, words=words)
    porting.save()
    _event(porting, "porting_given_up", at, words)
    if order.status in LIVE_ORDER:
        milestones.no_longer_applies(
            order,
            MilestoneKind.PORTING_COMPLETED,
            at=at,
            reason=words[:300],
            actor=actor,
            line_id=line.line_id,
        )
        stops.plan(line, at=at)
    _settled(order, at)
    _record(order, porting, "porting.given_up", at=at, actor=actor, words=words)
    return porting


def end_with_order(
    order: CancellationOrder, *, contact_id: int, words: str, at: dt.datetime, actor: Staff | None
) -> None:
    """The customer stays, so the number stays: open attempts end in their own words, and so does what is owed for
    any attempt, also for one that failed and was replaced or given up before."""
    attempts = Porting.objects.select_for_update(no_key=True, of=("self",)).filter(order=order)
    for porting in attempts.select_related("promise").order_by("pk"):
        if (
            porting.promise_id is not None
            and porting.promise is not None
            and porting.promise.status == "open"
        ):
            void_promise(
                promise_id=porting.promise_id, at=at, reason=words[:300], actor=actor, contact_id=contact_id
            )
        if porting.status in OPEN_PORTING:
            porting.give_up(contact_id=contact_id, words=words)
            porting.save()


def _begin(
    order: CancellationOrder,
    line: CancellationLine,
    *,
    new_provider: str,
    scheduled_at: dt.datetime,
    contact_id: int,
    at: dt.datetime,
    actor: Staff | None,
    reference: str,
    previous: Porting | None = None,
) -> Porting:
    porting = Porting.objects.create(
        order=order,
        line=line.line,
        number=line.line.number,
        new_provider=new_provider,
        reference=reference,
        scheduled_at=scheduled_at,
        requested_at=at,
        requested_contact_id=contact_id,
        previous=previous,
    )
    _event(porting, "porting_requested", at, new_provider)
    if order.status in LIVE_ORDER:
        due_at = order_dates.stop_due(scheduled_at)
        kind, source = MilestoneKind.PORTING_COMPLETED, Source.PROVIDER
        milestones.apply(order, kind, due_at, at=at, actor=actor, source=source, line_id=line.line_id)
        moves = [milestones.Move(kind, due_at, line.line_id)]
        milestones.move(order, moves, at=at, contact_id=contact_id, actor=actor, source=source)
        stops.plan(line, at=at)
    _record(order, porting, "porting.requested", at=at, actor=actor)
    return porting


def _plan_again(order: CancellationOrder, line: CancellationLine, at: dt.datetime) -> None:
    if order.status in LIVE_ORDER and line.line.status == "pending_terminate":
        stops.plan(line, at=at)


def _settled(order: CancellationOrder, at: dt.datetime) -> None:
    """The order goes on when no porting of it stands failed any more."""
    if order.status == OrderStatus.HELD and not order.portings.filter(status=PortingStatus.FAILED).exists():
        order.resume()
        order.save()
        milestones.close_if_done(order, at=at)


def _lock(porting_id: int, actor: Staff | None) -> tuple[Porting, CancellationOrder, CancellationLine]:
    row = Porting.objects.only("order_id", "line_id").get(pk=porting_id)
    if row.order_id is None:
        raise Refused("D3", _("This porting belongs to no cancellation."))
    order = lock_order(row.order_id, actor)
    line = line_of(order, row.line_id)
    return Porting.objects.select_for_update(no_key=True).get(pk=porting_id), order, line


def _cancellation_lines(order_id: int, line_id: int) -> list[int]:
    rows = CancellationLine.objects.filter(order_id=order_id, line_id=line_id)
    return list(rows.values_list("pk", flat=True))


def _cancellation_lines_of(porting_id: int) -> list[int]:
    row = Porting.objects.only("order_id", "line_id").get(pk=porting_id)
    return _cancellation_lines(row.order_id or 0, row.line_id)


def _event(porting: Porting, kind: str, at: dt.datetime, detail: str) -> None:
    LineEvent.objects.create(
        line_id=porting.line_id, kind=kind, at=at, source=porting.new_provider[:80], detail=detail[:200]
    )


def _record(
    order: CancellationOrder,
    porting: Porting,
    kind: str,
    *,
    at: dt.datetime,
    actor: Staff | None,
    **facts: object,
) -> None:
    append_entry(
        customer_id=order.customer_id,
        ticket_id=order.ticket_id,
        kind=kind,
        at=at,
        actor=actor,
        summary=str(porting),
        data={"order": order.pk, "porting": porting.pk, "line": porting.line_id, **facts},
    )
