"""One person at one window: what a story test says is what that person does."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Browser, Page, expect

from tests.factories.cast import PASSWORD
from tickets.models import Staff


class Seat:
    """Signed in through the sign-in page, in a browser context of their own."""

    def __init__(self, browser: Browser, url: str, staff: Staff, **context: Any) -> None:
        self.url = url
        self.staff = staff
        self.context = browser.new_context(
            viewport={"width": 1366, "height": 768}, locale="ja-JP", timezone_id="Asia/Tokyo", **context
        )
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(15_000)
        self._sign_in()

    def _sign_in(self) -> None:
        self.page.goto(f"{self.url}/accounts/login/")
        self.page.fill("input[name=login]", self.staff.login_id)
        self.page.fill("input[name=password]", PASSWORD)
        self.page.click("main button[type=submit], main button:not([type])")
        self.page.wait_for_url(f"{self.url}/")

    def open(self, place: Any) -> Seat:
        """A page by its address, or the page of a row."""
        path = place if isinstance(place, str) else place.get_absolute_url()
        self.page.goto(f"{self.url}{path}")
        return self

    def click(self, name: str) -> Seat:
        """A button or link of the page by its words; the page it leads to has come when this returns."""
        main = self.page.locator("main, aside.pane-customer")
        button = main.get_by_role("button", name=name, exact=True)
        link = main.get_by_role("link", name=name, exact=True)
        with self.page.expect_navigation():
            button.or_(link).first.click()
        return self

    def fill(self, **fields: object) -> Seat:
        """Fields by their names: text, a choice by its value, True for a tick."""
        for name, value in fields.items():
            self._fill(name, value)
        return self

    def _fill(self, name: str, value: object) -> None:
        field = self.page.locator(f"main [name={name}]")
        kind = field.first.get_attribute("type") or field.first.evaluate("node => node.tagName.toLowerCase()")
        if kind == "radio":
            self.page.locator(f"main [name={name}][value='{value}']").check()
        elif kind == "checkbox":
            field.first.set_checked(bool(value))
        elif kind == "select":
            field.first.select_option(str(value))
        else:
            field.first.fill(str(value))

    def submit(self) -> Seat:
        """The form's own button."""
        with self.page.expect_navigation():
            self.page.locator("main form.form .form-actions button").first.click()
        return self

    def press_post(self, path: str) -> Seat:
        """The button of this page that posts to `path`."""
        with self.page.expect_navigation():
            self.page.locator(f"form[action='{path}'] button").first.click()
        return self

    def sees(self, *words: str) -> Seat:
        """All of it stands somewhere on the page."""
        for word in words:
            expect(self.page.locator("body")).to_contain_text(word)
        return self

    def sees_not(self, *words: str) -> Seat:
        """None of it does."""
        for word in words:
            expect(self.page.locator("body")).not_to_contain_text(word)
        return self

    def listens(self) -> Seat:
        """The live stream of this page is open."""
        self.page.locator("html[data-live=open]").wait_for(state="attached")
        return self

    def press(self, key: str, leads_to: str = "") -> Seat:
        """One key, and the page it leads to (an address with ** for any)."""
        self.page.keyboard.press(key)
        if leads_to:
            self.page.wait_for_url(leads_to)
        return self

    def path(self) -> str:
        """Where they are."""
        return self.page.url.removeprefix(self.url)

    def leave(self) -> None:
        """Close the window."""
        self.context.close()
