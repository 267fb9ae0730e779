"""COPY with progress, and what is put aside for its time."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import connection

CHUNK = 2000
TABLES = (
    "tickets_customer", "tickets_customerphone", "billing_contract", "billing_accessline", "billing_serviceline",
    "tickets_ticket", "tickets_ticketdesk", "tickets_contact", "tickets_contactleg", "tickets_promise",
    "tickets_timelineentry",
)  # fmt: skip
# The gate at a case's end asks by these while the cases are led through their states.
KEPT_INDEXES = ("promise_owed_on",)


class Progress:
    """One line a table on standard error, and how fast it went."""

    def __init__(self, *, quiet: bool = False) -> None:
        self.quiet = quiet
        self.began = time.monotonic()

    def say(self, text: str, *, end: str = "\n") -> None:
        """Write it, over the line that stands there."""
        if not self.quiet:
            sys.stderr.write(f"\r\033[K{time.monotonic() - self.began:7.1f} s  {text}{end}")
            sys.stderr.flush()

    def over(self, name: str, lines: Iterable[str], total: int) -> Iterator[str]:
        """The same lines in chunks, with a bar."""
        began, done, chunk = time.monotonic(), 0, list[str]()
        for line in lines:
            chunk.append(line)
            if len(chunk) == CHUNK:
                done += CHUNK
                yield "".join(chunk)
                chunk.clear()
                if done % (25 * CHUNK) == 0:
                    share = min(1.0, done / max(1, total))
                    self.say(f"{name:24} {'#' * int(30 * share):30} {done:,}", end="")
        yield "".join(chunk)
        done += len(chunk)
        seconds = max(time.monotonic() - began, 0.001)
        self.say(f"{name:24} {done:>12,} rows  {done / seconds:>9,.0f} a second")


def copy(progress: Progress, table: str, columns: Sequence[str], lines: Iterable[str], total: int) -> None:
    """COPY tab-separated `lines` (each ends in a newline) into `table`, then ANALYZE it.

    The analysis also makes the triggers' own look-ups plan anew: planned on empty tables they would scan.
    """
    with connection.cursor() as cursor:
        names = ", ".join(f'"{name}"' for name in columns)
        with raw(cursor).copy(f"COPY {table} ({names}) FROM STDIN") as sink:
            for chunk in progress.over(table, lines, total):
                sink.write(chunk)
        cursor.execute(f"ANALYZE {table}")


def raw(cursor: Any) -> Any:
    """The driver's own cursor under Django's."""
    return cursor.cursor


def last_id(table: str) -> int:
    """The highest id in use."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT COALESCE(max(id), 0) FROM {table}")
        return int(cursor.fetchone()[0])


def set_numbers() -> None:
    """New rows go on after the loaded ones."""
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(
                f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), "
                f"(SELECT COALESCE(max(id), 1) FROM {table}))"
            )


@contextmanager
def put_aside(progress: Progress) -> Iterator[None]:
    """Plain indexes and foreign keys of TABLES stand aside and are made again; unique ones and triggers stay."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL maintenance_work_mem = '512MB'; SET LOCAL synchronous_commit = off")
        keys, indexes = _foreign_keys(cursor), _indexes(cursor)
        for table, name, _definition in keys:
            cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
        for name, _definition in indexes:
            cursor.execute(f'DROP INDEX "{name}"')
        yield
        progress.say("the rules that speak at commit speak now")
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for number, (name, definition) in enumerate(indexes, start=1):
            progress.say(f"index {number} of {len(indexes)}: {name}", end="")
            cursor.execute(definition)
        progress.say(f"{len(indexes)} indexes made")
        for number, (table, name, definition) in enumerate(keys, start=1):
            progress.say(f"foreign key {number} of {len(keys)}: {name}", end="")
            cursor.execute(f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {definition}')
        progress.say(f"{len(keys)} foreign keys proven, every row read")


def _foreign_keys(cursor: Any) -> list[tuple[str, str, str]]:
    cursor.execute(
        "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint "
        "WHERE contype = 'f' AND conrelid::regclass::text = ANY(%s) ORDER BY 1, 2",
        [list(TABLES)],
    )
    return list(cursor.fetchall())


def _indexes(cursor: Any) -> list[tuple[str, str]]:
    cursor.execute(
        "SELECT c.relname, pg_get_indexdef(c.oid) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid "
        "WHERE i.indrelid::regclass::text = ANY(%s) AND NOT i.indisunique AND c.relname <> ALL(%s) ORDER BY 1",
        [list(TABLES), list(KEPT_INDEXES)],
    )
    return list(cursor.fetchall())
