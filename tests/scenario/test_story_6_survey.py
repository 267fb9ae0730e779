"""Story 6: the survey is withheld while the customer's cases are open and 14 days after, and the reason is shown.

The early stop of story 1 seen from the survey: the first case is resolved on Tuesday, while the complaint about the
relay, the wrong guidance and the line that was cut a day early are still owed.
"""

import datetime as dt

import pytest

from tests.factories import tickets as make
from tests.factories import words as said
from tests.factories.cast import cast
from tests.factories.deferred import commit_rules
from tests.factories.post import relay_at
from tickets.dates import jst
from tickets.models import OutboxMessage, Promise, Survey
from tickets.queries.surveys import held
from tickets.services import complaints, corrections, endings, promises, remedies, surveys, tickets

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("E2", "A5", "A14")]
DAY = dt.timedelta(days=1)
TUESDAY = jst(2026, 1, 27, 10, 0)
SATURDAY = jst(2026, 1, 31, 9, 5)


@pytest.fixture
def people():
    said.letter_texts()
    return cast()


@pytest.fixture
def customer():
    return make.customer(email="yamada@example.jp")


def every_day(since: dt.datetime, until: dt.datetime) -> None:
    """The job at 10:00 of each day in [since, until)."""
    while since < until:
        surveys.send_due_surveys(since)
        since += DAY


def call(people, case, at):
    return make.contact(customer=case.customer, desk=people.desk, ticket=case, direction="out", at=at)


def shown() -> tuple[str, str]:
    survey = Survey.objects.get(ticket__kind="enquiry")
    return survey.withheld_reason, str(survey.get_withheld_reason_display())


def test_the_survey_waits_for_everything_and_says_why(people, customer, monkeypatch):
    # Tuesday: the question about the voicemail is answered and that case resolved; wrong guidance and a complaint stay.
    enquiry = make.ticket(customer=customer, desk=people.desk, actor=people.operator, at=TUESDAY)
    tickets.start(ticket_id=enquiry.pk, at=TUESDAY, actor=people.operator)
    cancelling = make.ticket(
        customer=customer,
        desk=people.desk,
        actor=people.operator,
        at=jst(2026, 1, 24, 14, 0),
        kind="cancellation",
    )
    article = said.article()
    wrong = said.version(article=article, actor=people.sv, at=jst(2025, 10, 1))
    said.told(ticket=cancelling, version=wrong, actor=people.operator, at=jst(2026, 1, 24, 15, 0))
    complaint = said.complaint(ticket=cancelling, actor=people.operator2, at=TUESDAY)
    right = said.version(article=article, actor=people.sv, at=TUESDAY + dt.timedelta(minutes=30))
    corrections.correct(
        wrong_id=wrong.pk, right_id=right.pk, reason="移転を待つ必要はない", actor=people.sv,
        at=TUESDAY + dt.timedelta(minutes=40),
    )  # fmt: skip
    endings.resolve(ticket_id=enquiry.pk, resolution="留守電の件を説明", at=TUESDAY, actor=people.operator2)
    assert shown()[0] == "promise"
    assert [survey.ticket for survey in held(people.sv)] == [enquiry]

    # Saturday: the line is dead. Nothing goes out; it is still withheld.
    dead = make.ticket(
        customer=customer, desk=people.technical_desk, actor=people.technical, at=SATURDAY, kind="fault"
    )
    make.promise(ticket=dead, kind="apology", at=SATURDAY)
    every_day(TUESDAY, jst(2026, 2, 10, 10, 0))
    assert shown()[0] == "promise"
    assert not OutboxMessage.objects.filter(key__startswith="survey").exists()

    # By the 10th of February all of it is decided, told, put right and kept.
    end = jst(2026, 2, 10, 15, 0)
    settle(people, complaint, cancelling, dead, end)
    assert not Promise.objects.open().exists()
    every_day(end + DAY, end + 14 * DAY)
    assert shown()[0] == "quiet"

    # On the fifteenth day it goes out, once.
    surveys.send_due_surveys(end + 14 * DAY)
    sent = relay_at(end + 14 * DAY + dt.timedelta(minutes=1), monkeypatch)
    assert [message.to for message in sent] == ["yamada@example.jp"]
    commit_rules()


def settle(people, complaint, cancelling, dead, end):
    """Everything that is owed, kept at `end`."""
    remedy = remedies.propose(
        ticket_id=cancelling.pk, kind="credit", what="一日分を充当", owner_id=people.leader.pk,
        due_on=end.date(), actor=people.leader, at=end,
    )  # fmt: skip
    remedies.mark(remedy_id=remedy.pk, fits=True, reason="", actor=people.leader, at=end)
    remedies.agree(remedy_id=remedy.pk, actor=people.leader, at=end)
    remedies.complete(remedy_id=remedy.pk, actor=people.leader, at=end)
    complaints.decide(
        complaint_id=complaint.pk, decision="upheld", reasons="案内の誤りと連絡の遅れ", basis="約款 第20条",
        actor=people.manager, at=end,
    )  # fmt: skip
    told = call(people, cancelling, end)
    complaints.deliver(complaint_id=complaint.pk, contact_id=told.pk, actor=people.leader, at=end)
    check = cancelling.harm_checks.get()
    corrections.complete_harm_check(
        harm_check_id=check.pk, outcome="unharmed", finding="立会日は変えずに済んだ", actor=people.sv2, at=end
    )
    promises.keep_promise(promise_id=check.call_id, at=end, actor=people.leader, contact_id=told.pk)
    for promise in Promise.objects.open().filter(ticket=dead):
        promises.keep_promise(promise_id=promise.pk, at=end, actor=people.manager)


def test_closing_the_complaint_starts_the_follow_up_and_the_wait_anew(people, customer):
    case = make.ticket(
        customer=customer, desk=people.desk, actor=people.operator, at=TUESDAY, kind="complaint"
    )
    tickets.start(ticket_id=case.pk, at=TUESDAY, actor=people.operator)
    complaint = said.complaint(ticket=case, actor=people.operator, at=TUESDAY)
    complaints.decide(
        complaint_id=complaint.pk, decision="not_upheld", reasons="約款どおりの扱い", basis="約款 第20条",
        actor=people.sv, at=TUESDAY,
    )  # fmt: skip
    told = call(people, case, TUESDAY)
    complaints.deliver(complaint_id=complaint.pk, contact_id=told.pk, actor=people.operator, at=TUESDAY)
    endings.resolve(ticket_id=case.pk, resolution="回答済み", at=TUESDAY, actor=people.operator)
    survey = Survey.objects.get()
    assert survey.withheld_reason == "quiet"
    confirmed = call(people, case, TUESDAY + DAY)
    endings.close(ticket_id=case.pk, contact_id=confirmed.pk, at=TUESDAY + DAY, actor=people.operator)
    every_day(TUESDAY, TUESDAY + 20 * DAY)
    assert Survey.objects.get().withheld_reason == "promise"
    follow_up = Promise.objects.open().get(kind="follow_up")
    promises.keep_promise(promise_id=follow_up.pk, at=TUESDAY + 20 * DAY, actor=people.leader)
    every_day(TUESDAY + 20 * DAY, TUESDAY + 34 * DAY)
    assert Survey.objects.get().withheld_reason == "quiet"
    surveys.send_due_surveys(TUESDAY + 34 * DAY)
    assert Survey.objects.get().status == "eligible"
    commit_rules()
