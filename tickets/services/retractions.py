"""Answers that rested on a version of an article which proved wrong fall with it; the questions are open again."""

from __future__ import annotations

import datetime as dt

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tickets.models import Answer, AnswerConflict, ArticleVersion, Question, Staff
from tickets.services.grounds import ticket_to_owe_on
from tickets.services.timeline import append_entry


def retract_answers_from(
    *, version: ArticleVersion, reason: str, at: dt.datetime, actor: Staff, for_id: int | None = None
) -> list[Answer]:
    """Retract each standing answer given from `version` and open its question again (A6, A7). For services.

    An answer in an open conflict is left to the SV who decides that (A8). `for_id`: whose rank it was, when it was lent.
    """
    contested = AnswerConflict.objects.filter(status="open")
    resting = Answer.objects.filter(article_version=version).exclude(status=Answer.Status.CORRECTED)
    free = resting.exclude(Q(pk__in=contested.values("first_id")) | Q(pk__in=contested.values("second_id")))
    fallen = list(free.select_for_update(no_key=True).order_by("pk"))
    for answer in fallen:
        answer.correct(by_id=actor.pk, at=at, reason=reason, for_id=for_id)
        answer.save(
            update_fields=["status", "corrected_by", "corrected_for", "corrected_at", "corrected_reason"]
        )
        _open_again(answer.question, reason=reason, at=at, actor=actor)
    return fallen


def _open_again(question: Question, *, reason: str, at: dt.datetime, actor: Staff) -> None:
    if question.answers.exclude(status=Answer.Status.CORRECTED).exists():
        return
    why = str(_("An answer given here was wrong"))
    ground = ticket_to_owe_on(ticket_id=question.ticket_id, why=why, at=at, actor=actor)
    if ground.pk == question.ticket_id:
        question.ask_again()
        question.save(update_fields=["status"])
    else:
        question = Question.objects.create(
            ticket=ground,
            customer_id=question.customer_id,
            topic=question.topic,
            text=question.text,
            asked_at=at,
            recorded_by=actor,
        )
    append_entry(
        customer_id=question.customer_id, ticket_id=ground.pk, kind="question.open_again", at=at, actor=actor,
        summary=reason, data={"question": question.pk, "topic": question.topic},
    )  # fmt: skip
