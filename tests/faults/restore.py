"""Fault 9: the database is lost and restored from a backup taken while everything ran. Nothing fires twice."""

import datetime as dt
import os
import subprocess
import sys
import time

from django.conf import settings
from django.db import connections

from config import clock
from tests.faults import tally
from tests.faults.app.models import Applied
from tests.faults.crew import staff, wait_for_staff
from tests.faults.house import ROOT, House, wait_until
from tests.faults.servers import MailServer, UnrulyGateway, UnrulyMail
from tickets.models import OutboxMessage, Pause
from tickets.senders import message_id
from tickets.services.outbox import Mail, put_mails
from tickets.services.pauses import end_pause
from tickets.services.reconcile import reconcile


def run(house: House, *, actions: int, seconds: float, pairs: int = 2) -> tally.Result:
    """Back up in the middle, finish, throw it away, restore, look, resume."""
    house.empty()
    gateway = UnrulyGateway(
        house.var / "restored.jsonl", secret=settings.CARRIER_SECRET, seed=house.seed, share=0
    )
    mail = MailServer(UnrulyMail(seed=house.seed, share=0))
    gateway.start()
    mail.start()
    house.extra = {"SMTP_URL": f"smtp://127.0.0.1:{mail.port}", "CARRIER_URL": gateway.url}
    _live_on(house, actions, seconds, pairs)
    before = (len(gateway.ledger.rows()), sum(mail.handler.taken.values()))
    began = time.monotonic()
    _backup("restore", house)
    early = _stays_paused(house, gateway, mail.handler, before, pairs)
    wrong = reconcile(at=clock.now(), everything=True).standing
    found = tally.missing() if wrong else ""
    end_pause(cause=Pause.Cause.RESTORE, at=clock.now(), reason="looked at")
    recovered = wait_until(lambda: house.keep_alive() or tally.unfinished() == 0, seconds=60)
    seconds_taken = time.monotonic() - began
    house.stop_processes()
    result = _judge(gateway, mail.handler, actions, wrong, early, found)
    result.recovered = "never" if recovered is None else f"{seconds_taken:.0f} s"
    gateway.stop()
    mail.stop()
    return result


def _live_on(house: House, actions: int, seconds: float, pairs: int) -> None:
    staff(house, pairs)
    wait_for_staff(house)
    starts = clock.now() + dt.timedelta(seconds=1)
    tally.plan(
        actions, starts=starts, seconds=seconds, rng=house.rng, prefix="restore", leave=0.3, shares=(1, 1, 0)
    )
    time.sleep(seconds * 0.6)
    # Surveys that wait at the moment of the backup, and leave afterwards, in the time that will be lost.
    surveys = [Mail(f"survey-like:{n}", "kyaku@example.jp", "s", "b", once="at_most") for n in range(20)]
    put_mails(surveys, at=clock.now() - dt.timedelta(seconds=7))
    _backup("backup", house)
    wait_until(lambda: tally.unfinished() == 0, seconds=60)
    house.stop_processes()


def _backup(verb: str, house: House) -> None:
    connections.close_all()
    file = str(house.var / "middle.dump")
    # Sessions of killed workers take a moment to be gone.
    for _ in range(20):
        done = subprocess.run(
            [sys.executable, "-m", "config.backup", verb, file], cwd=ROOT, env=dict(os.environ), capture_output=True, text=True,
            check=False,
        )  # fmt: skip
        if done.returncode == 0 or "sessions are using" not in done.stderr:
            break
        time.sleep(0.5)
    if done.returncode:
        raise RuntimeError(done.stderr)


def _stays_paused(
    house: House, gateway: UnrulyGateway, mail: UnrulyMail, before: tuple[int, int], pairs: int
) -> int:
    """The restored house starts with its jobs paused: whatever happens now happened too early."""
    applied = Applied.objects.count()
    staff(house, pairs)
    time.sleep(6)
    left = (len(gateway.ledger.rows()), sum(mail.taken.values()))
    return Applied.objects.count() - applied + sum(left) - sum(before)


def _judge(
    gateway: UnrulyGateway, mail: UnrulyMail, actions: int, wrong: int, early: int, found: str
) -> tally.Result:
    lost, twice, too_early, not_done = tally.count()
    lost += wrong + not_done
    carried = [row.key for row in gateway.ledger.rows()]
    calls = set(OutboxMessage.objects.filter(channel="gateway").values_list("key", flat=True))
    once_only = OutboxMessage.objects.filter(once="at_most").values_list("key", flat=True)
    twice += len(carried) - len(set(carried)) + sum(mail.taken[message_id(key)] > 1 for key in once_only)
    unknown = OutboxMessage.objects.filter(status="unknown").count()
    lost += len(calls - set(carried))
    return tally.Result(
        "database lost and restored", f"{actions} actions", lost, twice,
        early + too_early,
        remarks=f"{len(calls)} calls, {len(mail.taken)} mails; {sum(mail.taken.values()) - len(mail.taken)} notices left "
        f"again under the same Message-ID; {unknown} of {len(once_only)} at-most-once messages left to a person"
        f"{(found or tally.missing()) if lost else ''}",
    )  # fmt: skip
