"""The survey: by day, once, by a link that works once, and never while anything is owed (E1-E3)."""

import datetime as dt

import pytest

from tests.factories import tickets as make
from tests.factories import words as said
from tests.factories.cast import cast
from tests.factories.deferred import commit_rules
from tests.factories.post import link_in, relay_at
from tickets.dates import jst
from tickets.errors import Refused
from tickets.models import OutboxMessage, Promise, Survey
from tickets.queries.surveys import satisfaction
from tickets.services import endings, outbox, promises, relay, surveys, tickets

pytestmark = pytest.mark.django_db
AT = jst(2026, 2, 2, 10, 0)
DAY = dt.timedelta(days=1)
MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
def people():
    said.letter_texts()
    return cast()


@pytest.fixture
def customer():
    return make.customer(email="yamada@example.jp")


def a_case(people, customer, at=AT):
    made = make.ticket(customer=customer, desk=people.desk, actor=people.operator, at=at)
    return tickets.start(ticket_id=made.pk, at=at, actor=people.operator)


def resolved(people, customer, at=AT):
    case = a_case(people, customer, at)
    return endings.resolve(ticket_id=case.pk, resolution="済", at=at, actor=people.operator)


def only() -> Survey:
    return Survey.objects.get()


@pytest.mark.requirement("E1")
def test_it_is_sent_by_day_once_a_ticket(people, customer, monkeypatch):
    case = resolved(people, customer)
    assert surveys.send_due_surveys(AT) == 1
    assert surveys.send_due_surveys(AT) == 0
    sent = relay_at(AT + MINUTE, monkeypatch)
    assert [message.to for message in sent] == ["yamada@example.jp"]
    assert only().status == "sent"
    left_at = only().sending_at
    assert left_at is not None
    assert dt.timedelta() <= left_at - (AT + MINUTE) < MINUTE
    endings.reopen(ticket_id=case.pk, reason="再発", at=AT + DAY, actor=people.operator)
    endings.resolve(ticket_id=case.pk, resolution="済", at=AT + DAY, actor=people.operator)
    assert surveys.send_due_surveys(AT + 2 * DAY) == 0
    assert relay_at(AT + 2 * DAY, monkeypatch) == []
    commit_rules()


@pytest.mark.requirement("E1")
@pytest.mark.parametrize(("hour", "minute"), [(20, 0), (23, 59), (0, 0), (8, 59)])
def test_nothing_goes_out_at_night(people, customer, hour, minute):
    resolved(people, customer)
    assert surveys.send_due_surveys(jst(2026, 2, 3, hour, minute)) == 0
    assert not OutboxMessage.objects.exists()


@pytest.mark.requirement("E1")
def test_what_the_relay_finds_at_night_is_put_off_to_the_morning(people, customer, monkeypatch):
    resolved(people, customer, at=jst(2026, 2, 2, 19, 0))
    surveys.send_due_surveys(jst(2026, 2, 2, 19, 59))
    assert relay_at(jst(2026, 2, 2, 20, 0), monkeypatch) == []
    assert (only().status, only().due_at) == ("eligible", jst(2026, 2, 3, 9, 0))
    surveys.send_due_surveys(jst(2026, 2, 3, 9, 0))
    assert len(relay_at(jst(2026, 2, 3, 9, 1), monkeypatch)) == 1


@pytest.mark.requirement("E2")
def test_it_is_withheld_while_anything_is_owed_on_any_ticket_and_14_days_after(people, customer):
    other = a_case(people, customer)
    owed = make.promise(ticket=other, kind="apology", at=AT)
    resolved(people, customer)
    assert (only().status, only().withheld_reason) == ("withheld", "promise")
    assert "お詫びの連絡" in only().withheld_what
    kept_at = AT + 3 * DAY
    promises.keep_promise(promise_id=owed.pk, at=kept_at, actor=people.operator)
    for day in range(1, 17):
        surveys.send_due_surveys(AT + day * DAY)
    assert (only().status, only().withheld_reason) == ("withheld", "quiet")
    assert only().due_at == kept_at + 14 * DAY
    surveys.send_due_surveys(kept_at + 14 * DAY)
    assert (only().status, only().withheld_reason) == ("eligible", "")
    commit_rules()


@pytest.mark.requirement("E2")
def test_a_complaint_on_another_ticket_holds_it(people, customer):
    resolved(people, customer)
    said.complaint(ticket=a_case(people, customer), actor=people.operator, at=AT)
    surveys.send_due_surveys(AT)
    # The decision on it is what is owed first.
    assert only().withheld_reason == "promise"


@pytest.mark.requirement("E2")
def test_it_is_asked_again_at_the_moment_of_sending(people, customer, monkeypatch):
    resolved(people, customer)
    surveys.send_due_surveys(AT)
    first = OutboxMessage.objects.get()
    owed = make.promise(ticket=a_case(people, customer), kind="apology", at=AT)
    assert relay_at(AT + MINUTE, monkeypatch) == []
    assert (only().status, only().withheld_reason, only().message) == ("withheld", "promise", None)
    assert OutboxMessage.objects.get(pk=first.pk).status == "withdrawn"
    promises.void_promise(promise_id=owed.pk, at=AT + DAY, reason="取り下げ", actor=people.leader)
    surveys.send_due_surveys(AT + DAY)
    surveys.send_due_surveys(AT + 15 * DAY)
    assert len(relay_at(AT + 15 * DAY + MINUTE, monkeypatch)) == 1
    with pytest.raises(Refused):
        surveys.answer_survey(token=link_in(first), score=5, comment="", at=AT + 16 * DAY)


@pytest.mark.requirement("E2")
def test_a_case_that_is_open_again_is_not_asked_about(people, customer):
    case = resolved(people, customer)
    endings.reopen(ticket_id=case.pk, reason="再発", at=AT, actor=people.operator)
    surveys.send_due_surveys(AT)
    assert only().withheld_reason == "reopened"


@pytest.mark.requirement("E1")
def test_a_crash_while_sending_leaves_it_unknown_and_no_second_mail(people, customer, monkeypatch):
    resolved(people, customer)
    surveys.send_due_surveys(AT)
    message = OutboxMessage.objects.get()
    assert surveys.before_leaving(message, AT + MINUTE) is None
    message.begin(at=AT + MINUTE)
    message.save()
    relay.recover_stale(at=AT + DAY)
    assert only().status == "unknown"
    assert surveys.send_due_surveys(AT + 2 * DAY) == 0
    assert relay_at(AT + 2 * DAY, monkeypatch) == []


@pytest.mark.requirement("E1")
def test_one_taken_back_by_a_person_is_looked_at_again(people, customer):
    resolved(people, customer)
    surveys.send_due_surveys(AT)
    outbox.undo(message_id=OutboxMessage.objects.get().pk, actor=people.administrator, at=AT, reason="誤り")
    surveys.send_due_surveys(AT + MINUTE)
    assert (only().status, only().message, only().due_at) == ("eligible", None, AT + MINUTE + DAY)


def answered(people, customer, score, monkeypatch, at=AT):
    resolved(people, customer, at=at)
    surveys.send_due_surveys(at)
    (sent,) = relay_at(at + MINUTE, monkeypatch)
    return surveys.answer_survey(token=link_in(sent), score=score, comment="", at=at + DAY), link_in(sent)


@pytest.mark.requirement("E1")
def test_the_link_works_once_and_only_in_time(people, customer, monkeypatch):
    survey, link = answered(people, customer, 5, monkeypatch)
    assert (survey.status, survey.score, survey.call) == ("answered", 5, None)
    for token in (link, link[:-2] + "xx", "nonsense"):
        with pytest.raises(Refused) as no:
            surveys.answer_survey(token=token, score=4, comment="", at=AT + 2 * DAY)
        assert no.value.rule == "E1"


@pytest.mark.requirement("E1")
def test_a_link_expires(people, customer, monkeypatch):
    resolved(people, customer)
    surveys.send_due_surveys(AT)
    (sent,) = relay_at(AT + MINUTE, monkeypatch)
    with pytest.raises(Refused):
        surveys.answer_survey(token=link_in(sent), score=4, comment="", at=AT + 31 * DAY)
    assert surveys.expire_surveys(AT + 31 * DAY) == 1
    assert only().status == "expired"


@pytest.mark.requirement("E3")
@pytest.mark.parametrize(("score", "owed"), [(1, ["survey_call"]), (2, ["survey_call"]), (3, []), (5, [])])
def test_a_low_score_owes_a_call_by_an_sv(people, customer, monkeypatch, score, owed):
    answered(people, customer, score, monkeypatch)
    commit_rules()
    assert [promise.kind for promise in Promise.objects.open()] == owed
    assert all(promise.tier == 3 for promise in Promise.objects.open())


@pytest.mark.requirement("E2")
def test_the_withheld_stand_beside_every_figure(people, customer, monkeypatch, django_assert_num_queries):
    answered(people, customer, 4, monkeypatch)
    other = make.customer(email="ito@example.jp")
    make.promise(ticket=a_case(people, other), kind="apology", at=AT)
    resolved(people, other)
    with django_assert_num_queries(3):
        figure = satisfaction(since=jst(2026, 2, 1), until=jst(2026, 3, 1))
    assert (figure.average, figure.answered, figure.sent) == (4.0, 1, 1)
    assert (figure.withheld, figure.withheld_in_all) == ({"promise": 1}, 1)


@pytest.mark.requirement("E2")
def test_one_that_could_never_be_sent_expires_and_still_counts(people, customer):
    make.promise(ticket=a_case(people, customer), kind="apology", at=AT)
    resolved(people, customer)
    assert surveys.expire_surveys(AT + 91 * DAY) == 1
    assert satisfaction(since=AT, until=AT + DAY).withheld == {"promise": 1}


@pytest.mark.requirement("E1")
def test_no_letter_in_force_holds_up_one_survey_and_not_the_others(people, customer):
    from tickets.models import LetterTemplate

    resolved(people, customer)
    LetterTemplate.objects.filter(code="survey").update(during=(dt.date(2009, 1, 1), dt.date(2009, 2, 1)))
    assert surveys.send_due_surveys(AT) == 1
    assert (only().status, only().due_at) == ("eligible", AT + DAY)


@pytest.mark.requirement("E1")
def test_a_customer_without_an_address_is_not_asked(people):
    resolved(people, make.customer())
    assert not Survey.objects.exists()
