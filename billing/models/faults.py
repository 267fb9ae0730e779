"""Whose fault it was, and who said otherwise (C5, C7, A8)."""

from __future__ import annotations

import datetime as dt
from typing import Any, ClassVar

from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField

from billing.lifecycle import FAULT_REVIEW, GIVES, TAKES
from billing.models import fault_rules
from billing.models.visibility import OfTicket
from tickets.rules import AppendOnly, FixedFields, NeverDeleted


class Verdict(models.TextChoices):
    """Whose fault. `undetermined` also stands while a review is open."""

    COMPANY = "company", _("company")
    CARRIER = "carrier", _("carrier")
    CUSTOMER = "customer", _("customer")
    THIRD = "third", _("third party")
    UNDETERMINED = "undetermined", _("undetermined")


class FaultReview(models.Model):
    """Asks whose fault a charge, a registration or a stopped line is (C5).

    While it is open nothing it touches can be billed or demanded. Company and carrier give back: one leader or above
    decides. Customer and third party take: `decided_by` proposes, `second_by` confirms, two different people of SV
    or above. Never the requester, the registrar, or the author of a disputed answer. `error_on` (JST) is the day of
    the error, which governs, not the day it was reported (C6).
    """

    ticket = models.ForeignKey(
        "tickets.Ticket", on_delete=models.PROTECT, related_name="fault_reviews", verbose_name=_("ticket")
    )
    charge = models.ForeignKey(
        "billing.Charge",
        on_delete=models.PROTECT,
        related_name="fault_reviews",
        null=True,
        blank=True,
        verbose_name=_("charge"),
    )
    registration = models.ForeignKey(
        "billing.OptionRegistration",
        on_delete=models.PROTECT,
        related_name="fault_reviews",
        null=True,
        blank=True,
        verbose_name=_("registration"),
    )
    line = models.ForeignKey(
        "billing.ServiceLine",
        on_delete=models.PROTECT,
        related_name="fault_reviews",
        null=True,
        blank=True,
        verbose_name=_("service line"),
    )
    question = models.CharField(_("what is in question"), max_length=300)
    error_on = models.DateField(_("day of the error"))
    requested_by = models.ForeignKey(
        "tickets.Staff", on_delete=models.PROTECT, related_name="+", verbose_name=_("requested by")
    )
    requested_at = models.DateTimeField(_("requested at"))
    promise = models.OneToOneField(
        "tickets.Promise", on_delete=models.PROTECT, related_name="fault_review", verbose_name=_("promise")
    )
    status = FSMField(_("status"), default="open", protected=True)
    verdict = models.GeneratedField(
        expression=Case(
            When(status__in=["open", "seconding"], then=Value("undetermined")),
            default=F("status"),
            output_field=models.CharField(max_length=12),
        ),
        output_field=models.CharField(max_length=12),
        db_persist=True,
        verbose_name=_("verdict"),
    )
    proposed_verdict = models.CharField(_("proposed verdict"), max_length=12, blank=True)
    decided_by = models.ForeignKey(
        "tickets.Staff",
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("decided by"),
    )
    second_by = models.ForeignKey(
        "tickets.Staff",
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("confirmed by"),
    )
    reasons = models.TextField(_("reasons"), blank=True)
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)

    objects: ClassVar[OfTicket[FaultReview]] = OfTicket.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("fault review")
        verbose_name_plural = _("fault reviews")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(status__in=FAULT_REVIEW.states), name="c5_review_status"),
            models.CheckConstraint(
                condition=Q(charge__isnull=False) | Q(registration__isnull=False) | Q(line__isnull=False),
                name="c5_review_has_a_subject",
            ),
            models.CheckConstraint(
                condition=Q(status="open")
                | (Q(decided_by__isnull=False, decided_at__isnull=False) & ~Q(reasons="")),
                name="c5_verdict_says_who_and_why",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=TAKES) | Q(second_by__isnull=False), name="c5_taking_needs_two"
            ),
            models.CheckConstraint(
                condition=Q(second_by__isnull=True) | ~Q(second_by=F("decided_by")),
                name="c5_two_different_people",
            ),
            models.CheckConstraint(
                condition=(Q(decided_by__isnull=True) | ~Q(decided_by=F("requested_by")))
                & (Q(second_by__isnull=True) | ~Q(second_by=F("requested_by"))),
                name="c5_not_by_the_requester",
            ),
            models.CheckConstraint(
                condition=~Q(status="seconding") | Q(proposed_verdict__in=TAKES), name="c5_seconding_what"
            ),
            models.UniqueConstraint(
                fields=["registration"],
                condition=Q(status__in=["open", "seconding", "undetermined"]),
                name="c5_one_open_review_a_registration",
            ),
            models.UniqueConstraint(
                fields=["charge"],
                condition=Q(status__in=["open", "seconding", "undetermined"]),
                name="c5_one_open_review_a_charge",
            ),
        ]
        triggers: ClassVar[list[Any]] = [
            *FAULT_REVIEW.triggers(),
            NeverDeleted(rule="C5", what="a fault review"),
            FixedFields(
                rule="C5",
                name="review_fixed",
                what="a fault review",
                fields=[
                    "ticket",
                    "charge",
                    "registration",
                    "line",
                    "requested_by",
                    "requested_at",
                    "promise",
                    "error_on",
                ],
            ),
            *fault_rules.RULES,
        ]

    def __str__(self) -> str:
        return self.question

    @property
    def gives_back(self) -> bool:
        """Whether the verdict that stands is company or carrier."""
        return self.status in GIVES

    def _decided(self, by: Any, at: dt.datetime, reasons: str) -> None:
        self.decided_by, self.decided_at, self.reasons = by, at, reasons

    @FAULT_REVIEW.step("find_company")
    def find_company(self, *, by: Any, at: dt.datetime, reasons: str) -> None:
        """Our error: what it cost falls, by trigger."""
        self._decided(by, at, reasons)
        self.second_by = None

    @FAULT_REVIEW.step("find_carrier")
    def find_carrier(self, *, by: Any, at: dt.datetime, reasons: str) -> None:
        """The carrier's error: for the customer the same as ours."""
        self._decided(by, at, reasons)
        self.second_by = None

    @FAULT_REVIEW.step("leave_undetermined")
    def leave_undetermined(self, *, by: Any, at: dt.datetime, reasons: str) -> None:
        """Nobody can say yet: nothing is billed meanwhile."""
        self._decided(by, at, reasons)

    @FAULT_REVIEW.step("propose_taking")
    def propose_taking(self, *, verdict: str, by: Any, at: dt.datetime, reasons: str) -> None:
        """The first of two says customer or third party; nothing changes until another confirms."""
        self._decided(by, at, reasons)
        self.proposed_verdict = verdict

    @FAULT_REVIEW.step("find_customer")
    def find_customer(self, *, second: Any, at: dt.datetime) -> None:
        """The second confirms that it was the customer."""
        self.second_by, self.decided_at = second, at

    @FAULT_REVIEW.step("find_third")
    def find_third(self, *, second: Any, at: dt.datetime) -> None:
        """The second confirms that it was a third party."""
        self.second_by, self.decided_at = second, at


class DisputedAnswer(models.Model):
    """An answer or order on a ticket that is in dispute, and its author, who then decides nothing there (C5, C7, A8)."""

    class Source(models.TextChoices):
        """Where it was said."""

        ANSWER = "answer", _("answer to a customer")
        LEADER_ANSWER = "leader_answer", _("a leader's answer to an operator")
        INSTRUCTION = "instruction", _("instruction")

    ticket = models.ForeignKey(
        "tickets.Ticket", on_delete=models.PROTECT, related_name="disputed_answers", verbose_name=_("ticket")
    )
    author = models.ForeignKey(
        "tickets.Staff", on_delete=models.PROTECT, related_name="+", verbose_name=_("author")
    )
    source = models.CharField(_("source"), max_length=16, choices=Source.choices)
    source_id = models.BigIntegerField(_("number of the source"), null=True, blank=True)
    words = models.TextField(_("words"))
    recorded_at = models.DateTimeField(_("recorded at"))

    class Meta:
        verbose_name = _("disputed answer")
        verbose_name_plural = _("disputed answers")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["ticket", "source", "source_id", "author"],
                name="c7_disputed_once",
                nulls_distinct=False,
            )
        ]
        triggers: ClassVar[list[Any]] = [AppendOnly(rule="C7", what="a disputed answer")]

    def __str__(self) -> str:
        return self.words[:60]
