"""Contacts with the customer (応対), their legs and holds, and hand-overs between desks (A1-A4)."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, ClassVar, Self

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField

from tickets.lifecycle import TRANSFER
from tickets.rules import AppendOnly, FixedFields, NeverDeleted, Rule

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
        ]
        triggers = [
            NeverDeleted(rule="A1", what="a contact"),
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
        ]
        triggers = [NeverDeleted(rule="A2", what="a leg of a call")]


class Transfer(models.Model):
    """A warm hand-over (取次): the context travels, the sender stays responsible until it is accepted (A3)."""

    class Status(models.TextChoices):
        OFFERED = "offered", _("Offered")
        ACCEPTED = "accepted", _("Accepted")
        TAKEN_BACK = "taken_back", _("Taken back")
        BECAME_CALLBACK = "became_callback", _("Became a callback")

    ticket = models.ForeignKey("tickets.Ticket", on_delete=models.PROTECT, related_name="transfers")
    contact = models.ForeignKey(
        Contact, null=True, blank=True, on_delete=models.PROTECT, related_name="transfers"
    )
    from_desk = models.ForeignKey("tickets.Desk", on_delete=models.PROTECT, related_name="+")
    to_desk = models.ForeignKey("tickets.Desk", on_delete=models.PROTECT, related_name="transfers_in")
    context = models.TextField()
    status = FSMField(default=Status.OFFERED, choices=Status, protected=True, max_length=16)
    offered_by = models.ForeignKey("tickets.Staff", on_delete=models.PROTECT, related_name="+")
    offered_at = models.DateTimeField()
    accepted_by = models.ForeignKey(
        "tickets.Staff", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    accepted_at = models.DateTimeField(null=True, blank=True)
    promise = models.OneToOneField("tickets.Promise", on_delete=models.PROTECT, related_name="transfer")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(context=""), name="a3_context_travels"),
            models.CheckConstraint(condition=~Q(from_desk=F("to_desk")), name="a3_between_two_desks"),
            models.CheckConstraint(
                condition=~Q(status="accepted") | Q(accepted_by__isnull=False, accepted_at__isnull=False),
                name="a3_accepted_by_someone",
            ),
            models.UniqueConstraint(
                fields=["ticket"], condition=Q(status="offered"), name="a3_one_offer_at_a_time"
            ),
        ]
        indexes = [
            models.Index(
                fields=["to_desk", "offered_at"],
                condition=Q(status="offered"),
                name="transfer_waiting",
            )
        ]
        triggers = [
            TRANSFER.trigger(),
            NeverDeleted(rule="A3", what="a hand-over"),
            Rule(
                rule="A3",
                name="accepted_by_the_desk",
                says="a hand-over is accepted by someone at the desk it was offered to",
                operation=pgtrigger.Update,
                refuse_if=(
                    "NEW.status = 'accepted' AND NOT EXISTS (SELECT 1 FROM tickets_staff s "
                    "WHERE s.id = NEW.accepted_by_id AND s.desk_id = NEW.to_desk_id)"
                ),
            ),
            Rule(
                rule="A3",
                name="sender_stays_responsible",
                says="until a hand-over is accepted the promise of it stays open",
                operation=pgtrigger.Insert | pgtrigger.Update,
                timing=pgtrigger.Deferred,
                refuse_if=(
                    "EXISTS (SELECT 1 FROM tickets_transfer t JOIN tickets_promise p ON p.id = t.promise_id "
                    "WHERE t.id = NEW.id AND (t.status = 'offered') <> (p.status = 'open'))"
                ),
            ),
        ]

    @TRANSFER.step("accept")
    def accept(self, *, by_id: int, at: dt.datetime) -> None:
        """The receiving desk takes over."""
        self.accepted_by_id = by_id
        self.accepted_at = at

    @TRANSFER.step("take_back")
    def take_back(self) -> None:
        """The sender deals with it after all."""

    @TRANSFER.step("become_callback")
    def become_callback(self) -> None:
        """Nobody could take it now; the customer is called back."""


class TimelineEntryQuerySet(models.QuerySet["TimelineEntry"]):
    """The only door for pages, export, stream and print."""

    def visible_to(self, staff: Staff) -> Self:
        """As the customer; entries kept inside the own company are not shown to partners."""
        if not staff.is_partner:
            return self
        from tickets.models.customers import Customer

        return self.filter(own_company_only=False, customer__in=Customer.objects.visible_to(staff))


class TimelineEntry(models.Model):
    """One line of the contact history (応対履歴): one per customer, across desks, companies and tickets (A1)."""

    customer = models.ForeignKey("tickets.Customer", on_delete=models.PROTECT, related_name="timeline")
    ticket = models.ForeignKey(
        "tickets.Ticket", null=True, blank=True, on_delete=models.PROTECT, related_name="timeline"
    )
    contact = models.ForeignKey(
        Contact, null=True, blank=True, on_delete=models.PROTECT, related_name="timeline"
    )
    # What happened, as `area.event`, e.g. contact.voicemail, promise.opened, demand.recorded.
    kind = models.CharField(max_length=40)
    at = models.DateTimeField()
    actor = models.ForeignKey(
        "tickets.Staff", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    desk = models.ForeignKey(
        "tickets.Desk", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    summary = models.TextField()
    data = models.JSONField(default=dict, blank=True)
    own_company_only = models.BooleanField(default=False)

    objects: ClassVar[TimelineEntryQuerySet] = TimelineEntryQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        indexes = [
            models.Index(fields=["customer", "-at", "-id"], name="timeline_of_customer"),
            models.Index(fields=["ticket", "-at", "-id"], name="timeline_of_ticket"),
        ]
        triggers = [AppendOnly(rule="A1", what="the contact history")]


class Alert(models.Model):
    """Something an SV should look at now: a call over 30 minutes, a third call, a second refusal (A15)."""

    class Kind(models.TextChoices):
        LONG_CALL = "long_call", _("A call longer than 30 minutes")
        THIRD_CALL = "third_call", _("Third call on one matter")
        SECOND_REFUSAL = "second_refusal", _("Second refusal to one customer")
        WRONG_GUIDANCE = "wrong_guidance", _("Wrong guidance on price or cancelling")

    ticket = models.ForeignKey("tickets.Ticket", on_delete=models.PROTECT, related_name="alerts")
    kind = models.CharField(max_length=16, choices=Kind)
    at = models.DateTimeField()
    contact = models.ForeignKey(Contact, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    seen_by = models.ForeignKey(
        "tickets.Staff", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    seen_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["ticket", "kind", "contact"], name="a15_alert_once", nulls_distinct=False
            )
        ]
        indexes = [
            models.Index(fields=["at"], condition=Q(seen_at__isnull=True), name="alert_unseen"),
        ]


class Symptom(models.Model):
    """What the customer sees at the line's end: lamps, since when (A15)."""

    ticket = models.ForeignKey("tickets.Ticket", on_delete=models.PROTECT, related_name="symptoms")
    contact = models.ForeignKey(Contact, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
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
