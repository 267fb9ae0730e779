"""What the customer asked and what we answered (A6). Answers that contradict each other: conflicts.py (A8)."""

from __future__ import annotations

import datetime as dt

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField

from tickets.lifecycle import ANSWER, QUESTION
from tickets.models.letters import FINAL_WORDS
from tickets.rules import FixedFields, NeverDeleted, Rule

# What a desk does inside the house binds no customer (A6).
NO_BASIS = r"internal +(procedure|rule|polic)|社内(の)?(手続|規[定則程]|ルール|都合|決まり)|部内"

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
            *QUESTION.triggers(),
            NeverDeleted(rule="A6", what="a question of the customer"),
            FixedFields(
                rule="A6",
                name="question_fixed",
                what="a question",
                fields=("ticket", "customer", "text", "topic", "asked_at", "recorded_by"),
            ),
            Rule(
                rule="A6",
                name="question_of_the_tickets_customer",
                says="a question is that of the customer of its ticket",
                operation=pgtrigger.Insert,
                refuse_if=(
                    "NEW.customer_id <> (SELECT t.customer_id FROM tickets_ticket t WHERE t.id = NEW.ticket_id)"
                ),
            ),
            Rule(
                rule="A6",
                name="asked_again_when_it_fell",
                says="an answered question is open again only when no answer to it stands",
                operation=pgtrigger.Update,
                refuse_if=(
                    "NEW.status = 'open' AND OLD.status = 'answered' AND EXISTS (SELECT 1 FROM "
                    "tickets_answer a WHERE a.question_id = NEW.id AND a.status <> 'corrected')"
                ),
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
    # Who found it wrong, when and why: an SV or above, or the one who decided the conflict.
    corrected_by = models.ForeignKey(
        "tickets.Staff", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    # For whom, where it was retracted by a lent rank (代行).
    corrected_for = models.ForeignKey(
        "tickets.Staff", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    corrected_at = models.DateTimeField(null=True, blank=True)
    corrected_reason = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(status="corrected")
                | (Q(corrected_by__isnull=False, corrected_at__isnull=False) & ~Q(corrected_reason="")),
                name="a8_corrected_with_reasons",
            ),
            models.CheckConstraint(
                condition=~Q(reasons__iregex=FINAL_WORDS), name="a9_an_answer_is_never_called_final"
            ),
            models.CheckConstraint(
                condition=Q(basis_kind__in=("contract", "law", "policy")) & ~Q(basis_ref="") & ~Q(reasons=""),
                name="a6_answer_has_reasons_and_basis",
            ),
            models.CheckConstraint(
                condition=Q(verdict__in=("yes", "no", "with_changes")),
                name="a6_answer_is_yes_no_or_changed",
            ),
            models.CheckConstraint(
                condition=~Q(basis_ref__iregex=NO_BASIS),
                name="a6_internal_procedure_is_no_basis",
            ),
        ]
        indexes = [models.Index(fields=["customer", "topic"], name="answer_of_customer")]
        triggers = [
            *ANSWER.triggers(),
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
            FixedFields(
                rule="A8",
                name="correction_fixed",
                what="an answer that was found wrong",
                fields=("corrected_by", "corrected_at"),
                once_set=True,
            ),
            Rule(
                rule="A8",
                name="answer_to_its_question",
                says="an answer goes to the customer who asked, on the topic they asked about",
                operation=pgtrigger.Insert,
                # The customer's row is the lock: of two answers given at once the later one sees the earlier.
                before_asking=(
                    "PERFORM 1 FROM tickets_customer k WHERE k.id = NEW.customer_id FOR NO KEY UPDATE;"
                ),
                refuse_if=(
                    "NOT EXISTS (SELECT 1 FROM tickets_question q WHERE q.id = NEW.question_id "
                    "AND q.customer_id = NEW.customer_id AND q.topic = NEW.topic)"
                ),
            ),
            Rule(
                rule="A8",
                name="retracted_by_an_sv",
                says="an answer is retracted by an SV or above",
                operation=pgtrigger.Update,
                refuse_if=(
                    "NEW.status = 'corrected' AND OLD.status <> 'corrected' AND NOT EXISTS (SELECT 1 FROM "
                    "tickets_staff s WHERE s.id = NEW.corrected_by_id AND (s.tier >= 3 OR NEW.corrected_for_id IS NOT NULL))"
                ),
            ),
            Rule(
                rule="A8",
                name="conflict_is_decided_not_avoided",
                says="an answer in an open conflict falls only by the decision on the conflict",
                timing=pgtrigger.Deferred,
                operation=pgtrigger.UpdateOf("status"),
                refuse_if=(
                    "NEW.status = 'corrected' AND EXISTS (SELECT 1 FROM tickets_answerconflict c "
                    "WHERE c.status = 'open' AND NEW.id IN (c.first_id, c.second_id))"
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
    def correct(self, *, by_id: int, at: dt.datetime, reason: str, for_id: int | None = None) -> None:
        """It was wrong; it stays on record as what the customer was told. `for_id`: whose rank it was, when lent."""
        self.corrected_by_id = by_id
        self.corrected_for_id = for_id
        self.corrected_at = at
        self.corrected_reason = reason
