"""The local services behave as the real ones do."""

import datetime as dt

import httpx
import pytest
from django.core.mail import send_mail
from playwright.sync_api import Page

from config import clock, signing
from config.local.carrier_gateway import CarrierGateway
from config.local.mail_catcher import MailCatcher
from tests.services.worker import WorkerProcess, eventually

BODY = b'{"line": "A-1", "action": "stop"}'


def _instruct(gateway: CarrierGateway, key: str, body: bytes = BODY, secret: str = "") -> httpx.Response:
    heads = signing.headers(secret=secret or gateway.secret, key=key, body=body, at=clock.now())
    return httpx.post(f"{gateway.url}/instructions", content=body, headers=heads, timeout=5)


@pytest.mark.services
def test_mail_arrives_at_a_real_server(mail_server: MailCatcher) -> None:
    send_mail("お知らせ", "本文です。\nhttp://127.0.0.1/x", None, ["kyaku@example.jp"])
    [message] = mail_server.directory.messages()
    assert message["Subject"] == "お知らせ"
    page = httpx.get(f"http://127.0.0.1:{mail_server.page_port}/").text
    assert "お知らせ" in page
    assert 'href="http://127.0.0.1/x"' in httpx.get(f"http://127.0.0.1:{mail_server.page_port}/1").text


@pytest.mark.services
def test_the_gateway_carries_out_a_key_once(carrier_gateway: CarrierGateway) -> None:
    first, again = _instruct(carrier_gateway, "k1"), _instruct(carrier_gateway, "k1")
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert len(carrier_gateway.ledger.rows()) == 1


@pytest.mark.services
def test_the_gateway_refuses_a_forged_signature_and_a_reused_key(carrier_gateway: CarrierGateway) -> None:
    assert _instruct(carrier_gateway, "k1", secret="another").status_code == 401
    assert carrier_gateway.ledger.rows() == []
    _instruct(carrier_gateway, "k1")
    assert _instruct(carrier_gateway, "k1", body=b'{"line": "B-2"}').status_code == 409


@pytest.mark.services
@pytest.mark.parametrize(("fault", "carried"), [("drop", 0), ("lost_answer", 1)])
def test_the_gateway_can_hang_up(carrier_gateway: CarrierGateway, fault: str, carried: int) -> None:
    carrier_gateway.fail_next(fault)
    with pytest.raises(httpx.HTTPError):
        _instruct(carrier_gateway, "k1")
    assert len(carrier_gateway.ledger.rows()) == carried
    assert _instruct(carrier_gateway, "k1").is_success


@pytest.mark.services
def test_the_gateway_can_fail_and_be_busy(carrier_gateway: CarrierGateway) -> None:
    httpx.post(f"{carrier_gateway.url}/faults", json={"kind": "error"})
    carrier_gateway.fail_next("busy", seconds=7)
    assert _instruct(carrier_gateway, "k1").status_code == 500
    busy = _instruct(carrier_gateway, "k1")
    assert (busy.status_code, busy.headers["Retry-After"]) == (503, "7")
    assert carrier_gateway.ledger.rows() == []


@pytest.mark.services
def test_a_real_worker_answers(celery_worker: WorkerProcess) -> None:
    from config.celery import app

    eventually(lambda: app.control.ping(timeout=1), message="no worker answered")


def test_the_clock_stands_where_a_test_puts_it(clock_at) -> None:
    hand = clock_at(dt.datetime(2026, 3, 28, 23, 59, 59, tzinfo=clock.JST))
    assert clock.today() == dt.date(2026, 3, 28)
    hand.advance(dt.timedelta(seconds=1))
    assert clock.today() == dt.date(2026, 3, 29)


@pytest.mark.browser
def test_chromium_opens_the_sign_in_page(page: Page, live_server) -> None:
    page.goto(f"{live_server.url}/accounts/login/")
    assert page.locator("input[name=login]").is_visible()
    assert page.evaluate("document.fonts.check('16px sans-serif')")
