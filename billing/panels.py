"""What billing shows on pages of the ground floor: 解約待ち everywhere, contracts beside, orders and money on cases."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from billing.queries import beside
from billing.queries.milestones import strip
from tickets.panels import Action, Panel, hang, offer

if TYPE_CHECKING:
    from tickets.models import Customer, Ticket
    from tickets.views.screen import DeskRequest


def register() -> None:
    """Called once, from the app's ready()."""
    hang("banner", ending)
    hang("customer", contracts)
    hang("case", orders)
    hang("case", money)
    offer(actions)


def ending(request: DeskRequest, customer: Customer, ticket: Ticket | None) -> Panel | None:
    """Until when each line can be used, who set it and why (D5)."""
    found = beside.endings(customer, request.user)
    return Panel("billing/ending.html", {"endings": found}) if found else None


def contracts(request: DeskRequest, customer: Customer, ticket: Ticket | None) -> Panel | None:
    """Contracts, lines with their newest events, options, open charges."""
    found = beside.beside_customer(customer)
    if not found.contracts:
        return None
    return Panel("billing/beside_customer.html", {"beside": found, "ticket": ticket})


def orders(request: DeskRequest, customer: Customer, ticket: Ticket | None) -> Panel | None:
    """The cancellation on this case with its milestones."""
    found = beside.orders_of_case(ticket) if ticket else []
    if not found:
        return None
    shown = [{"order": order, "strip": strip(order.milestones.all())} for order in found]
    return Panel("billing/case_orders.html", {"orders": shown})


def money(request: DeskRequest, customer: Customer, ticket: Ticket | None) -> Panel | None:
    """Early stop, fault reviews, charges and waivers of this case."""
    found = beside.money_of_case(ticket) if ticket else None
    return Panel("billing/case_money.html", {"money": found, "ticket": ticket}) if found else None


def actions(request: DeskRequest, ticket: Ticket) -> list[Action]:
    """A cancellation is never further than one key; a dead line is anybody's to report (D7, D8, A16)."""
    if not ticket.is_open:
        return []

    def to(name: str) -> str:
        return reverse(f"billing:{name}", args=[ticket.number])

    return [
        Action(to("choose_contract"), _("Cancellation"), "ending", key="k", order=20),
        Action(to("money"), _("Options and charges"), "catalogue", key="o", order=30),
        Action(to("request_waiver"), _("Request a waiver"), "waiver", key="w", order=40),
        Action(to("dead_line"), _("A line is dead before its end"), "line-off", order=50),
    ]
