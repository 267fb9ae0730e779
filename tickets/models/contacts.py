"""Contacts with the customer (応対), their legs and their holds (A1-A4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Self

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from tickets.models.ticket_links import concerns_desks
from tickets.rules import FixedFields, NeverDeleted, Rule

if TYPE_CHECKING:
    from tickets.models.staff import Staff

HOLD_PROMPT_SECONDS = 120
HOLD_OFFER_SECONDS = 300


class ContactQuerySet(models.QuerySet["Contact"]):
    """The only door for pages, search, export and print."""

    def visible_to(self, staff: Staff) -> Self:
        """As the customer they were with."""
        if not staff.is_partner:
            return self
        from tickets.models.customers import Customer

        return self.filter(customer__in=Customer.objects.visible_to(staff))


class Contact(models.Model):
    """One call, mail, voicemail or letter, in or out, answered or not (A1, A2).

    There is no result "please call again": while the desk that is needed is open the call is handed over warm,
    while it is closed a callback is promised (A3).
    """

    class Channel(models.TextChoices):
        PHONE = "phone", _("Telephone")
        MAIL = "mail", _("Mail")
        VOICEMAIL = "voicemail", _("Voicemail")
        WEB = "web", _("Web form")
        LETTER = "letter", _("Letter")
        VISIT = "visit", _("Visit")

    class Direction(models.TextChoices):
        INBOUND = "in", _("Inbound")
        OUTBOUND = "out", _("Outbound")

    class Result(models.TextChoices):
        ANSWERED = "answered", _("Spoken with the customer")
        NO_ANSWER = "no_answer", _("No answer")
        VOICEMAIL_LEFT = "voicemail_left", _("Left a voicemail")
        TRANSFERRED = "transferred", _("Handed over")
        CALLBACK_ARRANGED = "callback", _("Callback arranged")
        ABANDONED = "abandoned", _("Abandoned by the caller")
        RECEIVED = "received", _("Received")
        SENT = "sent", _("Sent")

    customer = models.ForeignKey("tickets.Customer", on_delete=models.PROTECT, related_name="contacts")
    ticket = models.ForeignKey(
        "tickets.Ticket", null=True, blank=True, on_delete=models.PROTECT, related_name="contacts"
    )
    channel = models.CharField(max_length=10, choices=Channel)
    direction = models.CharField(max_length=3, choices=Direction)
    operator = models.ForeignKey(
        "tickets.Staff", null=True, blank=True, on_delete=models.PROTECT, related_name="contacts"
    )
    desk = models.ForeignKey("tickets.Desk", on_delete=models.PROTECT, related_name="+")
    number = models.CharField(max_length=16, blank=True)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    result = models.CharField(max_length=14, choices=Result, blank=True)
    recording_ref = models.CharField(max_length=100, blank=True)
    call_ref = models.CharField(max_length=100, blank=True)
    summary = models.TextField(blank=True)
    # Filled by the telephony's wrap-up, seconds of after-call work (後処理).
    after_call_seconds = models.PositiveIntegerField(default=0)

    objects: ClassVar[ContactQuerySet] = ContactQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    result__in=(
                        "",
                        "answered",
                        "no_answer",
                        "voicemail_left",
                        "transferred",
                        "callback",
                        "abandoned",
                        "received",
                        "sent",
                    )
                ),
                name="a3_no_result_call_again",
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("started_at")),
                name="a2_contact_runs_forward",
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | ~Q(result=""),
                name="a2_ended_contact_has_a_result",
            ),
            models.UniqueConstraint(
                fields=["call_ref"], condition=~Q(call_ref=""), name="a2_one_contact_a_call"
            ),
        ]
        indexes = [
            models.Index(fields=["customer", "-started_at", "-id"], name="contact_of_customer"),
            models.Index(fields=["ticket", "-started_at"], name="contact_of_ticket"),
            models.Index(fields=["started_at"], name="contact_started"),
            models.Index(
                fields=["id"], name="contact_running", condition=Q(channel="phone", ended_at__isnull=True)
            ),
        ]
        triggers = [
            NeverDeleted(rule="A1", what="a contact"),
            concerns_desks(
                "SELECT NEW.ticket_id, NEW.desk_id WHERE NEW.ticket_id IS NOT NULL UNION "
                "SELECT NEW.ticket_id, l.desk_id FROM tickets_contactleg l "
                "WHERE l.contact_id = NEW.id AND NEW.ticket_id IS NOT NULL",
                name="contact_desks_kept",
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("ticket_id"),
            ),
            FixedFields(
                rule="A1",
                name="contact_fixed",
                what="a contact",
                fields=("customer", "channel", "direction", "started_at"),
            ),
            FixedFields(
                rule="A1",
                name="contact_ticket_fixed",
                what="a contact",
                fields=("ticket",),
                once_set=True,
            ),
            Rule(
                rule="A1",
                name="contact_end_fixed",
                says="how a contact ended is not rewritten",
                operation=pgtrigger.Update,
                refuse_if=(
                    "OLD.ended_at IS NOT NULL "
                    "AND (NEW.ended_at, NEW.result) IS DISTINCT FROM (OLD.ended_at, OLD.result)"
                ),
            ),
            Rule(
                rule="A1",
                name="contact_of_the_tickets_customer",
                says="a contact belongs to a case of the same customer",
                condition=pgtrigger.Condition("NEW.ticket_id IS NOT NULL"),
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("ticket_id"),
                refuse_if=(
                    "NEW.customer_id <> (SELECT t.customer_id FROM tickets_ticket t WHERE t.id = NEW.ticket_id)"
                ),
            ),
            Rule(
                rule="A3",
                name="handed_over_when_accepted",
                says="a call is handed over only when the other desk has accepted it",
                timing=pgtrigger.Deferred,
                refuse_if=(
                    "NEW.result = 'transferred' AND NOT EXISTS (SELECT 1 FROM tickets_transfer t "
                    "WHERE t.contact_id = NEW.id AND t.status = 'accepted')"
                ),
            ),
            Rule(
                rule="A10",
                name="callback_arranged_is_owed",
                says="a contact that ends with a callback leaves an open promise of one",
                timing=pgtrigger.Deferred,
                refuse_if=(
                    "NEW.result = 'callback' AND NOT EXISTS (SELECT 1 FROM tickets_promise p "
                    "WHERE p.customer_id = NEW.customer_id AND p.kind = 'callback' "
                    "AND (p.status = 'open' OR p.ended_at >= NEW.started_at))"
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_channel_display()} {self.started_at:%Y-%m-%d %H:%M}"


class ContactLeg(models.Model):
    """One desk's part of a call, with its own time on hold in seconds (A2, A4)."""

    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="legs")
    seq = models.PositiveSmallIntegerField()
    desk = models.ForeignKey("tickets.Desk", on_delete=models.PROTECT, related_name="+")
    staff = models.ForeignKey(
        "tickets.Staff", null=True, blank=True, on_delete=models.PROTECT, related_name="legs"
    )
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    held_since = models.DateTimeField(null=True, blank=True)
    hold_seconds = models.PositiveIntegerField(default=0)
    prompted_at = models.DateTimeField(null=True, blank=True)
    callback_offered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["contact", "seq"], name="a2_leg_order"),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("started_at")),
                name="a2_leg_runs_forward",
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(held_since__isnull=True),
                name="a4_no_hold_after_the_end",
            ),
            models.CheckConstraint(
                condition=Q(hold_seconds__lt=HOLD_PROMPT_SECONDS) | Q(prompted_at__isnull=False),
                name="a4_long_hold_prompts_the_operator",
            ),
            models.CheckConstraint(
                condition=Q(hold_seconds__lt=HOLD_OFFER_SECONDS) | Q(callback_offered_at__isnull=False),
                name="a4_longer_hold_offers_a_callback",
            ),
        ]
        triggers = [
            NeverDeleted(rule="A2", what="a leg of a call"),
            FixedFields(
                rule="A2",
                name="leg_fixed",
                what="a leg of a call",
                fields=("contact", "seq", "desk", "staff", "started_at"),
            ),
            Rule(
                rule="A2",
                name="hold_only_grows",
                says="the seconds a customer has waited on hold only grow",
                operation=pgtrigger.Update,
                refuse_if="NEW.hold_seconds < OLD.hold_seconds",
            ),
            concerns_desks(
                "SELECT c.ticket_id, NEW.desk_id FROM tickets_contact c "
                "WHERE c.id = NEW.contact_id AND c.ticket_id IS NOT NULL",
                name="leg_desks_kept",
                operation=pgtrigger.Insert,
            ),
        ]
