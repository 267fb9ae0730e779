"""Fault 4: the clocks of the application and of the database jump about, near every moment at which dates go wrong.

The database's clock is moved for real: its session finds `now()` and `clock_timestamp()` in a schema before
pg_catalog, so that the claim and the trigger `d9_never_early` both run by it.
"""

import datetime as dt
import logging
import os
import random
import time
from collections.abc import Iterator, Sequence

from django.db import connection, transaction

from tests.faults import tally
from tests.faults.app.counting import CUTOFF, NOTE
from tests.faults.app.models import Applied
from tests.faults.house import House
from tickets.dates import end_of_day, jst
from tickets.models import ScheduledAction
from tickets.services.clock_guard import LARGEST_STEP, MOST_SKEW, Reading, watch
from tickets.services.due import run_batch
from tickets.services.schedule import schedule

ANCHORS = {
    "JST midnight": jst(2026, 1, 31),
    "month end": end_of_day(dt.date(2026, 4, 30)),
    "29 February": end_of_day(dt.date(2028, 2, 29)),
    "28 February": end_of_day(dt.date(2027, 2, 28)),
    "year end": end_of_day(dt.date(2026, 12, 31)),
    "UTC midnight": jst(2026, 3, 31, 9),
    "American summer time": jst(2027, 3, 14, 19),
}
ZONES = ("UTC", "America/Los_Angeles", "Asia/Tokyo", "Pacific/Kiritimati", "Europe/London")
STEPS = (0, 1e-6, 0.5, 1, 9, 31, 60, 3600, 32_400, 86_399, 86_400)
A_SECOND = dt.timedelta(seconds=1)
# Jumps round one action.
AN_ACTION = 10
SET_CLOCKS = """
    SELECT set_config('faults.clock', %s, false);
    INSERT INTO tickets_clockmark (machine, wall_at, boot_seconds) VALUES ('faults', %s, 1000)
    ON CONFLICT (machine) DO UPDATE SET wall_at = EXCLUDED.wall_at, boot_seconds = 1000
"""
FAKE = """
    CREATE SCHEMA IF NOT EXISTS fake;
    CREATE OR REPLACE FUNCTION fake.now() RETURNS timestamptz LANGUAGE sql STABLE AS
      $$ SELECT current_setting('faults.clock')::timestamptz $$;
    CREATE OR REPLACE FUNCTION fake.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE AS
      $$ SELECT current_setting('faults.clock')::timestamptz $$;
"""


def run(house: House, *, jumps: int) -> tally.Result:
    """`jumps` jumps of either clock; after each, what is due is done, first under the guard, then without."""
    house.empty()
    logging.disable(logging.CRITICAL)
    began, zone_before = time.monotonic(), os.environ.get("TZ", "")
    with connection.cursor() as cursor:
        cursor.execute(FAKE)
    early = missed = unguarded = paused = 0
    try:
        _search("fake, public, pg_catalog")
        for first in range(0, jumps, 100):
            _set_zone(house.rng.choice(ZONES))
            # One commit a hundred: it is the clocks that are tried here, not the disk.
            with transaction.atomic():
                for number in range(first, first + 100, AN_ACTION):
                    found = [sum(column) for column in zip(*_jumps(house, number), strict=True)]
                    early, missed = early + found[0], missed + found[1]
                    unguarded, paused = unguarded + found[2], paused + found[3]
    finally:
        logging.disable(logging.NOTSET)
        _search("public")
        _set_zone(zone_before)
    twice = tally.count()[1]
    return tally.Result(
        "clocks jump", f"{jumps} jumps", missed, twice, early + unguarded, recovered="-",
        remarks=f"paused and alarmed at {paused} large jumps, {unguarded} went unnoticed; "
        f"{time.monotonic() - began:.0f} s",
    )  # fmt: skip


def _jumps(house: House, number: int) -> Iterator[tuple[int, int, int, int]]:
    """One action near an anchor, and both clocks jumping round its time. Yields (early, missed, unnoticed, paused)."""
    rng = house.rng
    due_at = rng.choice(list(ANCHORS.values())) + _either_way(rng, (0, 0, 1e-6, 1))
    kind = rng.choice((CUTOFF, NOTE))
    action = schedule(kind=kind, subject_id=number, due_at=due_at, key=f"clock-{number}", at=due_at)
    done = False
    for _ in range(AN_ACTION):
        app = due_at + _either_way(rng, STEPS)
        database = rng.choice((app, due_at + _either_way(rng, STEPS)))
        # Where this machine's clock stood a second ago by the boot clock: the jump is from there to `app`.
        before = app - _either_way(rng, STEPS)
        _set_clocks(database, before)
        large = abs(app - database) > MOST_SKEW or abs(app - before - A_SECOND) > LARGEST_STEP
        trusted = watch(Reading(app, database, "faults", 1001.0))
        allowed = due_at <= min(app, database)
        early = 0
        if not trusted:
            run_batch(at=app)
            early = int(not done and _is_done(action))
            _let_go()
        run_batch(at=app)
        early += int(not done and not allowed and _is_done(action)) + _raw_attempt(
            app, action, allowed=allowed or done
        )
        missed = allowed and not _is_done(action)
        done = done or allowed
        yield early, int(missed), int(large and trusted), int(large and not trusted)
    if not done:
        ScheduledAction.objects.filter(pk=action.pk).update(status="superseded", reason="next")


def _either_way(rng: random.Random, seconds: Sequence[float]) -> dt.timedelta:
    return rng.choice((-1, 1)) * dt.timedelta(seconds=rng.choice(seconds))


def _is_done(action: ScheduledAction) -> bool:
    return Applied.objects.filter(key=action.key).exists()


def _let_go() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE tickets_pause SET ended_at = since, ended_reason = 'let go' WHERE ended_at IS NULL"
        )


def _raw_attempt(app: dt.datetime, action: ScheduledAction, *, allowed: bool) -> int:
    """Somebody with a clock on the wall that is fast tries raw SQL: the trigger must refuse."""
    if allowed or app >= action.due_at:
        return 0
    try:
        with transaction.atomic():
            written = ScheduledAction.objects.filter(pk=action.pk, status="due").update(
                status="done", done_at=app
            )
    except Exception:
        return 0
    return written


def _set_clocks(database: dt.datetime, before: dt.datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(SET_CLOCKS, [database.isoformat(), before])


def _search(path: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SET search_path = {path}")


def _set_zone(zone: str) -> None:
    """The process lives in the wrong zone. (The session is always in UTC: Django sets it and reads by it.)"""
    if zone:
        os.environ["TZ"] = zone
    time.tzset()
