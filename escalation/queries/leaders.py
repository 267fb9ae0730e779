"""What was asked of leaders before, and what they said (B10)."""

from __future__ import annotations

from django.db.models import Prefetch, Q, QuerySet

from escalation.models import LeaderAnswer, LeaderQuestion
from tickets.models import Staff
from tickets.search import fold_name


def earlier(*, staff: Staff, topic: str, text: str = "", limit: int = 20) -> list[LeaderQuestion]:
    """Questions on the same topic, or that hold every word of `text`, with their answers; newest first. Two queries."""
    same = Q(topic__iexact=topic.strip())
    found = _answered(staff).filter(same | matching(text) if text.strip() else same)
    return list(found[:limit])


def search(*, staff: Staff, text: str, after: int | None = None, limit: int = 50) -> list[LeaderQuestion]:
    """Questions whose text or answers hold every word of `text`, newest first, from below id `after`. Two queries."""
    found = _answered(staff).filter(matching(text))
    if after is not None:
        found = found.filter(pk__lt=after)
    return list(found[:limit])


def matching(text: str) -> Q:
    """Every word of `text`, folded, in the question or in one of its answers."""
    found = Q()
    for word in text.split():
        folded = fold_name(word)
        said = LeaderAnswer.objects.filter(text_search__contains=folded).values("question_id")
        found &= Q(text_search__contains=folded) | Q(pk__in=said)
    return found


def _answered(staff: Staff) -> QuerySet[LeaderQuestion]:
    answers = LeaderAnswer.objects.select_related("answered_by").order_by("answered_at")
    return (
        LeaderQuestion.objects.visible_to(staff)
        .select_related("asked_by", "ticket")
        .prefetch_related(Prefetch("answers", answers))
        .order_by("-pk")
    )
