"""Somebody in a hurry, with a database prompt: what E1-E3 and A9 refuse, whoever writes."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import IntegrityError, connection, transaction

from tests.factories import tickets as make
from tests.factories import words as said
from tests.factories.cast import cast
from tests.rules.attempt import refused
from tickets.dates import jst
from tickets.models import OutboxMessage, Survey
from tickets.services import endings, surveys, tickets

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


# -- templates (A9) ---------------------------------------------------------------------------------

TEMPLATE = (
    "INSERT INTO tickets_lettertemplate (code, language, version, subject, body, during, minimum_tier) "
    "VALUES ('x', 'ja', 1, %s, %s, '[2026-01-01,)', %s)"
)


@pytest.mark.requirement("A9")
@pytest.mark.parametrize(
    ("subject", "body", "tier"),
    [
        ("件名", "社としての回答ですので変わりません", 1),
        ("最終回答", "本文", 3),
        ("件名", "これが弊社の最終的なご回答です", 2),
        ("Subject", "This is our FINAL ANSWER.", 3),
    ],
)
def test_a_template_below_the_top_that_says_final(people, subject, body, tier):
    refused("A9", TEMPLATE, subject, body, tier)


@pytest.mark.requirement("A9")
def test_a_template_of_the_top_lowered_afterwards(people):
    with connection.cursor() as cursor:
        cursor.execute(TEMPLATE, ["件名", "社としての回答", 4])
    refused("F1", "UPDATE tickets_lettertemplate SET minimum_tier = 1 WHERE code = 'x'")
    refused("F1", "UPDATE tickets_lettertemplate SET body = 'x' WHERE code = 'x'")
    refused("F1", "DELETE FROM tickets_lettertemplate WHERE code = 'x'")


# -- surveys (E1-E3) ----------------------------------------------------------------------------------

SEND = (
    "UPDATE tickets_survey SET status = 'sending', sending_at = %s, token_hash = 'x', "
    "expires_at = %s::timestamptz + interval '30 days' WHERE id = %s"
)


@pytest.fixture
def survey(people, case):
    endings.resolve(ticket_id=case.pk, resolution="済", at=AT, actor=people.operator)
    return Survey.objects.get()


def send(rule: str, survey: Survey, at: dt.datetime) -> str:
    return refused(rule, SEND, at, at, survey.pk)


@pytest.mark.requirement("E2")
def test_a_survey_sent_while_something_is_owed_or_within_14_days(people, case, survey):
    other = make.ticket(customer=case.customer, desk=people.desk, at=AT)
    owed = make.promise(ticket=other, kind="apology", at=AT)
    assert "anything is owed" in send("E2", survey, AT + DAY)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE tickets_promise SET status = 'kept', ended_at = %s WHERE id = %s", [AT + DAY, owed.pk]
        )
    assert "14 days" in send("E2", survey, AT + 15 * DAY - dt.timedelta(seconds=1))
    with connection.cursor() as cursor, transaction.atomic():
        cursor.execute(SEND, [AT + 15 * DAY, AT + 15 * DAY, survey.pk])


@pytest.mark.requirement("E1")
def test_a_survey_sent_at_night_early_unresolved_or_without_a_link(people, case, survey):
    for hour, minute in ((20, 0), (8, 59), (0, 0)):
        assert "09:00" in send("E1", survey, jst(2026, 1, 28, hour, minute))
    send("E1", survey, AT - DAY)
    refused("E1", "UPDATE tickets_survey SET status = 'sending' WHERE id = %s", survey.pk)
    refused("E1", "UPDATE tickets_survey SET status = 'sent', sent_at = now() WHERE id = %s", survey.pk)
    endings.reopen(ticket_id=case.pk, reason="再発", at=AT, actor=people.operator)
    send("E1", survey, AT + DAY)


@pytest.mark.requirement("E1", "E2", "E3")
def test_a_survey_sent_twice_or_answered_for_the_customer(people, case, survey):
    surveys.send_due_surveys(AT)
    message = OutboxMessage.objects.get(key__startswith="survey:")
    assert surveys.before_leaving(message, AT) is None
    send("E1", survey, AT + DAY)
    for status in ("eligible", "withheld"):
        refused(
            "E1",
            f"UPDATE tickets_survey SET status = '{status}', withheld_reason = 'quiet' WHERE id = %s",
            survey.pk,
        )
    refused("E1", "UPDATE tickets_survey SET token_hash = 'y' WHERE id = %s", survey.pk)
    refused("E1", "UPDATE tickets_survey SET ticket_id = ticket_id + 1 WHERE id = %s", survey.pk)
    twin = "INSERT INTO tickets_survey (ticket_id, customer_id, status, withheld_reason, withheld_what, created_at, due_at, token_hash, comment, tries) SELECT ticket_id, customer_id, 'eligible', '', '', created_at, due_at, '', '', 0 FROM tickets_survey WHERE id = %s"
    with (
        pytest.raises(IntegrityError, match="ticket_id"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(twin, [survey.pk])
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE tickets_survey SET status = 'sent', sent_at = now() WHERE id = %s", [survey.pk]
        )
    answer = "UPDATE tickets_survey SET status = 'answered', score = %s, answered_at = now() WHERE id = %s"
    refused("E3", answer, 1, survey.pk)
    refused("E1", answer, 6, survey.pk)
    refused("E1", "DELETE FROM tickets_survey WHERE id = %s", survey.pk)


@pytest.mark.requirement("E2")
def test_a_survey_withheld_without_saying_why(people, survey):
    refused("E2", "UPDATE tickets_survey SET status = 'withheld' WHERE id = %s", survey.pk)
