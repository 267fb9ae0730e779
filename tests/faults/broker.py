"""Fault 2: Redis killed, emptied and frozen, while things fall due. Rows are the truth; Redis only rings the bell."""

import datetime as dt
import os
import signal
import time

import redis
from django.conf import settings
from django.db.models import Min

from config import clock
from tests.faults import tally
from tests.faults.crew import staff, wait_for_staff
from tests.faults.house import House, wait_until
from tickets.models import ScheduledAction

FROZEN = 2.0


def run(house: House, *, breakages: int, actions: int, seconds: float, pairs: int = 2) -> tally.Result:
    """`breakages` spread over `seconds`, in turn a kill, a flush and a freeze."""
    house.empty()
    house.extra = {}
    staff(house, pairs)
    wait_for_staff(house)
    tally.plan(actions, starts=clock.now(), seconds=seconds, rng=house.rng, prefix="broker", leave=0)
    longest = 0.0
    began = time.monotonic()
    for number in range(breakages):
        time.sleep(max(0.0, began + seconds * number / breakages - time.monotonic()))
        house.keep_alive()
        (_kill, _flush, _freeze)[number % 3](house)
        longest = max(longest, _seconds_until_in_time(house))
    recovered = wait_until(lambda: house.keep_alive() or tally.unfinished() == 0, seconds=60 + seconds)
    house.stop_processes()
    lost, twice, early, not_done = tally.count()
    late = tally.lateness()
    return tally.Result(
        "Redis killed, flushed, frozen", f"{breakages} times, {actions} actions", lost + not_done, twice, early,
        recovered="never" if recovered is None else f"{longest:.1f} s",
        remarks=f"late by p50 {late['p50']} s, p99 {late['p99']} s, longest {late['max']} s",
    )  # fmt: skip


def _seconds_until_in_time(house: House) -> float:
    """From now until nothing that is due waits for more than a second."""

    def in_time() -> bool:
        house.keep_alive()
        oldest = ScheduledAction.objects.filter(status="due").aggregate(at=Min("due_at"))["at"]
        return oldest is None or clock.now() - oldest < dt.timedelta(seconds=1)

    found = wait_until(in_time, seconds=60, pause=0.05)
    return 60.0 if found is None else found


def _kill(house: House) -> None:
    os.kill(house.redis_pid(), signal.SIGKILL)
    time.sleep(0.5)


def _flush(house: House) -> None:
    redis.Redis.from_url(settings.REDIS_URL).flushall()


def _freeze(house: House) -> None:
    pid = house.redis_pid()
    os.kill(pid, signal.SIGSTOP)
    time.sleep(FROZEN)
    os.kill(pid, signal.SIGCONT)
