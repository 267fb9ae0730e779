"""What happens by the clock alone: overdue demands rise, day-42 letters leave, gaps in the roster are alarmed.

Each takes small batches with SKIP LOCKED, so any number of workers may run it; lost, doubled or late, a tick
changes nothing. Called by escalation.tasks.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import structlog
from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q

from escalation.coverage import first_gap
from escalation.models import (
    Demand,
    DemandPassage,
    DutyAlarm,
    RecourseLetter,
)
from escalation.queries.roster import away, published, standing
from escalation.services.demands import rise
from escalation.services.ladder import ALARM_AGAIN
from escalation.services.recourse import send_recourse_letter
from tickets.models import Complaint
from tickets.services.timeline import announce

logger = structlog.get_logger(__name__)
# How far ahead gaps in the roster are looked for.
LOOK_AHEAD = dt.timedelta(hours=24)


def rise_overdue(*, at: dt.datetime, limit: int = 100) -> int:
    """Raise every demand whose holder has not answered in time (B3, B4). Returns how many were looked at.

    A demand is claimed by locking it; one that somebody works on at this moment is left for the next tick.
    """
    due = Demand.objects.open().filter(due_at__lte=at)
    due = due.filter(Q(exhausted_at__isnull=True) | Q(exhausted_at__lte=at - ALARM_AGAIN))
    ids = list(due.order_by("due_at", "pk").values_list("pk", flat=True)[:limit])
    return sum(_try(_rise_one, demand_id, at) for demand_id in ids)


def day42_letters(*, at: dt.datetime, limit: int = 100) -> int:
    """Put the letter on external remedies for complaints that have reached day 42 (B7). Returns how many."""
    written = RecourseLetter.objects.filter(ticket=OuterRef("ticket"), reason=RecourseLetter.Reason.DAY42)
    old = Complaint.objects.filter(deadline__lte=at).exclude(status=Complaint.Status.DELIVERED)
    due = old.filter(~Exists(written)).order_by("deadline", "pk").values_list("ticket_id", flat=True)
    ids = list(due[:limit])
    return sum(_try(_write_day42, ticket_id, at) for ticket_id in ids)


@transaction.atomic
def roster_gaps(*, at: dt.datetime) -> int:
    """Alarm the first minute of the next day in which a tier has nobody, sudden absences counted (B3).

    Returns 1 when a new alarm was raised. The published roster has no gap; an absence may open one afterwards, and
    where no roster is published at all the gap is now.
    """
    until = at + LOOK_AHEAD
    gap = first_gap(at, until, standing(published(at, until), at, until), away(at, until))
    if gap is None:
        return 0
    # Still the same gap while it lasts: `at` moves on, its beginning does not matter any more.
    known = DutyAlarm.objects.filter(
        kind=DutyAlarm.Kind.GAP, tier=gap.tier, gap_at__gt=at - LOOK_AHEAD, gap_at__lte=gap.at
    )
    if known.exists():
        return 0
    _alarm, fresh = DutyAlarm.objects.get_or_create(
        kind=DutyAlarm.Kind.GAP, tier=gap.tier, gap_at=gap.at, demand=None, defaults={"raised_at": at}
    )
    if fresh:
        announce(topic="alarms", ref=f"gap:{gap.tier}", at=at)
    return int(fresh)


def _try(act: Callable[[int, dt.datetime], int], subject_id: int, at: dt.datetime) -> int:
    """Each in a transaction of its own: one that fails is logged, and keeps nobody else waiting."""
    try:
        return act(subject_id, at)
    except Exception:
        if connection.connection is None or connection.connection.closed:
            raise
        logger.exception("clockwork_failed", act=act.__name__, subject=subject_id)
        return 0


def _write_day42(ticket_id: int, at: dt.datetime) -> int:
    send_recourse_letter(ticket_id=ticket_id, reason=RecourseLetter.Reason.DAY42, at=at)
    return 1


@transaction.atomic
def _rise_one(demand_id: int, at: dt.datetime) -> int:
    claimed = (
        Demand.objects.select_for_update(no_key=True, skip_locked=True, of=("self",))
        .filter(pk=demand_id, due_at__lte=at)
        .values_list("ticket_id", flat=True)
        .first()
    )
    if claimed is None:
        return 0
    rise(demand_id=demand_id, reason=DemandPassage.Reason.TIMEOUT, at=at)
    return 1
