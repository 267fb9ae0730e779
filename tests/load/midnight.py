"""A hundred thousand cutoffs due at one midnight, on two worker processes, while the desk works on.

    python -m tests.load.midnight CUTOFFS

On a database of its own. Prints what happened as JSON; exactly once is counted, not believed.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time

import django


def main(cutoffs: int) -> None:
    """Prepare, start the workers, wait, count."""
    django.setup()
    from django.core.management import call_command
    from django.db import connection

    call_command("migrate", run_syncdb=True, verbosity=0)
    from tests.faults import midnight
    from tickets.models import ScheduledAction

    midnight.prepare(cutoffs // 2)
    planned = ScheduledAction.objects.filter(kind="billing.stop_line", status="due").count()
    print("prepared", flush=True)
    sys.stdin.readline()  # the bench says when
    workers = _workers()
    try:
        seconds, started_with = _work(planned)
    finally:
        workers.terminate()
        workers.wait(30)
    lost, twice, early = midnight._judge(planned)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM billing_milestone WHERE reached_at IS NOT NULL")
        milestones = cursor.fetchone()[0]
    rate = (planned - started_with) / seconds
    print(
        json.dumps({"planned": planned, "seconds": seconds, "rate": rate, "lost": lost, "twice": twice,
                    "early": early, "milestones": milestones})
    )  # fmt: skip


def _workers() -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "celery", "-q", "-A", "config.celery", "worker", "-n", "midnight@%h", "-Q", "cutoffs",
         "-c", "2", "-l", "ERROR", "--without-gossip", "--without-mingle", "--without-heartbeat"],
        env={**os.environ, "CARRIER_URL": "http://127.0.0.1:9"},
    )  # fmt: skip


def _work(planned: int) -> tuple[float, int]:
    """Seconds from the first batch on, and how many that batch had done; measured from there, start-up apart."""
    from config.celery import app
    from tests.faults.midnight import _done

    for _ in range(2):
        app.send_task("tickets.tasks.run_due")
    while not (before := _done()):
        time.sleep(0.02)
    began, until = time.monotonic(), time.monotonic() + 600
    while _done() < planned and time.monotonic() < until:
        time.sleep(0.05)
    return time.monotonic() - began, before


if __name__ == "__main__":
    main(int(sys.argv[1]))
