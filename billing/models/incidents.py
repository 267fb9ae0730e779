"""A line dead before its end (D7): found by anyone, the company's fault, made good at once."""

from __future__ import annotations

import datetime as dt

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField

from billing.lifecycle_cancellation import STOP_INCIDENT
from tickets.formats import last_minute_text
from tickets.rules import FixedFields, NeverDeleted, Rule


class IncidentStatus(models.TextChoices):
    """`lapsed`: the planned end came before the line was given back."""

    OPEN = "open", _("Open")
    RESTORED = "restored", _("Line given back")
    LAPSED = "lapsed", _("Not given back in time")


class FoundBy(models.TextChoices):
    """How the desk came to know."""

    CUSTOMER = "customer", _("The customer")
    CARRIER = "carrier", _("The carrier's report")


class StopIncident(models.Model):
    """Planned and executed, side by side, for one line that stopped too early.

    `executed_at` is NULL while only the dead line is known. `lost_days` counts the JST days, begun ones whole,
    from the stop to the planned end; `credit_yen` is their share of the month's fee, tax included, in yen.
    """

    line = models.ForeignKey("billing.ServiceLine", models.PROTECT, related_name="incidents")
    order = models.ForeignKey(
        "billing.CancellationOrder", models.PROTECT, null=True, blank=True, related_name="incidents"
    )
    instruction = models.OneToOneField(
        "billing.CarrierInstruction", models.PROTECT, null=True, blank=True, related_name="incident"
    )
    planned_at = models.DateTimeField(_("planned end"))
    executed_at = models.DateTimeField(_("stopped at"), null=True, blank=True)
    found_at = models.DateTimeField(_("found at"))
    found_by = models.CharField(_("found by"), max_length=10, choices=FoundBy)
    reported_by = models.ForeignKey("tickets.Staff", models.PROTECT, null=True, blank=True, related_name="+")
    contact = models.ForeignKey("tickets.Contact", models.PROTECT, null=True, blank=True, related_name="+")
    words = models.TextField(_("the customer's words"), blank=True, default="")
    ticket = models.OneToOneField("tickets.Ticket", models.PROTECT, related_name="stop_incident")
    fault = models.CharField(_("fault"), max_length=12, default="company")
    # Asked by the person who takes the incident up; one that the carrier reported has none until then.
    fault_review = models.OneToOneField(
        "billing.FaultReview", models.PROTECT, null=True, blank=True, related_name="stop_incident"
    )
    remedy = models.OneToOneField("tickets.Promise", models.PROTECT, related_name="stop_incident")
    exception_request = models.ForeignKey(
        "escalation.ExceptionRequest", models.PROTECT, null=True, blank=True, related_name="+"
    )
    reconnect = models.OneToOneField(
        "billing.CarrierInstruction", models.PROTECT, null=True, blank=True, related_name="reconnects"
    )
    status = FSMField(
        _("status"), default=IncidentStatus.OPEN, choices=IncidentStatus.choices, protected=True
    )
    restored_at = models.DateTimeField(_("given back at"), null=True, blank=True)
    lost_days = models.PositiveIntegerField(_("days lost"), default=0)
    credit_yen = models.BigIntegerField(_("credit"), default=0)
    credit = models.OneToOneField(
        "billing.Credit", models.PROTECT, null=True, blank=True, related_name="stop_incident"
    )

    class Meta:
        verbose_name = _("early stop")
        verbose_name_plural = _("early stops")
        constraints = [
            models.UniqueConstraint(
                name="d7_one_open_incident_a_line", fields=["line"], condition=Q(status="open")
            ),
            models.CheckConstraint(
                name="d7_incident_is_before_the_end",
                condition=Q(planned_at__gt=Coalesce(F("executed_at"), F("found_at"))),
            ),
            models.CheckConstraint(
                name="d7_restored_with_its_moment",
                condition=~Q(status="restored") | Q(restored_at__isnull=False),
            ),
            models.CheckConstraint(
                name="d7_found_by_a_person_is_reviewed",
                condition=~Q(found_by="customer") | Q(fault_review__isnull=False),
            ),
            models.CheckConstraint(
                name="d7_ended_incident_gives_credit", condition=Q(status="open") | Q(credit__isnull=False)
            ),
            models.CheckConstraint(name="d7_credit_is_not_negative", condition=Q(credit_yen__gte=0)),
            # Nobody has to prove it: a line that stopped before its end was stopped by us or by our carrier.
            models.CheckConstraint(
                name="d7_early_stop_is_our_fault", condition=Q(fault__in=("company", "carrier"))
            ),
        ]
        triggers = [
            *STOP_INCIDENT.triggers(),
            NeverDeleted(rule="D7", what="an early stop"),
            FixedFields(
                rule="D7",
                name="incident_fixed",
                what="an early stop",
                fields=("line", "planned_at", "found_at", "ticket", "remedy", "fault"),
            ),
            FixedFields(
                rule="D7",
                name="incident_once_set",
                what="an early stop",
                fields=("fault_review", "exception_request", "reconnect", "credit", "executed_at"),
                once_set=True,
            ),
            Rule(
                rule="D7",
                name="incident_is_p1",
                says="an early stop is a P1 ticket",
                refuse_if="(SELECT priority FROM tickets_ticket WHERE id = NEW.ticket_id) <> 1",
                operation=pgtrigger.Insert,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.line} {last_minute_text(self.planned_at)}"

    @STOP_INCIDENT.step("restore")
    def restore(self, *, at: dt.datetime) -> None:
        """The line works again."""
        self.restored_at = at

    @STOP_INCIDENT.step("lapse")
    def lapse(self) -> None:
        """The planned end came first."""
