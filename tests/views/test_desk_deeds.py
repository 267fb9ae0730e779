"""Palette, bulk reassignment with its undo, mails and closings taken back, the card of a call, query budgets."""

import datetime as dt
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from config import clock
from tests.factories import tickets as make
from tests.factories.cast import cast
from tickets.models import OutboxMessage, Ticket
from tickets.services import contacts, cti, endings, tickets

pytestmark = pytest.mark.django_db
AT = make.WHEN
S = dt.timedelta(seconds=1)


@pytest.fixture
def people():
    return cast()


@pytest.fixture
def case(people):
    return make.ticket(
        customer=make.customer(email="akari@example.jp"), desk=people.desk, actor=people.operator
    )


@pytest.fixture
def signed_in(client):
    def sign(staff):
        client.force_login(staff, backend="config.accounts.StaffBackend")
        return client

    return sign


@pytest.fixture
def hand():
    with clock.pinned(AT) as hand:
        yield hand


def undo_of(answer):
    """The address behind the toast's undo button."""
    found = re.search(r'action="([^"]*undo[^"]*)"', answer.content.decode())
    return found[1] if found else ""


def test_palette_finds_customers_and_cases_one_may_see(signed_in, people, case):
    client, url = signed_in(people.operator), reverse("tickets:palette")
    assert case.customer.name in client.get(url, {"q": "やまだ"}).content.decode()
    assert case.subject in client.get(url, {"q": case.number.lower()}).content.decode()
    assert "Nobody" not in client.get(url, {"q": ""}).content.decode()
    body = signed_in(people.partner_operator).get(url, {"q": case.number}).content.decode()
    assert case.subject not in body


def test_many_cases_are_given_on_with_a_preview_and_a_result_a_row(signed_in, people, hand):
    customer = make.customer()
    here = make.ticket(customer=customer, desk=people.desk, subject="一件目")
    elsewhere = make.ticket(customer=customer, desk=people.technical_desk, subject="二件目")
    client, url = signed_in(people.sv), reverse("tickets:reassign")
    chosen = {"ticket": [here.pk, elsewhere.pk]}
    preview = client.post(url, chosen | {"assignee": people.operator2.pk})
    assert people.operator2.name in preview.content.decode()
    assert Ticket.objects.filter(assignee__isnull=True).count() == 2
    done = client.post(url, chosen | {"assignee": people.operator2.pk, "go": "1"})
    assert [bool(row.refusal) for row in done.context["rows"]] == [False, True]
    assert Ticket.objects.get(pk=here.pk).assignee == people.operator2
    client.post(undo_of(done))
    assert Ticket.objects.get(pk=here.pk).assignee is None


def test_what_somebody_gave_on_meanwhile_stays_where_it_is(signed_in, people, case, hand):
    client, url = signed_in(people.sv), reverse("tickets:reassign")
    done = client.post(url, {"ticket": [case.pk], "assignee": people.operator2.pk, "go": "1"})
    tickets.assign(ticket_id=case.pk, assignee_id=people.operator.pk, at=AT, actor=people.operator)
    client.post(undo_of(done))
    assert Ticket.objects.get(pk=case.pk).assignee == people.operator


def test_an_undo_after_its_time_changes_nothing(signed_in, people, case, hand):
    answer = signed_in(people.sv).post(reverse("tickets:reassign_undo", args=["forged"]), follow=True)
    assert answer.status_code == 200
    assert Ticket.objects.get(pk=case.pk).assignee is None


def test_a_mail_is_taken_back_before_it_leaves(signed_in, people, case, hand):
    tickets.start(ticket_id=case.pk, at=AT, actor=people.operator)
    endings.resolve(ticket_id=case.pk, resolution="案内済み", at=AT, actor=people.operator)
    client = signed_in(people.operator)
    url = reverse("tickets:closing_notice", args=[case.number])
    answer = client.post(url, {"subject": "お手続きの完了", "body": "完了しました。"}, follow=True)
    client.post(undo_of(answer))
    assert OutboxMessage.objects.get().status == "withdrawn"
    late = client.post(undo_of(answer), follow=True)
    assert [str(one.level_tag) for one in late.context["messages"]][-1] == "warning"
    assert OutboxMessage.objects.get().status == "withdrawn"


def test_a_closing_is_taken_back_within_seconds_and_not_later(signed_in, people, case, hand):
    client = signed_in(people.operator)
    answer = client.post(
        reverse("tickets:enquiry", args=[case.customer.number]),
        {"subject": "支払日", "summary": "26日と案内", "kind": "enquiry"},
        follow=True,
    )
    closed = Ticket.objects.exclude(pk=case.pk).get()
    assert closed.status == "closed"
    back = undo_of(answer)
    assert back
    hand.advance(9 * S)
    client.post(back)
    assert Ticket.objects.get(pk=closed.pk).status == "in_progress"


def test_the_card_of_a_ringing_call_says_what_is_owed(signed_in, people, case, hand):
    make.promise(ticket=case, kind="callback", what="解約日の確認", at=AT)
    event = cti.Event("E1", "ringing", "K1", people.operator.login_id, AT, "09012345678")
    cti.receive(event, at=AT)
    client = signed_in(people.operator)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        body = client.get(reverse("tickets:call_state")).content.decode()
    assert "解約日の確認" in body
    assert case.subject in body
    assert len(asked) <= 22, [query["sql"][:90] for query in asked]
    assert client.get(reverse("tickets:call")).url == case.customer.get_absolute_url()


def test_nothing_on_the_line_costs_next_to_nothing(signed_in, people):
    client = signed_in(people.operator)
    with CaptureQueriesContext(connection) as asked:
        client.get(reverse("tickets:call_state"))
    assert len(asked) <= 4


def test_a_ticket_opened_during_the_call_has_the_call(signed_in, people, hand):
    customer = make.customer()
    call = contacts.start_call(customer_id=customer.pk, direction="in", at=AT, actor=people.operator)
    signed_in(people.operator).post(
        reverse("tickets:open_ticket", args=[customer.number]),
        {"kind": "enquiry", "subject": "支払日", "priority": "3", "desk": people.desk.pk},
    )
    call.refresh_from_db()
    assert call.ticket == Ticket.objects.get()


def test_a_live_element_gets_the_panes_without_the_frame(signed_in, people, case):
    client = signed_in(people.operator)
    whole = client.get(case.get_absolute_url())
    part = client.get(case.get_absolute_url(), headers={"HX-Request": "true"})
    assert "HX-Request" in whole["Vary"]
    assert "<html" in whole.content.decode()
    assert "<html" not in part.content.decode()
    assert 'id="banners"' in part.content.decode()
    assert 'id="case"' in part.content.decode()


@pytest.mark.parametrize(("name", "budget"), [("case", 45), ("customer", 30), ("queue", 6), ("home", 8)])
def test_query_budgets(signed_in, people, case, name, budget):
    for number in range(5):
        make.ticket(customer=case.customer, desk=people.desk, subject=f"案件{number}")
        make.promise(ticket=case, what=f"約束{number}")
    arguments = {"case": [case.number], "customer": [case.customer.number]}.get(name, [])
    client = signed_in(people.operator)
    with CaptureQueriesContext(connection) as asked:
        assert client.get(reverse(f"tickets:{name}", args=arguments)).status_code == 200
    assert len(asked) <= budget, len(asked)
