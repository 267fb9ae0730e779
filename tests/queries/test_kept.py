"""A query built once and asked again: the same rows as built anew, for each value, each person, each thread."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction
from django.db.models import F
from django.db.transaction import TransactionManagementError

from tests.factories import tickets as make
from tests.factories.cast import cast
from tickets.dates import jst
from tickets.models import Customer, Staff, Ticket
from tickets.queries import queues
from tickets.queries.instances import maker
from tickets.queries.kept import kept
from tickets.queries.present import present_on

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
def cases(people):
    """Of two customers, the second of whom a partner's desk has seen as well."""
    first, second = make.customer(), make.customer()
    return [
        make.ticket(customer=first, desk=people.desk, actor=people.operator, at=MONDAY),
        make.ticket(customer=second, desk=people.desk, at=MONDAY),
        make.ticket(customer=second, desk=people.partner_desk, at=MONDAY),
    ]


@kept
def of(*, staff, customer_id, status):
    rows = Ticket.objects.visible_to(staff).filter(
        customer_id=customer_id, status=status, subject__contains=""
    )
    return rows.select_related("desk__company", "assignee").order_by("pk")


def test_each_asks_with_its_own_values_and_gets_what_a_queryset_gives(
    people, cases, django_assert_num_queries
):
    for case in (*cases, *cases):
        for status in (case.status, "closed"):
            with django_assert_num_queries(1):
                rows = of(staff=people.operator, customer_id=case.customer_id, status=status)
                desks = [row.desk.company.name for row in rows]
            anew = Ticket.objects.filter(customer_id=case.customer_id, status=status).order_by("pk")
            assert [row.__dict__ | {"_state": 0} for row in rows] == [
                row.__dict__ | {"_state": 0} for row in anew.select_related("desk__company", "assignee")
            ]
            assert desks == [row.desk.company.name for row in anew]


def test_another_companys_people_see_theirs_whoever_asked_before(people, cases):
    for staff in (people.operator, people.partner_operator, people.operator, people.partner_operator):
        for case in cases:
            rows = of(staff=staff, customer_id=case.customer_id, status=case.status)
            seen = Ticket.objects.visible_to(staff).filter(customer_id=case.customer_id, status=case.status)
            assert rows == list(seen.order_by("pk"))
            shown = queues.newest_of_customer(staff=staff, customer_id=case.customer_id)
            assert {row.pk for row in shown} == {row.pk for row in seen}
    assert not of(staff=people.partner_operator, customer_id=cases[0].customer_id, status=cases[0].status)


def test_plans_are_kept_only_where_settings_allow_it(people, cases, prepared):
    with connection.cursor() as cursor:
        cursor.execute("DEALLOCATE ALL")
    for case in cases:
        of(staff=people.operator, customer_id=case.customer_id, status=case.status)
        present_on(customer_id=case.customer_id, ticket_id=case.pk)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_prepared_statements")
        assert cursor.fetchone()[0] == (2 if prepared else 0)


def test_what_is_no_value_stands_in_the_sql_for_a_partial_index_to_be_seen(people, cases):
    queues.desk_queue(staff=people.operator, desk_id=people.desk.pk)
    (built,) = queues._first_of_desk._built.values()
    assert "'acknowledged'" in built.sql
    assert built.sql.count("%s") == len(built.takes) == 1


def test_instances_are_made_as_django_makes_them(people, cases):
    rows = Ticket.objects.select_related("customer", "desk__company", "assignee").order_by("pk")
    rows = rows.only(
        "number", "assignee__name", "customer__name", "desk__company__name", "desk__code"
    ).annotate(more=F("pk"))
    compiler = rows.query.get_compiler("default")
    sql, parameters = compiler.as_sql()
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        made = list(map(maker(compiler), cursor.fetchall()))
    assert any(row.assignee is None for row in rows)
    for row, usual in zip(made, rows, strict=True):
        for mine, theirs in (
            (row, usual),
            (row.customer, usual.customer),
            (row.desk.company, usual.desk.company),
        ):
            assert mine == theirs
            assert mine.get_deferred_fields() == theirs.get_deferred_fields()
            assert (mine._state.adding, mine._state.db) == (theirs._state.adding, theirs._state.db)
        assert row.more == usual.more
        assert row.assignee == usual.assignee
        assert row.subject == usual.subject  # a deferred column is fetched when it is asked for
        row.subject = "another"
        row.save(update_fields=["subject"])
        assert Ticket.objects.get(pk=row.pk).subject == "another"


def test_several_ids_are_one_value_however_many(people, cases, django_assert_num_queries):
    @kept
    def these(*, staff, ids, status):
        return Ticket.objects.visible_to(staff).filter(pk__in=ids, status=status).order_by("-pk")

    every = tuple(case.pk for case in cases)
    for ids in (every, every[:1], (), every[1:], (*every, 10**12)):
        for staff in (people.operator, people.partner_operator):
            with django_assert_num_queries(1 if ids or not staff.is_partner else 0):
                rows = these(staff=staff, ids=ids, status=cases[0].status)
            seen = Ticket.objects.visible_to(staff).filter(pk__in=ids, status=cases[0].status)
            assert rows == list(seen.order_by("-pk"))
    assert len(these._built) == 1


def test_a_moment_is_a_value(people, cases):
    @kept
    def since(*, staff, at, until):
        rows = Ticket.objects.visible_to(staff).filter(opened_at__gte=at, opened_at__lt=until)
        return rows.order_by("pk")

    for at in (MONDAY, MONDAY.astimezone(dt.UTC), MONDAY + dt.timedelta(microseconds=1)):
        for until in (MONDAY, MONDAY + dt.timedelta(days=1)):
            rows = since(staff=people.operator, at=at, until=until)
            assert rows == list(Ticket.objects.filter(opened_at__gte=at, opened_at__lt=until).order_by("pk"))
    assert len(since(staff=people.operator, at=MONDAY, until=until)) == len(cases)


@pytest.mark.django_db(transaction=True)
def test_rows_are_locked_in_a_transaction_only(people, cases):
    @kept
    def locked(*, pk):
        return Ticket.objects.select_for_update(no_key=True).filter(pk=pk)

    with transaction.atomic():
        assert locked(pk=cases[0].pk) == [cases[0]]
    with pytest.raises(TransactionManagementError):
        locked(pk=cases[0].pk)


def test_values_are_values_and_no_sql(cases):
    @kept
    def named(*, number):
        return Customer.objects.filter(number=number)

    assert named(number=cases[0].customer.number) == [cases[0].customer]
    for odd in ("' OR 1=1 --", "%s", "%(number)s", "\ue0000\ue000", "２"):
        assert named(number=odd) == []


def test_nothing_of_a_person_can_be_kept(people):
    @kept
    def on_my_desk(*, staff, status):
        return Ticket.objects.filter(desk_id=staff.desk_id, status=status)

    with pytest.raises(AttributeError, match="desk_id"):
        on_my_desk(staff=people.operator, status="new")


def test_what_would_answer_wrongly_is_refused(cases):
    @kept
    def changed(*, number):
        return Customer.objects.filter(number=number.upper() + "-")

    @kept
    def fetched_afterwards(*, pk):
        return Customer.objects.filter(pk=pk).prefetch_related("phones")

    for builder, value in ((changed, {"number": "c1"}), (fetched_afterwards, {"pk": 1})):
        with pytest.raises(ValueError, match="cannot be kept"):
            builder(**value)


@pytest.mark.django_db(transaction=True)
def test_each_thread_asks_on_its_own_connection(people):
    @kept
    def person(*, pk):
        return Staff.objects.filter(pk=pk)

    def ask(pk):
        try:
            return [person(pk=pk)[0].pk for _ in range(20)]
        finally:
            connection.close()

    everybody = list(Staff.objects.values_list("pk", flat=True)[:4])
    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(ask, everybody)) == [[pk] * 20 for pk in everybody]
