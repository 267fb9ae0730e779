"""The ten seconds of an undo, as the person at the window has them: the button, the key z, and when they are over."""

import datetime as dt

import pytest
from playwright.sync_api import expect

from config import clock
from tests.factories import tickets as make
from tests.factories.post import relay_at
from tickets.models import OutboxMessage, Ticket
from tickets.services import endings, tickets

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def now(clock_at):
    """The desk's clock, held."""
    return clock_at(make.WHEN)


@pytest.fixture
def case(people, now):
    """Resolved; its customer has a mail address."""
    at = clock.now()
    customer = make.customer(email="akari@example.jp")
    made = make.ticket(customer=customer, desk=people.desk, actor=people.operator, at=at)
    tickets.start(ticket_id=made.pk, at=at, actor=people.operator)
    return endings.resolve(ticket_id=made.pk, resolution="ご説明しました", at=at, actor=people.operator)


def announce_closing(windows, people, case):
    """The operator sends the notice and is back on the case, with the toast."""
    page = windows(people.operator, f"/tickets/{case.number}/closing-notice/")
    page.locator("main [name=subject]").fill("お手続きの完了")
    page.locator("main [name=body]").fill("お手続きは完了しました。")
    page.locator("main form.form .form-actions button").first.click()
    page.wait_for_url(f"**/tickets/{case.number}/")
    expect(page.locator(".toast")).to_contain_text("10秒後に")
    return page


def test_a_mail_is_taken_back_by_one_key(windows, people, case):
    page = announce_closing(windows, people, case)
    page.keyboard.press("z")
    expect(page.locator(".toast")).to_contain_text("取り消しました")
    assert OutboxMessage.objects.get().status == "withdrawn"
    assert page.url.endswith(f"/tickets/{case.number}/")


def test_what_has_left_is_said_to_have_left(windows, people, case, now, monkeypatch):
    page = announce_closing(windows, people, case)
    now.advance(dt.timedelta(seconds=11))
    assert [mail.subject for mail in relay_at(clock.now(), monkeypatch)] == ["お手続きの完了"]
    page.get_by_role("button", name="元に戻す").click()
    expect(page.locator(".toast")).to_contain_text("すでに送信")
    assert OutboxMessage.objects.get().status == "sent"


def test_the_button_leaves_after_ten_seconds_but_not_under_a_hand(windows, people, case):
    page = windows(people.operator)
    page.clock.install(time=clock.now())
    # From here on only the test moves the page's time.
    page.clock.pause_at(clock.now() + dt.timedelta(seconds=1))
    page.goto(f"{windows.url}/tickets/{case.number}/closing-notice/")
    page.locator("main [name=subject]").fill("お手続きの完了")
    page.locator("main [name=body]").fill("お手続きは完了しました。")
    page.locator("main form.form .form-actions button").first.click()
    button = page.locator(".toast").get_by_role("button", name="元に戻す")
    button.focus()
    page.clock.run_for(30_000)
    expect(button).to_be_visible()
    button.blur()
    page.clock.run_for(9_000)
    expect(button).to_be_visible()
    page.clock.run_for(2_000)
    expect(page.locator(".toast")).to_have_count(0)


def test_many_cases_given_on_go_back_by_one_key(windows, people):
    customer = make.customer()
    given = [
        make.ticket(customer=customer, desk=people.desk, subject=subject, at=clock.now())
        for subject in ("一件目", "二件目")
    ]
    page = windows(people.sv, "/supervisor/unassigned/")
    for one in given:
        page.locator(f"[name=ticket][value='{one.pk}']").check()
    page.locator("[data-key=a]").click()
    page.locator("main [name=assignee]").select_option(str(people.operator2.pk))
    page.get_by_role("button", name="変更内容を見る").click()
    expect(page.locator("main table")).to_contain_text(people.operator2.name)
    page.locator("main [name=go]").click()
    expect(page.locator(".toast")).to_contain_text("2件")
    assert set(Ticket.objects.values_list("assignee", flat=True)) == {people.operator2.pk}
    page.keyboard.press("z")
    expect(page.locator(".toast")).to_contain_text("戻しました")
    assert set(Ticket.objects.values_list("assignee", flat=True)) == {None}
