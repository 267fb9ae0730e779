"""The ticket (案件), the gate at its end, and which desks have had it."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, ClassVar, Self

import pgtrigger
from django.db import models
from django.db.models import Exists, F, OuterRef, Q, Value
from django.db.models.functions import Cast, Concat, LPad
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_fsm import FSMField

from tickets.addresses import address
from tickets.lifecycle import ENDED_TICKET, OPEN_TICKET, TICKET
from tickets.models.ticket_links import TicketDesk, concerns_desks
from tickets.models.ticket_rules import TICKET_RULES

if TYPE_CHECKING:
    from tickets.models.staff import Staff


class TicketQuerySet(models.QuerySet["Ticket"]):
    """The only door for pages, search, export, stream and print."""

    def visible_to(self, staff: Staff) -> Self:
        """Own-company staff see every case; partners those that a desk of their company has or had."""
        if not staff.is_partner:
            return self
        shared = TicketDesk.objects.filter(ticket=OuterRef("pk"), desk__company_id=staff.desk.company_id)
        return self.filter(Exists(shared))

    def open(self) -> Self:
        """Cases not yet resolved."""
        return self.filter(status__in=OPEN_TICKET)


class Ticket(models.Model):
    """A case of one customer: many contacts, and whatever is owed on it (A2, A13; TMF621 TroubleTicket)."""

    class Kind(models.TextChoices):
        ENQUIRY = "enquiry", _("Enquiry")
        REQUEST = "request", _("Request")
        FAULT = "fault", pgettext_lazy("ticket", "Fault")
        BILLING = "billing", _("Billing")
        CANCELLATION = "cancellation", _("Cancellation")
        COMPLAINT = "complaint", _("Complaint")

    class Status(models.TextChoices):
        ACKNOWLEDGED = "acknowledged", _("Acknowledged")
        IN_PROGRESS = "in_progress", _("In progress")
        PENDING = "pending", _("Waiting for the customer")
        HELD = "held", _("Held")
        RESOLVED = "resolved", _("Resolved")
        CLOSED = "closed", _("Closed")
        CANCELLED = "cancelled", _("Withdrawn")

    class Priority(models.IntegerChoices):
        P1 = 1, "P1"
        P2 = 2, "P2"
        P3 = 3, "P3"
        P4 = 4, "P4"

    class ClosingBasis(models.TextChoices):
        CONFIRMED = "confirmed", _("Confirmed by the customer")
        NOTICE = "notice", _("Notice proven and ten business days over")

    number = models.GeneratedField(
        expression=Concat(Value("T"), LPad(Cast("id", models.CharField()), 8, Value("0"))),
        output_field=models.CharField(max_length=20),
        db_persist=True,
        unique=True,
    )
    customer = models.ForeignKey("tickets.Customer", on_delete=models.PROTECT, related_name="tickets")
    desk = models.ForeignKey("tickets.Desk", on_delete=models.PROTECT, related_name="tickets")
    kind = models.CharField(max_length=12, choices=Kind)
    status = FSMField(default=Status.ACKNOWLEDGED, choices=Status, protected=True, max_length=12)
    priority = models.PositiveSmallIntegerField(choices=Priority, default=Priority.P3)
    subject = models.CharField(max_length=200)
    channel = models.CharField(max_length=10, default="phone")
    opened_at = models.DateTimeField()
    opened_by = models.ForeignKey(
        "tickets.Staff",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="opened_tickets",
    )
    assignee = models.ForeignKey(
        "tickets.Staff",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="assigned_tickets",
    )
    # Whoever says "I am the person responsible" must also have done something, or the case moves on (B4).
    responsible = models.ForeignKey(
        "tickets.Staff",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="responsible_tickets",
    )
    responsible_since = models.DateTimeField(null=True, blank=True)
    responsible_acted_at = models.DateTimeField(null=True, blank=True)
    waiting_for = models.CharField(max_length=200, blank=True)
    # Cases wait in the order in which they came in, so what came in overnight is at the head at opening (A12).
    queue_at = models.DateTimeField()
    resolved_at = models.DateTimeField(null=True, blank=True)
    resolution = models.TextField(blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    closing_basis = models.CharField(max_length=10, choices=ClosingBasis, blank=True)
    closing_contact = models.ForeignKey(
        "tickets.Contact", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    # What proves the notice: the mail, once the server took it; a letter is the closing contact.
    closing_notice = models.ForeignKey(
        "tickets.OutboxMessage", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    closing_notice_sent_at = models.DateTimeField(null=True, blank=True)
    closing_notice_until = models.DateTimeField(null=True, blank=True)
    recurs_of = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="recurrences"
    )
    merged_into = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="merged"
    )
    version = models.PositiveIntegerField(default=1)

    objects: ClassVar[TicketQuerySet] = TicketQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(status__in=TICKET.states), name="a13_ticket_status_known"),
            models.CheckConstraint(
                condition=~Q(status__in=("resolved", "closed")) | Q(resolved_at__isnull=False),
                name="a13_resolved_has_a_time",
            ),
            models.CheckConstraint(
                condition=~Q(status="closed")
                | Q(
                    closing_basis="confirmed",
                    closing_contact__isnull=False,
                    closed_at__isnull=False,
                )
                | Q(
                    closing_basis="notice",
                    closing_notice_sent_at__isnull=False,
                    closed_at__gte=F("closing_notice_until"),
                    # Ten business days are never fewer than twelve days of the calendar.
                    closing_notice_until__gte=F("closing_notice_sent_at") + Value(dt.timedelta(days=12)),
                ),
                name="a13_closed_by_confirmation_or_notice",
            ),
            models.CheckConstraint(
                condition=Q(responsible__isnull=True, responsible_since__isnull=True)
                | Q(responsible__isnull=False, responsible_since__isnull=False),
                name="b4_responsible_since_a_moment",
            ),
            models.CheckConstraint(condition=~Q(merged_into=F("id")), name="a13_merged_into_another"),
        ]
        indexes = [
            models.Index(
                fields=["desk", "priority", "queue_at", "id"],
                name="ticket_queue",
                condition=Q(status__in=OPEN_TICKET),
            ),
            models.Index(
                fields=["assignee", "priority", "queue_at", "id"],
                name="ticket_mine",
                condition=Q(status__in=OPEN_TICKET),
            ),
            models.Index(
                fields=["priority", "queue_at", "id"],
                name="ticket_open",
                condition=Q(status__in=OPEN_TICKET),
            ),
            models.Index(
                fields=["priority", "queue_at", "id"],
                name="ticket_unassigned",
                condition=Q(status__in=OPEN_TICKET, assignee__isnull=True),
            ),
            models.Index(
                fields=["responsible_since"],
                name="ticket_idle_responsible",
                condition=Q(
                    status__in=OPEN_TICKET, responsible__isnull=False, responsible_acted_at__isnull=True
                ),
            ),
            models.Index(fields=["customer", "-id"], name="ticket_of_customer"),
        ]
        triggers = [
            *TICKET.triggers(),
            *TICKET_RULES,
            concerns_desks(
                "VALUES (NEW.id, NEW.desk_id)",
                name="ticket_desks_kept",
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("desk_id"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.subject}"

    def get_absolute_url(self) -> str:
        """Its page."""
        return address("tickets:case", self.number)

    @property
    def is_open(self) -> bool:
        """Neither resolved, closed nor withdrawn."""
        return self.status not in ENDED_TICKET

    @TICKET.step("start")
    def start(self) -> None:
        """Somebody works on it."""
        self.waiting_for = ""

    @TICKET.step("wait_for_customer")
    def wait_for_customer(self, *, what: str) -> None:
        """The customer has something to do first."""
        self.waiting_for = what

    @TICKET.step("hold")
    def hold(self, *, what: str) -> None:
        """A carrier or another department has something to do first."""
        self.waiting_for = what

    @TICKET.step("resolve")
    def resolve(self, *, at: dt.datetime, resolution: str) -> None:
        """All that was owed is kept; the database checks it again (A13)."""
        self.resolved_at = at
        self.resolution = resolution

    @TICKET.step("close")
    def close(self, *, at: dt.datetime, basis: str, contact_id: int | None = None) -> None:
        """With the customer's confirmation, or after a proven notice and ten business days (A13)."""
        self.closed_at = at
        self.closing_basis = basis
        self.closing_contact_id = contact_id

    @TICKET.step("reopen")
    def reopen(self) -> None:
        """The customer disagrees, or it happened again (A13)."""
        self.resolved_at = None
        self.closed_at = None
        self.closing_basis = ""
        self.closing_contact = None
        self.closing_notice = None
        self.closing_notice_sent_at = None
        self.closing_notice_until = None

    @TICKET.step("cancel")
    def cancel(self, *, at: dt.datetime, resolution: str, contact_id: int | None = None) -> None:
        """The customer withdraws it in a contact, or it is merged into another."""
        self.closing_contact_id = contact_id
        self.closed_at = at
        self.resolution = resolution
