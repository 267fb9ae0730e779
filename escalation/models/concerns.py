"""A concern raised to compliance, past the line above (B13; 公益通報者保護法, L21)."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField

from escalation.lifecycle import CONCERN
from tickets.rules import AppendOnly, FixedFields, NeverDeleted

if TYPE_CHECKING:
    from tickets.models.staff import Staff


class ConcernQuerySet(models.QuerySet["Concern"]):
    """The only door. Managers and administrators are not let through it."""

    def visible_to(self, staff: Staff) -> Self:
        """Compliance, and whoever raised it."""
        if staff.is_compliance:
            return self
        return self.filter(reporter_row__staff=staff)


class Concern(models.Model):
    """What somebody at the desk thinks is wrong. Neither desk nor name is on the row; nothing goes to a timeline."""

    class Status(models.TextChoices):
        RAISED = "raised", _("Raised")
        LOOKED_INTO = "looked_into", _("Being looked into")
        CLOSED = "closed", _("Closed")

    text = models.TextField()
    instruction = models.ForeignKey(
        "escalation.Instruction", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    raised_at = models.DateTimeField()
    status = FSMField(default=Status.RAISED, choices=Status, protected=True, max_length=12)
    outcome = models.TextField(blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[ConcernQuerySet] = ConcernQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(status__in=CONCERN.states), name="b13_concern_status_known"),
            models.CheckConstraint(condition=Q(text__regex=r"\S"), name="b13_concern_has_a_text"),
            models.CheckConstraint(
                condition=~Q(status="closed") | Q(outcome__regex=r"\S", closed_at__isnull=False),
                name="b13_closed_with_an_outcome",
            ),
        ]
        triggers = [
            *CONCERN.triggers(),
            NeverDeleted(rule="B13", what="a concern"),
            FixedFields(
                rule="B13",
                name="concern_fixed",
                what="a concern",
                fields=("text", "instruction", "raised_at"),
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"

    @CONCERN.step("look_into")
    def look_into(self) -> None:
        """Compliance has it."""

    @CONCERN.step("close")
    def close(self, *, outcome: str, at: dt.datetime) -> None:
        """With what came of it; whoever raised it reads it."""
        self.outcome = outcome
        self.closed_at = at


class ConcernReporterQuerySet(models.QuerySet["ConcernReporter"]):
    """The only door to who raised it."""

    def visible_to(self, staff: Staff) -> Self:
        """Compliance and the reporter; nobody in between, whatever their rank."""
        return self if staff.is_compliance else self.filter(staff=staff)


class ConcernReporter(models.Model):
    """Who raised a concern; kept apart so that no list or export of concerns carries the name."""

    concern = models.OneToOneField(Concern, on_delete=models.PROTECT, related_name="reporter_row")
    staff = models.ForeignKey("tickets.Staff", on_delete=models.PROTECT, related_name="+")

    objects: ClassVar[ConcernReporterQuerySet] = ConcernReporterQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        triggers = [AppendOnly(rule="B13", what="who raised a concern")]
