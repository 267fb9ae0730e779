"""Fault 5: eight people press the same button at the same moment. One wins; the others hear that they were late."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from django.db import connections

from tests.faults import tally
from tests.faults.house import House
from tickets.dates import jst
from tickets.errors import DeskError

AT = jst(2026, 1, 24, 14, 0)
EIGHT = 8


def run(house: House, *, rounds: int) -> list[tally.Result]:
    """`rounds` of each button, eight threads each."""
    house.empty()
    from tests.faults.buttons import Desk

    desk = Desk()
    with ThreadPoolExecutor(EIGHT) as pool:
        results = [_race(pool, name, prepare, rounds) for name, prepare in desk.buttons().items()]
        gate = threading.Barrier(EIGHT)
        list(pool.map(lambda _: (gate.wait(), connections.close_all()), range(EIGHT)))
    return results


Prepared = tuple[list[Callable[[], object]], Callable[[], int]]


def _race(pool: ThreadPoolExecutor, name: str, prepare: Callable[[], Prepared], rounds: int) -> tally.Result:
    """`prepare` makes a fresh case and returns eight presses, and a count of what they left in the database."""
    began, none, more, said = time.monotonic(), 0, 0, set()
    for _ in range(rounds):
        presses, effects = prepare()
        gate = threading.Barrier(EIGHT)
        won = list(pool.map(lambda press, gate=gate: _press(press, gate), presses))
        winners = won.count(None)
        none += winners == 0 or effects() == 0
        more += winners > 1 or effects() > 1
        said |= {str(error)[:80] for error in won if error}
    return tally.Result(
        f"race: {name}", f"{rounds} rounds × {EIGHT} threads", none, more, recovered="one winner each",
        remarks=f"{time.monotonic() - began:.0f} s; the others heard: {' / '.join(sorted(said)[:3])}",
    )  # fmt: skip


def _press(press: Callable[[], object], gate: threading.Barrier) -> DeskError | None:
    gate.wait()
    try:
        press()
    except DeskError as error:
        return error
    return None
