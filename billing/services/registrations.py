"""Options on the register: keyed in by one, verified by another, active, delivered, ended (C2, C10)."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.utils.translation import gettext_lazy as _

from billing.access import lock_contract, lock_registration
from billing.models import OptionItem, OptionRegistration, OrderEvidence, RegistrationComparison
from billing.services.comparison import compare_registration
from billing.services.credits import credit_delay
from billing.services.history import record
from tickets.dates import day_of
from tickets.errors import NotAllowed, Refused
from tickets.models import Staff
from tickets.service import service


@service
def register_option(
    *,
    contract_id: int,
    option_code: str,
    ordered_on: dt.date,
    starts_on: dt.date,
    actor: Staff,
    at: dt.datetime,
    line_id: int | None = None,
    batch: str = "",
    form_version: str = "",
    agency_id: int | None = None,
    corrects_id: int | None = None,
) -> OptionRegistration:
    """Key an option in, as a draft. Anyone who sees the contract may; they then never verify it (C2).

    Dates JST. `corrects_id`: the void registration that this one takes the place of (C6).
    """
    contract = lock_contract(contract_id, actor)
    registration = OptionRegistration.objects.create(
        contract=contract,
        line_id=line_id,
        option=OptionItem.objects.get(code=option_code),
        registered_by=actor,
        registered_at=at,
        agency_id=agency_id,
        batch=batch,
        form_version=form_version,
        ordered_on=ordered_on,
        starts_on=starts_on,
        corrects_id=corrects_id,
    )
    _record(registration, "registration.drafted", at=at, actor=actor)
    return registration


@service
def attach_evidence(
    *, registration_id: int, evidence_id: int, actor: Staff, at: dt.datetime
) -> OptionRegistration:
    """Name the proof of the order. For a row from the old system it changes no state: it is active already."""
    registration = lock_registration(registration_id, actor)
    evidence = OrderEvidence.objects.get(pk=evidence_id, contract_id=registration.contract_id)
    if registration.status == "draft":
        registration.attach_evidence(evidence)
    else:
        registration.evidence = evidence
    registration.save(update_fields=["status", "evidence"])
    _record(registration, "registration.evidenced", at=at, actor=actor, evidence=evidence.pk)
    return registration


@service
def verify_registration(*, registration_id: int, actor: Staff, at: dt.datetime) -> RegistrationComparison:
    """Compare form and register, and let the registration go ahead if nothing differs (C2).

    Anyone but the registrar. On a difference the registration falls back to draft and the comparison, which is
    returned either way, says which fields.
    """
    registration = lock_registration(registration_id, actor)
    if registration.registered_by_id == actor.pk:
        raise NotAllowed("C2", _("Whoever registered it cannot verify it; ask a colleague."))
    comparison = compare_registration(registration_id=registration_id, at=at, actor=actor)
    if comparison.rows.filter(matches=False).exists():
        registration.mismatch()
        event = "registration.mismatch"
    else:
        registration.verify(verifier=actor)
        event = "registration.verified"
    registration.save(update_fields=["status", "verifier"])
    _record(registration, event, at=at, actor=actor, comparison=comparison.pk)
    return comparison


@service
def notify_registration(
    *, registration_id: int, at: dt.datetime, actor: Staff | None = None
) -> OptionRegistration:
    """The customer has been sent what was registered. That he was proves no consent (C3)."""
    registration = lock_registration(registration_id, actor)
    registration.notify()
    return _save(registration, "registration.notified", at=at, actor=actor)


@service
def activate_registration(
    *, registration_id: int, at: dt.datetime, actor: Staff | None = None
) -> OptionRegistration:
    """Switch it on. Refused (C2) unless evidence, verifier and latest comparison agree."""
    registration = lock_registration(registration_id, actor)
    registration.activate()
    return _save(registration, "registration.active", at=at, actor=actor)


@service
def deliver_option(
    *, registration_id: int, delivered_at: dt.datetime, at: dt.datetime, actor: Staff | None = None
) -> OptionRegistration:
    """It works from `delivered_at`: billable from that JST day, or from the promised start if that is later (C10).

    Came it later than promised, the days between are credited in the same transaction.
    """
    registration = lock_registration(registration_id, actor)
    if registration.status != "active":
        raise Refused("C10", _("Only an active option is delivered."))
    registration.deliver(at=delivered_at, on=day_of(delivered_at))
    registration.save(update_fields=["delivered_at", "billable_from"])
    if day_of(delivered_at) > registration.starts_on:
        credit_delay(registration_id=registration.pk, at=at, actor=actor)
    _record(registration, "registration.delivered", at=at, actor=actor)
    return registration


@service
def cancel_registration(*, registration_id: int, at: dt.datetime, actor: Staff) -> OptionRegistration:
    """End it before it was ever active; it costs nothing."""
    registration = lock_registration(registration_id, actor)
    registration.cancel()
    return _save(registration, "registration.cancelled", at=at, actor=actor)


@service
def end_registration(
    *, registration_id: int, last_day: dt.date, at: dt.datetime, actor: Staff
) -> OptionRegistration:
    """The customer gives the option up; `last_day` (JST) is the last day he has it. Nothing can delay it."""
    registration = lock_registration(registration_id, actor)
    registration.terminate(last_day=last_day)
    registration.save(update_fields=["status", "ended_on"])
    _record(registration, "registration.ended", at=at, actor=actor, last_day=last_day.isoformat())
    return registration


def _save(
    registration: OptionRegistration, event: str, *, at: dt.datetime, actor: Staff | None
) -> OptionRegistration:
    registration.save(update_fields=["status"])
    _record(registration, event, at=at, actor=actor)
    return registration


def _record(
    registration: OptionRegistration, event: str, *, at: dt.datetime, actor: Staff | None, **facts: Any
) -> None:
    record(
        registration.contract,
        event,
        at=at,
        actor=actor,
        summary=str(registration.option),
        registration=registration.pk,
        **facts,
    )
