"""A superior's instruction as a record, what may be carried out, and the objection that suspends it (B8, B9)."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField

from escalation.lifecycle import INSTRUCTION, OBJECTION
from escalation.models.demands import Basis
from escalation.models.instruction_rules import (
    OBJECTION_TRIGGERS,
    execution_triggers,
    instruction_triggers,
)
from tickets.models.staff import Tier
from tickets.rules import AppendOnly

if TYPE_CHECKING:
    from tickets.models.staff import Staff


class InstructionQuerySet(models.QuerySet["Instruction"]):
    """The only door for pages, search, export and print."""

    def visible_to(self, staff: Staff) -> Self:
        """As the ticket; and always for whoever issued, received or observes it."""
        if not staff.is_partner:
            return self
        from tickets.models.tickets import Ticket

        mine = Q(issuer=staff) | Q(recipient=staff) | Q(observers__staff=staff)
        return self.filter(mine | Q(ticket__in=Ticket.objects.visible_to(staff))).distinct()


class Instruction(models.Model):
    """What a superior told somebody to do (業務指示): issuer, text, basis, observers. Never edited.

    Only one that is recorded here can be executed; a mail or word of mouth is kept as what was said, and no more.
    `charge_ref` is the id of a billing charge it is about: billing adds its own rule on the execution (C5).
    """

    class Channel(models.TextChoices):
        RECORD = "record", _("Recorded here")
        EMAIL = "email", _("E-mail")
        WORD_OF_MOUTH = "word_of_mouth", _("Word of mouth")

    class Status(models.TextChoices):
        ISSUED = "issued", _("Issued")
        ACKNOWLEDGED = "acknowledged", _("Taken on")
        SUSPENDED = "suspended", _("Suspended by an objection")
        UPHELD = "upheld", _("Upheld")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    ticket = models.ForeignKey("tickets.Ticket", on_delete=models.PROTECT, related_name="instructions")
    customer = models.ForeignKey("tickets.Customer", on_delete=models.PROTECT, related_name="+")
    issuer = models.ForeignKey("tickets.Staff", on_delete=models.PROTECT, related_name="instructions_issued")
    issuer_tier = models.PositiveSmallIntegerField(choices=Tier)
    recipient = models.ForeignKey(
        "tickets.Staff", on_delete=models.PROTECT, related_name="instructions_received"
    )
    recorded_by = models.ForeignKey("tickets.Staff", on_delete=models.PROTECT, related_name="+")
    issued_at = models.DateTimeField()
    channel = models.CharField(max_length=14, choices=Channel, default=Channel.RECORD)
    text = models.TextField()
    adverse = models.BooleanField(default=False)
    basis_kind = models.CharField(max_length=10, choices=Basis, blank=True)
    basis_ref = models.CharField(max_length=200, blank=True)
    charge_ref = models.BigIntegerField(null=True, blank=True, db_index=True)
    # The record that took the place of a mail or of something said.
    replaces = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="replaced_by"
    )
    status = FSMField(default=Status.ISSUED, choices=Status, protected=True, max_length=14)
    acknowledged_by = models.ForeignKey(
        "tickets.Staff", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[InstructionQuerySet] = InstructionQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=INSTRUCTION.states), name="b8_instruction_status_known"
            ),
            models.CheckConstraint(
                condition=Q(channel__in=("record", "email", "word_of_mouth")), name="b8_channel_known"
            ),
            models.CheckConstraint(condition=Q(text__regex=r"\S"), name="b8_instruction_has_a_text"),
            models.CheckConstraint(
                condition=Q(basis_kind__in=("", *Basis.values)), name="a6_instruction_basis_is_one"
            ),
            models.CheckConstraint(
                condition=~Q(channel="record") | (~Q(basis_kind="") & Q(basis_ref__regex=r"\S")),
                name="b8_recorded_instruction_has_a_basis",
            ),
            models.CheckConstraint(
                condition=~Q(issuer=F("recipient")), name="b8_nobody_instructs_themselves"
            ),
        ]
        indexes = [
            models.Index(fields=["recipient", "-issued_at"], name="instruction_received"),
            models.Index(fields=["ticket", "-issued_at"], name="instruction_on_ticket"),
        ]
        triggers = instruction_triggers()

    def __str__(self) -> str:
        return f"#{self.pk} {self.text[:40]}"

    @INSTRUCTION.step("acknowledge")
    def acknowledge(self, *, by_id: int, at: dt.datetime) -> None:
        """Whoever is to carry it out takes it on."""
        self.acknowledged_by_id = by_id
        self.acknowledged_at = at

    @INSTRUCTION.step("suspend")
    def suspend(self) -> None:
        """Somebody objects: nothing is done until it is decided (B9)."""

    @INSTRUCTION.step("uphold")
    def uphold(self) -> None:
        """The objection was overruled with reasons, by a tier above the issuer's."""

    @INSTRUCTION.step("withdraw")
    def withdraw(self, *, at: dt.datetime) -> None:
        """By the issuer, or because the objection was sustained."""
        self.withdrawn_at = at


class InstructionObserver(models.Model):
    """Somebody who reads along (CC); fixed with the instruction."""

    instruction = models.ForeignKey(Instruction, on_delete=models.PROTECT, related_name="observers")
    staff = models.ForeignKey("tickets.Staff", on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["instruction", "staff"], name="b8_observer_once"),
        ]
        triggers = [AppendOnly(rule="B8", what="the observers of an instruction")]


class InstructionExecution(models.Model):
    """It was carried out: by whom, when, in which contact. The database refuses what may not be (B8, B9)."""

    instruction = models.OneToOneField(Instruction, on_delete=models.PROTECT, related_name="execution")
    executed_by = models.ForeignKey("tickets.Staff", on_delete=models.PROTECT, related_name="+")
    executed_at = models.DateTimeField()
    contact = models.ForeignKey(
        "tickets.Contact", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        triggers = execution_triggers()


class ObjectionQuerySet(models.QuerySet["Objection"]):
    """The only door for pages, search and export. Who objected is in ObjectionAuthor, which has its own door."""

    def visible_to(self, staff: Staff) -> Self:
        """As the instruction it is about."""
        return self.filter(instruction__in=Instruction.objects.visible_to(staff))

    def open(self) -> Self:
        """Not yet decided."""
        return self.filter(status="open")


class Objection(models.Model):
    """Reasons why an instruction should not be carried out (異議). It suspends; it is in nobody's evaluation.

    The row does not say who objected: that is another table (ObjectionAuthor), so that no list, search, export or
    print over objections can give it away.
    """

    class Status(models.TextChoices):
        OPEN = "open", _("Open")
        SUSTAINED = "sustained", _("Sustained: the instruction falls")
        OVERRULED = "overruled", _("Overruled: the instruction stands")
        TAKEN_BACK = "taken_back", _("Objection taken back")

    instruction = models.ForeignKey(Instruction, on_delete=models.PROTECT, related_name="objections")
    ticket = models.ForeignKey("tickets.Ticket", on_delete=models.PROTECT, related_name="+")
    reasons = models.TextField()
    hidden_from_issuer = models.BooleanField(default=True)
    raised_at = models.DateTimeField()
    promise = models.OneToOneField("tickets.Promise", on_delete=models.PROTECT, related_name="objection")
    decider_tier = models.PositiveSmallIntegerField(choices=Tier)
    holder = models.ForeignKey(
        "tickets.Staff", null=True, blank=True, on_delete=models.PROTECT, related_name="objections_held"
    )
    status = FSMField(default=Status.OPEN, choices=Status, protected=True, max_length=12)
    decided_by = models.ForeignKey(
        "tickets.Staff", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_delegation = models.ForeignKey(
        "escalation.Delegation", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    decision_reasons = models.TextField(blank=True)

    objects: ClassVar[ObjectionQuerySet] = ObjectionQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=OBJECTION.states), name="b9_objection_status_known"
            ),
            models.CheckConstraint(condition=Q(reasons__regex=r"\S"), name="b9_objection_has_reasons"),
            models.CheckConstraint(
                condition=~Q(status__in=("sustained", "overruled"))
                | Q(decided_by__isnull=False, decided_at__isnull=False, decision_reasons__regex=r"\S"),
                name="b9_decided_with_reasons",
            ),
        ]
        indexes = [models.Index(fields=["raised_at"], name="objection_raised_at")]
        triggers = OBJECTION_TRIGGERS

    def __str__(self) -> str:
        return f"#{self.pk}"

    @OBJECTION.step("sustain")
    def sustain(self, *, by_id: int, delegation_id: int | None, reasons: str, at: dt.datetime) -> None:
        """The instruction falls."""
        self._decided(by_id, delegation_id, reasons, at)

    @OBJECTION.step("overrule")
    def overrule(self, *, by_id: int, delegation_id: int | None, reasons: str, at: dt.datetime) -> None:
        """The instruction stands, with reasons."""
        self._decided(by_id, delegation_id, reasons, at)

    @OBJECTION.step("take_back")
    def take_back(self, *, at: dt.datetime) -> None:
        """Its author no longer objects, or the instruction was withdrawn."""
        self.decided_at = at

    def _decided(self, by_id: int, delegation_id: int | None, reasons: str, at: dt.datetime) -> None:
        self.decided_by_id, self.decided_delegation_id = by_id, delegation_id
        self.decision_reasons, self.decided_at = reasons, at


class ObjectionAuthorQuerySet(models.QuerySet["ObjectionAuthor"]):
    """The only door to who objected."""

    def visible_to(self, staff: Staff) -> Self:
        """The author, compliance, and whoever must decide it; others when the author allows it. Never the issuer."""
        if staff.is_compliance:
            return self.exclude(objection__instruction__issuer=staff)
        own = Q(staff=staff) | Q(objection__holder=staff) | Q(objection__decided_by=staff)
        shown = Q(objection__hidden_from_issuer=False)
        seen = Q(objection__in=Objection.objects.visible_to(staff)) & shown
        return self.filter(own | seen).exclude(
            objection__instruction__issuer=staff, objection__hidden_from_issuer=True
        )


class ObjectionAuthor(models.Model):
    """Who objected. Kept apart from the objection (B9)."""

    objection = models.OneToOneField(Objection, on_delete=models.PROTECT, related_name="author_row")
    staff = models.ForeignKey("tickets.Staff", on_delete=models.PROTECT, related_name="+")

    objects: ClassVar[ObjectionAuthorQuerySet] = ObjectionAuthorQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        triggers = [AppendOnly(rule="B9", what="who objected")]
