"""Rows of a loaded desk that are worth looking at."""

from __future__ import annotations

from django.db import connection

from tickets.models import Customer, CustomerPhone, Staff, Ticket
from tickets.queries import queues


def busy_case() -> Ticket:
    """An open case with thirty entries or more."""
    return cases(1)[0]


def cases(most: int) -> list[Ticket]:
    """Open cases with thirty entries or more, the newest first; any others where there are not so many."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT t.id FROM tickets_ticket t CROSS JOIN LATERAL (SELECT count(*) AS n FROM (SELECT 1 FROM "
            "tickets_timelineentry e WHERE e.ticket_id = t.id LIMIT 30) x) c WHERE t.status IN "
            "('acknowledged', 'in_progress', 'pending', 'held') AND c.n >= 30 ORDER BY t.id DESC LIMIT %s",
            [most],
        )
        ids = [row[0] for row in cursor.fetchall()]
    found = list(Ticket.objects.filter(pk__in=ids).select_related("customer").order_by("-pk"))
    return found or list(Ticket.objects.open().select_related("customer").order_by("-pk")[:most])


def busy_customer() -> Customer:
    """Whom many cases belong to, some of them open: as many on a desk of any size, so that its page shows as much.

    The largest desk's busiest customer has five times the open cases of a small desk's, and its page says so.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT customer_id FROM tickets_ticket GROUP BY 1 HAVING count(*) BETWEEN 25 AND 70 ORDER BY abs(2 - "
            "count(*) FILTER (WHERE status IN ('acknowledged', 'in_progress', 'pending', 'held'))), count(*) DESC, "
            "customer_id LIMIT 1"
        )
        found = cursor.fetchone()
    if found is None:  # a desk of some hundred cases
        return Customer.objects.order_by("pk")[0]
    return Customer.objects.get(pk=found[0])


def phone() -> str:
    """A number that somebody has."""
    return CustomerPhone.objects.order_by("-pk").values_list("e164", flat=True)[0]


def second_page(staff: Staff) -> str:
    """The `after` of the second page of a person's queue; "" when it has one page."""
    return queues.desk_queue(staff=staff, desk_id=staff.desk_id).next
