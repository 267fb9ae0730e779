"""The one page that customers open themselves: axe in both themes and languages, by keyboard, at 200 %, without script."""

import datetime as dt

import pytest
from playwright.sync_api import expect

from config import clock
from tests.factories import tickets as make
from tests.factories import words as said
from tests.factories.post import link_in, relay_at
from tickets.dates import jst
from tickets.models import Customer, Survey
from tickets.services import endings, surveys, tickets

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.requirement("E1")]
NOON = jst(2026, 2, 2, 12, 0)
WIDER = "document.documentElement.scrollWidth > innerWidth"


@pytest.fixture
def link(people, clock_at, monkeypatch):
    """The path of a survey that has just arrived."""
    clock_at(NOON)
    said.letter_texts()
    case = make.ticket(
        customer=make.customer(email="akari@example.jp"), desk=people.desk, actor=people.operator, at=NOON
    )
    tickets.start(ticket_id=case.pk, at=NOON, actor=people.operator)
    endings.resolve(ticket_id=case.pk, resolution="ご説明しました", at=NOON, actor=people.operator)
    now = clock_at(NOON + dt.timedelta(days=15))
    surveys.send_due_surveys(clock.now())
    now.advance(dt.timedelta(minutes=1))
    (mail,) = relay_at(clock.now(), monkeypatch)
    return f"/survey/{link_in(mail)}/"


def test_axe_finds_nothing_on_the_customers_page_in_any_state(windows, link, eyes):
    page = windows(None, link)
    found = {"asked": eyes(page) + eyes.in_the_dark(page)}
    page.get_by_role("button", name="English").click()
    found["in English"] = eyes(page)
    page.get_by_role("button", name="日本語").click()
    page.get_by_role("button", name="回答を送る").click()
    found["nothing chosen"] = eyes(page) + eyes.in_the_dark(page)
    page.locator("[name=score][value='4']").check()
    page.get_by_role("button", name="回答を送る").click()
    expect(page.locator("main")).to_contain_text("回答を受け取りました")
    found["answered"] = eyes(page) + eyes.in_the_dark(page)
    page.goto(windows.url + link)
    found["used up"] = eyes(page) + eyes.in_the_dark(page)
    assert {state: what for state, what in found.items() if what} == {}


def test_it_is_answered_by_keyboard_alone_at_200_percent(windows, link):
    page = windows(None, link, viewport={"width": 683, "height": 384})
    assert not page.evaluate(WIDER)
    field = "document.activeElement.name"
    for _ in range(12):
        page.keyboard.press("Tab")
        if page.evaluate(field) == "score":
            break
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    assert page.evaluate(field) == "comment"
    page.keyboard.type("待たされた")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_contain_text("回答を受け取りました")
    assert (Survey.objects.get().score, Survey.objects.get().comment) == (4, "待たされた")


def test_it_works_without_script(windows, link):
    page = windows(None, link, java_script_enabled=False)
    page.locator("[name=score][value='2']").check()
    page.get_by_role("button", name="回答を送る").click()
    expect(page.locator("main")).to_contain_text("回答を受け取りました")
    assert Survey.objects.get().call.kind == "survey_call"


def test_it_opens_in_the_language_of_the_mail_until_another_is_chosen(windows, link):
    Customer.objects.update(language="en")
    page = windows(None, link)
    expect(page.locator("main h1")).to_have_text("How did we do?")
    page.get_by_role("button", name="日本語").click()
    expect(page.locator("main h1")).not_to_have_text("How did we do?")
