"""The order of the tests where several workers share them: no worker is left alone with a long one at the end.

Each worker begins with an equal part of the list, from its head, and one that is done takes over from the tail of
another's. So the slow tests are dealt out to the heads of the parts, and the short ones make up for the difference.
"""

from itertools import groupby, islice

import pytest


def dealt(items: list[pytest.Item], workers: int) -> list[pytest.Item]:
    """`items` in another order: in parts as the workers will take them, each beginning with its share of the slow ones."""
    slow = [item for item in items if _slow(item)]
    short = iter([item for item in items if not _slow(item)])
    hands: list[list[pytest.Item]] = [[] for _ in range(workers)]
    for number, stack in enumerate(_together(slow)):
        hands[number % workers].extend(stack)
    found: list[pytest.Item] = []
    for hand, ends in zip(hands, _ends(len(items), workers), strict=True):
        found += hand
        found += islice(short, max(0, ends - len(found)))
    return [*found, *short]


def _slow(item: pytest.Item) -> bool:
    return item.get_closest_marker("slow") is not None


def _ends(count: int, workers: int) -> list[int]:
    """Where each worker's part ends."""
    ends, done = [], 0
    for left in range(workers, 0, -1):
        done += (count - done) // left
        ends.append(done)
    return ends


def _together(items: list[pytest.Item]) -> list[list[pytest.Item]]:
    """One by one, but those of a module that share what is made once a module stay together."""
    return [list(stack) for _key, stack in groupby(items, _made_once)]


def _made_once(item: pytest.Item) -> str:
    made = item._fixtureinfo.name2fixturedefs
    shared = any(each.scope == "module" for defs in made.values() for each in defs)
    return item.nodeid.split("::")[0] if shared else item.nodeid
