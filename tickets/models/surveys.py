"""The satisfaction survey and the hold on it (E1-E3)."""

from __future__ import annotations

import datetime as dt

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField

from tickets.lifecycle import SURVEY
from tickets.models.promises import Promise
from tickets.rules import FirmTrigger, FixedFields, NeverDeleted, Rule

QUIET_DAYS = 14
LOW_SCORE = 2
OWED = (
    "EXISTS (SELECT 1 FROM tickets_promise p WHERE p.customer_id = NEW.customer_id AND p.status = 'open') "
    "OR EXISTS (SELECT 1 FROM tickets_complaint c WHERE c.customer_id = NEW.customer_id "
    "AND c.status <> 'delivered')"
)
RECENTLY = (
    "EXISTS (SELECT 1 FROM tickets_promise p WHERE p.customer_id = NEW.customer_id AND p.status <> 'open' "
    "AND p.ended_at > NEW.sending_at - interval '14 days') OR EXISTS (SELECT 1 FROM tickets_complaint c "
    "WHERE c.customer_id = NEW.customer_id AND c.delivered_at > NEW.sending_at - interval '14 days')"
)


BEGINS = "NEW.status = 'sending' AND OLD.status IS DISTINCT FROM 'sending'"
# Whoever is just promising something to the customer holds their row FOR KEY SHARE (`SeenPromise`): we wait for
# them, and they for us. So nothing can become owed between the question and the answer.
LOOK_LAST = (
    f"IF {BEGINS} THEN PERFORM 1 FROM tickets_customer k WHERE k.id = NEW.customer_id FOR UPDATE; END IF;"
)


class Survey(models.Model):
    """One mail a ticket asking how it was, never while anything is owed to that customer (E1, E2)."""

    class Status(models.TextChoices):
        ELIGIBLE = "eligible", _("To be sent")
        WITHHELD = "withheld", _("Withheld")
        SENDING = "sending", _("Being sent")
        SENT = "sent", _("Sent")
        ANSWERED = "answered", _("Answered")
        EXPIRED = "expired", _("Expired")
        UNKNOWN = "unknown", _("Unknown whether sent")

    class Reason(models.TextChoices):
        PROMISE = "promise", _("Something is still owed to the customer")
        COMPLAINT = "complaint", _("A complaint is open")
        QUIET = "quiet", _("Within 14 days of the last thing owed")
        REOPENED = "reopened", _("The case is open again")

    ticket = models.OneToOneField("tickets.Ticket", on_delete=models.PROTECT, related_name="survey")
    customer = models.ForeignKey("tickets.Customer", on_delete=models.PROTECT, related_name="surveys")
    status = FSMField(default=Status.ELIGIBLE, choices=Status, protected=True, max_length=10)
    withheld_reason = models.CharField(max_length=10, choices=Reason, blank=True)
    withheld_what = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField()
    # The mail that waits in the outbox; none while it is withheld. `tries`: how many were made, all but the last
    # of them taken back before they left.
    message = models.OneToOneField(
        "tickets.OutboxMessage", null=True, blank=True, on_delete=models.PROTECT, related_name="survey"
    )
    tries = models.PositiveSmallIntegerField(default=0)
    # When it may next be looked at; moved on each time it is withheld.
    due_at = models.DateTimeField()
    # The moment of the decision to send, by day only (09:00-20:00 JST): when the relay takes the mail.
    sending_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    token_hash = models.CharField(max_length=64, blank=True)
    score = models.PositiveSmallIntegerField(null=True, blank=True)
    comment = models.TextField(blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    # The call by an SV that a low score owes (E3).
    call = models.OneToOneField(
        "tickets.Promise", null=True, blank=True, on_delete=models.PROTECT, related_name="survey"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(status="answered") | Q(score__gt=LOW_SCORE) | Q(call__isnull=False),
                name="e3_low_score_owes_a_call",
            ),
            models.CheckConstraint(
                condition=Q(sending_at__isnull=True)
                | (~Q(token_hash="") & Q(expires_at__gt=F("sending_at"))),
                name="e1_sent_with_a_link_that_expires",
            ),
            models.CheckConstraint(
                condition=~Q(status="withheld") | ~Q(withheld_reason=""),
                name="e2_withheld_says_why",
            ),
            models.CheckConstraint(
                condition=Q(score__isnull=True) | Q(score__gte=1, score__lte=5),
                name="e1_score_from_1_to_5",
            ),
            models.CheckConstraint(
                condition=~Q(status="answered") | Q(score__isnull=False, answered_at__isnull=False),
                name="e1_answered_with_a_score",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=("sending", "sent", "unknown", "answered"))
                | Q(sending_at__isnull=False),
                name="e1_sent_at_a_moment",
            ),
            models.UniqueConstraint(fields=["token_hash"], condition=~Q(token_hash=""), name="e1_link_once"),
        ]
        indexes = [
            models.Index(
                fields=["due_at", "id"],
                condition=Q(status__in=("eligible", "withheld")),
                name="survey_due",
            ),
            models.Index(fields=["status", "id"], name="survey_status"),
            # The satisfaction of a period, and who was not asked in it.
            models.Index(fields=["answered_at"], name="survey_answered_at"),
            models.Index(fields=["sending_at"], name="survey_sending_at"),
            models.Index(fields=["created_at"], name="survey_created_at"),
        ]
        triggers = [
            *SURVEY.triggers(),
            NeverDeleted(rule="E1", what="a survey"),
            FixedFields(
                rule="E1", name="survey_fixed", what="a survey", fields=("ticket", "customer", "created_at")
            ),
            FixedFields(
                rule="E1",
                name="survey_once",
                what="a survey",
                fields=("sending_at", "sent_at", "score", "answered_at", "call"),
                once_set=True,
            ),
            Rule(
                rule="E1",
                name="survey_of_the_tickets_customer",
                says="a survey goes to the customer of its ticket",
                operation=pgtrigger.Insert,
                refuse_if=(
                    "NEW.customer_id <> (SELECT t.customer_id FROM tickets_ticket t WHERE t.id = NEW.ticket_id)"
                ),
            ),
            Rule(
                rule="E1",
                name="asked_at_the_end",
                says="a survey is sent after its ticket has been resolved, and not before it is due",
                operation=pgtrigger.Update,
                refuse_if=(
                    f"{BEGINS} AND (NEW.sending_at < NEW.due_at OR NOT EXISTS (SELECT 1 FROM tickets_ticket t "
                    "WHERE t.id = NEW.ticket_id AND t.status IN ('resolved', 'closed')))"
                ),
            ),
            Rule(
                rule="E1",
                name="link_fixed",
                says="the link of a survey is the one in the mail that left",
                operation=pgtrigger.Update,
                refuse_if=(
                    "OLD.sending_at IS NOT NULL AND (NEW.token_hash, NEW.message_id, NEW.expires_at) "
                    "IS DISTINCT FROM (OLD.token_hash, OLD.message_id, OLD.expires_at)"
                ),
            ),
            Rule(
                rule="E3",
                name="called_by_an_sv",
                says="the call that a low score owes is that of an SV or above",
                operation=pgtrigger.Insert | pgtrigger.Update,
                condition=pgtrigger.Condition("NEW.call_id IS NOT NULL"),
                refuse_if=(
                    "NOT EXISTS (SELECT 1 FROM tickets_promise p WHERE p.id = NEW.call_id AND p.tier >= 3 "
                    "AND p.kind = 'survey_call' AND p.customer_id = NEW.customer_id)"
                ),
            ),
            Rule(
                rule="E2",
                name="withheld_while_owed",
                says="no survey while anything is owed to the customer or a complaint is open",
                operation=pgtrigger.Update,
                before_asking=LOOK_LAST,
                refuse_if=f"{BEGINS} AND ({OWED})",
            ),
            Rule(
                rule="E2",
                name="withheld_14_days_after",
                says="no survey within 14 days of the last thing owed to the customer",
                operation=pgtrigger.Update,
                before_asking=LOOK_LAST,
                refuse_if=f"{BEGINS} AND ({RECENTLY})",
            ),
            Rule(
                rule="E1",
                name="sent_by_day",
                says="surveys go out between 09:00 and 20:00 JST",
                operation=pgtrigger.Update,
                refuse_if=(
                    f"{BEGINS} AND ((NEW.sending_at AT TIME ZONE 'Asia/Tokyo')::time < '09:00' "
                    "OR (NEW.sending_at AT TIME ZONE 'Asia/Tokyo')::time >= '20:00')"
                ),
            ),
        ]

    @SURVEY.step("withhold")
    def withhold(self, *, reason: str, what: str, until: dt.datetime) -> None:
        """Something is owed; look again at `until`."""
        self.withheld_reason = reason
        self.withheld_what = what
        self.due_at = until
        self.message = None
        self.token_hash = ""

    @SURVEY.step("release")
    def release(self, *, at: dt.datetime) -> None:
        """Nothing is owed any more."""
        self.withheld_reason = ""
        self.withheld_what = ""
        self.due_at = at

    @SURVEY.step("begin_sending")
    def begin_sending(self, *, at: dt.datetime, expires_at: dt.datetime) -> None:
        """The decision to send; a crash after it leaves `unknown` for a person, never a second mail."""
        self.sending_at = at
        self.expires_at = expires_at

    @SURVEY.step("mark_sent")
    def mark_sent(self, *, at: dt.datetime) -> None:
        """The mail server took it."""
        self.sent_at = at

    @SURVEY.step("lose_track")
    def lose_track(self) -> None:
        """Nobody knows whether it went out."""

    @SURVEY.step("answer")
    def answer(self, *, score: int, comment: str, at: dt.datetime, call_id: int | None) -> None:
        """The customer answered, once; a low score comes with the call it owes."""
        self.call_id = call_id
        self.score = score
        self.comment = comment
        self.answered_at = at

    @SURVEY.step("expire")
    def expire(self) -> None:
        """Too late to ask."""


class SeenPromise(Promise):
    """Promises, seen from here: one that is being written is waited for by the survey that is about to leave (E2).

    The foreign key alone would take this lock at commit, which is too late.
    """

    class Meta:
        proxy = True
        triggers = [
            FirmTrigger(
                name="e2_promise_is_waited_for",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func=(
                    "PERFORM 1 FROM tickets_customer k WHERE k.id = NEW.customer_id FOR KEY SHARE; RETURN NEW;"
                ),
            ),
        ]
