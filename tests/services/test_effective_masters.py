"""Masters that hold from a day on: one way of changing them all, with who, when and why, and their history on the screen (F)."""

import datetime as dt

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse

from billing.defaults import lay_figures
from billing.models import FeeCap, OptionItem, OptionPrice, ProductVersion, TaxRate
from billing.services import catalogue
from config import clock
from escalation.models import AnswerClock, AuthorityLimit
from escalation.services import roster
from tests.factories import escalation as make
from tests.factories.cast import Cast, cast
from tickets.dates import jst
from tickets.errors import NotAllowed, Refused
from tickets.models import Staff

pytestmark = pytest.mark.django_db
WHEN = jst(2026, 1, 26, 12)
TODAY, LATER = WHEN.date(), dt.date(2026, 3, 1)
DATED = {"from_on": LATER, "why": "料金改定", "at": WHEN}


@pytest.fixture
def staff() -> Cast:
    make.masters()
    lay_figures()
    return cast()


def signed_in(person: Staff) -> Client:
    client = Client()
    client.force_login(person, backend="config.accounts.StaffBackend")
    return client


def add_option(staff: Cast, **values: object) -> OptionItem:
    facts = {
        "code": "voice",
        "name_ja": "留守番電話",
        "name_en": "Voicemail",
        "line_kind": "phone",
        "monthly_fee_yen": 300,
    }
    return catalogue.add_option(**{**DATED, "from_on": TODAY, **facts, **values}, actor=staff.administrator)


@pytest.mark.requirement("B3", "B6", "C1", "C11")
def test_every_one_ends_the_row_before_and_says_who_when_and_why(staff):
    option = add_option(staff)
    product = catalogue.add_product(
        code="hikari", name_ja="光", name_en="Fibre", actor=staff.administrator, at=WHEN
    )
    terms = {"legal_regime": "telecom", "proration_rule": "calendar_days", "monthly_fee_yen": 5000}
    said = {**DATED, "actor": staff.administrator}
    catalogue.add_version(product_id=product.pk, **terms, **{**said, "from_on": TODAY})
    made = [
        roster.set_clock(tier=2, minutes=15, **said),
        roster.set_limit(decision="goodwill", tier=2, allowed=True, limit_yen=2200, **said),
        catalogue.set_option_price(option_id=option.pk, monthly_fee_yen=350, **said),
        catalogue.add_version(product_id=product.pk, **terms, **said),
        catalogue.set_tax_rate(percent=12, **said),
        catalogue.set_figure(code="sweep_days", value=60, unit="days", basis="C9", mark="P", **said),
    ]
    for row in made:
        assert (row.set_by, row.set_at, row.why, row.during.lower) == (
            staff.administrator,
            WHEN,
            "料金改定",
            LATER,
        )
    before = [
        AnswerClock.objects.get(tier=2, minutes=30),
        AuthorityLimit.objects.get(decision="goodwill", tier=2, limit_yen=1100),
        OptionPrice.objects.get(monthly_fee_yen=300),
        ProductVersion.objects.get(version=1),
        TaxRate.objects.get(percent=10),
        FeeCap.objects.get(code="sweep_days", value=30),
    ]
    assert {row.during.upper for row in before} == {LATER}


def test_not_without_a_reason_not_twice_from_one_day_and_not_by_others(staff):
    option = add_option(staff)
    price = {"option_id": option.pk, "monthly_fee_yen": 350}
    with pytest.raises(Refused, match="C11"):
        catalogue.set_option_price(**price, **{**DATED, "why": " "}, actor=staff.administrator)
    with pytest.raises(Refused, match="C11"):
        catalogue.set_option_price(**price, **{**DATED, "from_on": TODAY}, actor=staff.administrator)
    with pytest.raises(NotAllowed, match="C11"):
        catalogue.set_option_price(**price, **DATED, actor=staff.manager)
    assert option.prices.get().during.upper is None


ATTEMPTS = {
    "a price without a reason": "INSERT INTO billing_optionprice (option_id, monthly_fee_yen, during, set_by_id, set_at, why) "
    "VALUES ({option}, 1, daterange('2030-01-01', '2031-01-01'), {staff}, now(), '')",
    "a rate that nobody set, with a reason": "INSERT INTO billing_taxrate (percent, during, why) "
    "VALUES (1, daterange('1950-01-01', '1951-01-01'), 'x')",
    "another author": "UPDATE billing_optionprice SET set_by_id = NULL, set_at = NULL, why = ''",
    "another reason": "UPDATE billing_optionprice SET why = 'y'",
    "a price gone": "DELETE FROM billing_optionprice",
    "a figure gone": "DELETE FROM billing_feecap",
    "a rate gone": "DELETE FROM billing_taxrate",
    "a price that held earlier": "UPDATE billing_optionprice SET during = daterange('2020-01-01', NULL)",
    "an ended rate that holds on": "UPDATE billing_taxrate SET during = daterange(lower(during), '2019-12-01') WHERE percent = 8",
    "another construction fee": "UPDATE billing_productversion SET construction_fee_yen = 1",
}


@pytest.mark.requirement("C11")
@pytest.mark.parametrize("sql", ATTEMPTS.values(), ids=ATTEMPTS)
def test_the_database_keeps_the_history(staff, sql):
    option = add_option(staff)
    product = catalogue.add_product(
        code="hikari", name_ja="光", name_en="Fibre", actor=staff.administrator, at=WHEN
    )
    catalogue.add_version(
        product_id=product.pk, legal_regime="telecom", proration_rule="calendar_days", monthly_fee_yen=1, **DATED,
        actor=staff.administrator,
    )  # fmt: skip
    with (
        pytest.raises(IntegrityError, match=r"(?i)c1{1,2}[_:]"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql.format(option=option.pk, staff=staff.administrator.pk))


@pytest.mark.requirement("B3", "B6")
def test_the_screens_show_the_history_and_ask_why(staff, django_assert_max_num_queries):
    client = signed_in(staff.administrator)
    change = reverse("escalation:set_limit")
    data = {"decision": "goodwill", "tier": 2, "allowed": "on", "limit_yen": 2200, "from_on": "2026-02-01"}
    with clock.pinned(WHEN):
        assert client.post(change, data).status_code == 422
        assert client.post(change, {**data, "why": "少額を早く"}).status_code == 302
        past = client.post(change, {**data, "tier": 3, "from_on": "2026-01-01", "why": "昨日から"})
        assert "設定した日以降" in past.content.decode()
        takes = {"decision": "verdict_takes", "tier": 3, "allowed": "on", "limit_yen": 5500}
        takes |= {"from_on": "2026-02-01", "why": "上限を設ける"}
        assert client.post(change, takes).status_code == 422  # taking is never for one person alone
        assert client.post(change, {**takes, "always_two": "on"}).status_code == 302
        clocked = {"tier": 3, "minutes": 45, "from_on": "2026-02-01", "why": "SVの回答を早く"}
        assert client.post(reverse("escalation:set_clock"), {**clocked, "why": ""}).status_code == 422
        assert client.post(reverse("escalation:set_clock"), clocked).status_code == 302
        with django_assert_max_num_queries(12):
            limits = client.get(reverse("escalation:limits")).content.decode()
        history = client.get(reverse("escalation:limit_history", args=["goodwill", 2])).content.decode()
        began = client.get(f"{change}?decision=goodwill&tier=2").content.decode()
    for words in ("少額を早く", "SVの回答を早く", staff.administrator.name, "2026年2月1日"):
        assert words in limits
    assert "¥2,200" in history
    assert "¥1,100" in history  # what held before
    assert "2026年1月31日" in history
    assert 'value="1100"' in began  # a change starts from what stands
    begins = client.get(f"{change}?decision=verdict_takes&tier=4").content.decode()
    assert begins.count("checked") == 2  # allowed, and always two
    assert client.get(reverse("escalation:limit_history", args=["nothing", 2])).status_code == 404


@pytest.mark.requirement("C11")
def test_the_catalogue_and_a_document_say_who_set_them_and_why(staff):
    client, option = signed_in(staff.administrator), add_option(staff)
    with clock.pinned(WHEN):
        price = {"monthly_fee_yen": 350, "from_on": "2026-03-01"}
        assert client.post(reverse("billing:new_price", args=[option.pk]), price).status_code == 422
        client.post(reverse("billing:new_price", args=[option.pk]), {**price, "why": "仕入れ値の改定"})
        page = client.get(reverse("billing:catalogue")).content.decode()
        document = catalogue.add_document(
            code="terms", kind="terms", title="約款", body="本文", effective_on=LATER, why="法改正", actor=staff.administrator,
            at=WHEN,
        )  # fmt: skip
        shown = client.get(reverse("billing:document", args=[document.pk])).content.decode()
    assert "仕入れ値の改定" in page
    assert "留守番電話" in page
    assert "法改正" in shown
    assert staff.administrator.name in shown
