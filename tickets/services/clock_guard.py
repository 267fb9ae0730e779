"""The watch over the clocks: a large jump, or two clocks that disagree, stops what becomes due and alarms (D9).

That nothing happens early does not hang on this: a claim asks the earlier of the application's and the database's
clock. The guard is for the day when both are wrong together (one machine, set by hand): then the only witness is a
clock that nobody can set, the seconds since the machine booted, suspended time included.

A pause for disagreement ends by itself once both agree again. A jump is let go by a person, who knows which of the
two times was the true one.
"""

from __future__ import annotations

import datetime as dt
import time
from dataclasses import dataclass
from pathlib import Path

import structlog
from django.db import connection, transaction
from django.utils.translation import gettext as _

from tickets.models import ClockMark, Pause
from tickets.services.pauses import end_pause, open_pause

logger = structlog.get_logger(__name__)
# A clock disciplined by NTP stays within milliseconds; leap smears and slews stay far under these.
MOST_SKEW = dt.timedelta(seconds=10)
LARGEST_STEP = dt.timedelta(seconds=30)
# How often the mark is renewed: often enough that slow drift never adds up to a step.
RENEW = dt.timedelta(seconds=10)
BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True, slots=True)
class Reading:
    """What the clocks say at one moment. `boot` is in seconds since `machine` was started."""

    app: dt.datetime
    database: dt.datetime
    machine: str
    boot: float

    @property
    def skew(self) -> dt.timedelta:
        """How far the application's clock is ahead of the database's."""
        return self.app - self.database


def read(*, at: dt.datetime) -> Reading:
    """Read the database's clock and the boot clock beside `at`, the application's."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        database = cursor.fetchone()[0]
    return Reading(at, database, machine(), time.clock_gettime(_boot_clock()))


def due_until(*, at: dt.datetime, watched: bool = True) -> dt.datetime | None:
    """Up to when things are due: the earlier of both clocks, or None while the jobs are paused or the clocks in doubt.

    For jobs that look for what is due themselves. `watched` False: the clock is held by a demonstration.
    """
    reading = read(at=at)
    if watched and not watch(reading):
        return None
    if Pause.objects.filter(ended_at__isnull=True).exists():
        return None
    return min(reading.app, reading.database)


def watch(reading: Reading) -> bool:
    """True while the clocks can be trusted. For the system, before anything is claimed."""
    if abs(reading.skew) > MOST_SKEW:
        says = _("the application's clock is %(seconds)d s ahead of the database's") % {
            "seconds": reading.skew.total_seconds()
        }
        open_pause(cause=Pause.Cause.SKEW, reason=says, at=reading.app)
        return False
    step = _step_since_mark(reading)
    if abs(step) > LARGEST_STEP:
        says = _("the clock jumped by %(seconds)d s") % {"seconds": step.total_seconds()}
        open_pause(cause=Pause.Cause.JUMP, reason=says, at=reading.app)
        return False
    end_pause(cause=Pause.Cause.SKEW, at=reading.app, reason=_("both clocks agree again"))
    return not Pause.objects.filter(cause=Pause.Cause.JUMP, ended_at__isnull=True).exists()


@transaction.atomic
def _step_since_mark(reading: Reading) -> dt.timedelta:
    """How far the wall clock has moved more than the boot clock since the last mark; renews the mark."""
    mark = ClockMark.objects.select_for_update().filter(machine=reading.machine).first()
    if mark is None:
        fresh = ClockMark(machine=reading.machine, wall_at=reading.app, boot_seconds=reading.boot)
        ClockMark.objects.bulk_create([fresh], ignore_conflicts=True)
        return dt.timedelta()
    passed = dt.timedelta(seconds=reading.boot - mark.boot_seconds)
    step = reading.app - mark.wall_at - passed
    if passed > RENEW or abs(step) > LARGEST_STEP:
        mark.wall_at, mark.boot_seconds = reading.app, reading.boot
        mark.save(update_fields=["wall_at", "boot_seconds"])
    return step


def machine() -> str:
    """This run of this machine; containers on it share its clock and this name."""
    try:
        return BOOT_ID.read_text().strip()
    except OSError:
        return "unknown"


def _boot_clock() -> int:
    # Counts suspended time too, where the system has it (Linux).
    return getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
