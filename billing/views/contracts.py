"""The contract: lines, options, proofs, notices, documents, money; and what is recorded about it (C1-C3, C11)."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from billing.forms import contracts as forms
from billing.models import DocumentVersion
from billing.queries import contracts as queries
from billing.queries.side_by_side import option_names
from billing.services import documents, evidence, withdrawals
from billing.views import find
from billing.views.parts import banners, contract_page, customer_deed, figures
from tickets.paging import newest_first
from tickets.rights import own_company
from tickets.views.screen import DeskRequest, page, screen


@screen()
def contract(request: DeskRequest, number: str) -> Any:
    """One contract with everything on it."""
    found = find.contract(request, number)
    context = {
        "contract": found,
        "shown": queries.contract_page(found, request.user),
        "names": option_names(),
        "last_day_to_withdraw": withdrawals.last_day_to_withdraw(found),
        **banners(request, found.customer),
    }
    return page(request, "billing/contract.html", context)


@screen()
def charges(request: DeskRequest, number: str) -> Any:
    """Every charge of a contract, by key."""
    found = find.contract(request, number)
    rows = newest_first(queries.charges_of(found), request.GET.get("after", ""))
    return page(
        request,
        "billing/charges.html",
        {"contract": found, "page": rows, **banners(request, found.customer)},
    )


record_evidence = customer_deed(
    title=_("Store the proof of an order"),
    submit=_("Store it"),
    lead=_("It is written once and never edited. A misread form is entered again, as another proof."),
    form=forms.EvidenceForm,
    find=find.contract,
    initial=lambda request, contract: {"agency": contract.agency_id},
    do=lambda request, contract, data: evidence.record_evidence(
        contract_id=contract.pk,
        kind=data["kind"],
        ordered_on=data["ordered_on"],
        options=data["options"],
        reference=data["reference"],
        form_version=data["form_version"],
        agency_id=data["agency"].pk if data["agency"] else None,
        is_customers_copy=data["is_customers_copy"],
        image=data["image"],
        actor=request.user,
        at=request.at,
    ),
    leads_to=contract_page,
    done=_("The proof is stored."),
)


@screen()
def evidence_image(request: DeskRequest, pk: int) -> Any:
    """The stored scan, for whoever may see the contract; never executed, never kept by a proxy."""
    found = find.evidence(request, pk)
    if not found.image or not found.image.storage.exists(found.image.name):
        raise Http404
    with found.image.open("rb") as file:
        scan = file.read()
    kind = forms.kind_of_image(scan)
    if kind is None:
        raise Http404
    response = HttpResponse(scan, content_type=kind[1])
    response["Content-Disposition"] = f'inline; filename="evidence-{found.pk}.{kind[0]}"'
    response["Cache-Control"] = "private, max-age=600"
    response["X-Content-Type-Options"] = "nosniff"
    return response


record_notice = customer_deed(
    title=_("Record a notice that was sent"),
    lead=_("A notice sent is not received, and received is not consent."),
    form=forms.NoticeForm,
    find=find.contract,
    initial=lambda request, contract: {
        "sent_to": contract.customer.address,
        "document_version": DocumentVersion.objects.filter(kind=DocumentVersion.Kind.NOTICE)
        .order_by("-effective_on")
        .first(),
    },
    do=lambda request, contract, data: evidence.record_notice(
        contract_id=contract.pk,
        document_version_id=data["document_version"].pk,
        via=data["via"],
        sent_to=data["sent_to"],
        contents={"options": data["options"]},
        actor=request.user,
        at=request.at,
    ),
    leads_to=contract_page,
)


def _generate(request: DeskRequest, contract: Any, data: dict[str, Any]) -> Any:
    with figures():
        return documents.generate_contract_document(
            contract_id=contract.pk,
            document_version_id=data["document_version"].pk,
            replaces_id=data["replaces"].pk if data["replaces"] else None,
            electronic_consent_ref=data["electronic_consent_ref"],
            actor=request.user,
            at=request.at,
        )


generate_document = customer_deed(
    title=_("Make the contract document"),
    submit=_("Make it"),
    lead=_("It names each paid option with its price, and is refused while any registration is unverified."),
    form=forms.DocumentForm,
    find=find.contract,
    do=_generate,
    leads_to=contract_page,
)

document_received = customer_deed(
    title=_("The contract document was received"),
    lead=_("This is day 1 of the eight days of early withdrawal."),
    form=forms.ReceivedForm,
    find=find.document,
    do=lambda request, document, data: documents.record_document_received(
        document_id=document.pk, actor=request.user, at=request.at, **data
    ),
    leads_to=contract_page,
)


def _withdraw(request: DeskRequest, contract: Any, data: dict[str, Any]) -> Any:
    ticket = data.pop("ticket")
    with figures():
        return withdrawals.record_withdrawal(
            contract_id=contract.pk, ticket_id=ticket.pk, actor=request.user, at=request.at, **data
        )


record_withdrawal = customer_deed(
    title=_("Early withdrawal"),
    submit=_("Take the withdrawal"),
    lead=_("Nobody can refuse one. Whether it is in time, the postmark says."),
    form=forms.WithdrawalForm,
    find=find.contract,
    do=_withdraw,
    leads_to=contract_page,
)


@screen(own_company)
def credits_list(request: DeskRequest) -> Any:
    """What the company still owes back, by key."""
    rows = newest_first(queries.credits_owed(request.user), request.GET.get("after", ""))
    return page(request, "billing/credits.html", {"page": rows, "here": reverse("billing:credits")})
