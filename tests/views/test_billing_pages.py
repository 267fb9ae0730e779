"""Billing's pages cost the same however much is on them; and what one may see there is what one may see."""

import datetime as dt
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from billing.models import OptionItem, OptionPrice
from billing.services.evidence import record_notice
from billing.services.faults import open_fault_review
from billing.services.waivers import request_waiver
from config import clock
from tests.factories import billing as make
from tests.factories import cancellation as leaving
from tests.factories import tickets as ground
from tests.factories.billing import DISPLAY, FORWARDING
from tickets.dates import jst
from tickets.models import CustomerPhone
from tickets.services import cti

pytestmark = pytest.mark.django_db

AT = jst(2026, 1, 24, 14, 0)
ORDERED, STARTS = dt.date(2026, 1, 5), dt.date(2026, 1, 20)
FEW, MANY = 1, 8


@pytest.fixture
def shop():
    return make.shop(years=(2026,))


@pytest.fixture
def signed_in(client: Client) -> Callable[..., Client]:
    def sign(staff) -> Client:
        client.force_login(staff, backend="config.accounts.StaffBackend")
        return client

    return sign


def queries_of(client: Client, url: str) -> int:
    """How many queries the page takes, once everything that is remembered is remembered."""
    client.get(url)
    with CaptureQueriesContext(connection) as caught:
        response = client.get(url)
        body = response.content.decode()
    assert response.status_code == 200, body[:500]
    return len(caught)


def same_for_more(client: Client, url: str, more: Callable[[], object]) -> int:
    """The count for few rows, after showing that it is the same for many."""
    few = queries_of(client, url)
    for _ in range(MANY):
        more()
    assert queries_of(client, url) == few
    return few


def disputed_charge(shop):
    """A wrong registration of another customer with its form, notice, charge and a request for a waiver."""
    customer = ground.customer(name="水野 澪", kana="ミズノ ミオ", phone=None)
    contract, _line = make.phone_contract(customer, shop.cast)
    form = make.form(shop, ticked=(DISPLAY,), ordered_on=ORDERED, at=AT, contract=contract)
    wrong = make.old_registration(
        shop,
        FORWARDING,
        ordered_on=ORDERED,
        starts_on=STARTS,
        registered_at=AT,
        contract=contract,
        evidence=form,
    )
    record_notice(
        contract_id=contract.pk, document_version_id=shop.document.pk, via="post", sent_to="東京都港区 2-2",
        at=AT, contents={"options": [FORWARDING]},
    )  # fmt: skip
    charge = make.proposed_charge(wrong, supply_on=STARTS, at=AT)
    ticket = make.case(shop, at=AT, customer=customer)
    waiver = request_waiver(
        ticket_id=ticket.pk, contract_id=contract.pk, charge_id=charge.pk, amount_yen=charge.net_yen,
        reason="申込のない転送サービス", at=AT, actor=shop.cast.operator,
    )  # fmt: skip
    return ticket, wrong, charge, waiver


@pytest.mark.requirement("C7")
def test_the_inbox_of_waivers_costs_the_same_for_many(shop, signed_in):
    disputed_charge(shop)
    client = signed_in(shop.cast.leader)
    assert same_for_more(client, reverse("billing:waivers"), lambda: disputed_charge(shop)) < 30


@pytest.mark.requirement("C7", "C2")
def test_the_inbox_shows_form_register_and_notice_with_the_difference_marked(shop, signed_in):
    _ticket, _wrong, charge, waiver = disputed_charge(shop)
    body = signed_in(shop.cast.leader).get(reverse("billing:waivers")).content.decode()
    assert waiver.reason in body
    assert "differs" in body
    assert reverse("billing:charge", args=[charge.pk]) in body
    assert "¥1,100" in body, "the leader's own limit stands beside the amount"


@pytest.mark.requirement("C7")
def test_nobody_finds_their_own_request_in_the_inbox(shop, signed_in):
    ticket, _wrong, charge, _waiver = disputed_charge(shop)
    own = request_waiver(
        ticket_id=ticket.pk, contract_id=charge.contract_id, amount_yen=300, reason="自分の五百円", at=AT,
        actor=shop.cast.leader,
    )  # fmt: skip
    assert own.reason not in signed_in(shop.cast.leader).get(reverse("billing:waivers")).content.decode()


def test_fault_reviews_cost_the_same_for_many(shop, signed_in):
    def asked():
        ticket, wrong, _charge, _waiver = disputed_charge(shop)
        open_fault_review(
            ticket_id=ticket.pk, question="登録の誤り", error_on=ORDERED, at=AT, actor=shop.cast.operator,
            registration_id=wrong.pk,
        )  # fmt: skip

    asked()
    assert same_for_more(signed_in(shop.cast.sv), reverse("billing:reviews"), asked) < 15


def more_options(shop) -> Callable[[], object]:
    """One more option with its charge on the customer's contract, each time it is called."""
    made = iter(range(100))

    def one_more() -> object:
        code = f"extra-{next(made)}"
        shop.options[code] = OptionItem.objects.create(
            code=code, name_ja=code, name_en=code, line_kind="phone"
        )
        OptionPrice.objects.create(
            option=shop.options[code], monthly_fee_yen=300, during=(dt.date(2000, 1, 1), None)
        )
        row = make.old_registration(shop, code, ordered_on=ORDERED, starts_on=STARTS, registered_at=AT)
        return make.proposed_charge(row, supply_on=STARTS, at=AT)

    return one_more


@pytest.mark.requirement("C1")
@pytest.mark.parametrize("name", ["contract", "charges", "money", "customer", "case", "catalogue"])
def test_pages_with_options_and_charges_cost_the_same_for_many(shop, signed_in, name):
    ticket = make.case(shop, at=AT)
    url = {
        "contract": reverse("billing:contract", args=[shop.contract.number]),
        "charges": reverse("billing:charges", args=[shop.contract.number]),
        "money": reverse("billing:money", args=[ticket.number]),
        "customer": shop.customer.get_absolute_url(),
        "case": ticket.get_absolute_url(),
        "catalogue": reverse("billing:catalogue"),
    }[name]
    more = more_options(shop)
    more()
    who = shop.cast.administrator if name == "catalogue" else shop.cast.operator
    assert same_for_more(signed_in(who), url, more) < 70


@pytest.mark.requirement("D1", "D5")
@pytest.mark.parametrize("name", ["cancellations", "missed_milestones", "carrier_work"])
def test_lists_of_cancellations_cost_the_same_for_many(signed_in, name):
    operator = leaving.person()

    def one_more() -> object:
        return leaving.leaving(leaving.household(operator=operator))

    one_more()
    assert same_for_more(signed_in(operator), reverse(f"billing:{name}"), one_more) < 20


@pytest.mark.requirement("D5", "D1")
def test_an_order_shows_each_line_s_end_who_set_it_and_why(signed_in):
    home = leaving.household()
    order = leaving.leaving(home, internet=dt.date(2026, 1, 31), phone=dt.date(2026, 1, 30))
    body = signed_in(home.operator).get(reverse("billing:order", args=[order.pk])).content.decode()
    for words in ("2026年1月31日(土) 24:00", "2026年1月30日(金) 24:00", home.operator.name, "引っ越し"):
        assert words in body


@pytest.mark.requirement("D5")
def test_the_end_stands_on_every_page_about_the_customer(signed_in):
    home = leaving.household()
    order = leaving.leaving(home)
    client = signed_in(home.operator)
    pages = [
        home.customer.get_absolute_url(),
        home.ticket.get_absolute_url(),
        reverse("billing:contract", args=[home.contract.number]),
        reverse("billing:order", args=[order.pk]),
        reverse("billing:change_last_day", args=[order.pk, home.phone.pk]),
        reverse("billing:money", args=[home.ticket.number]),
    ]
    for url in pages:
        assert 'class="ending"' in client.get(url).content.decode(), url


@pytest.mark.requirement("D1", "D2", "D6")
def test_the_planner_shows_every_date_before_anything_is_written(signed_in):
    home = leaving.household()
    client = signed_in(home.operator)
    url = reverse("billing:plan_cancellation", args=[home.contract.number])
    said = {
        f"last_day_{home.internet.pk}": "2099-01-31",
        f"why_{home.internet.pk}": "引っ越し",
        "words": "31日まで使いたい",
        "channel": "phone",
    }
    shown = client.post(url, {**said, "preview": "1"})
    assert shown.status_code == 200
    assert "2099年1月31日" in shown.content.decode()
    assert not home.contract.cancellation_orders.exists()
    kept = client.post(url, {**said, "words": "", "record": "1"})
    assert kept.status_code == 422
    assert "引っ越し" in kept.content.decode(), "what was typed stays"
    taken = client.post(url, {**said, "record": "1"})
    assert taken.status_code == 302, taken.context["form"].errors
    order = home.contract.cancellation_orders.get()
    assert taken.url == reverse("billing:explain", args=[order.pk])
    assert [line.line_id for line in order.lines.all()] == [home.internet.pk]


@pytest.mark.requirement("D6", "D8")
def test_explained_and_accepted_in_one_step(signed_in, clock_at):
    home = leaving.household()
    order = leaving.drafted(home)
    client = signed_in(home.operator)
    url = reverse("billing:explain", args=[order.pk])
    with_defaults = {
        "document_version": home.document.pk,
        "how": "voice",
        "accept": "on",
        "contact": home.call.pk,
    }
    for line in order.lines.all():
        for name, value in {"last_month": 5720, "penalty": 0, "residual": 0, "removal": 0}.items():
            with_defaults[f"{name}_{line.pk}"] = value
        with_defaults |= {f"visit_{line.pk}": "立会い", f"device_{line.pk}": "返却"}
        if line.line_id == home.phone.pk:
            with_defaults[f"number_{line.pk}"] = "ported"
    clock_at(leaving.CALLED_AT)
    answer = client.post(url, with_defaults)
    assert answer.status_code == 302, answer.content.decode()[-3000:]
    assert leaving.again(order).status == "acknowledged"
    assert order.explanations.count() == 2


@pytest.mark.requirement("D2")
def test_an_earlier_day_asks_for_the_customers_own_words(signed_in, clock_at):
    home = leaving.household()
    order = leaving.leaving(home)
    client = signed_in(home.operator)
    clock_at(leaving.CALLED_AT)
    url = reverse("billing:change_last_day", args=[order.pk, home.internet.pk])
    refused = client.post(url, {"last_day": "2026-01-30", "why": "早く引っ越す"})
    assert refused.status_code == 422
    given = {"words": "30日で止めて構いません", "recording_ref": "rec-9", "contact": home.call.pk}
    assert client.post(url, {"last_day": "2026-01-30", "why": "早く引っ越す", **given}).status_code == 302
    assert order.lines.get(line=home.internet).last_day == dt.date(2026, 1, 30)


@pytest.mark.requirement("A1", "D5")
def test_the_card_of_a_ringing_call_names_the_contract_and_each_lines_last_minute(client):
    """Who answers knows it before the first word."""
    home = leaving.household()
    leaving.leaving(home)
    number = CustomerPhone.objects.filter(customer=home.customer).values_list("e164", flat=True).get()
    with clock.pinned(AT):
        cti.receive(cti.Event("E1", "ringing", "K1", home.operator.login_id, AT, number), at=AT)
        client.force_login(home.operator, backend="config.accounts.StaffBackend")
        card = client.get(reverse("tickets:call_state")).content.decode()
    assert home.contract.number in card
    assert str(home.contract.product_version.product) in card
    assert card.count("2026年1月31日(土) 24:00") >= 2
