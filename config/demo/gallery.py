"""A picture of every screen in both languages, for docs/tour.md (`make tour`).

Nobody lists the screens: each rank follows the links it is shown, and the first that comes upon a screen has its
picture taken, in Japanese, then in English.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import django
from django.urls import Resolver404, resolve
from PIL import Image

from config import environment
from config.environment import ROOT

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

SCREENS = ROOT / "docs" / "images" / "screens"
PAGE = ROOT / "docs" / "tour.md"
WIDTH, HEIGHT = 1366, 768
QUALITY = 60
LANGUAGES = ("ja", "en")
# Who looks, and where they begin beside their rail: with the people that the demonstration is about.
WALKS = (
    (
        "operator",
        ("/", "/queue/", "/search/?q=みずの", "/search/?q=もりした", "/search/?q=ふじためぐみ", "/call/"),
    ),
    ("leader", ("/billing/waivers/", "/search/?q=もりした")),
    ("sv", ("/supervisor/", "/escalation/ladder/", "/search/?q=もりした", "/search/?q=みずの")),
    ("sv2", ("/escalation/demands/",)),
    ("manager", ("/escalation/demands/", "/escalation/oversight/")),
    ("compliance", ("/escalation/concerns/",)),
    ("admin", ("/masters/", "/outbox/", "/schedule/")),
)
# No screens of ours, or no pages at all.
NOT_SHOWN = ("account_", "mfa_", "socialaccount_", "gallery", "preferences")
MOST_A_WALK = 900  # addresses that are opened by one person
FLOORS = {
    "tickets": "Cases and what was said",
    "escalation": "The way up",
    "billing": "Contracts, money, cancelling",
}


@dataclass
class Shown:
    """One screen: its name in the address table, who came upon it, and its title in both languages."""

    name: str
    who: str
    path: str
    titles: dict[str, str]

    @property
    def file(self) -> str:
        """The stem of its pictures."""
        return self.name.replace(":", "-").replace("_", "-")


def take(browser: Browser, home: str, password: str) -> None:
    """Walk, take the pictures, write docs/tour.md."""
    environment.use_settings()
    django.setup()
    SCREENS.mkdir(parents=True, exist_ok=True)
    for old in SCREENS.glob("*.webp"):
        old.unlink()
    shown: dict[str, Shown] = {}
    for who, begins in WALKS:
        context = browser.new_context(
            viewport={"width": WIDTH, "height": HEIGHT}, locale="ja-JP", timezone_id="Asia/Tokyo"
        )
        page = context.new_page()
        _sign_in(page, home, who, password)
        fresh = list(_walk(context, home, who, begins, shown))
        for language in LANGUAGES:
            _switch(page, home, language)
            for screen in fresh:
                _picture(page, home, screen, language)
        _switch(page, home, "ja")
        context.close()
        print(f"==> {who}: {len(fresh)} screens", flush=True)
    PAGE.write_text(_written(sorted(shown.values(), key=lambda one: one.name)))


def _sign_in(page: Page, home: str, who: str, password: str) -> None:
    page.goto(f"{home}/accounts/login/")
    page.fill("[name=login]", who)
    page.fill("[name=password]", password)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{home}/")


def _switch(page: Page, home: str, language: str) -> None:
    page.goto(home)
    if page.locator("html").get_attribute("lang") != language:
        page.locator(f"button[name=language][value={language}]").first.click()
        page.locator(f"html[lang={language}]").wait_for(state="attached")


def _walk(
    context: BrowserContext, home: str, who: str, begins: tuple[str, ...], shown: dict[str, Shown]
) -> Iterator[Shown]:
    """Every screen that `who` reaches and nobody before; an address of a screen that is known is not opened."""
    waiting, seen, opened = list(begins), set(begins), 0
    page = context.new_page()
    while waiting and opened < MOST_A_WALK:
        path = waiting.pop(0)
        opened += 1
        answer = context.request.get(home + path)
        if not answer.ok or "text/html" not in answer.headers.get("content-type", ""):
            continue
        path = answer.url.removeprefix(home) or "/"
        name = _name_of(path)
        if name and name not in shown:
            shown[name] = Shown(name, who, path, {})
            yield shown[name]
        page.set_content(answer.text(), wait_until="commit")
        for link in page.locator("a[href^='/']").evaluate_all("all => all.map(a => a.getAttribute('href'))"):
            known = _name_of(link)
            if link not in seen and known and known not in shown and _few(waiting, known):
                seen.add(link)
                waiting.append(link)
    page.close()


def _few(waiting: list[str], name: str) -> bool:
    """A list of a hundred cases leads to one screen: three addresses of it are enough to look at."""
    return sum(_name_of(path) == name for path in waiting) < 3


def _name_of(path: str) -> str:
    try:
        found = resolve(urlsplit(path).path).view_name
    except Resolver404:
        return ""
    return "" if found.startswith(NOT_SHOWN) else found


def _picture(page: Page, home: str, screen: Shown, language: str) -> None:
    page.goto(home + screen.path)
    page.wait_for_timeout(150)
    screen.titles[language] = page.title().removesuffix(" | Tsunagu")
    picture = Image.open(io.BytesIO(page.screenshot()))
    picture.convert("RGB").save(SCREENS / f"{screen.file}.{language}.webp", quality=QUALITY, method=6)


def _written(shown: list[Shown]) -> str:
    parts = [
        "# Every screen / すべての画面\n\n",
        "Taken by `make tour` from the demonstration at 1366×768: Japanese on the left, English on the right.\n",
        "Each screen as the first rank that comes upon it sees it. The tour with a story is in the [README](../README.md).\n",
    ]
    for floor, heading in FLOORS.items():
        rows = [one for one in shown if one.name.startswith(f"{floor}:")]
        parts.append(f"\n## {heading} ({len(rows)})\n\n| 日本語 | English |\n|---|---|\n")
        parts += [_row(one) for one in rows]
    return "".join(parts)


def _row(one: Shown) -> str:
    cells = []
    for language in LANGUAGES:
        title = escape(one.titles.get(language, one.name)).replace("|", "\\|")
        note = f" (`{one.who}`)" if language == "ja" else ""
        cells.append(f"{title}{note}<br>![{title}](images/screens/{one.file}.{language}.webp)")
    return f"| {' | '.join(cells)} |\n"
