"""What an error of the company or carrier owes: a report to the partner, a sweep for the same error (C9; L8)."""

from __future__ import annotations

import datetime as dt
from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField

from billing.lifecycle import ERROR_REPORT, SWEEP
from billing.models import fault_rules
from billing.models.faults import FaultReview
from billing.models.visibility import OfReviewsTicket
from tickets.rules import FixedFields, NeverDeleted


class ErrorReport(models.Model):
    """The report of our or the carrier's error to the partner or agency concerned (C9, L8). Owed by the verdict."""

    review = models.OneToOneField(
        FaultReview, on_delete=models.PROTECT, related_name="error_report", verbose_name=_("fault review")
    )
    promise = models.OneToOneField(
        "tickets.Promise", on_delete=models.PROTECT, related_name="error_report", verbose_name=_("promise")
    )
    company = models.ForeignKey(
        "tickets.Company",
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("reported to"),
    )
    status = FSMField(_("status"), default="owed", protected=True)
    what_happened = models.TextField(_("what happened"), blank=True)
    prevention = models.TextField(_("prevention"), blank=True)
    sent_how = models.CharField(_("how it was sent"), max_length=120, blank=True)
    sent_by = models.ForeignKey(
        "tickets.Staff",
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("sent by"),
    )
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True)

    objects: ClassVar[OfReviewsTicket[ErrorReport]] = OfReviewsTicket.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("error report")
        verbose_name_plural = _("error reports")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=~Q(status="sent")
                | (
                    Q(sent_at__isnull=False, sent_by__isnull=False, company__isnull=False)
                    & ~Q(what_happened="")
                    & ~Q(prevention="")
                    & ~Q(sent_how="")
                ),
                name="c9_report_is_whole",
            )
        ]
        triggers: ClassVar[list[Any]] = [
            *ERROR_REPORT.triggers(),
            NeverDeleted(rule="C9", what="an error report"),
            FixedFields(rule="C9", name="report_fixed", what="an error report", fields=["review", "promise"]),
        ]

    def __str__(self) -> str:
        return f"{self.review}"

    @ERROR_REPORT.step("send")
    def send(
        self, *, company_id: int, what_happened: str, prevention: str, how: str, by: Any, at: dt.datetime
    ) -> None:
        """It has gone to the company concerned; `how` says by what mail, fax or form."""
        self.company_id, self.what_happened, self.prevention = company_id, what_happened, prevention
        self.sent_how, self.sent_by, self.sent_at = how, by, at


class Sweep(models.Model):
    """The search for the same error elsewhere, around the day of the error (C9). `from_on`, `until_on`: JST, inclusive."""

    review = models.OneToOneField(
        FaultReview, on_delete=models.PROTECT, related_name="sweep", verbose_name=_("fault review")
    )
    promise = models.OneToOneField(
        "tickets.Promise", on_delete=models.PROTECT, related_name="sweep", verbose_name=_("promise")
    )
    from_on = models.DateField(_("from"))
    until_on = models.DateField(_("until"))
    status = FSMField(_("status"), default="open", protected=True)
    finished_by = models.ForeignKey(
        "tickets.Staff",
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("finished by"),
    )
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)

    objects: ClassVar[OfReviewsTicket[Sweep]] = OfReviewsTicket.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("sweep")
        verbose_name_plural = _("sweeps")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(until_on__gte=F("from_on")), name="c9_sweep_has_days"),
            models.CheckConstraint(
                condition=~Q(status="finished") | Q(finished_by__isnull=False, finished_at__isnull=False),
                name="c9_sweep_finished_by_someone",
            ),
        ]
        triggers: ClassVar[list[Any]] = [
            *SWEEP.triggers(),
            NeverDeleted(rule="C9", what="a sweep"),
            FixedFields(
                rule="C9",
                name="sweep_fixed",
                what="a sweep",
                fields=["review", "promise", "from_on", "until_on"],
            ),
            *fault_rules.SWEEP_RULES,
        ]

    def __str__(self) -> str:
        return f"{self.review}"

    @SWEEP.step("finish")
    def finish(self, *, by: Any, at: dt.datetime) -> None:
        """Every item has been looked at."""
        self.finished_by, self.finished_at = by, at


class SweepItem(models.Model):
    """One registration or line that may have the same error, and what looking at it found."""

    class Outcome(models.TextChoices):
        """What looking found; blank while nobody has."""

        RIGHT = "right", _("in order")
        SAME_ERROR = "same_error", _("the same error")

    sweep = models.ForeignKey(Sweep, on_delete=models.PROTECT, related_name="items", verbose_name=_("sweep"))
    registration = models.ForeignKey(
        "billing.OptionRegistration",
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("registration"),
    )
    line = models.ForeignKey(
        "billing.ServiceLine",
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("service line"),
    )
    why = models.CharField(_("why it is here"), max_length=60)
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome.choices, blank=True)
    note = models.CharField(_("note"), max_length=200, blank=True)
    ticket = models.ForeignKey(
        "tickets.Ticket",
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("ticket opened for it"),
    )
    checked_by = models.ForeignKey(
        "tickets.Staff",
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("checked by"),
    )
    checked_at = models.DateTimeField(_("checked at"), null=True, blank=True)

    class Meta:
        verbose_name = _("sweep item")
        verbose_name_plural = _("sweep items")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["sweep", "registration"], name="c9_one_item_a_registration"),
            models.UniqueConstraint(fields=["sweep", "line"], name="c9_one_item_a_line"),
            models.CheckConstraint(
                condition=Q(registration__isnull=False, line__isnull=True)
                | Q(registration__isnull=True, line__isnull=False),
                name="c9_item_is_one_thing",
            ),
            models.CheckConstraint(
                condition=Q(outcome="") | Q(checked_by__isnull=False, checked_at__isnull=False),
                name="c9_item_checked_by_someone",
            ),
            # The same error found at another customer is a case of its own, not a note.
            models.CheckConstraint(
                condition=~Q(outcome="same_error") | Q(ticket__isnull=False),
                name="c9_same_error_has_a_ticket",
            ),
        ]
        triggers: ClassVar[list[Any]] = [
            NeverDeleted(rule="C9", what="a sweep item"),
            *fault_rules.ITEM_RULES,
        ]

    def __str__(self) -> str:
        return f"{self.registration or self.line}"
