"""Fault 3: ticks doubled, shuffled, lost, late; two beats at once. The result is that of a calm run."""

import datetime as dt
import time

from config import clock
from tests.faults import tally
from tests.faults.app.models import Applied
from tests.faults.crew import wait_for_staff
from tests.faults.house import House, wait_until

TASKS = (
    "tickets.tasks.run_due",
    "tickets.tasks.relay_outbox",
    "tickets.tasks.raise_overdue",
    "tickets.tasks.purge",
)


def run(house: House, *, actions: int, ticks: int) -> list[tally.Result]:
    """A calm run, a stormy one by hand, one with two beats: what is applied is the same."""
    calm = _calm(house, actions)
    return [
        _judge(house, "ticks doubled, shuffled, lost", f"{ticks} ticks, {actions} actions", calm, _storm(house, actions, ticks)),
        _judge(house, "two beats at once", f"{actions} actions", calm, _beats(house, actions)),
    ]  # fmt: skip


def _calm(house: House, actions: int) -> set[str]:
    from tickets.services.due import run_batch

    house.empty()
    tally.plan(
        actions, starts=clock.now() - dt.timedelta(hours=1), seconds=60, rng=house.rng, prefix="t", leave=0
    )
    while run_batch(at=clock.now()).full:
        pass
    return set(Applied.objects.values_list("key", flat=True))


def _storm(house: House, actions: int, ticks: int) -> float | None:
    from config.celery import app

    house.empty()
    workers = [
        house.worker(f"storm{number}", "cutoffs,promises,outbox,default", processes=2) for number in (1, 2)
    ]
    house.beat("starter")
    wait_for_staff(house)
    house.processes.pop("starter").kill()
    tally.plan(actions, starts=clock.now(), seconds=ticks / 100, rng=house.rng, prefix="t", leave=0)
    sent = [task for task in TASKS for _ in range(ticks // len(TASKS))]
    house.rng.shuffle(sent)
    for task in sent:
        # One in four is lost; the others come one to three times, at once or late, some already expired.
        for _ in range(house.rng.choice((0, 1, 2, 3))):
            app.send_task(
                task, countdown=house.rng.choice((0, 0, 0.2)), expires=house.rng.choice((0.3, 4, None))
            )
        time.sleep(house.rng.random() * 0.02)
    assert workers

    def done() -> bool:
        app.send_task(TASKS[0])
        return tally.overdue() == 0

    found = wait_until(done, seconds=60)
    house.stop_processes()
    return found


def _beats(house: House, actions: int) -> float | None:
    house.empty()
    house.worker("pair", "cutoffs,promises,outbox,default", processes=2)
    house.beat("beat1")
    house.beat("beat2")
    wait_for_staff(house)
    tally.plan(actions, starts=clock.now(), seconds=3, rng=house.rng, prefix="t", leave=0)
    found = wait_until(lambda: tally.unfinished() == 0, seconds=60)
    house.stop_processes()
    return found


def _judge(house: House, fault: str, dose: str, calm: set[str], recovered: float | None) -> tally.Result:
    _lost, twice, early, not_done = tally.count()
    here = {key for key in Applied.objects.values_list("key", flat=True) if not key.startswith("ready")}
    return tally.Result(
        fault, dose, len(calm - here) + not_done, twice + len(here - calm), early,
        recovered="never" if recovered is None else f"{recovered:.1f} s",
    )  # fmt: skip
