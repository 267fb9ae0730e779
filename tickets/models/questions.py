"""What the customer asked, what we answered, and answers that contradict each other (A6, A8)."""

from __future__ import annotations

import datetime as dt

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField

from tickets.lifecycle import ANSWER, CONFLICT, QUESTION
from tickets.rules import FixedFields, NeverDeleted, Rule

# An answer stands while nobody has corrected it.
DIFFERING = (
    "SELECT 1 FROM tickets_answer a JOIN tickets_answer b ON b.customer_id = a.customer_id "
    "AND b.topic = a.topic AND b.id <> a.id AND b.status <> 'corrected' AND b.verdict <> a.verdict "
    "WHERE a.id = NEW.id AND a.status <> 'corrected' AND NOT EXISTS (SELECT 1 FROM tickets_answerconflict c "
    "WHERE (c.first_id, c.second_id) IN ((a.id, b.id), (b.id, a.id)))"
)


class Question(models.Model):
    """A question on a ticket: open until it is answered yes, no, or yes with changes (A6)."""

    class Status(models.TextChoices):
        OPEN = "open", _("Open")
        ANSWERED = "answered", _("Answered")

    ticket = models.ForeignKey("tickets.Ticket", on_delete=models.PROTECT, related_name="questions")
    customer = models.ForeignKey("tickets.Customer", on_delete=models.PROTECT, related_name="questions")
    topic = models.SlugField(max_length=60)
    text = models.TextField()
    status = FSMField(default=Status.OPEN, choices=Status, protected=True, max_length=10)
    asked_at = models.DateTimeField()
    asked_contact = models.ForeignKey(
        "tickets.Contact", null=True, blank=True, on_delete=models.PROTECT, related_name="questions"
    )
    recorded_by = models.ForeignKey("tickets.Staff", on_delete=models.PROTECT, related_name="+")

    class Meta:
        indexes = [
            models.Index(fields=["ticket"], condition=Q(status="open"), name="question_open_on"),
            models.Index(fields=["customer", "topic"], name="question_of_customer"),
        ]
        triggers = [
            QUESTION.trigger(),
            NeverDeleted(rule="A6", what="a question of the customer"),
            FixedFields(
                rule="A6",
                name="question_fixed",
                what="a question",
                fields=("ticket", "customer", "text", "topic"),
            ),
            Rule(
                rule="A6",
                name="answered_by_an_answer",
                says="a question ends only with an answer on record",
                operation=pgtrigger.Update,
                refuse_if=(
                    "NEW.status = 'answered' AND OLD.status = 'open' AND NOT EXISTS (SELECT 1 FROM "
                    "tickets_answer a WHERE a.question_id = NEW.id AND a.status <> 'corrected')"
                ),
            ),
            Rule(
                rule="A6",
                name="question_on_open_ticket",
                says="the ticket has ended; reopen it before recording a question on it",
                declare=[("ticket_status", "text")],
                before_asking=(
                    "SELECT t.status INTO ticket_status FROM tickets_ticket t "
                    "WHERE t.id = NEW.ticket_id FOR SHARE;"
                ),
                condition=pgtrigger.Condition("NEW.status = 'open'"),
                refuse_if="ticket_status IN ('resolved', 'closed', 'cancelled')",
            ),
        ]

    def __str__(self) -> str:
        return self.text

    @QUESTION.step("answer")
    def answer(self) -> None:
        """Answered; the answer itself is a row of its own."""

    @QUESTION.step("ask_again")
    def ask_again(self) -> None:
        """The answer fell (it was wrong), so the question is open again."""


class Answer(models.Model):
    """An answer with its reasons and its basis. "Internal procedure" is no basis: there is no such kind (A6)."""

    class Verdict(models.TextChoices):
        YES = "yes", _("Yes")
        NO = "no", _("No")
        CHANGED = "with_changes", _("Yes, with changes")

    class Basis(models.TextChoices):
        CONTRACT = "contract", _("Contract")
        LAW = "law", _("Law")
        POLICY = "policy", _("Published policy, with its version")

    class Status(models.TextChoices):
        LIVE = "live", _("Live")
        UNDER_REVIEW = "under_review", _("Under review")
        CORRECTED = "corrected", _("Corrected")

    question = models.ForeignKey(Question, on_delete=models.PROTECT, related_name="answers")
    customer = models.ForeignKey("tickets.Customer", on_delete=models.PROTECT, related_name="answers")
    topic = models.SlugField(max_length=60)
    verdict = models.CharField(max_length=12, choices=Verdict)
    reasons = models.TextField()
    basis_kind = models.CharField(max_length=10, choices=Basis)
    basis_ref = models.CharField(max_length=200)
    status = FSMField(default=Status.LIVE, choices=Status, protected=True, max_length=12)
    answered_by = models.ForeignKey("tickets.Staff", on_delete=models.PROTECT, related_name="answers")
    answered_at = models.DateTimeField()
    contact = models.ForeignKey(
        "tickets.Contact", null=True, blank=True, on_delete=models.PROTECT, related_name="answers"
    )
    article_version = models.ForeignKey(
        "tickets.ArticleVersion",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="answers",
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(basis_kind__in=("contract", "law", "policy")) & ~Q(basis_ref="") & ~Q(reasons=""),
                name="a6_answer_has_reasons_and_basis",
            ),
            models.CheckConstraint(
                condition=Q(verdict__in=("yes", "no", "with_changes")),
                name="a6_answer_is_yes_no_or_changed",
            ),
            models.CheckConstraint(
                condition=~Q(basis_ref__iregex=r"internal procedure|社内手続|社内規定|社内ルール"),
                name="a6_internal_procedure_is_no_basis",
            ),
        ]
        indexes = [models.Index(fields=["customer", "topic"], name="answer_of_customer")]
        triggers = [
            ANSWER.trigger(),
            NeverDeleted(rule="A8", what="an answer"),
            FixedFields(
                rule="A8",
                name="answer_fixed",
                what="an answer given to a customer",
                fields=(
                    "question",
                    "customer",
                    "topic",
                    "verdict",
                    "reasons",
                    "basis_kind",
                    "basis_ref",
                    "answered_by",
                    "answered_at",
                ),
            ),
            Rule(
                rule="A8",
                name="differing_answers_conflict",
                says="two live answers to one customer differ: a conflict must be raised with them",
                timing=pgtrigger.Deferred,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("status"),
                refuse_if=f"EXISTS ({DIFFERING})",
            ),
        ]

    @ANSWER.step("review")
    def review(self) -> None:
        """Somebody doubts it."""

    @ANSWER.step("confirm")
    def confirm(self) -> None:
        """It was right."""

    @ANSWER.step("correct")
    def correct(self) -> None:
        """It was wrong; it stays on record as what the customer was told."""


class AnswerConflict(models.Model):
    """Two live, differing answers to one customer: an SV or above decides which one stands (A8)."""

    customer = models.ForeignKey("tickets.Customer", on_delete=models.PROTECT, related_name="conflicts")
    topic = models.SlugField(max_length=60)
    first = models.ForeignKey(Answer, on_delete=models.PROTECT, related_name="+")
    second = models.ForeignKey(Answer, on_delete=models.PROTECT, related_name="+")
    status = FSMField(default="open", protected=True, max_length=10)
    raised_at = models.DateTimeField()
    promise = models.OneToOneField("tickets.Promise", on_delete=models.PROTECT, related_name="conflict")
    stands = models.ForeignKey(Answer, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    reasons = models.TextField(blank=True)
    resolved_by = models.ForeignKey(
        "tickets.Staff", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    resolved_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["first", "second"], name="a8_conflict_once"),
            models.CheckConstraint(condition=Q(first__lt=F("second")), name="a8_conflict_between_two"),
            models.CheckConstraint(
                condition=~Q(status="resolved")
                | (
                    Q(stands__isnull=False, resolved_by__isnull=False, resolved_at__isnull=False)
                    & ~Q(reasons="")
                ),
                name="a8_resolved_with_reasons",
            ),
        ]
        indexes = [models.Index(fields=["raised_at"], condition=Q(status="open"), name="conflict_open")]
        triggers = [
            CONFLICT.trigger(),
            NeverDeleted(rule="A8", what="a conflict of answers"),
            Rule(
                rule="A8",
                name="resolved_by_an_sv",
                says="conflicting answers are resolved by an SV or above who gave neither of them",
                operation=pgtrigger.Update,
                refuse_if=(
                    "NEW.status = 'resolved' AND OLD.status = 'open' AND (NOT EXISTS (SELECT 1 FROM tickets_staff s "
                    "WHERE s.id = NEW.resolved_by_id AND s.tier >= 3) OR EXISTS (SELECT 1 FROM tickets_answer a "
                    "WHERE a.id IN (NEW.first_id, NEW.second_id) AND a.answered_by_id = NEW.resolved_by_id))"
                ),
            ),
            Rule(
                rule="A8",
                name="conflict_is_owed",
                says="an open conflict is an open promise, and ends with it",
                timing=pgtrigger.Deferred,
                refuse_if=(
                    "EXISTS (SELECT 1 FROM tickets_answerconflict c JOIN tickets_promise p ON p.id = c.promise_id "
                    "WHERE c.id = NEW.id AND (c.status = 'open') <> (p.status = 'open'))"
                ),
            ),
        ]

    @CONFLICT.step("resolve")
    def resolve(self, *, stands_id: int, reasons: str, by_id: int, at: dt.datetime) -> None:
        """Decide which of the two stands."""
        self.stands_id = stands_id
        self.reasons = reasons
        self.resolved_by_id = by_id
        self.resolved_at = at
