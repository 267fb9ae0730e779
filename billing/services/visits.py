"""Removal visits: offered, agreed, declined, moved, carried out (立会日; D4).

The customer chooses, in a contact; the database refuses a day on which a line of the circuit still runs.
"""

from __future__ import annotations

import datetime as dt

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from billing.models import (
    CancellationLine,
    CancellationOrder,
    MilestoneKind,
    Source,
    VisitOffer,
    VisitStatus,
)
from billing.models.cancellation import LIVE_ORDER
from billing.services import milestones
from billing.services.orders import lock_order, require_own_contact, require_status
from tickets.errors import Refused
from tickets.formats import datetime_text, time_text
from tickets.models import PromiseKind, Staff
from tickets.service import service
from tickets.services.promises import keep_promise, open_promise, void_promise
from tickets.services.timeline import append_entry

# Days within which another visit is agreed when a change of dates overtook the first.
AGREE_AGAIN_DAYS = 5


@service
def offer_visit(
    *,
    order_id: int,
    access_line_id: int,
    starts_at: dt.datetime,
    ends_at: dt.datetime,
    at: dt.datetime,
    actor: Staff | None = None,
) -> VisitOffer:
    """Offer one window [starts_at, ends_at) for the removal. Anyone at a desk; several may stand side by side.

    `Refused` D4 when a line on the circuit still runs then, and the customer did not consent to its earlier stop.
    """
    order = lock_order(order_id, actor)
    require_status(order, *LIVE_ORDER)
    visit = VisitOffer.objects.create(
        order=order,
        access_line_id=access_line_id,
        starts_at=starts_at,
        ends_at=ends_at,
        offered_at=at,
        offered_by=actor,
    )
    _record(order, visit, "visit.offered", at=at, actor=actor)
    return visit


@service
def agree_visit(*, visit_id: int, contact_id: int, at: dt.datetime, actor: Staff | None = None) -> VisitOffer:
    """The customer takes this one, in this contact; the other offers for the circuit lapse."""
    visit, order = _lock(visit_id, actor)
    require_own_contact(order, contact_id, "D4")
    visit.agree(at=at, by_id=actor.pk if actor else None, contact_id=contact_id)
    visit.save()
    _lapse(VisitOffer.objects.filter(order=order, access_line=visit.access_line_id, status="offered"))
    _agreed(order, visit, contact_id=contact_id, at=at, actor=actor)
    return visit


@service
def decline_visit(*, visit_id: int, at: dt.datetime, actor: Staff | None = None) -> VisitOffer:
    """The customer cannot on that day; another is to be offered."""
    visit, order = _lock(visit_id, actor)
    visit.decline()
    visit.save()
    _record(order, visit, "visit.declined", at=at, actor=actor)
    return visit


@service
def move_visit(
    *,
    visit_id: int,
    starts_at: dt.datetime,
    ends_at: dt.datetime,
    contact_id: int,
    at: dt.datetime,
    actor: Staff | None = None,
) -> VisitOffer:
    """Another window instead of the agreed one, agreed in this contact. Returns the new visit."""
    visit, order = _lock(visit_id, actor)
    require_own_contact(order, contact_id, "D4")
    visit.move()
    visit.save()
    fresh = VisitOffer.objects.create(
        order=order,
        access_line_id=visit.access_line_id,
        starts_at=starts_at,
        ends_at=ends_at,
        offered_at=at,
        offered_by=actor,
        moved_from=visit,
    )
    fresh.agree(at=at, by_id=actor.pk if actor else None, contact_id=contact_id)
    fresh.save()
    _agreed(order, fresh, contact_id=contact_id, at=at, actor=actor)
    return fresh


@service
def record_removal(
    *, visit_id: int, done_at: dt.datetime, evidence: str, at: dt.datetime, actor: Staff | None = None
) -> VisitOffer:
    """The circuit was taken out at `done_at`. `Refused` D4 while a line on it is in service."""
    visit, order = _lock(visit_id, actor)
    if done_at > at:
        raise Refused("D4", _("A removal is recorded when it has happened."))
    visit.carry_out(at=done_at, evidence=evidence)
    visit.save()
    milestones.reach(order, MilestoneKind.REMOVED, at=at, evidence=evidence, actor=actor)
    _record(order, visit, "visit.done", at=at, actor=actor)
    return visit


def lapse_overtaken(
    order: CancellationOrder,
    line: CancellationLine,
    *,
    before: dt.datetime,
    at: dt.datetime,
    actor: Staff | None,
) -> None:
    """After a line's end, or the moment consented to, moved to `before`: earlier visits no longer hold, and
    another date is owed to the customer."""
    overtaken = VisitOffer.objects.filter(
        order=order, access_line=line.line.access_line_id, starts_at__lt=before
    )
    _lapse(overtaken.filter(status=VisitStatus.OFFERED))
    for visit in _locked(overtaken.filter(status=VisitStatus.AGREED)):
        owed = open_promise(
            ticket_id=order.ticket_id,
            kind=PromiseKind.MILESTONE,
            what=str(_("Agree another day for the removal (%(number)s)") % {"number": order.number}),
            due_at=at + dt.timedelta(days=AGREE_AGAIN_DAYS),
            at=at,
            actor=actor,
        )
        visit.lapse(promise_id=owed.pk)
        visit.save()


def lapse_all(order: CancellationOrder, *, at: dt.datetime, reason: str, actor: Staff | None) -> None:
    """The order was withdrawn: nobody comes, and no other day is owed."""
    _lapse(order.visits.filter(status__in=(VisitStatus.OFFERED, VisitStatus.AGREED)))
    for promise_id in _owed_again(order):
        void_promise(promise_id=promise_id, at=at, reason=reason, actor=actor)


def _lapse(visits: QuerySet[VisitOffer]) -> None:
    for visit in _locked(visits):
        visit.lapse()
        visit.save()


def _locked(visits: QuerySet[VisitOffer]) -> list[VisitOffer]:
    return list(visits.select_for_update(no_key=True).order_by("pk"))


def _owed_again(order: CancellationOrder, access_line_id: int | None = None) -> list[int]:
    """The open promises of visits that were overtaken."""
    rows = order.visits.filter(promise__status="open")
    if access_line_id is not None:
        rows = rows.filter(access_line_id=access_line_id)
    return [pk for pk in rows.order_by("promise_id").values_list("promise_id", flat=True) if pk is not None]


def _agreed(
    order: CancellationOrder, visit: VisitOffer, *, contact_id: int, at: dt.datetime, actor: Staff | None
) -> None:
    evidence = f"{datetime_text(visit.starts_at)} – {time_text(visit.ends_at)}"
    milestones.reach(
        order, MilestoneKind.VISIT_AGREED, at=at, evidence=evidence, actor=actor, contact_id=contact_id
    )
    for promise_id in _owed_again(order, visit.access_line_id):
        keep_promise(promise_id=promise_id, at=at, actor=actor, contact_id=contact_id, note=evidence)
    moves = [milestones.Move(MilestoneKind.REMOVED, visit.ends_at)]
    milestones.move(order, moves, at=at, contact_id=contact_id, actor=actor, source=Source.CUSTOMER)
    _record(order, visit, "visit.agreed", at=at, actor=actor, contact_id=contact_id)


def _lock(visit_id: int, actor: Staff | None) -> tuple[VisitOffer, CancellationOrder]:
    order_id = VisitOffer.objects.values_list("order_id", flat=True).get(pk=visit_id)
    order = lock_order(order_id, actor)
    return VisitOffer.objects.select_for_update(no_key=True).get(pk=visit_id), order


def _record(
    order: CancellationOrder,
    visit: VisitOffer,
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
        summary=str(visit),
        data={
            "order": order.pk,
            "visit": visit.pk,
            "starts_at": visit.starts_at.isoformat(),
            "ends_at": visit.ends_at.isoformat(),
        },
    )
