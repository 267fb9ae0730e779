"""Dealing the tests out to workers loses none, and puts the slow ones first."""

from types import SimpleNamespace

import pytest

from tests import order


def item(name, *, slow=False, shared=False):
    return SimpleNamespace(
        nodeid=name,
        get_closest_marker=lambda mark: slow if mark == "slow" and slow else None,
        _fixtureinfo=SimpleNamespace(name2fixturedefs={"f": [SimpleNamespace(scope="module" if shared else "function")]}),
    )  # fmt: skip


@pytest.mark.parametrize(("short", "slow"), [(0, 0), (1, 0), (0, 5), (2, 7), (90, 10), (91, 1)])
@pytest.mark.parametrize("workers", [2, 3, 4])
def test_none_is_lost_or_doubled(short, slow, workers):
    items = [item(f"a::{n}") for n in range(short)] + [item(f"b::{n}", slow=True) for n in range(slow)]
    assert sorted(map(id, order.dealt(items, workers))) == sorted(map(id, items))


def test_each_part_begins_with_its_share_and_what_is_made_once_stays_together():
    items = [item(f"a::{n}") for n in range(24)]
    items += [item(f"b::{n}", slow=True) for n in range(3)] + [
        item(f"c::{n}", slow=True, shared=True) for n in range(3)
    ]
    dealt = [each.nodeid for each in order.dealt(items, 3)]
    assert [dealt[:5], dealt[10:12], dealt[20:22]] == [
        ["b::0", "c::0", "c::1", "c::2", "a::0"], ["b::1", "a::6"], ["b::2", "a::15"],
    ]  # fmt: skip
