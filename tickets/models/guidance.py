"""Knowledge with versions and what each customer was told from it (案内, A7). Corrections: corrections.py."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField

from tickets.lifecycle import ARTICLE_VERSION, GUIDANCE
from tickets.models.letters import FINAL_WORDS
from tickets.rules import FixedFields, NeverDeleted, Rule


class Article(models.Model):
    """A matter that operators explain; its text lives in versions."""

    slug = models.SlugField(max_length=60, unique=True)
    topic = models.SlugField(max_length=60)
    # Guidance on price or cancelling that proves wrong alerts compliance (L5).
    touches_price_or_cancelling = models.BooleanField(default=False)

    def __str__(self) -> str:
        return self.slug


class ArticleVersion(models.Model):
    """One version of an article; never edited. A wrong one is corrected by another (A7)."""

    class Status(models.TextChoices):
        LIVE = "live", _("Live")
        UNDER_REVIEW = "under_review", _("Under review")
        CORRECTED = "corrected", _("Corrected: it was wrong")
        SUPERSEDED = "superseded", _("Superseded")

    article = models.ForeignKey(Article, on_delete=models.PROTECT, related_name="versions")
    version = models.PositiveIntegerField()
    title = models.CharField(max_length=200)
    body = models.TextField()
    basis_ref = models.CharField(max_length=200, blank=True)
    status = FSMField(default=Status.LIVE, choices=Status, protected=True, max_length=12)
    effective_from = models.DateTimeField()
    written_by = models.ForeignKey("tickets.Staff", on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["article", "version"], name="a7_version_once"),
            models.UniqueConstraint(
                fields=["article"], condition=Q(status="live"), name="a7_one_live_version"
            ),
            models.CheckConstraint(
                condition=~Q(body__iregex=FINAL_WORDS) & ~Q(title__iregex=FINAL_WORDS),
                name="a9_no_article_says_final_answer",
            ),
        ]
        triggers = [
            *ARTICLE_VERSION.triggers(),
            NeverDeleted(rule="A7", what="a version of an article"),
            FixedFields(
                rule="A7",
                name="version_fixed",
                what="a version of an article",
                fields=("article", "version", "title", "body", "basis_ref", "effective_from", "written_by"),
            ),
            Rule(
                rule="A7",
                name="corrected_by_a_correction",
                says="a version of an article is wrong only by a correction on record",
                timing=pgtrigger.Deferred,
                operation=pgtrigger.UpdateOf("status"),
                refuse_if=(
                    "NEW.status = 'corrected' AND NOT EXISTS (SELECT 1 FROM tickets_correction c "
                    "WHERE c.wrong_id = NEW.id)"
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} v{self.version}"

    @ARTICLE_VERSION.step("review")
    def review(self) -> None:
        """Somebody doubts it."""

    @ARTICLE_VERSION.step("confirm")
    def confirm(self) -> None:
        """It was right."""

    @ARTICLE_VERSION.step("correct")
    def correct(self) -> None:
        """It was wrong."""

    @ARTICLE_VERSION.step("supersede")
    def supersede(self) -> None:
        """It was right in its time; a newer one holds now."""


class Guidance(models.Model):
    """What one customer was told, from which version, by whom and when (A7)."""

    class Status(models.TextChoices):
        LIVE = "live", _("Live")
        UNDER_REVIEW = "under_review", _("Under review")
        CORRECTED = "corrected", _("Corrected")

    customer = models.ForeignKey("tickets.Customer", on_delete=models.PROTECT, related_name="guidance")
    ticket = models.ForeignKey("tickets.Ticket", on_delete=models.PROTECT, related_name="guidance")
    contact = models.ForeignKey(
        "tickets.Contact", null=True, blank=True, on_delete=models.PROTECT, related_name="guidance"
    )
    article_version = models.ForeignKey(ArticleVersion, on_delete=models.PROTECT, related_name="guidance")
    text = models.TextField(blank=True)
    given_by = models.ForeignKey("tickets.Staff", on_delete=models.PROTECT, related_name="guidance")
    given_at = models.DateTimeField()
    status = FSMField(default=Status.LIVE, choices=Status, protected=True, max_length=12)

    class Meta:
        indexes = [
            models.Index(fields=["article_version", "given_at"], name="guidance_of_version"),
            models.Index(fields=["customer", "-given_at"], name="guidance_of_customer"),
        ]
        triggers = [
            *GUIDANCE.triggers(),
            NeverDeleted(rule="A7", what="guidance given"),
            FixedFields(
                rule="A7",
                name="guidance_fixed",
                what="guidance given",
                fields=("customer", "ticket", "article_version", "text", "given_by", "given_at"),
            ),
            Rule(
                rule="A7",
                name="given_from_a_live_version",
                says="guidance is given from the version in force; this one is %",
                details=("version_status",),
                operation=pgtrigger.Insert,
                declare=[("version_status", "text")],
                # FOR SHARE waits for anyone who is just correcting the version, and makes them wait for us.
                before_asking=(
                    "SELECT v.status INTO version_status FROM tickets_articleversion v "
                    "WHERE v.id = NEW.article_version_id FOR SHARE;"
                ),
                # What was told before it was found wrong may be put on record late; it is then owed like the rest.
                refuse_if=(
                    "version_status <> 'live' AND NOT EXISTS (SELECT 1 FROM tickets_correction c "
                    "WHERE c.wrong_id = NEW.article_version_id AND c.corrected_at > NEW.given_at)"
                ),
            ),
            Rule(
                rule="A7",
                name="wrong_guidance_is_owed",
                says="whoever was told from a corrected version is owed a harm check",
                timing=pgtrigger.Deferred,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("status"),
                refuse_if=(
                    "EXISTS (SELECT 1 FROM tickets_correction c WHERE c.wrong_id = NEW.article_version_id) "
                    "AND NOT EXISTS (SELECT 1 FROM tickets_harmcheck h WHERE h.guidance_id = NEW.id)"
                ),
            ),
            Rule(
                rule="A7",
                name="guidance_on_the_customers_ticket",
                says="guidance is recorded on a ticket of the customer who was told",
                operation=pgtrigger.Insert,
                refuse_if=(
                    "NEW.customer_id <> (SELECT t.customer_id FROM tickets_ticket t WHERE t.id = NEW.ticket_id)"
                ),
            ),
        ]

    @GUIDANCE.step("review")
    def review(self) -> None:
        """The version it came from is doubted."""

    @GUIDANCE.step("confirm")
    def confirm(self) -> None:
        """It was right."""

    @GUIDANCE.step("correct")
    def correct(self) -> None:
        """It was wrong; the customer is owed a call and a harm check."""
