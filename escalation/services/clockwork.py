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

from escalation.coverage import Lack, lacks
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
    """Alarm every stretch of the next day in which a tier lacks people, sudden absences counted (B3).

    Returns how many alarms are new. The published roster has no gap; an absence may open one afterwards, and
    where no roster is published at all the gap is now. One that lasts longer than a day is alarmed each day.
    """
    since, until = at - LOOK_AHEAD, at + LOOK_AHEAD
    # Looked at from the day before: a gap is known again by when it began, however long it has lasted.
    found = lacks(since, until, standing(published(since, until), since, until), away(since, until))
    return sum(_alarm_once(lack, at) for lack in found if lack.ends > at)


def _alarm_once(lack: Lack, at: dt.datetime) -> bool:
    known = DutyAlarm.objects.filter(
        kind=DutyAlarm.Kind.GAP, tier=lack.tier, gap_at__gte=lack.begins, gap_at__lt=lack.ends
    )
    if known.exists():
        return False
    _alarm, fresh = DutyAlarm.objects.get_or_create(
        kind=DutyAlarm.Kind.GAP,
        tier=lack.tier,
        gap_at=max(lack.begins, at),
        demand=None,
        defaults={"raised_at": at},
    )
    if fresh:
        announce(topic="alarms", ref=f"gap:{lack.tier}", at=at)
    return fresh


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
