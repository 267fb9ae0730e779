"""Rules on the ground floor's tables that need to know of this floor: proxies that carry triggers, nothing else."""

from __future__ import annotations

from typing import ClassVar

import pgtrigger

from escalation.lifecycle import ENDED_DEMAND
from escalation.models.exceptions import ENDED_EXCEPTION
from escalation.models.roster_rules import no_gap_from_leaving
from escalation.sql import promise_bound, promise_has_row
from tickets.models import (
    Answer,
    AnswerConflict,
    Complaint,
    Correction,
    OutboxMessage,
    Promise,
    Staff,
    Ticket,
)
from tickets.models.letters import FINAL_WORDS
from tickets.rules import FirmTrigger, Rule, quoted

ENDED_OBJECTION = ("sustained", "overruled", "taken_back")
# (rule, name, what, kind of promise, table, ended states): rows of this floor that a promise belongs to.
BOUND = (
    ("B2", "demand", "a demand for a superior", "superior_answer", "escalation_demand", ENDED_DEMAND),
    ("B6", "exception", "a request for an exception", "exception_decision", "escalation_exceptionrequest",
     ENDED_EXCEPTION),
    ("B9", "objection", "an objection", "objection_decision", "escalation_objection", ENDED_OBJECTION),
    ("B11", "regulator", "a regulator case", "regulator_reply", "escalation_regulatorcase", ("replied",)),
)  # fmt: skip


def _promise_triggers() -> list[FirmTrigger]:
    triggers: list[FirmTrigger] = []
    for rule, name, what, kind, table, ended in BOUND:
        triggers += [
            promise_bound(rule=rule, name=name, what=what, kind=kind, table=table, ended=ended),
            promise_has_row(rule=rule, name=name, what=what, kind=kind, table=table),
        ]
    triggers.append(
        Rule(
            rule="B2",
            name="demand_ends_as_its_promise",
            says="an answer keeps the promise of a demand, a withdrawal voids it",
            operation=pgtrigger.Update,
            condition=pgtrigger.Condition("OLD.status = 'open' AND NEW.kind = 'superior_answer'"),
            refuse_if=(
                "EXISTS (SELECT 1 FROM escalation_demand d WHERE d.promise_id = NEW.id AND "
                "((NEW.status = 'void' AND d.status <> 'withdrawn') "
                "OR (NEW.status = 'kept' AND d.status = 'withdrawn')))"
            ),
        )
    )
    return triggers


class PromiseOfEscalation(Promise):
    """The promises of demands, exceptions, objections and regulator cases live and end with them."""

    class Meta:
        proxy = True
        triggers: ClassVar = _promise_triggers()


def _by_delegation(rule: str, what: str) -> Rule:
    """What was decided for somebody was decided by whoever acted for them then, at the SV's tier or above (代行)."""
    return Rule(
        rule=rule,
        name=f"{what}_by_delegation",
        says="a decision by a lent rank needs a delegation of an SV's rank or above that runs at that moment",
        condition=pgtrigger.Condition(f"NEW.{what}_for_id IS NOT NULL"),
        refuse_if=(
            "NOT EXISTS (SELECT 1 FROM escalation_delegation d JOIN tickets_staff s ON s.id = d.delegate_id "
            f"WHERE d.delegate_id = NEW.{what}_by_id AND d.grantor_id = NEW.{what}_for_id AND d.acting_tier >= 3 "
            f"AND d.during @> NEW.{what}_at AND s.is_active)"
        ),
    )


class ComplaintInEscalation(Complaint):
    """Complaints that a delegate decides."""

    class Meta:
        proxy = True
        triggers: ClassVar = [_by_delegation("A5", "decided")]


class ConflictInEscalation(AnswerConflict):
    """Conflicts of answers that a delegate decides."""

    class Meta:
        proxy = True
        triggers: ClassVar = [_by_delegation("A8", "resolved")]


class AnswerInEscalation(Answer):
    """Answers that fall by a delegate's decision."""

    class Meta:
        proxy = True
        triggers: ClassVar = [_by_delegation("A8", "corrected")]


class CorrectionInEscalation(Correction):
    """Guidance that a delegate retracts."""

    class Meta:
        proxy = True
        triggers: ClassVar = [_by_delegation("A7", "corrected")]


class TicketInEscalation(Ticket):
    """The gate at the end of a ticket, as far as this floor knows more."""

    class Meta:
        proxy = True
        triggers: ClassVar = [
            Rule(
                rule="B7",
                name="gate_disagreement",
                says="ticket % stays open: the customer does not accept the answer",
                details=("NEW.number",),
                operation=pgtrigger.Update,
                refuse_if=(
                    "NEW.status IN ('resolved', 'closed', 'cancelled') AND NEW.status IS DISTINCT FROM OLD.status "
                    "AND EXISTS (SELECT 1 FROM escalation_recourseletter l WHERE l.ticket_id = NEW.id "
                    "AND l.disagreed_at IS NOT NULL AND l.settled_at IS NULL)"
                ),
            ),
            Rule(
                rule="B2",
                name="gate_demand",
                says="ticket % has an open demand for a superior",
                details=("NEW.number",),
                operation=pgtrigger.Update,
                refuse_if=(
                    "NEW.status IN ('resolved', 'closed', 'cancelled') AND NEW.status IS DISTINCT FROM OLD.status "
                    "AND EXISTS (SELECT 1 FROM escalation_demand d WHERE d.ticket_id = NEW.id "
                    "AND d.status IN ('requested', 'assigned', 'in_review', 'decided'))"
                ),
            ),
        ]


class LetterThatLeaves(OutboxMessage):
    """What leaves the house says "final answer" only when it is one."""

    class Meta:
        proxy = True
        triggers: ClassVar = [
            Rule(
                rule="A9",
                name="only_the_top_says_final",
                says="a message says final answer only when the top tier has given one",
                operation=pgtrigger.Insert,
                timing=pgtrigger.Deferred,
                refuse_if=(
                    f"(NEW.subject ~* {quoted(FINAL_WORDS)} OR NEW.body ~* {quoted(FINAL_WORDS)}) AND NOT EXISTS "
                    "(SELECT 1 FROM escalation_finalanswer f WHERE f.letter_id = NEW.id)"
                ),
            ),
        ]


class StaffOnDuty(Staff):
    """Nobody whom the roster still counts on is signed off or falls in rank before others stand there."""

    class Meta:
        proxy = True
        triggers: ClassVar = [no_gap_from_leaving()]
