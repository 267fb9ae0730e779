"""The lines of a set of cutoffs, locked, as plain rows: what decides about each and what is said of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from django.db import connection

from billing.models import CancellationOrder
from billing.models.cancellation import number_of
from billing.services.orders import lock_order
from tickets.dates import end_of_day

# In the order of the fields below. Both lines are locked, in one order for everybody.
LINES = """
    SELECT l.id, l.line_id, l.order_id, l.generation, l.last_day, l.withdrawn_at, o.status, o.ticket_id,
           o.customer_id, c.name, c.email, c.language, s.status, s.kind, s.access_line_id, a.circuit
    FROM billing_cancellationline l
    JOIN billing_serviceline s ON s.id = l.line_id
    JOIN billing_accessline a ON a.id = s.access_line_id
    JOIN billing_cancellationorder o ON o.id = l.order_id
    JOIN tickets_customer c ON c.id = o.customer_id
    WHERE l.id = ANY(%s) ORDER BY l.line_id FOR NO KEY UPDATE OF l, s
"""
LOCK = "SELECT count(*) FROM (SELECT 1 FROM {table} WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE) locked"


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
    orders = CancellationOrder.objects.filter(lines__in=ids)
    merged = orders.filter(ticket__merged_into__isnull=False).distinct()
    for order in merged.order_by("ticket_id", "pk"):
        lock_order(order.pk, None)  # moves on to the ticket that goes on
    found = set(orders.values_list("ticket_id", "pk"))
    with connection.cursor() as cursor:
        cursor.execute(LOCK.format(table="tickets_ticket"), [list({ticket for ticket, _ in found})])
        cursor.execute(LOCK.format(table="billing_cancellationorder"), [list({order for _, order in found})])
        cursor.execute(LINES, [list(ids)])
        return {row[0]: EndingLine._make(row) for row in cursor.fetchall()}
