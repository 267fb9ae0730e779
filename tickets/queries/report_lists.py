"""The rows behind the ground floor's figures, one line each, for CSV. Read as they are written out, never all at once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from tickets.models import Complaint, Contact, HarmCheck, Promise, PromiseRise, Survey, Ticket
from tickets.reports import Listing, Row, Scope

CHUNK = 1000


def _seen(scope: Scope) -> dict[str, Any]:
    return {"ticket__in": Ticket.objects.visible_to(scope.staff)} if scope.staff.is_partner else {}


def complaints(scope: Scope) -> Iterator[Row]:
    """Voiced, decided or told in the period."""
    inside = Q()
    for moment in ("voiced_at", "decided_at", "delivered_at"):
        inside |= Q(**{f"{moment}__gte": scope.since, f"{moment}__lt": scope.end})
    rows = Complaint.objects.filter(inside, **scope.on_desk("ticket__desk"), **_seen(scope))
    rows = rows.select_related("ticket__desk", "customer", "heard_by", "decided_by").order_by(
        "voiced_at", "pk"
    )
    for row in rows.iterator(chunk_size=CHUNK):
        yield (
            row.ticket.number, row.customer.number, row.customer.name, str(row.ticket.desk), row.voiced_at, row.words,
            row.heard_by.name, str(row.get_status_display()), str(row.get_decision_display()), row.reasons,
            row.decided_by.name if row.decided_by else "", row.decided_at, row.delivered_at, row.deadline,
        )  # fmt: skip


COMPLAINTS = Listing(
    [_("Ticket"), _("Customer number"), _("Customer"), _("Desk"), _("Voiced at"), _("Words"), _("Heard by"), _("State"),
     _("Decision"), _("Reasons"), _("Decided by"), _("Decided at"), _("Told at"), _("Deadline")],
    complaints,
)  # fmt: skip


def promises(scope: Scope) -> Iterator[Row]:
    """Ended in the period."""
    late = PromiseRise.objects.filter(
        promise=OuterRef("pk"), agreed_contact__isnull=True, at__gte=F("old_due_at")
    )
    rows = Promise.objects.visible_to(scope.staff).filter(
        ended_at__gte=scope.since, ended_at__lt=scope.end, **scope.on_desk("desk")
    )  # fmt: skip
    rows = rows.exclude(status="open").annotate(risen=Exists(late))
    rows = rows.select_related("ticket", "customer", "desk", "owner", "ended_by").order_by("ended_at", "pk")
    for row in rows.iterator(chunk_size=CHUNK):
        broken = row.status == "kept" and (row.risen or bool(row.ended_at and row.ended_at > row.due_at))  # type: ignore[attr-defined]
        yield (
            row.ticket.number, row.customer.number, row.customer.name, str(row.desk), str(row.get_kind_display()), row.what,
            row.opened_at, row.due_at, row.ended_at, str(row.get_status_display()), broken,
            row.owner.name if row.owner else "", row.ended_by.name if row.ended_by else "", row.void_reason,
        )  # fmt: skip


PROMISES = Listing(
    [_("Ticket"), _("Customer number"), _("Customer"), _("Desk"), _("Promise"), _("What"), _("Opened at"), _("Due"),
     _("Ended at"), _("State"), _("Broken (1 = yes)"), _("Owner"), _("Ended by"), _("Why it is no longer owed")],
    promises,
)  # fmt: skip


def repeats(scope: Scope) -> Iterator[Row]:
    """Inbound contacts before which the customer had come about the same case in the same period."""
    inside = Contact.objects.filter(direction="in", started_at__gte=scope.since, started_at__lt=scope.end)
    earlier = inside.filter(ticket=OuterRef("ticket"), started_at__lt=OuterRef("started_at"))
    rows = inside.filter(Exists(earlier), ticket__isnull=False, **scope.on_desk("ticket__desk"))
    rows = rows & Contact.objects.visible_to(scope.staff) if scope.staff.is_partner else rows
    rows = rows.select_related("ticket__desk", "customer", "operator").order_by("started_at", "pk")
    for row in rows.iterator(chunk_size=CHUNK):
        case = row.ticket
        yield (
            case.number if case else "", row.customer.number, row.customer.name, str(case.desk) if case else "",
            row.started_at, str(row.get_channel_display()), row.operator.name if row.operator else "",
            str(row.get_result_display()), row.summary,
        )  # fmt: skip


REPEATS = Listing(
    [_("Ticket"), _("Customer number"), _("Customer"), _("Desk"), _("Contact at"), _("Channel"), _("Operator"), _("Result"),
     _("Summary")],
    repeats,
)  # fmt: skip


def corrections(scope: Scope) -> Iterator[Row]:
    """Everyone who was told one of the versions corrected in the period."""
    rows = HarmCheck.objects.filter(
        correction__corrected_at__gte=scope.since, correction__corrected_at__lt=scope.end,
        **scope.on_desk("ticket__desk"), **_seen(scope),
    ).select_related("correction__wrong__article", "guidance", "ticket", "customer", "checked_by")  # fmt: skip
    for row in rows.order_by("correction", "pk").iterator(chunk_size=CHUNK):
        yield (
            str(row.correction.wrong), row.correction.corrected_at, row.correction.reason, row.ticket.number,
            row.customer.number, row.customer.name, row.guidance.given_at, str(row.get_outcome_display()), row.finding,
            row.checked_by.name if row.checked_by else "", row.checked_at,
        )  # fmt: skip


CORRECTIONS = Listing(
    [_("Article"), _("Corrected at"), _("Why it was wrong"), _("Ticket"), _("Customer number"), _("Customer"), _("Told at"),
     _("Outcome"), _("Finding"), _("Checked by"), _("Checked at")],
    corrections,
)  # fmt: skip


def surveys(scope: Scope) -> Iterator[Row]:
    """Made, sent or answered in the period, the withheld with their reason (E2)."""
    inside = Q()
    for moment in ("created_at", "sending_at", "answered_at"):
        inside |= Q(**{f"{moment}__gte": scope.since, f"{moment}__lt": scope.end})
    rows = Survey.objects.filter(inside, **scope.on_desk("ticket__desk"), **_seen(scope))
    rows = rows.select_related("ticket__desk", "customer").order_by("created_at", "pk")
    for row in rows.iterator(chunk_size=CHUNK):
        yield (
            row.ticket.number, row.customer.number, row.customer.name, str(row.ticket.desk), row.created_at,
            str(row.get_status_display()), str(row.get_withheld_reason_display()), row.sending_at, row.answered_at,
            row.score, row.comment,
        )  # fmt: skip


SURVEYS = Listing(
    [_("Ticket"), _("Customer number"), _("Customer"), _("Desk"), _("Survey made"), _("State"), _("Withheld because"),
     _("Sent at"), _("Answered at"), _("Score"), _("Comment")],
    surveys,
)  # fmt: skip
