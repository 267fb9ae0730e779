"""Many rows written with one statement: as `bulk_update` would, rules included."""

import pytest
from django.db import IntegrityError, transaction

from tickets.dates import jst
from tickets.models import OutboxMessage
from tickets.services.outbox import put_mail
from tickets.sets import insert_rows, write_rows

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("D9")]
AT = jst(2026, 2, 1)


@pytest.fixture
def messages():
    return [put_mail(key=f"m:{n}", to="a@example.jp", subject="s", body="b", at=AT) for n in range(3)]


def test_each_row_gets_its_own_values_in_one_statement(messages, django_assert_num_queries):
    for number, message in enumerate(messages):
        message.begin(at=AT)
        message.last_error = f'「{number}」 it\'s {{odd}}, "quoted"'
        message.sent_at = AT if number else None
    with django_assert_num_queries(1):
        assert write_rows(messages, ["status", "attempts", "last_error", "sending_since", "sent_at"]) == 3
    rows = OutboxMessage.objects.order_by("id").values_list("status", "attempts", "last_error", "sent_at")
    assert list(rows) == [
        ("sending", 1, '「0」 it\'s {odd}, "quoted"', None),
        ("sending", 1, '「1」 it\'s {odd}, "quoted"', AT),
        ("sending", 1, '「2」 it\'s {odd}, "quoted"', AT),
    ]


def test_the_rules_of_the_database_hold(messages):
    for message in messages:
        message.subject = "another"
    with pytest.raises(IntegrityError, match="D9"), transaction.atomic():
        write_rows(messages, ["subject"])


def test_nothing_to_write_is_nothing(django_assert_num_queries):
    with django_assert_num_queries(0):
        assert write_rows([], ["status"]) == 0


def test_rows_are_inserted_with_what_is_alike_and_the_defaults_of_the_others(
    messages, django_assert_num_queries
):
    rows = [{"key": f"m:{n}", "payload": {"「": "it's"}, "ticket_id": None} for n in (2, 3, 4)]
    with django_assert_num_queries(1):
        insert_rows(
            OutboxMessage, rows, unless_there=True,
            channel=OutboxMessage.Channel.GATEWAY, once="at_least", to="/x", created_at=AT, not_before=AT,
        )  # fmt: skip
    found = OutboxMessage.objects.filter(channel="gateway").order_by("key")
    assert [(row.key, row.payload, row.status) for row in found] == [
        ("m:3", {"「": "it's"}, "pending"),
        ("m:4", {"「": "it's"}, "pending"),
    ]
    with pytest.raises(IntegrityError), transaction.atomic():
        insert_rows(
            OutboxMessage, rows, channel="gateway", once="at_least", to="/x", created_at=AT, not_before=AT
        )
