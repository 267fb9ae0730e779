"""What managers see of objections: counts by month, never names (B13). Nothing here goes into an evaluation (B9)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db.models import Count, Q
from django.db.models.functions import TruncMonth

from escalation.models import Objection
from tickets.dates import JST


@dataclass(frozen=True, slots=True)
class MonthOfObjections:
    """Instructions objected to in one month, and how it ended. `month`: its first day, JST."""

    month: dt.date
    raised: int
    sustained: int
    overruled: int
    taken_back: int
    still_open: int


def objections_by_month(*, first: dt.date, last: dt.date) -> list[MonthOfObjections]:
    """One row a month in which an objection was raised, between two dates inclusive. One query; no names, no desks."""
    rows = (
        Objection.objects.filter(raised_at__date__gte=first, raised_at__date__lte=last)
        .annotate(month=TruncMonth("raised_at", tzinfo=JST))
        .values("month")
        .annotate(
            raised=Count("pk"),
            sustained=Count("pk", filter=Q(status="sustained")),
            overruled=Count("pk", filter=Q(status="overruled")),
            taken_back=Count("pk", filter=Q(status="taken_back")),
            still_open=Count("pk", filter=Q(status="open")),
        )
        .order_by("month")
    )
    return [MonthOfObjections(**{**row, "month": row["month"].date()}) for row in rows]
