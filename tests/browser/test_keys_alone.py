"""What an operator does most, without the mouse: a key opens the form, the next one is written, Ctrl+Enter sends it.

And what they meet when a rule says no: why, and every word they wrote.
"""

import datetime as dt

import pytest
from playwright.sync_api import expect

from escalation.models import Demand
from tests.browser.conftest import at_a_field
from tests.factories import cancellation as leaving
from tests.factories import escalation as upward
from tests.factories import tickets as make
from tickets.dates import jst
from tickets.models import Promise, Ticket
from tickets.services import tickets

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
NINE = jst(2026, 1, 31, 9, 5)


@pytest.fixture
def case(people, clock_at):
    clock_at(NINE)
    upward.period(people, begins=NINE, ends=NINE + dt.timedelta(days=3))
    made = make.ticket(customer=make.customer(), desk=people.desk, actor=people.operator, at=NINE)
    return tickets.start(ticket_id=made.pk, at=NINE, actor=people.operator)


@pytest.mark.requirement("B1", "B5")
def test_a_superior_is_demanded_in_two_presses(windows, people, case):
    page = windows(people.operator, f"/tickets/{case.number}/")
    page.keyboard.press("s")
    page.wait_for_url("**/demand/")
    at_a_field(page).press("Control+Enter")
    page.wait_for_url("**/escalation/demands/*/")
    demand = Demand.objects.get()
    aloud = page.locator(".read-aloud")
    for said in (demand.holder.name, "リーダー", "までに"):
        expect(aloud).to_contain_text(said)


@pytest.mark.requirement("A10")
def test_a_callback_is_promised_with_the_number_and_the_day_there_already(windows, people, case):
    page = windows(people.operator, f"/tickets/{case.number}/")
    page.keyboard.press("b")
    page.wait_for_url("**/callback/")
    at_a_field(page)
    assert page.evaluate("document.activeElement.name") == "purpose"
    page.keyboard.type("立会日のご報告")
    page.locator("[name=window_from_1]").fill("14:00")
    page.locator("[name=window_until_1]").fill("16:00")
    page.keyboard.press("Control+Enter")
    page.wait_for_url(f"**/tickets/{case.number}/")
    owed = Promise.objects.get(kind="callback")
    assert (owed.number, owed.window_from, owed.window_until) == (
        "+819012345678", jst(2026, 1, 31, 14), jst(2026, 1, 31, 16),
    )  # fmt: skip


@pytest.mark.requirement("A13")
def test_what_is_owed_stands_against_resolving_and_no_word_is_lost(windows, people, case):
    make.promise(ticket=case, kind="callback", what="立会日のご報告", at=NINE)
    page = windows(people.operator, f"/tickets/{case.number}/")
    page.keyboard.press("r")
    page.wait_for_url("**/resolve/")
    at_a_field(page).type("ご案内しました")
    page.keyboard.press("Control+Enter")
    refusal = page.locator("#form-errors")
    expect(refusal).to_contain_text("折り返し")
    expect(refusal).to_contain_text("入力内容はそのまま残っています")
    expect(refusal).not_to_contain_text("印のある項目")
    expect(refusal).to_be_focused()
    assert page.locator("main [name=resolution]").input_value() == "ご案内しました"
    assert Ticket.objects.get(pk=case.pk).status == "in_progress"


@pytest.mark.requirement("D2", "D4")
def test_a_removal_before_the_last_day_is_refused_beside_the_last_minute(windows, clock_at):
    """Nobody takes the circuit out of a line that is still to work."""
    clock_at(leaving.CALLED_AT)
    desk = leaving.desk_of_a_household()
    order = leaving.leaving(desk.home)
    page = windows(desk.home.operator, f"/billing/cancellations/{order.pk}/visit/")
    typed = {
        "starts_at_0": "2026-01-30", "starts_at_1": "10:00", "ends_at_0": "2026-01-30", "ends_at_1": "12:00",
    }  # fmt: skip
    for name, value in typed.items():
        page.locator(f"main [name={name}]").fill(value)
    page.keyboard.press("Control+Enter")
    expect(page.locator("#form-errors")).to_contain_text("全サービスの停止後")
    expect(page.locator("#banners")).to_contain_text("2026年1月31日(土) 24:00")
    assert {name: page.locator(f"main [name={name}]").input_value() for name in typed} == typed
    assert not order.visits.exists()
