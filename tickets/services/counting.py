"""Counts that only grow, for the metrics; kept in the database, since workers come and go."""

from __future__ import annotations

from django.db import connection


def count(name: str) -> None:
    """Add one to `name`, in the caller's transaction. For what is rare: the row is locked until its commit."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO tickets_jobfigure (name, value) VALUES (%s, 1) "
            "ON CONFLICT (name) DO UPDATE SET value = tickets_jobfigure.value + 1",
            [name],
        )
