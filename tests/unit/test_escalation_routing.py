"""Who holds it next: strictly upward, finite, past the absent, the barred and those who had it (B2, B3, B4)."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from escalation import lifecycle
from escalation.coverage import Away, Gap, Stretch, first_gap
from escalation.routing import (
    Capacity,
    Deputy,
    Duty,
    Facts,
    Place,
    candidates,
    capacity,
    first_place,
    may_be_excused,
    next_place,
)
from tickets.dates import jst
from tickets.models.staff import TOP, Tier

pytestmark = pytest.mark.requirement("B2", "B3", "B4")

LEADER, SV, SV2, MANAGER, MANAGER2, MANAGER3 = 20, 30, 31, 40, 41, 42
FACTS = Facts(
    duties=(
        Duty(MANAGER2, TOP, 2),
        Duty(MANAGER, TOP, 1),
        Duty(SV, Tier.SV, 1),
        Duty(LEADER, Tier.LEADER, 1),
    ),
    bench=(MANAGER, MANAGER2, MANAGER3),
)


def facts(**changed: Any) -> Facts:
    return replace(FACTS, **changed)


def holders(found: Facts, level: int) -> list[int | None]:
    return [place.holder for place in candidates(found, level)]


def test_the_tier_named_has_it_first():
    assert first_place(FACTS, Tier.LEADER) == Place(Tier.LEADER, 0, LEADER)
    assert first_place(FACTS, TOP) == Place(TOP, 0, MANAGER)


def test_a_demand_below_leader_does_not_exist():
    assert first_place(FACTS, Tier.OPERATOR).level == Tier.LEADER


def test_an_empty_tier_is_passed_by():
    assert first_place(facts(absent=frozenset({LEADER})), Tier.LEADER) == Place(Tier.SV, 0, SV)
    assert first_place(facts(absent=frozenset({LEADER, SV})), Tier.LEADER) == Place(TOP, 0, MANAGER)


def test_a_delegate_takes_the_place_of_the_absent_grantor():
    lent = facts(deputies=(Deputy(SV2, TOP, MANAGER, 7),), absent=frozenset({MANAGER}))
    assert first_place(lent, TOP) == Place(TOP, 0, SV2, 7)
    assert holders(lent, TOP) == [SV2, MANAGER2, MANAGER3]


def test_a_delegate_comes_after_the_shifts_while_the_grantor_is_there():
    lent = facts(deputies=(Deputy(SV2, TOP, MANAGER, 7),))
    assert holders(lent, TOP) == [MANAGER, MANAGER2, SV2, MANAGER3]


def test_rises_one_tier_then_from_deputy_to_deputy_and_is_let_go():
    seen, asked = [], frozenset({LEADER})
    level, rung = int(Tier.LEADER), 0
    for _ in range(5):
        place = next_place(facts(asked=asked), level, rung)
        seen.append((place.level, place.rung, place.holder))
        level, rung = place.level, place.rung
        asked |= {place.holder or 0}
    assert seen == [
        (Tier.SV, 0, SV),
        (TOP, 0, MANAGER),
        (TOP, 1, MANAGER2),
        (TOP, 2, MANAGER3),
        (TOP, 2, None),
    ]


def test_nobody_who_had_it_or_is_barred_gets_it():
    barred = facts(asked=frozenset({MANAGER}), excused=frozenset({MANAGER2}))
    assert next_place(barred, TOP, 0) == Place(TOP, 1, MANAGER3)


def test_those_who_have_not_spoken_on_the_case_come_first():
    assert first_place(facts(spoken=frozenset({MANAGER})), TOP).holder == MANAGER2
    assert first_place(facts(spoken=frozenset({MANAGER, MANAGER2, MANAGER3})), TOP).holder == MANAGER


@pytest.mark.parametrize(
    ("staff", "own", "level", "expected"),
    [
        (LEADER, Tier.LEADER, Tier.LEADER, Capacity(Tier.LEADER)),
        (MANAGER3, Tier.MANAGER, Tier.LEADER, Capacity(Tier.MANAGER)),
        (LEADER, Tier.LEADER, Tier.SV, None),
        (SV2, Tier.SV, TOP, Capacity(TOP, 7)),
        (SV2, Tier.SV, Tier.SV, Capacity(Tier.SV)),
        (SV, Tier.SV, TOP, None),
    ],
)
def test_anyone_of_sufficient_tier_may_take_it(staff, own, level, expected):
    lent = facts(deputies=(Deputy(SV2, TOP, MANAGER, 7),))
    assert capacity(lent, staff, own, level) == expected


def test_the_absent_and_the_barred_may_not_take_it():
    assert capacity(facts(absent=frozenset({MANAGER})), MANAGER, TOP, TOP) is None
    assert capacity(facts(excused=frozenset({MANAGER})), MANAGER, TOP, TOP) is None
    assert capacity(facts(asked=frozenset({MANAGER})), MANAGER, TOP, TOP) == Capacity(TOP)


def test_the_last_one_at_the_top_is_never_excused():
    assert may_be_excused(FACTS, MANAGER)
    assert may_be_excused(facts(excused=frozenset({MANAGER, MANAGER2})), LEADER)
    assert not may_be_excused(facts(excused=frozenset({MANAGER, MANAGER2})), MANAGER3)


def test_no_way_of_refusing_is_in_the_table():
    words = {*lifecycle.DEMAND.states, *(step.action for step in lifecycle.DEMAND.steps)}
    assert not [word for word in words if any(no in word for no in ("refus", "reject", "den", "declin"))]
    assert lifecycle.DEMAND.final == {"answered", "answered_in_writing", "withdrawn"}


DAY = (jst(2026, 1, 10), jst(2026, 1, 11))


def stretch(staff: int, tier: int, begins: dt.datetime = DAY[0], ends: dt.datetime = DAY[1], *, lent=False):
    return Stretch(staff, tier, begins, ends, lent)


FULL = [stretch(LEADER, 2), stretch(SV, 3), stretch(MANAGER, 4), stretch(MANAGER2, 4)]


def test_a_full_roster_has_no_gap():
    assert first_gap(*DAY, FULL) is None


@pytest.mark.parametrize(
    ("stretches", "away", "expected"),
    [
        ([], [], Gap(DAY[0], Tier.LEADER, 0, 1)),
        (FULL[:3], [], Gap(DAY[0], TOP, 1, 2)),
        ([*FULL[:3], stretch(MANAGER, 4)], [], Gap(DAY[0], TOP, 1, 2)),
        ([*FULL[:3], stretch(SV, 4, lent=True)], [], None),
        ([*FULL[1:], stretch(SV, 4, lent=True)], [], None),
        (
            [*FULL[1:], stretch(LEADER, 2, ends=jst(2026, 1, 10, 23, 59))],
            [],
            Gap(jst(2026, 1, 10, 23, 59), Tier.LEADER, 0, 1),
        ),
        (
            FULL,
            [Away(SV, jst(2026, 1, 10, 12), jst(2026, 1, 10, 13))],
            Gap(jst(2026, 1, 10, 12), Tier.SV, 0, 1),
        ),
    ],
)
def test_the_first_gap_is_found(stretches, away, expected):
    assert first_gap(*DAY, stretches, away) == expected
