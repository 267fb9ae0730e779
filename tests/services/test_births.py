"""A row written by the kept INSERT is the row that Django would have written."""

import pytest
from django.db import connection, transaction
from django.db.models.signals import post_save

from tests.factories import tickets as make
from tests.factories.cast import cast
from tickets.births import born
from tickets.dates import jst
from tickets.errors import Refused
from tickets.models import Contact, ContactLeg, Draft, LiveEvent, Ticket, TimelineEntry
from tickets.services.drafts import drop_draft, save_draft
from tickets.services.locking import lock_ticket
from tickets.services.tickets import open_ticket
from tickets.services.timeline import append_entry

pytestmark = pytest.mark.django_db

MONDAY = jst(2026, 1, 26, 15, 0)


@pytest.fixture(autouse=True, params=[True, False], ids=["prepared", "each by itself"])
def prepared(request, settings):
    """Whether PostgreSQL keeps the plans, as DATABASE_PREPARED says: the rows are the same."""
    connection.ensure_connection()
    settings.DATABASE_PREPARED, before = request.param, connection.connection.prepare_threshold
    connection.connection.prepare_threshold = 0 if request.param else None
    yield request.param
    if connection.connection is not None:
        connection.connection.prepare_threshold = before


@pytest.fixture
def people():
    return cast()


@pytest.fixture
def case(people):
    return make.ticket(customer=make.customer(), desk=people.desk, actor=people.operator, at=MONDAY)


def rows(case, people):
    """Of each model that is born so, with and without what may be missing."""
    ticket = {
        "customer": case.customer,
        "desk": people.desk,
        "kind": "enquiry",
        "opened_at": MONDAY,
        "queue_at": MONDAY,
    }
    contact = {
        "customer": case.customer,
        "channel": "phone",
        "direction": "in",
        "desk": people.desk,
        "started_at": MONDAY,
    }
    whole = Contact.objects.create(**contact, ticket=case)
    yield Ticket, ticket | {"subject": "100%, 'or' \"%s\" \\"}
    yield Ticket, ticket | {"subject": "別件", "opened_by": people.operator, "recurs_of": case, "priority": 1}
    yield (
        Contact,
        contact
        | {"summary": "二行\nあり", "ended_at": MONDAY, "result": "answered", "operator": people.operator},
    )
    yield Contact, contact | {"ticket": case, "after_call_seconds": 40_000, "number": "+81312345678"}
    yield (
        ContactLeg,
        {"contact": whole, "seq": 1, "desk": people.desk, "started_at": MONDAY, "staff": people.operator},
    )
    yield (
        ContactLeg,
        {"contact": whole, "seq": 32_000, "desk": people.desk, "started_at": MONDAY, "hold_seconds": 9},
    )


def columns(row):
    """Everything but what differs from row to row by itself."""
    return {
        name: value
        for name, value in row.__dict__.items()
        if name not in {"id", "number", "seq"} and name[0] != "_"
    }


def test_it_is_the_row_that_django_writes(case, people, django_assert_num_queries):
    for model, values in list(rows(case, people)):
        row = model(**values)
        with django_assert_num_queries(1):
            assert born(row) is row
        if model is ContactLeg:
            values["seq"] += 1
        usual = model.objects.create(**values)
        found = model.objects.get(pk=row.pk)
        assert columns(found) == columns(model.objects.get(pk=usual.pk))
        assert {f.attname: getattr(row, f.attname) for f in model._meta.concrete_fields} == {
            f.attname: getattr(found, f.attname) for f in model._meta.concrete_fields
        }
        assert (row._state.adding, row._state.db) == (usual._state.adding, usual._state.db)


def test_one_statement_is_kept_for_each_model(case, people, prepared):
    with connection.cursor() as cursor:
        cursor.execute("DEALLOCATE ALL")
    for model, values in list(rows(case, people)):
        born(model(**values))
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE 'INSERT%'")
        assert cursor.fetchone()[0] == (3 if prepared else 0)


def test_the_rules_hold_for_it(case, people):
    with pytest.raises(Refused) as told:
        open_ticket(
            customer_id=make.customer().pk, desk_id=people.desk.pk, kind="enquiry", subject="別人", at=MONDAY,
            actor=people.operator, recurs_of_id=case.pk,
        )  # fmt: skip
    assert told.value.rule == "A13"


def test_who_listens_to_a_model_hears_of_it(case, people):
    heard = []

    def listener(sender, instance, created, **kw):
        heard.append((instance.pk, created))

    post_save.connect(listener, sender=Ticket)
    try:
        row = born(
            Ticket(
                customer=case.customer,
                desk=people.desk,
                kind="fault",
                subject="無線",
                opened_at=MONDAY,
                queue_at=MONDAY,
            )
        )
    finally:
        post_save.disconnect(listener, sender=Ticket)
    assert heard == [(row.pk, True)]
    assert row.number == f"T{row.pk:08d}"


def test_an_entry_its_hints_and_that_the_responsible_acted_are_one_statement(
    case, people, django_assert_num_queries
):
    Ticket.objects.filter(pk=case.pk).update(responsible=people.operator, responsible_since=MONDAY)
    data = {"名": ["%s", None, 1.5], "quote": '"'}
    with django_assert_num_queries(1):
        entry = append_entry(
            customer_id=case.customer_id, ticket_id=case.pk, kind="promise.opened", at=MONDAY, actor=people.operator,
            summary="引用符 \" と ' と \\", data=data, also=[("queue", '{"a", \\}')],
        )  # fmt: skip
    found = TimelineEntry.objects.get(pk=entry.pk)
    assert columns(found) == columns(entry) | {"desk_id": people.operator.desk_id}
    assert (found.data, found.summary) == (data, "引用符 \" と ' と \\")
    assert Ticket.objects.get(pk=case.pk).responsible_acted_at == MONDAY
    hints = LiveEvent.objects.order_by("-pk").values_list("topic", "ref")[:4]
    assert set(hints) == {
        ("customer", str(case.customer_id)), ("ticket", str(case.pk)), ("promises", str(case.pk)), ("queue", '{"a", \\}'),
    }  # fmt: skip


def test_what_somebody_else_or_nobody_does_is_not_counted_for_the_responsible(case, people):
    Ticket.objects.filter(pk=case.pk).update(responsible=people.operator, responsible_since=MONDAY)
    for actor in (people.leader, None):
        append_entry(customer_id=case.customer_id, ticket_id=case.pk, kind="note", at=MONDAY, actor=actor)
    append_entry(customer_id=case.customer_id, kind="note", at=MONDAY, actor=people.operator)
    assert Ticket.objects.get(pk=case.pk).responsible_acted_at is None


def test_a_case_that_is_not_there_cannot_be_locked(people):
    with pytest.raises(Ticket.DoesNotExist), transaction.atomic():
        lock_ticket(10**9, people.operator)


def test_a_draft_goes_and_only_this_one(case, people):
    for form in ("note", "wait"):
        for person in (people.operator, people.leader):
            save_draft(form=form, subject="ticket:1", fields={"text": "…"}, at=MONDAY, actor=person)
    drop_draft(form="note", subject="ticket:1", actor=people.operator)
    assert set(Draft.objects.values_list("staff", "form")) == {
        (people.operator.pk, "wait"), (people.leader.pk, "note"), (people.leader.pk, "wait"),
    }  # fmt: skip
