"""A case between its desk's queue and its customer at 1366×768, with the call in sight; by keyboard and live."""

import pytest
from playwright.sync_api import expect

from config import clock
from tests.browser.conftest import at_a_field
from tests.browser.telephone import ring
from tests.factories import tickets as make
from tickets.models import Contact
from tickets.services import contacts

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def case(people):
    return make.ticket(customer=make.customer(), desk=people.desk, actor=people.operator, at=clock.now())


def listening(page):
    page.locator("html[data-live=open]").wait_for(state="attached")


def test_queue_case_and_customer_stand_side_by_side_and_the_queue_moves(windows, people, case, stream):
    page = windows(people.operator, f"/tickets/{case.number}/")
    listening(page)
    queue = page.locator(".pane-queue")
    expect(queue.locator("[aria-current=true]")).to_have_text(case.subject)
    # In one breath: a pane that is renewed just then has no place for a moment.
    lefts, width = page.evaluate(
        """panes => {
          const boxes = panes.map(pane => document.querySelector(pane).getBoundingClientRect())
          return [boxes.map(box => box.x), boxes[1].width]
        }""",
        [".pane-queue", "#content", ".pane-customer"],
    )
    assert lefts == sorted(set(lefts))
    assert width >= 600
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")
    other = make.ticket(customer=case.customer, desk=people.desk, subject="新しい入電", at=clock.now())
    expect(queue).to_contain_text("新しい入電")
    # By keyboard: down and up the list, whatever else k means on this page, and into the case.
    for key in ("j", "j", "k", "j"):
        page.keyboard.press(key)
    assert page.evaluate("document.activeElement.textContent") == other.subject
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/tickets/{other.number}/")


def test_without_script_the_pane_leads_to_the_queue(windows, people, case):
    page = windows(people.operator, f"/tickets/{case.number}/", java_script_enabled=False)
    page.locator(".pane-queue").get_by_role("link", name="対応待ち").click()
    page.wait_for_url("**/queue/")


def test_at_200_percent_the_case_has_the_width_alone(windows, people, case):
    page = windows(people.operator, f"/tickets/{case.number}/", viewport={"width": 683, "height": 384})
    expect(page.locator(".pane-queue")).to_be_hidden()
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")


def test_the_hold_prompt_stays_in_sight_however_far_one_reads(windows, people, case, stream, live_server):
    for number in range(12):
        make.promise(ticket=case, what=f"約束{number}")
    ring(live_server.url, "ringing")
    ring(live_server.url, "answered")
    ring(live_server.url, "held")
    page = windows(people.operator, f"/tickets/{case.number}/")
    listening(page)
    page.clock.install()
    page.clock.fast_forward(130_000)
    prompt = page.locator("#call-here").get_by_text("保留が2分を超えました")
    prompt.wait_for()
    page.evaluate("document.querySelector('.timeline').scrollIntoView()")
    assert page.evaluate("document.getElementById('content').scrollTop") > 200
    expect(prompt).to_be_in_viewport(ratio=1)


def test_the_page_of_an_unknown_call_says_that_it_ended_also_while_one_types(
    windows, people, stream, live_server
):
    page = windows(people.operator, "/")
    listening(page)
    ring(live_server.url, "ringing", number="0312345678")
    ring(live_server.url, "answered", number="0312345678")
    page.goto(f"{windows.url}/call/")
    listening(page)
    at_a_field(page).type("ミズ")  # the search has it
    ring(live_server.url, "hung_up", number="0312345678")
    expect(page.locator("#call-line")).to_contain_text("後処理")
    assert page.locator("#call-who [name=q]").input_value() == "ミズ"
    page.get_by_role("button", name="記録することはない").click()
    page.wait_for_url(f"{windows.url}/")


@pytest.mark.parametrize(("attached", "label", "leads_to"), [
    (True, "他の窓口へ取り次ぐ", "**/tickets/*/transfer/"), (False, "案件を受け付ける", "**/customers/*/open/"),
])  # fmt: skip
def test_wrapping_up_leads_on_to_the_next_step(windows, people, case, attached, label, leads_to):
    call = contacts.start_call(
        customer_id=case.customer.pk, direction="in", at=clock.now(), actor=people.operator,
        ticket_id=case.pk if attached else None,
    )  # fmt: skip
    page = windows(people.operator, f"/calls/{call.pk}/end/")
    page.locator("main [name=summary]").fill("名義の件")
    page.get_by_label(label).check()
    page.keyboard.press("Control+Enter")
    page.wait_for_url(leads_to)
    assert Contact.objects.get(pk=call.pk).result == "answered"
