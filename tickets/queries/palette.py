"""What Ctrl+K finds on the server: customers and cases."""

from __future__ import annotations

from django.db.models import Q

from tickets.models import Customer, Staff, Ticket
from tickets.queries.customers import search

MOST = 8


def customers(text: str, staff: Staff) -> list[Customer]:
    """As the search field finds them."""
    return list(search(text=text, staff=staff, size=MOST).rows)


def cases(text: str, staff: Staff) -> list[Ticket]:
    """By number, or by the beginning of its digits' end (12 finds T00000012); of one's own, also by subject. One query."""
    plain = text.strip().upper()
    mine = Q(assignee=staff, subject__icontains=text.strip())
    numbers = Q(number=plain)
    if plain.isdecimal():
        numbers |= Q(number=f"T{plain:0>8}")
    rows = Ticket.objects.visible_to(staff).filter(numbers | mine).select_related("customer")
    return list(rows.order_by("-id")[:MOST])
