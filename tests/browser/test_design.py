"""The frame in a browser: both themes, both languages, by keyboard, at 200 % zoom, printed, without JavaScript."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser.conftest import LOOK, RULES
from tests.factories.cast import PASSWORD, cast

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def people():
    return cast()


@pytest.fixture
def complaints(page):
    """What the browser complains about: errors of scripts and of the content security policy."""
    heard = []
    page.on("pageerror", lambda error: heard.append(str(error)))
    # The live stream is another process, which these tests do not start.
    page.on(
        "console",
        lambda m: (
            heard.append(m.text) if m.type == "error" and "/live/" not in m.location.get("url", "") else None
        ),
    )
    return heard


def violations(page, *, repeated: bool = False) -> list[str]:
    """What axe finds; `repeated`: the page shows one component several times under one name."""
    options = {**RULES, "rules": {"landmark-unique": {"enabled": not repeated}}}
    page.evaluate(Axe().axe_script)
    return page.evaluate(LOOK, ["html", options])


@pytest.fixture
def gallery(page, live_server, sign_in, people):
    sign_in(people.administrator)
    page.goto(f"{live_server.url}/gallery/")
    return page


@pytest.mark.slow
@pytest.mark.parametrize(("theme", "language"), [("light", "ja"), ("dark", "en")])
def test_axe_finds_nothing_in_the_gallery_or_its_dialogs(
    page, live_server, sign_in, people, complaints, theme, language
):
    people.administrator.theme, people.administrator.language = theme, language
    people.administrator.save()
    sign_in(people.administrator)
    page.goto(f"{live_server.url}/gallery/")
    assert violations(page, repeated=True) == []
    for key in ("?", "Control+k"):
        page.keyboard.press(key)
        assert violations(page, repeated=True) == []
        page.keyboard.press("Escape")
    assert complaints == []


def test_axe_finds_nothing_before_sign_in(page, live_server, db, complaints):
    for path in ("/accounts/login/", "/no-such-page/"):
        page.goto(f"{live_server.url}{path}")
        assert violations(page) == []
    assert [text for text in complaints if "404" not in text] == []


def test_the_layout_holds_at_200_and_400_percent_and_on_paper(gallery):
    assert gallery.evaluate(
        "document.documentElement.scrollHeight <= innerHeight"
    )  # the panes scroll, not the page
    for width, height in ((1366, 768), (683, 384), (320, 640)):
        gallery.set_viewport_size({"width": width, "height": height})
        assert gallery.evaluate("document.documentElement.scrollWidth <= innerWidth"), width
    gallery.emulate_media(media="print")
    assert not gallery.locator(".rail").is_visible()
    assert not gallery.locator(".topbar").is_visible()
    assert gallery.locator(".timeline").is_visible()


def test_every_key_does_what_the_overlay_says(gallery):
    keyboard = gallery.keyboard
    keyboard.press("Tab")
    assert gallery.evaluate("document.activeElement.className") == "skip-link"
    assert gallery.evaluate("getComputedStyle(document.activeElement).outlineWidth") == "3px"
    gallery.evaluate("document.activeElement.blur()")

    keyboard.press("?")
    assert "上席対応のご要望" in gallery.locator("#keys[open] #keys-here").inner_text()
    keyboard.press("Escape")
    assert gallery.locator("#keys[open]").count() == 0

    keyboard.press("j")
    keyboard.press("j")
    assert gallery.evaluate("document.activeElement.textContent") == "解約後のインターネット最終利用日"
    keyboard.press("k")
    assert gallery.evaluate("document.activeElement.textContent") == "立会日が決まらないと言われた"

    keyboard.press("Control+k")
    keyboard.type("ご要望")
    assert gallery.locator("#palette [role=option][aria-selected=true]").inner_text() == "上席対応のご要望"
    assert gallery.locator("#palette [role=option]:visible").count() == 1


def test_single_keys_are_silent_while_writing_or_composing(gallery):
    gallery.evaluate(
        "window.pressed = 0; document.querySelector('[data-key=s]').addEventListener('click', () => window.pressed++)"
    )
    gallery.keyboard.press("/")
    gallery.keyboard.type("s?")
    assert gallery.locator("#search").input_value() == "s?"
    assert gallery.locator("#keys[open]").count() == 0
    gallery.locator("#search").blur()
    gallery.evaluate(
        "document.body.dispatchEvent(new KeyboardEvent('keydown', {key: 's', bubbles: true, isComposing: true}))"
    )
    assert gallery.evaluate("window.pressed") == 0
    gallery.keyboard.press("s")
    assert gallery.evaluate("window.pressed") == 1


def test_clocks_count_on_and_a_hold_prompts(gallery):
    assert gallery.get_by_text("保留が2分を超えました").is_visible()
    assert not gallery.get_by_text("保留が5分を超えました").is_visible()
    shown = gallery.locator(".call-on_hold time[data-since]").inner_text()
    gallery.wait_for_timeout(1500)
    assert gallery.locator(".call-on_hold time[data-since]").inner_text() != shown
    assert gallery.locator("#queue-narrow time").first.inner_text() in {"12分超過", "13分超過"}


def test_the_language_and_theme_switch(gallery):
    gallery.get_by_role("button", name="English").first.click()
    gallery.locator("html[lang=en]").wait_for()
    gallery.locator("button[name=theme]").first.click()
    gallery.locator("html[data-theme=light]").wait_for()


def test_sign_in_and_out_without_javascript(browser, browser_context_args, live_server, people):
    context = browser.new_context(**browser_context_args, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{live_server.url}/accounts/login/?next=/gallery/")
    page.get_by_label("社員ID").fill(people.administrator.login_id)
    page.get_by_label("パスワード").fill(PASSWORD)
    page.get_by_role("button", name="サインイン").click()
    page.wait_for_url("**/gallery/")
    page.locator("#person-menu summary").click()
    page.get_by_role("button", name="サインアウト").click()
    page.wait_for_url(lambda url: "/gallery/" not in url)
    context.close()
