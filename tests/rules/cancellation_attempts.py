"""Statements that more than one file of attempts at a cancellation makes."""

from __future__ import annotations

import datetime as dt

from django.db import connection

STOP = "UPDATE billing_serviceline SET status = 'terminated', stopped_at = %s WHERE id = %s"
STOP_WITH_CONSENT = (
    "UPDATE billing_serviceline SET status = 'terminated', stopped_at = %s, stop_consent_id = %s"
)
ENTRY = (
    "INSERT INTO billing_lastdayentry (cancellation_line_id, generation, last_day, set_for, set_at, contact_id, "
    "why, consent_id) VALUES (%s, %s, %s, 'company', %s, %s, 'x', %s)"
)


def database_now() -> dt.datetime:
    """The database's own clock."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        row: tuple[dt.datetime] = cursor.fetchone()
        return row[0]
