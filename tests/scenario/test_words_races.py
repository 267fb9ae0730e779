"""Two at once: one conflict of two answers, one mail of two senders, nothing promised between look and send (A8, E1)."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest
from django.db import IntegrityError, connection, transaction

from tests.factories import tickets as make
from tests.factories import words as said
from tests.factories.cast import cast
from tests.factories.post import link_in, relay_at
from tickets.dates import jst
from tickets.models import Answer, AnswerConflict, Guidance, HarmCheck, OutboxMessage, Survey
from tickets.services import corrections, endings, surveys, tickets

pytestmark = pytest.mark.django_db(transaction=True)
AT = jst(2026, 2, 2, 10, 0)


def at_once(*works: Callable[[], object]) -> list[BaseException]:
    """Run each in a thread and a connection of its own, started together; what they raised."""
    barrier, raised = threading.Barrier(len(works)), []

    def run(work: Callable[[], object]) -> None:
        try:
            barrier.wait()
            work()
        except BaseException as error:
            raised.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return raised


@pytest.fixture
def people():
    said.letter_texts()
    return cast()


@pytest.fixture
def customer():
    return make.customer(email="yamada@example.jp")


def a_case(people, customer):
    made = make.ticket(customer=customer, desk=people.desk, actor=people.operator, at=AT)
    return tickets.start(ticket_id=made.pk, at=AT, actor=people.operator)


@pytest.mark.requirement("A8")
@pytest.mark.parametrize("go", range(5))
def test_two_differing_answers_at_once_raise_exactly_one_conflict(people, customer, go):
    asked = [said.question(ticket=a_case(people, customer), actor=people.operator, at=AT) for _ in range(2)]
    raised = at_once(
        lambda: said.answer(question=asked[0], actor=people.leader, verdict="yes", at=AT),
        lambda: said.answer(question=asked[1], actor=people.leader2, verdict="no", at=AT),
    )
    assert raised == []
    assert Answer.objects.count() == 2
    assert AnswerConflict.objects.count() == 1


@pytest.mark.requirement("A8")
def test_two_raw_inserts_at_once_do_not_slip_past_each_other(people, customer):
    asked = [said.question(ticket=a_case(people, customer), actor=people.operator, at=AT) for _ in range(2)]

    def insert(question, verdict):
        with transaction.atomic():
            Answer.objects.bulk_create(
                [
                    Answer(
                        question=question,
                        customer=customer,
                        topic=question.topic,
                        verdict=verdict,
                        reasons="x",
                        basis_kind="law",
                        basis_ref="27条",
                        answered_by=people.operator,
                        answered_at=AT,
                    )
                ]
            )
            time.sleep(0.2)

    raised = at_once(lambda: insert(asked[0], "yes"), lambda: insert(asked[1], "no"))
    assert [type(error) for error in raised] == [IntegrityError]
    assert "A8" in str(raised[0])
    assert Answer.objects.count() == 1


@pytest.mark.requirement("E1")
def test_two_senders_of_one_survey_make_one_mail(people, customer):
    endings.resolve(ticket_id=a_case(people, customer).pk, resolution="済", at=AT, actor=people.operator)
    raised = at_once(*[lambda: surveys.send_due_surveys(AT)] * 3)
    assert raised == []
    assert OutboxMessage.objects.count() == 1
    taken: list[OutboxMessage] = []
    message = OutboxMessage.objects.get()

    def claim():
        with transaction.atomic():
            if surveys.before_leaving(message, AT) is None:
                taken.append(message)

    assert at_once(claim, claim, claim) == []
    assert len(taken) == 1


@pytest.mark.requirement("E2")
def test_what_is_promised_while_the_mail_is_about_to_leave_holds_it(people, customer):
    """The promise is being written, uncommitted, when the relay asks: the relay waits for it and sees it."""
    endings.resolve(ticket_id=a_case(people, customer).pk, resolution="済", at=AT, actor=people.operator)
    other = a_case(people, customer)
    surveys.send_due_surveys(AT)
    message = OutboxMessage.objects.get()
    answers: list[str | None] = []
    written = threading.Event()

    def promise():
        with transaction.atomic():
            make.promise(ticket=other, at=AT)
            written.set()
            time.sleep(0.5)

    def leave():
        assert written.wait(30)
        with transaction.atomic():
            answers.append(surveys.before_leaving(message, AT))

    assert at_once(promise, leave) == []
    assert answers != [None]
    assert (Survey.objects.get().status, Survey.objects.get().withheld_reason) == ("withheld", "promise")


@pytest.mark.requirement("A7")
def test_guidance_given_while_the_version_is_corrected_is_owed_or_refused(people, customer):
    article = said.article()
    wrong = said.version(article=article, actor=people.sv, at=jst(2025, 10, 1))
    case = a_case(people, customer)
    said.told(ticket=a_case(people, make.customer()), version=wrong, actor=people.operator, at=AT)
    right = said.version(article=article, actor=people.sv, at=AT)
    at_once(
        lambda: said.told(ticket=case, version=wrong, actor=people.operator, at=AT),
        lambda: corrections.correct(
            wrong_id=wrong.pk, right_id=right.pk, reason="誤り", actor=people.sv, at=AT
        ),
    )
    assert HarmCheck.objects.count() == Guidance.objects.filter(article_version=wrong).count()
    assert set(Guidance.objects.filter(article_version=wrong).values_list("status", flat=True)) == {
        "corrected"
    }


@pytest.mark.requirement("E1")
def test_a_link_answered_twice_at_once_counts_once(people, customer, monkeypatch):
    endings.resolve(ticket_id=a_case(people, customer).pk, resolution="済", at=AT, actor=people.operator)
    surveys.send_due_surveys(AT)
    (sent,) = relay_at(jst(2026, 2, 2, 10, 1), monkeypatch)
    token = link_in(sent)
    later = jst(2026, 2, 3, 10, 0)
    raised = at_once(*[lambda: surveys.answer_survey(token=token, score=1, comment="", at=later)] * 2)
    assert len(raised) == 1
    assert Survey.objects.get().status == "answered"
