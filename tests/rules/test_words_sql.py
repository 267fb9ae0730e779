"""Somebody in a hurry, with a database prompt: what A5-A8, A11 and A14 refuse, whoever writes."""

from __future__ import annotations

import datetime as dt

import pytest

from tests.factories import tickets as make
from tests.factories import words as said
from tests.factories.cast import cast
from tests.factories.deferred import commit_rules
from tests.rules.attempt import refused
from tickets.dates import jst
from tickets.models import Answer, AnswerConflict, HarmCheck
from tickets.services import complaints, corrections, endings, remedies, tickets

pytestmark = pytest.mark.django_db
AT = jst(2026, 1, 27, 10, 0)
DAY = dt.timedelta(days=1)


@pytest.fixture
def people():
    said.letter_texts()
    return cast()


@pytest.fixture
def case(people):
    customer = make.customer(email="yamada@example.jp")
    made = make.ticket(customer=customer, desk=people.desk, actor=people.operator, at=AT)
    return tickets.start(ticket_id=made.pk, at=AT, actor=people.operator)


# -- questions and answers (A6, A8) -----------------------------------------------------------

ANSWER = (
    "INSERT INTO tickets_answer (question_id, customer_id, topic, verdict, reasons, basis_kind, basis_ref, status, "
    "answered_by_id, answered_at, corrected_reason) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, '')"
)


@pytest.fixture
def question(people, case):
    return said.question(ticket=case, actor=people.operator, at=AT)


def answer_values(question, by, **fields):
    row = {
        "question": question.pk, "customer": question.customer_id, "topic": question.topic, "verdict": "no",
        "reasons": "定めがあるため", "kind": "contract", "ref": "約款 第12条", "status": "live", "by": by.pk, "at": AT,
    }  # fmt: skip
    return list({**row, **fields}.values())


@pytest.mark.requirement("A6", "A8", "A9")
@pytest.mark.parametrize(
    ("rule", "fields"),
    [
        ("A6", {"ref": "社内手続き"}),
        ("A6", {"ref": "Internal Procedure 12"}),
        ("A6", {"kind": "procedure"}),
        ("A6", {"reasons": ""}),
        ("A6", {"ref": ""}),
        ("A6", {"verdict": "maybe"}),
        ("A8", {"topic": "something-else"}),
        ("A8", {"status": "corrected"}),
        ("A9", {"reasons": "この回答は社としての回答です"}),
    ],
)
def test_an_answer_that_is_none(people, question, rule, fields):
    refused(rule, ANSWER, *answer_values(question, people.operator, **fields))


@pytest.mark.requirement("A8")
def test_a_differing_answer_without_its_conflict(people, question):
    said.answer(question=question, actor=people.operator, verdict="yes", at=AT)
    refused("A8", ANSWER, *answer_values(question, people.leader))


@pytest.mark.requirement("A6")
def test_a_question_ended_without_an_answer_or_lost(people, case, question):
    refused("A6", "UPDATE tickets_question SET status = 'answered' WHERE id = %s", question.pk)
    refused("A6", "UPDATE tickets_question SET text = 'x' WHERE id = %s", question.pk)
    refused("A6", "DELETE FROM tickets_question WHERE id = %s", question.pk)
    refused("A6", "UPDATE tickets_ticket SET status = 'resolved', resolved_at = now() WHERE id = %s", case.pk)


@pytest.mark.requirement("A8")
@pytest.mark.parametrize("column", ["verdict = 'yes'", "reasons = 'x'", "basis_ref = 'x'", "topic = 'x'"])
def test_an_answer_edited_afterwards(people, question, column):
    given = said.answer(question=question, actor=people.operator, verdict="no", at=AT)
    refused("A8", f"UPDATE tickets_answer SET {column} WHERE id = %s", given.pk)
    refused("A8", "DELETE FROM tickets_answer WHERE id = %s", given.pk)


@pytest.mark.requirement("A8")
def test_an_answer_retracted_below_an_sv(people, question):
    given = said.answer(question=question, actor=people.operator, at=AT)
    retract = "UPDATE tickets_answer SET status = 'corrected', corrected_by_id = %s, corrected_at = now(), corrected_reason = 'x' WHERE id = %s"
    refused("A8", retract, people.leader.pk, given.pk)
    refused("A8", "UPDATE tickets_answer SET status = 'corrected' WHERE id = %s", given.pk)


@pytest.fixture
def conflict(people, question):
    said.answer(question=question, actor=people.operator, verdict="no", at=AT)
    said.answer(question=question, actor=people.sv2, verdict="yes", at=AT)
    commit_rules()
    return AnswerConflict.objects.get()


RESOLVE = (
    "UPDATE tickets_answerconflict SET status = 'resolved', stands_id = %s, reasons = %s, resolved_by_id = %s, "
    "resolved_at = now() WHERE id = %s"
)


@pytest.mark.requirement("A8")
def test_a_conflict_decided_by_the_wrong_person_or_half(people, question, conflict):
    first = conflict.first_id
    for person in (people.operator2, people.leader, people.sv2):
        refused("A8", RESOLVE, first, "約款", person.pk, conflict.pk)
    refused("A8", RESOLVE, first, "", people.sv.pk, conflict.pk)
    # The other answer would still stand, and the promise would still be open.
    refused("A8", RESOLVE, first, "約款", people.sv.pk, conflict.pk)
    refused("A8", "DELETE FROM tickets_answerconflict WHERE id = %s", conflict.pk)


@pytest.mark.requirement("A8")
def test_a_conflict_avoided(people, conflict):
    refused(
        "A8",
        "UPDATE tickets_answer SET status = 'corrected', corrected_by_id = %s, corrected_at = now(), "
        "corrected_reason = 'x' WHERE id = %s",
        people.sv.pk,
        conflict.second_id,
    )
    void = "UPDATE tickets_promise SET status = 'void', ended_at = now(), void_reason = 'x' WHERE id = %s"
    refused("A8", void, conflict.promise_id)
    other = Answer.objects.exclude(pk=conflict.first_id).get()
    refused("A8", "UPDATE tickets_answerconflict SET first_id = %s WHERE id = %s", other.pk + 99, conflict.pk)


# -- guidance (A7) ------------------------------------------------------------------------------


@pytest.fixture
def told(people, case):
    wrong = said.version(article=said.article(), actor=people.sv, at=jst(2025, 10, 1))
    return said.told(ticket=case, version=wrong, actor=people.operator, at=AT)


@pytest.mark.requirement("A7", "A9")
def test_guidance_and_versions_edited(people, told):
    for change in ("body = 'x'", "title = 'x'", "effective_from = now()", "basis_ref = 'x'"):
        refused("A7", f"UPDATE tickets_articleversion SET {change} WHERE id = %s", told.article_version_id)
    for change in ("text = 'x'", "given_at = now()", "given_by_id = 1"):
        refused("A7", f"UPDATE tickets_guidance SET {change} WHERE id = %s", told.pk)
    refused("A7", "DELETE FROM tickets_guidance WHERE id = %s", told.pk)
    refused("A7", "DELETE FROM tickets_articleversion WHERE id = %s", told.article_version_id)
    macro = (
        "INSERT INTO tickets_articleversion (article_id, version, title, body, basis_ref, status, effective_from, "
        "written_by_id) VALUES (%s, 9, 'x', '社としての回答ですので変わりません', '', 'live', now(), %s)"
    )
    refused("A9", macro, said.article().pk, people.sv.pk)


CORRECTION = (
    "INSERT INTO tickets_correction (wrong_id, right_id, reason, corrected_by_id, corrected_at) "
    "VALUES (%s, %s, 'x', %s, now())"
)


@pytest.mark.requirement("A7")
def test_a_correction_that_forgets_those_told(people, told):
    wrong = told.article_version
    right = said.version(article=wrong.article, actor=people.sv, at=AT)
    refused("A7", CORRECTION, wrong.pk, right.pk, people.sv.pk)
    refused("A7", CORRECTION, wrong.pk, right.pk, people.leader.pk)
    refused("A7", CORRECTION, wrong.pk, wrong.pk, people.sv.pk)
    refused("A7", "UPDATE tickets_articleversion SET status = 'corrected' WHERE id = %s", wrong.pk)


@pytest.mark.requirement("A7")
def test_a_harm_check_waved_through(people, told):
    right = said.version(article=told.article_version.article, actor=people.sv, at=AT)
    corrections.correct(
        wrong_id=told.article_version_id, right_id=right.pk, reason="誤り", actor=people.sv, at=AT + DAY
    )
    commit_rules()
    check = HarmCheck.objects.get()
    found = "UPDATE tickets_harmcheck SET outcome = %s, finding = %s, checked_by_id = %s WHERE id = %s"
    refused("A7", found, "unharmed", "なし", people.operator.pk, check.pk)
    refused("A7", found, "unharmed", "", people.sv.pk, check.pk)
    refused("A7", found, "unharmed", "なし", people.sv.pk, check.pk)
    refused("A7", found, "harmed", "あり", people.sv.pk, check.pk)
    keep = "UPDATE tickets_promise SET status = 'kept', ended_at = now() WHERE id = %s"
    refused("A7", keep, check.promise_id)
    refused("A10", keep, check.call_id)
    refused("A7", "UPDATE tickets_harmcheck SET call_id = NULL WHERE id = %s", check.pk)
    again = (
        "INSERT INTO tickets_guidance (customer_id, ticket_id, article_version_id, text, given_by_id, given_at, "
        "status) VALUES (%s, %s, %s, '', %s, %s, 'live')"
    )
    row = (told.customer_id, told.ticket_id, told.article_version_id, people.operator.pk)
    refused("A7", again, *row, AT + 2 * DAY)
    refused("A7", again, *row, AT)


# -- complaints and remedies (A5, A11, A14, B7) ---------------------------------------------------


@pytest.fixture
def complaint(people, case):
    return said.complaint(ticket=case, actor=people.operator, at=AT)


@pytest.mark.requirement("A5", "B7")
def test_a_complaint_made_to_disappear(people, case, complaint):
    refused("A5", "DELETE FROM tickets_complaint WHERE id = %s", complaint.pk)
    refused("A5", "UPDATE tickets_complaint SET words = 'x' WHERE id = %s", complaint.pk)
    refused(
        "A5",
        "UPDATE tickets_complaint SET deadline = deadline + interval '1 day' WHERE id = %s",
        complaint.pk,
    )
    refused("A5", "UPDATE tickets_complaint SET status = 'delivered' WHERE id = %s", complaint.pk)
    void = "UPDATE tickets_promise SET status = 'void', ended_at = now(), void_reason = 'x' WHERE id = %s"
    refused("A5", void, complaint.promise_id)
    resolve = "UPDATE tickets_ticket SET status = 'resolved', resolved_at = now() WHERE id = %s"
    assert "complaint_decision" in refused("A13", resolve, case.pk)


DECIDE = (
    "UPDATE tickets_complaint SET status = 'decided', decision = 'not_upheld', reasons = %s, basis = 'x', "
    "decided_by_id = %s, decided_at = now() WHERE id = %s"
)


@pytest.mark.requirement("A5", "A9")
def test_a_complaint_decided_by_the_wrong_person_or_without_reasons(people, case, question):
    said.answer(question=question, actor=people.sv, at=AT)
    complaint = said.complaint(ticket=case, actor=people.operator, at=AT)
    refused("A5", DECIDE, "約款", people.leader.pk, complaint.pk)
    refused("A5", DECIDE, "約款", people.sv.pk, complaint.pk)
    refused("A5", DECIDE, "", people.sv2.pk, complaint.pk)
    refused("A9", DECIDE, "これが最終回答です", people.sv2.pk, complaint.pk)
    # The decision alone leaves its promise as it was.
    refused("A5", DECIDE, "約款", people.sv2.pk, complaint.pk)
    refused("A5", "DELETE FROM tickets_complaintconcern WHERE complaint_id = %s", complaint.pk)


@pytest.mark.requirement("A5", "A11", "A14")
def test_a_decided_complaint_rewritten_untold_or_closed_without_follow_up(people, case, complaint):
    complaints.decide(
        complaint_id=complaint.pk, decision="upheld", reasons="遅れた", basis="約款", actor=people.sv, at=AT
    )
    refused("A5", "UPDATE tickets_complaint SET reasons = 'x' WHERE id = %s", complaint.pk)
    refused("A5", "UPDATE tickets_complaint SET decision = 'not_upheld' WHERE id = %s", complaint.pk)
    missed = make.contact(
        customer=case.customer, desk=people.desk, at=AT, result="no_answer", direction="out"
    )
    tell = "UPDATE tickets_complaint SET status = 'delivered', delivered_contact_id = %s, delivered_at = now() WHERE id = %s"
    refused("A5", tell, missed.pk, complaint.pk)
    stranger = make.contact(customer=make.customer(), desk=people.desk, at=AT, direction="out")
    refused("A5", tell, stranger.pk, complaint.pk)
    told = make.contact(customer=case.customer, desk=people.desk, at=AT, direction="out")
    complaints.deliver(complaint_id=complaint.pk, contact_id=told.pk, actor=people.operator, at=AT)
    resolve = "UPDATE tickets_ticket SET status = 'resolved', resolved_at = now() WHERE id = %s"
    assert "apology alone" in refused("A11", resolve, case.pk)
    remedy = remedies.propose(
        ticket_id=case.pk,
        kind="credit",
        what="充当",
        owner_id=people.sv.pk,
        due_on=AT.date(),
        actor=people.sv,
        at=AT,
    )
    remedies.decline(remedy_id=remedy.pk, reason="不要", actor=people.sv, at=AT, contact_id=told.pk)
    endings.resolve(ticket_id=case.pk, resolution="済", at=AT, actor=people.operator)
    close = (
        "UPDATE tickets_ticket SET status = 'closed', closed_at = now(), closing_basis = 'confirmed', "
        "closing_contact_id = %s WHERE id = %s"
    )
    refused("A14", close, told.pk, case.pk)


@pytest.mark.requirement("A5")
def test_a_second_complaint_that_forgets_the_first(people, case, complaint):
    other = make.ticket(customer=case.customer, desk=people.desk, at=AT)
    promise = make.promise(ticket=other, kind="complaint_decision", at=AT, tier=3)
    refused(
        "A5",
        "INSERT INTO tickets_complaint (ticket_id, customer_id, voiced_at, heard_by_id, words, remedy_sought, status, "
        "deadline, decision, reasons, basis, prevention, promise_id) VALUES (%s, %s, %s, %s, '苦情', '', 'open', %s, "
        "'', '', '', '', %s)",
        other.pk, other.customer_id, AT, people.operator.pk, complaints.deadline_of(AT), promise.pk,
    )  # fmt: skip


@pytest.mark.requirement("A5")
def test_an_earlier_grievance_put_out_of_scope(people, case, complaint):
    later = make.ticket(customer=case.customer, desk=people.desk, at=AT)
    said.complaint(ticket=later, actor=people.operator, at=AT)
    refused("A5", "DELETE FROM tickets_ticketlink WHERE ticket_id = %s", later.pk)
    refused("A5", "UPDATE tickets_ticketlink SET why = 'x' WHERE ticket_id = %s", later.pk)


@pytest.mark.requirement("A11")
def test_a_remedy_that_does_not_fit_or_is_dropped(people, case):
    dial_up = remedies.propose(
        ticket_id=case.pk, kind="other", what="ダイヤルアップ", owner_id=people.operator.pk, due_on=AT.date(),
        actor=people.operator, at=AT,
    )  # fmt: skip
    promise = make.promise(ticket=case, kind="remedy", at=AT)
    agree = "UPDATE tickets_remedy SET status = 'agreed', fits = %s, promise_id = %s WHERE id = %s"
    refused("A11", agree, True, promise.pk, dial_up.pk)
    refused("A11", "UPDATE tickets_remedy SET fits = false WHERE id = %s", dial_up.pk)
    refused("A11", "DELETE FROM tickets_remedy WHERE id = %s", dial_up.pk)
    remedies.mark(remedy_id=dial_up.pk, fits=True, reason="", actor=people.operator, at=AT)
    remedies.agree(remedy_id=dial_up.pk, actor=people.operator, at=AT)
    refused("A11", "UPDATE tickets_remedy SET status = 'declined' WHERE id = %s", dial_up.pk)
    refused("A11", "UPDATE tickets_remedy SET status = 'done', done_at = now() WHERE id = %s", dial_up.pk)
    void = "UPDATE tickets_promise SET status = 'void', ended_at = now(), void_reason = 'x' WHERE id = %s"
    dial_up.refresh_from_db(fields=["promise"])
    refused("A11", void, dial_up.promise_id)
