"""Remedies: what is done to put it right. An apology alone is no resolution (A11)."""

from __future__ import annotations

import datetime as dt

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField

from tickets.lifecycle import REMEDY
from tickets.models.promises import Promise
from tickets.rules import FixedFields, NeverDeleted, Rule


class Remedy(models.Model):
    """Something done to put it right, with an owner and a date, marked fits or does not fit (A11)."""

    class Kind(models.TextChoices):
        RESTORE_LINE = "restore_line", _("Restore the line")
        CREDIT = "credit", _("Credit")
        LOAN_DEVICE = "loan_device", _("Lend a device")
        VISIT_CHANGE = "visit_change", _("Change the visit")
        APOLOGY_CALL = "apology_call", _("Apology by telephone")
        APOLOGY_LETTER = "apology_letter", _("Apology by letter")
        OTHER = "other", _("Other")

    class Status(models.TextChoices):
        PROPOSED = "proposed", _("Proposed")
        AGREED = "agreed", _("Agreed")
        DONE = "done", _("Done")
        DECLINED = "declined", _("Declined")

    ticket = models.ForeignKey("tickets.Ticket", on_delete=models.PROTECT, related_name="remedies")
    kind = models.CharField(max_length=16, choices=Kind)
    what = models.CharField(max_length=300)
    owner = models.ForeignKey("tickets.Staff", on_delete=models.PROTECT, related_name="+")
    due_on = models.DateField()
    fits = models.BooleanField(null=True, blank=True)
    fits_reason = models.CharField(max_length=200, blank=True)
    status = FSMField(default=Status.PROPOSED, choices=Status, protected=True, max_length=10)
    proposed_by = models.ForeignKey("tickets.Staff", on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    promise = models.OneToOneField(
        "tickets.Promise", null=True, blank=True, on_delete=models.PROTECT, related_name="remedy"
    )
    done_at = models.DateTimeField(null=True, blank=True)
    declined_contact = models.ForeignKey(
        "tickets.Contact", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(status="done") | Q(done_at__isnull=False), name="a11_done_at_a_moment"
            ),
            models.CheckConstraint(condition=~Q(fits=False) | ~Q(fits_reason=""), name="a11_misfit_says_why"),
            models.CheckConstraint(
                condition=~Q(status__in=("agreed", "done")) | Q(fits=True),
                name="a11_agreed_remedy_fits",
            ),
            models.CheckConstraint(
                condition=~Q(status="agreed") | Q(promise__isnull=False),
                name="a11_agreed_remedy_is_owed",
            ),
        ]
        indexes = [models.Index(fields=["ticket"], name="remedy_of_ticket")]
        triggers = [
            *REMEDY.triggers(),
            NeverDeleted(rule="A11", what="a remedy"),
            FixedFields(
                rule="A11",
                name="remedy_fixed",
                what="a remedy",
                fields=("ticket", "kind", "what", "proposed_by", "proposed_at"),
            ),
            Rule(
                rule="A11",
                name="only_what_fits_is_agreed",
                says="a remedy is agreed once it is marked as fitting the customer's situation",
                operation=pgtrigger.Update,
                refuse_if="NEW.status = 'agreed' AND OLD.status = 'proposed' AND OLD.fits IS NOT TRUE",
            ),
            Rule(
                rule="A11",
                name="declined_by_the_customer",
                says="only the customer of the ticket declines a remedy",
                operation=pgtrigger.Update,
                refuse_if=(
                    "NEW.declined_contact_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM tickets_contact k "
                    "JOIN tickets_ticket t ON t.customer_id = k.customer_id WHERE k.id = NEW.declined_contact_id "
                    "AND t.id = NEW.ticket_id)"
                ),
            ),
            Rule(
                rule="A11",
                name="agreed_is_not_dropped",
                says="an agreed remedy is given up only with the contact in which the customer declined it",
                operation=pgtrigger.Update,
                refuse_if=(
                    "NEW.status = 'declined' AND OLD.status = 'agreed' AND NEW.declined_contact_id IS NULL"
                ),
            ),
            Rule(
                rule="A11",
                name="remedy_is_owed",
                says="an agreed remedy is an open promise until it is done or declined",
                timing=pgtrigger.Deferred,
                operation=pgtrigger.Insert | pgtrigger.Update,
                refuse_if=(
                    "EXISTS (SELECT 1 FROM tickets_remedy r JOIN tickets_promise p ON p.id = r.promise_id "
                    "WHERE r.id = NEW.id AND (r.status = 'agreed') <> (p.status = 'open'))"
                ),
            ),
        ]

    @REMEDY.step("agree")
    def agree(self, *, promise_id: int) -> None:
        """The customer wants it: from now it is owed."""
        self.promise_id = promise_id

    @REMEDY.step("complete")
    def complete(self, *, at: dt.datetime) -> None:
        """It has been done."""
        self.done_at = at

    @REMEDY.step("decline")
    def decline(self, *, contact_id: int | None, reason: str) -> None:
        """The customer does not want it, or it does not fit."""
        self.declined_contact_id = contact_id
        self.fits = False
        self.fits_reason = reason


class RemedyPromise(Promise):
    """The promises of agreed remedies, seen from here: they end when the remedy is done or declined."""

    class Meta:
        proxy = True
        triggers = [
            Rule(
                rule="A11",
                name="promise_of_agreed_remedy",
                says="the promise of an agreed remedy ends when it is done or the customer declines it",
                timing=pgtrigger.Deferred,
                operation=pgtrigger.UpdateOf("status"),
                refuse_if=(
                    "NEW.status <> 'open' AND NEW.kind IN ('remedy', 'apology') AND EXISTS (SELECT 1 FROM "
                    "tickets_remedy r WHERE r.promise_id = NEW.id AND r.status = 'agreed')"
                ),
            ),
        ]
