"""What stands beside a customer and on a case: contracts, lines, options, money, orders. Fixed numbers of queries."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db.models import F, Model, Prefetch, Q, QuerySet

from billing.lifecycle import FALLEN
from billing.models import (
    CancellationOrder,
    Charge,
    Contract,
    Credit,
    FaultReview,
    Milestone,
    OptionRegistration,
    StopConsent,
    StopIncident,
    Waiver,
)
from billing.models.registrations import LIVE
from billing.queries.cancellation import LineState, line_states, orders_visible_to, pending_terminations
from tickets.models import Customer, Staff, Ticket
from tickets.queries.kept import kept
from tickets.queries.present import EVERYTHING, Present

Row = TypeVar("Row", bound=Model)

MOST = 20


@dataclass(frozen=True, slots=True)
class Ending:
    """The lines of one order in 解約待ち, as components/ending_banner.html reads them (D5)."""

    order_id: int | None
    lines: list[dict[str, Any]]


def contracts_on_card(customer: Customer, staff: Staff) -> list[Contract]:
    """The newest contracts of who is calling, with their products. One query."""
    rows = Contract.objects.visible_to(staff).filter(customer=customer)
    return list(rows.select_related("product_version__product").order_by("-started_on", "-pk")[:3])


def endings(customer: Customer, staff: Staff) -> list[Ending]:
    """Per order of the customer the lines that wait for their end. One query when there are none, else four."""
    pending = pending_terminations([customer.pk])[customer.pk]
    if not pending:
        return []
    consents = StopConsent.objects.filter(
        line__in=[line.line_id for line in pending],
        cancellation_line__withdrawn_at__isnull=True,
        generation=F("cancellation_line__generation"),
    )
    given = {consent.line_id: consent for consent in consents.order_by("given_at", "pk")}
    seen = set(orders_visible_to(staff).filter(customer=customer).values_list("pk", flat=True))
    found: dict[int | None, Ending] = {}
    for line in pending:
        key = line.order_id if line.order_id in seen else None
        found.setdefault(key, Ending(key, [])).lines.append(
            {
                "get_kind_display": line.kind_label,
                "number": line.number,
                "status": "pending_terminate",
                "last_day": line.last_day,
                "last_day_set_by": line.set_by,
                "last_day_why": line.why,
                "stop_consent": given.get(line.line_id),
            }
        )
    return list(found.values())


@dataclass(frozen=True, slots=True)
class Beside:
    """What the customer has: contracts, lines with their newest events, options, open charges, credits owed."""

    contracts: list[Contract]
    lines: list[LineState]
    options: list[OptionRegistration]
    charges: list[Charge]
    credits: list[Credit]


def beside_customer(customer: Customer, present: Present = EVERYTHING) -> Beside:
    """Everything beside a customer, in eight queries, fewer where `present` does not name what there may be.

    For pages that `visible_to` has opened.
    """

    def listed(name: str, rows: Callable[[Customer], QuerySet[Row]]) -> list[Row]:
        return list(rows(customer)[:MOST]) if f"billing.{name}" in present else []

    return Beside(
        contracts=_contracts(customer_id=customer.pk),
        lines=line_states(customer.pk, events=3, present=present),
        options=listed("optionregistration", _options),
        charges=listed("charge", _charges),
        credits=listed("credit", _credits),
    )


def _options(customer: Customer) -> QuerySet[OptionRegistration]:
    rows = OptionRegistration.objects.filter(contract__customer=customer, status__in=LIVE)
    return rows.select_related("option", "contract").order_by("contract_id", "pk")


def _charges(customer: Customer) -> QuerySet[Charge]:
    rows = Charge.objects.filter(contract__customer=customer).exclude(status__in=(*FALLEN, "settled"))
    return rows.select_related("contract").order_by("-period_from", "-pk")


def _credits(customer: Customer) -> QuerySet[Credit]:
    return Credit.objects.filter(customer=customer, status="owed").order_by("-pk")


@kept
def _contracts(*, customer_id: int) -> QuerySet[Contract]:
    rows = Contract.objects.filter(customer_id=customer_id).select_related("product_version__product")
    return rows.order_by("-started_on", "pk")[:MOST]


def orders_of_case(ticket: Ticket) -> list[CancellationOrder]:
    """The cancellation orders on a case with lines and milestones; three queries more when there is one."""
    milestones = Milestone.objects.select_related("line", "told_by")
    return list(
        CancellationOrder.objects.filter(ticket=ticket)
        .select_related("contract")
        .prefetch_related("lines__line", "lines__set_by", Prefetch("milestones", milestones))
        .order_by("-pk")[:MOST]
    )


@dataclass(frozen=True, slots=True)
class CaseMoney:
    """Fault reviews, waivers, charges asked about, an early stop: what of billing stands on one case."""

    reviews: list[FaultReview]
    waivers: list[Waiver]
    charges: list[Charge]
    incident: StopIncident | None

    def __bool__(self) -> bool:
        """Whether there is any."""
        return bool(self.reviews or self.waivers or self.charges or self.incident)


def money_of_case(ticket: Ticket) -> CaseMoney:
    """Four queries."""
    asked = Q(told__ticket=ticket) | Q(calls__promise__ticket=ticket) | Q(fault_reviews__ticket=ticket)
    charges = Charge.objects.filter(asked | Q(waivers__ticket=ticket)).distinct()
    reviews = FaultReview.objects.filter(ticket=ticket).select_related(
        "charge", "registration__option", "line", "decided_by", "second_by"
    )
    waivers = Waiver.objects.filter(ticket=ticket).select_related("charge", "requested_by", "decided_by")
    return CaseMoney(
        reviews=list(reviews.order_by("-pk")[:MOST]),
        waivers=list(waivers.order_by("-pk")[:MOST]),
        charges=list(charges.select_related("contract").order_by("-period_from", "-pk")[:MOST]),
        incident=StopIncident.objects.filter(ticket=ticket)
        .select_related("line", "exception_request")
        .first(),
    )
