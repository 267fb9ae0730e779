"""What an SV should look at now, what the customer sees at the line's end, what they wrote in public (A15)."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Self

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tickets.rules import AppendOnly, NeverDeleted, Rule

if TYPE_CHECKING:
    from tickets.models.staff import Staff


class AlertQuerySet(models.QuerySet["Alert"]):
    """The only door for queues and the stream."""

    def visible_to(self, staff: Staff) -> Self:
        """Alerts look across desks: partners see none."""
        return self.none() if staff.is_partner else self

    def unseen(self) -> Self:
        """Not yet looked at by an SV."""
        return self.filter(seen_at__isnull=True)


class Alert(models.Model):
    """Something an SV should look at now: a call over 30 minutes, a third call, a second refusal (A15)."""

    class Kind(models.TextChoices):
        LONG_CALL = "long_call", _("A call longer than 30 minutes")
        THIRD_CALL = "third_call", _("Third call on one matter")
        SECOND_REFUSAL = "second_refusal", _("Second refusal to one customer")
        WRONG_GUIDANCE = "wrong_guidance", _("Wrong guidance on price or cancelling")

    # A call can run long before anybody has opened a case for it.
    ticket = models.ForeignKey(
        "tickets.Ticket", null=True, blank=True, on_delete=models.PROTECT, related_name="alerts"
    )
    kind = models.CharField(max_length=16, choices=Kind)
    at = models.DateTimeField()
    contact = models.ForeignKey(
        "tickets.Contact", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    seen_by = models.ForeignKey(
        "tickets.Staff", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    seen_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[AlertQuerySet] = AlertQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["ticket", "kind", "contact"],
                name="a15_alert_once",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=Q(ticket__isnull=False) | Q(contact__isnull=False), name="a15_alert_about_something"
            ),
            models.CheckConstraint(
                condition=Q(seen_by__isnull=True) | Q(seen_at__isnull=False), name="a15_seen_at_a_moment"
            ),
        ]
        indexes = [
            models.Index(fields=["at"], condition=Q(seen_at__isnull=True), name="alert_unseen"),
        ]
        triggers = [
            NeverDeleted(rule="A15", what="an alert"),
            Rule(
                rule="A15",
                name="alert_seen_by_an_sv",
                says="an alert is for an SV or above",
                condition=pgtrigger.Condition("NEW.seen_by_id IS NOT NULL"),
                operation=pgtrigger.Update,
                refuse_if=(
                    "NOT EXISTS (SELECT 1 FROM tickets_staff s WHERE s.id = NEW.seen_by_id AND s.tier >= 3)"
                ),
            ),
        ]


class Symptom(models.Model):
    """What the customer sees at the line's end: lamps, since when (A15)."""

    ticket = models.ForeignKey("tickets.Ticket", on_delete=models.PROTECT, related_name="symptoms")
    contact = models.ForeignKey(
        "tickets.Contact", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    recorded_by = models.ForeignKey("tickets.Staff", on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()
    lamps = models.CharField(max_length=200, blank=True)
    since = models.DateTimeField(null=True, blank=True)
    text = models.TextField()

    class Meta:
        triggers = [AppendOnly(rule="A15", what="a recorded symptom")]


class PublicPost(models.Model):
    """Something the customer wrote in public, linked as information; it changes nothing by itself (A15)."""

    ticket = models.ForeignKey("tickets.Ticket", on_delete=models.PROTECT, related_name="public_posts")
    url = models.URLField(max_length=500)
    excerpt = models.TextField(blank=True)
    posted_on = models.DateField(null=True, blank=True)
    linked_by = models.ForeignKey("tickets.Staff", on_delete=models.PROTECT, related_name="+")
    linked_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ticket", "url"], name="a15_post_once")]
        triggers = [AppendOnly(rule="A15", what="a linked public post")]
