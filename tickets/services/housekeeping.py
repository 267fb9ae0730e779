"""Throwing away what nobody will ask for again. No promise, entry, action or message is among it."""

from __future__ import annotations

import datetime as dt
from importlib import import_module

from django.conf import settings
from django.db import connection

# A browser that was away longer asks for the whole page again anyway.
LIVE_EVENTS_KEPT = dt.timedelta(days=1)
PURGE = """
    DELETE FROM tickets_liveevent WHERE id IN (
      SELECT id FROM tickets_liveevent WHERE at < %s ORDER BY at LIMIT 20000 FOR UPDATE SKIP LOCKED)
"""


def purge(*, at: dt.datetime) -> int:
    """Delete live events older than a day and sessions that have expired; returns how many events. For the system."""
    with connection.cursor() as cursor:
        cursor.execute(PURGE, [at - LIVE_EVENTS_KEPT])
        gone = cursor.rowcount
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()
    return int(gone)
