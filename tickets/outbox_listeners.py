"""Who wants to know what becomes of a message: the registry beside the outbox.

A service that puts messages under `word:…` keys registers here from `AppConfig.ready`::

    listen("survey", before=still_welcome, fate=survey_fate)

`before(message, at)` is asked in the transaction in which the relay claims the message, at the last moment before
it leaves; a reason instead of None withdraws it (the hold on surveys, E2). `fate(message, at)` is called in the
transaction that writes what became of it: `message.status` is sent, unknown, dead or withdrawn. Both write rows
only and send nothing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tickets.models import OutboxMessage

Before = Callable[["OutboxMessage", dt.datetime], str | None]
Fate = Callable[["OutboxMessage", dt.datetime], None]


@dataclass(frozen=True, slots=True)
class Listener:
    """The two questions of one kind of message."""

    before: Before | None = None
    fate: Fate | None = None


_listeners: dict[str, Listener] = {}


def listen(word: str, *, before: Before | None = None, fate: Fate | None = None) -> None:
    """Register for keys that begin with `word:`. ValueError when somebody listens already."""
    if word in _listeners:
        raise ValueError(f"somebody listens to {word} already")
    _listeners[word] = Listener(before, fate)


def listener_of(key: str) -> Listener:
    """The listener of a message's key; one that asks nothing when there is none."""
    return _listeners.get(key.partition(":")[0], Listener())


def forget(word: str) -> None:
    """Take a listener out again (tests that register their own)."""
    _listeners.pop(word, None)
