"""How a promise has moved, and the calls made about it that reached nobody (A10, B3)."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from tickets.models.promise_rules import SPOKEN
from tickets.models.staff import Tier
from tickets.rules import AppendOnly, Rule


class PromiseRise(models.Model):
    """A move of a promise: up one tier, to the next deputy, or to a time agreed with the customer (A10, B3)."""

    promise = models.ForeignKey("tickets.Promise", on_delete=models.PROTECT, related_name="rises")
    at = models.DateTimeField()
    actor = models.ForeignKey(
        "tickets.Staff", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    from_tier = models.PositiveSmallIntegerField(choices=Tier)
    to_tier = models.PositiveSmallIntegerField(choices=Tier)
    from_rung = models.PositiveSmallIntegerField(default=0)
    to_rung = models.PositiveSmallIntegerField(default=0)
    from_owner = models.ForeignKey(
        "tickets.Staff", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    to_owner = models.ForeignKey(
        "tickets.Staff", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    old_due_at = models.DateTimeField()
    new_due_at = models.DateTimeField()
    reason = models.CharField(max_length=200)
    # A due time that moves without a rise was agreed with the customer, in a contact.
    agreed_contact = models.ForeignKey(
        "tickets.Contact", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        indexes = [models.Index(fields=["promise", "at"], name="rise_of_promise")]
        constraints = [
            models.CheckConstraint(condition=Q(new_due_at__gt=F("at")), name="a10_rise_has_a_new_due_time"),
            models.CheckConstraint(condition=~Q(reason=""), name="b3_rise_says_why"),
            models.CheckConstraint(
                condition=Q(to_tier__gt=F("from_tier"))
                | Q(to_tier=F("from_tier"), to_rung__gt=F("from_rung"))
                | Q(to_tier=F("from_tier"), to_rung=F("from_rung"), agreed_contact__isnull=False),
                name="b3_rise_is_upward_or_agreed",
            ),
        ]
        triggers = [
            AppendOnly(rule="B3", what="the way a promise has risen"),
            Rule(
                rule="A10",
                name="move_agreed_with_the_customer",
                says="another due time is agreed with the customer to whom it is owed",
                condition=pgtrigger.Condition("NEW.agreed_contact_id IS NOT NULL"),
                operation=pgtrigger.Insert,
                refuse_if=(
                    "NOT EXISTS (SELECT 1 FROM tickets_contact c JOIN tickets_promise p "
                    "ON p.customer_id = c.customer_id WHERE c.id = NEW.agreed_contact_id "
                    f"AND p.id = NEW.promise_id AND c.result IN {(*SPOKEN, 'received')})"
                ),
            ),
        ]


class CallAttempt(models.Model):
    """One try to reach the customer about a promise that failed (A10); the desk day is kept for B2."""

    class Result(models.TextChoices):
        NO_ANSWER = "no_answer", _("No answer")
        BUSY = "busy", _("Busy")
        VOICEMAIL = "voicemail", _("Left a voicemail")
        WRONG_NUMBER = "wrong_number", _("Wrong number")

    promise = models.ForeignKey("tickets.Promise", on_delete=models.PROTECT, related_name="attempts")
    contact = models.OneToOneField("tickets.Contact", on_delete=models.PROTECT, related_name="attempt")
    at = models.DateTimeField()
    on = models.DateField()
    result = models.CharField(max_length=12, choices=Result)

    class Meta:
        indexes = [models.Index(fields=["promise", "at"], name="attempt_of_promise")]
        triggers = [
            AppendOnly(rule="A10", what="an attempt to call"),
            Rule(
                rule="A10",
                name="attempt_day_is_jst",
                says="the day of an attempt is its date in Japan",
                refuse_if="NEW.\"on\" <> (NEW.at AT TIME ZONE 'Asia/Tokyo')::date",
            ),
            Rule(
                rule="A10",
                name="attempt_is_a_failed_call",
                says="an attempt is an outbound contact with that customer that did not reach them",
                operation=pgtrigger.Insert,
                refuse_if=(
                    "NOT EXISTS (SELECT 1 FROM tickets_contact c JOIN tickets_promise p "
                    "ON p.customer_id = c.customer_id WHERE c.id = NEW.contact_id AND p.id = NEW.promise_id "
                    "AND c.direction = 'out' AND c.result IN ('no_answer', 'voicemail_left'))"
                ),
            ),
        ]
