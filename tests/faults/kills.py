"""Fault 1: -9 to workers, children, beats and relays, and crashes of PostgreSQL, while everything falls due."""

import datetime as dt
import time

from django.conf import settings

from config import clock
from tests.faults import tally
from tests.faults.crew import staff, wait_for_staff
from tests.faults.house import House, wait_until
from tests.faults.servers import MailServer, UnrulyGateway, UnrulyMail
from tickets.models import OutboxMessage
from tickets.senders import message_id
from tickets.services.reconcile import reconcile

# Of a hundred kills: pool processes, whole workers, beats. What starts in milliseconds is killed more often.
SHARE_CHILDREN, SHARE_WORKERS = 0.80, 0.13
# Seconds over three times its own after which the breaking is given up: PostgreSQL or the workers did not come back.
LONGEST = 60


def run(house: House, *, actions: int, kills: int, crashes: int, seconds: float) -> tally.Result:
    """`kills` and `crashes` spread over `seconds`, `actions` falling due meanwhile."""
    house.empty()
    gateway = UnrulyGateway(
        house.var / "carrier.jsonl", secret=settings.CARRIER_SECRET, seed=house.seed, share=0.1
    )
    mail = MailServer(UnrulyMail(seed=house.seed, share=0.1))
    gateway.start()
    mail.start()
    house.extra = {"SMTP_URL": f"smtp://127.0.0.1:{mail.port}", "CARRIER_URL": gateway.url}
    staff(house)
    wait_for_staff(house)
    starts = clock.now() + dt.timedelta(seconds=3)
    tally.plan(actions, starts=starts, seconds=seconds, rng=house.rng, prefix="kill")
    done_kills, done_crashes = _break(house, kills, crashes, seconds)
    recovered = wait_until(lambda: house.keep_alive() or tally.unfinished() == 0, seconds=120)
    house.stop_processes()
    result = _judge(
        house, gateway, mail.handler, f"{done_kills} kills, {done_crashes} crashes, {actions} actions"
    )
    result.recovered = "never" if recovered is None else f"{recovered:.1f} s"
    gateway.stop()
    mail.stop()
    return result


def _break(house: House, kills: int, crashes: int, seconds: float) -> tuple[int, int]:
    began, killed, crashed = time.monotonic(), 0, 0
    time.sleep(3)
    while killed < kills or crashed < crashes:
        house.keep_alive()
        passed = time.monotonic() - began
        if passed > LONGEST + 3 * seconds:
            raise RuntimeError(f"only {killed} kills and {crashed} crashes; see {house.var}/log")
        if killed < kills and passed >= 3 + seconds * killed / kills:
            killed += _kill_one(house)
        elif crashed < crashes and passed >= 3 + seconds * (crashed + 0.5) / crashes:
            crashed += house.crash_postgres()
        else:
            time.sleep(0.005)
    return killed, crashed


def _kill_one(house: House) -> bool:
    chance = house.rng.random()
    workers = [process for name, process in house.processes.items() if not name.startswith("beat")]
    if chance < SHARE_CHILDREN:
        return house.rng.choice(workers).kill_child(house.rng)
    if chance < SHARE_CHILDREN + SHARE_WORKERS:
        house.rng.choice(workers).kill()
    else:
        house.processes[house.rng.choice(("beat1", "beat2"))].kill()
    return True


def _judge(house: House, gateway: UnrulyGateway, mail: UnrulyMail, dose: str) -> tally.Result:
    lost, twice, early, not_done = tally.patiently(tally.count)
    rows = list(OutboxMessage.objects.values_list("key", "channel", "once", "status"))
    carried = [row.key for row in gateway.ledger.rows()]
    calls = {key for key, channel, _once, _status in rows if channel == "gateway"}
    twice += len(carried) - len(set(carried))
    gone = calls - set(carried)
    once_only = 0
    for key, channel, once, status in rows:
        if channel != "mail":
            continue
        taken = mail.taken[message_id(key)]
        once_only += once == "at_most"
        twice += once == "at_most" and taken > 1
        if taken == 0 and status in {"sent", "pending", "sending"}:
            gone.add(key)
    lost += len(gone)
    unknown = sum(status in {"unknown", "dead"} for _key, _channel, _once, status in rows)
    wrong = reconcile(at=clock.now(), everything=True).standing
    late = tally.lateness()
    return tally.Result(
        "processes and PostgreSQL killed", dose, lost + not_done + wrong, twice, early,
        remarks=f"{len(calls)} calls and {len(rows) - len(calls)} mails left ({once_only} at most once, {unknown} of them "
        f"left to a person); gateway failed {sum(gateway.faults.values())}, mail {sum(mail.faults.values())} times; "
        f"{sum(mail.taken.values()) - len(mail.taken)} mails came again under the same Message-ID; "
        f"late by p50 {late['p50']} s, p99 {late['p99']} s, longest {late['max']} s; reconciler: {wrong} mismatches"
        f"{tally.missing(gone) if lost + not_done + wrong else ''}",
    )  # fmt: skip
