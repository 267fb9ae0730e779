"""Complaints (苦情) and remedies (A5, A11; ISO 10002: stages from receipt to closing)."""

from __future__ import annotations

import datetime as dt

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField

from tickets.lifecycle import COMPLAINT, REMEDY
from tickets.rules import FixedFields, NeverDeleted, Rule


class Complaint(models.Model):
    """Dissatisfaction that was voiced, whoever heard it and whatever the call was about (A5).

    It ends only with a decision, its reasons, and the customer told. `deadline` is day 42 from the voicing,
    when a letter names the external remedies (B7).
    """

    class Status(models.TextChoices):
        OPEN = "open", _("Open")
        DECIDED = "decided", _("Decided")
        DELIVERED = "delivered", _("Told to the customer")

    class Decision(models.TextChoices):
        UPHELD = "upheld", _("Justified")
        PARTLY = "partly_upheld", _("Partly justified")
        NOT_UPHELD = "not_upheld", _("Not justified")

    ticket = models.OneToOneField("tickets.Ticket", on_delete=models.PROTECT, related_name="complaint")
    customer = models.ForeignKey("tickets.Customer", on_delete=models.PROTECT, related_name="complaints")
    voiced_at = models.DateTimeField()
    heard_by = models.ForeignKey("tickets.Staff", on_delete=models.PROTECT, related_name="+")
    contact = models.ForeignKey(
        "tickets.Contact", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    words = models.TextField()
    remedy_sought = models.TextField(blank=True)
    status = FSMField(default=Status.OPEN, choices=Status, protected=True, max_length=10)
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    deadline = models.DateTimeField()
    decision = models.CharField(max_length=14, choices=Decision, blank=True)
    reasons = models.TextField(blank=True)
    basis = models.CharField(max_length=200, blank=True)
    prevention = models.TextField(blank=True)
    decided_by = models.ForeignKey(
        "tickets.Staff", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    delivered_contact = models.ForeignKey(
        "tickets.Contact", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    delivered_at = models.DateTimeField(null=True, blank=True)
    # What is owed on it now: first the decision, then telling it.
    promise = models.ForeignKey("tickets.Promise", on_delete=models.PROTECT, related_name="complaints")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(words=""), name="a5_complaint_keeps_the_words"),
            models.CheckConstraint(
                condition=Q(status="open")
                | (
                    Q(
                        decision__in=("upheld", "partly_upheld", "not_upheld"),
                        decided_by__isnull=False,
                    )
                    & ~Q(reasons="")
                ),
                name="a5_decided_with_reasons",
            ),
            models.CheckConstraint(
                condition=~Q(status="delivered")
                | Q(delivered_contact__isnull=False, delivered_at__isnull=False),
                name="a5_delivered_to_the_customer",
            ),
        ]
        indexes = [
            models.Index(fields=["customer"], condition=~Q(status="delivered"), name="complaint_open_for"),
            models.Index(fields=["deadline"], condition=~Q(status="delivered"), name="complaint_deadline"),
            models.Index(fields=["customer", "-delivered_at"], name="complaint_ended"),
        ]
        triggers = [
            COMPLAINT.trigger(),
            NeverDeleted(rule="A5", what="a complaint"),
            FixedFields(
                rule="A5",
                name="complaint_fixed",
                what="a complaint",
                fields=("ticket", "customer", "voiced_at", "heard_by", "words"),
            ),
            Rule(
                rule="A5",
                name="complaint_is_owed",
                says="a complaint that is not told to the customer is an open promise",
                timing=pgtrigger.Deferred,
                refuse_if=(
                    "EXISTS (SELECT 1 FROM tickets_complaint c JOIN tickets_promise p ON p.id = c.promise_id "
                    "WHERE c.id = NEW.id AND (c.status <> 'delivered') <> (p.status = 'open'))"
                ),
            ),
        ]

    @property
    def is_open(self) -> bool:
        """Not yet told to the customer."""
        return self.status != self.Status.DELIVERED

    @COMPLAINT.step("decide")
    def decide(
        self,
        *,
        decision: str,
        reasons: str,
        basis: str,
        prevention: str,
        by_id: int,
        at: dt.datetime,
    ) -> None:
        """Decide with reasons."""
        self.decision = decision
        self.reasons = reasons
        self.basis = basis
        self.prevention = prevention
        self.decided_by_id = by_id
        self.decided_at = at

    @COMPLAINT.step("deliver")
    def deliver(self, *, contact_id: int, at: dt.datetime) -> None:
        """The customer has been told the decision and its reasons."""
        self.delivered_contact_id = contact_id
        self.delivered_at = at

    @COMPLAINT.step("reopen")
    def reopen(self) -> None:
        """The customer disagrees, or new facts came up."""
        self.decision = ""
        self.delivered_at = None
        self.delivered_contact = None


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
            REMEDY.trigger(),
            NeverDeleted(rule="A11", what="a remedy"),
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
        self.fits = True
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
