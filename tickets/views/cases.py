"""The page of a case."""

from __future__ import annotations

from typing import Any

from tickets.panels import actions, panels, settled_elsewhere
from tickets.queries import timeline
from tickets.queries.case import case_of
from tickets.queries.present import there
from tickets.views import find
from tickets.views.customers import about
from tickets.views.screen import DeskRequest, page, screen


@screen()
def case(request: DeskRequest, number: str) -> Any:
    """What is owed, what was asked and said, and every way on."""
    ticket = find.ticket(request, number)
    history = timeline.of_ticket(
        ticket_id=ticket.pk, staff=request.user, after=request.GET.get("after", ""), size=30
    )
    context = {
        "ticket": ticket,
        "case": case_of(ticket, there(request, ticket.customer, ticket)),
        "page": history,
        "parts": panels("case", request, ticket.customer, ticket),
        "actions": actions(request, ticket),
        **about(request, ticket.customer, ticket),
    }
    context["owed_here"] = [p for p in context["owed"].promises if p.ticket_id == ticket.pk]
    context["elsewhere"] = settled_elsewhere()
    return page(request, "tickets/case.html", context)
