"""What the desk's browser tests share: people, several windows, the running live stream, complaints of the browser."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings as django_settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from playwright.sync_api import expect

from tests.browser.seat import Seat
from tests.factories.cast import Cast, cast
from tests.services.live import live_process
from tickets.models import Staff

RULES = {
    "runOnly": {
        "type": "tag",
        "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    }
}
# Milliseconds. Others may have the machine; without its stream a page asks by itself after twice as long at the earliest.
PATIENCE = 15_000
expect.set_options(timeout=PATIENCE)
COLOURS = {"runOnly": {"type": "rule", "values": ["color-contrast"]}}
NO_COLOURS = {**RULES, "rules": {"color-contrast": {"enabled": False}}}
# What axe passed is neither gathered nor carried over to Python: half of the time it takes.
LOOK = """([place, options]) => axe.run(place, {...options, resultTypes: ["violations"]}).then(found =>
  found.violations.flatMap(one => one.nodes.map(node => `${one.id}: ${node.html.slice(0, 200)}`)))"""
# Whatever carries text, with the classes and states of all that it stands in: no style of ours reaches
# an element by another way, so that its colours are those of every other element with the same chain.
CHAINS = """place => {
  const STATES = ["class", "type", "disabled", "readonly", "checked", "open", "hidden", "aria-current", "aria-selected",
    "aria-pressed", "aria-expanded", "aria-invalid", "aria-disabled", "aria-busy", "data-state", "tabindex"]
  const known = new Map()
  const chain = one => {
    if (!one || !one.tagName) return ""
    if (!known.has(one)) {
      const states = [...one.attributes].filter(a => STATES.includes(a.name))
      known.set(one, chain(one.parentElement) + "/" + one.tagName + states.map(a => a.name + "=" + a.value).sort().join(" "))
    }
    return known.get(one)
  }
  const texts = document.createTreeWalker(document.querySelector(place), NodeFilter.SHOW_TEXT)
  const found = new Set()
  while (texts.nextNode()) if (texts.currentNode.data.trim()) found.add(chain(texts.currentNode.parentElement))
  document.querySelector(place).querySelectorAll("input, select, textarea").forEach(one => found.add(chain(one)))
  return [...found]
}"""


def at_a_field(page: Any) -> Any:
    """The keyboard of the page, once a field has the focus: the browser gives it after the page has loaded."""
    page.wait_for_function("document.activeElement.matches('input, textarea, select')")
    return page.keyboard


class Eyes:
    """Looks at pages through axe; the colours of what it has seen before in the same theme are not computed again."""

    def __init__(self, script: str) -> None:
        self.script = script
        self.seen: dict[str, set[str]] = {"light": set(), "dark": set()}

    def __call__(self, page: Any, place: str = "html") -> list[str]:
        """Every rule, on the whole page or a part of it."""
        page.evaluate(self.script)
        return self._look(page, place, RULES if self._new(page, "light", place) else NO_COLOURS)

    def in_the_dark(self, page: Any) -> list[str]:
        """The colours of the same page in the other theme, without the frame around it."""
        page.evaluate("document.documentElement.dataset.theme = 'dark'")
        return self._look(page, "main", COLOURS) if self._new(page, "dark", "main") else []

    def _new(self, page: Any, theme: str, place: str) -> bool:
        chains = set(page.evaluate(CHAINS, place))
        new = not chains <= self.seen[theme]
        self.seen[theme] |= chains
        return new

    def _look(self, page: Any, place: str, options: dict[str, Any]) -> list[str]:
        found: list[str] = page.evaluate(LOOK, [place, options])
        return found


@pytest.fixture
def people(transactional_db: None) -> Cast:
    return cast()


@pytest.fixture(scope="session")
def _stream(live_server: Any, django_db_setup: None, django_db_blocker: Any) -> Iterator[str]:
    with ExitStack() as stack:
        with django_db_blocker.unblock():
            url = stack.enter_context(
                live_process(REDIS_URL=django_settings.REDIS_URL, PUBLIC_URL=live_server.url)
            )
        yield url.replace("127.0.0.1", "localhost")


@pytest.fixture
def stream(_stream: str, settings: Any, redis_client: Any) -> str:
    """The real live stream, beside the live server, started once a run; the pages know its address."""
    settings.LIVE_URL = _stream
    directives = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
    settings.CONTENT_SECURITY_POLICY = {
        "DIRECTIVES": {**directives, "connect-src": [*directives["connect-src"], _stream]}
    }
    return _stream


class Windows:
    """A window a person; each hears the browser's complaints (scripts, content security policy)."""

    def __init__(self, browser: Any, arguments: dict[str, Any], url: str) -> None:
        self.browser, self.arguments, self.url = browser, arguments, url
        self.complaints: list[str] = []
        self.contexts: list[Any] = []

    def __call__(self, staff: Staff | None, path: str = "/", **more: Any) -> Any:
        """A page of `staff` at `path`; without `staff` nobody is signed in."""
        context = self.browser.new_context(**{**self.arguments, **more})
        self.contexts.append(context)
        context.set_default_timeout(PATIENCE)
        if staff is not None:
            self.sign_in(context, staff)
        page = context.new_page()
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", self._hear)
        page.goto(self.url + path)
        return page

    def sign_in(self, context: Any, staff: Staff) -> None:
        """A session of its own for this window."""
        session = SessionStore()
        session[SESSION_KEY] = str(staff.pk)
        session[BACKEND_SESSION_KEY] = "config.accounts.StaffBackend"
        session[HASH_SESSION_KEY] = staff.get_session_auth_hash()
        session.create()
        name = django_settings.SESSION_COOKIE_NAME
        context.add_cookies([{"name": name, "value": session.session_key, "url": self.url}])

    def _hear(self, message: Any) -> None:
        # A lost connection is part of some tests; the page itself says so to the person.
        quiet = (
            "/live/",
            "ERR_INTERNET_DISCONNECTED",
            "409 (Conflict)",
            "422 (Unprocessable",
            "net::ERR_FAILED",
            # htmx's own words for a request that nobody answered.
            "htmx:afterRequest",
            "htmx:sendError",
        )
        text = f"{message.text} {message.location.get('url', '')}"
        if message.type == "error" and not any(word in text for word in quiet):
            self.complaints.append(text)

    def close(self) -> None:
        for context in self.contexts:
            context.close()


@pytest.fixture
def windows(browser: Any, browser_context_args: dict[str, Any], live_server: Any) -> Iterator[Windows]:
    """`windows(staff, path)` opens one; a complaint of any of them fails the test."""
    found = Windows(browser, browser_context_args, live_server.url)
    yield found
    found.close()
    assert found.complaints == []


@pytest.fixture(scope="session")
def eyes() -> Eyes:
    """What axe finds, in the theme of the page or in the dark one; it remembers the colours of the whole run."""
    return Eyes(Axe().axe_script)


@pytest.fixture
def seat(browser: Any, live_server: Any) -> Iterator[Callable[[Staff], Seat]]:
    """`seat(staff)`: a window in which that person signed in by the form; closed after the test."""
    taken: list[Seat] = []

    def take(staff: Staff) -> Seat:
        taken.append(Seat(browser, live_server.url, staff))
        return taken[-1]

    yield take
    for one in taken:
        one.leave()
