"""What the customer asked and what we answer: yes, no, or yes with changes, with reasons and a basis (A6, A8).

A second answer that differs raises a conflict in the same transaction (services/conflicts.py). That a colleague
says the same is no approval of anything: it adds an answer, and nothing else (A8).
"""

from __future__ import annotations

import datetime as dt
import re

from django.utils.translation import gettext_lazy as _

from tickets.errors import Refused
from tickets.models import Alert, Answer, Customer, Question, Staff, Ticket, Tier
from tickets.models.letters import FINAL_WORDS
from tickets.models.questions import NO_BASIS
from tickets.service import service
from tickets.services.alerts import raise_alert
from tickets.services.conflicts import raise_conflicts
from tickets.services.locking import lock_ticket
from tickets.services.timeline import append_entry
from tickets.standing import require_standing

# The topic of what no article is about.
OTHER = "other"


@service
def ask(
    *,
    ticket_id: int,
    topic: str,
    text: str,
    actor: Staff,
    at: dt.datetime,
    contact_id: int | None = None,
) -> Question:
    """Record a question in the customer's words; the ticket cannot end while it is open (A6). Anyone at a desk.

    `topic`: the slug by which answers to one customer are compared (A8). Refused on a ticket that has ended.
    """
    ticket = lock_ticket(ticket_id, actor)
    if topic == OTHER:
        # Two matters that no article knows are not one matter: their answers are not compared.
        topic = f"{OTHER}-{ticket.pk}-{ticket.questions.count() + 1}"
    question = Question.objects.create(
        ticket=ticket,
        customer_id=ticket.customer_id,
        topic=topic,
        text=text,
        asked_at=at,
        asked_contact_id=contact_id,
        recorded_by=actor,
    )
    _record(question, "question.asked", at=at, actor=actor, summary=text, contact_id=contact_id)
    return question


@service
def answer(
    *,
    question_id: int,
    verdict: str,
    reasons: str,
    basis_kind: str,
    basis_ref: str,
    actor: Staff,
    at: dt.datetime,
    contact_id: int | None = None,
    article_version_id: int | None = None,
) -> Answer:
    """Answer yes, no or with_changes, with reasons and a basis: contract, law or policy with its version (A6).

    Anyone at a desk; what they may grant is decided elsewhere. `Refused` A6 without reasons or with internal
    procedure as the basis, A9 when it calls itself final. A differing answer to the same customer on the same
    topic raises a conflict for an SV (A8); a second no to one customer alerts them (A15).
    """
    _require_basis(reasons, basis_kind, basis_ref)
    question = _locked(question_id, actor)
    # The later of two answers given at once must see the earlier one.
    Customer.objects.select_for_update(no_key=True).get(pk=question.customer_id)
    given = Answer.objects.create(
        question=question,
        customer_id=question.customer_id,
        topic=question.topic,
        verdict=verdict,
        reasons=reasons,
        basis_kind=basis_kind,
        basis_ref=basis_ref,
        answered_by=actor,
        answered_at=at,
        contact_id=contact_id,
        article_version_id=article_version_id,
    )
    if question.status == Question.Status.OPEN:
        question.answer()
        question.save(update_fields=["status"])
    _record(
        question, "question.answered", at=at, actor=actor, summary=reasons, contact_id=contact_id,
        answer=given.pk, verdict=verdict, basis=f"{basis_kind}: {basis_ref}",
    )  # fmt: skip
    raise_conflicts(answer=given, at=at, actor=actor)
    if verdict == Answer.Verdict.NO:
        alert_second_refusal(ticket_id=question.ticket_id, at=at, contact_id=contact_id)
    return given


@service
def flag_answer(*, answer_id: int, reason: str, actor: Staff, at: dt.datetime) -> Answer:
    """Doubt an answer; it stays in force until an SV or above confirms or retracts it. Anyone at a desk."""
    given = _answer(answer_id, actor)
    given.review()
    given.save(update_fields=["status"])
    _record(given.question, "answer.doubted", at=at, actor=actor, summary=reason, answer=given.pk)
    return given


@service
def confirm_answer(*, answer_id: int, reason: str, actor: Staff, at: dt.datetime) -> Answer:
    """Say that a doubted answer was right. An SV or above who did not give it (A8)."""
    given = _answer(answer_id, actor)
    require_standing(actor, Tier.SV, at, rule="A8")
    if given.answered_by_id == actor.pk:
        raise Refused("A8", _("Nobody confirms their own answer."))
    given.confirm()
    given.save(update_fields=["status"])
    _record(given.question, "answer.confirmed", at=at, actor=actor, summary=reason, answer=given.pk)
    return given


@service
def ask_again(*, question_id: int, reason: str, actor: Staff, at: dt.datetime) -> Question:
    """The answer was wrong: it stays on record as retracted and the question is open again. SV or above (A8).

    `Refused` A8 while the answer is in an open conflict: that is decided, not avoided. Refused A6 on a ticket that
    has ended.
    """
    standing = require_standing(actor, Tier.SV, at, rule="A8")
    question = _locked(question_id, actor)
    for given in question.answers.exclude(status=Answer.Status.CORRECTED).select_for_update(no_key=True):
        given.correct(by_id=actor.pk, at=at, reason=reason, for_id=standing.for_id)
        given.save(
            update_fields=["status", "corrected_by", "corrected_for", "corrected_at", "corrected_reason"]
        )
    question.ask_again()
    question.save(update_fields=["status"])
    _record(question, "question.open_again", at=at, actor=actor, summary=reason)
    return question


def alert_second_refusal(*, ticket_id: int, at: dt.datetime, contact_id: int | None = None) -> Alert | None:
    """Alert the SV when this customer has now been told no twice, on any ticket (A15). For services."""
    customer_id = Ticket.objects.values_list("customer_id", flat=True).get(pk=ticket_id)
    refusals = Answer.objects.filter(customer_id=customer_id, verdict=Answer.Verdict.NO)
    if refusals.exclude(status=Answer.Status.CORRECTED).count() < 2:
        return None
    return raise_alert(kind=Alert.Kind.SECOND_REFUSAL, at=at, ticket_id=ticket_id, contact_id=contact_id)


def _require_basis(reasons: str, basis_kind: str, basis_ref: str) -> None:
    if not reasons.strip() or not basis_ref.strip() or basis_kind not in Answer.Basis.values:
        raise Refused(
            "A6", _("An answer needs reasons and a basis: contract, law, or policy with its version.")
        )
    if re.search(NO_BASIS, basis_ref, re.IGNORECASE):
        raise Refused("A6", _("Internal procedure is no basis for an answer to a customer."))
    if re.search(FINAL_WORDS, reasons, re.IGNORECASE):
        raise Refused("A9", _("Only the top tier gives a final answer, in writing."))


def _locked(question_id: int, actor: Staff | None) -> Question:
    ticket_id = Question.objects.values_list("ticket_id", flat=True).get(pk=question_id)
    lock_ticket(ticket_id, actor)
    return Question.objects.select_for_update(no_key=True).get(pk=question_id)


def _answer(answer_id: int, actor: Staff) -> Answer:
    found = Answer.objects.values_list("question_id", flat=True).get(pk=answer_id)
    _locked(found, actor)
    return Answer.objects.select_for_update(no_key=True).get(pk=answer_id)


def _record(
    question: Question,
    kind: str,
    *,
    at: dt.datetime,
    actor: Staff | None,
    summary: str,
    contact_id: int | None = None,
    **facts: object,
) -> None:
    append_entry(
        customer_id=question.customer_id,
        ticket_id=question.ticket_id,
        contact_id=contact_id,
        kind=kind,
        at=at,
        actor=actor,
        summary=summary,
        data={"question": question.pk, "topic": question.topic, **facts},
    )
