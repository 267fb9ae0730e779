"""What the company owes back: delays, early stops, refunds (C5, C10, D7; L16)."""

from __future__ import annotations

import datetime as dt

from django.utils.translation import gettext_lazy as _

from billing.access import lock_contract, lock_registration, require_supervisor
from billing.models import Credit, ServiceLine
from billing.queries.figures import figure_or_none, option_fee_on, tax_percent_on
from billing.rating import credit_for_days, given_back
from billing.services.history import record
from tickets.dates import day_of
from tickets.errors import Refused
from tickets.models import Staff
from tickets.service import service


@service
def credit_delay(*, registration_id: int, at: dt.datetime, actor: Staff | None = None) -> Credit:
    """Credit the JST days from the promised start to the delivery, that day excluded (C10).

    By calendar days of the option's fee at the promised start, rounded up, with the tax of that day. The credit
    comes on top of not being charged for those days. Refused when it was delivered in time or not at all.
    """
    registration = lock_registration(registration_id, actor)
    starts_on, delivered_at = registration.starts_on, registration.delivered_at
    if delivered_at is None or day_of(delivered_at) <= starts_on:
        raise Refused("C10", _("It was not delivered late."))
    fee = option_fee_on(registration.option_id, starts_on)
    amount = given_back(credit_for_days(fee, starts_on, day_of(delivered_at)), tax_percent_on(starts_on))
    credit = Credit.objects.create(
        customer_id=registration.contract.customer_id,
        contract=registration.contract,
        kind=Credit.Kind.DELAY,
        delayed_registration=registration,
        net_yen=amount.net_yen,
        tax_percent=amount.percent,
        tax_yen=amount.tax_yen,
        owed_at=at,
    )
    record_credit(credit, at=at, actor=actor)
    return credit


@service
def credit_early_stop(
    *,
    line_id: int,
    first: dt.date,
    until: dt.date,
    at: dt.datetime,
    actor: Staff | None = None,
    ticket_id: int | None = None,
) -> Credit:
    """Credit the JST days [first, until) on which a line that had stopped too early was not there (D7).

    By calendar days of the contract's monthly fee, rounded up. The tariff's 24-hour threshold (L18) is not applied:
    the stop was the company's own act.
    """
    line = ServiceLine.objects.select_related("contract__product_version").get(pk=line_id)
    contract = lock_contract(line.contract_id, actor)
    fee = line.contract.product_version.monthly_fee_yen
    amount = given_back(credit_for_days(fee, first, until), tax_percent_on(first))
    credit = Credit.objects.create(
        customer_id=contract.customer_id,
        contract=contract,
        kind=Credit.Kind.EARLY_STOP,
        stopped_line=line,
        net_yen=amount.net_yen,
        tax_percent=amount.percent,
        tax_yen=amount.tax_yen,
        owed_at=at,
    )
    record_credit(credit, at=at, actor=actor, ticket_id=ticket_id)
    return credit


@service
def refund_credit(*, credit_id: int, reference: str, at: dt.datetime, actor: Staff) -> Credit:
    """Pay a credit out instead of setting it off (返金). SV or above; `reference` finds the payment."""
    require_supervisor(actor, rule="C5")
    credit = Credit.objects.select_for_update(no_key=True).select_related("contract").get(pk=credit_id)
    if not reference.strip():
        raise Refused("C5", _("Name the payment."))
    credit.refund(at=at, reference=reference)
    credit.save(update_fields=["status", "ended_at", "refund_ref"])
    record_credit(credit, at=at, actor=actor, event="credit.refunded")
    return credit


def needs_return_invoice(credit: Credit) -> bool:
    """Whether a 返還インボイス is due: from the figure `return_invoice_from` on, tax included (L16)."""
    threshold = figure_or_none("return_invoice_from", day_of(credit.owed_at))
    return threshold is not None and credit.net_yen + credit.tax_yen >= threshold


def record_credit(
    credit: Credit,
    *,
    at: dt.datetime,
    actor: Staff | None,
    ticket_id: int | None = None,
    event: str = "credit.owed",
) -> None:
    """The line on the timeline."""
    record(
        credit.contract,
        event,
        at=at,
        actor=actor,
        ticket_id=ticket_id,
        summary=str(credit.get_kind_display()),
        credit=credit.pk,
        yen=credit.net_yen + credit.tax_yen,
    )
