"""What the carrier was told to do, and what it answered (D3, D7, D9)."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField

from billing.lifecycle_cancellation import CARRIER_INSTRUCTION
from billing.models.line_sql import consented, in_the_future
from tickets.rules import FixedFields, NeverDeleted, Rule


class InstructionKind(models.TextChoices):
    """`relay` announces the end of lines, `change` new dates, `withdraw` that the customer stays."""

    RELAY = "relay", _("Announce the cancellation")
    CHANGE = "change", _("Change the dates")
    WITHDRAW = "withdraw", _("Withdraw the cancellation")
    STOP = "stop", _("Stop the line")
    RECONNECT = "reconnect", _("Reconnect the line")


class InstructionChannel(models.TextChoices):
    """By the carrier's gateway, or by a person's hand where there is none."""

    GATEWAY = "gateway", _("Gateway")
    WORKLIST = "worklist", _("Work list")


class InstructionStatus(models.TextChoices):
    """`superseded`: overtaken by a later one before it was carried out."""

    ISSUED = "issued", _("Issued")
    ACKNOWLEDGED = "acknowledged", _("Taken by the carrier")
    EXECUTED = "executed", _("Carried out")
    FAILED = "failed", _("Failed")
    SUPERSEDED = "superseded", _("Superseded")


OPEN_INSTRUCTION = (InstructionStatus.ISSUED, InstructionStatus.ACKNOWLEDGED)


class CarrierInstruction(models.Model):
    """One order to a carrier, with a key that makes it take effect once however often it is sent.

    A stop names the moment before which it must not be carried out (`not_before`), which is never earlier than
    the line's own end (D2). `executed_at` is the carrier's own time, `reported_at` when it reached the desk; an
    execution before `not_before` is kept as the fact it is, and must have a stop incident (D7).
    """

    order = models.ForeignKey(
        "billing.CancellationOrder", models.PROTECT, null=True, blank=True, related_name="instructions"
    )
    ticket = models.ForeignKey("tickets.Ticket", models.PROTECT, related_name="carrier_instructions")
    access_line = models.ForeignKey("billing.AccessLine", models.PROTECT, related_name="instructions")
    line = models.ForeignKey(
        "billing.ServiceLine", models.PROTECT, null=True, blank=True, related_name="instructions"
    )
    kind = models.CharField(_("kind"), max_length=10, choices=InstructionKind)
    key = models.CharField(max_length=120)
    channel = models.CharField(_("channel"), max_length=8, choices=InstructionChannel)
    status = FSMField(
        _("status"), default=InstructionStatus.ISSUED, choices=InstructionStatus.choices, protected=True
    )
    issued_at = models.DateTimeField(_("issued at"))
    issued_by = models.ForeignKey(
        "tickets.Staff", models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    due_at = models.DateTimeField(_("due"))
    not_before = models.DateTimeField(_("not before"), null=True, blank=True)
    payload: models.JSONField[Any, Any] = models.JSONField(default=dict)
    acknowledged_at = models.DateTimeField(_("taken at"), null=True, blank=True)
    executed_at = models.DateTimeField(_("carried out at"), null=True, blank=True)
    reported_at = models.DateTimeField(_("reported at"), null=True, blank=True)
    done_by = models.ForeignKey(
        "tickets.Staff", models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    evidence = models.CharField(_("evidence"), max_length=300, blank=True, default="")
    # The carrier itself said so, unasked, of an item that a person was to do.
    by_report = models.BooleanField(default=False)
    failed_reason = models.CharField(_("why it failed"), max_length=200, blank=True, default="")

    class Meta:
        verbose_name = _("instruction to the carrier")
        verbose_name_plural = _("instructions to the carrier")
        indexes = [
            models.Index(
                fields=["due_at", "id"], name="instruction_open", condition=Q(status__in=OPEN_INSTRUCTION)
            ),
            models.Index(fields=["due_at"], name="instruction_due_at"),
        ]
        constraints = [
            # Not unique=True, which adds an index for LIKE that nobody asks.
            models.UniqueConstraint(name="d9_instruction_once", fields=["key"]),
            models.CheckConstraint(
                name="d9_stop_names_line_and_moment",
                condition=~Q(kind=InstructionKind.STOP) | Q(line__isnull=False, not_before__isnull=False),
            ),
            models.CheckConstraint(
                name="d9_executed_with_evidence",
                condition=~Q(status=InstructionStatus.EXECUTED)
                | (Q(executed_at__isnull=False, reported_at__isnull=False) & ~Q(evidence="")),
            ),
            models.CheckConstraint(
                name="d9_done_by_hand_by_somebody",
                condition=~Q(status=InstructionStatus.EXECUTED, channel=InstructionChannel.WORKLIST)
                | Q(done_by__isnull=False)
                | Q(by_report=True),
            ),
            models.CheckConstraint(
                name="d9_failed_says_why",
                condition=~Q(status=InstructionStatus.FAILED) | ~Q(failed_reason=""),
            ),
        ]
        triggers = [
            *CARRIER_INSTRUCTION.triggers(),
            NeverDeleted(rule="D9", what="an instruction to the carrier"),
            FixedFields(
                rule="D9",
                name="instruction_fixed",
                what="an instruction to the carrier",
                fields=("order", "access_line", "line", "kind", "key", "not_before", "payload", "issued_at"),
            ),
            FixedFields(
                rule="D7",
                name="instruction_answer_fixed",
                what="the carrier's answer",
                fields=("executed_at", "reported_at"),
                once_set=True,
            ),
            Rule(
                rule="D2",
                name="stop_not_ordered_early",
                says="line % cannot be ordered to stop from %: its last day ends later",
                details=("NEW.line_id", "NEW.not_before"),
                refuse_if=(
                    "NEW.kind = 'stop' AND NOT EXISTS (SELECT 1 FROM billing_serviceline s "
                    "WHERE s.id = NEW.line_id AND s.ends_at <= NEW.not_before) "
                    f"AND NOT {consented('NEW.line_id', 'NEW.not_before')}"
                ),
                operation=pgtrigger.Insert,
            ),
            Rule(
                rule="B6",
                name="reconnect_is_approved",
                says="a reconnect is ordered when the exception was approved for the line's incident",
                refuse_if=(
                    "NEW.kind = 'reconnect' AND NOT EXISTS (SELECT 1 FROM billing_stopincident i "
                    "JOIN escalation_exceptionrequest e ON e.id = i.exception_request_id "
                    "WHERE i.line_id = NEW.line_id AND i.status = 'open' AND e.status = 'approved')"
                ),
                operation=pgtrigger.Insert,
            ),
            Rule(
                rule="D7",
                name="execution_not_in_the_future",
                says="the carrier cannot have carried it out later than now",
                refuse_if=f"NEW.executed_at IS NOT NULL AND {in_the_future('NEW.executed_at')}",
            ),
            Rule(
                rule="D7",
                name="early_stop_has_an_incident",
                says="the carrier stopped line % before its end: it must have a stop incident",
                details=("NEW.line_id",),
                refuse_if=(
                    "NEW.kind = 'stop' AND NEW.executed_at < NEW.not_before AND NOT EXISTS "
                    "(SELECT 1 FROM billing_stopincident i WHERE i.line_id = NEW.line_id "
                    "AND i.planned_at > NEW.executed_at)"
                ),
                timing=pgtrigger.Deferred,
            ),
        ]

    def __str__(self) -> str:
        return self.key

    @CARRIER_INSTRUCTION.step("acknowledge")
    def acknowledge(self, *, at: dt.datetime) -> None:
        """The carrier has it."""
        self.acknowledged_at = at

    @CARRIER_INSTRUCTION.step("execute")
    def execute(
        self, *, executed_at: dt.datetime, at: dt.datetime, evidence: str, by_id: int | None = None
    ) -> None:
        """Carried out at the carrier's `executed_at`; the desk learnt of it `at`."""
        self.executed_at, self.reported_at = executed_at, at
        self.evidence, self.done_by_id, self.by_report = evidence, by_id, by_id is None

    @CARRIER_INSTRUCTION.step("fail")
    def fail(self, *, at: dt.datetime, reason: str) -> None:
        """The carrier could not."""
        self.reported_at, self.failed_reason = at, reason

    @CARRIER_INSTRUCTION.step("supersede")
    def supersede(self) -> None:
        """A later instruction takes its place."""
