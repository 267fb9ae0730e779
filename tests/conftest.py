"""Fixtures of the whole suite: real servers, a movable clock.

PostgreSQL and Redis are started once a run in a directory of its own (or taken from
DATABASE_URL and REDIS_URL); each xdist worker has its own database and Redis number.
"""

import os
from collections.abc import Callable, Iterator
from datetime import datetime

import pytest
import redis
from django.conf import settings

from config import clock, embedded

# The browser fixtures of pytest-playwright leave an event loop running in this thread,
# and Django then takes every query for one made in a coroutine.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")


def pytest_configure(config: pytest.Config) -> None:
    """Start the servers before any test asks for them; workers find them running."""
    env = settings.ENVIRONMENT
    embedded.ensure(
        env.var, postgres=env.embedded_postgres, redis=env.embedded_redis, fast=True
    )


def pytest_unconfigure(config: pytest.Config) -> None:
    embedded.release(settings.ENVIRONMENT.var)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests last: a broken rule is known before Chromium starts."""
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)


@pytest.fixture
def clock_at() -> Iterator[Callable[[datetime], clock.Hand]]:
    """`clock_at(moment)` holds the process's clock, seen by the live server's threads too.

    Returns a hand with `move_to(at)` and `advance(step)`. Undone after the test.
    """
    from contextlib import ExitStack

    with ExitStack() as stack:
        yield lambda at: stack.enter_context(clock.pinned(at))


@pytest.fixture
def redis_client() -> Iterator["redis.Redis"]:
    """This worker's Redis database, empty before and after."""
    client = redis.Redis.from_url(settings.REDIS_URL)
    client.flushdb()
    yield client
    client.flushdb()
    client.close()
