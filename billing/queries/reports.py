"""Money and carriers in figures: waivers by cause and by approver, and how late the carriers were (F, C5, C7)."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Avg, Case, Count, Exists, F, OuterRef, Q, QuerySet, Sum, When
from django.db.models.functions import Coalesce, Least
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from billing.lifecycle import FALLEN
from billing.models import (
    CarrierInstruction,
    Charge,
    FallKind,
    FaultReview,
    InstructionKind,
    InstructionStatus,
    Waiver,
)
from tickets.models import Ticket, Tier
from tickets.reports import Chart, Listing, Report, Row, Scope, Table, publish
from tickets.statuses import look

CHUNK = 1000
SECONDS = 3600


def register() -> None:
    """Called once, from the app's ready()."""
    publish(
        Report("waiver_causes", gettext_lazy("Waivers and fallen charges by cause"), causes, WAIVERS, order=40,
               icon="waiver",
               note=gettext_lazy("Yen with tax. An error of the company or the carrier needs no waiver: the charge falls by the verdict."))
    )  # fmt: skip
    publish(
        Report("waiver_approvers", gettext_lazy("Waivers by approver"), approvers, WAIVERS, order=41, icon="signature",
               note=gettext_lazy("Decided in the period, by who decided; the first of two approvals is not counted."))
    )  # fmt: skip
    publish(
        Report("carriers", gettext_lazy("Carrier delays"), carriers, CARRIERS, order=70, icon="line",
               note=gettext_lazy("Instructions whose due time lay in the period: carried out (announcements: taken) by then, later, or not yet."))
    )  # fmt: skip


def _waivers(scope: Scope) -> QuerySet[Waiver]:
    rows = Waiver.objects.visible_to(scope.staff).filter(**scope.on_desk("ticket__desk"))
    return rows.filter(decided_at__gte=scope.since, decided_at__lt=scope.end)


def _fallen(scope: Scope) -> QuerySet[Charge]:
    """Charges that fell without a waiver; of a desk, those that a fault review on its cases made fall."""
    rows = Charge.objects.visible_to(scope.staff).filter(
        status__in=FALLEN, fallen_at__gte=scope.since, fallen_at__lt=scope.end
    )  # fmt: skip
    rows = rows.exclude(fall_kind=FallKind.WAIVER)
    if scope.desk_id is None:
        return rows
    here = FaultReview.objects.filter(
        Q(charge=OuterRef("pk")) | Q(registration=OuterRef("registration")), ticket__desk_id=scope.desk_id
    )
    return rows.filter(Exists(here))


def causes(scope: Scope) -> Table:
    """What was given up or given back, by cause: count and yen. Two queries."""
    fallen = (
        _fallen(scope).order_by().values("fall_kind", "fault").annotate(n=Count("pk"), yen=Sum("total_yen"))
    )
    given = (
        _waivers(scope)
        .filter(status="approved")
        .order_by()
        .values("booking")
        .annotate(n=Count("pk"), yen=Sum("amount_yen"))
    )
    sums: dict[str, tuple[int, int]] = {}
    for row in fallen:
        _add(sums, _cause(row["fall_kind"], row["fault"]), row["n"], row["yen"])
    for row in given:
        _add(
            sums,
            _("Waiver (%(booking)s)") % {"booking": Waiver.Booking(row["booking"]).label},
            row["n"],
            row["yen"],
        )
    shown = [(name, n, yen) for name, (n, yen) in sorted(sums.items(), key=lambda each: -each[1][1])]
    total = (
        (_("All causes"), sum(row[1] for row in shown), sum(row[2] for row in shown))
        if len(shown) > 1
        else None
    )
    return Table(
        [_("Cause"), f"#{_('Count')}", f"#{_('Yen')}"], shown, total=total,
        chart=Chart([row[0] for row in shown], [(_("Yen"), "info", [row[2] for row in shown])]),
    )  # fmt: skip


def _cause(fall_kind: str, fault: str) -> str:
    if fall_kind == FallKind.FAULT:
        return _("Error of the carrier") if fault == "carrier" else _("Error of the company")
    return str(FallKind(fall_kind).label)


def _add(sums: dict[str, tuple[int, int]], name: str, n: int, yen: int) -> None:
    before = sums.get(name, (0, 0))
    sums[name] = (before[0] + n, before[1] + yen)


def approvers(scope: Scope) -> Table:
    """Who approved and declined how much. One query."""
    rows = (
        _waivers(scope)
        .filter(status__in=("approved", "declined"))
        .order_by()
        .values("decided_by__name", "decided_by__tier")
        .annotate(
            approved=Count("pk", filter=Q(status="approved")),
            yen=Coalesce(Sum("amount_yen", filter=Q(status="approved")), 0),
            declined=Count("pk", filter=Q(status="declined")),
            declined_yen=Coalesce(Sum("amount_yen", filter=Q(status="declined")), 0),
        )
    )
    shown: list[Row] = [
        (row["decided_by__name"], str(Tier(row["decided_by__tier"]).label), row["approved"], row["yen"], row["declined"], row["declined_yen"])
        for row in sorted(rows, key=lambda row: (-row["yen"], row["decided_by__name"]))
    ]  # fmt: skip
    head = [_("Decided by"), _("Rank"), f"#{_('Approved')}", f"#{_('Yen approved')}", f"#{_('Declined')}",
            f"#{_('Yen declined')}"]  # fmt: skip
    total = (
        (_("All"), "", *(sum(row[place] for row in shown) for place in range(2, 6)))
        if len(shown) > 1
        else None
    )
    return Table(head, shown, total=total, chart=Chart(
        [row[0] for row in shown[:12]], [(_("Yen approved"), "info", [row[3] for row in shown[:12]])]))  # fmt: skip


def waivers(scope: Scope) -> Iterator[Row]:
    """Decided in the period, withdrawn ones too."""
    rows = _waivers(scope).select_related(
        "ticket__desk", "customer", "contract", "charge", "requested_by", "first_by", "decided_by"
    )
    for row in rows.order_by("decided_at", "pk").iterator(chunk_size=CHUNK):
        yield (
            row.ticket.number, row.customer.number, row.customer.name, str(row.ticket.desk), row.contract.number,
            row.charge.what if row.charge else "", row.amount_yen, str(row.get_booking_display()), row.reason,
            row.requested_by.name, row.requested_at, str(look("waiver", row.status).label), row.first_by.name if row.first_by else "",
            row.decided_by.name if row.decided_by else "", row.decided_at, row.reasons,
        )  # fmt: skip


WAIVERS = Listing(
    [gettext_lazy("Ticket"), gettext_lazy("Customer number"), gettext_lazy("Customer"), gettext_lazy("Desk"),
     gettext_lazy("Contract"), gettext_lazy("Charge"), gettext_lazy("Yen"), gettext_lazy("booked as"),
     gettext_lazy("Reason"), gettext_lazy("Requested by"), gettext_lazy("Requested at"), gettext_lazy("State"),
     gettext_lazy("First approval by"), gettext_lazy("Decided by"), gettext_lazy("Decided at"), gettext_lazy("Reasons")],
    waivers,
)  # fmt: skip


def _instructions(scope: Scope) -> QuerySet[CarrierInstruction]:
    """Due in the period and not overtaken, each with `done_at`: taken for announcements, carried out for the rest."""
    rows = CarrierInstruction.objects.filter(
        due_at__gte=scope.since, due_at__lt=scope.end, **scope.on_desk("ticket__desk")
    ).exclude(status=InstructionStatus.SUPERSEDED)  # fmt: skip
    if scope.staff.is_partner:
        rows = rows.filter(ticket__in=Ticket.objects.visible_to(scope.staff))
    acts = Q(kind__in=(InstructionKind.STOP, InstructionKind.RECONNECT))
    taken = Least("acknowledged_at", "executed_at")  # PostgreSQL's passes NULL over
    return rows.annotate(done_at=Case(When(acts, then=F("executed_at")), default=taken))


def carriers(scope: Scope) -> Table:
    """In time, late, not yet, failed, and the mean delay of the late, by carrier and kind. One query."""
    late = Q(done_at__gt=F("due_at"))
    rows = (
        _instructions(scope)
        .order_by()
        .values("access_line__carrier__name", "kind")
        .annotate(
            n=Count("pk"), late=Count("pk", filter=late), delay=Avg(F("done_at") - F("due_at"), filter=late),
            waiting=Count("pk", filter=Q(done_at=None) & ~Q(status=InstructionStatus.FAILED)),
            failed=Count("pk", filter=Q(status=InstructionStatus.FAILED)),
        )
        .order_by("access_line__carrier__name", "kind")
    )  # fmt: skip
    shown = [
        (row["access_line__carrier__name"], str(InstructionKind(row["kind"]).label), row["n"],
         row["n"] - row["late"] - row["waiting"] - row["failed"], row["late"], row["waiting"], row["failed"],
         round(row["delay"].total_seconds() / SECONDS, 1) if row["delay"] else None)
        for row in rows
    ]  # fmt: skip
    head = [_("Carrier"), _("Instruction"), f"#{_('Due')}", f"#{_('In time')}", f"#{pgettext('carrier', 'Late')}",
            f"#{_('Not yet')}", f"#{_('Failed')}", f"#{_('Mean delay of the late (hours)')}"]  # fmt: skip
    return Table(head, shown, chart=Chart(
        [row[1] for row in shown],
        [(_("In time"), "success", [row[3] for row in shown]), (pgettext("carrier", "Late"), "warning", [row[4] for row in shown]),
         (_("Not yet"), "danger", [row[5] for row in shown]), (_("Failed"), "neutral", [row[6] for row in shown])],
    ))  # fmt: skip


def instructions(scope: Scope) -> Iterator[Row]:
    """Due in the period."""
    rows = _instructions(scope).select_related(
        "ticket__desk", "ticket__customer", "access_line__carrier", "line", "done_by"
    )
    for row in rows.order_by("due_at", "pk").iterator(chunk_size=CHUNK):
        done = row.done_at  # type: ignore[attr-defined]  # annotated
        delay = (
            round((done - row.due_at).total_seconds() / SECONDS, 1) if done and done > row.due_at else None
        )
        yield (
            row.ticket.number, row.ticket.customer.number, row.ticket.customer.name, str(row.ticket.desk),
            row.access_line.carrier.name, row.access_line.circuit, str(row.get_kind_display()),
            str(row.get_status_display()), row.issued_at, row.due_at, row.acknowledged_at, row.executed_at, delay,
            row.failed_reason,
        )  # fmt: skip


CARRIERS = Listing(
    [gettext_lazy("Ticket"), gettext_lazy("Customer number"), gettext_lazy("Customer"), gettext_lazy("Desk"),
     gettext_lazy("Carrier"), gettext_lazy("Circuit"), gettext_lazy("Instruction"), gettext_lazy("State"),
     gettext_lazy("Issued at"), gettext_lazy("Due"), gettext_lazy("Taken by the carrier at"),
     gettext_lazy("Carried out at"), gettext_lazy("Delay in hours"), gettext_lazy("Why it failed")],
    instructions,
)  # fmt: skip
