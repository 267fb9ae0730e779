"""The same questions asked in SQL alone: what the database must cost, and how any search of words costs."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Any

from django.db import connection, transaction

from tests.load import sample
from tests.load.drive import Times, times
from tickets.models import Staff
from tickets.queries import words

OPEN = "status IN ('acknowledged', 'in_progress', 'pending', 'held')"
# Common, rare, absent, two characters and phrases; with filters.
SEARCHES = (
    "解約", "料金", "工事", "電話", "故障", "鮎梓", "鶴亀", "椿菫", "羊羹", "瑠璃", "解約の手続き", "折り返しをお約束した",
    "存在しない言葉", "担当窓口の空き枠", "請求 折り返し", "落雷 ランプ", "点字 再起動", "解約工事会社", "zzzz", "確認中の工事会社",
)  # fmt: skip


def measured(sql: str, values: list[Any], rounds: int = 40) -> Times:
    """Milliseconds of a statement with its rows fetched."""
    found = []
    with connection.cursor() as cursor:
        for _ in range(rounds):
            began = time.perf_counter()
            cursor.execute(sql, values)
            cursor.fetchall()
            found.append((time.perf_counter() - began) * 1000)
    return times(found)


def questions(staff: Staff) -> dict[str, Times]:
    """The table's first column."""
    case, customer = sample.busy_case(), sample.busy_customer()
    return {
        "queue": measured(
            f"SELECT * FROM tickets_ticket WHERE {OPEN} AND desk_id = %s ORDER BY priority, queue_at, id LIMIT 51",
            [staff.desk_id],
        ),
        "ticket": measured(
            "SELECT * FROM tickets_timelineentry WHERE ticket_id = %s ORDER BY at DESC, id DESC LIMIT 31",
            [case.pk],
        ),
        "caller": measured(
            "SELECT t.* FROM tickets_customerphone p JOIN LATERAL (SELECT * FROM tickets_ticket t WHERE "
            "t.customer_id = p.customer_id ORDER BY t.id DESC LIMIT 5) t ON true WHERE p.e164 = %s",
            [sample.phone()],
        ),
        "kana": measured(
            "SELECT * FROM tickets_customer WHERE kana_search LIKE %s ORDER BY kana_search, id LIMIT 20",
            [f"{customer.kana_search[:3]}%"],
        ),
        "write": written(staff, customer.pk),
    }


def written(staff: Staff, customer: int, rounds: int = 40) -> Times:
    """A ticket and two entries in one transaction, every rule asked; undone at the end."""
    found = []
    ticket = (
        "INSERT INTO tickets_ticket (customer_id, desk_id, kind, status, priority, subject, channel, opened_at, "
        "waiting_for, queue_at, resolution, closing_basis, version) VALUES (%s, %s, 'enquiry', 'acknowledged', 3, "
        "'解約の手続き', 'phone', now(), '', now(), '', '', 1) RETURNING id"
    )
    entry = (
        "INSERT INTO tickets_timelineentry (customer_id, ticket_id, kind, at, actor_id, desk_id, summary, data, "
        "own_company_only) VALUES (%s, %s, 'note', now(), %s, %s, '解約の手続きをご案内', '{}', false)"
    )
    with connection.cursor() as cursor:
        for _ in range(rounds):
            began = time.perf_counter()
            with transaction.atomic():
                cursor.execute(ticket, [customer, staff.desk_id])
                pk = cursor.fetchone()[0]
                for _twice in range(2):
                    cursor.execute(entry, [customer, pk, staff.pk, staff.desk_id])
            found.append((time.perf_counter() - began) * 1000)
    return times(found)


def searches(staff: Staff) -> dict[str, Times]:
    """Every kind of search of words, with and without filters, first page and next."""
    plain = words.Filters()
    narrow = words.Filters(desk_id=staff.desk_id, area="note")
    later = {text: words.search(text=text, staff=staff).next for text in SEARCHES}
    runs: dict[str, tuple[Iterable[str], Callable[[str], object]]] = {
        "words": (SEARCHES, lambda text: words.search(text=text, staff=staff, filters=plain)),
        "words, with filters": (
            SEARCHES,
            lambda text: words.search(text=text, staff=staff, filters=narrow),
        ),
        "words, second page": (
            [text for text in SEARCHES if later[text]],
            lambda text: words.search(text=text, staff=staff, after=later[text]),
        ),
    }
    return {
        name: times([_took(run, text) for text in asked for _ in range(5)])
        for name, (asked, run) in runs.items()
    }


def _took(run: Callable[[str], object], text: str) -> float:
    """Milliseconds in SQL alone."""
    spent = 0.0

    def watch(execute: Callable[..., object], *args: object) -> object:
        nonlocal spent
        began = time.perf_counter()
        try:
            return execute(*args)
        finally:
            spent += (time.perf_counter() - began) * 1000

    with connection.execute_wrapper(watch):
        run(text)
    return spent
