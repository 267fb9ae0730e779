"""The timeline by month, tried: the same rows in one table and in monthly partitions, on a loaded desk.

    python -m tests.load.partitions HOST DATABASE

Prints what reading and writing cost in each; the copies are dropped again.
"""

from __future__ import annotations

import sys
import time

import psycopg

COLUMNS = "id, customer_id, ticket_id, kind, at, actor_id, desk_id, summary, data, own_company_only"
INDEXES = ("(customer_id, at DESC, id DESC)", "(ticket_id, at DESC, id DESC)", "(id)")


def main(host: str, database: str) -> None:
    """Build both, ask both."""
    with psycopg.connect(f"host={host} user=postgres dbname={database}", autocommit=True) as link:
        link.execute("SET maintenance_work_mem = '512MB'; SET synchronous_commit = off")
        for table, suffix in (("trial_one", ""), ("trial_parts", " PARTITION BY RANGE (at)")):
            link.execute(f"DROP TABLE IF EXISTS {table}")
            link.execute(f"CREATE TABLE {table} (LIKE tickets_timelineentry){suffix}")
        _months(link)
        for table in ("trial_one", "trial_parts"):
            began = time.perf_counter()
            link.execute(f"INSERT INTO {table} ({COLUMNS}) SELECT {COLUMNS} FROM tickets_timelineentry")
            for index in INDEXES:
                link.execute(f"CREATE INDEX ON {table} {index}")
            link.execute(f"ANALYZE {table}")
            print(f"{table}: filled and indexed in {time.perf_counter() - began:.1f} s")
            for name, milliseconds in _asked(link, table).items():
                print(f"  {name:48} {milliseconds:8.2f} ms")
        for table in ("trial_one", "trial_parts"):
            link.execute(f"DROP TABLE {table}")


def _months(link: psycopg.Connection) -> None:
    link.execute(
        "DO $$ DECLARE m date; BEGIN FOR m IN SELECT generate_series(date_trunc('month', min(at)), max(at), "
        "interval '1 month')::date FROM tickets_timelineentry LOOP EXECUTE format('CREATE TABLE trial_parts_%s "
        "PARTITION OF trial_parts FOR VALUES FROM (%L) TO (%L)', to_char(m, 'YYYYMM'), m, m + interval '1 month'); "
        "END LOOP; END $$"
    )
    link.execute("CREATE TABLE trial_parts_rest PARTITION OF trial_parts DEFAULT")


def _asked(link: psycopg.Connection, table: str) -> dict[str, float]:
    ticket, customer, newest = link.execute(
        "SELECT ticket_id, customer_id, at FROM tickets_timelineentry ORDER BY id DESC LIMIT 1"
    ).fetchone() or (0, 0, None)
    last = "ORDER BY at DESC, id DESC LIMIT 31"
    return {
        "a case's 30 newest entries": _median(link, f"SELECT * FROM {table} WHERE ticket_id = %s {last}", [ticket]),
        "a customer's 30 newest entries": _median(
            link, f"SELECT * FROM {table} WHERE customer_id = %s {last}", [customer]
        ),
        "the same, of the last 90 days only": _median(
            link, f"SELECT * FROM {table} WHERE customer_id = %s AND at > %s::timestamptz - interval '90 days' {last}",
            [customer, newest],
        ),
        "1,000 entries written": _median(
            link, f"INSERT INTO {table} ({COLUMNS}) SELECT id + 1e9, customer_id, ticket_id, kind, %s, actor_id, desk_id, "
            "summary, data, own_company_only FROM tickets_timelineentry ORDER BY id DESC LIMIT 1000", [newest], rounds=9,
        ),
        "count of one month": _median(
            link, f"SELECT count(*) FROM {table} WHERE at >= date_trunc('month', %s::timestamptz)", [newest], rounds=5
        ),
    }  # fmt: skip


def _median(link: psycopg.Connection, sql: str, values: list[object], rounds: int = 41) -> float:
    found = []
    for _ in range(rounds):
        began = time.perf_counter()
        link.execute(sql, values)
        found.append((time.perf_counter() - began) * 1000)
    return sorted(found)[len(found) // 2]


if __name__ == "__main__":
    main(*sys.argv[1:3])
