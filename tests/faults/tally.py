"""Counting what happened: lost, twice, early, and how long what was due had to wait."""

import datetime as dt
import random
import time
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import DatabaseError, InterfaceError, connection
from django.db.models.functions import Now

from tests.faults.app.counting import CUTOFF, NOTE
from tests.faults.app.models import Applied
from tickets.models import Mismatch, OutboxMessage, ScheduledAction
from tickets.services.schedule import Planned, schedule_many


@dataclass
class Result:
    """One line of the table. `recovered`: how fast all was well again; `remarks` are printed below."""

    fault: str
    dose: str
    lost: int = 0
    twice: int = 0
    early: int = 0
    recovered: str = ""
    remarks: str = ""
    caught: str = ""

    @property
    def clean(self) -> bool:
        return not (self.lost or self.twice or self.early) and not self.caught


def plan(
    number: int,
    *,
    starts: dt.datetime,
    seconds: float,
    rng: random.Random,
    prefix: str,
    leave: float = 0.1,
    shares: tuple[int, int, int] = (5, 4, 1),
) -> None:
    """`number` actions: half spread over `seconds`, half due at one moment in the middle of them.

    `leave`: the share that sends something; `shares`: calls, notices, messages that may leave only once.
    """
    middle = starts + dt.timedelta(seconds=seconds / 2)
    plans = []
    for index in range(number):
        due_at = middle if index % 2 else starts + dt.timedelta(seconds=rng.random() * seconds)
        payload = {}
        if rng.random() < leave:
            payload["leave"] = rng.choices(("call", "notice", "survey-like"), shares)[0]
        kind = NOTE if index % 5 == 0 else CUTOFF
        plans.append(Planned(kind, index, due_at, f"{prefix}-{index}", payload))
    schedule_many(plans)


def unfinished() -> int:
    """Actions that are due and messages that have not left."""
    due = ScheduledAction.objects.filter(status="due").count()
    return due + OutboxMessage.objects.filter(status__in=("pending", "sending")).count()


def overdue() -> int:
    """Actions that are due now by the database's clock."""
    return ScheduledAction.objects.filter(status="due", due_at__lte=Now()).count()


COUNTS = """
    SELECT (SELECT count(*) FROM tickets_scheduledaction a WHERE NOT EXISTS
              (SELECT 1 FROM faults_applied f WHERE f.key = a.key)),
           (SELECT coalesce(sum(n - 1), 0) FROM (SELECT count(*) n FROM faults_applied GROUP BY key) c),
           (SELECT count(*) FROM faults_applied WHERE written_at < due_at OR app_at < due_at),
           (SELECT count(*) FROM tickets_scheduledaction WHERE status <> 'done')
"""


def _without_effect() -> list[str]:
    done = ScheduledAction.objects.filter(status="done")
    return list(done.exclude(key__in=Applied.objects.values("key")).values_list("key", flat=True)[:20])


def count() -> tuple[int, int, int, int]:
    """(lost, twice, early, not done) among all actions."""
    with connection.cursor() as cursor:
        cursor.execute(COUNTS)
        lost, twice, early, not_done = cursor.fetchone()
    return int(lost), int(twice), int(early), int(not_done)


def missing(gone: Iterable[str] = ()) -> str:
    """What is not as it should be, by name and no more than twenty: a run that fails must say why, its house is gone then."""
    named = [f"{key}: never arrived" for key in sorted(gone)]
    left = ScheduledAction.objects.exclude(status="done")[:20]
    named += [f"{row.kind} {row.key}: {row.status}" for row in left]
    named += [f"{row.key}: {row.status}" for row in OutboxMessage.objects.exclude(status="sent")[:20]]
    named += [f"{key}: no effect" for key in _without_effect()]
    named += [f"{row.check_name} {row.ref}: {row.says}" for row in Mismatch.objects.filter(gone_at=None)[:20]]
    return "; not in order: " + ", ".join(named) if named else ""


def lateness() -> dict[str, float]:
    """Seconds between due and written: median, 99 of 100, longest."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY late), percentile_cont(0.99) WITHIN GROUP (ORDER BY late), "
            "max(late) FROM (SELECT extract(epoch FROM written_at - due_at) late FROM faults_applied) l"
        )
        names = ("p50", "p99", "max")
        return {
            name: round(float(value or 0), 2) for name, value in zip(names, cursor.fetchone(), strict=True)
        }


def patiently(ask, *, seconds=60.0):
    """Ask the database, through its crashes."""
    began = time.monotonic()
    while True:
        try:
            return ask()
        except (DatabaseError, InterfaceError):
            connection.close()
            if time.monotonic() - began > seconds:
                raise
            time.sleep(0.1)
