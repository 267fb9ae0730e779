"""The administrator's screen of the jobs: what is due, late, held, given up, unknown; paged by key."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db.models import Min, Q, QuerySet

from tickets.models import JobAct, Mismatch, OutboxMessage, Pause, ReconcilerRun, ScheduledAction

LATE = dt.timedelta(seconds=60)
PAGE = 50
# Beyond this a figure reads "1000+": nobody needs it exact, and counting more would scan.
MOST_COUNTED = 1000
ACTION_STATES = ("due", "late", "held", "dead", "done", "superseded")


@dataclass(frozen=True, slots=True)
class Summary:
    """The figures at the top. Counts stop at `MOST_COUNTED`."""

    due: int
    late: int
    held: int
    dead: int
    waiting: int
    unknown: int
    undelivered: int
    oldest_due_at: dt.datetime | None
    oldest_waiting_at: dt.datetime | None
    mismatches: int


@dataclass(frozen=True, slots=True)
class ActionPage:
    """`rows` and the `after` of the next page, or "" on the last."""

    rows: list[ScheduledAction]
    next: str


def summary(at: dt.datetime) -> Summary:
    """Everything counted at `at`. Ten queries, each bounded."""
    due = ScheduledAction.objects.filter(status="due", due_at__lte=at)
    waiting = OutboxMessage.objects.filter(status="pending", not_before__lte=at)
    return Summary(
        due=_count(due),
        late=_count(due.filter(due_at__lt=at - LATE)),
        held=_count(ScheduledAction.objects.filter(status="held")),
        dead=_count(ScheduledAction.objects.filter(status="dead")),
        waiting=_count(waiting),
        unknown=_count(OutboxMessage.objects.filter(status="unknown")),
        undelivered=_count(OutboxMessage.objects.filter(status="dead")),
        oldest_due_at=due.aggregate(at=Min("due_at"))["at"],
        oldest_waiting_at=waiting.aggregate(at=Min("not_before"))["at"],
        mismatches=_count(Mismatch.objects.filter(gone_at__isnull=True)),
    )


def actions(*, state: str, at: dt.datetime, after: str = "", kind: str = "") -> ActionPage:
    """One page of actions in a state, the earliest due first. `late` is due for more than a minute.

    ValueError when `state` or `after` is none of ours. One query.
    """
    if state not in ACTION_STATES:
        raise ValueError(state)
    status = "due" if state == "late" else state
    rows = ScheduledAction.objects.filter(status=status)
    if state == "late":
        rows = rows.filter(due_at__lt=at - LATE)
    if kind:
        rows = rows.filter(kind=kind)
    if after:
        rows = _after(rows, after)
    found = list(rows.order_by("due_at", "id")[: PAGE + 1])
    last = found[PAGE - 1] if len(found) > PAGE else None
    return ActionPage(found[:PAGE], f"{last.due_at.isoformat()}~{last.pk}" if last else "")


def standing_pauses() -> list[Pause]:
    """What stops the jobs now. One query."""
    return list(Pause.objects.filter(ended_at__isnull=True).select_related("by").order_by("since"))


def standing_mismatches(*, after: int = 0) -> list[Mismatch]:
    """What does not balance, the newest first, a page at a time. One query."""
    rows = Mismatch.objects.filter(gone_at__isnull=True)
    return list((rows.filter(pk__lt=after) if after else rows).order_by("-id")[:PAGE])


def reconciler_run() -> ReconcilerRun | None:
    """When the reconciler last looked, and how much. One query."""
    return ReconcilerRun.objects.filter(name="effects").first()


def acts(*, after: int = 0) -> list[JobAct]:
    """The audit trail of what people did to the jobs, the newest first. One query."""
    rows = JobAct.objects.select_related("actor", "action", "message")
    return list((rows.filter(pk__lt=after) if after else rows).order_by("-id")[:PAGE])


def _after(rows: QuerySet[ScheduledAction], after: str) -> QuerySet[ScheduledAction]:
    moment, _, pk = after.partition("~")
    at = dt.datetime.fromisoformat(moment)
    # The first condition is what the index takes; the second finishes the pair.
    return rows.filter(due_at__gte=at).filter(Q(due_at__gt=at) | Q(id__gt=int(pk)))


def _count(rows: QuerySet[ScheduledAction] | QuerySet[OutboxMessage] | QuerySet[Mismatch]) -> int:
    return rows.order_by()[:MOST_COUNTED].count()
