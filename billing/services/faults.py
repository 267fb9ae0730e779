"""Whose fault it was: asked by one, decided by another; giving by one, taking by two (C5, C9)."""

from __future__ import annotations

import datetime as dt

from django.db.models import Q
from django.utils.translation import gettext as _

from billing.access import lock_contract, require_reasons
from billing.lifecycle import FALLEN, GIVES, TAKES
from billing.models import Charge, DisputedAnswer, FaultReview, OptionRegistration, ServiceLine
from billing.services.decisions import require_decider
from billing.services.disputes import dispute_what_was_said
from billing.services.due import due
from billing.services.errors_owed import owe_report_and_sweep
from billing.services.falls import after_fall
from billing.services.history import record
from tickets.errors import Refused
from tickets.models import PromiseKind, Staff, Tier
from tickets.service import service
from tickets.services.locking import lock_ticket
from tickets.services.promises import keep_promise, open_promise

__all__ = ["DisputedAnswer", "decide_fault", "open_fault_review"]


@service
def open_fault_review(
    *,
    ticket_id: int,
    question: str,
    error_on: dt.date,
    at: dt.datetime,
    actor: Staff,
    charge_id: int | None = None,
    registration_id: int | None = None,
    line_id: int | None = None,
) -> FaultReview:
    """Ask whose fault it is. Anyone who sees the ticket may; they then do not decide it.

    From here on the charges in question cannot be billed or demanded: what was about to be is on hold, what was is
    disputed. `error_on`: the JST day of the error, not of the report. Instructions on the charge and leaders' answers
    on the ticket count as disputed; their authors do not decide either. Opens the promise `fault_decision`.
    """
    ticket = lock_ticket(ticket_id, actor)
    contract_id = _contract_of(charge_id, registration_id, line_id)
    contract = lock_contract(contract_id, actor)
    promise = open_promise(
        ticket_id=ticket.pk,
        kind=PromiseKind.FAULT_DECISION,
        what=question,
        due_at=due("fault_decision_days", ticket.desk_id, at),
        at=at,
        actor=actor,
        tier=Tier.LEADER,
    )
    review = FaultReview.objects.create(
        ticket=ticket,
        charge_id=charge_id,
        registration_id=registration_id,
        line_id=line_id,
        question=question,
        error_on=error_on,
        requested_by=actor,
        requested_at=at,
        promise=promise,
    )
    dispute_what_was_said(review, at=at)
    record(
        contract, "fault.asked", at=at, actor=actor, summary=question, ticket_id=ticket.pk, review=review.pk
    )
    return review


@service
def decide_fault(*, review_id: int, verdict: str, reasons: str, at: dt.datetime, actor: Staff) -> FaultReview:
    """Say whose fault it was.

    `company`, `carrier`: one leader within their limit, or SV or above. What it cost falls in this transaction, the
    report and the sweep are owed, calls to collect become apologies. `customer`, `third`: the first SV or above
    proposes (the review waits, `seconding`), a second, other one confirms by saying the same. `undetermined`: nothing
    moves; the question stays owed. Never the requester, the registrar, or the author of a disputed answer.
    """
    lock_ticket(FaultReview.objects.values_list("promise__ticket_id", flat=True).get(pk=review_id), actor)
    review = FaultReview.objects.select_for_update(no_key=True).get(pk=review_id)
    require_reasons(reasons, rule="C5")
    touched = _standing_charges(review)
    require_decider(review, verdict, actor, yen=sum(touched.values()), at=at)
    _move(review, verdict, by=actor, at=at, reasons=reasons)
    review.save()
    _record_verdict(review, at=at, actor=actor)
    if review.status in (*GIVES, *TAKES):
        keep_decision(review, at=at, actor=actor)
    if review.status in GIVES:
        owe_report_and_sweep(review, at=at, actor=actor)
        after_fall(touched, at=at, actor=actor)
    return review


def keep_decision(review: FaultReview, *, at: dt.datetime, actor: Staff) -> None:
    """The decision was owed; a second one that only gives back finds the promise kept already."""
    if review.promise.status == "open":
        keep_promise(promise_id=review.promise_id, at=at, actor=actor, note=review.reasons[:300])


def _move(review: FaultReview, verdict: str, *, by: Staff, at: dt.datetime, reasons: str) -> None:
    if verdict == "company":
        review.find_company(by=by, at=at, reasons=reasons)
    elif verdict == "carrier":
        review.find_carrier(by=by, at=at, reasons=reasons)
    elif verdict == "undetermined":
        review.leave_undetermined(by=by, at=at, reasons=reasons)
    elif review.status != "seconding":
        review.propose_taking(verdict=verdict, by=by, at=at, reasons=reasons)
    elif verdict != review.proposed_verdict:
        raise Refused(
            "C5", _("The second person confirms what the first proposed, or finds for the customer.")
        )
    elif verdict == "customer":
        review.find_customer(second=by, at=at)
    else:
        review.find_third(second=by, at=at)


def _standing_charges(review: FaultReview) -> dict[int, int]:
    """The charges that a verdict would touch, locked: id → yen, tax included."""
    concerned = Q(pk=review.charge_id)
    if review.registration_id is not None:
        concerned |= Q(registration_id=review.registration_id)
    standing = Charge.objects.filter(concerned).exclude(status__in=FALLEN).order_by("pk")
    return {charge.pk: charge.net_yen + charge.tax_yen for charge in standing.select_for_update(no_key=True)}


def _contract_of(charge_id: int | None, registration_id: int | None, line_id: int | None) -> int:
    if charge_id is not None:
        return Charge.objects.values_list("contract_id", flat=True).get(pk=charge_id)
    if registration_id is not None:
        return OptionRegistration.objects.values_list("contract_id", flat=True).get(pk=registration_id)
    if line_id is not None:
        return ServiceLine.objects.values_list("contract_id", flat=True).get(pk=line_id)
    raise Refused("C5", _("Name the charge, the registration or the line in question."))


def _record_verdict(review: FaultReview, *, at: dt.datetime, actor: Staff) -> None:
    contract_id = _contract_of(review.charge_id, review.registration_id, review.line_id)
    record(
        lock_contract(contract_id, actor),
        f"fault.{review.status}",
        at=at,
        actor=actor,
        summary=review.reasons,
        ticket_id=review.promise.ticket_id,
        review=review.pk,
    )
