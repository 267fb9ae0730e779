"""What billing shows on pages of the ground floor: 解約待ち everywhere, contracts beside, orders and money on cases."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from billing.models import Milestone
from billing.queries import beside
from billing.queries.milestones import strip
from tickets.addresses import address
from tickets.models import PromiseKind
from tickets.panels import Action, Panel, hang, offer, settle
from tickets.queries.present import ask, there

if TYPE_CHECKING:
    from tickets.models import Customer, Promise, Ticket
    from tickets.views.screen import DeskRequest


# What each part needs to be there; (name, rows). Of the line's own rows only those that a customer seldom has.
_OF_LINES = (
    "SELECT 1 FROM billing_{0} x JOIN billing_serviceline l ON l.id = x.line_id "
    "JOIN billing_contract c ON c.id = l.contract_id WHERE c.customer_id = %(customer)s"
)
_OF_CONTRACTS = (
    "SELECT 1 FROM billing_{0} x JOIN billing_contract c ON c.id = x.contract_id "
    "WHERE c.customer_id = %(customer)s"
)
_OF_TICKET = "SELECT 1 FROM billing_{0} WHERE ticket_id = %(ticket)s"
PRESENT = (
    ("billing.contract", "SELECT 1 FROM billing_contract WHERE customer_id = %(customer)s"),
    ("billing.ending", f"{_OF_CONTRACTS.format('serviceline')} AND x.status = 'pending_terminate'"),
    *((f"billing.{name}", _OF_LINES.format(name)) for name in ("lineevent", "porting", "stopincident")),
    *((f"billing.{name}", _OF_CONTRACTS.format(name)) for name in ("optionregistration", "charge")),
    ("billing.credit", "SELECT 1 FROM billing_credit WHERE customer_id = %(customer)s"),
    ("case.order", _OF_TICKET.format("cancellationorder")),
    *(
        ("case." + name, _OF_TICKET.format(name))
        for name in ("faultreview", "waiver", "stopincident", "chargetold")
    ),
    (
        "case.chargecall",
        (
            "SELECT 1 FROM billing_chargecall x JOIN tickets_promise p ON p.id = x.promise_id "
            "WHERE p.ticket_id = %(ticket)s"
        ),
    ),
)
MONEY = {f"case.{name}" for name in ("faultreview", "waiver", "stopincident", "chargetold", "chargecall")}


def _milestone(owed: Promise) -> str:
    """The order whose milestone it is; one for a visit that must be agreed anew hangs on the visit."""
    milestone = (
        Milestone.objects.filter(promise=owed).first()
        or Milestone.objects.filter(order__ticket=owed.ticket_id).first()
    )
    return address("billing:order", milestone.order_id) if milestone else owed.ticket.get_absolute_url()


# Where a promise about money or dates is ended.
PLACES = {
    PromiseKind.MILESTONE: _milestone,
    PromiseKind.CARRIER_RELAY: _milestone,
    PromiseKind.FAULT_DECISION: lambda owed: address("billing:review", owed.fault_review.pk),
    PromiseKind.WAIVER_DECISION: lambda owed: address("billing:waiver", owed.waiver.pk),
    PromiseKind.PARTNER_REPORT: lambda owed: address("billing:review", owed.error_report.review_id),
    PromiseKind.SWEEP: lambda owed: address("billing:sweep", owed.sweep.pk),
}


def register() -> None:
    """Called once, from the app's ready()."""
    for name, rows in PRESENT:
        ask(name, rows)
    hang("banner", ending)
    hang("customer", contracts)
    hang("card", on_card)
    hang("case", orders)
    hang("case", money)
    offer(actions)
    for kind, at in PLACES.items():
        settle(kind, at)


def ending(request: DeskRequest, customer: Customer, ticket: Ticket | None) -> Panel | None:
    """Until when each line can be used, who set it and why (D5)."""
    if "billing.ending" not in there(request, customer, ticket):
        return None
    found = beside.endings(customer, request.user)
    return Panel("billing/ending.html", {"endings": found}) if found else None


def contracts(request: DeskRequest, customer: Customer, ticket: Ticket | None) -> Panel | None:
    """Contracts, lines with their newest events, options, open charges."""
    present = there(request, customer, ticket)
    if "billing.contract" not in present:
        return None
    found = beside.beside_customer(customer, present)
    return Panel("billing/beside_customer.html", {"beside": found, "ticket": ticket})


def on_card(request: DeskRequest, customer: Customer, ticket: Ticket | None) -> Panel | None:
    """The contracts of who is calling, each by its number and product. One query."""
    if "billing.contract" not in there(request, customer, ticket):
        return None
    return Panel("billing/on_card.html", {"contracts": beside.contracts_on_card(customer, request.user)})


def orders(request: DeskRequest, customer: Customer, ticket: Ticket | None) -> Panel | None:
    """The cancellation on this case with its milestones."""
    found = (
        beside.orders_of_case(ticket) if ticket and "case.order" in there(request, customer, ticket) else []
    )
    if not found:
        return None
    shown = [{"order": order, "strip": strip(order.milestones.all())} for order in found]
    return Panel("billing/case_orders.html", {"orders": shown})


def money(request: DeskRequest, customer: Customer, ticket: Ticket | None) -> Panel | None:
    """Early stop, fault reviews, charges and waivers of this case."""
    found = beside.money_of_case(ticket) if ticket and MONEY & there(request, customer, ticket) else None
    return Panel("billing/case_money.html", {"money": found, "ticket": ticket}) if found else None


def actions(request: DeskRequest, ticket: Ticket) -> list[Action]:
    """A cancellation is never further than one key; a dead line is anybody's to report (D7, D8, A16)."""
    if not ticket.is_open:
        return []

    def to(name: str) -> str:
        return address(f"billing:{name}", ticket.number)

    return [
        Action(to("choose_contract"), _("Cancellation"), "ending", key="k", order=20),
        Action(to("money"), _("Options and charges"), "catalogue", key="o", order=30),
        Action(to("request_waiver"), _("Request a waiver"), "waiver", key="w", order=40),
        Action(to("dead_line"), _("A line is dead before its end"), "line-off", order=50),
    ]
