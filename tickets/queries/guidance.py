"""Knowledge as compliance and SVs look at it: what is doubted, what was wrong, who was told (A7, L5)."""

from __future__ import annotations

from django.db.models import Count, Q, QuerySet

from tickets.models import Alert, ArticleVersion, Correction, Guidance, HarmCheck, Staff, Ticket


def doubted(*, limit: int = 50) -> list[ArticleVersion]:
    """Versions under review, with how many customers were told (`told`), the most told first. One query."""
    rows = ArticleVersion.objects.filter(status=ArticleVersion.Status.UNDER_REVIEW).select_related("article")
    return list(
        rows.annotate(told=Count("guidance__customer", distinct=True)).order_by("-told", "pk")[:limit]
    )


def live_texts(words: str = "", *, limit: int = 20) -> list[ArticleVersion]:
    """What may be told now, with its text to read aloud: all, or what has `words` in title or text. One query."""
    rows = ArticleVersion.objects.filter(status=ArticleVersion.Status.LIVE)
    for word in words.split():
        rows = rows.filter(Q(title__icontains=word) | Q(body__icontains=word))
    return list(rows.order_by("title", "pk")[:limit])


def wrong_on_price_or_cancelling(staff: Staff, *, limit: int = 50, before: int | None = None) -> list[Alert]:
    """Wrong guidance on price or cancelling, newest first, for compliance (L5); paged by id. One query.

    Own company's compliance sees all; nobody else any.
    """
    if staff.is_partner or not staff.is_compliance:
        return []
    rows = Alert.objects.filter(kind=Alert.Kind.WRONG_GUIDANCE)
    if before is not None:
        rows = rows.filter(pk__lt=before)
    return list(rows.select_related("ticket__customer", "contact").order_by("-pk")[:limit])


def told_from(staff: Staff, version_id: int) -> QuerySet[Guidance]:
    """Everyone who was told from a version, as far as `staff` sees their cases, with the check that is owed."""
    rows = Guidance.objects.filter(article_version_id=version_id)
    if staff.is_partner:
        rows = rows.filter(ticket__in=Ticket.objects.visible_to(staff))
    return rows.select_related("customer", "ticket", "given_by", "harm_check__call").order_by(
        "given_at", "pk"
    )


def progress_of(correction: Correction) -> dict[str, int]:
    """How far a correction has come: told in all, calls still owed, checks still owed, harmed. One query."""
    checks = HarmCheck.objects.filter(correction=correction)
    figures: dict[str, int] = checks.aggregate(
        told=Count("pk"),
        calls_owed=Count("call", filter=Q(call__status="open"), distinct=True),
        checks_owed=Count("pk", filter=Q(outcome=HarmCheck.Outcome.PENDING)),
        harmed=Count("pk", filter=Q(outcome=HarmCheck.Outcome.HARMED)),
    )
    return figures
