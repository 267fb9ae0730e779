"""Complaints as the person who decides them needs them: all grievances in scope, and who may decide (A5)."""

from __future__ import annotations

import datetime as dt

from django.db.models import QuerySet

from tickets.models import Complaint, Staff, Ticket, TicketLink, Tier
from tickets.standing import stands_as


def grievances_in_scope(staff: Staff, ticket_id: int) -> list[Complaint]:
    """The complaint on a case and the earlier ones linked to it, newest first; what `staff` sees. One query."""
    earlier = TicketLink.objects.filter(ticket_id=ticket_id).values("earlier_id")
    rows = Complaint.objects.filter(ticket_id=ticket_id) | Complaint.objects.filter(ticket_id__in=earlier)
    if staff.is_partner:
        rows = rows.filter(ticket__in=Ticket.objects.visible_to(staff))
    return list(rows.select_related("ticket", "heard_by", "decided_by").order_by("-voiced_at", "-pk"))


def may_decide(staff: Staff, complaint: Complaint, at: dt.datetime) -> bool:
    """Whether `complaints.decide` would take this person: at the SV's tier or above, whom it does not concern. Two queries."""
    return (
        stands_as(staff, at, Tier.SV).tier >= Tier.SV and not complaint.concerns.filter(staff=staff).exists()
    )


def reaching_deadline(*, until: dt.datetime, limit: int = 100) -> QuerySet[Complaint]:
    """Complaints not yet told whose day 42 ends by `until`, the earliest first (B7)."""
    rows = Complaint.objects.exclude(status=Complaint.Status.DELIVERED).filter(deadline__lte=until)
    return rows.select_related("ticket", "customer").order_by("deadline", "pk")[:limit]


def unacknowledged(*, limit: int = 100) -> list[Complaint]:
    """Complaints whose receipt nobody has confirmed yet, the oldest first (受理通知). One query."""
    rows = Complaint.objects.filter(acknowledged_at=None).exclude(status=Complaint.Status.DELIVERED)
    return list(rows.select_related("ticket", "customer").order_by("voiced_at", "pk")[:limit])
