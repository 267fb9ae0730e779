"""The cancellation order (解約受付) and its lines, each with its own last day."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField

from billing.lifecycle_cancellation import ORDER
from billing.models.line_sql import a_real_day
from tickets.dates import end_of_day, last_usable_minute
from tickets.rules import FixedFields, NeverDeleted, Rule

if TYPE_CHECKING:
    from tickets.models import Staff


class OrderStatus(models.TextChoices):
    """TMF622's words; the steps stand in `billing.lifecycle_cancellation`."""

    DRAFT = "draft", _("Draft")
    ACKNOWLEDGED = "acknowledged", _("Accepted")
    IN_PROGRESS = "in_progress", _("In progress")
    HELD = "held", _("Held up")
    COMPLETED = "completed", _("Completed")
    CANCELLED = "cancelled", _("Withdrawn by the customer")


# The kinds of scheduled actions whose subject is a line of a cancellation.
STOP = "billing.stop_line"
DAY_BEFORE = "billing.day_before_stop"

LIVE_ORDER = (OrderStatus.ACKNOWLEDGED, OrderStatus.IN_PROGRESS, OrderStatus.HELD)


class OrderChannel(models.TextChoices):
    """How the customer asked: what is sold on the web can be cancelled on the web (L7)."""

    PHONE = "phone", _("Telephone")
    WEB = "web", _("Web form")
    LETTER = "letter", _("Letter")


def number_of(order_id: int) -> str:
    """The number of a cancellation, by its id."""
    return f"K{order_id:08d}"


class CancellationOrder(models.Model):
    """One request by a customer to end lines of one contract (D1).

    Never deleted. Accepted only when every line's explanation is recorded (D6); completed only when every
    milestone that applies was reached; withdrawn only by the customer and before any of its lines stopped.
    """

    contract = models.ForeignKey("billing.Contract", models.PROTECT, related_name="cancellation_orders")
    customer = models.ForeignKey("tickets.Customer", models.PROTECT, related_name="cancellation_orders")
    ticket = models.ForeignKey("tickets.Ticket", models.PROTECT, related_name="cancellation_orders")
    channel = models.CharField(_("channel"), max_length=8, choices=OrderChannel)
    status = FSMField(_("status"), default=OrderStatus.DRAFT, choices=OrderStatus.choices, protected=True)
    asked_at = models.DateTimeField(_("asked at"))
    asked_contact = models.ForeignKey(
        "tickets.Contact", models.PROTECT, null=True, blank=True, related_name="+"
    )
    accepted_at = models.DateTimeField(_("accepted at"), null=True, blank=True)
    accepted_by = models.ForeignKey("tickets.Staff", models.PROTECT, null=True, blank=True, related_name="+")
    hold_reason = models.CharField(_("held up by"), max_length=200, blank=True, default="")
    completed_at = models.DateTimeField(_("completed at"), null=True, blank=True)
    cancelled_at = models.DateTimeField(_("withdrawn at"), null=True, blank=True)
    cancelled_contact = models.ForeignKey(
        "tickets.Contact", models.PROTECT, null=True, blank=True, related_name="+"
    )
    cancelled_words = models.TextField(_("the customer's words"), blank=True, default="")

    class Meta:
        verbose_name = _("cancellation order")
        verbose_name_plural = _("cancellation orders")
        constraints = [
            models.CheckConstraint(
                name="d1_accepted_order_has_its_moment",
                condition=Q(status__in=(OrderStatus.DRAFT, OrderStatus.CANCELLED))
                | Q(accepted_at__isnull=False),
            ),
            models.CheckConstraint(
                name="d1_only_the_customer_withdraws",
                condition=~Q(status=OrderStatus.CANCELLED)
                | (
                    Q(cancelled_at__isnull=False)
                    & Q(cancelled_contact__isnull=False)
                    & ~Q(cancelled_words="")
                ),
            ),
            models.CheckConstraint(
                name="d1_held_order_says_why",
                condition=~Q(status=OrderStatus.HELD) | ~Q(hold_reason=""),
            ),
            models.CheckConstraint(
                name="d1_completed_order_has_its_moment",
                condition=~Q(status=OrderStatus.COMPLETED) | Q(completed_at__isnull=False),
            ),
        ]
        triggers = [
            *ORDER.triggers(),
            NeverDeleted(rule="D1", what="a cancellation order"),
            FixedFields(
                rule="D1",
                name="order_fixed",
                what="a cancellation order",
                fields=("contract", "customer", "channel", "asked_at"),
            ),
            Rule(
                rule="D1",
                name="order_of_the_customer",
                says="the order, its contract and its ticket belong to one customer",
                refuse_if=(
                    "NEW.customer_id IS DISTINCT FROM "
                    "(SELECT customer_id FROM billing_contract WHERE id = NEW.contract_id) "
                    "OR NEW.customer_id IS DISTINCT FROM "
                    "(SELECT customer_id FROM tickets_ticket WHERE id = NEW.ticket_id)"
                ),
                # Contracts and tickets keep their customer (contract_terms_fixed, ticket_fixed).
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("contract_id", "customer_id", "ticket_id"),
            ),
            Rule(
                rule="D6",
                name="explained_before_accepted",
                says="a cancellation is accepted only when, for each line, what the customer was told is recorded",
                refuse_if=(
                    "NEW.status = 'acknowledged' AND OLD.status <> 'acknowledged' AND ("
                    "NOT EXISTS (SELECT 1 FROM billing_cancellationline WHERE order_id = NEW.id) "
                    "OR EXISTS (SELECT 1 FROM billing_cancellationline l WHERE l.order_id = NEW.id "
                    "AND NOT EXISTS (SELECT 1 FROM billing_explanation e WHERE e.order_id = NEW.id "
                    "AND e.line_id = l.line_id AND e.last_day = l.last_day "
                    "AND e.told_at <= NEW.accepted_at)))"
                ),
                operation=pgtrigger.Update,
            ),
            Rule(
                rule="D1",
                name="complete_when_all_reached",
                says="the order cannot be completed: milestone % is not reached",
                details=("missing",),
                declare=[("missing", "text")],
                before_asking=(
                    "SELECT kind INTO missing FROM billing_milestone WHERE order_id = NEW.id AND applies "
                    "AND reached_at IS NULL LIMIT 1;"
                ),
                condition=pgtrigger.Condition("NEW.status = 'completed' AND OLD.status <> 'completed'"),
                refuse_if="missing IS NOT NULL",
                operation=pgtrigger.Update,
            ),
            Rule(
                rule="D1",
                name="no_way_back_after_a_stop",
                says="the order cannot be withdrawn: one of its lines has stopped",
                # Waits for a cutoff that is just running, and makes the next one wait.
                before_asking=(
                    "PERFORM 1 FROM billing_serviceline WHERE id IN "
                    "(SELECT line_id FROM billing_cancellationline WHERE order_id = NEW.id) FOR SHARE;"
                ),
                condition=pgtrigger.Condition("NEW.status = 'cancelled' AND OLD.status <> 'cancelled'"),
                refuse_if=(
                    "EXISTS (SELECT 1 FROM billing_cancellationline l JOIN billing_serviceline s ON s.id = l.line_id "
                    "WHERE l.order_id = NEW.id AND s.status = 'terminated')"
                ),
                operation=pgtrigger.Update,
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """What is read to the customer over the telephone."""
        return number_of(self.pk)

    @ORDER.step("acknowledge")
    def acknowledge(self, *, at: dt.datetime, by: Staff | None) -> None:
        """Accept it; D6 is asked by the database."""
        self.accepted_at, self.accepted_by = at, by

    @ORDER.step("begin")
    def begin(self) -> None:
        """The first work was done."""

    @ORDER.step("hold")
    def hold(self, *, reason: str) -> None:
        """Something stands in the way and a person must act (TMF622's jeopardy)."""
        self.hold_reason = reason

    @ORDER.step("resume")
    def resume(self) -> None:
        """It is out of the way."""
        self.hold_reason = ""

    @ORDER.step("complete")
    def complete(self, *, at: dt.datetime) -> None:
        """All that was to happen has happened and the customer knows."""
        self.completed_at = at

    @ORDER.step("cancel")
    def cancel(self, *, at: dt.datetime, contact_id: int, words: str) -> None:
        """The customer takes it back."""
        self.cancelled_at, self.cancelled_contact_id, self.cancelled_words = at, contact_id, words


class CancellationLine(models.Model):
    """One line of an order with its own last day, who set it and why (D2, D5).

    `generation` counts the last days of this line: jobs, consents and instructions name the one they were made
    for, so that what was meant for an earlier date can do nothing (D9).
    """

    order = models.ForeignKey(CancellationOrder, models.PROTECT, related_name="lines")
    line = models.ForeignKey("billing.ServiceLine", models.PROTECT, related_name="cancellation_lines")
    last_day = models.DateField(_("last day"))
    generation = models.PositiveIntegerField(default=1)
    asked_words = models.TextField(_("the customer's words"))
    why = models.CharField(_("why"), max_length=200)
    set_by = models.ForeignKey("tickets.Staff", models.PROTECT, null=True, blank=True, related_name="+")
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    # How often it stopped and was given back: each time has a cutoff of its own, since one that is done stays done.
    given_back = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name = _("line to be cancelled")
        verbose_name_plural = _("lines to be cancelled")
        constraints = [
            models.UniqueConstraint(
                name="d1_one_cancellation_a_line",
                fields=["line"],
                condition=Q(withdrawn_at__isnull=True),
            ),
            models.UniqueConstraint(name="d1_line_once_an_order", fields=["order", "line"]),
            models.CheckConstraint(name="d2_last_day_is_a_real_day", condition=a_real_day("last_day")),
            models.CheckConstraint(name="d2_last_day_says_why", condition=~Q(why="") & ~Q(asked_words="")),
        ]
        triggers = [
            NeverDeleted(rule="D1", what="a line of a cancellation"),
            FixedFields(
                rule="D1", name="line_fixed", what="a line of a cancellation", fields=("order", "line")
            ),
            Rule(
                rule="D1",
                name="line_of_the_contract",
                says="a line can be cancelled only on an order of its own contract",
                refuse_if=(
                    "(SELECT contract_id FROM billing_serviceline WHERE id = NEW.line_id) IS DISTINCT FROM "
                    "(SELECT contract_id FROM billing_cancellationorder WHERE id = NEW.order_id)"
                ),
            ),
            Rule(
                rule="D6",
                name="line_added_in_draft",
                says="a line is added to an order before it is accepted, never after",
                refuse_if=(
                    "(SELECT status FROM billing_cancellationorder WHERE id = NEW.order_id FOR SHARE) <> 'draft'"
                ),
                operation=pgtrigger.Insert,
            ),
            Rule(
                rule="D2",
                name="last_day_by_entry",
                says="the last day of an accepted cancellation moves only by a recorded entry",
                refuse_if=(
                    "(NEW.last_day, NEW.generation) IS DISTINCT FROM (OLD.last_day, OLD.generation) AND "
                    "(SELECT status FROM billing_cancellationorder WHERE id = NEW.order_id) <> 'draft' AND "
                    "NOT EXISTS (SELECT 1 FROM billing_lastdayentry e WHERE e.cancellation_line_id = NEW.id "
                    "AND e.generation = NEW.generation AND e.last_day = NEW.last_day AND NOT EXISTS ("
                    "SELECT 1 FROM billing_lastdayentry later WHERE later.cancellation_line_id = NEW.id "
                    "AND later.generation > e.generation))"
                ),
                operation=pgtrigger.Update,
            ),
            Rule(
                rule="D1",
                name="line_withdrawn_with_order",
                says="a line leaves its cancellation only when the customer withdraws the order",
                refuse_if=(
                    "NEW.withdrawn_at IS DISTINCT FROM OLD.withdrawn_at AND (OLD.withdrawn_at IS NOT NULL OR "
                    "(SELECT status FROM billing_cancellationorder WHERE id = NEW.order_id) <> 'cancelled')"
                ),
                operation=pgtrigger.Update,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.order_id}/{self.line_id} {self.last_day}"

    @property
    def ends_at(self) -> dt.datetime:
        """24:00 JST of the last day, exclusive."""
        return end_of_day(self.last_day)

    @property
    def last_usable_at(self) -> dt.datetime:
        """What the customer is told: 23:59 of the last day."""
        return last_usable_minute(self.last_day)
