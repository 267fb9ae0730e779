"""Wakes the live stream: `announce()` after the commit that wrote a live event.

The message carries nothing; the stream reads the rows. Redis may be away: then the
stream finds them a few seconds later by itself, so a failure here is no failure of the
service that called.
"""

import functools

import redis
import structlog
from django.conf import settings

_log = structlog.get_logger(__name__)


def channel(redis_url: str) -> str:
    """Channels are shared by all databases of a Redis; the name keeps them apart."""
    return "tsunagu:live:" + (redis_url.rpartition("db=")[2] if "db=" in redis_url else redis_url)


@functools.cache
def _client(url: str) -> redis.Redis:
    return redis.Redis.from_url(url, socket_timeout=1, socket_connect_timeout=1)


def announce() -> None:
    """Say that there are new live events. Call it with `transaction.on_commit`."""
    url = settings.REDIS_URL
    try:
        _client(url).publish(channel(url), b"")
    except redis.RedisError as error:
        _log.warning("live_bus_unreachable", error=type(error).__name__)
