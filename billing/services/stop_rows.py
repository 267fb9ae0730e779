"""The lines of a set of cutoffs, locked, as plain rows: what decides about each and what is said of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from django.db import connection

from billing.models.cancellation import number_of
from billing.models.porting import OPEN_PORTING
from billing.services.orders import lock_order
from tickets.dates import end_of_day
from tickets.sets import array

ORDERS = """
    SELECT DISTINCT o.id, o.ticket_id, t.merged_into_id IS NOT NULL FROM billing_cancellationline l
    JOIN billing_cancellationorder o ON o.id = l.order_id JOIN tickets_ticket t ON t.id = o.ticket_id
    WHERE l.id = ANY(%s::bigint[])
"""
LOCK = "SELECT count(*) FROM (SELECT 1 FROM {table} WHERE id = ANY(%s::bigint[]) ORDER BY id FOR NO KEY UPDATE) locked"
# In the order of the fields below. Both lines are locked, in one order for everybody. Of several consents to the last day as
# it stands the newest counts.
LINES = """
    SELECT l.id, l.line_id, l.order_id, l.generation, l.last_day, l.withdrawn_at, o.status, o.ticket_id,
           o.customer_id, c.name, c.email, c.language, s.status, s.kind, s.access_line_id, a.circuit,
           EXISTS (SELECT 1 FROM billing_porting p WHERE p.line_id = l.line_id AND p.status = ANY(%(open)s)),
           (SELECT p.completed_at FROM billing_porting p WHERE p.line_id = l.line_id
             AND p.completed_at IS NOT NULL ORDER BY p.id DESC LIMIT 1),
           consent.id, consent.stop_at
    FROM billing_cancellationline l
    JOIN billing_serviceline s ON s.id = l.line_id
    JOIN billing_accessline a ON a.id = s.access_line_id
    JOIN billing_cancellationorder o ON o.id = l.order_id
    JOIN tickets_customer c ON c.id = o.customer_id
    LEFT JOIN LATERAL (SELECT g.id, g.stop_at FROM billing_stopconsent g WHERE g.cancellation_line_id = l.id
        AND g.generation = l.generation ORDER BY g.given_at DESC, g.id DESC LIMIT 1) consent ON true
    WHERE l.id = ANY(%(ids)s::bigint[]) ORDER BY l.line_id FOR NO KEY UPDATE OF l, s
"""


class EndingLine(NamedTuple):
    """A line of a cancellation with its order, its customer and the line in service; a row, not a model."""

    pk: int
    line_id: int
    order_id: int
    generation: int
    last_day: dt.date
    withdrawn_at: dt.datetime | None
    order_status: str
    ticket_id: int
    customer_id: int
    name: str
    email: str
    language: str
    line_status: str
    kind: str
    access_line_id: int
    circuit: str
    being_ported: bool
    ported_at: dt.datetime | None
    consent_id: int | None
    consented_to: dt.datetime | None

    @property
    def ends_at(self) -> dt.datetime:
        """24:00 JST of the last day, exclusive."""
        return end_of(self.last_day)

    @property
    def number(self) -> str:
        """The order's number."""
        return number_of(self.order_id)


@lru_cache(maxsize=64)
def end_of(day: dt.date) -> dt.datetime:
    """`end_of_day`, asked once for the thousands that end on one day."""
    return end_of_day(day)


def lock(ids: Sequence[int]) -> Mapping[int, EndingLine]:
    """The lines with all that decides about them, locked in the one order: tickets, orders, lines."""
    with connection.cursor() as cursor:
        cursor.execute(ORDERS, [array(ids)])
        found = cursor.fetchall()
        if merged := sorted((ticket, order) for order, ticket, has_gone in found if has_gone):
            for _ticket, order in merged:
                lock_order(order, None)  # moves on to the ticket that goes on
            cursor.execute(ORDERS, [array(ids)])
            found = cursor.fetchall()
        cursor.execute(LOCK.format(table="tickets_ticket"), [array({ticket for _, ticket, _ in found})])
        cursor.execute(LOCK.format(table="billing_cancellationorder"), [array(order for order, *_ in found)])
        cursor.execute(LINES, {"ids": array(ids), "open": [status.value for status in OPEN_PORTING]})
        return {row[0]: EndingLine._make(row) for row in cursor.fetchall()}
