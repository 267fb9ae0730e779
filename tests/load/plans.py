"""What PostgreSQL does for each query of a page: no scan of a table that grows, no OFFSET, no unbounded count."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.load.pages import FIGURES

# Below this a table is a master: reading it whole is the best plan there is.
GROWN = 2000
MANY = 1000
BY_INDEX = {"Index Scan", "Index Only Scan", "Bitmap Index Scan"}
READS = re.compile(r"^\s*(SELECT|WITH)\b", re.IGNORECASE)
LOCKS = re.compile(r"\bFOR (NO KEY )?(UPDATE|SHARE)\b")
OFFSET = re.compile(r"\bOFFSET (?!0\b)\d+")


@dataclass(frozen=True, slots=True)
class Offence:
    """A query that will cost more the more there is."""

    page: str
    what: str
    sql: str

    def __str__(self) -> str:
        return f"{self.page}: {self.what}: {self.sql[:300]}"


def grown() -> set[str]:
    """The tables that are large now."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname FROM pg_class WHERE relkind = 'r' AND reltuples >= %s", [GROWN])
        return {row[0] for row in cursor.fetchall()}


def queries_of(client: Client, page: str, data: dict[str, str] | None = None) -> list[str]:
    """The statements that a page makes; none where this person may not open it or it takes no GET."""
    with CaptureQueriesContext(connection) as asked:
        answer = client.post(page, data) if data is not None else client.get(page)
    # /deadlinez says 503 of a desk where no job has run for a while, after the same queries.
    assert answer.status_code in {200, 302, 403, 404, 405} or page == "/deadlinez", (page, answer.status_code)
    return [query["sql"] for query in asked.captured_queries]


def offences(page: str, statements: list[str], tables: set[str]) -> Iterator[Offence]:
    """What is wrong with these."""
    for sql in statements:
        if not READS.match(sql) or LOCKS.search(sql):
            continue
        if OFFSET.search(sql):
            yield Offence(page, "skips by OFFSET", sql)
        with connection.cursor() as cursor:
            cursor.execute("EXPLAIN (FORMAT JSON) " + sql.replace("%", "%%"), [])
            found = cursor.fetchone()[0]
        plan = (json.loads(found) if isinstance(found, str) else found)[0]["Plan"]
        for what in faults(plan, tables, bounded=False, counts=page.startswith(FIGURES)):
            yield Offence(page, what, sql)


def faults(node: dict[str, Any], tables: set[str], *, bounded: bool, counts: bool = False) -> Iterator[str]:
    """Walk a plan. `bounded`: something above stops it after some rows. `counts`: it may count what an index bounds."""
    kind, table = node["Node Type"], node.get("Relation Name")
    if kind == "Seq Scan" and table in tables:
        yield f"scans {table}"
    bounded = bounded or kind == "Limit"
    if counts and not bounded and table in tables and kind in BY_INDEX and "Index Cond" not in node:
        yield f"reads all of {node['Index Name']}"
    if not counts and kind == "Aggregate" and not _limited(node) and _rows_below(node, tables) > MANY:
        yield "counts without a bound"
    for child in node.get("Plans", ()):
        yield from faults(child, tables, bounded=bounded, counts=counts)


def _limited(node: dict[str, Any]) -> bool:
    return node["Node Type"] == "Limit" or any(_limited(child) for child in node.get("Plans", ()))


def _rows_below(node: dict[str, Any], tables: set[str]) -> float:
    here = node["Plan Rows"] if node.get("Relation Name") in tables else 0
    return max([here, *(_rows_below(child, tables) for child in node.get("Plans", ()))])
