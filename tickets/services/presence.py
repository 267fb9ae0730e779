"""Who is looking at a case, and who is writing (F). Lives in Redis, for seconds; all of it may be lost at any moment."""

from __future__ import annotations

import datetime as dt
import functools
import json
from dataclasses import dataclass

import redis
import structlog
from django.conf import settings

from tickets.models import Staff
from tickets.services.timeline import announce

# A page says that it is there every 15 seconds; one that has not for this long is gone.
LIFETIME = dt.timedelta(seconds=40)

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Viewer:
    """Somebody who has the case open."""

    staff_id: int
    name: str
    editing: bool


def look(*, ticket_id: int, actor: Staff, editing: bool, at: dt.datetime) -> list[Viewer]:
    """`actor` has the case open, and writes or does not. Returns the others; tells their screens when this is news.

    Whoever calls has checked that `actor` may see the case. Without Redis nobody is seen, and nothing else breaks.
    """
    here = _present(ticket_id, at)
    before = here.pop(actor.pk, None)
    mine = {"name": actor.name, "editing": editing, "until": (at + LIFETIME).timestamp()}
    _write(ticket_id, actor.pk, mine)
    if before is None or before.editing != editing:
        announce(topic="presence", ref=str(ticket_id), at=at)
    return list(here.values())


def leave(*, ticket_id: int, actor: Staff, at: dt.datetime) -> None:
    """The page was closed."""
    try:
        gone = _client(settings.REDIS_URL).hdel(_key(ticket_id), str(actor.pk))
    except redis.RedisError as error:
        _log.warning("presence_unreachable", error=type(error).__name__)
        return
    if gone:
        announce(topic="presence", ref=str(ticket_id), at=at)


def others(*, ticket_id: int, staff: Staff, at: dt.datetime) -> list[Viewer]:
    """Who else has the case open now, by the order in which they came."""
    here = _present(ticket_id, at)
    here.pop(staff.pk, None)
    return list(here.values())


def _present(ticket_id: int, at: dt.datetime) -> dict[int, Viewer]:
    try:
        rows = _client(settings.REDIS_URL).hgetall(_key(ticket_id))
    except redis.RedisError as error:
        _log.warning("presence_unreachable", error=type(error).__name__)
        return {}
    found = {int(pk): json.loads(row) for pk, row in rows.items()}
    return {
        pk: Viewer(pk, row["name"], row["editing"])
        for pk, row in found.items()
        if row["until"] > at.timestamp()
    }


def _write(ticket_id: int, staff_id: int, row: dict[str, object]) -> None:
    try:
        with _client(settings.REDIS_URL).pipeline() as pipe:
            pipe.hset(_key(ticket_id), str(staff_id), json.dumps(row))
            pipe.expire(_key(ticket_id), int(LIFETIME.total_seconds()))
            pipe.execute()
    except redis.RedisError as error:
        _log.warning("presence_unreachable", error=type(error).__name__)


def _key(ticket_id: int) -> str:
    return f"tsunagu:presence:{ticket_id}"


@functools.cache
def _client(url: str) -> redis.Redis:
    return redis.Redis.from_url(url, socket_timeout=0.5, socket_connect_timeout=0.5, decode_responses=True)
