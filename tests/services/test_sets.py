"""Many rows written with one statement: as row by row would be, rules included."""

import pytest
from django.db import IntegrityError, transaction

from tickets.dates import jst
from tickets.models import LiveEvent, OutboxMessage
from tickets.services.outbox import put_calls, put_mail
from tickets.sets import Source, given, ids, inserted, read, stepped, write

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("D9")]
AT = jst(2026, 2, 1)


@pytest.fixture
def messages():
    return [put_mail(key=f"m:{n}", to="a@example.jp", subject="s", body="b", at=AT) for n in range(3)]


def states() -> list[str]:
    return list(OutboxMessage.objects.order_by("id").values_list("status", flat=True))


def test_a_step_is_taken_by_those_that_may_take_it_and_writes_what_the_method_writes(
    messages, django_assert_num_queries
):
    messages[0].withdraw(reason="undone")
    messages[0].save()
    everyone = ids(message.pk for message in messages)
    with django_assert_num_queries(1):
        done = read(
            stepped(OutboxMessage, "withdraw", everyone, returning=("key", "reason"), reason="「x」 it's")
        )
    assert sorted(done) == [("m:1", "「x」 it's"), ("m:2", "「x」 it's")]
    assert states() == ["withdrawn"] * 3
    assert OutboxMessage.objects.get(key="m:0").reason == "undone"


def test_what_differs_from_row_to_row_is_given_beside_the_step(messages):
    rows = given(id=("bigint", [message.pk for message in messages]), why=("text", ["a", "b", None]))
    also = {"last_error": "coalesce(v.why, 'c')"}
    assert write(stepped(OutboxMessage, "withdraw", rows, also=also, reason="r")) == 3
    assert list(OutboxMessage.objects.order_by("id").values_list("last_error", flat=True)) == ["a", "b", "c"]


@pytest.mark.parametrize("deed", ["begin", "look"])
def test_a_deed_that_depends_on_its_row_cannot_be_done_to_a_set(messages, deed, monkeypatch):
    """`begin` counts the row's own attempts up."""
    monkeypatch.setattr(
        OutboxMessage, "look", lambda row, at: row.reason or setattr(row, "reason", "x"), raising=False
    )
    with pytest.raises(TypeError):
        stepped(OutboxMessage, deed, ids([messages[0].pk]), at=AT)


def test_the_rules_of_the_database_hold(messages):
    rows = given(id=("bigint", [message.pk for message in messages]))
    with pytest.raises(IntegrityError, match="D9"), transaction.atomic():
        write(stepped(OutboxMessage, "withdraw", rows, also={"subject": "'another'"}, reason="r"))
    assert states() == ["pending"] * 3


def test_no_rows_are_none():
    assert write(stepped(OutboxMessage, "withdraw", ids([]), reason="r")) == 0


def test_rows_are_inserted_with_what_is_alike_and_the_defaults_of_the_others(
    messages, django_assert_num_queries
):
    rows = given(
        key=("text", [f"m:{n}" for n in (2, 3, 4)]),
        payload=("jsonb", ['{"「": "it\'s"}'] * 3),
        ticket_id=("bigint", [None] * 3),
    )
    with django_assert_num_queries(3):  # one, in its savepoint
        put_calls(rows, path="/x", at=AT)
    found = OutboxMessage.objects.filter(channel="gateway").order_by("key")
    assert [(row.key, row.payload, row.status, row.once, row.to) for row in found] == [
        ("m:3", {"「": "it's"}, "pending", "at_least", "/x"),
        ("m:4", {"「": "it's"}, "pending", "at_least", "/x"),
    ]
    same = {"channel": "gateway", "created_at": AT, "not_before": AT}
    with pytest.raises(IntegrityError), transaction.atomic():
        write(inserted(OutboxMessage, rows, {"key": "v.key"}, **same))


def test_what_was_written_is_handed_on_without_passing_through_python(messages, django_assert_num_queries):
    withdrawn = stepped(
        OutboxMessage, "withdraw", ids(message.pk for message in messages), returning=("key",), reason="r"
    )
    told = inserted(LiveEvent, withdrawn, {"ref": "v.key"}, returning=("ref",), topic="outbox", at=AT)
    with django_assert_num_queries(1):
        assert sorted(read(told)) == [("m:0",), ("m:1",), ("m:2",)]
    assert states() == ["withdrawn"] * 3
    fewer = Source("SELECT id FROM tickets_outboxmessage WHERE key = %s", ("m:1",))
    again = {"ref": "v.id::text"}
    assert write(inserted(LiveEvent, fewer, again, topic="outbox", at=AT)) == 1
