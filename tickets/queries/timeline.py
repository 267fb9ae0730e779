"""The contact history of one customer or one case, newest first (A1)."""

from __future__ import annotations

from functools import lru_cache

from django.db.models import QuerySet

from tickets.models import Staff, TimelineEntry
from tickets.paging import Page
from tickets.queries.kept import Kept, kept
from tickets.queries.keyset import page_by, page_from, page_of

KEYS = ("at", "id")
PAGE_SIZE = 50
# What markup.timeline_entry shows, and no more: thirty cases, contacts and people beside as many entries.
COLUMNS = (
    "customer", "kind", "at", "summary", "actor__name", "desk__name_ja", "desk__name_en", "contact__recording_ref",
)  # fmt: skip
OF_THE_CASE = ("ticket__number", "ticket__subject")


def of_customer(
    *, customer_id: int, staff: Staff, after: str = "", size: int = PAGE_SIZE
) -> Page[TimelineEntry]:
    """Across desks, companies and tickets. One query."""
    if after:
        rows = _of_customer(staff).filter(customer_id=customer_id)
        return page_by(rows, KEYS, after, size=size, descending=True)
    return page_from(_first_of_customer(size)(staff=staff, customer_id=customer_id), KEYS, size=size)


def of_ticket(*, ticket_id: int, staff: Staff, after: str = "", size: int = PAGE_SIZE) -> Page[TimelineEntry]:
    """What happened on one case, which the entries themselves do not name. One query."""
    if after:
        rows = _of_ticket(staff).filter(ticket_id=ticket_id)
        return page_by(rows, KEYS, after, size=size, descending=True)
    return page_from(_first_of_ticket(size)(staff=staff, ticket_id=ticket_id), KEYS, size=size)


@lru_cache(maxsize=8)
def _first_of_customer(size: int) -> Kept[TimelineEntry]:
    @kept
    def newest(*, staff: Staff, customer_id: int) -> QuerySet[TimelineEntry]:
        rows = _of_customer(staff).filter(customer_id=customer_id)
        return page_of(rows, KEYS, size=size, descending=True)

    return newest


@lru_cache(maxsize=8)
def _first_of_ticket(size: int) -> Kept[TimelineEntry]:
    @kept
    def newest(*, staff: Staff, ticket_id: int) -> QuerySet[TimelineEntry]:
        rows = _of_ticket(staff).filter(ticket_id=ticket_id)
        return page_of(rows, KEYS, size=size, descending=True)

    return newest


def _of_customer(staff: Staff) -> QuerySet[TimelineEntry]:
    return _shown(staff).select_related("ticket").only(*COLUMNS, *OF_THE_CASE)


def _of_ticket(staff: Staff) -> QuerySet[TimelineEntry]:
    return _shown(staff).only(*COLUMNS, "ticket_id")


def _shown(staff: Staff) -> QuerySet[TimelineEntry]:
    return TimelineEntry.objects.visible_to(staff).select_related("actor", "desk", "contact")
