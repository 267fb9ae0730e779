"""Wrong guidance is corrected, never edited, and everyone who was told is found (A7, L5)."""

import datetime as dt
from typing import Any

import pytest
from django.urls import reverse

from tests.factories import tickets as make
from tests.factories import words as said
from tests.factories.cast import cast
from tests.factories.deferred import commit_rules
from tickets.dates import jst
from tickets.errors import NotAllowed, Refused
from tickets.models import Alert, Answer, Complaint, Guidance, HarmCheck, Promise, Question, Ticket
from tickets.services import corrections, endings, guidance, promises, tickets

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("A7")]
SATURDAY = jst(2026, 1, 24, 15, 0)
CORRECTED = jst(2026, 1, 27, 10, 40)


@pytest.fixture
def people():
    return cast()


@pytest.fixture
def article():
    return said.article()


@pytest.fixture
def wrong(people, article):
    return said.version(article=article, actor=people.sv, at=jst(2025, 10, 1))


def a_case(people, name: str = "山田 灯"):
    customer = make.customer(name=name)
    return make.ticket(customer=customer, desk=people.desk, actor=people.operator, at=SATURDAY)


def put_right(people, article, wrong, at: dt.datetime = CORRECTED, **fields):
    right = said.version(article=article, actor=people.sv, at=at, body="番号の移転の前でも連絡できます。")
    return corrections.correct(
        wrong_id=wrong.pk, right_id=right.pk, reason="移転を待つ必要はない", actor=people.sv, at=at, **fields
    )


def test_three_told_two_calls_owed_three_harm_checks(people, article, wrong):
    """The 24th: S tells three customers. The 27th: the third is told the right thing at 10:35; corrected at 10:40."""
    cases = [a_case(people, name) for name in ("一条 光", "二宮 空", "三田 海")]
    for case in cases:
        said.told(ticket=case, version=wrong, actor=people.operator, at=SATURDAY)
    right = said.version(article=article, actor=people.sv, at=jst(2026, 1, 27, 10, 20))
    call = make.contact(
        customer=cases[2].customer, desk=people.desk, ticket=cases[2], at=jst(2026, 1, 27, 10, 30)
    )
    said.told(
        ticket=cases[2],
        version=right,
        actor=people.operator2,
        at=jst(2026, 1, 27, 10, 35),
        contact_id=call.pk,
    )
    corrections.correct(
        wrong_id=wrong.pk, right_id=right.pk, reason="移転を待つ必要はない", actor=people.sv, at=CORRECTED
    )
    commit_rules()
    calls = Promise.objects.open().filter(kind="correction_call")
    assert {promise.ticket for promise in calls} == {cases[0], cases[1]}
    assert set(calls.values_list("due_at", flat=True)) == {jst(2026, 1, 28, 18, 0)}
    checks = HarmCheck.objects.order_by("ticket_id")
    assert [check.ticket for check in checks] == cases
    assert [check.told_contact for check in checks] == [None, None, call]
    assert Promise.objects.open().filter(kind="harm_check").count() == 3
    assert set(Guidance.objects.filter(article_version=wrong).values_list("status", flat=True)) == {
        "corrected"
    }


def test_the_customer_on_the_line_is_being_told_in_this_very_call(people, article, wrong):
    case = a_case(people)
    said.told(ticket=case, version=wrong, actor=people.operator, at=SATURDAY)
    call = make.contact(customer=case.customer, desk=people.desk, ticket=case, at=jst(2026, 1, 27, 10, 38))
    put_right(people, article, wrong, told_contact_id=call.pk)
    commit_rules()
    assert [promise.kind for promise in Promise.objects.open()] == ["harm_check"]


def test_told_twice_is_one_call_and_two_checks(people, article, wrong):
    case, other = a_case(people), None
    other = make.ticket(customer=case.customer, desk=people.technical_desk, at=SATURDAY)
    for each in (case, other):
        said.told(ticket=each, version=wrong, actor=people.operator, at=SATURDAY)
    put_right(people, article, wrong)
    commit_rules()
    assert Promise.objects.open().filter(kind="correction_call").count() == 1
    assert Promise.objects.open().filter(kind="harm_check").count() == 2


def test_the_number_of_statements_does_not_grow_with_the_told(
    people, article, wrong, django_assert_max_num_queries
):
    for n in range(30):
        said.told(ticket=a_case(people, f"顧客 {n}"), version=wrong, actor=people.operator, at=SATURDAY)
    right = said.version(article=article, actor=people.sv, at=CORRECTED)
    with django_assert_max_num_queries(45):
        corrections.correct(
            wrong_id=wrong.pk, right_id=right.pk, reason="誤り", actor=people.sv, at=CORRECTED
        )


def test_a_case_that_had_ended_is_reopened_for_what_is_owed(people, article, wrong):
    case = a_case(people)
    said.told(ticket=case, version=wrong, actor=people.operator, at=SATURDAY)
    tickets.start(ticket_id=case.pk, at=SATURDAY, actor=people.operator)
    endings.resolve(ticket_id=case.pk, resolution="案内済み", at=SATURDAY, actor=people.operator)
    put_right(people, article, wrong)
    commit_rules()
    case = Ticket.objects.get(pk=case.pk)
    assert case.status == "in_progress"


def test_a_withdrawn_case_gets_a_successor(people, article, wrong):
    case = a_case(people)
    said.told(ticket=case, version=wrong, actor=people.operator, at=SATURDAY)
    contact = make.contact(customer=case.customer, desk=people.desk, at=SATURDAY)
    endings.cancel(
        ticket_id=case.pk, contact_id=contact.pk, words="もういい", at=SATURDAY, actor=people.operator
    )
    put_right(people, article, wrong)
    commit_rules()
    assert HarmCheck.objects.get().ticket.recurs_of == case


def test_what_was_told_before_the_correction_may_be_recorded_late_and_is_owed_too(people, article, wrong):
    put_right(people, article, wrong)
    case = a_case(people)
    guidance.give_guidance(
        ticket_id=case.pk, article_version_id=wrong.pk, actor=people.operator, at=CORRECTED + dt.timedelta(hours=1),
        given_at=SATURDAY,
    )  # fmt: skip
    commit_rules()
    assert Promise.objects.open().filter(kind="correction_call").count() == 1
    with pytest.raises(Refused) as no:
        said.told(ticket=case, version=wrong, actor=people.operator, at=CORRECTED + dt.timedelta(hours=1))
    assert no.value.rule == "A7"


def test_telling_the_right_thing_in_any_call_keeps_the_call_owed(people, article, wrong):
    case = a_case(people)
    said.told(ticket=case, version=wrong, actor=people.operator, at=SATURDAY)
    correction = put_right(people, article, wrong)
    later = CORRECTED + dt.timedelta(hours=2)
    inbound = make.contact(customer=case.customer, desk=people.technical_desk, at=later)
    said.told(ticket=case, version=correction.right, actor=people.technical, at=later, contact_id=inbound.pk)
    commit_rules()
    assert Promise.objects.get(kind="correction_call").kept_contact == inbound


def test_wrong_guidance_on_cancelling_alerts_compliance(people, article, wrong):
    case = a_case(people)
    said.told(ticket=case, version=wrong, actor=people.operator, at=SATURDAY)
    put_right(people, article, wrong)
    assert Alert.objects.get(kind="wrong_guidance").ticket == case


def test_below_an_sv_nobody_corrects_and_anybody_doubts(people, article, wrong):
    case = a_case(people)
    said.told(ticket=case, version=wrong, actor=people.operator, at=SATURDAY)
    with pytest.raises(NotAllowed):
        corrections.correct(
            wrong_id=wrong.pk, right_id=wrong.pk, reason="誤り", actor=people.leader, at=CORRECTED
        )
    doubted = guidance.flag_version(version_id=wrong.pk, reason="古い", actor=people.operator2, at=CORRECTED)
    assert (doubted.status, Guidance.objects.get().status) == ("under_review", "under_review")
    with pytest.raises(Refused):
        said.told(ticket=case, version=wrong, actor=people.operator, at=CORRECTED)
    confirmed = guidance.confirm_version(version_id=wrong.pk, reason="正しい", actor=people.sv, at=CORRECTED)
    assert (confirmed.status, Guidance.objects.get().status) == ("live", "live")


def test_harm_that_was_found_is_a_complaint(people, article, wrong):
    case = a_case(people)
    said.told(ticket=case, version=wrong, actor=people.operator, at=SATURDAY)
    put_right(people, article, wrong)
    check = HarmCheck.objects.get()
    find: dict[str, Any] = {
        "harm_check_id": check.pk,
        "outcome": "harmed",
        "finding": "立会日を選べなかった",
        "at": CORRECTED,
    }
    with pytest.raises(NotAllowed):
        corrections.complete_harm_check(actor=people.operator, **find)
    corrections.complete_harm_check(actor=people.operator2, **find)
    commit_rules()
    complaint = Complaint.objects.get(ticket=case)
    assert complaint.status == "open"
    assert {concern.staff for concern in complaint.concerns.all()} == {people.operator}


def test_no_harm_ends_the_check_and_the_ticket_may_end(people, article, wrong):
    case = a_case(people)
    said.told(ticket=case, version=wrong, actor=people.operator, at=SATURDAY)
    put_right(people, article, wrong)
    check = HarmCheck.objects.get()
    corrections.complete_harm_check(
        harm_check_id=check.pk, outcome="unharmed", finding="影響なし", actor=people.sv2, at=CORRECTED
    )
    assert check.call_id is not None
    contact = make.contact(customer=case.customer, desk=people.desk, direction="out", at=CORRECTED)
    promises.keep_promise(
        promise_id=check.call_id, at=CORRECTED, actor=people.operator, contact_id=contact.pk
    )
    tickets.start(ticket_id=case.pk, at=CORRECTED, actor=people.operator)
    endings.resolve(ticket_id=case.pk, resolution="訂正済み", at=CORRECTED, actor=people.operator)
    commit_rules()


def test_answers_that_rested_on_it_fall_and_the_question_is_open_again(people, article, wrong):
    case = a_case(people)
    asked = said.question(ticket=case, actor=people.operator, at=SATURDAY)
    given = said.answer(
        question=asked, actor=people.operator, verdict="no", at=SATURDAY, article_version_id=wrong.pk
    )
    put_right(people, article, wrong)
    commit_rules()
    given = Answer.objects.get(pk=given.pk)
    assert (given.status, Question.objects.get().status) == ("corrected", "open")


def test_a_text_is_found_by_its_words_read_and_chosen(people, article, client):
    """From the case: find it, read it aloud, say that it was read; wrong versions are not among them."""
    case = make.ticket(customer=make.customer(), desk=people.desk, actor=people.operator)
    version = said.version(article=article, actor=people.sv, at=make.WHEN)
    client.force_login(people.operator, backend="config.accounts.StaffBackend")
    url = reverse("tickets:give_guidance", args=[case.number])
    found = client.get(url, {"q": version.title[:3]}).content.decode()
    assert version.body.splitlines()[0] in found
    assert f"?version={version.pk}" in found
    assert version.body.splitlines()[0] not in client.get(url, {"q": "無関係な言葉"}).content.decode()
    chosen = client.get(url, {"version": version.pk}).content.decode()
    assert f'<option value="{version.pk}" selected' in chosen
