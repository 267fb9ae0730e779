"""When an authority calls (総合通信局, 消費生活センター): a case with a deadline and two signatories (B11)."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, ClassVar, Self

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField

from escalation.lifecycle import REGULATOR_CASE
from escalation.sql import promise_fits, promise_outlives
from tickets.models.staff import Tier
from tickets.rules import AppendOnly, FixedFields, NeverDeleted, Rule

if TYPE_CHECKING:
    from tickets.models.staff import Staff


class RegulatorCaseQuerySet(models.QuerySet["RegulatorCase"]):
    """The only door for pages, search, export and print."""

    def visible_to(self, staff: Staff) -> Self:
        """Own company only: partners do not answer authorities."""
        return self.none() if staff.is_partner else self


class RegulatorCase(models.Model):
    """A contact by an authority: what it asks, by when the reply is due, the reply and who signed it (L20)."""

    class Body(models.TextChoices):
        COMMUNICATIONS_BUREAU = "bureau", _("Communications bureau (MIC)")
        CONSUMER_CENTRE = "consumer_centre", _("Consumer affairs centre")
        OTHER = "other", _("Another body")

    class Status(models.TextChoices):
        OPEN = "open", _("Open")
        DRAFTED = "drafted", _("Reply drafted, to be signed")
        REPLIED = "replied", _("Replied")

    ticket = models.ForeignKey("tickets.Ticket", on_delete=models.PROTECT, related_name="regulator_cases")
    customer = models.ForeignKey("tickets.Customer", on_delete=models.PROTECT, related_name="+")
    body = models.CharField(max_length=16, choices=Body)
    body_name = models.CharField(max_length=100)
    reference = models.CharField(max_length=60, blank=True)
    asks = models.TextField()
    received_at = models.DateTimeField()
    recorded_by = models.ForeignKey("tickets.Staff", on_delete=models.PROTECT, related_name="+")
    deadline = models.DateTimeField()
    promise = models.OneToOneField("tickets.Promise", on_delete=models.PROTECT, related_name="regulator_case")
    status = FSMField(default=Status.OPEN, choices=Status, protected=True, max_length=10)
    draft = models.TextField(blank=True)
    draft_number = models.PositiveSmallIntegerField(default=0)
    replied_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[RegulatorCaseQuerySet] = RegulatorCaseQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=REGULATOR_CASE.states), name="b11_regulator_status_known"
            ),
            models.CheckConstraint(
                condition=Q(status="open") | Q(draft__regex=r"\S"), name="b11_reply_has_a_text"
            ),
            models.CheckConstraint(
                condition=~Q(status="replied") | Q(replied_at__isnull=False), name="b11_replied_at_a_time"
            ),
        ]
        indexes = [
            models.Index(fields=["deadline"], name="regulator_deadline", condition=~Q(status="replied"))
        ]
        triggers = [
            *REGULATOR_CASE.triggers(),
            NeverDeleted(rule="B11", what="a regulator case"),
            FixedFields(
                rule="B11",
                name="regulator_fixed",
                what="a regulator case",
                fields=("customer", "body", "asks", "received_at", "recorded_by", "deadline", "promise"),
            ),
            promise_fits(rule="B11", name="regulator", what="a regulator case", kind="regulator_reply"),
            promise_outlives(rule="B11", name="regulator", what="regulator case", ended=("replied",)),
            Rule(
                rule="B11",
                name="two_signatories",
                says="the reply of regulator case % is signed by two people of SV rank or above",
                details=("NEW.id",),
                operation=pgtrigger.Update,
                refuse_if=(
                    "NEW.status = 'replied' AND OLD.status <> 'replied' AND (SELECT count(DISTINCT g.staff_id) "
                    "FROM escalation_regulatorsignature g WHERE g.case_id = NEW.id "
                    "AND g.draft_number = NEW.draft_number) < 2"
                ),
            ),
            Rule(
                rule="B11",
                name="signed_text_fixed",
                says="a new text of the reply is a new draft, to be signed again",
                operation=pgtrigger.Update,
                refuse_if="NEW.draft IS DISTINCT FROM OLD.draft AND NEW.draft_number <= OLD.draft_number",
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.body_name}"

    @REGULATOR_CASE.step("write")
    def write(self, *, text: str) -> None:
        """A reply to be signed."""
        self.draft = text
        self.draft_number += 1

    @REGULATOR_CASE.step("redraft")
    def redraft(self) -> None:
        """The text is not right yet; signatures on it no longer count."""

    @REGULATOR_CASE.step("reply")
    def reply(self, *, at: dt.datetime) -> None:
        """Sent, with two signatures on this very text."""
        self.replied_at = at


class RegulatorSignature(models.Model):
    """One signature on one draft, by someone of SV rank or above."""

    case = models.ForeignKey(RegulatorCase, on_delete=models.PROTECT, related_name="signatures")
    draft_number = models.PositiveSmallIntegerField()
    staff = models.ForeignKey("tickets.Staff", on_delete=models.PROTECT, related_name="+")
    tier = models.PositiveSmallIntegerField(choices=Tier)
    signed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "draft_number", "staff"], name="b11_one_signature_each"),
            models.CheckConstraint(condition=Q(tier__gte=Tier.SV), name="b11_signed_by_sv_or_above"),
        ]
        triggers = [
            AppendOnly(rule="B11", what="a signature"),
            Rule(
                rule="B11",
                name="signs_at_own_rank",
                says="a signature names the rank its signatory holds",
                operation=pgtrigger.Insert,
                refuse_if="(SELECT s.tier FROM tickets_staff s WHERE s.id = NEW.staff_id) <> NEW.tier",
            ),
        ]
