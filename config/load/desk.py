"""Loading: what goes into which table in which order, and how the cases then come to their states."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterable

from django.db import connection, transaction

from config.load import cases, customers, people
from config.load.copying import Progress, copy, last_id, put_aside, raw, set_numbers
from config.load.customers import Range
from config.load.facts import Facts, decide
from config.load.people import House
from config.load.words import Sentences
from tickets.services import word_blocks

CUSTOMERS_A_TICKET = 0.3
CONTRACTS_A_CUSTOMER = 0.85

KEEP = (
    "UPDATE tickets_promise p SET status = 'kept', ended_at = k.at, ended_by_id = k.staff, kept_contact_id = k.contact "
    "FROM load_kept k WHERE p.id = k.promise"
)
ENDED = "status IN ('resolved', 'closed')"
# Each case by the steps that its lifecycle has, the rules asking at every one.
STEPS = (
    (
        "withdrawn",
        "status = 'cancelled', closed_at = f.at, closing_contact_id = f.contact, resolution = 'お客様の取り下げ'",
        "f.status = 'cancelled'",
    ),
    ("started", "status = 'in_progress'", "f.status <> 'cancelled'"),
    ("waiting", "status = f.status, waiting_for = '書類の到着'", "f.status IN ('pending', 'held')"),
    ("resolved", "status = 'resolved', resolved_at = f.at, resolution = 'ご案内済み'", f"f.{ENDED}"),
    (
        "closed",
        "status = 'closed', closed_at = f.at, closing_basis = 'confirmed', closing_contact_id = f.contact",
        "f.status = 'closed'",
    ),
)


def load(*, tickets: int, now: dt.datetime, seed: int = 1, quiet: bool = False) -> None:
    """`tickets` more cases with all that hangs on them, in one transaction. For databases nobody works in."""
    progress, rng = Progress(quiet=quiet), random.Random(seed)  # noqa: S311 - invented people, not secrets
    with transaction.atomic():
        house = people.settle(now, tickets=tickets)
        with connection.cursor() as cursor:
            # What settling left to be asked at commit; tables with open questions cannot be altered.
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
        with put_aside(progress):
            owners = _customers(progress, house, max(1, int(tickets * CUSTOMERS_A_TICKET)), rng)
            first = last_id("tickets_ticket") + 1
            _cases(progress, house, decide(first, tickets, owners, house, now, rng), rng)
        set_numbers()
    _sum_up(progress)
    _settle_down(progress)


def _customers(progress: Progress, house: House, count: int, rng: random.Random) -> Range:
    def put(table: str, columns: Iterable[str], lines: Iterable[str], rows: int) -> None:
        copy(progress, table, tuple(columns), lines, rows)

    def fresh(table: str, rows: int) -> Range:
        return Range(last_id(table) + 1, rows)

    ids = fresh("tickets_customer", count)
    put("tickets_customer", customers.CUSTOMER, customers.customers(ids, rng), count)
    phones = customers.phones(ids, last_id("tickets_customerphone") + 1, rng)
    put("tickets_customerphone", customers.PHONE, phones, count)
    contracts = fresh("billing_contract", int(count * CONTRACTS_A_CUSTOMER))
    put("billing_contract", customers.CONTRACT, customers.contracts(contracts, ids, house), contracts.count)
    accesses = fresh("billing_accessline", contracts.count)
    put(
        "billing_accessline", customers.ACCESS, customers.access_lines(accesses, contracts, house), contracts.count
    )  # fmt: skip
    lines = customers.lines(last_id("billing_serviceline") + 1, contracts, accesses)
    put("billing_serviceline", customers.LINE, lines, contracts.count)
    return ids


def _cases(progress: Progress, house: House, facts: Facts, rng: random.Random) -> None:
    words = Sentences(rng)
    copy(progress, "tickets_ticket", cases.TICKET, cases.tickets(facts, house, words, rng), facts.count)
    contact, calls = last_id("tickets_contact") + 1, sum(facts.contacts)
    contact_of = cases.first_contacts(facts, contact)
    copy(progress, "tickets_contact", cases.CONTACT, cases.contacts(facts, house, contact, words), calls)
    legs = cases.legs(facts, house, contact, last_id("tickets_contactleg") + 1)
    copy(progress, "tickets_contactleg", cases.LEG, legs, calls)
    promise = last_id("tickets_promise") + 1
    copy(
        progress, "tickets_promise", cases.PROMISE, cases.promises(facts, house, promise), sum(facts.promises)
    )
    _lead(progress, facts, promise, contact_of)
    history = cases.entries(facts, house, last_id("tickets_timelineentry") + 1, contact_of, words)
    copy(progress, "tickets_timelineentry", cases.ENTRY, history, sum(facts.entries))


def _lead(progress: Progress, facts: Facts, promise: int, contact_of: list[int]) -> None:
    """Keep what was kept, then take each case through its states."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMP TABLE load_kept (promise bigint, at timestamptz, staff bigint, contact bigint) ON COMMIT DROP;"
            "CREATE TEMP TABLE load_fate (ticket bigint, status text, at timestamptz, contact bigint) ON COMMIT DROP"
        )
        for table, lines in (
            ("load_kept", cases.kept(facts, promise, contact_of)),
            ("load_fate", cases.fates(facts, contact_of)),
        ):
            with raw(cursor).copy(f"COPY {table} FROM STDIN") as sink:
                for chunk in progress.over(table, lines, facts.count):
                    sink.write(chunk)
            cursor.execute(f"ANALYZE {table}")
        cursor.execute(KEEP)
        progress.say(f"promises kept            {cursor.rowcount:>12,}")
        for name, change, which in STEPS:
            cursor.execute(
                f"UPDATE tickets_ticket t SET {change} FROM load_fate f WHERE t.id = f.ticket AND {which}"
            )
            progress.say(f"cases {name:18} {cursor.rowcount:>12,}")


def _sum_up(progress: Progress) -> None:
    """What the job for the search of words would do in its own time."""
    count = 0
    while done := word_blocks.sum_up():
        count += done
        progress.say(f"blocks of words          {count:>12,}", end="")
    progress.say(f"blocks of words          {count:>12,}")


def _settle_down(progress: Progress) -> None:
    """What autovacuum would do in its own time."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE)")
    progress.say("done")
