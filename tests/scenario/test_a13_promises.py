"""What is owed is kept, void with a reason, or rises; it never vanishes (A10, A13, B3)."""

import datetime as dt

import pytest

from tests.factories import tickets as make
from tests.factories.cast import cast
from tickets.dates import jst
from tickets.models import TimelineEntry
from tickets.services import promises

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("A10", "A13", "B3")]

AT = jst(2026, 1, 26, 10, 0)


@pytest.fixture
def people():
    return cast()


@pytest.fixture
def case(people):
    return make.ticket(customer=make.customer(), desk=people.desk, actor=people.operator, at=AT)


def test_opening_and_keeping_write_the_timeline(people, case):
    promise = make.promise(ticket=case, at=AT, actor=people.operator)
    kept = promises.keep_promise(promise_id=promise.pk, at=AT + dt.timedelta(hours=1), actor=people.operator2)
    assert (kept.status, kept.ended_by) == ("kept", people.operator2)
    kinds = list(TimelineEntry.objects.order_by("id").values_list("kind", flat=True))
    assert kinds == ["ticket.opened", "promise.opened", "promise.kept"]


def test_an_overdue_promise_rises_one_tier_at_a_time_and_then_to_the_next_deputy(people, case, monkeypatch):
    monkeypatch.setattr(promises.router, "_route", None)  # the ladder as it is without a roster
    promise = make.promise(ticket=case, at=AT)
    seen = []
    at = promise.due_at
    for _ in range(5):
        promise = promises.raise_promise(promise_id=promise.pk, at=at, reason="overdue")
        seen.append((promise.tier, promise.rung))
        assert promise.due_at > at
        at = promise.due_at
    assert seen == [(2, 0), (3, 0), (4, 0), (4, 1), (4, 2)]
    assert promise.rises.count() == 5
