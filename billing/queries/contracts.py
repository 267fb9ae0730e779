"""A contract's page and lists, as the screens read them (C1). Fixed numbers of queries."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import QuerySet

from billing.models import (
    CancellationOrder,
    Charge,
    Contract,
    ContractDocument,
    Credit,
    EarlyWithdrawal,
    Invoice,
    Notice,
    OptionRegistration,
    OrderEvidence,
)
from billing.queries.cancellation import LineState, line_states, orders_visible_to
from tickets.models import Staff

NEWEST = 20


@dataclass(frozen=True, slots=True)
class ContractPage:
    """Everything on a contract's page; of charges, bills and notices the newest."""

    lines: list[LineState]
    registrations: list[OptionRegistration]
    evidence: list[OrderEvidence]
    notices: list[Notice]
    documents: list[ContractDocument]
    charges: list[Charge]
    credits: list[Credit]
    invoices: list[Invoice]
    orders: list[CancellationOrder]
    withdrawal: EarlyWithdrawal | None


def contract_page(contract: Contract, staff: Staff) -> ContractPage:
    """Fourteen queries, whatever the number of rows. For a contract that `visible_to` has opened."""
    return ContractPage(
        lines=[state for state in line_states(contract.customer_id) if state.line.contract_id == contract.pk],
        registrations=list(registrations_of(contract)[: NEWEST * 5]),
        evidence=list(contract.evidence.select_related("received_by", "agency").order_by("-pk")[:NEWEST]),
        notices=list(contract.notices.select_related("document_version").order_by("-sent_at")[:NEWEST]),
        documents=list(
            contract.documents.select_related("document_version", "generated_by", "replaced_by").order_by(
                "-pk"
            )[:NEWEST]
        ),
        charges=list(charges_of(contract).order_by("-period_from", "-pk")[:NEWEST]),
        credits=list(contract.credits.order_by("-pk")[:NEWEST]),
        invoices=list(contract.invoices.prefetch_related("taxes").order_by("-month_on")[:NEWEST]),
        orders=list(
            orders_visible_to(staff).filter(contract=contract).select_related("ticket").order_by("-pk")
        ),
        withdrawal=EarlyWithdrawal.objects.filter(contract=contract).first(),
    )


def registrations_of(contract: Contract) -> QuerySet[OptionRegistration]:
    """Options on the register, what is live first."""
    return contract.registrations.select_related(
        "option", "registered_by", "verifier", "evidence", "line"
    ).order_by("-pk")


def charges_of(contract: Contract) -> QuerySet[Charge]:
    """Charges of a contract."""
    return Charge.objects.filter(contract=contract).select_related("registration__option")


def credits_owed(staff: Staff) -> QuerySet[Credit]:
    """Credits that are still to be given, for a keyed list."""
    return (
        Credit.objects.visible_to(staff)
        .filter(status="owed")
        .select_related("customer", "contract", "charge", "waiver")
    )
