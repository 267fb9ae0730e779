"""Asking a leader and answering, under one's name (B10). An answer approves nothing (A8)."""

from __future__ import annotations

import datetime as dt

from django.utils.translation import gettext as _

from escalation.models import LeaderAnswer, LeaderQuestion
from tickets.access import require_ticket, require_tier
from tickets.errors import NotAllowed
from tickets.models import Staff, Tier
from tickets.service import service
from tickets.services.timeline import announce, append_entry


@service
def ask_leader(
    *, topic: str, text: str, actor: Staff, at: dt.datetime, ticket_id: int | None = None
) -> LeaderQuestion:
    """Put a question to the leaders. Anyone may; earlier answers are in queries.leaders.earlier."""
    if ticket_id is not None:
        require_ticket(actor, ticket_id)
    question = LeaderQuestion.objects.create(
        asked_by=actor, asked_at=at, topic=topic.strip(), text=text, ticket_id=ticket_id
    )
    _record(question, "leader.asked", text, actor=actor, at=at)
    announce(topic="leaders", ref=str(question.pk), at=at)
    return question


@service
def answer_as_leader(
    *, question_id: int, text: str, basis_kind: str, basis_ref: str, actor: Staff, at: dt.datetime
) -> LeaderAnswer:
    """Answer, with a basis. A leader or above, not one's own question. Several may answer; each stands by its name."""
    require_tier(actor, Tier.LEADER, rule="B10")
    question = LeaderQuestion.objects.visible_to(actor).get(pk=question_id)
    if question.asked_by_id == actor.pk:
        raise NotAllowed("B10", _("Nobody answers their own question."))
    answer = LeaderAnswer.objects.create(
        question=question,
        answered_by=actor,
        answered_at=at,
        tier=actor.tier,
        text=text,
        basis_kind=basis_kind,
        basis_ref=basis_ref,
    )
    _record(question, "leader.answered", text, actor=actor, at=at)
    announce(topic="leaders", ref=str(question.pk), at=at)
    return answer


def _record(question: LeaderQuestion, kind: str, summary: str, *, actor: Staff, at: dt.datetime) -> None:
    if question.ticket is None:
        return
    append_entry(
        customer_id=question.ticket.customer_id,
        ticket_id=question.ticket_id,
        kind=kind,
        at=at,
        actor=actor,
        summary=summary,
        data={"leader_question": question.pk},
        own_company_only=True,
    )
