"""The real relay with a mail server that takes everything."""

from __future__ import annotations

import datetime as dt
import re
from contextlib import contextmanager

from tickets.models import OutboxMessage
from tickets.services import relay


class Post:
    """A mail server that takes everything."""

    channels = ["mail"]
    down: dict[str, str] = {}

    def __init__(self) -> None:
        self.taken: list[OutboxMessage] = []

    def of(self, message: OutboxMessage) -> Post:
        return self

    def send(self, message: OutboxMessage) -> dict[str, object]:
        self.taken.append(message)
        return {"smtp": "250 ok"}


def relay_at(at: dt.datetime, monkeypatch) -> list[OutboxMessage]:
    """Send what may leave by `at`; returns what left."""
    post = Post()

    @contextmanager
    def opened(_at):
        yield post

    monkeypatch.setattr(relay, "open_senders", opened)
    relay.relay_once(at=at)
    return post.taken


def link_in(message: OutboxMessage) -> str:
    """The token of the link in a survey's mail."""
    found = re.search(r"/survey/([^/\s]+)/", message.body)
    assert found
    return found[1]
