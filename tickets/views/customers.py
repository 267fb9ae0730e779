"""Finding a customer, and their page: what we owe on top, then the whole contact history (A1)."""

from __future__ import annotations

from typing import Any

from django.shortcuts import redirect

from tickets.models import Customer, Ticket
from tickets.panels import panels
from tickets.queries import customers as queries
from tickets.queries import timeline
from tickets.queries.calls import Line, current_contact, line_of_contact
from tickets.queries.owed import owed_to
from tickets.queries.present import there
from tickets.queries.queues import newest_of_customer
from tickets.views import find, words
from tickets.views.screen import DeskRequest, page, screen


@screen()
def search(request: DeskRequest) -> Any:
    """One field for everything; a single match opens at once, of several the operator chooses."""
    text = request.GET.get("q", "").strip()
    if request.GET.get("in") == words.IN_WORDS:
        return words.search_words(request, text)
    ticket = Ticket.objects.visible_to(request.user).filter(number=text.upper()).first() if text else None
    if ticket is not None:
        return redirect(ticket)
    found = queries.search(text=text, staff=request.user, after=request.GET.get("after", ""))
    if len(found.rows) == 1 and found.first:
        return redirect(found.rows[0])
    return page(request, "tickets/search.html", {"page": found, "text": text, "tabs": words.tabs(text)})


@screen()
def customer(request: DeskRequest, number: str) -> Any:
    """The customer's page."""
    found = find.customer(request, number)
    history = timeline.of_customer(
        customer_id=found.pk, staff=request.user, after=request.GET.get("after", "")
    )
    context = {
        "page": history,
        "tickets": _cases(request, found),
        **about(request, found),
    }
    return page(request, "tickets/customer.html", context)


def about(request: DeskRequest, customer: Customer, ticket: Ticket | None = None) -> dict[str, Any]:
    """What every page about a customer shows around its middle."""
    owed = owed_to(customer_id=customer.pk, staff=request.user, present=there(request, customer, ticket))
    return {
        "customer": queries.with_phones(customer),
        "owed": owed,
        "late": len(owed.overdue(request.at)),
        "banners": panels("banner", request, customer, ticket),
        "beside": panels("customer", request, customer, ticket),
        "call": _line(request, customer) if "call" in there(request, customer, ticket) else None,
    }


def _line(request: DeskRequest, customer: Customer) -> Line | None:
    """The call with this customer that goes on, or waits for its wrap-up."""
    contact = current_contact(request.user, customer.pk)
    return line_of_contact(contact) if contact else None


def _cases(request: DeskRequest, customer: Customer) -> list[Ticket]:
    return newest_of_customer(staff=request.user, customer_id=customer.pk)
