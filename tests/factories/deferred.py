"""Asking the rules that speak at commit, in a test that never commits."""

from __future__ import annotations

from django.db import connection


def commit_rules() -> None:
    """Let every deferred rule speak now, as a commit would."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
