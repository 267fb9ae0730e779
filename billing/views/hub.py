"""What of the customer's contract can be asked about from a case: charges, options, lines, in one place (C2, C5, C8)."""

from __future__ import annotations

from typing import Any

from billing.models import Charge, OptionRegistration
from billing.views import find
from billing.views.parts import banners
from tickets.paging import newest_first
from tickets.views.screen import DeskRequest, page, screen


@screen()
def money(request: DeskRequest, number: str) -> Any:
    """Options with their proof, charges by key; from each the way on, on this case."""
    ticket = find.ticket(request, number)
    mine = {"contract__customer": ticket.customer_id}
    options = OptionRegistration.objects.visible_to(request.user).filter(**mine)
    charges = Charge.objects.visible_to(request.user).filter(**mine)
    context = {
        "ticket": ticket,
        "options": options.select_related("option", "contract", "evidence").order_by("-pk")[:50],
        "page": newest_first(charges.select_related("contract"), request.GET.get("after", "")),
        **banners(request, ticket.customer),
    }
    return page(request, "billing/money.html", context)
