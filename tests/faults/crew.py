"""Who works in a house."""

import time

from config import clock
from tests.faults import tally
from tests.faults.house import House, wait_until


def staff(house: House, pairs: int = 2) -> None:
    """Everybody who works in a house: two workers a job and two beats, or one of each."""
    for number in range(1, pairs + 1):
        house.worker(f"deadlines{number}", "cutoffs,promises")
        house.worker(f"outgoing{number}", "outbox,surveys")
        house.beat(f"beat{number}")
    house.worker("house", "reconcile,default")


def wait_for_staff(house: House) -> None:
    """Until the workers and beats run: one action planned now is done."""
    tally.plan(
        2, starts=clock.now(), seconds=0.1, rng=house.rng, prefix=f"ready-{time.monotonic_ns()}", leave=0
    )
    if wait_until(lambda: tally.unfinished() == 0, seconds=60) is None:
        raise RuntimeError(f"the workers did not start; see {house.var}/log")
