"""Answers that contradict each other: an SV or above who gave neither decides which one stands (A8)."""

from __future__ import annotations

import datetime as dt

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django_fsm import FSMField

from tickets.lifecycle import CONFLICT
from tickets.models.promises import Promise
from tickets.models.questions import Answer
from tickets.rules import FixedFields, NeverDeleted, Rule


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
    # For whom, where it was decided by a lent rank (代行).
    resolved_for = models.ForeignKey(
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
            *CONFLICT.triggers(),
            NeverDeleted(rule="A8", what="a conflict of answers"),
            FixedFields(
                rule="A8",
                name="conflict_fixed",
                what="a conflict of answers",
                fields=("customer", "topic", "first", "second", "raised_at", "promise"),
            ),
            FixedFields(
                rule="A8",
                name="conflict_end_fixed",
                what="a decided conflict",
                fields=("stands", "resolved_by", "resolved_at"),
                once_set=True,
            ),
            Rule(
                rule="A8",
                name="conflict_of_two_answers",
                says="a conflict holds two differing answers to one customer on one topic",
                operation=pgtrigger.Insert,
                refuse_if=(
                    "(SELECT count(*) <> 2 OR count(DISTINCT a.verdict) <> 2 FROM tickets_answer a "
                    "WHERE a.id IN (NEW.first_id, NEW.second_id) AND a.customer_id = NEW.customer_id "
                    "AND a.topic = NEW.topic) OR NOT EXISTS (SELECT 1 FROM tickets_promise p "
                    "WHERE p.id = NEW.promise_id AND p.kind = 'conflict' AND p.tier >= 3 "
                    "AND p.customer_id = NEW.customer_id)"
                ),
            ),
            Rule(
                rule="A8",
                name="resolved_by_an_sv",
                says="conflicting answers are resolved by an SV or above who gave neither of them",
                operation=pgtrigger.Update,
                refuse_if=(
                    "NEW.status = 'resolved' AND OLD.status = 'open' AND (NOT EXISTS (SELECT 1 FROM tickets_staff s "
                    "WHERE s.id = NEW.resolved_by_id AND (s.tier >= 3 OR NEW.resolved_for_id IS NOT NULL)) OR EXISTS (SELECT 1 FROM tickets_answer a "
                    "WHERE a.customer_id = NEW.customer_id AND a.topic = NEW.topic "
                    "AND a.answered_by_id = NEW.resolved_by_id))"
                ),
            ),
            Rule(
                rule="A8",
                name="one_of_the_two_stands",
                says="the decision on a conflict says which of its two answers stands",
                operation=pgtrigger.Update,
                refuse_if="NEW.status = 'resolved' AND NEW.stands_id NOT IN (NEW.first_id, NEW.second_id)",
            ),
            Rule(
                rule="A8",
                name="the_other_one_falls",
                says="of two conflicting answers the one that does not stand is retracted with the decision",
                timing=pgtrigger.Deferred,
                operation=pgtrigger.UpdateOf("status"),
                refuse_if=(
                    "NEW.status = 'resolved' AND EXISTS (SELECT 1 FROM tickets_answer a WHERE a.id IN "
                    "(NEW.first_id, NEW.second_id) AND a.id <> NEW.stands_id AND a.status <> 'corrected')"
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
    def resolve(
        self, *, stands_id: int, reasons: str, by_id: int, for_id: int | None, at: dt.datetime
    ) -> None:
        """Decide which of the two stands; `for_id` is whose rank it was, when it was lent."""
        self.stands_id = stands_id
        self.reasons = reasons
        self.resolved_by_id = by_id
        self.resolved_for_id = for_id
        self.resolved_at = at


class ConflictPromise(Promise):
    """The promises that conflicts hang on, seen from here: they do not end before the conflict is decided."""

    class Meta:
        proxy = True
        triggers = [
            Rule(
                rule="A8",
                name="promise_of_open_conflict",
                says="the promise of an undecided conflict cannot end",
                timing=pgtrigger.Deferred,
                operation=pgtrigger.UpdateOf("status"),
                refuse_if=(
                    "NEW.status <> 'open' AND NEW.kind = 'conflict' AND EXISTS (SELECT 1 FROM "
                    "tickets_answerconflict c WHERE c.promise_id = NEW.id AND c.status = 'open')"
                ),
            ),
        ]
