"""A charge: what it stands on, what the customer was told, calls about it; bills and refunds (C4, C5, C8)."""

from __future__ import annotations

from typing import Any

from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from billing.forms import money as forms
from billing.models import Invoice
from billing.services import charges, invoices
from billing.services.credits import refund_credit
from billing.views import find
from billing.views.parts import Data, banners, contract_page, customer_deed, said_in
from escalation.models import Instruction
from tickets.forms.tickets import ReasonForm
from tickets.models import Tier
from tickets.rights import at_least, own_company
from tickets.views.screen import DEED, DeskRequest, page, screen


def charge_page(subject: Any, outcome: Any) -> str:
    """The charge."""
    return reverse("billing:charge", args=[subject.pk])


@screen()
def charge(request: DeskRequest, pk: int) -> Any:
    """One charge with everything said and decided about it."""
    found = find.charge(request, pk)
    seen = request.user
    context = {
        "charge": found,
        "contract": found.contract,
        "told": found.told.select_related("told_by", "ticket", "contact").order_by("-at", "-pk"),
        "calls": found.calls.select_related("promise__ticket", "apology", "planned_by").order_by("-pk"),
        "reviews": found.fault_reviews.visible_to(seen).select_related("decided_by").order_by("-pk"),
        "waivers": found.waivers.visible_to(seen)
        .select_related("requested_by", "decided_by")
        .order_by("-pk"),
        "credits": found.credits.order_by("-pk"),
        "orders": Instruction.objects.visible_to(seen).filter(charge_ref=found.pk).select_related("issuer"),
        "cases": found.contract.customer.tickets.visible_to(seen).open().order_by("-pk")[:5],
        **banners(request, found.contract.customer),
    }
    return page(request, "billing/charge.html", context)


def _tell(request: DeskRequest, charge: Any, data: Data) -> Any:
    ticket = data.pop("ticket")
    contact_id = said_in(request, ticket, data)
    return charges.tell_charge(
        charge_id=charge.pk, ticket_id=ticket.pk, contact_id=contact_id, actor=request.user, at=request.at,
        **data,
    )  # fmt: skip


tell = customer_deed(
    title=_("What the customer was told about this charge"),
    submit=_("Record it"),
    lead=_("That it is to be paid cannot be said while the fault is open or ours."),
    form=forms.TellForm,
    find=find.charge,
    do=_tell,
    leads_to=charge_page,
)

plan_call = customer_deed(
    title=_("Plan a call about this charge"),
    submit=_("Plan it"),
    lead=_("If the charge falls before, the call is void by itself and an apology takes its place."),
    form=forms.ChargeCallForm,
    find=find.charge,
    do=lambda request, charge, data: charges.plan_charge_call(
        charge_id=charge.pk,
        ticket_id=data["ticket"].pk,
        due_at=data["due_at"],
        actor=request.user,
        at=request.at,
    ),
    leads_to=charge_page,
)

withdraw = customer_deed(
    title=_("Take the charge back"),
    form=ReasonForm,
    find=find.charge,
    rights=own_company,
    do=lambda request, charge, data: charges.withdraw_charge(
        charge_id=charge.pk, reason=data["reason"], actor=request.user, at=request.at
    ),
    leads_to=charge_page,
)


@screen(own_company, methods=DEED)
def validate(request: DeskRequest, pk: int) -> Any:
    """Let it go on a bill: asks for the proof of the order, the delivery, the fault."""
    found = find.charge(request, pk)
    charges.validate_charge(charge_id=found.pk, actor=request.user, at=request.at)
    return redirect(charge_page(found, None))


@screen(at_least(Tier.SV), methods=DEED)
def impose(request: DeskRequest, pk: int) -> Any:
    """Put a disputed charge back, after two people found against the customer."""
    found = find.charge(request, pk)
    charges.impose_charge(charge_id=found.pk, actor=request.user, at=request.at)
    return redirect(charge_page(found, None))


refund = customer_deed(
    title=_("Pay a credit out"),
    submit=_("It has been paid out"),
    lead=_("Instead of setting it off against the next bill."),
    form=forms.RefundForm,
    find=find.credit,
    rights=at_least(Tier.SV),
    do=lambda request, credit, data: refund_credit(
        credit_id=credit.pk, reference=data["reference"], actor=request.user, at=request.at
    ),
    leads_to=contract_page,
)


# -- bills ---------------------------------------------------------------------------------------


def bill_page(subject: Any, outcome: Any) -> str:
    """The bill."""
    shown = outcome if isinstance(outcome, Invoice) else subject
    return reverse("billing:invoice", args=[shown.pk])


@screen()
def invoice(request: DeskRequest, pk: int) -> Any:
    """One bill with its lines and the tax, rounded once a rate."""
    found = find.invoice(request, pk)
    context = {
        "invoice": found,
        "contract": found.contract,
        "lines": found.lines.select_related("charge", "credit").order_by("pk"),
        "taxes": found.taxes.order_by("-tax_percent"),
        "total_yen": invoices.invoice_total_yen(found),
        **banners(request, found.contract.customer),
    }
    return page(request, "billing/invoice.html", context)


build = customer_deed(
    title=_("Build a bill"),
    submit=_("Build it"),
    lead=_("Every validated charge and every credit owed. Tax is rounded once a rate."),
    form=forms.MonthForm,
    find=find.contract,
    rights=at_least(Tier.SV),
    do=lambda request, contract, data: invoices.build_invoice(
        contract_id=contract.pk, month_on=data["month_on"], actor=request.user, at=request.at
    ),
    leads_to=lambda subject, outcome: (
        bill_page(subject, outcome) if outcome else contract_page(subject, None)
    ),
)

hold = customer_deed(
    title=_("Hold the bill"),
    submit=_("Hold it"),
    lead=_("It goes nowhere until it is released."),
    form=forms.HoldBillForm,
    find=find.invoice,
    rights=at_least(Tier.SV),
    do=lambda request, invoice, data: invoices.hold_invoice(
        invoice_id=invoice.pk, reason=data["reason"], actor=request.user, at=request.at
    ),
    leads_to=bill_page,
)


def _step(service: Any) -> Any:
    """A step of a bill that takes nothing but the decision to do it."""

    @screen(at_least(Tier.SV), methods=DEED)
    def view(request: DeskRequest, pk: int) -> Any:
        found = find.invoice(request, pk)
        service(invoice_id=found.pk, actor=request.user, at=request.at)
        return redirect(bill_page(found, None))

    return view


release = _step(invoices.release_invoice)
validate_bill = _step(invoices.validate_invoice)
send = _step(invoices.send_invoice)
settle = _step(invoices.settle_invoice)
