"""One timeline a customer, and on top of it what we owe and last tried to say (A1)."""

import datetime as dt

import pytest

from tests.factories import tickets as make
from tests.factories.cast import cast
from tickets.dates import jst
from tickets.models import Question, TimelineEntry
from tickets.queries import owed, timeline
from tickets.services import callbacks, contacts, tickets
from tickets.services.timeline import append_entry

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("A1")]

MONDAY = jst(2026, 1, 26, 15, 0)


@pytest.fixture
def people():
    return cast()


@pytest.fixture
def customer():
    return make.customer()


@pytest.fixture
def case(people, customer):
    return make.ticket(customer=customer, desk=people.desk, actor=people.operator, at=MONDAY)


def test_entries_of_all_desks_and_cases_stand_on_one_timeline_newest_first(people, customer, case):
    other = make.ticket(
        customer=customer, desk=people.partner_desk, actor=people.technical, at=MONDAY, kind="billing"
    )
    for n in range(5):
        tickets.note(
            ticket_id=case.pk, text=f"{n}", at=MONDAY + dt.timedelta(minutes=n + 1), actor=people.operator
        )
    found: list[TimelineEntry] = []
    after = ""
    while True:
        page = timeline.of_customer(customer_id=customer.pk, staff=people.operator2, after=after, size=3)
        found += page.rows
        after = page.next
        if not after:
            break
    assert [row.summary for row in found[:5]] == ["4", "3", "2", "1", "0"]
    assert {row.ticket for row in found} == {case, other}
    assert len({row.pk for row in found}) == len(found) == 7


def test_a_page_is_one_query(people, customer, case, django_assert_num_queries):
    for n in range(30):
        tickets.note(
            ticket_id=case.pk, text=f"{n}", at=MONDAY + dt.timedelta(minutes=n), actor=people.operator
        )
    with django_assert_num_queries(1):
        page = timeline.of_customer(customer_id=customer.pk, staff=people.operator, size=20)
        assert {(str(row.actor), str(row.desk), str(row.ticket)) for row in page.rows}
    with django_assert_num_queries(1):
        assert timeline.of_ticket(ticket_id=case.pk, staff=people.operator, size=20).next


def test_partners_do_not_read_what_stays_inside(people, customer, case):
    make.ticket(customer=customer, desk=people.partner_desk, at=MONDAY)
    append_entry(customer_id=customer.pk, kind="objection.raised", at=MONDAY, own_company_only=True)
    page = timeline.of_customer(customer_id=customer.pk, staff=people.partner_operator)
    assert "objection.raised" not in {row.kind for row in page.rows}
    assert {row.ticket_id for row in page.rows} >= {case.pk}


def test_whoever_answers_next_sees_what_we_tried_to_say_until_they_have_been_spoken_with(
    people, customer, case
):
    callbacks.missed_call(
        ticket_id=case.pk,
        purpose="回線事業者に連絡済み",
        result="voicemail",
        at=MONDAY,
        actor=people.operator,
    )
    banner = owed.owed_to(customer_id=customer.pk, staff=people.operator2)
    assert banner
    assert banner.last_attempt is not None
    assert banner.last_attempt.attempt.promise.what == "回線事業者に連絡済み"
    assert [promise.kind for promise in banner.promises] == ["callback"]
    assert banner.overdue(jst(2026, 1, 27)) == list(banner.promises)

    tuesday = jst(2026, 1, 27, 10, 0)
    call = contacts.start_call(customer_id=customer.pk, direction="in", at=tuesday, actor=people.operator2)
    contacts.end_call(contact_id=call.pk, result="answered", at=tuesday, actor=people.operator2)
    banner = owed.owed_to(customer_id=customer.pk, staff=people.operator2)
    assert banner.last_attempt is None
    assert banner.promises  # spoken with, but not about this: it is still owed


def test_a_customer_to_whom_nothing_is_owed_has_no_banner(people, customer, case):
    assert not owed.owed_to(customer_id=customer.pk, staff=people.operator)


def test_the_banner_is_six_queries_however_much_is_owed(people, customer, case, django_assert_num_queries):
    for n in range(10):
        make.promise(ticket=case, kind="callback", at=MONDAY)
        Question.objects.create(
            ticket=case,
            customer=customer,
            topic="stop",
            text=f"{n}",
            asked_at=MONDAY,
            recorded_by=people.operator,
        )
    callbacks.missed_call(ticket_id=case.pk, purpose="x", result="busy", at=MONDAY, actor=people.operator)
    with django_assert_num_queries(6):
        banner = owed.owed_to(customer_id=customer.pk, staff=people.operator)
        assert {str(promise.desk) for promise in banner.promises}
        assert banner.last_attempt is not None
        assert str(banner.last_attempt.operator)
    make.ticket(customer=customer, desk=people.partner_desk, at=MONDAY)
    assert people.partner_operator.is_partner
    with django_assert_num_queries(7):
        banner = owed.owed_to(customer_id=customer.pk, staff=people.partner_operator)
    assert case.pk not in (banner.openable or ())
