"""Every page of the table of rights, opened by a rank that may, in Chromium: axe finds nothing, nothing is cut off.

Japanese and light with every rule, nothing cut off at 200 % either; then the colours of the same page in the dark theme; then every page once more
in English, its frame once a person. The pages of the table are shared out by rank, so that several workers take them.
"""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from tests.browser.conftest import Eyes
from tests.rights.screens import ADMINISTRATOR, COMPLIANCE, MANAGER, OPERATOR, SV, Screen
from tests.rights.test_rights import table
from tests.rights.world import World, build

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]

# What is fetched into a page, and files; everything else that opens by GET is a page.
NO_PAGES = {
    "billing:evidence_image",
    "tickets:call_state",
    "tickets:case_print_pdf",
    "tickets:case_print_style",
    "tickets:import_errors",
    "tickets:import_progress",
    "tickets:import_sample",
    "tickets:palette",
    "tickets:presence",
    "tickets:queue_beside",
    "tickets:report_csv",
    "tickets:report_list",
}
# Looked at by tests/browser/test_design.py, with its dialogs, and by test_survey_page.py, behind a link that was sent.
ELSEWHERE = {"tickets:gallery", "tickets:survey"}
RANKS = (OPERATOR, SV, MANAGER, ADMINISTRATOR, COMPLIANCE)
SITTINGS = {
    "operator on cases": ("operator", ("tickets",)),
    "operator on contracts": ("operator", ("billing",)),
    "operator on demands": ("operator", ("escalation",)),
    "above": ("sv", ("tickets", "escalation", "billing")),
    "manager": ("manager", ("tickets", "escalation", "billing")),
    "administrator": ("administrator", ("tickets", "escalation", "billing")),
    "compliance": ("compliance", ("tickets", "escalation", "billing")),
}
# An office monitor, and what is left of it at 200 %.
WHOLE, ZOOMED = ({"width": 1366 // zoom, "height": 768 // zoom} for zoom in (1, 2))
WIDER = "document.documentElement.scrollWidth > document.documentElement.clientWidth"


def rank_of(screen: Screen) -> str | None:
    """The first of the ranks that may open it."""
    return next((rank for rank in RANKS if rank in screen.allowed), None)


def pages_of(rank: str, floors: tuple[str, ...]) -> dict[str, Screen]:
    """The pages that this rank is the first to open."""
    return {
        name: screen
        for name, screen in sorted(table().items())
        if name not in NO_PAGES | ELSEWHERE
        and not screen.post
        and rank_of(screen) == rank
        and name.split(":")[0] in floors
    }


def address(world: World, name: str, screen: Screen) -> str:
    """With the world's own objects."""
    return reverse(name, kwargs=screen.kwargs(world.own), query=screen.query(world.own))


def test_every_page_of_the_table_is_taken_once():
    taken = [name for rank, floors in SITTINGS.values() for name in pages_of(rank, floors)]
    assert len(taken) == len(set(taken))
    pages = {
        name
        for name, screen in table().items()
        if not screen.post and screen.allowed and name not in NO_PAGES | ELSEWHERE
    }
    assert set(taken) == pages


@pytest.mark.parametrize("sitting", SITTINGS)
def test_axe_finds_nothing_on_any_page(windows: Any, eyes: Eyes, sitting: str):
    rank, floors = SITTINGS[sitting]
    world = build()
    person = world.staff[rank]
    person.theme = "light"
    person.save()
    found: dict[str, list[str]] = {}
    screens = pages_of(rank, floors)
    page = windows(person)
    for name, screen in screens.items():
        path = address(world, name, screen)
        response = page.goto(windows.url + path)
        wrong = [] if response.status == 200 else [f"{path} answers {response.status}"]
        wrong += ["wider than the window"] if page.evaluate(WIDER) else []
        page.set_viewport_size(ZOOMED)
        wrong += ["wider than the window at 200 %"] if page.evaluate(WIDER) else []
        page.set_viewport_size(WHOLE)
        found[name] = wrong + eyes(page) + eyes.in_the_dark(page)
    person.language = "en"
    person.save()
    for number, (name, screen) in enumerate(screens.items()):
        page.goto(windows.url + address(world, name, screen))
        # The frame is the same on every page of a person, and in Japanese it was looked at on each.
        found[f"en {name}"] = eyes(page, "main" if number else "html")
    assert {name: what for name, what in found.items() if what} == {}
