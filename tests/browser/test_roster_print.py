"""A week of the roster on a screen of 1366 pixels and on paper (B3)."""

from __future__ import annotations

import re

import pytest

from tests.factories import escalation as rows
from tests.factories.cast import cast as make_cast
from tickets.dates import jst

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.requirement("B3")]
LIES_DOWN = rb"/MediaBox \[0 0 84\d[\d.]* 59\d"


def test_a_week_fits_the_screen_and_one_sheet_that_lies_down(seat, clock_at):
    clock_at(jst(2026, 1, 10, 17, 50))
    cast = make_cast()
    rows.stand_in(cast)  # the longest cells: one absent, one who acts for them
    period = rows.period(cast)
    admin = seat(cast.administrator)
    admin.open(f"/escalation/roster/{period.pk}/").sees("不在", f"{cast.manager.name}の代行")
    page = admin.page
    page.set_viewport_size({"width": 1366, "height": 768})
    wrap = page.locator(".table-wrap:has(.roster-grid)")
    assert wrap.evaluate("one => one.scrollWidth <= one.clientWidth")
    cells = ".roster-grid td"
    assert page.locator(cells).evaluate_all("all => all.every(one => one.scrollWidth <= one.clientWidth)")
    page.evaluate("window.print = () => { window.printed = true }")
    page.get_by_role("button", name="この週を印刷").click()
    assert page.evaluate("window.printed")
    sheets = page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/MediaBox", sheets)) == len(re.findall(LIES_DOWN, sheets)) == 1
