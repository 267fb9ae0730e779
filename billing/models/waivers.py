"""Waivers (減免): asked for by one, decided by another within a limit in yen (C7; L19)."""

from __future__ import annotations

import datetime as dt
from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField

from billing.lifecycle import WAIVER
from billing.models import waiver_rules
from billing.models.charges import Charge
from billing.models.contracts import Contract
from billing.models.visibility import OfTicket
from tickets.models import Tier
from tickets.rules import FixedFields, NeverDeleted


class Waiver(models.Model):
    """A request to give up or give back `amount_yen`, tax included, and what became of it (C7).

    `tier` is who must see to it now; it only rises. Approving and declining take the same authority
    (escalation.AuthorityLimit, decision goodwill, on the JST day of deciding); who lacks it passes up. Declined only
    with reasons. Never by the requester, the registrar of the charge, or the author of a disputed answer on the
    ticket. Over the row's two-person amount the first manager leaves it `seconding`; a second, other one approves.
    A `charge` that is waived whole falls; otherwise the amount becomes a credit on `contract`.
    """

    class Booking(models.TextChoices):
        """How it is booked where a filed tariff applies (L19)."""

        REDUCTION = "reduction", _("reduction")
        CORRECTION = "correction", _("correction of an error")

    ticket = models.ForeignKey(
        "tickets.Ticket", on_delete=models.PROTECT, related_name="waivers", verbose_name=_("ticket")
    )
    customer = models.ForeignKey(
        "tickets.Customer", on_delete=models.PROTECT, related_name="waivers", verbose_name=_("customer")
    )
    contract = models.ForeignKey(
        Contract, on_delete=models.PROTECT, related_name="waivers", verbose_name=_("contract")
    )
    charge = models.ForeignKey(
        Charge,
        on_delete=models.PROTECT,
        related_name="waivers",
        null=True,
        blank=True,
        verbose_name=_("charge"),
    )
    amount_yen = models.BigIntegerField(_("amount, tax included (yen)"))
    booking = models.CharField(
        _("booked as"), max_length=10, choices=Booking.choices, default=Booking.REDUCTION
    )
    reason = models.TextField(_("reason"))
    requested_by = models.ForeignKey(
        "tickets.Staff", on_delete=models.PROTECT, related_name="+", verbose_name=_("requested by")
    )
    requested_at = models.DateTimeField(_("requested at"))
    promise = models.OneToOneField(
        "tickets.Promise", on_delete=models.PROTECT, related_name="waiver", verbose_name=_("promise")
    )
    status = FSMField(_("status"), default="requested", protected=True)
    tier = models.PositiveSmallIntegerField(_("for tier"), choices=Tier.choices, default=Tier.LEADER)
    first_by = models.ForeignKey(
        "tickets.Staff",
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("first approval by"),
    )
    decided_by = models.ForeignKey(
        "tickets.Staff",
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("decided by"),
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    reasons = models.TextField(_("reasons of the decision"), blank=True)

    objects: ClassVar[OfTicket[Waiver]] = OfTicket.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("waiver")
        verbose_name_plural = _("waivers")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(status__in=WAIVER.states), name="c7_waiver_status"),
            models.CheckConstraint(condition=Q(amount_yen__gt=0), name="c7_waiver_of_something"),
            models.CheckConstraint(condition=~Q(reason=""), name="c7_waiver_says_why"),
            models.CheckConstraint(
                condition=(Q(decided_by__isnull=True) | ~Q(decided_by=F("requested_by")))
                & (Q(first_by__isnull=True) | ~Q(first_by=F("requested_by"))),
                name="c7_never_by_the_requester",
            ),
            models.CheckConstraint(
                condition=Q(first_by__isnull=True)
                | Q(decided_by__isnull=True)
                | ~Q(first_by=F("decided_by")),
                name="c7_two_different_people",
            ),
            models.CheckConstraint(
                condition=~Q(status="declined") | ~Q(reasons=""), name="c7_declined_only_with_reasons"
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["approved", "declined"])
                | Q(decided_by__isnull=False, decided_at__isnull=False),
                name="c7_decided_by_someone",
            ),
            models.CheckConstraint(
                condition=~Q(status="seconding") | Q(first_by__isnull=False), name="c7_seconding_has_a_first"
            ),
            models.CheckConstraint(condition=Q(booking__in=["reduction", "correction"]), name="c7_booking"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["tier", "requested_at", "id"], name="waiver_inbox"),
            models.Index(fields=["customer", "decided_at"], name="waiver_of_customer"),
            models.Index(fields=["decided_at"], name="waiver_decided_at"),
        ]
        triggers: ClassVar[list[Any]] = [
            *WAIVER.triggers(),
            NeverDeleted(rule="C7", what="a waiver"),
            FixedFields(
                rule="C7",
                name="waiver_fixed",
                what="a waiver",
                fields=[
                    "ticket",
                    "customer",
                    "contract",
                    "charge",
                    "amount_yen",
                    "requested_by",
                    "requested_at",
                    "promise",
                ],
            ),
            *waiver_rules.RULES,
        ]

    def __str__(self) -> str:
        return f"{self.amount_yen} {self.status}"

    @WAIVER.step("second")
    def second(self, *, by: Any) -> None:
        """The first of two has approved; another must."""
        self.first_by = by

    @WAIVER.step("approve")
    def approve(self, *, by: Any, at: dt.datetime, reasons: str) -> None:
        """It is given."""
        self.decided_by, self.decided_at, self.reasons = by, at, reasons

    @WAIVER.step("decline")
    def decline(self, *, by: Any, at: dt.datetime, reasons: str) -> None:
        """It is not given, and why."""
        self.decided_by, self.decided_at, self.reasons = by, at, reasons

    @WAIVER.step("pass_up")
    def pass_up(self) -> None:
        """Up: not within this person's authority, or not theirs to decide. Its promise says how far."""

    @WAIVER.step("withdraw")
    def withdraw(self, *, at: dt.datetime, reasons: str) -> None:
        """The charge fell by itself, or the requester takes it back."""
        self.decided_at, self.reasons = at, reasons
