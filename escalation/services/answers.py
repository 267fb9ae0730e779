"""How a demand for a superior ends: decided, told by voice, or in writing after three attempts; or rejected (B2, B7)."""

from __future__ import annotations

import datetime as dt

from django.utils import translation
from django.utils.translation import gettext as _

from escalation import due, letters
from escalation.access import require_capacity
from escalation.models import Demand, DemandAttempt, RecourseLetter
from escalation.models.demand_rules import ATTEMPTS_BEFORE_WRITING
from escalation.routing import Capacity
from escalation.services.demands import demand_superior
from escalation.services.ladder import lock_demand, lock_open_demand, record
from escalation.services.recourse import disagree, send_recourse_letter
from tickets.dates import day_of
from tickets.errors import NotAllowed, Refused
from tickets.models import TOP, Contact, Customer, OutboxMessage, Staff, Tier
from tickets.service import service
from tickets.services.outbox import put_mail
from tickets.services.promises import keep_promise


@service
def decide(
    *,
    demand_id: int,
    decision: str,
    reasons: str,
    basis_kind: str,
    basis_ref: str,
    actor: Staff,
    at: dt.datetime,
    remedies: str = "",
    recourse: str = "",
) -> Demand:
    """Yes, changed or no, with reasons and basis (contract, law, policy). Only whoever accepted it, still of the tier.

    `recourse`: where else the customer can turn; needed unless the decision is yes. The customer is not answered
    yet: that is `deliver`.
    """
    demand = lock_open_demand(demand_id, actor)
    require_capacity(demand, actor, at)
    if demand.status == Demand.Status.IN_REVIEW and demand.accepted_by_id != actor.pk:
        raise NotAllowed("B2", _("Somebody else has accepted this; they decide it, or it rises."))
    demand.decide(
        decision=decision,
        reasons=reasons,
        basis_kind=basis_kind,
        basis_ref=basis_ref,
        remedies=remedies,
        recourse=recourse,
        at=at,
    )
    demand.save()
    record(demand, "demand.decided", at=at, actor=actor, summary=reasons, decision=decision)
    return demand


@service
def deliver(*, demand_id: int, contact_id: int, tier_told: bool, actor: Staff, at: dt.datetime) -> Demand:
    """Answered by voice: `actor` has told the customer the decision, and as what they speak (B2, B5).

    Anyone of the demand's tier or above, who has not answered before, in a conversation they took part in.
    `tier_told`: the customer was told the rank, and 代行 where it is one; without it there is no answer.
    """
    demand = lock_open_demand(demand_id, actor)
    capacity = require_capacity(demand, actor, at)
    if not tier_told:
        raise Refused("B5", _("First tell the customer your rank, and for whom you act."))
    demand.answer(by_id=actor.pk, capacity=capacity, contact_id=contact_id, told_at=at)
    demand.save()
    keep_promise(promise_id=demand.promise_id, at=at, actor=actor, contact_id=contact_id)
    _record_answer(demand, "demand.answered", capacity, actor=actor, at=at, contact_id=contact_id)
    return demand


@service
def record_attempt(*, demand_id: int, contact_id: int, actor: Staff, at: dt.datetime) -> DemandAttempt:
    """A call by someone of the demand's tier that did not reach the customer. One counts a desk day (B2).

    Moves the due time to the end of the next desk day, when the next attempt is to be made. A second one on the
    same day is written down and does not count.
    """
    demand = lock_open_demand(demand_id, actor)
    capacity = require_capacity(demand, actor, at)
    contact = Contact.objects.get(pk=contact_id)
    day = day_of(contact.started_at)
    if not due.is_desk_day(demand.ticket.desk_id, day):
        raise Refused("B2", _("The desk is closed on that day; the attempt does not count."))
    counted = DemandAttempt.objects.filter(demand=demand, desk_day=day).first()
    if counted is None:
        counted = DemandAttempt.objects.create(
            demand=demand,
            contact=contact,
            staff=actor,
            delegation_id=capacity.delegation,
            at=at,
            desk_day=day,
            next_due_at=due.next_attempt_due(demand.ticket.desk_id, at),
        )
        demand.due_at = counted.next_due_at
        demand.save(update_fields=["due_at"])
    record(demand, "demand.attempt", at=at, actor=actor, contact_id=contact_id, summary=contact.summary)
    return counted


@service
def answer_in_writing(*, demand_id: int, actor: Staff, at: dt.datetime) -> Demand:
    """The decision by letter, after three failed attempts on three desk days (B2).

    Anyone of the demand's tier or above who has not answered before; the letter says who writes and as what.
    """
    demand = lock_open_demand(demand_id, actor)
    capacity = require_capacity(demand, actor, at)
    attempts = demand.attempts.count()
    if attempts < ATTEMPTS_BEFORE_WRITING:
        raise Refused(
            "B2",
            _("Call first: %(made)s of %(needed)s attempts on different desk days were made.")
            % {"made": attempts, "needed": ATTEMPTS_BEFORE_WRITING},
        )
    letter = _answer_letter(demand, capacity, attempts, actor, at)
    demand.answer_in_writing(by_id=actor.pk, capacity=capacity, letter_id=letter.pk, at=at)
    demand.save()
    keep_promise(promise_id=demand.promise_id, at=at, actor=actor, note=letter.subject)
    _record_answer(demand, "demand.answered_in_writing", capacity, actor=actor, at=at)
    return demand


@service
def reject_answer(
    *, demand_id: int, contact_id: int, words: str, actor: Staff, at: dt.datetime
) -> Demand | RecourseLetter:
    """The customer does not accept an answer: a new demand one tier up, or after the top's the letter (B7).

    Anyone may record it. After the letter the ticket stays open while the customer disagrees.
    """
    demand = lock_demand(demand_id, actor)
    if demand.answered_tier is None:
        raise Refused("B7", _("This demand has not been answered yet."))
    record(demand, "demand.rejected", at=at, actor=actor, contact_id=contact_id, summary=words)
    if demand.answered_tier < TOP:
        return demand_superior(
            ticket_id=demand.ticket_id,
            contact_id=contact_id,
            words=words,
            tier=demand.answered_tier + 1,
            actor=actor,
            at=at,
        )
    letter = send_recourse_letter(
        ticket_id=demand.ticket_id,
        reason=RecourseLetter.Reason.DEADLOCK,
        demand_id=demand.pk,
        actor=actor,
        at=at,
    )
    return disagree(letter_id=letter.pk, contact_id=contact_id, words=words, actor=actor, at=at)


def _answer_letter(
    demand: Demand, capacity: Capacity, attempts: int, actor: Staff, at: dt.datetime
) -> OutboxMessage:
    customer = Customer.objects.get(pk=demand.customer_id)
    with translation.override(customer.language):
        decision = str(demand.get_decision_display())
    subject, body = letters.render(
        "superior-answer",
        customer,
        at,
        {
            "ticket": demand.ticket.number,
            "customer": customer.name,
            "day": letters.japanese_day(demand.demanded_at),
            "words": demand.words,
            "attempts": attempts,
            "decision": decision,
            "reasons": demand.reasons,
            "basis": demand.basis_ref,
            "remedies": demand.remedies or "-",
            "recourse": demand.recourse or "-",
            **letters.signature(actor, capacity, customer.language),
        },
    )
    return put_mail(
        key=f"demand-answer:{demand.pk}",
        to=letters.address_of(customer),
        subject=subject,
        body=body,
        at=at,
        customer_id=customer.pk,
        ticket_id=demand.ticket_id,
    )


def _record_answer(
    demand: Demand,
    kind: str,
    capacity: Capacity,
    *,
    actor: Staff,
    at: dt.datetime,
    contact_id: int | None = None,
) -> None:
    record(
        demand, kind, at=at, actor=actor, contact_id=contact_id,
        summary=_("%(decision)s, answered as %(capacity)s")
        % {
            "decision": demand.get_decision_display(),
            "capacity": letters.capacity_in_words(capacity, "ja"),
        },
        tier=Tier(capacity.tier), delegation=capacity.delegation,
    )  # fmt: skip
