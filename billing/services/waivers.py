"""Waivers: asked for by one, decided by another within a limit, or passed up (C7, A8; L19)."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

from django.db.models import QuerySet, Sum
from django.utils.translation import gettext as _

from billing.access import lock_contract, require_own_company, require_reasons
from billing.models import Charge, Credit, FallKind, Waiver
from billing.queries.figures import tax_percent_on
from billing.rating import split_total
from billing.services.credits import record_credit
from billing.services.decisions import require_uninvolved
from billing.services.due import due
from billing.services.falls import after_fall
from billing.services.history import record
from escalation import authority
from escalation.authority import Authority
from escalation.models import Decision
from escalation.routing import Capacity
from tickets.access import require_tier
from tickets.dates import JST, add_months, day_of
from tickets.errors import NotAllowed
from tickets.models import Customer, Promise, PromiseKind, Staff, Tier
from tickets.service import service
from tickets.services.locking import lock_ticket
from tickets.services.promises import (
    keep_promise,
    lift_promise,
    open_promise,
    riser,
    router,
    void_promise,
)

# So much time the next holder needs; with less, the promise is due anew.
ENOUGH = dt.timedelta(hours=2)


@service
def request_waiver(
    *,
    ticket_id: int,
    contract_id: int,
    amount_yen: int,
    reason: str,
    at: dt.datetime,
    actor: Staff,
    charge_id: int | None = None,
    booking: str = Waiver.Booking.REDUCTION,
) -> Waiver:
    """Ask to give up or give back `amount_yen`, tax included. Anyone who sees the ticket; they never decide it.

    It goes to the lowest tier whose limit covers the amount. Opens the promise `waiver_decision`.
    """
    ticket = lock_ticket(ticket_id, actor)
    contract = lock_contract(contract_id, actor)
    require_reasons(reason, rule="C7")
    tier = max(Tier.LEADER, authority.least_tier(Decision.GOODWILL, amount_yen, at))
    promise = open_promise(
        ticket_id=ticket.pk,
        kind=PromiseKind.WAIVER_DECISION,
        what=_("Decide a waiver of %(yen)d yen") % {"yen": amount_yen},
        due_at=due("waiver_decision_days", ticket.desk_id, at),
        at=at,
        actor=actor,
        tier=tier,
    )
    waiver = Waiver.objects.create(
        ticket=ticket,
        customer_id=ticket.customer_id,
        contract=contract,
        charge_id=charge_id,
        amount_yen=amount_yen,
        booking=booking,
        reason=reason,
        requested_by=actor,
        requested_at=at,
        promise=promise,
        tier=tier,
    )
    _record(waiver, "waiver.requested", at=at, actor=actor)
    return waiver


@service
def approve_waiver(*, waiver_id: int, at: dt.datetime, actor: Staff, reasons: str = "") -> Waiver:
    """Give it, within the actor's own limit per ticket and per customer and rolling year, tax included (C7).

    Over the two-person amount the first approval leaves it `seconding`, and a second, other person approves. A charge
    waived whole falls; a part becomes a credit. NotAllowed: the requester, the registrar, the author of the disputed
    answer, or over the limit: pass it up. The customer's row is locked before the year is
    counted, so that two approvals never both fit.
    """
    waiver = _lock(waiver_id, actor)
    allowed = _authority(waiver, actor, at, in_year=given_in_year(waiver.customer_id, at))
    if allowed.second:
        waiver.second(by=actor)
        waiver.save(update_fields=["status", "first_by"])
        _record(waiver, "waiver.seconding", at=at, actor=actor)
        return waiver
    waiver.approve(by=actor, at=at, reasons=reasons)
    waiver.save(update_fields=["status", "decided_by", "decided_at", "reasons"])
    _give(waiver, at=at, actor=actor)
    keep_promise(promise_id=waiver.promise_id, at=at, actor=actor, note=reasons[:300])
    _record(waiver, "waiver.approved", at=at, actor=actor)
    return waiver


@service
def decline_waiver(*, waiver_id: int, reasons: str, at: dt.datetime, actor: Staff) -> Waiver:
    """Refuse it, with reasons. Only who could have approved the amount; everyone else passes it up (C7)."""
    waiver = _lock(waiver_id, actor)
    require_reasons(reasons, rule="C7")
    _authority(waiver, actor, at, in_year=0)
    waiver.decline(by=actor, at=at, reasons=reasons)
    waiver.save(update_fields=["status", "decided_by", "decided_at", "reasons"])
    keep_promise(promise_id=waiver.promise_id, at=at, actor=actor, note=reasons[:300])
    _record(waiver, "waiver.declined", at=at, actor=actor)
    return waiver


@service
def pass_up_waiver(*, waiver_id: int, at: dt.datetime, actor: Staff, reason: str = "") -> Waiver:
    """Up, and its promise with it: to who is on duty above, at the top to the next deputy.

    Anyone who sees it may: nobody sits on a waiver. The time by which it is owed stays while there is enough of it.
    """
    waiver = _lock(waiver_id, actor)
    return _rise(waiver, at=at, actor=actor, reason=reason)


@riser(PromiseKind.WAIVER_DECISION)
def rise_overdue(promise: Promise, at: dt.datetime, reason: str) -> None:
    """Nobody decided in time: it rises as if it had been passed up; one that waits for a second person rises as it is."""
    waiver = Waiver.objects.filter(promise=promise).first()
    if waiver is None:
        lift_promise(promise_id=promise.pk, to=router(promise, at), at=at, reason=reason)
        return
    _rise(_lock(waiver.pk, None), at=at, actor=None, reason=reason)


@service
def withdraw_waiver(*, waiver_id: int, reason: str, at: dt.datetime, actor: Staff) -> Waiver:
    """Whoever asked for it takes it back, with a reason."""
    waiver = _lock(waiver_id, actor)
    require_reasons(reason, rule="C7")
    if actor.pk != waiver.requested_by_id:
        raise NotAllowed("C7", _("Only whoever asked for a waiver takes it back."))
    waiver.withdraw(at=at, reasons=reason)
    waiver.save(update_fields=["status", "decided_at", "reasons"])
    void_promise(promise_id=waiver.promise_id, at=at, reason=reason, actor=actor)
    _record(waiver, "waiver.withdrawn", at=at, actor=actor)
    return waiver


def given_in_year(customer_id: int, at: dt.datetime) -> int:
    """Yen waived for a customer, tax included, in the year up to `at` (rolling, to the minute as the database)."""
    since = dt.datetime.combine(add_months(day_of(at), -12), at.astimezone(JST).timetz())
    return _approved_yen(Waiver.objects.filter(customer_id=customer_id, decided_at__gt=since))


def _lock(waiver_id: int, actor: Staff | None) -> Waiver:
    """Ticket, customer and waiver, in this order (docs/adr/0040); the customer's row lets approvals in one by one."""
    customer_id, ticket_id = Waiver.objects.values_list("customer_id", "promise__ticket_id").get(pk=waiver_id)
    lock_ticket(ticket_id, actor)
    Customer.objects.select_for_update(no_key=True).get(pk=customer_id)
    return (
        Waiver.objects.select_for_update(no_key=True, of=("self",))
        .select_related("contract")
        .get(pk=waiver_id)
    )


def _rise(waiver: Waiver, *, at: dt.datetime, actor: Staff | None, reason: str) -> Waiver:
    """The waiver and its promise stand at one tier, whoever moved them (c7_waiver_where_its_promise_is)."""
    if waiver.status != "seconding":
        waiver.pass_up()
    promise = waiver.promise
    to = router(promise, at)
    if promise.due_at > at + ENOUGH:
        to = replace(to, due_at=promise.due_at)
    why = reason[:200] or str(_("Passed up"))
    lifted = lift_promise(promise_id=promise.pk, to=to, at=at, reason=why, actor=actor)
    waiver.tier = lifted.tier
    waiver.save(update_fields=["status", "tier"])
    _record(waiver, "waiver.passed_up", at=at, actor=actor, reason=reason)
    return waiver


def _authority(waiver: Waiver, actor: Staff, at: dt.datetime, *, in_year: int) -> Authority:
    """As what `actor` decides; `NotAllowed` when involved, of a partner, or over a limit (then it is passed up).

    The limit per ticket counts what was waived on it before; `in_year` is what the customer was given in the year.
    """
    require_own_company(actor, rule="C7")
    require_uninvolved(
        actor,
        rule="C7",
        requested_by_id=waiver.requested_by_id,
        ticket_ids={waiver.ticket_id, waiver.promise.ticket_id},
        charge_id=waiver.charge_id,
    )
    on_ticket = _approved_yen(Waiver.objects.filter(ticket_id=waiver.ticket_id))
    if waiver.first_by_id is not None:
        return _second(waiver, actor)
    return authority.require(
        actor,
        Decision.GOODWILL,
        waiver.amount_yen + on_ticket,
        at,
        rule="C7",
        # What was waived on this ticket is in the sum already.
        yearly_used_yen=max(0, in_year - on_ticket),
    )


def _second(waiver: Waiver, actor: Staff) -> Authority:
    """The second of two: another person of SV or above; the first had the authority (DESIGN section 5)."""
    if waiver.first_by_id == actor.pk:
        raise NotAllowed("C7", _("The second approval is another person's."))
    require_tier(actor, Tier.SV, rule="C7")
    return Authority(allowed=True, second=False, capacity=Capacity(actor.tier))


def _approved_yen(waivers: QuerySet[Waiver]) -> int:
    return int(waivers.filter(status="approved").aggregate(yen=Sum("amount_yen"))["yen"] or 0)


def _give(waiver: Waiver, *, at: dt.datetime, actor: Staff) -> None:
    charge = (
        Charge.objects.select_for_update(no_key=True).get(pk=waiver.charge_id) if waiver.charge_id else None
    )
    if charge is not None and waiver.amount_yen == charge.net_yen + charge.tax_yen:
        if charge.status in ("proposed", "validated", "on_hold"):
            charge.void(at=at, kind=FallKind.WAIVER, reason=waiver.reason)
        else:
            charge.credit(at=at, kind=FallKind.WAIVER, reason=waiver.reason)
        charge.save()
        after_fall([charge.pk], at=at, actor=actor)
        return
    amount = split_total(waiver.amount_yen, charge.tax_percent if charge else tax_percent_on(day_of(at)))
    credit = Credit.objects.create(
        customer_id=waiver.customer_id,
        contract=waiver.contract,
        kind=Credit.Kind.WAIVER,
        charge=charge,
        waiver=waiver,
        net_yen=amount.net_yen,
        tax_percent=amount.percent,
        tax_yen=amount.tax_yen,
        owed_at=at,
    )
    record_credit(credit, at=at, actor=actor, ticket_id=waiver.ticket_id)


def _record(waiver: Waiver, event: str, *, at: dt.datetime, actor: Staff | None, **facts: Any) -> None:
    record(
        waiver.contract,
        event,
        at=at,
        actor=actor,
        ticket_id=waiver.ticket_id,
        summary=waiver.reasons or waiver.reason,
        waiver=waiver.pk,
        yen=waiver.amount_yen,
        **facts,
    )
