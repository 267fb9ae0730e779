"""What is overdue rises: one tier, at the top to the next deputy (A10, B3). The job's part of it."""

from __future__ import annotations

import datetime as dt
import time

import structlog
from django.db import connection
from django.utils.translation import gettext_noop

from tickets.models import Promise
from tickets.service import service
from tickets.services.locking import lock_promise
from tickets.services.promises import own_clocks, raise_promise

logger = structlog.get_logger(__name__)
REASON = gettext_noop("Overdue")
# Seconds of one look.
BUDGET = 20.0
OVERDUE = """
    SELECT due_at, id FROM tickets_promise
    WHERE status = 'open' AND due_at <= LEAST(%(at)s, now()) AND (due_at, id) > (%(after_at)s, %(after_id)s)
      AND NOT EXISTS (SELECT 1 FROM tickets_pause WHERE ended_at IS NULL) AND kind <> ALL(%(own_clocks)s)
    ORDER BY due_at, id LIMIT 100
"""
BEFORE_ALL = (dt.datetime.min.replace(year=1900, tzinfo=dt.UTC), 0)


def raise_overdue(*, at: dt.datetime) -> int:
    """Let every promise rise whose time has passed by `at`; returns how many rose. For the system.

    Each in a transaction of its own. One that cannot rise is logged and keeps nobody else from rising; it is tried
    again at the next look and stands in the overdue list of the SV meanwhile.
    """
    started, place, risen = time.monotonic(), BEFORE_ALL, 0
    while time.monotonic() - started < BUDGET:
        page = _overdue(at, place)
        if not page:
            break
        risen += sum(_try(promise_id, at) for _due_at, promise_id in page)
        place = page[-1]
    return risen


@service
def raise_if_overdue(*, promise_id: int, at: dt.datetime) -> bool:
    """Ask again under the lock: another worker, or the one who kept it, may have been faster."""
    promise = lock_promise(promise_id, None)
    if promise.status != Promise.Status.OPEN or promise.due_at > at:
        return False
    raise_promise(promise_id=promise_id, at=at, reason=REASON)
    return True


def _try(promise_id: int, at: dt.datetime) -> bool:
    try:
        return raise_if_overdue(promise_id=promise_id, at=at)
    except Exception:
        if connection.connection is None or connection.connection.closed:
            raise
        logger.exception("promise_cannot_rise", promise=promise_id)
        return False


def _overdue(at: dt.datetime, place: tuple[dt.datetime, int]) -> list[tuple[dt.datetime, int]]:
    with connection.cursor() as cursor:
        cursor.execute(
            OVERDUE, {"at": at, "after_at": place[0], "after_id": place[1], "own_clocks": own_clocks()}
        )
        return list(cursor.fetchall())
