"""The relay against a real mail server and a real gateway that fail in every way (DESIGN: time and jobs)."""

import datetime as dt
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.db import IntegrityError, connection, transaction

from tests.factories.cast import cast
from tickets import outbox_listeners
from tickets.dates import jst
from tickets.errors import NotAllowed
from tickets.models import OutboxMessage, Pause
from tickets.queries import outbox as outbox_queries
from tickets.senders import message_id
from tickets.services import outbox
from tickets.services.relay import recover_stale, relay_once

pytestmark = [pytest.mark.django_db, pytest.mark.services, pytest.mark.requirement("D9")]
AT = jst(2026, 2, 1, 12, 0)
SOON = AT + dt.timedelta(seconds=11)
HOUR = dt.timedelta(hours=1)


@pytest.fixture(autouse=True)
def quick(settings):
    settings.CARRIER_TIMEOUT = 0.5


def put_call(key="stop:1", **facts):
    return outbox.put_gateway(key=key, path="/instructions", payload={"line": "A-1"}, at=AT, **facts)


def put_mail(key="notice:1", **facts):
    return outbox.put_mail(
        key=key, to="kyaku@example.jp", subject="お知らせ", body="止まります。", at=AT, **facts
    )


def state(message):
    return OutboxMessage.objects.get(pk=message.pk).status


def relay_until_quiet(at=SOON):
    for step in range(8):
        relay_once(at=at + step * HOUR)


def test_a_mail_leaves_after_its_grace_with_a_message_id_made_of_its_key(mail_server):
    message = put_mail()
    assert relay_once(at=AT + dt.timedelta(seconds=9)) == 0
    assert relay_once(at=SOON) == 1
    assert relay_once(at=SOON) == 0
    [mail] = mail_server.directory.messages()
    assert (mail["Subject"], mail["Message-ID"], mail["To"]) == (
        "お知らせ",
        message_id("notice:1"),
        "kyaku@example.jp",
    )
    assert mail.get_content().strip() == "止まります。"
    assert state(message) == "sent"


def test_a_mail_server_that_is_busy_is_asked_again(mail_server):
    message = put_mail()
    mail_server.directory.refuse_next = 2
    relay_once(at=SOON)
    assert state(message) == "pending"
    assert OutboxMessage.objects.get().not_before > SOON
    relay_until_quiet()
    assert state(message) == "sent"
    assert len(mail_server.directory.messages()) == 1


def test_a_mail_server_that_is_away_costs_no_attempt(mail_server, settings):
    message, settings.EMAIL_PORT = put_mail(), 1
    for hour in range(30):
        relay_once(at=SOON + hour * HOUR)
    row = OutboxMessage.objects.get(pk=message.pk)
    assert (row.status, row.attempts) == ("pending", 0)
    assert "does not answer" in row.last_error


@pytest.mark.parametrize("fault", ["drop", "lost_answer", "error", "busy", "delay", "twice"])
def test_whatever_the_gateway_does_the_key_takes_effect_once(carrier_gateway, mail_server, fault):
    message = put_call()
    carrier_gateway.fail_next(fault, times=2, seconds=1)
    relay_until_quiet()
    assert state(message) == "sent"
    assert [row.key for row in carrier_gateway.ledger.rows()] == ["stop:1"]


class LateSecondAnswers(BaseHTTPRequestHandler):
    """Carries the first call of a connection out and no other; its second answer to it comes when the next call is asked."""

    protocol_version = "HTTP/1.1"
    asked = 0

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.asked += 1
        if self.headers["Idempotency-Key"] == "stop:1" or self.asked > 1:
            self._answer(201)
        if self.headers["Idempotency-Key"] != "stop:1":
            self._answer(500)

    def _answer(self, status: int) -> None:
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Quiet."""


def test_a_second_answer_to_one_call_is_not_taken_for_the_answer_to_the_next(mail_server, settings):
    with ThreadingHTTPServer(("127.0.0.1", 0), LateSecondAnswers) as gateway:
        threading.Thread(target=gateway.serve_forever, daemon=True).start()
        settings.CARRIER_URL = f"http://127.0.0.1:{gateway.server_address[1]}"
        first, second = put_call(), put_call("stop:2")
        relay_once(at=SOON)
        gateway.shutdown()
    assert (state(first), state(second)) == ("sent", "pending")


def test_a_gateway_that_is_away_costs_no_attempt_and_gives_up_nothing(mail_server, settings):
    message, settings.CARRIER_URL = put_call(), "http://127.0.0.1:1"
    for hour in range(30):
        relay_once(at=SOON + hour * HOUR)
    assert state(message) == "pending"


def test_what_the_gateway_refuses_waits_for_a_person(carrier_gateway, mail_server, settings):
    message, settings.CARRIER_SECRET = put_call(), "not the secret"
    relay_once(at=SOON)
    assert state(message) == "dead"
    settings.CARRIER_SECRET = carrier_gateway.secret
    people = cast()
    with pytest.raises(NotAllowed):
        outbox.send_again(message_id=message.pk, actor=people.manager, at=SOON, reason="fixed")
    outbox.send_again(
        message_id=message.pk, actor=people.administrator, at=SOON, reason="the secret was wrong"
    )
    relay_once(at=SOON)
    assert state(message) == "sent"


def test_twelve_failures_are_given_up_and_shown(carrier_gateway, mail_server):
    message = put_call()
    carrier_gateway.fail_next("error", times=12)
    for hour in range(13):
        relay_once(at=SOON + hour * HOUR)
    assert state(message) == "dead"


def test_without_a_gateway_an_instruction_is_a_persons_work(mail_server, settings):
    message, settings.CARRIER_URL = put_call(), ""
    relay_until_quiet()
    assert state(message) == "pending"
    operator = cast().operator
    assert [row.pk for row in outbox_queries.work_list(staff=operator).rows] == [message.pk]
    outbox.done_by_hand(message_id=message.pk, actor=operator, at=SOON, evidence="FAX 2026-02-01 受付番号 12")
    assert state(message) == "sent"
    assert outbox_queries.work_list(staff=operator).rows == []


def test_a_crash_while_sending_is_tried_again_if_at_least_once(carrier_gateway, mail_server):
    message = put_call()
    OutboxMessage.objects.filter(pk=message.pk).update(status="sending", sending_since=AT, attempts=1)
    assert recover_stale(at=AT + dt.timedelta(seconds=59)) == 0
    relay_once(at=AT + dt.timedelta(seconds=61))
    assert state(message) == "sent"


@pytest.mark.requirement("E1")
def test_a_crash_while_sending_is_left_to_a_person_if_at_most_once(mail_server):
    message = put_mail(once="at_most")
    OutboxMessage.objects.filter(pk=message.pk).update(status="sending", sending_since=AT, attempts=1)
    relay_until_quiet()
    assert state(message) == "unknown"
    assert mail_server.directory.messages() == []
    outbox.settle(
        message_id=message.pk, actor=cast().administrator, at=SOON, reason="in the mail server's log"
    )
    assert state(message) == "sent"


@pytest.mark.requirement("E1")
def test_at_most_once_is_never_tried_again_by_itself(mail_server):
    message = put_mail(once="at_most")
    mail_server.directory.refuse_next = 1
    relay_until_quiet()
    assert state(message) == "dead"
    OutboxMessage.objects.filter(pk=message.pk).update(status="pending")
    OutboxMessage.objects.filter(pk=message.pk).update(status="sending")
    with pytest.raises(IntegrityError, match="E1"), transaction.atomic():
        OutboxMessage.objects.filter(pk=message.pk).update(status="pending")


def test_a_listener_may_withdraw_a_message_at_the_last_moment_and_hears_its_fate(mail_server):
    heard, hold = [], ["a complaint is open"]
    outbox_listeners.listen(
        "test",
        before=lambda m, at: hold[0] if hold else None,
        fate=lambda m, at: heard.append((m.key, m.status)),
    )
    try:
        put_mail("test:1")
        relay_once(at=SOON)
        hold.clear()
        put_mail("test:2")
        relay_once(at=SOON)
    finally:
        outbox_listeners.forget("test")
    assert heard == [("test:1", "withdrawn"), ("test:2", "sent")]
    assert len(mail_server.directory.messages()) == 1


def test_a_listener_that_fails_delays_only_its_own_message(mail_server):
    def fails(message, at):
        raise RuntimeError("broken")

    outbox_listeners.listen("test", before=fails)
    try:
        bad, good = put_mail("test:1"), put_mail()
        relay_once(at=SOON)
    finally:
        outbox_listeners.forget("test")
    assert (state(bad), state(good)) == ("pending", "sent")


def test_a_listener_that_fails_afterwards_does_not_send_the_mail_twice(mail_server):
    def fails(message, at):
        raise RuntimeError("broken")

    outbox_listeners.listen("test", fate=fails)
    try:
        message = put_mail("test:1")
        relay_until_quiet()
    finally:
        outbox_listeners.forget("test")
    assert state(message) == "sent"
    assert len(mail_server.directory.messages()) == 1


def test_after_a_restore_nothing_is_sent_until_a_person_says_so(mail_server):
    message = put_mail()
    Pause.objects.create(cause="restore", scope="all", reason="restored", since=AT)
    relay_until_quiet()
    assert state(message) == "pending"


@pytest.mark.django_db(transaction=True)
def test_four_relays_at_once_send_each_message_once(mail_server, carrier_gateway):
    for number in range(40):
        put_mail(f"notice:{number}")
        put_call(f"stop:{number}")
    gate = threading.Barrier(4)

    def relay():
        try:
            gate.wait()
            relay_once(at=SOON)
        finally:
            connection.close()

    threads = [threading.Thread(target=relay) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert OutboxMessage.objects.exclude(status="sent").count() == 0
    assert OutboxMessage.objects.filter(attempts=1).count() == 80
    mails = [mail["Message-ID"] for mail in mail_server.directory.messages()]
    assert len(mails) == len(set(mails)) == 40
    assert carrier_gateway.requests >= 40
