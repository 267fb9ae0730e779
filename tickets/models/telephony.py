"""What the telephone system tells us: calls from ring to wrap-up, and each of its events once (F: screen-pop)."""

from __future__ import annotations

from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from tickets.models.staff import Staff
from tickets.rules import AppendOnly, FixedFields, NeverDeleted


class PhoneCallQuerySet(models.QuerySet["PhoneCall"]):
    """The only door for pages."""

    def at(self, staff: Staff) -> Self:
        """The calls on this person's telephone that are not wrapped up, the newest first."""
        return self.filter(operator=staff, done_at__isnull=True).order_by("-rang_at", "-pk")


class PhoneCall(models.Model):
    """A call as the telephone system sees it: known before anybody knows who calls.

    It becomes a contact (応対) when it is answered and the customer is known; `number` is E.164, empty when withheld.
    """

    class Direction(models.TextChoices):
        INBOUND = "in", _("Inbound")
        OUTBOUND = "out", _("Outbound")

    call_ref = models.CharField(max_length=100, unique=True)
    direction = models.CharField(max_length=3, choices=Direction)
    number = models.CharField(max_length=16, blank=True)
    operator = models.ForeignKey("tickets.Staff", on_delete=models.PROTECT, related_name="phone_calls")
    rang_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)
    held_since = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    # Wrapped up, or nothing to wrap up: it leaves the operator's screen.
    done_at = models.DateTimeField(null=True, blank=True)
    customer = models.ForeignKey(
        "tickets.Customer", null=True, blank=True, on_delete=models.PROTECT, related_name="phone_calls"
    )
    contact = models.OneToOneField(
        "tickets.Contact", null=True, blank=True, on_delete=models.PROTECT, related_name="phone_call"
    )

    objects: ClassVar[PhoneCallQuerySet] = PhoneCallQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(answered_at__isnull=True) | Q(answered_at__gte=F("rang_at")),
                name="a2_call_rings_before_it_is_answered",
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(held_since__isnull=True),
                name="a4_no_hold_after_hanging_up",
            ),
            models.CheckConstraint(
                condition=Q(contact__isnull=True) | Q(customer__isnull=False),
                name="a2_contact_of_a_known_caller",
            ),
        ]
        indexes = [
            models.Index(
                fields=["operator", "-rang_at"], condition=Q(done_at__isnull=True), name="call_at_telephone"
            ),
        ]
        triggers = [
            NeverDeleted(rule="A2", what="a telephone call"),
            FixedFields(
                rule="A2",
                name="call_fixed",
                what="a telephone call",
                fields=("call_ref", "direction", "number", "rang_at"),
            ),
            FixedFields(
                rule="A1", name="caller_fixed", what="a telephone call", fields=("contact",), once_set=True
            ),
        ]

    def __str__(self) -> str:
        return self.call_ref

    @property
    def status(self) -> str:
        """ringing, talking, on_hold, after_call or ended: the words of `{% call_state %}`."""
        if self.done_at:
            return "ended"
        if self.ended_at:
            return "after_call"
        if self.held_since:
            return "on_hold"
        return "talking" if self.answered_at else "ringing"

    @property
    def started_at(self) -> object:
        """Since when the clock of its present state runs."""
        return self.ended_at or self.answered_at or self.rang_at


class TelephonyEvent(models.Model):
    """One event of the telephone system, written once; its id makes a repeated one harmless."""

    class Kind(models.TextChoices):
        RINGING = "ringing", _("Ringing")
        ANSWERED = "answered", _("Answered")
        HELD = "held", _("Put on hold")
        RESUMED = "resumed", _("Taken back")
        TRANSFERRED = "transferred", _("Transferred")
        HUNG_UP = "hung_up", _("Hung up")

    event_id = models.CharField(max_length=100, unique=True)
    kind = models.CharField(max_length=12, choices=Kind)
    call = models.ForeignKey(PhoneCall, on_delete=models.PROTECT, related_name="events")
    at = models.DateTimeField()
    received_at = models.DateTimeField()
    body = models.JSONField(default=dict, blank=True)

    class Meta:
        triggers = [AppendOnly(rule="A2", what="what the telephone system told")]

    def __str__(self) -> str:
        return f"{self.kind} {self.event_id}"
