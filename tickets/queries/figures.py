"""The figures by which the jobs are watched: /deadlinez, /metrics. Every query is bounded by an index."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.conf import settings
from django.db import connection
from django.db.models import F, Min

from tickets.models import (
    JobFigure,
    Mismatch,
    OutboxMessage,
    Pause,
    Promise,
    ReconcilerRun,
    ScheduledAction,
)

# What is older is a day's history, not the present state.
LOOK_BACK = dt.timedelta(days=1)
MOST_COUNTED = 1000
NEVER_LATER = dt.timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Figures:
    """How the jobs stand at one moment. Ages in seconds, 0 when nothing waits; counts stop at `MOST_COUNTED`."""

    ages: dict[str, float]
    counts: dict[str, int]
    skew_seconds: float
    paused: bool
    reconciler_age: float

    @property
    def late(self) -> dict[str, float]:
        """What waits for more than a minute."""
        return {what: age for what, age in self.ages.items() if age > NEVER_LATER.total_seconds()}


def figures(at: dt.datetime) -> Figures:
    """Eleven queries, each on a partial index."""
    run = ReconcilerRun.objects.filter(name="effects").first()
    return Figures(
        ages=_ages(at),
        counts=_counts(at),
        skew_seconds=(at - _database_clock()).total_seconds(),
        paused=Pause.objects.filter(ended_at__isnull=True).exists(),
        reconciler_age=max(0.0, (at - run.at).total_seconds()) if run else 0.0,
    )


def _ages(at: dt.datetime) -> dict[str, float]:
    messages = OutboxMessage.objects.filter(status="pending", not_before__lte=at)
    if not settings.CARRIER_URL:
        # They wait for a person, on the work list.
        messages = messages.filter(channel=OutboxMessage.Channel.MAIL)
    oldest = {
        "scheduled": ScheduledAction.objects.filter(status="due", due_at__lte=at).aggregate(at=Min("due_at"))[
            "at"
        ],
        "outbox": messages.aggregate(at=Min("not_before"))["at"],
        "promises": Promise.objects.open().filter(due_at__lte=at).aggregate(at=Min("due_at"))["at"],
    }
    return {what: (at - since).total_seconds() if since else 0.0 for what, since in oldest.items()}


def _counts(at: dt.datetime) -> dict[str, int]:
    done = ScheduledAction.objects.filter(status="done", done_at__gt=at - LOOK_BACK)
    return {
        "early": done.filter(done_at__lt=F("due_at"))[:MOST_COUNTED].count(),
        "actions_held": ScheduledAction.objects.filter(status="held")[:MOST_COUNTED].count(),
        "actions_given_up": ScheduledAction.objects.filter(status="dead")[:MOST_COUNTED].count(),
        "messages_unknown": OutboxMessage.objects.filter(status="unknown")[:MOST_COUNTED].count(),
        "messages_given_up": OutboxMessage.objects.filter(status="dead")[:MOST_COUNTED].count(),
        "mismatches": Mismatch.objects.filter(gone_at__isnull=True)[:MOST_COUNTED].count(),
        **dict(JobFigure.objects.values_list("name", "value")),
    }


def _database_clock() -> dt.datetime:
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        found = cursor.fetchone()[0]
    assert isinstance(found, dt.datetime)
    return found
