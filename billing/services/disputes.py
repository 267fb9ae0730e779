"""Answers and orders in dispute: whoever gave one decides nothing on that ticket (C5, C7, A8)."""

from __future__ import annotations

import datetime as dt

from django.db.models import Q

from billing.models import Charge, DisputedAnswer, FaultReview
from escalation.models import Instruction, LeaderAnswer
from tickets.models import Answer, AnswerConflict, Staff
from tickets.service import service
from tickets.services.locking import lock_ticket

Source = DisputedAnswer.Source


@service
def dispute_answer(
    *,
    ticket_id: int,
    author_id: int,
    source: str,
    words: str,
    at: dt.datetime,
    actor: Staff,
    source_id: int | None = None,
) -> DisputedAnswer:
    """Name an answer as disputed, whoever gave it. Anyone who sees the ticket may; it judges nobody."""
    lock_ticket(ticket_id, actor)
    found, _new = DisputedAnswer.objects.get_or_create(
        ticket_id=ticket_id,
        author_id=author_id,
        source=source,
        source_id=source_id,
        defaults={"words": words, "recorded_at": at},
    )
    return found


def dispute_what_was_said(review: FaultReview, *, at: dt.datetime) -> None:
    """In dispute by now: what was ordered on the charges, what leaders answered on the ticket, and what the customer
    was answered there that conflicts or is under review.
    """
    rows = [
        DisputedAnswer(
            ticket_id=review.ticket_id,
            author_id=author,
            source=source,
            source_id=pk,
            words=words,
            recorded_at=at,
        )
        for source, pk, author, words in _said(review)
    ]
    DisputedAnswer.objects.bulk_create(rows, ignore_conflicts=True)


def _said(review: FaultReview) -> list[tuple[str, int, int, str]]:
    charges = Charge.objects.filter(
        Q(pk=review.charge_id) | Q(registration_id=review.registration_id, registration__isnull=False)
    )
    orders = Instruction.objects.filter(charge_ref__in=charges.values("pk"))
    answers = LeaderAnswer.objects.filter(question__ticket_id=review.ticket_id)
    conflicting = AnswerConflict.objects.filter(customer_id=review.ticket.customer_id, status="open")
    told = Answer.objects.filter(question__ticket_id=review.ticket_id, answered_by__isnull=False).filter(
        Q(status="under_review")
        | Q(pk__in=conflicting.values("first_id"))
        | Q(pk__in=conflicting.values("second_id"))
    )
    return [
        *((Source.INSTRUCTION, row.pk, row.issuer_id, row.text) for row in orders),
        *((Source.LEADER_ANSWER, row.pk, row.answered_by_id, row.text) for row in answers),
        *((Source.ANSWER, row.pk, row.answered_by_id, row.reasons) for row in told if row.answered_by_id),
    ]
