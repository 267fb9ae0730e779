"""Who is here, and what open screens are told: ids only, once a transaction, after the commit (F)."""

import datetime as dt

import pytest
from django.db import transaction
from django.urls import reverse

from config import live_bus
from tests.factories import tickets as make
from tests.factories.cast import cast
from tickets.models import LiveEvent
from tickets.services import presence, tickets
from tickets.services.timeline import announce

pytestmark = pytest.mark.django_db
AT = make.WHEN
S = dt.timedelta(seconds=1)


@pytest.fixture
def people():
    return cast()


@pytest.fixture
def case(people):
    return make.ticket(customer=make.customer(), desk=people.desk, actor=people.operator)


def told(topic):
    return LiveEvent.objects.filter(topic=topic).count()


def test_two_on_one_case_see_each_other_until_they_leave_or_vanish(redis_client, people, case):
    assert presence.look(ticket_id=case.pk, actor=people.operator, editing=False, at=AT) == []
    (seen,) = presence.look(ticket_id=case.pk, actor=people.operator2, editing=True, at=AT + S)
    assert (seen.name, seen.editing) == (people.operator.name, False)
    (writing,) = presence.others(ticket_id=case.pk, staff=people.operator, at=AT + S)
    assert (writing.name, writing.editing) == (people.operator2.name, True)
    assert told("presence") == 2
    presence.look(ticket_id=case.pk, actor=people.operator2, editing=True, at=AT + 15 * S)
    assert told("presence") == 2  # no news
    assert presence.others(ticket_id=case.pk, staff=people.operator2, at=AT + 41 * S) == []
    presence.leave(ticket_id=case.pk, actor=people.operator2, at=AT + 42 * S)
    assert presence.others(ticket_id=case.pk, staff=people.operator, at=AT + 42 * S) == []
    assert told("presence") == 3


def test_without_redis_nobody_is_seen_and_nothing_breaks(settings, people, case):
    settings.REDIS_URL = "redis://127.0.0.1:9/0"
    assert presence.look(ticket_id=case.pk, actor=people.operator, editing=True, at=AT) == []
    presence.leave(ticket_id=case.pk, actor=people.operator, at=AT)


def test_presence_on_a_foreign_case_does_not_exist(client, people, case):
    client.force_login(people.partner_operator, backend="config.accounts.StaffBackend")
    url = reverse("tickets:presence")
    assert client.post(url, {"subject": case.pk, "editing": "1"}).status_code == 404
    assert client.get(url, {"subject": "T1"}).status_code == 404


def test_open_screens_are_told_ids_only(people, case):
    before = LiveEvent.objects.count()
    tickets.set_priority(ticket_id=case.pk, priority=1, at=AT, actor=people.operator)
    fresh = list(LiveEvent.objects.order_by("pk")[before:].values_list("topic", "ref"))
    assert fresh == [
        ("customer", str(case.customer_id)),
        ("ticket", str(case.pk)),
        ("queue", str(case.desk_id)),
    ]


@pytest.mark.django_db(transaction=True)
def test_the_stream_is_woken_once_and_only_after_the_commit(monkeypatch, people):
    woken = []
    # The function itself is what one transaction registers once.
    monkeypatch.setattr(live_bus, "announce", lambda: woken.append(1))
    with transaction.atomic():
        for number in range(5):
            announce(topic="ticket", ref=str(number), at=AT)
        assert woken == []
    assert woken == [1]
    with pytest.raises(ZeroDivisionError), transaction.atomic():  # noqa: PT012
        announce(topic="ticket", ref="6", at=AT)
        raise ZeroDivisionError
    assert woken == [1]
