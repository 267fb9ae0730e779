"""What the live stream asks the database: new events, missed events, who is signed in.

All functions run in the stream's own threads and give stale connections back.
"""

import datetime as dt
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import wraps
from typing import ParamSpec, TypeVar

from django.contrib.auth import get_user
from django.contrib.sessions.backends.db import SessionStore
from django.db import DatabaseError, InterfaceError, close_old_connections, connection
from django.http import HttpRequest

DATABASE_ERRORS: tuple[type[Exception], ...] = (DatabaseError, InterfaceError)
P = ParamSpec("P")
T = TypeVar("T")

# A transaction that took its number early may commit late; looking back this many numbers
# finds its event all the same. Which of them were already told is remembered.
LOOK_BACK = 200
MOST_REPLAYED = 500


@dataclass(frozen=True, slots=True)
class Event:
    """One hint that something changed."""

    id: int
    topic: str
    ref: str

    def frame(self) -> bytes:
        """As a server-sent event: the number, the topic and the row's id, nothing else."""
        return f"id: {self.id}\nevent: change\ndata: {self.topic}:{self.ref}\n\n".encode()


@dataclass
class Seen:
    """The highest number read, and the recent numbers that were told."""

    highest: int = 0
    recent: deque[int] = field(default_factory=lambda: deque(maxlen=4 * LOOK_BACK))


def _fresh_connection(ask: Callable[P, T]) -> Callable[P, T]:
    @wraps(ask)
    def inner(*args: P.args, **kwargs: P.kwargs) -> T:
        close_old_connections()
        try:
            return ask(*args, **kwargs)
        finally:
            close_old_connections()

    return inner


def _select(where: str, *values: int | dt.datetime) -> list[Event]:
    with connection.cursor() as cursor:
        cursor.execute(
            f"select id, topic, ref from tickets_liveevent where {where} order by id",
            values,
        )
        return [Event(*row) for row in cursor.fetchall()]


@_fresh_connection
def newest() -> Seen:
    """Where a fresh reader starts: everything that exists now counts as told."""
    with connection.cursor() as cursor:
        cursor.execute("select coalesce(max(id), 0) from tickets_liveevent")
        highest = int(cursor.fetchone()[0])
    seen = Seen(highest)
    seen.recent.extend(event.id for event in _select("id > %s", highest - LOOK_BACK))
    return seen


@_fresh_connection
def after(seen: Seen) -> list[Event]:
    """The events not told yet, which are then marked as told."""
    told = set(seen.recent)
    fresh = [event for event in _select("id > %s", seen.highest - LOOK_BACK) if event.id not in told]
    seen.recent.extend(event.id for event in fresh)
    seen.highest = max([seen.highest, *(event.id for event in fresh)])
    return fresh


@_fresh_connection
def missed(last: int) -> list[Event]:
    """What came after event `last`; with many, the newest of them (the page looks at all anyway)."""
    return _select("id > %s", last)[-MOST_REPLAYED:]


@_fresh_connection
def missed_since(at: dt.datetime) -> list[Event]:
    """What came after a page was made and before it listened; as `missed`."""
    return _select("at >= %s", at)[-MOST_REPLAYED:]


@_fresh_connection
def signed_in(session_key: str) -> bool:
    """True while this session belongs to an active member of staff."""
    if not session_key:
        return False
    request = HttpRequest()
    request.session = SessionStore(session_key)
    return bool(get_user(request).is_authenticated)
