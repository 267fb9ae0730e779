"""A restored database sends nothing by itself that may have been sent, and waits for a person (D9, E1)."""

import datetime as dt

import pytest

from tests.factories import tickets as make
from tests.factories.cast import cast
from tickets.dates import jst
from tickets.models import OutboxMessage, Pause, Survey
from tickets.services.due import run_batch
from tickets.services.outbox import put_mail
from tickets.services.relay import relay_once
from tickets.services.restore import after_restore

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("D9", "E1")]
AT = jst(2026, 2, 10, 12, 0)


def survey(people, *, due_at):
    customer = make.customer(email="a@example.jp")
    ticket = make.ticket(customer=customer, desk=people.desk, actor=people.operator)
    return Survey.objects.create(ticket=ticket, customer=customer, created_at=make.WHEN, due_at=due_at)


def test_everything_is_paused_until_a_person_resumes(mail_server):
    put_mail(key="notice:1", to="a@example.jp", subject="s", body="b", at=AT)
    after_restore(at=AT)
    assert relay_once(at=AT + dt.timedelta(minutes=1)) == 0
    assert run_batch(at=AT).done == 0
    assert Pause.objects.get().scope == "all"


def test_what_may_leave_only_once_is_left_to_a_person():
    put_mail(key="survey:1", to="a@example.jp", subject="s", body="b", at=AT, once="at_most")
    put_mail(key="notice:1", to="a@example.jp", subject="s", body="b", at=AT)
    assert after_restore(at=AT).unknown == 1
    assert OutboxMessage.objects.get(key="survey:1").status == "unknown"
    assert OutboxMessage.objects.get(key="notice:1").status == "pending"


def test_surveys_that_may_have_been_sent_in_the_lost_time_end():
    people = cast()
    due, ahead = survey(people, due_at=AT), survey(people, due_at=AT + dt.timedelta(days=1))
    assert after_restore(at=AT).expired == 1
    assert Survey.objects.get(pk=due.pk).status == "expired"
    assert Survey.objects.get(pk=ahead.pk).status == "eligible"
