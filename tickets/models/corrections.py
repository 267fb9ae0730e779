"""Wrong guidance put right: everyone who was told it is owed a call and a check of the harm (訂正・誤案内, A7)."""

from __future__ import annotations

import datetime as dt

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from tickets.models.guidance import ArticleVersion, Guidance
from tickets.models.promises import Promise
from tickets.rules import AppendOnly, FixedFields, NeverDeleted, Rule


class Correction(models.Model):
    """A version of an article was wrong and another is right: everyone told is owed a call and a check (A7)."""

    wrong = models.OneToOneField(ArticleVersion, on_delete=models.PROTECT, related_name="correction")
    right = models.ForeignKey(ArticleVersion, on_delete=models.PROTECT, related_name="corrects")
    reason = models.TextField()
    corrected_by = models.ForeignKey("tickets.Staff", on_delete=models.PROTECT, related_name="+")
    # For whom, where it was corrected by a lent rank (代行).
    corrected_for = models.ForeignKey(
        "tickets.Staff", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    corrected_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(wrong=F("right")), name="a7_correction_between_two"),
            models.CheckConstraint(condition=~Q(reason=""), name="a7_correction_has_a_reason"),
        ]
        indexes = [models.Index(fields=["corrected_at"], name="correction_at")]
        triggers = [
            AppendOnly(rule="A7", what="a correction"),
            Rule(
                rule="A7",
                name="the_right_version_is_live",
                says="a correction leads to a version of the same article that is in force",
                operation=pgtrigger.Insert,
                before_asking=(
                    "PERFORM 1 FROM tickets_articleversion v WHERE v.id = NEW.wrong_id FOR NO KEY UPDATE;"
                ),
                refuse_if=(
                    "NOT EXISTS (SELECT 1 FROM tickets_articleversion r JOIN tickets_articleversion w "
                    "ON w.article_id = r.article_id WHERE r.id = NEW.right_id AND w.id = NEW.wrong_id "
                    "AND r.status = 'live')"
                ),
            ),
            Rule(
                rule="A7",
                name="the_wrong_version_falls",
                says="a correction marks the version and all guidance given from it as wrong",
                operation=pgtrigger.Insert,
                timing=pgtrigger.Deferred,
                refuse_if=(
                    "EXISTS (SELECT 1 FROM tickets_articleversion v WHERE v.id = NEW.wrong_id "
                    "AND v.status <> 'corrected') OR EXISTS (SELECT 1 FROM tickets_guidance g "
                    "WHERE g.article_version_id = NEW.wrong_id AND g.status <> 'corrected')"
                ),
            ),
            Rule(
                rule="A7",
                name="corrected_by_an_sv",
                says="guidance is retracted by an SV or above",
                operation=pgtrigger.Insert,
                refuse_if=(
                    "NOT EXISTS (SELECT 1 FROM tickets_staff s WHERE s.id = NEW.corrected_by_id "
                    "AND (s.tier >= 3 OR NEW.corrected_for_id IS NOT NULL))"
                ),
            ),
            Rule(
                rule="L5",
                name="compliance_is_alerted",
                says="wrong guidance on price or cancelling alerts compliance",
                operation=pgtrigger.Insert,
                timing=pgtrigger.Deferred,
                refuse_if=(
                    "EXISTS (SELECT 1 FROM tickets_harmcheck h JOIN tickets_articleversion v ON v.id = NEW.wrong_id "
                    "JOIN tickets_article r ON r.id = v.article_id WHERE h.correction_id = NEW.id "
                    "AND r.touches_price_or_cancelling AND NOT EXISTS (SELECT 1 FROM tickets_alert a "
                    "WHERE a.ticket_id = h.ticket_id AND a.kind = 'wrong_guidance'))"
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
    # The call that tells the right thing, one a customer however often they were told the wrong one; NULL when
    # the customer has just been told, in `told_contact`.
    call = models.ForeignKey(
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
            FixedFields(
                rule="A7",
                name="harm_check_fixed",
                what="a harm check",
                fields=("correction", "guidance", "ticket", "customer", "promise", "call", "told_contact"),
            ),
            Rule(
                rule="A7",
                name="outcome_stands",
                says="the outcome of a harm check is found once",
                operation=pgtrigger.Update,
                refuse_if=(
                    "OLD.outcome <> 'pending' AND (NEW.outcome, NEW.finding, NEW.checked_by_id) "
                    "IS DISTINCT FROM (OLD.outcome, OLD.finding, OLD.checked_by_id)"
                ),
            ),
            Rule(
                rule="A7",
                name="checked_by_another",
                says="whoever gave the wrong guidance does not judge its harm",
                operation=pgtrigger.Update,
                refuse_if=(
                    "NEW.outcome <> 'pending' AND EXISTS (SELECT 1 FROM tickets_guidance g "
                    "WHERE g.id = NEW.guidance_id AND g.given_by_id = NEW.checked_by_id)"
                ),
            ),
            Rule(
                rule="A7",
                name="told_after_and_called_by_promise",
                says="a correction is told to the same customer, later, or is an open call owed to them",
                operation=pgtrigger.Insert,
                refuse_if=(
                    "NOT EXISTS (SELECT 1 FROM tickets_guidance g WHERE g.id = NEW.guidance_id "
                    "AND g.customer_id = NEW.customer_id) "
                    "OR (NEW.call_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM tickets_promise p "
                    "WHERE p.id = NEW.call_id AND p.kind = 'correction_call' AND p.customer_id = NEW.customer_id)) "
                    "OR (NEW.told_contact_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM tickets_contact k "
                    "JOIN tickets_guidance g ON g.id = NEW.guidance_id WHERE k.id = NEW.told_contact_id "
                    "AND k.customer_id = NEW.customer_id AND k.id IS DISTINCT FROM g.contact_id "
                    "AND COALESCE(k.ended_at, k.started_at) >= g.given_at "
                    "AND k.result NOT IN ('no_answer', 'voicemail_left', 'abandoned')))"
                ),
            ),
            Rule(
                rule="A7",
                name="harm_is_a_complaint",
                says="harm that was found is a complaint on the ticket, to be decided and put right",
                timing=pgtrigger.Deferred,
                operation=pgtrigger.Update,
                refuse_if=(
                    "NEW.outcome = 'harmed' AND NOT EXISTS (SELECT 1 FROM tickets_complaint c JOIN tickets_promise p "
                    "ON p.ticket_id = c.ticket_id WHERE p.id = NEW.promise_id)"
                ),
            ),
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

    def find_outcome(self, *, outcome: str, finding: str, by_id: int, at: dt.datetime) -> None:
        """What the check found; once."""
        self.outcome = outcome
        self.finding = finding
        self.checked_by_id = by_id
        self.checked_at = at


class HarmCheckPromise(Promise):
    """The promises that harm checks hang on, seen from here: they do not end before the check has an outcome."""

    class Meta:
        proxy = True
        triggers = [
            Rule(
                rule="A7",
                name="promise_of_pending_check",
                says="the promise of a harm check cannot end before its outcome",
                timing=pgtrigger.Deferred,
                operation=pgtrigger.UpdateOf("status"),
                refuse_if=(
                    "NEW.status <> 'open' AND NEW.kind = 'harm_check' AND EXISTS (SELECT 1 FROM "
                    "tickets_harmcheck h WHERE h.promise_id = NEW.id AND h.outcome = 'pending')"
                ),
            ),
        ]
