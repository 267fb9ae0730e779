"""The contract document (契約書面): made only of verified registrations; its receipt starts the eight days (C11; 26-2, 26-3)."""

from __future__ import annotations

import datetime as dt

from django.utils.translation import gettext_lazy as _

from billing.access import lock_contract
from billing.models import ContractDocument, OptionRegistration
from billing.models.registrations import LIVE
from billing.queries.figures import option_fee_on, tax_percent_on
from billing.rating import charged
from billing.services.history import record
from tickets.dates import day_of
from tickets.errors import Refused
from tickets.models import Staff
from tickets.service import service


@service
def generate_contract_document(
    *,
    contract_id: int,
    document_version_id: int,
    at: dt.datetime,
    actor: Staff,
    replaces_id: int | None = None,
    electronic_consent_ref: str = "",
) -> ContractDocument:
    """Write the contract document: terms, and each paid option with name and price (施行規則22の2の4).

    Anyone who sees the contract. Refused (C11) while any registration is unverified or differs from its order.
    `replaces_id`: the document that misrepresented something; the receipt of this one starts the days anew.
    """
    contract = lock_contract(contract_id, actor)
    document = ContractDocument.objects.create(
        contract=contract,
        document_version_id=document_version_id,
        contents=_contents(contract_id, day_of(at)),
        electronic_consent_ref=electronic_consent_ref,
        generated_by=actor,
        generated_at=at,
        replaces_id=replaces_id,
    )
    record(contract, "document.generated", at=at, actor=actor, summary="契約書面", document=document.pk)
    return document


@service
def record_document_received(
    *, document_id: int, received_on: dt.date, proof: str, at: dt.datetime, actor: Staff | None = None
) -> ContractDocument:
    """Day 1 of the eight (26-3): the JST day the document came, with what proves it. Sending proves nothing (C3)."""
    document = ContractDocument.objects.select_for_update(no_key=True).get(pk=document_id)
    contract = lock_contract(document.contract_id, actor)
    if received_on < day_of(document.generated_at):
        raise Refused("C11", _("It cannot have come before it was written."))
    document.received_on, document.receipt_proof = received_on, proof
    document.save(update_fields=["received_on", "receipt_proof"])
    contract.document_received_on = received_on
    contract.save(update_fields=["document_received_on"])
    record(contract, "document.received", at=at, actor=actor, summary=proof, document=document.pk)
    return document


def _contents(contract_id: int, day: dt.date) -> dict[str, object]:
    percent = tax_percent_on(day)
    options = OptionRegistration.objects.filter(contract_id=contract_id, status__in=LIVE).select_related(
        "option"
    )
    return {
        "as_of": day.isoformat(),
        "options": [
            {
                "code": row.option.code,
                "name": row.option.name_ja,
                "yen": charged(option_fee_on(row.option_id, max(day, row.starts_on)), percent).total_yen,
                "starts_on": row.starts_on.isoformat(),
            }
            for row in options
        ],
    }
