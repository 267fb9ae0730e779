"""The pictures of the README and of docs/tour.md: a desk of its own with the demonstration, looked at in Chromium (`make tour`).

The clock of that desk is held on a Tuesday morning, so that the same pictures come out whenever they are taken.
"""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

from config import install
from config.demo import PASSWORD, gallery
from config.environment import ROOT

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

IMAGES = ROOT / "docs" / "images"
HELD_AT = "2026-11-24T11:20:00+09:00"
PORT = 8700
HOME = f"http://127.0.0.1:{PORT}"
READY_SECONDS = 180


@dataclass(frozen=True, slots=True)
class View:
    """One picture: its file, who looks, and by which links to get there; an address first, then texts to click."""

    name: str
    who: str
    path: str
    click: tuple[str, ...] = ()
    english: bool = False
    dark: bool = False
    height: int = 768


VIEWS = (
    View("customer", "operator", "/search/?q=みずの"),
    View("cancellation", "operator", "/search/?q=みずの", ("解約の手続きと日程",), height=1230),
    View("early-stop", "technical", "/search/?q=ふじためぐみ", ("契約最終日より前に停止",), height=1000),
    View("demand", "sv2", "/escalation/demands/", ("あなたでは話にならない",)),
    View("ladder", "sv", "/escalation/ladder/"),
    View(
        "comparison",
        "operator",
        "/search/?q=もりした",
        ("番号表示を申し込んだのに", "オプションと料金", "申込書と照合"),
        height=1500,
    ),
    View("waivers", "sv", "/billing/waivers/"),
    View("supervisor", "sv", "/supervisor/"),
    View("surveys", "sv", "/supervisor/surveys/"),
    View("queue-english-dark", "operator", "/queue/", english=True, dark=True),
)


def main() -> int:
    """Start the desk, take every picture, stop it."""
    var = Path(tempfile.mkdtemp(prefix="tsunagu-tour-"))
    clock = var / "clock"
    clock.write_text(HELD_AT)
    said = var / "said.txt"
    with said.open("w") as sink:
        desk = subprocess.Popen(
            [sys.executable, "-m", "config.up"],
            cwd=ROOT,
            env={"TSUNAGU_VAR": str(var), "PORT": str(PORT), "TSUNAGU_CLOCK_FILE": str(clock)},
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=sink,
        )
    try:
        _wait_ready(desk, said)
        _take_all()
    finally:
        desk.send_signal(signal.SIGINT)
        desk.wait(60)
        shutil.rmtree(var, ignore_errors=True)
    return 0


def _wait_ready(desk: subprocess.Popen[bytes], said: Path) -> None:
    print("==> a desk of its own, with the demonstration", flush=True)
    began = time.monotonic()
    while "Ready: " not in said.read_text():
        if desk.poll() is not None or time.monotonic() - began > READY_SECONDS:
            raise SystemExit(f"error: the desk for the tour did not start\n{said.read_text()}")
        time.sleep(0.5)


def _take_all() -> None:
    from playwright.sync_api import sync_playwright

    IMAGES.mkdir(exist_ok=True)
    with sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=install.chromium(
                ("chromium", "chromium-headless-shell")
            ),  # the whole one knows languages
            args=["--no-sandbox", "--disable-gpu", "--no-first-run"],
            env={"LANGUAGE": "ja", "HOME": str(Path.home())},  # how the browser itself writes a date field
        )
        for view in VIEWS:
            _take(browser, view)
            print(f"==> docs/images/{view.name}.png", flush=True)
        gallery.take(browser, HOME, PASSWORD)
        browser.close()


def _take(browser: Browser, view: View) -> None:
    context = browser.new_context(
        viewport={"width": 1366, "height": view.height},
        locale="en-GB" if view.english else "ja-JP",
        timezone_id="Asia/Tokyo",
        color_scheme="dark" if view.dark else "light",
    )
    page = context.new_page()
    _sign_in(page, view.who)
    if view.english:
        page.get_by_role("button", name="English").click()
    page.goto(HOME + view.path)
    for text in view.click:
        page.get_by_role("main").get_by_role("link", name=text).first.click()
        page.wait_for_load_state()
    page.wait_for_timeout(400)  # the live stream opens, the timers are drawn
    picture = IMAGES / f"{view.name}.png"
    page.screenshot(path=picture)
    context.close()
    # A screen has few colours: a third of the size, and nobody sees the difference.
    Image.open(picture).convert("RGB").quantize(256).save(picture, optimize=True)


def _sign_in(page: Page, who: str) -> None:
    page.goto(f"{HOME}/accounts/login/")
    page.fill("[name=login]", who)
    page.fill("[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{HOME}/")


if __name__ == "__main__":
    sys.exit(main())
