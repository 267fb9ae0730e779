"""Knowledge: what was told, new versions, corrections and harm checks (A7)."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from tickets.forms import guidance as forms
from tickets.forms.tickets import ReasonForm
from tickets.models import Article, ArticleVersion, HarmCheck, Tier
from tickets.queries.calls import current_contact_id
from tickets.queries.guidance import live_texts
from tickets.rights import acting_at_least, own_company
from tickets.services import corrections, guidance
from tickets.views import find
from tickets.views.deed import Deed
from tickets.views.screen import DeskRequest

give = Deed(
    title=_("What the customer was told"),
    form=forms.GiveGuidanceForm,
    find=find.ticket,
    initial=lambda request, ticket: {"article_version": request.GET.get("version", "")},
    beside=lambda request, ticket: {
        "words": request.GET.get("q", ""),
        "texts": live_texts(request.GET.get("q", "")),
    },
    template="tickets/give_guidance.html",
    do=lambda request, ticket, data: guidance.give_guidance(
        ticket_id=ticket.pk,
        article_version_id=data["article_version"].pk,
        text=data["text"],
        contact_id=current_contact_id(request.user, ticket.customer_id, request.at),
        actor=request.user,
        at=request.at,
    ),
).view()


def find_article(request: DeskRequest, slug: str) -> Article:
    """An article; knowledge is everybody's."""
    return get_object_or_404(Article, slug=slug)


def find_version(request: DeskRequest, pk: int) -> ArticleVersion:
    """One version of one."""
    return get_object_or_404(ArticleVersion.objects.select_related("article"), pk=pk)


def article_page(subject: Any, outcome: Any) -> str:
    """The article."""
    article = getattr(subject, "article", subject)
    return reverse("tickets:article", args=[article.slug])


new_version = Deed(
    title=_("New version"),
    form=forms.NewVersionForm,
    find=find_article,
    rights=acting_at_least(Tier.SV),
    do=lambda request, article, data: guidance.publish_version(
        article_id=article.pk, actor=request.user, at=request.at, **data
    ),
    leads_to=article_page,
).view()

doubt = Deed(
    title=_("I doubt that this is right"),
    form=ReasonForm,
    find=find_version,
    rights=own_company,
    do=lambda request, version, data: guidance.flag_version(
        version_id=version.pk, reason=data["reason"], actor=request.user, at=request.at
    ),
    leads_to=article_page,
).view()


def put_right(request: DeskRequest, version: ArticleVersion, data: dict[str, Any]) -> Any:
    """Publish the right text and correct the wrong one by it, both or neither."""
    with transaction.atomic():
        right = guidance.publish_version(
            article_id=version.article_id,
            title=data["title"],
            body=data["body"],
            basis_ref=data["basis_ref"],
            actor=request.user,
            at=request.at,
        )
        return corrections.correct(
            wrong_id=version.pk, right_id=right.pk, reason=data["reason"], actor=request.user, at=request.at
        )


correct = Deed(
    title=_("Correct wrong guidance"),
    submit=_("Correct, and find everyone who was told"),
    lead=_("Everyone who was told the wrong thing is owed a call and a harm check."),
    form=forms.CorrectForm,
    find=find_version,
    rights=acting_at_least(Tier.SV),
    do=put_right,
    initial=lambda request, version: {"title": version.title, "body": version.body},
    leads_to=article_page,
).view()

harm_check = Deed(
    title=_("Harm check"),
    form=forms.HarmCheckForm,
    find=find.on_visible_ticket(HarmCheck),
    do=lambda request, check, data: corrections.complete_harm_check(
        harm_check_id=check.pk,
        outcome=data["outcome"],
        finding=data["finding"],
        actor=request.user,
        at=request.at,
    ),
    leads_to=lambda check, _outcome: check.ticket.get_absolute_url(),
).view()
