"""Billing's screens as people meet them: a cancellation without mouse and without script."""

import datetime as dt
from typing import Any

import pytest
from django.urls import reverse

from billing.defaults import lay_figures
from billing.models import CancellationOrder
from tests.factories import cancellation as leaving
from tickets.dates import jst

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]

AT = jst(2026, 1, 24, 14, 0)
ORDERED, STARTS = dt.date(2026, 1, 5), dt.date(2026, 1, 20)


def url(name: str, *args: Any) -> str:
    return reverse(f"billing:{name}", args=args)


@pytest.mark.requirement("D1", "D2", "D6")
def test_a_cancellation_from_the_case_to_accepted_without_script(windows, clock_at):
    """Planner, dates, explanation, acceptance: links and forms alone, and what was typed stays."""
    clock_at(leaving.CALLED_AT)
    lay_figures()
    home = leaving.household()
    page = windows(home.operator, home.ticket.get_absolute_url(), java_script_enabled=False)
    page.get_by_role("link", name="解約", exact=False).locator("visible=true").filter(
        has_text="k"
    ).first.click()
    page.locator(f"[name=last_day_{home.internet.pk}]").fill("2026-01-31")
    page.locator(f"[name=why_{home.internet.pk}]").fill("引っ越し")
    page.locator("button[name=preview]").click()
    assert "2026年1月31日(土) 24:00" not in page.locator("main .table").all_text_contents(), (
        "no words yet: refused"
    )
    page.locator("[name=words]").fill("31日まで使いたい")
    page.locator("button[name=preview]").click()
    assert "2026年1月31日(土) 24:00" in page.locator("main").inner_text()
    assert not CancellationOrder.objects.exists()
    page.locator("button[name=record]").click()
    order = CancellationOrder.objects.get()
    page.locator("main button.button-primary").click()
    assert page.url.endswith(url("order", order.pk)), page.locator(".field-error, .notice").all_inner_texts()
    assert leaving.again(order).status == "acknowledged"
    assert page.locator(".milestones li").count() >= 12
    assert page.locator(".ending").count() == 1


def test_the_keys_of_the_case_lead_to_the_planner(windows, clock_at):
    clock_at(leaving.CALLED_AT)
    home = leaving.household()
    page = windows(home.operator, home.ticket.get_absolute_url())
    page.keyboard.press("k")
    page.wait_for_url(f"**{url('plan_cancellation', home.contract.number)}*")
