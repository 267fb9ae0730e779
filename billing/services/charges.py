"""Charges: proposed, validated, told, asked for; imposed after a dispute only by a verdict of two (C4, C5, C8, C10)."""

from __future__ import annotations

import datetime as dt

from django.utils.translation import gettext as _

from billing.access import (
    lock_contract,
    lock_registration,
    require_own_company,
    require_reasons,
    require_supervisor,
)
from billing.models import Charge, ChargeCall, ChargeKind, ChargeTold, FallKind
from billing.queries.figures import option_fee_on, tax_percent_on
from billing.rating import charged, fee_for
from billing.services.falls import after_fall
from billing.services.history import record
from tickets.errors import Refused
from tickets.models import PromiseKind, Staff, Tier
from tickets.service import service
from tickets.services.locking import lock_ticket
from tickets.services.promises import open_promise


@service
def propose_charge(
    *,
    contract_id: int,
    kind: str,
    what: str,
    net_yen: int,
    period_from: dt.date,
    period_until: dt.date,
    supply_on: dt.date,
    at: dt.datetime,
    actor: Staff | None = None,
    registration_id: int | None = None,
    line_id: int | None = None,
    taxable: bool = True,
) -> Charge:
    """Write down what something costs, yen before tax, at the tax rate of `supply_on`. Nothing is billed by it.

    Own company and the system. Dates JST, `period_until` exclusive. Refused (C4, C6, C11): an option charge without a
    registration, on a void one, a fee for registering anew what was wrong, a penalty or residual over its cap.
    """
    require_own_company(actor, rule="C4")
    contract = lock_contract(contract_id, actor)
    amount = charged(net_yen, tax_percent_on(supply_on) if taxable else 0)
    charge = Charge.objects.create(
        contract=contract,
        registration_id=registration_id,
        line_id=line_id,
        kind=kind,
        what=what,
        period_from=period_from,
        period_until=period_until,
        supply_on=supply_on,
        net_yen=amount.net_yen,
        taxable=taxable,
        tax_percent=amount.percent,
        tax_yen=amount.tax_yen,
        proposed_by=actor,
        proposed_at=at,
    )
    _record(charge, "charge.proposed", at=at, actor=actor)
    return charge


@service
def propose_option_fee(
    *, registration_id: int, first: dt.date, until: dt.date, at: dt.datetime, actor: Staff | None = None
) -> Charge:
    """Charge an option for the JST days [first, until), by the product version's proration (C10, L17).

    Days before it could be billed are left out; Refused (C10) when that leaves none, or it was never delivered.
    """
    registration = lock_registration(registration_id, actor)
    if registration.billable_from is None:
        raise Refused("C10", _("It is not charged before it is delivered."))
    first = max(first, registration.billable_from)
    if first >= until:
        raise Refused("C10", _("It is not charged for days before it was delivered."))
    fee = fee_for(
        registration.contract.product_version.proration_rule,
        option_fee_on(registration.option_id, first),
        first,
        until,
    )
    return propose_charge(
        contract_id=registration.contract_id,
        registration_id=registration.pk,
        line_id=registration.line_id,
        kind=ChargeKind.OPTION_FEE,
        what=str(registration.option),
        net_yen=fee,
        period_from=first,
        period_until=until,
        supply_on=first,
        at=at,
        actor=actor,
    )


@service
def validate_charge(*, charge_id: int, at: dt.datetime, actor: Staff | None = None) -> Charge:
    """Let it go on a bill. Refused without evidence of the order (C4), before delivery (C10), in dispute (C5)."""
    charge = _lock(charge_id, actor)
    charge.validate()
    return _saved(charge, "charge.validated", at=at, actor=actor, fields=("status",))


@service
def withdraw_charge(*, charge_id: int, reason: str, at: dt.datetime, actor: Staff) -> Charge:
    """Take a proposed charge back before anything came of it. Own company, with a reason."""
    require_reasons(reason, rule="C4")
    charge = _lock(charge_id, actor)
    charge.void(at=at, kind=FallKind.WITHDRAWN, reason=reason)
    charge.save()
    after_fall([charge.pk], at=at, actor=actor)
    return charge


@service
def settle_charge(*, charge_id: int, at: dt.datetime, actor: Staff | None = None) -> Charge:
    """It has been paid."""
    charge = _lock(charge_id, actor)
    charge.settle(at=at)
    return _saved(
        charge, "charge.settled", at=at, actor=actor, fields=("status", "settled_at", "demand_open")
    )


@service
def demand_payment(*, charge_id: int, at: dt.datetime, actor: Staff | None = None) -> Charge:
    """Ask for payment of a bill. Refused (C5) while the fault is the company's, the carrier's or undetermined."""
    charge = _lock(charge_id, actor)
    charge.demand_open = True
    return _saved(charge, "charge.demanded", at=at, actor=actor, fields=("demand_open",))


@service
def impose_charge(*, charge_id: int, at: dt.datetime, actor: Staff) -> Charge:
    """Put a disputed charge back where it was: to be billed, billed, or paid (C5).

    SV or above, and only after two people of SV or above found against the customer; the database asks for them.
    """
    require_supervisor(actor, rule="C5")
    charge = _lock(charge_id, actor)
    if charge.status == "on_hold":
        charge.release()
    elif charge.settled_at is not None:
        charge.uphold_settled()
    else:
        charge.uphold_billed()
    return _saved(charge, "charge.imposed", at=at, actor=actor, fields=("status",))


@service
def tell_charge(
    *,
    charge_id: int,
    ticket_id: int,
    stance: str,
    words: str,
    at: dt.datetime,
    actor: Staff,
    contact_id: int | None = None,
) -> ChargeTold:
    """Record what the customer was told about a charge (C8). Anyone who sees the ticket.

    `stance`: due | not_due | open. Refused (C5): to say it is due while its fault is open or ours, or it has fallen.
    """
    lock_ticket(ticket_id, actor)
    charge = Charge.objects.select_related("contract").get(pk=charge_id)
    told = ChargeTold.objects.create(
        charge=charge,
        ticket_id=ticket_id,
        contact_id=contact_id,
        stance=stance,
        amount_yen=charge.net_yen + charge.tax_yen,
        words=words,
        told_by=actor,
        at=at,
    )
    record(
        charge.contract, "charge.told", at=at, actor=actor, ticket_id=ticket_id, contact_id=contact_id,
        summary=words, charge=charge.pk, stance=stance,
    )  # fmt: skip
    return told


@service
def plan_charge_call(
    *,
    charge_id: int,
    ticket_id: int,
    due_at: dt.datetime,
    at: dt.datetime,
    actor: Staff,
    owner_id: int | None = None,
) -> ChargeCall:
    """Plan a call to ask the customer for a charge (C8): a promise `charge_call`, void by itself if the charge falls.

    Anyone who sees the ticket. Refused (C8) when the fault is open or ours, or the charge has fallen.
    """
    ticket = lock_ticket(ticket_id, actor)
    charge = _lock(charge_id, actor)
    promise = open_promise(
        ticket_id=ticket.pk,
        kind=PromiseKind.CHARGE_CALL,
        what=_("Call about %(what)s, %(yen)d yen")
        % {"what": charge.what, "yen": charge.net_yen + charge.tax_yen},
        due_at=due_at,
        at=at,
        actor=actor,
        owner_id=owner_id,
        tier=Tier.OPERATOR,
    )
    return ChargeCall.objects.create(charge=charge, promise=promise, planned_by=actor, planned_at=at)


def _lock(charge_id: int, actor: Staff | None) -> Charge:
    contract_id = Charge.objects.values_list("contract_id", flat=True).get(pk=charge_id)
    lock_contract(contract_id, actor)
    return (
        Charge.objects.select_for_update(no_key=True, of=("self",))
        .select_related("contract")
        .get(pk=charge_id)
    )


def _saved(
    charge: Charge, event: str, *, at: dt.datetime, actor: Staff | None, fields: tuple[str, ...]
) -> Charge:
    charge.save(update_fields=fields)
    _record(charge, event, at=at, actor=actor)
    return charge


def _record(charge: Charge, event: str, *, at: dt.datetime, actor: Staff | None) -> None:
    record(
        charge.contract,
        event,
        at=at,
        actor=actor,
        summary=charge.what,
        charge=charge.pk,
        yen=charge.net_yen + charge.tax_yen,
    )
