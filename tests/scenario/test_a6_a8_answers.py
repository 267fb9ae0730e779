"""Can you or can't you: questions stay open until answered, and answers that differ go to an SV (A6, A8, A9, A15)."""

import datetime as dt
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from tests.factories import tickets as make
from tests.factories import words as said
from tests.factories.cast import cast
from tests.factories.deferred import commit_rules
from tickets.dates import jst
from tickets.errors import NotAllowed, Refused
from tickets.models import Alert, Answer, AnswerConflict, Promise, TimelineEntry
from tickets.services import conflicts, endings, questions, tickets

pytestmark = pytest.mark.django_db
AT = jst(2026, 1, 31, 10, 0)
HOUR = dt.timedelta(hours=1)


@pytest.fixture
def people():
    return cast()


@pytest.fixture
def case(people):
    made = make.ticket(customer=make.customer(), desk=people.desk, actor=people.operator, at=AT)
    return tickets.start(ticket_id=made.pk, at=AT, actor=people.operator)


@pytest.fixture
def question(people, case):
    return said.question(ticket=case, actor=people.operator, at=AT)


@pytest.mark.requirement("A6")
def test_a_ticket_is_not_resolved_while_a_question_is_open(people, case, question):
    with pytest.raises(Refused) as no:
        endings.resolve(ticket_id=case.pk, resolution="済", at=AT, actor=people.operator)
    assert no.value.rule == "A6"
    said.answer(question=question, actor=people.operator, at=AT)
    endings.resolve(ticket_id=case.pk, resolution="済", at=AT, actor=people.operator)
    commit_rules()


@pytest.mark.requirement("A6")
@pytest.mark.parametrize(
    ("fields", "rule"),
    [
        ({"basis_ref": "社内手続き上の決まり"}, "A6"),
        ({"basis_ref": "internal procedure 7"}, "A6"),
        ({"basis_kind": "procedure"}, "A6"),
        ({"reasons": " "}, "A6"),
        ({"basis_ref": ""}, "A6"),
        ({"reasons": "この回答は社としての回答ですので変わりません"}, "A9"),
    ],
)
def test_internal_procedure_no_reasons_and_final_words_are_no_answer(people, question, fields, rule):
    with pytest.raises(Refused) as no:
        said.answer(question=question, actor=people.operator, verdict="no", at=AT, **fields)
    assert no.value.rule == rule
    assert not Answer.objects.exists()


@pytest.mark.requirement("A8")
def test_two_differing_answers_raise_one_conflict_for_an_sv(people, question):
    first = said.answer(question=question, actor=people.operator, verdict="no", at=AT)
    second = said.answer(question=question, actor=people.leader, verdict="yes", at=AT + HOUR)
    commit_rules()
    conflict = AnswerConflict.objects.get()
    assert (conflict.first, conflict.second, conflict.status) == (first, second, "open")
    assert (conflict.promise.kind, conflict.promise.tier, conflict.promise.status) == ("conflict", 3, "open")


@pytest.mark.requirement("A8")
def test_the_same_answer_by_a_peer_is_no_approval(people, case, question):
    """Two leaders say the same: an answer more, no state changed by it, and the conflict stays where it is."""
    said.answer(question=question, actor=people.operator, verdict="yes", at=AT)
    said.answer(question=question, actor=people.leader, verdict="no", at=AT)
    again = said.question(ticket=case, actor=people.operator, at=AT + HOUR)
    said.answer(question=again, actor=people.leader2, verdict="no", at=AT + HOUR)
    commit_rules()
    assert list(AnswerConflict.objects.values_list("status", flat=True)) == ["open", "open"]
    assert set(Answer.objects.values_list("status", flat=True)) == {"live"}


@pytest.mark.requirement("A8")
def test_an_sv_who_gave_neither_decides_and_the_customer_is_owed_a_call(people, question):
    wrong = said.answer(question=question, actor=people.sv2, verdict="no", at=AT)
    right = said.answer(question=question, actor=people.leader, verdict="yes", at=AT + HOUR)
    conflict = AnswerConflict.objects.get()
    decide: dict[str, Any] = {
        "conflict_id": conflict.pk,
        "stands_id": right.pk,
        "reasons": "約款12条のとおり",
        "at": AT + 2 * HOUR,
    }
    for person in (people.operator, people.leader, people.sv2):
        with pytest.raises(NotAllowed) as no:
            conflicts.resolve_conflict(actor=person, **decide)
        assert no.value.rule == "A8"
    done = conflicts.resolve_conflict(actor=people.sv, **decide)
    commit_rules()
    wrong = Answer.objects.get(pk=wrong.pk)
    assert (done.status, done.stands, wrong.status) == ("resolved", right, "corrected")
    owed = Promise.objects.open().get()
    assert owed.kind == "correction_call"
    assert owed.due_at == jst(2026, 2, 1, 18, 0)


@pytest.mark.requirement("A8")
def test_deciding_one_conflict_ends_all_that_the_fallen_answer_was_in(people, case, question):
    first = said.answer(question=question, actor=people.operator, verdict="no", at=AT)
    said.answer(question=question, actor=people.leader, verdict="yes", at=AT)
    said.answer(question=question, actor=people.leader2, verdict="yes", at=AT)
    conflict = AnswerConflict.objects.order_by("pk")[0]
    conflicts.resolve_conflict(
        conflict_id=conflict.pk, stands_id=conflict.second_id, reasons="約款", actor=people.sv, at=AT
    )
    commit_rules()
    assert set(AnswerConflict.objects.values_list("status", flat=True)) == {"resolved"}
    assert Answer.objects.get(pk=first.pk).corrected_by == people.sv


@pytest.mark.requirement("A8")
def test_an_open_conflict_is_not_avoided_by_retracting_an_answer(people, question):
    said.answer(question=question, actor=people.operator, verdict="no", at=AT)
    said.answer(question=question, actor=people.sv, verdict="yes", at=AT)
    questions.ask_again(question_id=question.pk, reason="聞き直す", actor=people.sv, at=AT)
    with pytest.raises(IntegrityError, match="A8: an answer in an open conflict"):
        commit_rules()
    # Leave the test with nothing unsettled.
    transaction.set_rollback(True)


@pytest.mark.requirement("A6", "A8")
def test_a_wrong_answer_stays_on_record_and_the_question_is_open_again(people, question):
    given = said.answer(question=question, actor=people.operator, at=AT)
    with pytest.raises(NotAllowed):
        questions.ask_again(question_id=question.pk, reason="誤り", actor=people.leader, at=AT)
    questions.flag_answer(answer_id=given.pk, reason="約款が改定された", actor=people.operator2, at=AT)
    reopened = questions.ask_again(question_id=question.pk, reason="誤り", actor=people.sv, at=AT)
    commit_rules()
    given = Answer.objects.get(pk=given.pk)
    assert (reopened.status, given.status, given.corrected_by) == ("open", "corrected", people.sv)
    assert TimelineEntry.objects.filter(kind="question.open_again").count() == 1


@pytest.mark.requirement("A15")
def test_a_second_refusal_to_one_customer_alerts_the_sv(people, case, question):
    said.answer(question=question, actor=people.operator, verdict="no", at=AT)
    assert not Alert.objects.exists()
    other = said.question(ticket=case, actor=people.operator, at=AT, topic="superior")
    said.answer(question=other, actor=people.operator, verdict="no", at=AT)
    assert Alert.objects.get().kind == "second_refusal"


@pytest.mark.requirement("A8")
def test_matters_that_no_article_knows_are_not_compared(people, case):
    for verdict in ("yes", "no"):
        asked = said.question(ticket=case, actor=people.operator, at=AT, topic="other")
        said.answer(question=asked, actor=people.operator, verdict=verdict, at=AT)
    commit_rules()
    assert not AnswerConflict.objects.exists()
