"""Questions, guidance, complaints and surveys for tests, by their services."""

from __future__ import annotations

import datetime as dt
import itertools
from typing import Any

from tests.factories.tickets import WHEN
from tickets.models import Answer, Article, ArticleVersion, Complaint, Guidance, Question, Staff, Ticket
from tickets.services import complaints, guidance, letters, questions

_numbers = itertools.count(1)


def letter_texts(since: dt.date = dt.date(2009, 1, 1)) -> None:
    """The first versions of every letter of the ground floor."""
    letters.install(since=since)


def question(
    *, ticket: Ticket, actor: Staff, at: dt.datetime = WHEN, topic: str = "use-until-the-last-day"
) -> Question:
    """Can you or can't you."""
    return questions.ask(
        ticket_id=ticket.pk, topic=topic, text="契約最終日まで使えますか", actor=actor, at=at
    )


def answer(
    *, question: Question, actor: Staff, verdict: str = "yes", at: dt.datetime = WHEN, **fields: Any
) -> Answer:
    """An answer with reasons and a basis."""
    given = {
        "reasons": "約款に定めがあるため",
        "basis_kind": "contract",
        "basis_ref": "約款 第12条(2026年1月版)",
    }
    return questions.answer(
        question_id=question.pk, verdict=verdict, actor=actor, at=at, **{**given, **fields}
    )


def article(*, touches: bool = True, topic: str = "relay-before-porting") -> Article:
    """A matter that operators explain."""
    return Article.objects.create(
        slug=f"{topic}-{next(_numbers)}", topic=topic, touches_price_or_cancelling=touches
    )


def version(
    *,
    article: Article,
    actor: Staff,
    body: str = "番号の移転が済むまで、回線事業者へは連絡できません。",
    at: dt.datetime = WHEN,
) -> ArticleVersion:
    """The next version of it, in force."""
    return guidance.publish_version(
        article_id=article.pk,
        title="撤去の連絡の時期",
        body=body,
        actor=actor,
        at=at,
        basis_ref="約款 第20条",
    )


def told(
    *,
    ticket: Ticket,
    version: ArticleVersion,
    actor: Staff,
    at: dt.datetime = WHEN,
    contact_id: int | None = None,
) -> Guidance:
    """A customer who was told it."""
    return guidance.give_guidance(
        ticket_id=ticket.pk, article_version_id=version.pk, actor=actor, at=at, contact_id=contact_id
    )


def complaint(*, ticket: Ticket, actor: Staff, at: dt.datetime = WHEN, **fields: Any) -> Complaint:
    """Dissatisfaction, recorded."""
    return complaints.voice(
        ticket_id=ticket.pk, words="連絡が遅れて立会日を選べなかった", actor=actor, at=at, **fields
    )
