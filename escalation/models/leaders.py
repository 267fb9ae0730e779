"""Questions to leaders and their answers: attributed, kept, found again by the next person who asks (B10)."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Self

import pgtrigger
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from escalation.models.demands import Basis
from tickets.models.staff import Tier
from tickets.rules import AppendOnly, Rule
from tickets.search import fold_name

if TYPE_CHECKING:
    from tickets.models.staff import Staff


class LeaderQuestionQuerySet(models.QuerySet["LeaderQuestion"]):
    """The only door for pages, search and export."""

    def visible_to(self, staff: Staff) -> Self:
        """Own company: all. Partners: those asked at a desk of their company, or on a case they share."""
        if not staff.is_partner:
            return self
        from tickets.models.tickets import Ticket

        shared = Q(asked_by__desk__company_id=staff.desk.company_id)
        return self.filter(shared | Q(ticket__in=Ticket.objects.visible_to(staff)))


class LeaderQuestion(models.Model):
    """What somebody asked a leader, and about what. A peer's agreement is not an approval (A8)."""

    asked_by = models.ForeignKey("tickets.Staff", on_delete=models.PROTECT, related_name="leader_questions")
    asked_at = models.DateTimeField()
    topic = models.CharField(max_length=80, db_index=True)
    text = models.TextField()
    ticket = models.ForeignKey(
        "tickets.Ticket", null=True, blank=True, on_delete=models.PROTECT, related_name="leader_questions"
    )
    text_search = models.TextField(editable=False, default="")

    objects: ClassVar[LeaderQuestionQuerySet] = LeaderQuestionQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(text__regex=r"\S"), name="b10_question_has_a_text"),
            models.CheckConstraint(condition=Q(topic__regex=r"\S"), name="b10_question_has_a_topic"),
        ]
        indexes = [
            models.Index(fields=["topic", "-asked_at"], name="leader_question_topic"),
            GinIndex(OpClass("text_search", "gin_trgm_ops"), name="leader_question_text"),
        ]
        triggers = [AppendOnly(rule="B10", what="a question to a leader")]

    def __str__(self) -> str:
        return f"{self.topic}: {self.text[:40]}"

    def save(self, *args: object, **kwargs: object) -> None:
        """Keep the folded text beside what it is made from."""
        self.text_search = fold_name(f"{self.topic} {self.text}")
        super().save(*args, **kwargs)  # type: ignore[arg-type]


class LeaderAnswer(models.Model):
    """What one leader answered, under their name and rank. It approves nothing (A8)."""

    question = models.ForeignKey(LeaderQuestion, on_delete=models.PROTECT, related_name="answers")
    answered_by = models.ForeignKey("tickets.Staff", on_delete=models.PROTECT, related_name="leader_answers")
    answered_at = models.DateTimeField()
    tier = models.PositiveSmallIntegerField(choices=Tier)
    text = models.TextField()
    basis_kind = models.CharField(max_length=10, choices=Basis)
    basis_ref = models.CharField(max_length=200)
    text_search = models.TextField(editable=False, default="")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(text__regex=r"\S"), name="b10_answer_has_a_text"),
            models.CheckConstraint(
                condition=Q(basis_kind__in=Basis.values, basis_ref__regex=r"\S"),
                name="a6_leaders_answer_has_a_basis",
            ),
        ]
        indexes = [
            models.Index(fields=["question", "answered_at"], name="leader_answer_order"),
            GinIndex(OpClass("text_search", "gin_trgm_ops"), name="leader_answer_text"),
        ]
        triggers = [
            AppendOnly(rule="B10", what="a leader's answer"),
            Rule(
                rule="B10",
                name="answer_by_a_leader",
                says="a question to a leader is answered by a leader or above, at the rank they hold",
                operation=pgtrigger.Insert,
                refuse_if=(
                    "NEW.tier < 2 OR (SELECT s.tier FROM tickets_staff s WHERE s.id = NEW.answered_by_id) "
                    "<> NEW.tier"
                ),
            ),
        ]

    def __str__(self) -> str:
        return _("Answer by %(name)s") % {"name": self.answered_by}

    def save(self, *args: object, **kwargs: object) -> None:
        """Keep the folded text beside what it is made from."""
        self.text_search = fold_name(self.text)
        super().save(*args, **kwargs)  # type: ignore[arg-type]
