"""A wrong registration made right (C6)."""

from __future__ import annotations

import datetime as dt

from django.utils.translation import gettext as _

from billing.access import lock_registration, require_own_company, require_reasons
from billing.lifecycle import FALLEN
from billing.models import Charge, OptionRegistration, OrderEvidence
from billing.services.falls import after_fall
from billing.services.history import record
from billing.services.registrations import attach_evidence, register_option
from tickets.errors import Refused
from tickets.models import Staff
from tickets.service import service


@service
def correct_registration(
    *,
    wrong_id: int,
    option_code: str,
    evidence_id: int,
    reason: str,
    at: dt.datetime,
    actor: Staff,
    starts_on: dt.date | None = None,
) -> OptionRegistration:
    """Put the ordered option in place of the one that was registered by mistake. Returns the new registration.

    Anyone of the own company, once a verdict of company or carrier stands on the wrong one. The wrong one is void from
    its start, with every charge of it. The right one counts from the date on the evidence and from the promised start
    (`starts_on`, the wrong one's unless named), is verified by somebody else, is billable only from its delivery, and
    registering it again costs nothing. Refused (C2) when the evidence does not order it, or does order the wrong one.
    """
    require_own_company(actor, rule="C6")
    require_reasons(reason, rule="C6")
    wrong = lock_registration(wrong_id, actor)
    evidence = OrderEvidence.objects.get(pk=evidence_id, contract_id=wrong.contract_id)
    if not evidence.ticks(option_code) or evidence.ticks(wrong.option.code):
        raise Refused("C2", _("The evidence does not say so."))
    falling = list(
        Charge.objects.filter(registration=wrong).exclude(status__in=FALLEN).values_list("pk", flat=True)
    )
    wrong.void_from_start(at=at, reason=reason)
    wrong.save(update_fields=["status", "voided_at", "void_reason"])
    after_fall(falling, at=at, actor=actor)
    right = _register_right(
        wrong, option_code, evidence, actor=actor, at=at, starts_on=starts_on or wrong.starts_on
    )
    record(
        wrong.contract,
        "registration.corrected",
        at=at,
        actor=actor,
        summary=reason,
        wrong=wrong.pk,
        right=right.pk,
        fee_yen=0,
    )
    return right


def _register_right(
    wrong: OptionRegistration,
    option_code: str,
    evidence: OrderEvidence,
    *,
    actor: Staff,
    at: dt.datetime,
    starts_on: dt.date,
) -> OptionRegistration:
    standing = OptionRegistration.objects.filter(
        contract_id=wrong.contract_id, option__code=option_code, status="draft"
    ).first()
    right = standing or register_option(
        contract_id=wrong.contract_id,
        option_code=option_code,
        ordered_on=evidence.ordered_on,
        starts_on=starts_on,
        actor=actor,
        at=at,
        line_id=wrong.line_id,
        form_version=evidence.form_version,
        agency_id=evidence.agency_id,
        corrects_id=wrong.pk,
    )
    return attach_evidence(registration_id=right.pk, evidence_id=evidence.pk, actor=actor, at=at)
