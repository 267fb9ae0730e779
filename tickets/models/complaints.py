"""Complaints (苦情): voiced, decided, told (A5; ISO 10002: stages from receipt to closing). Remedies: remedies.py."""

from __future__ import annotations

import datetime as dt

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField

from tickets.lifecycle import COMPLAINT
from tickets.models.letters import FINAL_WORDS
from tickets.models.promises import Promise
from tickets.models.ticket_links import TicketLink
from tickets.models.tickets import Ticket
from tickets.rules import AppendOnly, FixedFields, NeverDeleted, Rule

# A complaint reaches its deadline at the end of day 42 after the day it was voiced (B7; Ofcom's six weeks).
DEADLINE_DAYS = 42


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
    # For whom, where it was decided by a lent rank (代行).
    decided_for = models.ForeignKey(
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
            models.CheckConstraint(
                condition=~Q(reasons__iregex=FINAL_WORDS), name="a9_a_decision_is_never_called_final"
            ),
        ]
        indexes = [
            models.Index(fields=["customer"], condition=~Q(status="delivered"), name="complaint_open_for"),
            models.Index(fields=["deadline"], condition=~Q(status="delivered"), name="complaint_deadline"),
            models.Index(fields=["customer", "-delivered_at"], name="complaint_ended"),
            # The manager's figures of a period.
            models.Index(fields=["voiced_at"], name="complaint_voiced_at"),
            models.Index(fields=["decided_at"], name="complaint_decided_at"),
            models.Index(fields=["delivered_at"], name="complaint_delivered_at"),
        ]
        triggers = [
            *COMPLAINT.triggers(),
            NeverDeleted(rule="A5", what="a complaint"),
            FixedFields(
                rule="A5",
                name="complaint_fixed",
                what="a complaint",
                fields=("ticket", "customer", "voiced_at", "heard_by", "words", "contact", "deadline"),
            ),
            Rule(
                rule="B7",
                name="deadline_is_day_42",
                says="the deadline of a complaint is the end of day 42",
                operation=pgtrigger.Insert,
                refuse_if=(
                    "NEW.deadline <> (((NEW.voiced_at AT TIME ZONE 'Asia/Tokyo')::date + 43)::timestamp "
                    "AT TIME ZONE 'Asia/Tokyo')"
                ),
            ),
            Rule(
                rule="A5",
                name="complaint_on_open_ticket",
                says="a complaint stands on an open ticket of the customer who voiced it; reopen it first",
                declare=[("ticket_status", "text"), ("complains", "bigint")],
                before_asking=(
                    "SELECT t.status, t.customer_id INTO ticket_status, complains FROM tickets_ticket t "
                    "WHERE t.id = NEW.ticket_id FOR SHARE;"
                ),
                condition=pgtrigger.Condition("NEW.status = 'open'"),
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("status"),
                refuse_if=(
                    "ticket_status IN ('resolved', 'closed', 'cancelled') OR complains <> NEW.customer_id"
                ),
            ),
            Rule(
                rule="A5",
                name="decision_stands",
                says="what was decided on a complaint is not rewritten; the complaint is opened again instead",
                operation=pgtrigger.Update,
                refuse_if=(
                    "OLD.status <> 'open' AND NEW.status <> 'open' AND (NEW.decision, NEW.reasons, NEW.basis, "
                    "NEW.decided_by_id, NEW.decided_for_id, NEW.decided_at) IS DISTINCT FROM (OLD.decision, OLD.reasons, "
                    "OLD.basis, OLD.decided_by_id, OLD.decided_for_id, OLD.decided_at)"
                ),
            ),
            Rule(
                rule="A5",
                name="decided_by_another",
                says="a complaint is decided by an SV or above who is not the one complained of",
                operation=pgtrigger.Update,
                refuse_if=(
                    "NEW.status = 'decided' AND OLD.status = 'open' AND (NOT EXISTS (SELECT 1 FROM tickets_staff s "
                    "WHERE s.id = NEW.decided_by_id AND (s.tier >= 3 OR NEW.decided_for_id IS NOT NULL)) OR EXISTS (SELECT 1 FROM "
                    "tickets_complaintconcern n WHERE n.complaint_id = NEW.id AND n.staff_id = NEW.decided_by_id))"
                ),
            ),
            Rule(
                rule="A5",
                name="told_in_a_contact",
                says="the decision is told in a contact with that customer, after it was taken",
                operation=pgtrigger.Update,
                refuse_if=(
                    "NEW.status = 'delivered' AND OLD.status <> 'delivered' AND NOT EXISTS (SELECT 1 FROM "
                    "tickets_contact k WHERE k.id = NEW.delivered_contact_id AND k.customer_id = NEW.customer_id "
                    "AND COALESCE(k.ended_at, NEW.delivered_at) >= NEW.decided_at "
                    "AND k.result NOT IN ('no_answer', 'voicemail_left', 'abandoned', 'callback', 'received'))"
                ),
            ),
            Rule(
                rule="A5",
                name="earlier_grievances_linked",
                says="the earlier complaints of the same customer stay linked to the new one",
                timing=pgtrigger.Deferred,
                operation=pgtrigger.Insert,
                refuse_if=(
                    "EXISTS (SELECT 1 FROM tickets_complaint e WHERE e.customer_id = NEW.customer_id "
                    "AND e.id < NEW.id AND NOT EXISTS (SELECT 1 FROM tickets_ticketlink l "
                    "WHERE l.ticket_id = NEW.ticket_id AND l.earlier_id = e.ticket_id))"
                ),
            ),
            Rule(
                rule="A5",
                name="complaint_is_owed",
                says="a complaint that is not told to the customer is an open promise",
                timing=pgtrigger.Deferred,
                refuse_if=(
                    "EXISTS (SELECT 1 FROM tickets_complaint c JOIN tickets_promise p ON p.id = c.promise_id "
                    "WHERE c.id = NEW.id AND ((c.status <> 'delivered') <> (p.status = 'open') "
                    "OR p.customer_id <> c.customer_id OR p.kind <> CASE c.status WHEN 'open' THEN "
                    "'complaint_decision' ELSE 'complaint_delivery' END))"
                ),
            ),
        ]

    @property
    def is_open(self) -> bool:
        """Not yet told to the customer."""
        return bool(self.status != self.Status.DELIVERED)

    @COMPLAINT.step("decide")
    def decide(
        self,
        *,
        decision: str,
        reasons: str,
        basis: str,
        prevention: str,
        by_id: int,
        for_id: int | None,
        at: dt.datetime,
    ) -> None:
        """Decide with reasons; `for_id` is whose rank it was, when it was lent."""
        self.decision = decision
        self.reasons = reasons
        self.basis = basis
        self.prevention = prevention
        self.decided_by_id = by_id
        self.decided_for_id = for_id
        self.decided_at = at

    @COMPLAINT.step("deliver")
    def deliver(self, *, contact_id: int, at: dt.datetime) -> None:
        """The customer has been told the decision and its reasons."""
        self.delivered_contact_id = contact_id
        self.delivered_at = at

    @COMPLAINT.step("reopen")
    def reopen(self) -> None:
        """The customer disagrees, or new facts came up. What was decided before stays on the timeline."""
        self.decision = ""
        self.reasons = ""
        self.basis = ""
        self.decided_by = None
        self.decided_for = None
        self.decided_at = None
        self.delivered_at = None
        self.delivered_contact = None


class ComplaintConcern(models.Model):
    """Somebody who does not decide this complaint: it is about them, or they have decided it before (A5)."""

    class Why(models.TextChoices):
        NAMED = "named", _("Named by the customer")
        SAID_IT = "said_it", _("Gave the answer or guidance complained of")
        DECIDED = "decided", _("Decided it before")

    complaint = models.ForeignKey(Complaint, on_delete=models.PROTECT, related_name="concerns")
    staff = models.ForeignKey("tickets.Staff", on_delete=models.PROTECT, related_name="+")
    why = models.CharField(max_length=8, choices=Why)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["complaint", "staff"], name="a5_concerned_once")]
        triggers = [AppendOnly(rule="A5", what="whom a complaint is about")]


class ComplaintPromise(Promise):
    """The promises that complaints hang on, seen from here: they end only with the next step of the complaint."""

    class Meta:
        proxy = True
        triggers = [
            Rule(
                rule="A5",
                name="promise_of_open_complaint",
                says="what is owed on a complaint ends with its decision and its being told, not before",
                timing=pgtrigger.Deferred,
                operation=pgtrigger.UpdateOf("status"),
                refuse_if=(
                    "NEW.status <> 'open' AND NEW.kind IN ('complaint_decision', 'complaint_delivery') "
                    "AND EXISTS (SELECT 1 FROM tickets_complaint c WHERE c.promise_id = NEW.id "
                    "AND c.status <> 'delivered')"
                ),
            ),
        ]


class ComplaintTicket(Ticket):
    """A ticket with a complaint, seen from here: after its closing somebody follows up (A14, 後日談)."""

    class Meta:
        proxy = True
        triggers = [
            Rule(
                rule="A14",
                name="closed_complaint_is_followed_up",
                says="closing ticket % with a complaint owes a follow-up",
                details=("NEW.number",),
                timing=pgtrigger.Deferred,
                operation=pgtrigger.UpdateOf("status"),
                condition=pgtrigger.Condition("NEW.status = 'closed'"),
                refuse_if=(
                    "EXISTS (SELECT 1 FROM tickets_complaint c WHERE c.ticket_id = NEW.id) "
                    "AND NOT EXISTS (SELECT 1 FROM tickets_promise p WHERE p.ticket_id = NEW.id "
                    "AND p.kind = 'follow_up' AND p.opened_at >= NEW.closed_at)"
                ),
            ),
        ]


class GrievanceLink(TicketLink):
    """The links between cases, seen from here: an earlier grievance stays in scope (A5)."""

    class Meta:
        proxy = True
        triggers = [AppendOnly(rule="A5", what="a link to an earlier case")]
