"""What operators explain from, and what each customer was told from it (案内, A7). Corrections: corrections.py."""

from __future__ import annotations

import datetime as dt

from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from tickets.errors import NotAllowed, Refused
from tickets.models import Article, ArticleVersion, Contact, Correction, Guidance, HarmCheck, Staff, Tier
from tickets.models.promises import Promise, PromiseKind
from tickets.service import service
from tickets.services.corrections import owe_for
from tickets.services.locking import lock_ticket
from tickets.services.promises import keep_promise
from tickets.services.timeline import append_entry
from tickets.standing import require_standing

LIVE = ArticleVersion.Status.LIVE
DOUBTED = ArticleVersion.Status.UNDER_REVIEW


@service
def publish_version(
    *,
    article_id: int,
    title: str,
    body: str,
    actor: Staff,
    at: dt.datetime,
    basis_ref: str = "",
) -> ArticleVersion:
    """Put the next version of an article in force; the one before is superseded, never edited (A7). SV or above.

    That the one before was wrong is another matter: `corrections.correct`. Refused A9 when the text calls itself
    the company's final answer.
    """
    require_standing(actor, Tier.SV, at, rule="A7")
    _own_company(actor)
    article = Article.objects.select_for_update(no_key=True).get(pk=article_id)
    for before in article.versions.filter(status__in=(LIVE, DOUBTED)).select_for_update(no_key=True):
        # A doubted one stays doubted until somebody says whether it was right.
        if before.status == LIVE:
            before.supersede()
            before.save(update_fields=["status"])
    newest: int | None = article.versions.aggregate(newest=Max("version"))["newest"]
    return ArticleVersion.objects.create(
        article=article,
        version=(newest or 0) + 1,
        title=title,
        body=body,
        basis_ref=basis_ref,
        effective_from=at,
        written_by=actor,
    )


@service
def give_guidance(
    *,
    ticket_id: int,
    article_version_id: int,
    actor: Staff,
    at: dt.datetime,
    contact_id: int | None = None,
    text: str = "",
    given_at: dt.datetime | None = None,
) -> Guidance:
    """Record that the customer of a ticket was told what this version says. Anyone at a desk.

    `given_at`: when it was told, if that is put on record later. Refused A7 when the version was not in force; what
    was told before it was found wrong is taken, and owed a call and a harm check like the rest. A call that was
    owed to correct what the customer heard before is kept by it.
    """
    # The version before the ticket, as `corrections.correct` does, which holds the version against us.
    version = _shared(article_version_id)
    ticket = lock_ticket(ticket_id, actor)
    told_at = given_at or at
    guidance = Guidance.objects.create(
        customer_id=ticket.customer_id,
        ticket=ticket,
        contact_id=contact_id,
        article_version=version,
        text=text,
        given_by=actor,
        given_at=told_at,
    )
    append_entry(
        customer_id=ticket.customer_id, ticket_id=ticket.pk, contact_id=contact_id, kind="guidance.given", at=at,
        actor=actor, summary=text or str(version), data={"guidance": guidance.pk, "version": version.pk},
    )  # fmt: skip
    late = Correction.objects.filter(wrong=version).first()
    if late is not None:
        owe_for(correction=late, at=at, actor=actor)
    elif contact_id is not None:
        _keep_correction_calls(guidance, contact_id, at=at, actor=actor)
    return guidance


@service
def flag_version(*, version_id: int, reason: str, actor: Staff, at: dt.datetime) -> ArticleVersion:
    """Doubt a version: nobody is told it from now on until an SV confirms or corrects it. Anyone at a desk."""
    if not reason.strip():
        raise Refused("A7", _("Say what seems wrong with it."))
    version = _locked(version_id)
    version.review()
    version.save(update_fields=["status"])
    Guidance.objects.filter(article_version=version, status=Guidance.Status.LIVE).update(
        status=Guidance.Status.UNDER_REVIEW
    )
    _note_on_those_told(version, "guidance.doubted", reason, actor=actor, at=at)
    return version


@service
def confirm_version(*, version_id: int, reason: str, actor: Staff, at: dt.datetime) -> ArticleVersion:
    """Say that a doubted version was right. SV or above (A7); superseded when a newer one is in force by now."""
    require_standing(actor, Tier.SV, at, rule="A7")
    _own_company(actor)
    version = _locked(version_id)
    newer = ArticleVersion.objects.filter(article_id=version.article_id, status=LIVE).exists()
    version.supersede() if newer else version.confirm()
    version.save(update_fields=["status"])
    Guidance.objects.filter(article_version=version, status=Guidance.Status.UNDER_REVIEW).update(
        status=Guidance.Status.LIVE
    )
    _note_on_those_told(version, "guidance.confirmed", reason, actor=actor, at=at)
    return version


def _keep_correction_calls(guidance: Guidance, contact_id: int, *, at: dt.datetime, actor: Staff) -> None:
    """Told the right thing in a contact: the calls owed for the wrong one are kept by it, whoever rang (A10)."""
    if not Contact.objects.filter(pk=contact_id, channel="phone").exists():
        return
    owed = HarmCheck.objects.filter(
        customer_id=guidance.customer_id,
        correction__right_id=guidance.article_version_id,
        call__status=Promise.Status.OPEN,
        call__kind=PromiseKind.CORRECTION_CALL,
    )
    for call_id in owed.order_by("call_id").values_list("call_id", flat=True).distinct():
        keep_promise(promise_id=call_id, at=at, actor=actor, contact_id=contact_id)


def _note_on_those_told(
    version: ArticleVersion, kind: str, reason: str, *, actor: Staff, at: dt.datetime
) -> None:
    told = Guidance.objects.filter(article_version=version).order_by("ticket_id").distinct("ticket_id")
    for customer_id, ticket_id in told.values_list("customer_id", "ticket_id"):
        append_entry(
            customer_id=customer_id, ticket_id=ticket_id, kind=kind, at=at, actor=actor, summary=reason,
            data={"version": version.pk},
        )  # fmt: skip


def _own_company(actor: Staff) -> None:
    if actor.is_partner:
        raise NotAllowed("A7", _("The texts are those of the provider; its own staff decide on them."))


def _shared(version_id: int) -> ArticleVersion:
    """The version, kept from being corrected until we commit; others may give guidance from it meanwhile."""
    rows = ArticleVersion.objects.raw(
        "SELECT * FROM tickets_articleversion WHERE id = %s FOR SHARE", [version_id]
    )
    return rows[0]


def _locked(version_id: int) -> ArticleVersion:
    return ArticleVersion.objects.select_for_update(no_key=True).get(pk=version_id)
