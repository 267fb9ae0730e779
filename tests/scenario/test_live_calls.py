"""A leader sees the calls that run, and takes one over: nobody has to offer it, nobody can keep it (F, B4, A15)."""

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse

from config import clock
from tests.factories import escalation as make
from tests.factories import tickets as rows
from tests.factories.cast import cast
from tickets.errors import NotAllowed, Refused
from tickets.models import ContactLeg, LiveEvent, TimelineEntry
from tickets.queries import calls
from tickets.services import contacts, cti, holds

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("B4")]
AT = make.SATURDAY
MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
def people():
    made = cast()
    make.masters()
    make.period(made)
    return made


def running(people, *, at=AT, operator=None):
    home = rows.customer(phone=f"+8190{at.timestamp():.0f}"[:13])
    case = rows.ticket(customer=home, desk=people.desk, actor=people.operator, at=at)
    return contacts.start_call(
        customer_id=home.pk, direction="in", at=at, actor=operator or people.operator, ticket_id=case.pk
    )


def signed_in(person):
    client = Client()
    client.force_login(person, backend="config.accounts.StaffBackend")
    return client


def test_the_leader_goes_on_with_the_customer_and_the_hold_ends(people):
    call = running(people)
    holds.hold_call(contact_id=call.pk, at=AT + MINUTE, actor=people.operator)
    contacts.take_over_call(contact_id=call.pk, at=AT + 2 * MINUTE, actor=people.leader)
    first, second = call.legs.order_by("seq")
    assert (first.staff, first.ended_at, first.hold_seconds) == (people.operator, AT + 2 * MINUTE, 60)
    assert (second.staff, second.ended_at) == (people.leader, None)
    call.refresh_from_db()
    assert call.operator == people.operator  # who answered first stays on record
    assert TimelineEntry.objects.get(kind="contact.taken_over").actor == people.leader
    assert calls.line_of(people.operator) is None
    mine = calls.line_of(people.leader)
    assert mine is not None
    assert mine.contact == call
    told = set(LiveEvent.objects.filter(topic="call").values_list("ref", flat=True))
    assert {str(people.operator.pk), str(people.leader.pk)} <= told
    ended = contacts.end_call(contact_id=call.pk, result="answered", at=AT + 9 * MINUTE, actor=people.leader)
    assert ended.legs.filter(ended_at__isnull=True).count() == 0


def test_not_by_an_operator_not_twice_and_not_when_it_is_over(people):
    call = running(people)
    with pytest.raises(NotAllowed, match="B4"):
        contacts.take_over_call(contact_id=call.pk, at=AT, actor=people.operator2)
    contacts.take_over_call(contact_id=call.pk, at=AT, actor=people.leader)
    with pytest.raises(Refused, match="B4"):
        contacts.take_over_call(contact_id=call.pk, at=AT, actor=people.leader)
    contacts.take_over_call(contact_id=call.pk, at=AT + MINUTE, actor=people.sv)  # and so on upwards
    contacts.end_call(contact_id=call.pk, result="answered", at=AT + 2 * MINUTE, actor=people.sv)
    with pytest.raises(Refused, match="B4"):
        contacts.take_over_call(contact_id=call.pk, at=AT + 3 * MINUTE, actor=people.leader)


def test_a_call_of_the_telephone_comes_onto_the_leaders_telephone(people):
    home = rows.customer()
    number = home.phones.get().e164
    for kind, who, seconds in (
        ("ringing", "operator", 0),
        ("answered", "operator", 5),
        ("held", "operator", 9),
    ):
        moment = AT + dt.timedelta(seconds=seconds)
        cti.receive(
            cti.Event(f"{kind}-1", kind, "K1", getattr(people, who).login_id, moment, number), at=moment
        )
    line = calls.line_of(people.operator)
    assert line is not None
    assert line.contact is not None
    contacts.take_over_call(contact_id=line.contact.pk, at=AT + MINUTE, actor=people.leader)
    assert calls.line_of(people.operator) is None
    mine = calls.line_of(people.leader)
    assert mine is not None
    assert (mine.status, mine.contact) == ("talking", line.contact)
    # The telephone system tells of the same later: nothing happens twice.
    moment = AT + 2 * MINUTE
    cti.receive(cti.Event("moved-1", "transferred", "K1", people.leader.login_id, moment, number), at=moment)
    assert ContactLeg.objects.filter(contact=line.contact).count() == 2


def test_the_page_lists_them_with_a_demand_and_costs_the_same_for_many(people, django_assert_max_num_queries):
    case = make.case(people)
    call = contacts.start_call(
        customer_id=case.customer.pk, direction="in", at=AT, actor=people.operator, ticket_id=case.ticket.pk
    )
    make.demand(case, people.operator)
    for n in range(1, 8):
        running(people, at=AT + n * MINUTE, operator=people.operator2)
    url, leader = reverse("tickets:live_calls"), signed_in(people.leader)
    with clock.pinned(AT + 10 * MINUTE):
        with django_assert_max_num_queries(6):
            page = leader.get(url).content.decode()
        assert page.count("引き取る") == 8
        assert "上席をご要望" in page
        assert people.operator2.name in page
        assert "加わる" not in page[page.index('id="page"') :].replace("SV以上は加わることもできます", "")
        assert signed_in(people.operator).get(url).status_code == 403
        taken = signed_in(people.leader).post(reverse("tickets:take_over_call", args=[call.pk]))
        assert taken.status_code == 302
        assert case.ticket.number in taken.url
        assert leader.get(url).content.decode().count("引き取る") == 7  # not one's own
        again = signed_in(people.leader).post(reverse("tickets:take_over_call", args=[call.pk]), follow=True)
    assert "すでにこの通話に出ています" in again.content.decode()
