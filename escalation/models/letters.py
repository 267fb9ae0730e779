"""The company's final answer (A9) and the letter that names where else the customer can turn (B7)."""

from __future__ import annotations

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from escalation.models.demands import Basis
from escalation.sql import stands_at
from tickets.models.staff import TOP, Tier
from tickets.rules import AppendOnly, FixedFields, NeverDeleted, Rule


class FinalAnswer(models.Model):
    """The company's final answer: by the top tier, in writing, with reasons and with where else to turn (A9).

    Refused while any demand for a superior of this customer is open. Written once.
    """

    ticket = models.ForeignKey("tickets.Ticket", on_delete=models.PROTECT, related_name="final_answers")
    customer = models.ForeignKey("tickets.Customer", on_delete=models.PROTECT, related_name="final_answers")
    author = models.ForeignKey("tickets.Staff", on_delete=models.PROTECT, related_name="+")
    author_tier = models.PositiveSmallIntegerField(choices=Tier)
    author_delegation = models.ForeignKey(
        "escalation.Delegation", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    issued_at = models.DateTimeField()
    text = models.TextField()
    reasons = models.TextField()
    basis_kind = models.CharField(max_length=10, choices=Basis)
    basis_ref = models.CharField(max_length=200)
    recourse = models.TextField()
    letter = models.OneToOneField(
        "tickets.OutboxMessage", on_delete=models.PROTECT, related_name="final_answer"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(author_tier=TOP), name="a9_final_answer_by_the_top_tier"),
            models.CheckConstraint(
                condition=Q(text__regex=r"\S", reasons__regex=r"\S", basis_ref__regex=r"\S"),
                name="a9_final_answer_has_reasons",
            ),
            models.CheckConstraint(condition=Q(basis_kind__in=Basis.values), name="a6_final_answer_basis"),
            models.CheckConstraint(condition=Q(recourse__regex=r"\S"), name="a9_final_answer_names_recourse"),
        ]
        triggers = [
            AppendOnly(rule="A9", what="a final answer"),
            Rule(
                rule="A9",
                name="final_answer_by_the_top",
                says="the company's final answer is given by the top tier",
                operation=pgtrigger.Insert,
                refuse_if="NOT "
                + stands_at("NEW.author_id", str(int(TOP)), "NEW.issued_at", "NEW.author_delegation_id"),
            ),
            Rule(
                rule="A9",
                name="no_final_answer_over_a_demand",
                says="there is no final answer while a demand for a superior is open",
                operation=pgtrigger.Insert,
                # Locking the customer's tickets makes a demand that is just being recorded wait, or us for it.
                before_asking=(
                    "PERFORM 1 FROM tickets_ticket t WHERE t.customer_id = NEW.customer_id "
                    "ORDER BY t.id FOR NO KEY UPDATE;"
                ),
                refuse_if=(
                    "EXISTS (SELECT 1 FROM escalation_demand d WHERE d.customer_id = NEW.customer_id "
                    "AND d.status IN ('requested', 'assigned', 'in_review', 'decided'))"
                ),
            ),
            Rule(
                rule="A9",
                name="final_answer_in_writing",
                says="a final answer is a letter to this customer in the outbox",
                operation=pgtrigger.Insert,
                refuse_if=(
                    "NOT EXISTS (SELECT 1 FROM tickets_outboxmessage m WHERE m.id = NEW.letter_id "
                    "AND m.customer_id = NEW.customer_id AND m.channel = 'mail') "
                    "OR NEW.customer_id <> (SELECT t.customer_id FROM tickets_ticket t WHERE t.id = NEW.ticket_id)"
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"


class RecourseLetter(models.Model):
    """The letter that names the external bodies, at deadlock or at day 42 of a complaint; once per reason (B7).

    When the customer disagrees, the ticket stays open until they, or an outside body, settle it.
    """

    class Reason(models.TextChoices):
        DEADLOCK = "deadlock", _("The answer of the top tier was not accepted")
        DAY42 = "day42", _("The complaint has reached day 42")

    ticket = models.ForeignKey("tickets.Ticket", on_delete=models.PROTECT, related_name="recourse_letters")
    customer = models.ForeignKey("tickets.Customer", on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=10, choices=Reason)
    demand = models.ForeignKey(
        "escalation.Demand", null=True, blank=True, on_delete=models.PROTECT, related_name="recourse_letters"
    )
    bodies = ArrayField(models.CharField(max_length=100))
    letter = models.OneToOneField(
        "tickets.OutboxMessage", on_delete=models.PROTECT, related_name="recourse_letter"
    )
    put_at = models.DateTimeField()
    put_by = models.ForeignKey(
        "tickets.Staff", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    disagreed_at = models.DateTimeField(null=True, blank=True)
    disagreed_contact = models.ForeignKey(
        "tickets.Contact", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_contact = models.ForeignKey(
        "tickets.Contact", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    settled_how = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["ticket", "reason"], name="b7_one_letter_a_ticket_and_reason"),
            models.CheckConstraint(condition=Q(bodies__len__gte=1), name="b7_letter_names_a_body"),
            models.CheckConstraint(
                condition=Q(reason="deadlock", demand__isnull=False) | Q(reason="day42"),
                name="b7_deadlock_names_its_demand",
            ),
            models.CheckConstraint(
                condition=Q(settled_at__isnull=True)
                | (Q(settled_contact__isnull=False) & Q(settled_how__regex=r"\S")),
                name="b7_settled_with_the_customer",
            ),
        ]
        triggers = [
            NeverDeleted(rule="B7", what="a letter on external remedies"),
            FixedFields(
                rule="B7",
                name="recourse_fixed",
                what="a letter on external remedies",
                fields=("customer", "reason", "demand", "bodies", "letter", "put_at", "put_by"),
            ),
            FixedFields(
                rule="B7",
                name="disagreement_fixed",
                what="a letter on external remedies",
                fields=("disagreed_at", "disagreed_contact", "settled_at", "settled_contact"),
                once_set=True,
            ),
            Rule(
                rule="B7",
                name="recourse_to_this_customer",
                says="the letter on external remedies is addressed to the customer of the ticket",
                operation=pgtrigger.Insert,
                refuse_if=(
                    "NOT EXISTS (SELECT 1 FROM tickets_outboxmessage m WHERE m.id = NEW.letter_id "
                    "AND m.customer_id = NEW.customer_id AND m.channel = 'mail') "
                    "OR NEW.customer_id <> (SELECT t.customer_id FROM tickets_ticket t WHERE t.id = NEW.ticket_id)"
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.get_reason_display()}"
