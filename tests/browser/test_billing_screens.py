"""Billing's screens as people meet them: nothing for axe to find, a cancellation without mouse and without script."""

import datetime as dt
from types import SimpleNamespace
from typing import Any

import pytest
from django.urls import reverse

from billing.defaults import lay_figures
from billing.models import CancellationOrder, StopIncident
from billing.services import incidents, visits
from billing.services.evidence import record_notice
from billing.services.faults import decide_fault, open_fault_review
from billing.services.waivers import request_waiver
from tests.factories import billing as make
from tests.factories import cancellation as leaving
from tests.factories.billing import DISPLAY, FORWARDING
from tickets.dates import jst

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]

AT = jst(2026, 1, 24, 14, 0)
ORDERED, STARTS = dt.date(2026, 1, 5), dt.date(2026, 1, 20)


def money() -> SimpleNamespace:
    """A form, a register that differs, a charge, a waiver asked for, a verdict with its sweep."""
    shop = make.shop(years=(2026,))
    form = make.form(shop, ticked=(DISPLAY,), ordered_on=ORDERED, at=AT)
    wrong = make.old_registration(
        shop, FORWARDING, ordered_on=ORDERED, starts_on=STARTS, registered_at=AT, evidence=form
    )
    record_notice(
        contract_id=shop.contract.pk, document_version_id=shop.document.pk, via="post", sent_to="東京都港区 2-2",
        at=AT, contents={"options": [FORWARDING]},
    )  # fmt: skip
    charge = make.proposed_charge(wrong, supply_on=STARTS, at=AT)
    ticket = make.case(shop, at=AT)
    waiver = request_waiver(
        ticket_id=ticket.pk, contract_id=shop.contract.pk, charge_id=charge.pk, amount_yen=550,
        reason="申込書にない登録", at=AT, actor=shop.cast.operator,
    )  # fmt: skip
    other = make.old_registration(shop, DISPLAY, ordered_on=ORDERED, starts_on=STARTS, registered_at=AT)
    review = open_fault_review(
        ticket_id=make.case(shop, at=AT).pk, question="別件の登録", error_on=ORDERED, at=AT,
        actor=shop.cast.operator, registration_id=other.pk,
    )  # fmt: skip
    review = decide_fault(
        review_id=review.pk, verdict="company", reasons="申込書と違う", at=AT, actor=shop.cast.sv
    )
    return SimpleNamespace(shop=shop, wrong=wrong, charge=charge, ticket=ticket, waiver=waiver, review=review)


def leaver(shop: Any) -> SimpleNamespace:
    """A customer in 解約待ち with a number to port, a visit, and a line that stopped too early."""
    home = leaving.household(operator=shop.cast.operator, company=shop.cast.carrier)
    order = leaving.leaving(home, at=AT, internet=dt.date(2026, 1, 31), phone=dt.date(2026, 1, 30))
    leaving.port(home, order, at=AT)
    begins = jst(2026, 2, 3, 10, 0)
    visits.offer_visit(
        order_id=order.pk, access_line_id=home.access_line.pk, starts_at=begins,
        ends_at=begins + dt.timedelta(hours=2), at=AT, actor=shop.cast.operator,
    )  # fmt: skip
    incidents.compare_stop(
        home.internet, executed_at=AT, ticket_id=home.ticket.pk, at=AT + dt.timedelta(minutes=1)
    )
    return SimpleNamespace(home=home, order=order, incident=StopIncident.objects.get())


def url(name: str, *args: Any) -> str:
    return reverse(f"billing:{name}", args=args)


@pytest.mark.slow
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_on_billings_screens(windows, violations, clock_at, theme):
    clock_at(AT + dt.timedelta(minutes=10))
    m = money()
    gone = leaver(m.shop)
    cast = m.shop.cast
    draft = leaving.drafted(leaving.household(operator=cast.operator), at=AT)
    places = {
        cast.operator: (
            url("contract", m.shop.contract.number),
            url("money", m.ticket.number),
            url("registration", m.wrong.pk),
            url("charge", m.charge.pk),
            url("order", gone.order.pk),
            url("explain", draft.pk),
            url("plan_cancellation", m.shop.contract.number),
            url("record_evidence", m.shop.contract.number),
            url("incident", gone.incident.pk),
            url("cancellations"),
            url("carrier_work"),
            gone.home.ticket.get_absolute_url(),
        ),
        cast.sv2: (
            url("waivers"),
            url("decide_waiver", m.waiver.pk),
            url("review", m.review.pk),
            url("sweep", m.review.sweep.pk),
        ),
        cast.administrator: (url("catalogue"), url("documents"), url("new_figure")),
    }
    found = []
    for staff, paths in places.items():
        page = windows(staff, paths[0], color_scheme=theme)
        for path in paths:
            page.goto(windows.url + path)
            found += [f"{path} {one}" for one in violations(page)]
            wide = page.evaluate(
                "document.documentElement.scrollWidth > document.documentElement.clientWidth"
            )
            if wide:
                found.append(f"{path} is wider than the window")
    assert found == []


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
