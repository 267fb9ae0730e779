"""What customers order: the proof, and notices sent (C2, C3)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.core.files import File

from billing.access import lock_contract
from billing.models import Notice, OrderEvidence
from billing.services.history import record
from tickets.models import Staff
from tickets.service import service


@service
def record_evidence(
    *,
    contract_id: int,
    kind: str,
    ordered_on: dt.date,
    options: Mapping[str, bool],
    reference: str,
    actor: Staff,
    at: dt.datetime,
    form_version: str = "",
    agency_id: int | None = None,
    is_customers_copy: bool = False,
    image: File[Any] | None = None,
) -> OrderEvidence:
    """Keep a proof of an order as it stands: `options` has every option on the form, ticked or not.

    Anyone who sees the contract may. `ordered_on`: the JST date on the proof. Written once; a misread form is
    entered again, as another proof. `image`: the scan. Refused (C3) for any kind but form, recording, web log.
    """
    contract = lock_contract(contract_id, actor)
    evidence = OrderEvidence.objects.create(
        contract=contract,
        kind=kind,
        ordered_on=ordered_on,
        received_at=at,
        received_by=actor,
        agency_id=agency_id,
        form_version=form_version,
        reference=reference,
        is_customers_copy=is_customers_copy,
        image=image or "",
        fields={"options": dict(options)},
    )
    record(contract, "evidence.recorded", at=at, actor=actor, summary=reference, evidence=evidence.pk)
    return evidence


@service
def record_notice(
    *,
    contract_id: int,
    document_version_id: int,
    via: str,
    sent_to: str,
    at: dt.datetime,
    actor: Staff | None = None,
    contents: Mapping[str, object] | None = None,
) -> Notice:
    """Write down that a letter or mail went out. It proves nothing about receipt or consent (C3)."""
    contract = lock_contract(contract_id, actor)
    notice = Notice.objects.create(
        contract=contract,
        document_version_id=document_version_id,
        via=via,
        sent_to=sent_to,
        sent_at=at,
        contents=dict(contents or {}),
    )
    record(contract, "notice.sent", at=at, actor=actor, summary=sent_to, notice=notice.pk)
    return notice
