"""What is overdue rises once, however often and by how many it is looked at (A10, B3)."""

import datetime as dt
import threading

import pytest
from django.db import connection

from tests.factories import tickets as make
from tests.factories.cast import cast
from tickets.models import Pause, Promise, PromiseRise
from tickets.services import promises
from tickets.services.overdue import raise_overdue
from tickets.services.promises import open_promise

pytestmark = pytest.mark.requirement("A10", "B3", "D9")
HOUR = dt.timedelta(hours=1)


@pytest.fixture
def owed():
    people = cast()
    ticket = make.ticket(customer=make.customer(), desk=people.desk, actor=people.operator)
    return open_promise(
        ticket_id=ticket.pk,
        kind="apology",
        what="お詫び",
        due_at=make.WHEN + HOUR,
        at=make.WHEN,
        actor=people.operator,
    )


@pytest.mark.django_db
def test_at_its_time_it_rises_one_tier_with_a_new_time_and_not_before(owed):
    assert raise_overdue(at=owed.due_at - dt.timedelta(seconds=1)) == 0
    assert raise_overdue(at=owed.due_at) == 1
    risen = Promise.objects.get()
    assert risen.tier == owed.tier + 1
    assert risen.due_at > owed.due_at
    assert raise_overdue(at=owed.due_at) == 0


@pytest.mark.django_db
def test_while_paused_nothing_rises(owed):
    Pause.objects.create(cause="jump", reason="jump", since=make.WHEN)
    assert raise_overdue(at=owed.due_at) == 0


@pytest.mark.django_db
def test_one_that_cannot_rise_keeps_back_no_other(owed, monkeypatch):
    other = open_promise(
        ticket_id=owed.ticket_id, kind="apology", what="別", due_at=owed.due_at + HOUR, at=make.WHEN
    )
    plain = promises.raise_promise

    def fails(*, promise_id, **facts):
        if promise_id == owed.pk:
            raise RuntimeError("no way up")
        return plain(promise_id=promise_id, **facts)

    monkeypatch.setattr("tickets.services.overdue.raise_promise", fails)
    assert raise_overdue(at=other.due_at) == 1


@pytest.mark.django_db(transaction=True)
def test_eight_who_look_at_once_let_it_rise_once(owed):
    gate = threading.Barrier(8)

    def look():
        try:
            gate.wait()
            raise_overdue(at=owed.due_at)
        finally:
            connection.close()

    threads = [threading.Thread(target=look) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert PromiseRise.objects.count() == 1
