"""Bills: built, validated, sent, paid, held; tax rounded once per rate (C11; L16)."""

from __future__ import annotations

import datetime as dt

from billing.access import lock_contract, require_reasons, require_supervisor
from billing.models import Charge, Credit, Invoice, InvoiceLine, InvoiceTax
from billing.rating import invoice_tax
from billing.services.history import record
from tickets.models import Staff
from tickets.service import service


@service
def build_invoice(
    *, contract_id: int, month_on: dt.date, at: dt.datetime, actor: Staff | None = None
) -> Invoice:
    """Put every validated charge and every owed credit of the contract on the bill of that month (the 1st, JST).

    The billing run, or SV or above. Building again while it is new replaces its lines, so what fell meanwhile is gone.
    """
    require_supervisor(actor, rule="C11")
    contract = lock_contract(contract_id, actor)
    invoice, _new = Invoice.objects.get_or_create(
        contract=contract,
        month_on=month_on,
        defaults={"number": f"{contract.number}-{month_on:%Y%m}", "made_at": at},
    )
    invoice.lines.all().delete()
    invoice.taxes.all().delete()
    charges = Charge.objects.filter(contract=contract, status="validated", invoice_line__isnull=True)
    owed = Credit.objects.filter(contract=contract, status="owed", invoice_line__isnull=True)
    lines = [
        *(
            InvoiceLine(invoice=invoice, charge=c, net_yen=c.net_yen, tax_percent=c.tax_percent)
            for c in charges
        ),
        *(
            InvoiceLine(invoice=invoice, credit=c, net_yen=-c.net_yen, tax_percent=c.tax_percent)
            for c in owed
        ),
    ]
    InvoiceLine.objects.bulk_create(lines)
    sums = invoice_tax((line.net_yen, line.tax_percent) for line in lines)
    InvoiceTax.objects.bulk_create(
        InvoiceTax(invoice=invoice, tax_percent=percent, net_yen=net, tax_yen=tax)
        for percent, (net, tax) in sums.items()
    )
    _record(invoice, "invoice.built", at=at, actor=actor)
    return invoice


@service
def validate_invoice(*, invoice_id: int, at: dt.datetime, actor: Staff | None = None) -> Invoice:
    """Its lines stand. Refused when a charge fell (C5) or a tax is not the one rounding of its rate (C11)."""
    invoice = _lock(invoice_id, actor)
    invoice.validate()
    return _saved(invoice, "invoice.validated", at=at, actor=actor)


@service
def send_invoice(*, invoice_id: int, at: dt.datetime, actor: Staff | None = None) -> Invoice:
    """It leaves: its charges are billed and its credits applied, all or none (C4, C5)."""
    invoice = _lock(invoice_id, actor)
    invoice.send(at=at)
    invoice.save(update_fields=["status", "sent_at"])
    lines = invoice.lines.select_related("charge", "credit")
    for line in lines:
        if line.charge is not None:
            line.charge.bill(at=at)
            line.charge.save(update_fields=["status", "billed_at"])
        if line.credit is not None:
            line.credit.apply(at=at)
            line.credit.save(update_fields=["status", "ended_at"])
    _record(invoice, "invoice.sent", at=at, actor=actor)
    return invoice


@service
def settle_invoice(*, invoice_id: int, at: dt.datetime, actor: Staff | None = None) -> Invoice:
    """It is paid, and with it every charge on it that still stands."""
    invoice = _lock(invoice_id, actor)
    invoice.settle(at=at)
    invoice.save(update_fields=["status", "settled_at"])
    for charge in Charge.objects.filter(invoice_line__invoice=invoice, status="billed"):
        charge.settle(at=at)
        charge.save(update_fields=["status", "settled_at", "demand_open"])
    _record(invoice, "invoice.settled", at=at, actor=actor)
    return invoice


@service
def hold_invoice(*, invoice_id: int, reason: str, at: dt.datetime, actor: Staff) -> Invoice:
    """請求保留: keep a bill back that has not left. SV or above, with a reason."""
    require_reasons(reason, rule="C11")
    invoice = _lock(invoice_id, actor)
    invoice.hold(reason=reason)
    return _saved(invoice, "invoice.held", at=at, actor=actor)


@service
def release_invoice(*, invoice_id: int, at: dt.datetime, actor: Staff) -> Invoice:
    """Let a held bill be built again. SV or above."""
    invoice = _lock(invoice_id, actor)
    invoice.release()
    return _saved(invoice, "invoice.released", at=at, actor=actor)


def invoice_total_yen(invoice: Invoice) -> int:
    """The sum of the bill, tax included; negative when we owe."""
    return sum(tax.net_yen + tax.tax_yen for tax in invoice.taxes.all())


def _lock(invoice_id: int, actor: Staff | None) -> Invoice:
    require_supervisor(actor, rule="C11")
    contract_id = Invoice.objects.values_list("contract_id", flat=True).get(pk=invoice_id)
    lock_contract(contract_id, actor)
    return (
        Invoice.objects.select_for_update(no_key=True, of=("self",))
        .select_related("contract")
        .get(pk=invoice_id)
    )


def _saved(invoice: Invoice, event: str, *, at: dt.datetime, actor: Staff | None) -> Invoice:
    invoice.save(update_fields=["status", "hold_reason"])
    _record(invoice, event, at=at, actor=actor)
    return invoice


def _record(invoice: Invoice, event: str, *, at: dt.datetime, actor: Staff | None) -> None:
    record(invoice.contract, event, at=at, actor=actor, summary=invoice.number, invoice=invoice.pk)
