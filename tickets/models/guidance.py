"""Knowledge with versions, what each customer was told from it, and corrections (案内・誤案内・訂正, A7)."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField

from tickets.lifecycle import ARTICLE_VERSION, GUIDANCE
from tickets.rules import AppendOnly, FixedFields, NeverDeleted, Rule


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
        ]
        triggers = [
            ARTICLE_VERSION.trigger(),
            NeverDeleted(rule="A7", what="a version of an article"),
            FixedFields(
                rule="A7",
                name="version_fixed",
                what="a version of an article",
                fields=("article", "version", "title", "body", "effective_from"),
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
            GUIDANCE.trigger(),
            NeverDeleted(rule="A7", what="guidance given"),
            FixedFields(
                rule="A7",
                name="guidance_fixed",
                what="guidance given",
                fields=("customer", "ticket", "article_version", "text", "given_by", "given_at"),
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


class Correction(models.Model):
    """A version of an article was wrong and another is right: everyone told is owed a call and a check (A7)."""

    wrong = models.OneToOneField(ArticleVersion, on_delete=models.PROTECT, related_name="correction")
    right = models.ForeignKey(ArticleVersion, on_delete=models.PROTECT, related_name="corrects")
    reason = models.TextField()
    corrected_by = models.ForeignKey("tickets.Staff", on_delete=models.PROTECT, related_name="+")
    corrected_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(wrong=F("right")), name="a7_correction_between_two"),
            models.CheckConstraint(condition=~Q(reason=""), name="a7_correction_has_a_reason"),
        ]
        triggers = [
            AppendOnly(rule="A7", what="a correction"),
            Rule(
                rule="A7",
                name="corrected_by_an_sv",
                says="guidance is retracted by an SV or above",
                operation=pgtrigger.Insert,
                refuse_if=(
                    "NOT EXISTS (SELECT 1 FROM tickets_staff s WHERE s.id = NEW.corrected_by_id AND s.tier >= 3)"
                ),
            ),
            Rule(
                rule="A7",
                name="everyone_told_is_found",
                says="a correction owes a harm check to everyone who was told the wrong thing",
                operation=pgtrigger.Insert,
                timing=pgtrigger.Deferred,
                refuse_if=(
                    "EXISTS (SELECT 1 FROM tickets_guidance g WHERE g.article_version_id = NEW.wrong_id "
                    "AND NOT EXISTS (SELECT 1 FROM tickets_harmcheck h WHERE h.correction_id = NEW.id "
                    "AND h.guidance_id = g.id))"
                ),
            ),
        ]


class HarmCheck(models.Model):
    """Whether the wrong guidance did the customer harm, and how they were told the right thing (A7)."""

    class Outcome(models.TextChoices):
        PENDING = "pending", _("To be checked")
        HARMED = "harmed", _("Harm was done")
        UNHARMED = "unharmed", _("No harm was done")

    correction = models.ForeignKey(Correction, on_delete=models.PROTECT, related_name="harm_checks")
    guidance = models.OneToOneField(Guidance, on_delete=models.PROTECT, related_name="harm_check")
    ticket = models.ForeignKey("tickets.Ticket", on_delete=models.PROTECT, related_name="harm_checks")
    customer = models.ForeignKey("tickets.Customer", on_delete=models.PROTECT, related_name="harm_checks")
    promise = models.OneToOneField("tickets.Promise", on_delete=models.PROTECT, related_name="harm_check")
    # The call that tells the right thing; NULL when the customer has just been told, in `told_contact`.
    call = models.OneToOneField(
        "tickets.Promise",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="correction_of",
    )
    told_contact = models.ForeignKey(
        "tickets.Contact", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    outcome = models.CharField(max_length=10, choices=Outcome, default=Outcome.PENDING)
    finding = models.TextField(blank=True)
    checked_by = models.ForeignKey(
        "tickets.Staff", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    checked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(call__isnull=False) | Q(told_contact__isnull=False),
                name="a7_told_or_called",
            ),
            models.CheckConstraint(
                condition=Q(outcome="pending") | (Q(checked_by__isnull=False) & ~Q(finding="")),
                name="a7_checked_with_a_finding",
            ),
        ]
        triggers = [
            NeverDeleted(rule="A7", what="a harm check"),
            Rule(
                rule="A7",
                name="check_is_owed",
                says="a harm check is an open promise until it has an outcome",
                timing=pgtrigger.Deferred,
                refuse_if=(
                    "EXISTS (SELECT 1 FROM tickets_harmcheck h JOIN tickets_promise p ON p.id = h.promise_id "
                    "WHERE h.id = NEW.id AND (h.outcome = 'pending') <> (p.status = 'open'))"
                ),
            ),
        ]
