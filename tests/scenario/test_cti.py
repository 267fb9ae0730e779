"""Telephony: each event once, in any order, from ring to wrap-up (F, A1, A2, A4)."""

import datetime as dt
import json

import pytest
from django.conf import settings
from django.urls import reverse

from config import clock, signing
from tests.factories import tickets as make
from tests.factories.cast import cast
from tickets.errors import Refused
from tickets.models import Contact, PhoneCall, TelephonyEvent, Ticket, TimelineEntry
from tickets.queries import calls
from tickets.services import contacts, cti, enquiries, transfers

pytestmark = pytest.mark.django_db
AT = make.WHEN
S = dt.timedelta(seconds=1)


@pytest.fixture
def people():
    return cast()


@pytest.fixture
def caller(people):
    return make.customer()


def tell(people, kind, *, after=0, call="K1", number="090-1234-5678", who="operator", key=""):
    moment = AT + after * S
    event = cti.Event(
        key or f"{call}-{kind}-{after}", kind, call, getattr(people, who).login_id, moment, number
    )
    return cti.receive(event, at=moment)


def line(people, who="operator"):
    return calls.line_of(getattr(people, who))


@pytest.mark.requirement("A2")
def test_from_ring_to_wrap_up(people, caller):
    tell(people, "ringing")
    assert (line(people).status, line(people).customer) == ("ringing", caller)
    assert not Contact.objects.exists()
    tell(people, "answered", after=5)
    tell(people, "held", after=60)
    assert line(people).status == "on_hold"
    tell(people, "resumed", after=200)
    tell(people, "hung_up", after=300)
    assert line(people).status == "after_call"
    contact = Contact.objects.get()
    contacts.end_call(contact_id=contact.pk, result="answered", at=AT + 345 * S, actor=people.operator)
    contact.refresh_from_db()
    assert (contact.started_at, contact.ended_at) == (AT + 5 * S, AT + 300 * S)
    assert contact.after_call_seconds == 45
    assert contact.legs.get().hold_seconds == 140
    assert line(people) is None


def test_a_repeated_event_changes_nothing(people, caller):
    assert tell(people, "ringing", key="E1")
    assert not tell(people, "ringing", key="E1")
    assert tell(people, "answered", after=5, key="E2")
    assert not tell(people, "answered", after=6, key="E2")
    assert TelephonyEvent.objects.count() == 2
    assert Contact.objects.count() == 1


def test_events_may_come_in_any_order(people, caller):
    tell(people, "answered", after=5)
    tell(people, "ringing", after=6)
    tell(people, "hung_up", after=60)
    tell(people, "held", after=70)
    assert line(people).status == "after_call"


@pytest.mark.requirement("A1")
def test_a_call_nobody_answered_is_on_the_timeline(people, caller):
    tell(people, "ringing")
    tell(people, "hung_up", after=30)
    assert Contact.objects.get().result == "abandoned"
    assert TimelineEntry.objects.filter(customer=caller, kind="contact.abandoned").exists()
    assert line(people) is None


def test_several_customers_on_one_number_are_chosen_from(people, caller):
    other = make.customer(name="山田 蛍", kana="ヤマダ ホタル")
    tell(people, "ringing")
    tell(people, "answered", after=5)
    found = line(people)
    assert found.needs_a_name
    assert calls.callers(found.phone_call) == [caller, other]
    cti.choose_caller(
        call_id=found.phone_call.pk, customer_id=other.pk, at=AT + 20 * S, actor=people.operator
    )
    assert Contact.objects.get().customer == other
    assert Contact.objects.get().started_at == AT + 5 * S


def test_unknown_and_withheld_numbers_have_their_own_path(people, caller):
    for call, number in (("K1", ""), ("K2", "anonymous"), ("K3", "03-9999-0000")):
        tell(people, "ringing", call=call, number=number)
        tell(people, "answered", after=1, call=call, number=number)
        assert line(people).needs_a_name
        tell(people, "hung_up", after=9, call=call)
        found = PhoneCall.objects.get(call_ref=call)
        cti.put_away(call_id=found.pk, at=AT + 20 * S, actor=people.operator)
    assert line(people) is None
    assert not Contact.objects.exists()


def test_an_unknown_caller_is_registered_with_their_number(people):
    tell(people, "ringing", number="03-9999-0000")
    tell(people, "answered", after=5, number="03-9999-0000")
    call = PhoneCall.objects.get()
    for _ in range(2):
        cti.register_caller(
            call_id=call.pk, name="川上 渉", name_kana="カワカミ ワタル", at=AT, actor=people.operator
        )
    assert Contact.objects.get().customer.phones.get().e164 == "+81399990000"


@pytest.mark.requirement("A1")
def test_a_partner_sees_whose_number_is_ringing_and_nobody_else(people, caller):
    stranger = make.customer(name="堀内 渚", kana="ホリウチ ナギサ", phone="+819087654321")
    tell(people, "ringing", who="partner_operator")
    call = PhoneCall.objects.get()
    assert calls.callers(call) == [caller]
    with pytest.raises(Refused):
        cti.choose_caller(call_id=call.pk, customer_id=stranger.pk, at=AT, actor=people.partner_operator)
    tell(people, "answered", after=5, who="partner_operator")
    assert Contact.objects.get().customer == caller


def test_a_partner_opens_a_ticket_for_the_caller_and_then_sees_the_case(client, people, caller):
    tell(people, "ringing", who="partner_operator")
    tell(people, "answered", after=5, who="partner_operator")
    client.force_login(people.partner_operator, backend="config.accounts.StaffBackend")
    page = client.get(reverse("tickets:call"))
    assert caller.name in page.content.decode()
    with clock.pinned(AT + 30 * S):
        answer = client.post(
            reverse("tickets:call_ticket", args=[PhoneCall.objects.get().pk]),
            {"kind": "billing", "subject": "請求額の確認", "priority": "3", "desk": people.partner_desk.pk},
        )
    assert answer.status_code == 302, answer.context["form"].errors
    assert client.get(answer.url).status_code == 200
    assert Contact.objects.get().ticket == Ticket.objects.get()


@pytest.mark.requirement("A3")
def test_a_transfer_by_telephone_accepts_the_hand_over(people, caller):
    tell(people, "ringing")
    tell(people, "answered", after=5)
    case = make.ticket(customer=caller, desk=people.desk, actor=people.operator)
    contact = Contact.objects.get()
    offered = transfers.offer_transfer(
        ticket_id=case.pk, to_desk_id=people.technical_desk.pk, context="線が切れた", contact_id=contact.pk,
        at=AT + 60 * S, actor=people.operator,
    )  # fmt: skip
    tell(people, "transferred", after=90, who="technical")
    offered = type(offered).objects.get()
    assert (offered.status, offered.accepted_by) == ("accepted", people.technical)
    assert line(people) is None or line(people).phone_call is None
    assert line(people, "technical").status == "talking"
    assert [leg.staff for leg in contact.legs.order_by("seq")] == [people.operator, people.technical]


def test_nobody_else_handles_the_call(people, caller):
    tell(people, "ringing")
    with pytest.raises(Refused):
        cti.choose_caller(
            call_id=PhoneCall.objects.get().pk, customer_id=caller.pk, at=AT, actor=people.operator2
        )


@pytest.mark.requirement("A13")
def test_a_plain_enquiry_is_closed_in_one_step_and_taken_back_within_seconds(people, caller):
    tell(people, "ringing")
    tell(people, "answered", after=5)
    case = enquiries.close_enquiry(
        customer_id=caller.pk, contact_id=Contact.objects.get().pk, kind="enquiry", subject="支払日",
        summary="引き落とし日は26日と案内", at=AT + 90 * S, actor=people.operator,
    )  # fmt: skip
    contact = Contact.objects.get()
    assert (case.status, case.closing_basis, contact.ticket, contact.result) == (
        "closed",
        "confirmed",
        case,
        "answered",
    )
    back = enquiries.undo_close(ticket_id=case.pk, at=AT + 99 * S, actor=people.operator)
    assert back.status == "in_progress"
    with pytest.raises(Refused):
        enquiries.undo_close(ticket_id=case.pk, at=AT + 100 * S, actor=people.operator)


def post(client, body, *, key="E1", secret=None, at=None):
    raw = json.dumps(body).encode()
    heads = signing.headers(secret=secret or settings.CTI_SECRET, key=key, body=raw, at=at or clock.now())
    kind = heads.pop("Content-Type")
    return client.post(reverse("tickets:cti_events"), raw, content_type=kind, headers=heads)


def test_the_address_takes_signed_events_only(client, people, caller, settings):
    body = {"event": "ringing", "call": "K1", "operator": "operator", "number": "09012345678"}
    assert (
        client.post(reverse("tickets:cti_events"), body, content_type="application/json").status_code == 400
    )
    assert post(client, body, secret="guessed").status_code == 401
    assert post(client, body, at=clock.now() - dt.timedelta(minutes=6)).status_code == 401
    assert post(client, body).json() == {"result": "taken"}
    assert post(client, body).json() == {"result": "repeated"}
    assert post(client, body | {"event": "exploded"}, key="E2").status_code == 422
    assert post(client, body | {"operator": "nobody"}, key="E3").status_code == 422
    assert post(client, {"event": "ringing"}, key="E4").status_code == 422
    assert post(client, body | {"at": "2026-01-01T00:00:00"}, key="E5").status_code == 422
    settings.CTI_SECRET = ""
    assert post(client, body, key="E6", secret="x").status_code == 401
