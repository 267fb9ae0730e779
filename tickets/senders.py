"""The two ways out of the house: SMTP and the carrier's HTTP gateway. No database here.

A sender says one of four things about a message: taken (it returns), surely not taken but perhaps later
(`Trouble`), surely not and never (`Refusal`), or nobody knows (`Unsure`).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import smtplib
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from typing import Protocol

import httpx
from django.conf import settings

from config import signing
from tickets.models import OutboxMessage

MAIL = OutboxMessage.Channel.MAIL.value
GATEWAY = OutboxMessage.Channel.GATEWAY.value
# The gateway is busy or broken: the same call may succeed later.
PASSING = frozenset({408, 425, 429})


class Trouble(Exception):
    """It was not taken; it may be later, after `retry_after` at the earliest."""

    retry_after = dt.timedelta()


class Refusal(Trouble):
    """It was not taken and never will be as it is."""


class Unsure(Trouble):
    """It may or may not have been taken."""


class SenderDown(Trouble):
    """The server does not answer at all; nothing was sent."""


class Sender(Protocol):
    """Sends messages of one channel."""

    def send(self, message: OutboxMessage) -> dict[str, object]:
        """Returns what the other side answered; raises `Trouble`."""

    def close(self) -> None:
        """Let the connection go."""


class Senders:
    """The senders that answer just now; `down` says why the others do not."""

    def __init__(self) -> None:
        self._open: dict[str, Sender] = {}
        self.down: dict[str, str] = {}

    @property
    def channels(self) -> list[str]:
        """What can be sent just now."""
        return list(self._open)

    def of(self, message: OutboxMessage) -> Sender:
        """The sender of this message's channel."""
        return self._open[message.channel]

    def try_to_open(self, channel: str, opens: Callable[[], Sender]) -> None:
        """Use the channel if its server answers."""
        try:
            self._open[channel] = opens()
        except SenderDown as error:
            self.down[channel] = str(error)

    def close(self, channel: str, error: Exception | None = None) -> None:
        """Stop using a channel, because of `error`."""
        sender = self._open.pop(channel, None)
        if sender is not None:
            sender.close()
        if error is not None:
            self.down[channel] = str(error)


@contextmanager
def open_senders(at: dt.datetime) -> Iterator[Senders]:
    """Connect to what there is. Without CARRIER_URL no gateway call is claimed: they are a person's work list."""
    senders = Senders()
    try:
        senders.try_to_open(MAIL, lambda: MailSender(at))
        if settings.CARRIER_URL:
            senders.try_to_open(GATEWAY, lambda: GatewaySender(at))
        yield senders
    finally:
        for channel in senders.channels:
            senders.close(channel)


class MailSender:
    """One SMTP connection, opened before any message is claimed for it."""

    def __init__(self, at: dt.datetime) -> None:
        self._at = at
        self._link = self._connect()

    def _connect(self) -> smtplib.SMTP:
        kind = smtplib.SMTP_SSL if settings.EMAIL_USE_SSL else smtplib.SMTP
        try:
            link = kind(settings.EMAIL_HOST, settings.EMAIL_PORT, timeout=settings.EMAIL_TIMEOUT)
            if settings.EMAIL_USE_TLS:
                link.starttls()
            if settings.EMAIL_HOST_USER:
                link.login(settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD)
        except (OSError, smtplib.SMTPException) as error:
            raise SenderDown(f"the mail server does not answer: {error}") from error
        return link

    def send(self, message: OutboxMessage) -> dict[str, object]:
        """MAIL, RCPT, DATA. Before the end of DATA nothing is taken; after it, only the answer tells."""
        mail = as_mail(message, self._at)
        sender, receiver = parseaddr(settings.DEFAULT_FROM_EMAIL)[1], message.to
        self._introduce(sender, receiver)
        try:
            code, words = self._link.data(mail.as_bytes())
        except smtplib.SMTPDataError as error:
            raise _smtp_answer(error.smtp_code, error.smtp_error) from error
        except (OSError, smtplib.SMTPException) as error:
            self._reconnect_quietly()
            raise Unsure(f"the mail server hung up: {error}") from error
        if code != 250:
            raise _smtp_answer(code, words)
        return {"smtp": f"{code} {_text(words)}"}

    def _introduce(self, sender: str, receiver: str) -> None:
        """Up to DATA nothing is taken, so a dropped connection is simply made anew, once."""
        try:
            try:
                self._envelope(sender, receiver)
            except (smtplib.SMTPServerDisconnected, OSError):
                self._link = self._connect()
                self._envelope(sender, receiver)
        except (OSError, smtplib.SMTPException) as error:
            raise SenderDown(f"the mail server hung up: {error}") from error

    def _envelope(self, sender: str, receiver: str) -> None:
        self._link.ehlo_or_helo_if_needed()
        self._link.rset()
        for code, words in (self._link.mail(sender), self._link.rcpt(receiver)):
            if code == 421:
                raise smtplib.SMTPServerDisconnected(_text(words))
            if code not in {250, 251}:
                raise _smtp_answer(code, words)

    def _reconnect_quietly(self) -> None:
        with suppress(SenderDown):
            self._link = self._connect()

    def close(self) -> None:
        """Say goodbye, if anybody still listens."""
        with suppress(OSError, smtplib.SMTPException):
            self._link.quit()


class GatewaySender:
    """One HTTP client of the carrier's gateway; every call is signed, carries its key and has a connection of its own:
    a second answer to one call, on a connection that is used again, would be taken for the answer to the next.
    """

    def __init__(self, at: dt.datetime) -> None:
        self._at = at
        self._knock()
        self._client = httpx.Client(
            base_url=settings.CARRIER_URL,
            timeout=settings.CARRIER_TIMEOUT,
            limits=httpx.Limits(max_keepalive_connections=0),
        )

    @staticmethod
    def _knock() -> None:
        """Whether anybody opens at all, asked before any message is claimed."""
        url = httpx.URL(settings.CARRIER_URL)
        port = url.port or (443 if url.scheme == "https" else 80)
        try:
            socket.create_connection((url.host, port), timeout=settings.CARRIER_TIMEOUT).close()
        except OSError as error:
            raise SenderDown(f"the gateway does not answer: {error}") from error

    def send(self, message: OutboxMessage) -> dict[str, object]:
        """POST the payload. 2xx is taken; 4xx refused; 5xx, 429 and silence are tried again."""
        # Sorted: the same key must come with the same bytes every time, or the gateway refuses it.
        body = json.dumps(message.payload, ensure_ascii=False, sort_keys=True).encode()
        head = signing.headers(secret=settings.CARRIER_SECRET, key=message.key, body=body, at=self._at)
        try:
            answer = self._client.post(message.to, content=body, headers=head)
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise SenderDown(f"the gateway does not answer: {error}") from error
        except httpx.HTTPError as error:
            raise Unsure(f"the gateway did not finish its answer: {type(error).__name__} {error}") from error
        if answer.is_success:
            return {"status": answer.status_code, "answer": _json_of(answer)}
        raise _http_answer(answer)

    def close(self) -> None:
        """Let the connections go."""
        self._client.close()


def as_mail(message: OutboxMessage, at: dt.datetime) -> EmailMessage:
    """The message as it goes over the wire. The same key gives the same Message-ID, for ever."""
    mail = EmailMessage()
    mail["From"] = settings.DEFAULT_FROM_EMAIL
    mail["To"] = message.to
    mail["Subject"] = message.subject
    mail["Date"] = format_datetime(at)
    mail["Message-ID"] = message_id(message.key)
    mail["Auto-Submitted"] = "auto-generated"
    if message.body.isascii():
        mail.set_content(message.body)
    else:
        mail.set_content(message.body, cte="base64")
    return mail


def message_id(key: str) -> str:
    """`<digest of the key@our domain>`: a mail sent twice is recognisably one."""
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].partition("@")[2]
    return f"<{hashlib.sha256(key.encode()).hexdigest()[:40]}@{domain}>"


def _smtp_answer(code: int, words: bytes | str) -> Trouble:
    said = f"the mail server said {code} {_text(words)}"
    return Refusal(said) if code >= 500 else Trouble(said)


def _http_answer(answer: httpx.Response) -> Trouble:
    said = f"the gateway said {answer.status_code} {answer.text[:500]}"
    if answer.status_code < 500 and answer.status_code not in PASSING:
        return Refusal(said)
    # A server error may come before or after the deed; an at-most-once call is not repeated on it.
    trouble = Unsure(said) if answer.status_code in {500, 502, 504} else Trouble(said)
    seconds = answer.headers.get("Retry-After", "")
    trouble.retry_after = dt.timedelta(seconds=int(seconds) if seconds.isdigit() else 0)
    return trouble


def _json_of(answer: httpx.Response) -> object:
    try:
        return answer.json()
    except ValueError:
        return answer.text[:500]


def _text(words: bytes | str) -> str:
    return words.decode(errors="replace") if isinstance(words, bytes) else words
