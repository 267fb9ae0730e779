"""The gap that publishing is refused for is the one that the pure function finds, for any roster (B3)."""

from __future__ import annotations

import datetime as dt
import itertools

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg.types.range import Range

from escalation.coverage import Away, Stretch, first_gap
from escalation.models import Absence, Delegation, DutyShift, RosterPeriod
from escalation.services import roster
from tests.factories.cast import cast
from tickets.dates import JST, jst
from tickets.errors import Refused

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("B3")]

BEGINS = jst(2026, 2, 1)
HOURS = 4
TIERS = {"leader": 2, "leader2": 2, "sv": 3, "sv2": 3, "manager": 4, "manager2": 4}
NAMES = st.sampled_from(sorted(TIERS))
SPANS = st.tuples(st.integers(0, HOURS - 1), st.integers(1, HOURS)).map(
    lambda s: (s[0], min(s[0] + s[1], HOURS))
)
# Mostly whole shifts, so that rosters without a gap come up.
WHOLE = st.just((0, HOURS))
SHIFTS = st.lists(st.tuples(NAMES, st.one_of(WHOLE, WHOLE, SPANS)), min_size=3, max_size=9)
LENT = st.lists(st.tuples(st.sampled_from([("sv", "leader", 3), ("manager", "sv2", 4)]), SPANS), max_size=2)
AWAY = st.lists(st.tuples(NAMES, SPANS), max_size=2)


def hours(span: tuple[int, int]) -> tuple[dt.datetime, dt.datetime]:
    return BEGINS + dt.timedelta(hours=span[0]), BEGINS + dt.timedelta(hours=span[1])


@pytest.fixture
def people():
    return cast()


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(shifts=SHIFTS, lent=LENT, away=AWAY)
def test_the_database_and_the_pure_function_see_the_same_gap(people, shifts, lent, away):
    with transaction.atomic():
        period = RosterPeriod.objects.create(name="案", during=Range(*hours((0, HOURS))))
        stretches = _store_shifts(people, period, shifts) + _store_lent(people, lent)
        aways = _store_away(people, away)
        gap = first_gap(*hours((0, HOURS)), stretches, aways)
        said = _publish(people, period)
        if gap is None:
            assert said is None
        else:
            assert said is not None
            assert said.startswith("B3: ")
            assert f"tier {int(gap.tier)} has {gap.present} of {gap.needed}" in said
            assert f"{gap.at.astimezone(JST):%Y-%m-%d %H:%M}" in said
        transaction.set_rollback(True)


def _publish(people, period) -> str | None:
    try:
        roster.publish_period(period_id=period.pk, actor=people.administrator, at=BEGINS)
    except Refused as no:
        return str(no)
    return None


def _store_shifts(people, period, shifts) -> list[Stretch]:
    """Every shift on a position of its own; the same person at the same time is left out, as the masters would."""
    kept: list[tuple[str, tuple[int, int]]] = []
    for name, span in shifts:
        if not any(name == other and span[0] < end and begin < span[1] for other, (begin, end) in kept):
            kept.append((name, span))
    positions = itertools.count(1)
    for name, span in kept:
        DutyShift.objects.create(
            period=period,
            tier=TIERS[name],
            staff=getattr(people, name),
            during=Range(*hours(span)),
            position=next(positions),
        )
    return [Stretch(getattr(people, name).pk, TIERS[name], *hours(span)) for name, span in kept]


def _store_lent(people, lent) -> list[Stretch]:
    found = []
    for (grantor, delegate, tier), span in dict(lent).items():
        Delegation.objects.create(
            grantor=getattr(people, grantor),
            delegate=getattr(people, delegate),
            acting_tier=tier,
            during=Range(*hours(span)),
            reason="代行",
            granted_at=BEGINS,
        )
        found.append(Stretch(getattr(people, delegate).pk, tier, *hours(span), lent=True))
    return found


def _store_away(people, away) -> list[Away]:
    for name, span in away:
        Absence.objects.create(
            staff=getattr(people, name),
            during=Range(*hours(span)),
            recorded_by=people.administrator,
            recorded_at=BEGINS,
        )
    return [Away(getattr(people, name).pk, *hours(span)) for name, span in away]
