"""The porting of a telephone number to another provider (番号ポータビリティ; D3, L9)."""

from __future__ import annotations

import datetime as dt

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField

from billing.lifecycle_cancellation import PORTING
from billing.models.line_sql import in_the_future
from tickets.rules import FixedFields, NeverDeleted, Rule


class PortingStatus(models.TextChoices):
    """`replaced` by another attempt; `given_up` by the customer's own recorded decision."""

    REQUESTED = "requested", _("Requested")
    COMPLETED = "completed", _("Completed")
    FAILED = "failed", _("Failed")
    REPLACED = "replaced", _("Replaced by another attempt")
    GIVEN_UP = "given_up", _("Given up by the customer")


OPEN_PORTING = (PortingStatus.REQUESTED, PortingStatus.FAILED)


class Porting(models.Model):
    """One attempt to take a number along.

    While it is requested or failed the telephone cannot be terminated: a number once lost cannot be revived.
    A failed one keeps the number and owes the customer a call (`promise`).
    """

    order = models.ForeignKey(
        "billing.CancellationOrder", models.PROTECT, null=True, blank=True, related_name="portings"
    )
    line = models.ForeignKey("billing.ServiceLine", models.PROTECT, related_name="portings")
    number = models.CharField(_("number"), max_length=16)
    new_provider = models.CharField(_("new provider"), max_length=100)
    reference = models.CharField(_("reference"), max_length=60, blank=True, default="")
    scheduled_at = models.DateTimeField(_("planned for"))
    status = FSMField(
        _("status"), default=PortingStatus.REQUESTED, choices=PortingStatus.choices, protected=True
    )
    requested_at = models.DateTimeField(_("requested at"))
    requested_contact = models.ForeignKey("tickets.Contact", models.PROTECT, related_name="+")
    completed_at = models.DateTimeField(_("completed at"), null=True, blank=True)
    evidence = models.CharField(_("evidence"), max_length=200, blank=True, default="")
    failed_at = models.DateTimeField(_("failed at"), null=True, blank=True)
    failed_reason = models.CharField(_("why it failed"), max_length=200, blank=True, default="")
    promise = models.OneToOneField(
        "tickets.Promise", models.PROTECT, null=True, blank=True, related_name="porting"
    )
    decided_contact = models.ForeignKey(
        "tickets.Contact", models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_words = models.TextField(_("the customer's words"), blank=True, default="")
    previous = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="next_attempt"
    )

    class Meta:
        verbose_name = _("porting of a number")
        verbose_name_plural = _("portings of numbers")
        constraints = [
            models.UniqueConstraint(
                name="d3_one_open_porting_a_line", fields=["line"], condition=Q(status__in=OPEN_PORTING)
            ),
            models.CheckConstraint(
                name="d3_completed_porting_has_evidence",
                condition=~Q(status=PortingStatus.COMPLETED)
                | (Q(completed_at__isnull=False) & ~Q(evidence="")),
            ),
            models.CheckConstraint(
                name="d3_failed_porting_owes_a_call",
                condition=~Q(status=PortingStatus.FAILED)
                | (Q(promise__isnull=False) & Q(failed_at__isnull=False) & ~Q(failed_reason="")),
            ),
            models.CheckConstraint(
                name="d3_only_the_customer_gives_a_number_up",
                condition=~Q(status=PortingStatus.GIVEN_UP)
                | (Q(decided_contact__isnull=False) & ~Q(decided_words="")),
            ),
        ]
        triggers = [
            *PORTING.triggers(),
            NeverDeleted(rule="D3", what="a porting"),
            FixedFields(
                rule="D3",
                name="porting_fixed",
                what="a porting",
                fields=("line", "number", "requested_contact", "requested_at"),
            ),
            FixedFields(
                rule="D3",
                name="porting_outcome_fixed",
                what="the outcome of a porting",
                fields=("completed_at", "failed_at", "promise"),
                once_set=True,
            ),
            Rule(
                rule="D3",
                name="porting_of_a_telephone",
                says="only the number of a telephone still in service is ported",
                before_asking="PERFORM 1 FROM billing_serviceline WHERE id = NEW.line_id FOR SHARE;",
                refuse_if=(
                    "NOT EXISTS (SELECT 1 FROM billing_serviceline s WHERE s.id = NEW.line_id "
                    "AND s.kind = 'phone' AND s.status <> 'terminated')"
                ),
                operation=pgtrigger.Insert,
            ),
            Rule(
                rule="D3",
                name="porting_completed_in_the_past",
                says="a porting is recorded as completed after it happened",
                refuse_if=f"NEW.completed_at IS NOT NULL AND {in_the_future('NEW.completed_at')}",
            ),
            Rule(
                rule="D3",
                name="porting_decided_by_customer",
                says="the number is given up in a contact with the customer of the line",
                refuse_if=(
                    "NEW.decided_contact_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM tickets_contact c "
                    "JOIN billing_contract k ON k.customer_id = c.customer_id "
                    "JOIN billing_serviceline s ON s.contract_id = k.id "
                    "WHERE c.id = NEW.decided_contact_id AND s.id = NEW.line_id)"
                ),
            ),
            Rule(
                rule="D3",
                name="porting_replaced_by_another",
                says="a porting is replaced only by another attempt at it",
                refuse_if=(
                    "NEW.status = 'replaced' AND NOT EXISTS "
                    "(SELECT 1 FROM billing_porting p WHERE p.previous_id = NEW.id AND p.line_id = NEW.line_id)"
                ),
                timing=pgtrigger.Deferred,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} → {self.new_provider}"

    @PORTING.step("complete")
    def complete(self, *, at: dt.datetime, evidence: str) -> None:
        """The number rings at the new provider since `at`."""
        self.completed_at, self.evidence = at, evidence

    @PORTING.step("fail")
    def fail(self, *, at: dt.datetime, reason: str, promise_id: int) -> None:
        """It did not work; the number stays and a call is owed."""
        self.failed_at, self.failed_reason, self.promise_id = at, reason, promise_id

    @PORTING.step("replace")
    def replace(self) -> None:
        """Another attempt takes its place."""

    @PORTING.step("give_up")
    def give_up(self, *, contact_id: int, words: str) -> None:
        """The customer no longer wants to take the number along."""
        self.decided_contact_id, self.decided_words = contact_id, words
