"""Which of the many things that can hang on a customer or a case are there at all: one query.

The page of a case shows some thirty kinds of rows, of which a usual case has three. Asking for each costs the page more
than showing them. So one statement asks which exist, and the page fetches those. A floor registers its own with `ask`.
"""

from __future__ import annotations

from collections.abc import Container
from typing import TYPE_CHECKING, Any

from psycopg.types.numeric import Int8

from tickets.queries import prepared

if TYPE_CHECKING:
    from django.http import HttpRequest

    from tickets.models import Customer, Ticket

Present = Container[str]
_OF_TICKET = "SELECT 1 FROM {} WHERE ticket_id = %(ticket)s"
_OF_CUSTOMER = "SELECT 1 FROM {} WHERE customer_id = %(customer)s"


class _Everything:
    """For callers that did not ask first: anything may be there."""

    def __contains__(self, name: object) -> bool:
        return True


EVERYTHING: Present = _Everything()
_rows: dict[str, str] = {
    **{
        f"case.{name}": _OF_TICKET.format(f"tickets_{name}")
        for name in ("question", "complaint", "remedy", "guidance", "harmcheck", "symptom", "publicpost", "ticketlink")
    },
    "case.transfer": f"{_OF_TICKET.format('tickets_transfer')} AND status = 'offered'",
    "promise": f"{_OF_CUSTOMER.format('tickets_promise')} AND status = 'open'",
    "question": f"{_OF_CUSTOMER.format('tickets_question')} AND status = 'open'",
    "complaint": f"{_OF_CUSTOMER.format('tickets_complaint')} AND status <> 'delivered'",
    "guidance": f"{_OF_CUSTOMER.format('tickets_guidance')} AND status <> 'live'",
    "conflict": f"{_OF_CUSTOMER.format('tickets_answerconflict')} AND status = 'open'",
    "attempt": (
        f"{_OF_CUSTOMER.format('tickets_contact')} AND direction = 'out' "
        "AND result IN ('no_answer', 'voicemail_left')"
    ),
    "call": f"{_OF_CUSTOMER.format('tickets_contact')} AND ended_at IS NULL",
}  # fmt: skip


def ask(name: str, rows: str) -> None:
    """Register: `rows` is a SELECT over what `name` means, with `%(customer)s` and `%(ticket)s`."""
    _rows[name] = rows


def present_on(*, customer_id: int, ticket_id: int | None = None) -> frozenset[str]:
    """The names of what is there. One query. It decides nothing about rights: what is fetched goes by `visible_to`."""
    # Planning some thirty look-ups takes ten times as long as making them: prepared where that may be. Short, so that
    # psycopg keeps it taken apart: beyond 4,096 characters it does that anew each time.
    parts = ", ".join(f"EXISTS ({rows})" for rows in _rows.values())
    with prepared.cursor() as cursor:
        cursor.execute(f"SELECT {parts}", {"customer": Int8(customer_id), "ticket": Int8(ticket_id or 0)})
        return frozenset(name for name, found in zip(_rows, cursor.fetchone(), strict=True) if found)


def there(request: HttpRequest, customer: Customer, ticket: Ticket | None = None) -> frozenset[str]:
    """`present_on`, asked once a page."""
    known: dict[Any, frozenset[str]] = request.__dict__.setdefault("present_on", {})
    key = (customer.pk, ticket.pk if ticket else None)
    if key not in known:
        known[key] = present_on(customer_id=key[0], ticket_id=key[1])
    return known[key]
