"""Whatever the desk owes a customer is a row of one kind: the promise (約束). Nothing is closed while one is open."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField

from tickets.lifecycle import PROMISE
from tickets.models.promise_rules import CALLS, PROMISE_RULES
from tickets.models.staff import Tier

if TYPE_CHECKING:
    from tickets.models.staff import Staff

OPEN = Q(status="open")


class PromiseKind(models.TextChoices):
    """What can be owed. The Japanese names are the screen's."""

    SUPERIOR_ANSWER = "superior_answer", _("Answer by a superior")
    CALLBACK = "callback", _("Callback")
    CORRECTION_CALL = "correction_call", _("Correction of wrong guidance")
    HARM_CHECK = "harm_check", _("Harm check")
    CONFLICT = "conflict", _("Conflicting answers")
    COMPLAINT_DECISION = "complaint_decision", _("Decision on the complaint")
    COMPLAINT_DELIVERY = "complaint_delivery", _("Telling the decision")
    REMEDY = "remedy", _("Remedy")
    APOLOGY = "apology", _("Apology")
    FAULT_DECISION = "fault_decision", _("Fault decision")
    WAIVER_DECISION = "waiver_decision", _("Waiver decision")
    EXCEPTION_DECISION = "exception_decision", _("Exception decision")
    OBJECTION_DECISION = "objection_decision", _("Decision on an objection")
    CARRIER_RELAY = "carrier_relay", _("Relay to the carrier")
    MILESTONE = "milestone", _("Cancellation milestone")
    PARTNER_REPORT = "partner_report", _("Error report to the partner")
    SWEEP = "sweep", _("Sweep for the same error")
    FOLLOW_UP = "follow_up", _("Follow-up")
    SURVEY_CALL = "survey_call", _("Call after a low score")
    CHARGE_CALL = "charge_call", _("Call about a charge")
    REGULATOR_REPLY = "regulator_reply", _("Reply to an authority")
    PORTING_CALL = "porting_call", _("Call about failed porting")
    WRITTEN_ANSWER = "written_answer", _("Answer in writing")
    TRANSFER = "transfer", _("Hand-over to another desk")
    EXTERNAL_LETTER = "external_letter", _("Letter on external remedies")


class PromiseQuerySet(models.QuerySet["Promise"]):
    """The only door for queues, banners, export and stream."""

    def visible_to(self, staff: Staff) -> Self:
        """As the ticket it is owed on."""
        if not staff.is_partner:
            return self
        from tickets.models.tickets import Ticket

        return self.filter(ticket__in=Ticket.objects.visible_to(staff))

    def open(self) -> Self:
        """Still owed."""
        return self.filter(OPEN)


class Promise(models.Model):
    """One thing owed to one customer on one ticket: by whom, by when, and how it ended (A10, A13).

    `tier` is who must see to it now; what is overdue rises one tier, at the top to the next deputy (`rung`).
    It never sinks, and its due time only changes together with a rise or an agreed move (`PromiseRise`).
    """

    class Status(models.TextChoices):
        OPEN = "open", _("Owed")
        KEPT = "kept", _("Kept")
        VOID = "void", _("Void")

    customer = models.ForeignKey("tickets.Customer", on_delete=models.PROTECT, related_name="promises")
    ticket = models.ForeignKey("tickets.Ticket", on_delete=models.PROTECT, related_name="promises")
    kind = models.CharField(max_length=20, choices=PromiseKind)
    what = models.CharField(max_length=300)
    # Nobody asks by what has no index: a promise that ends is written into each of them once more (docs/performance.md).
    owner = models.ForeignKey(
        "tickets.Staff",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="promises",
        db_index=False,
    )
    desk = models.ForeignKey(
        "tickets.Desk", on_delete=models.PROTECT, related_name="promises", db_index=False
    )
    tier = models.PositiveSmallIntegerField(choices=Tier, default=Tier.OPERATOR)
    rung = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField()
    opened_at = models.DateTimeField()
    opened_by = models.ForeignKey(
        "tickets.Staff", null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    status = FSMField(default=Status.OPEN, choices=Status, protected=True, max_length=8)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(
        "tickets.Staff", null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    kept_contact = models.ForeignKey(
        "tickets.Contact",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="kept_promises",
        db_index=False,
    )
    kept_note = models.CharField(max_length=300, blank=True)
    void_reason = models.CharField(max_length=300, blank=True)
    # A callback's window and number, as agreed with the customer (A10).
    window_from = models.DateTimeField(null=True, blank=True)
    window_until = models.DateTimeField(null=True, blank=True)
    number = models.CharField(max_length=16, blank=True)

    objects: ClassVar[PromiseQuerySet] = PromiseQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=PromiseKind.values), name="a13_promise_kind_known"),
            models.CheckConstraint(
                condition=Q(status="open", ended_at__isnull=True)
                | Q(status="kept", ended_at__isnull=False, void_reason="")
                | (Q(status="void", ended_at__isnull=False) & ~Q(void_reason="")),
                name="a13_promise_ends_kept_or_void_with_reason",
            ),
            models.CheckConstraint(
                condition=~Q(kind="callback")
                | (
                    Q(window_from__isnull=False, window_until__gt=F("window_from"))
                    & ~Q(number="")
                    & Q(due_at__gte=F("window_from"))
                ),
                name="a10_callback_has_window_and_number",
            ),
            models.CheckConstraint(
                condition=~Q(status="kept") | ~Q(kind__in=CALLS) | Q(kept_contact__isnull=False),
                name="a10_call_kept_by_a_contact",
            ),
            models.CheckConstraint(condition=Q(tier__in=Tier.values), name="b3_promise_tier_known"),
        ]
        indexes = [
            models.Index(fields=["due_at", "id"], name="promise_due", condition=OPEN),
            models.Index(fields=["customer", "due_at"], name="promise_owed_to", condition=OPEN),
            models.Index(fields=["ticket"], name="promise_owed_on", condition=OPEN),
            models.Index(fields=["owner", "due_at"], name="promise_owed_by", condition=OPEN),
            models.Index(fields=["kind", "due_at", "id"], name="promise_of_kind", condition=OPEN),
            models.Index(fields=["ended_at"], name="promise_ended_at", condition=~OPEN),
        ]
        triggers = [*PROMISE.triggers(), *PROMISE_RULES]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} ({self.what})"

    @PROMISE.step("keep")
    def keep(
        self, *, at: dt.datetime, by_id: int | None, contact_id: int | None = None, note: str = ""
    ) -> None:
        """It was done: by whom, with which contact."""
        self.ended_at = at
        self.ended_by_id = by_id
        self.kept_contact_id = contact_id
        self.kept_note = note

    @PROMISE.step("void")
    def void(self, *, at: dt.datetime, by_id: int | None, reason: str, contact_id: int | None = None) -> None:
        """It is no longer owed, and why; `contact_id` when the customer said so."""
        self.kept_contact_id = contact_id
        self.ended_at = at
        self.ended_by_id = by_id
        self.void_reason = reason
