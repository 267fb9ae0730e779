"""What the reconciler asks of cancellations: does everything that waits have what it waits for? Reads only (D9)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from django.db.models import Exists, OuterRef

from billing.models import CancellationLine, Milestone
from billing.models.cancellation import LIVE_ORDER, STOP
from billing.models.porting import OPEN_PORTING
from billing.queries.cancellation import late_stops
from tickets.balance import Finding
from tickets.models import ScheduledAction


def unplanned(at: dt.datetime) -> Iterator[Finding]:
    """Lines in 解約待ち with no cutoff in the schedule and no porting to wait for."""
    planned = ScheduledAction.objects.filter(
        kind=STOP, subject_id=OuterRef("pk"), status__in=("due", "held", "dead")
    )
    waiting = (
        CancellationLine.objects.filter(
            withdrawn_at__isnull=True, order__status__in=LIVE_ORDER, line__status="pending_terminate"
        )
        .exclude(line__portings__status__in=OPEN_PORTING)
        .exclude(Exists(planned))
    )
    for line in waiting.order_by("pk"):
        yield Finding(f"line:{line.line_id}", "the line waits for its end, but no cutoff is planned")


def overdue(at: dt.datetime) -> Iterator[Finding]:
    """Lines that still run an hour after their end."""
    for line in late_stops(at):
        yield Finding(f"line:{line.pk}", "the line still runs after its last day")


def unowed(at: dt.datetime) -> Iterator[Finding]:
    """Milestones that wait although nobody owes them any more."""
    waiting = Milestone.objects.filter(
        applies=True, reached_at__isnull=True, order__status__in=LIVE_ORDER
    ).exclude(promise__status="open")
    for row in waiting.order_by("pk"):
        yield Finding(f"milestone:{row.pk}", "the milestone is not reached, but its promise has ended")
