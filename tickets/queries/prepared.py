"""Statements that PostgreSQL keeps planned: for SQL that is asked all day with other values.

Planning a page's statement costs the server more than running it. Where settings allow it (DATABASE_PREPARED), such a
statement is prepared once a connection; PostgreSQL then decides by itself whether one plan serves all values. Through a
pooler in transaction mode the next statement may reach another session, which knows nothing of it: then it is not to be had.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import connection
from django.db.backends.postgresql.base import ServerBindingCursor  # type: ignore[attr-defined]


def cursor() -> Any:
    """A cursor for a statement worth keeping; Django's usual one where settings do not allow it."""
    # A statement that is noted down (`make bench`, tests) is sent with its values in it: the note can then be asked again.
    if not settings.DATABASE_PREPARED or connection.queries_logged:
        return connection.cursor()
    connection.ensure_connection()
    link: Any = connection.connection
    # psycopg prepares only what it sends with its values apart; Django's own cursor writes them into the SQL.
    usual, link.cursor_factory = link.cursor_factory, ServerBindingCursor
    try:
        return connection.cursor()
    finally:
        link.cursor_factory = usual
