"""What the way up shows on pages of the ground floor: the demand on a case, and the ways to go up from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from escalation.models import Demand, ExceptionRequest, Instruction
from escalation.queries.demands import read_aloud
from tickets.addresses import address
from tickets.models import TOP, PromiseKind, Tier
from tickets.panels import Action, Panel, hang, offer, settle
from tickets.queries.present import ask, there

if TYPE_CHECKING:
    from tickets.models import Customer, Ticket
    from tickets.views.screen import DeskRequest


# Where a promise of the way up is ended; the promise has one row of each.
PLACES = {
    PromiseKind.SUPERIOR_ANSWER: lambda owed: address("escalation:demand", owed.demand.pk),
    PromiseKind.EXCEPTION_DECISION: lambda owed: address("escalation:exception", owed.exception.pk),
    PromiseKind.OBJECTION_DECISION: lambda owed: address(
        "escalation:instruction", owed.objection.instruction_id
    ),
    PromiseKind.REGULATOR_REPLY: lambda owed: address("escalation:regulator", owed.regulator_case.pk),
}


def register() -> None:
    """Called once, from the app's ready()."""
    for name in ("demand", "instruction", "exceptionrequest"):
        ask(f"case.{name}", f"SELECT 1 FROM escalation_{name} WHERE ticket_id = %(ticket)s")
    hang("case", demands)
    hang("case", orders)
    offer(actions)
    for kind, at in PLACES.items():
        settle(kind, at)


def demands(request: DeskRequest, customer: Customer, ticket: Ticket | None) -> Panel | None:
    """The demands on this case: what to read aloud, who holds it."""
    if "case.demand" not in there(request, customer, ticket):
        return None
    rows = Demand.objects.visible_to(request.user).filter(ticket=ticket)
    found = list(
        rows.select_related("holder", "answered_by", "holder_delegation__grantor").order_by("-pk")[:10]
    )
    if not found:
        return None
    shown = [{"demand": row, "aloud": read_aloud(row) if row.is_open else None} for row in found]
    return Panel("escalation/case_demands.html", {"demands": shown})


def orders(request: DeskRequest, customer: Customer, ticket: Ticket | None) -> Panel | None:
    """Instructions and exceptions on this case."""
    if not {"case.instruction", "case.exceptionrequest"} & there(request, customer, ticket):
        return None
    instructions = Instruction.objects.visible_to(request.user).filter(ticket=ticket)
    exceptions = ExceptionRequest.objects.visible_to(request.user).filter(ticket=ticket)
    context = {
        "instructions": list(instructions.select_related("issuer", "recipient").order_by("-pk")[:10]),
        "exceptions": list(exceptions.select_related("holder", "asked_by").order_by("-pk")[:10]),
    }
    return Panel("escalation/case_orders.html", context) if any(context.values()) else None


def actions(request: DeskRequest, ticket: Ticket) -> list[Action]:
    """The way up stands first on every case, for everybody, whatever its state."""
    staff, number = request.user, ticket.number

    def to(name: str) -> str:
        return address(f"escalation:{name}", number)

    found = [Action(to("demand_superior"), _("Wants a superior"), "upward", "upward", key="s", order=1)]
    if ticket.is_open:
        found.append(Action(to("ask_exception"), _("Exception"), "flag", order=60))
        found.append(Action(to("note_instruction"), _("Note an instruction"), "instruction", order=90))
    if staff.tier >= Tier.LEADER and not staff.is_partner:
        found.append(Action(to("issue_instruction"), _("Give an instruction"), "instruction", order=91))
    if staff.tier >= TOP:
        found.append(Action(to("final_answer"), _("Final answer in writing"), "mail", order=95))
    return found
