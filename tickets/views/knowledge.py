"""Knowledge (案内): what operators tell customers, with every version it ever had (A7)."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Prefetch
from django.shortcuts import get_object_or_404

from tickets.models import Article, ArticleVersion
from tickets.paging import newest_first
from tickets.views.screen import DeskRequest, page, screen


@screen()
def articles(request: DeskRequest) -> Any:
    """What is in force, by article."""
    live = ArticleVersion.objects.filter(status__in=("live", "under_review"))
    rows = Article.objects.prefetch_related(Prefetch("versions", queryset=live, to_attr="current"))
    found = newest_first(rows, request.GET.get("after", ""))
    return page(request, "tickets/articles.html", {"page": found})


@screen()
def article(request: DeskRequest, slug: str) -> Any:
    """One article with all its versions, and how many customers were told each."""
    found = get_object_or_404(Article, slug=slug)
    versions = (
        found.versions.select_related("written_by", "correction__corrected_by")
        .annotate(told=Count("guidance"))
        .order_by("-version")
    )
    return page(request, "tickets/article.html", {"article": found, "versions": versions})
