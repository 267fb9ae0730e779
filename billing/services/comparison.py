"""Comparing the register with the proof of the order (C2)."""

from __future__ import annotations

import datetime as dt

from django.utils.translation import gettext_lazy as _

from billing.access import lock_registration
from billing.models import ComparisonRow, OrderEvidence, RegistrationComparison
from billing.queries.comparison import fields_of
from tickets.errors import Refused
from tickets.models import Staff
from tickets.service import service
from tickets.services.timeline import append_entry


@service
def compare_registration(
    *, registration_id: int, at: dt.datetime, actor: Staff | None = None, evidence_id: int | None = None
) -> RegistrationComparison:
    """Write down, field by field, what form and register say. Anyone who sees the contract may; it decides nothing.

    `evidence_id`: another proof than the registration's own, e.g. the customer's copy. Refused (C2) without any.
    """
    registration = lock_registration(registration_id, actor)
    wanted = evidence_id or registration.evidence_id
    if wanted is None:
        raise Refused("C2", _("There is no evidence of the order to compare with."))
    evidence = OrderEvidence.objects.get(pk=wanted, contract_id=registration.contract_id)
    comparison = RegistrationComparison.objects.create(
        registration=registration, evidence=evidence, compared_by=actor, at=at
    )
    pairs = fields_of(registration, evidence)
    ComparisonRow.objects.bulk_create(
        ComparisonRow(
            comparison=comparison, field=pair.field, form_value=pair.form, register_value=pair.register
        )
        for pair in pairs
    )
    differing = [pair.field for pair in pairs if not pair.matches]
    append_entry(
        customer_id=registration.contract.customer_id,
        kind="registration.compared",
        at=at,
        actor=actor,
        summary=str(registration.option),
        data={"registration": registration.pk, "comparison": comparison.pk, "differs": differing},
    )
    return comparison


def differing_rows(comparison: RegistrationComparison) -> list[ComparisonRow]:
    """The fields on which form and register do not agree."""
    return list(comparison.rows.filter(matches=False).order_by("field"))
