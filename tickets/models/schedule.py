"""What is due, what must leave the house, and what the screens should look at again (DESIGN: time and jobs)."""

from __future__ import annotations

import datetime as dt

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField

from tickets.lifecycle import OUTBOX_MESSAGE, SCHEDULED_ACTION
from tickets.rules import FixedFields, NeverDeleted, Rule


class ScheduledAction(models.Model):
    """An effect that is to happen once, not before `due_at` (D9).

    The effect and `done` are written in one transaction. An undo or a new date is a new row with the next
    `generation`; a due time is never edited.
    """

    class Status(models.TextChoices):
        DUE = "due", _("Due")
        DONE = "done", _("Done")
        HELD = "held", _("Held")
        DEAD = "dead", _("Given up, needs a person")
        SUPERSEDED = "superseded", _("Superseded")

    kind = models.CharField(max_length=60)
    key = models.CharField(max_length=120)
    generation = models.PositiveIntegerField(default=1)
    subject_id = models.BigIntegerField()
    due_at = models.DateTimeField()
    payload = models.JSONField(default=dict, blank=True)
    status = FSMField(default=Status.DUE, choices=Status, protected=True, max_length=12)
    created_at = models.DateTimeField()
    attempts = models.PositiveIntegerField(default=0)
    retry_at = models.DateTimeField(null=True, blank=True)
    last_error = models.TextField(blank=True)
    done_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["key", "generation"], name="d9_one_row_a_generation"),
            models.UniqueConstraint(
                fields=["key"],
                condition=Q(status__in=("due", "held", "dead")),
                name="d9_one_live_generation",
            ),
            models.UniqueConstraint(fields=["key"], condition=Q(status="done"), name="d9_done_once"),
            models.CheckConstraint(
                condition=~Q(status="done") | Q(done_at__isnull=False), name="d9_done_at_a_moment"
            ),
            models.CheckConstraint(
                condition=~Q(status__in=("held", "superseded")) | ~Q(reason=""),
                name="d9_held_says_why",
            ),
        ]
        indexes = [
            models.Index(fields=["kind", "due_at", "id"], condition=Q(status="due"), name="schedule_due"),
            models.Index(fields=["status", "due_at", "id"], name="schedule_status"),
            models.Index(fields=["kind", "subject_id"], name="schedule_subject"),
            models.Index(fields=["done_at", "id"], condition=Q(status="done"), name="schedule_done"),
        ]
        triggers = [
            *SCHEDULED_ACTION.triggers(),
            NeverDeleted(rule="D9", what="a scheduled action"),
            FixedFields(
                rule="D9",
                name="schedule_fixed",
                what="a scheduled action",
                fields=("kind", "key", "generation", "subject_id", "due_at", "payload"),
            ),
            Rule(
                rule="D9",
                name="never_early",
                says="action % is due at % and cannot be done before",
                details=("NEW.key", "NEW.due_at"),
                operation=pgtrigger.Insert | pgtrigger.Update,
                # Neither the writer's clock nor the database's may have it done early.
                refuse_if=(
                    "NEW.status = 'done' AND (NEW.done_at < NEW.due_at OR clock_timestamp() < NEW.due_at)"
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}#{self.generation}"

    @SCHEDULED_ACTION.step("complete")
    def complete(self, *, at: dt.datetime) -> None:
        """The effect has been written in this transaction."""
        self.done_at = at

    @SCHEDULED_ACTION.step("hold")
    def hold(self, *, reason: str) -> None:
        """A person, or a doubt about the clock, stops it."""
        self.reason = reason

    @SCHEDULED_ACTION.step("release")
    def release(self, *, reason: str) -> None:
        """A person lets it run again."""
        self.reason = reason
        self.attempts = 0
        self.retry_at = None

    @SCHEDULED_ACTION.step("give_up")
    def give_up(self, *, error: str) -> None:
        """It failed too often; a person must look."""
        self.last_error = error

    @SCHEDULED_ACTION.step("supersede")
    def supersede(self, *, reason: str) -> None:
        """Another generation, or nothing, takes its place."""
        self.reason = reason


class OutboxMessage(models.Model):
    """A mail or a gateway call, written with the effect that needs it and sent by the relay afterwards.

    `key` is the Idempotency-Key (HTTP) or Message-ID (mail). `at_least`: tried again until the other side takes
    it. `at_most`: `sending` is committed first, and a crash leaves `unknown` for a person (surveys).
    """

    class Channel(models.TextChoices):
        MAIL = "mail", _("Mail")
        GATEWAY = "gateway", _("Carrier gateway")

    class Promise(models.TextChoices):
        AT_LEAST = "at_least", _("At least once")
        AT_MOST = "at_most", _("At most once")

    class Status(models.TextChoices):
        PENDING = "pending", _("To be sent")
        SENDING = "sending", _("Being sent")
        SENT = "sent", _("Sent")
        UNKNOWN = "unknown", _("Unknown whether sent")
        DEAD = "dead", _("Given up, needs a person")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    key = models.CharField(max_length=160)
    channel = models.CharField(max_length=8, choices=Channel)
    once = models.CharField(max_length=8, choices=Promise, default=Promise.AT_LEAST)
    # What it says is on record as given; called back, that is owed again (A13).
    owed_again = models.BooleanField(default=True)
    customer = models.ForeignKey(
        "tickets.Customer", null=True, blank=True, on_delete=models.PROTECT, related_name="outbox"
    )
    ticket = models.ForeignKey(
        "tickets.Ticket",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="outbox",
        db_index=False,
    )
    to = models.CharField(max_length=200)
    subject = models.CharField(max_length=200, blank=True)
    body = models.TextField(blank=True)
    payload = models.JSONField(default=dict, blank=True)
    status = FSMField(default=Status.PENDING, choices=Status, protected=True, max_length=10)
    created_at = models.DateTimeField()
    # Nothing leaves before this moment: ten seconds' grace to undo a mail, and pauses between tries.
    not_before = models.DateTimeField()
    sending_since = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveIntegerField(default=0)
    last_error = models.TextField(blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    response = models.JSONField(default=dict, blank=True)
    reason = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            # Not unique=True, which adds an index for LIKE that nobody asks.
            models.UniqueConstraint(fields=["key"], name="d9_message_once"),
            models.CheckConstraint(
                condition=~Q(status="sent") | Q(sent_at__isnull=False), name="d9_sent_at_a_moment"
            ),
        ]
        indexes = [
            models.Index(fields=["not_before", "id"], condition=Q(status="pending"), name="outbox_pending"),
            models.Index(fields=["sending_since"], condition=Q(status="sending"), name="outbox_sending"),
            models.Index(fields=["status", "-id"], name="outbox_status"),
            models.Index(fields=["ticket", "-id"], name="outbox_of_ticket"),
        ]
        triggers = [
            *OUTBOX_MESSAGE.triggers(),
            NeverDeleted(rule="D9", what="an outbox message"),
            FixedFields(
                rule="D9",
                name="message_fixed",
                what="an outbox message",
                fields=(
                    "key",
                    "channel",
                    "once",
                    "owed_again",
                    "to",
                    "subject",
                    "body",
                    "payload",
                    "customer",
                    "ticket",
                ),
            ),
            Rule(
                rule="E1",
                name="at_most_once_is_not_retried",
                says="a message sent at most once is not tried again by itself",
                operation=pgtrigger.Update,
                refuse_if=("NEW.once = 'at_most' AND OLD.status = 'sending' AND NEW.status = 'pending'"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.key}"

    @OUTBOX_MESSAGE.step("begin")
    def begin(self, *, at: dt.datetime) -> None:
        """Claimed by the relay."""
        self.sending_since = at
        self.attempts += 1

    @OUTBOX_MESSAGE.step("mark_sent")
    def mark_sent(self, *, at: dt.datetime, response: dict[str, object] | None = None) -> None:
        """The other side took it."""
        self.sent_at = at
        self.response = response or {}

    @OUTBOX_MESSAGE.step("try_again")
    def try_again(self, *, not_before: dt.datetime, error: str) -> None:
        """The other side failed; again later."""
        self.not_before = not_before
        self.last_error = error

    @OUTBOX_MESSAGE.step("lose_track")
    def lose_track(self, *, error: str) -> None:
        """Nobody knows whether it arrived; a person decides."""
        self.last_error = error

    @OUTBOX_MESSAGE.step("give_up")
    def give_up(self, *, error: str) -> None:
        """It failed too often; a person must look."""
        self.last_error = error

    @OUTBOX_MESSAGE.step("withdraw")
    def withdraw(self, *, reason: str) -> None:
        """It was undone before it left."""
        self.reason = reason


class LiveEvent(models.Model):
    """A hint that something changed: the page asks again through the view that checks rights. Carries ids only."""

    at = models.DateTimeField()
    topic = models.CharField(max_length=40)
    ref = models.CharField(max_length=60)

    class Meta:
        indexes = [models.Index(fields=["at"], name="live_event_at")]
