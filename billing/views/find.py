"""Finding the row a screen of billing is about; 404 for what the person may not see."""

from __future__ import annotations

from typing import Any

from django.shortcuts import get_object_or_404

from billing.models import (
    CancellationLine,
    CancellationOrder,
    CarrierInstruction,
    Charge,
    Contract,
    ContractDocument,
    Credit,
    FaultReview,
    Invoice,
    Milestone,
    OptionRegistration,
    OrderEvidence,
    Porting,
    StopIncident,
    Sweep,
    SweepItem,
    VisitOffer,
    Waiver,
)
from billing.queries.cancellation import orders_visible_to
from tickets.models import Ticket
from tickets.views.find import customer, ticket
from tickets.views.screen import DeskRequest

__all__ = ["customer", "ticket"]


def contract(request: DeskRequest, number: str) -> Contract:
    """A contract by its number."""
    rows = Contract.objects.visible_to(request.user).select_related(
        "customer", "product_version__product", "document_version", "agency"
    )
    return get_object_or_404(rows, number=number)


def _seen(model: Any, *related: str) -> Any:
    """A finder by `pk` for rows that have `visible_to`."""

    def find(request: DeskRequest, pk: int) -> Any:
        return get_object_or_404(model.objects.visible_to(request.user).select_related(*related), pk=pk)

    return find


registration = _seen(
    OptionRegistration, "contract__customer", "contract__product_version", "option", "evidence",
    "registered_by", "verifier", "line",
)  # fmt: skip
evidence = _seen(OrderEvidence, "contract__customer")
document = _seen(ContractDocument, "contract__customer")
charge = _seen(Charge, "contract__customer", "registration__option", "line")
credit = _seen(Credit, "contract__customer", "customer", "charge")
invoice = _seen(Invoice, "contract__customer")
waiver = _seen(
    Waiver, "ticket", "customer", "contract", "charge__registration", "requested_by", "first_by",
    "decided_by", "promise",
)  # fmt: skip
review = _seen(
    FaultReview, "ticket__customer", "charge__contract", "charge__registration__contract",
    "registration__contract", "registration__option", "line", "requested_by", "decided_by", "second_by",
    "promise",
)  # fmt: skip
sweep = _seen(Sweep, "review__ticket__customer", "promise", "finished_by")


def order(request: DeskRequest, pk: int) -> CancellationOrder:
    """A cancellation order."""
    rows = orders_visible_to(request.user).select_related("customer", "contract", "ticket")
    return get_object_or_404(rows, pk=pk)


def order_line(request: DeskRequest, pk: int, line: int) -> CancellationLine:
    """One line of a cancellation order, by the ids of both."""
    rows = CancellationLine.objects.filter(order__in=orders_visible_to(request.user))
    return get_object_or_404(
        rows.select_related("line", "order__customer", "order__contract", "order__ticket"),
        order_id=pk,
        line_id=line,
    )


def _on_order(model: Any, *related: str) -> Any:
    """A finder by `pk` for what hangs on a cancellation order."""

    def find(request: DeskRequest, pk: int) -> Any:
        rows = model.objects.filter(order__in=orders_visible_to(request.user))
        return get_object_or_404(
            rows.select_related("order__customer", "order__contract", "order__ticket", *related), pk=pk
        )

    return find


milestone = _on_order(Milestone, "line")
porting = _on_order(Porting, "line")
visit = _on_order(VisitOffer, "access_line")


def _on_ticket(model: Any, *related: str) -> Any:
    """A finder by `pk` for what hangs on a case."""

    def find(request: DeskRequest, pk: int) -> Any:
        rows = model.objects.filter(ticket__in=Ticket.objects.visible_to(request.user))
        return get_object_or_404(rows.select_related("ticket__customer", *related), pk=pk)

    return find


instruction = _on_ticket(CarrierInstruction, "access_line__carrier", "line", "order")
incident = _on_ticket(
    StopIncident, "line__contract", "order", "fault_review", "exception_request", "reconnect", "credit",
    "reported_by", "remedy", "contact",
)  # fmt: skip


def sweep_item(request: DeskRequest, pk: int) -> SweepItem:
    """One suspect of a sweep. The screens of sweeps are the own company's."""
    rows = SweepItem.objects.filter(sweep__in=Sweep.objects.visible_to(request.user))
    return get_object_or_404(
        rows.select_related("sweep", "registration__contract", "registration__option", "line__contract"),
        pk=pk,
    )
