"""Form against register as they stand (C2)."""

from __future__ import annotations

from django.db.models import Q

from billing.models import OptionRegistration, OrderEvidence
from billing.models.registrations import LIVE
from billing.order_fields import FieldPair, compare_fields


def fields_of(registration: OptionRegistration, evidence: OrderEvidence) -> list[FieldPair]:
    """Form | register for this registration and this proof, as they stand. Reads only.

    Registered for the form is what came from it, what has no form, the row itself, and what the form ticks.
    """
    concerned = (
        Q(evidence=evidence) | Q(evidence__isnull=True) | Q(pk=registration.pk)
        | Q(option__code__in=evidence.ordered_options)
    )  # fmt: skip
    registered = OptionRegistration.objects.filter(
        concerned, contract_id=registration.contract_id, status__in=LIVE
    ).values_list("option__code", flat=True)
    return compare_fields(
        form_options=evidence.fields["options"],
        form_ordered_on=evidence.ordered_on,
        register_options=registered,
        register_ordered_on=registration.ordered_on,
    )
