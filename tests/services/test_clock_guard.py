"""Clocks that jump or disagree stop what becomes due and say so (D9)."""

import datetime as dt

import pytest

from tests.factories.cast import cast
from tickets.dates import jst
from tickets.errors import NotAllowed, Refused
from tickets.models import JobAct, Pause
from tickets.services import clock_guard
from tickets.services.clock_guard import Reading
from tickets.services.pauses import pause_jobs, resume_jobs

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("D9")]
AT = jst(2026, 2, 1)
SECOND = dt.timedelta(seconds=1)


def reading(*, passed=0.0, app=0.0, database=None):
    """`passed` seconds after the first reading by the boot clock; the clocks ahead of that by `app` and `database`."""
    database = app if database is None else database
    true = AT + passed * SECOND
    return Reading(true + app * SECOND, true + database * SECOND, "here", 1000.0 + passed)


def standing():
    return list(Pause.objects.filter(ended_at__isnull=True).values_list("cause", flat=True))


def test_time_that_passes_is_no_jump():
    for passed in (0, 2, 60, 86_400):
        assert clock_guard.watch(reading(passed=passed))
    assert standing() == []


def test_small_steps_of_ntp_are_no_jump():
    assert clock_guard.watch(reading())
    assert clock_guard.watch(reading(passed=2, app=1.5))
    assert clock_guard.watch(reading(passed=20, app=-3))


@pytest.mark.parametrize("jump", [31, 3600, 86_400, -31, -86_400])
def test_both_clocks_jump_together_stops_until_a_person_lets_go(jump):
    clock_guard.watch(reading())
    assert not clock_guard.watch(reading(passed=2, app=jump))
    assert not clock_guard.watch(reading(passed=4, app=jump))
    assert standing() == ["jump"]
    people = cast()
    pause = Pause.objects.get()
    with pytest.raises(NotAllowed):
        resume_jobs(pause_id=pause.pk, actor=people.manager, at=AT, reason="looks fine")
    resume_jobs(pause_id=pause.pk, actor=people.administrator, at=AT, reason="the clock was set right")
    assert clock_guard.watch(reading(passed=6, app=jump))
    with pytest.raises(Refused):
        resume_jobs(pause_id=pause.pk, actor=people.administrator, at=AT, reason="again")


@pytest.mark.parametrize("side", [{"app": 60, "database": 0}, {"app": 0, "database": -3600}])
def test_clocks_that_disagree_stop_until_they_agree(side):
    assert not clock_guard.watch(reading(**side))
    assert standing() == ["skew"]
    assert clock_guard.watch(reading(passed=2))
    assert standing() == []


def test_the_real_clocks_agree(settings):
    from config import clock

    assert clock_guard.watch(clock_guard.read(at=clock.now()))


def test_a_person_may_stop_and_start_the_jobs_with_a_reason():
    people = cast()
    pause = pause_jobs(actor=people.administrator, at=AT, reason="the carrier asked")
    assert pause_jobs(actor=people.administrator, at=AT, reason="twice").pk == pause.pk
    resume_jobs(pause_id=pause.pk, actor=people.administrator, at=AT, reason="done")
    assert list(JobAct.objects.order_by("id").values_list("act", flat=True)) == ["pause", "pause", "resume"]
