"""A customer's contract, the access line under it, and the service lines on that, each with its own dates (C1, D2)."""

from __future__ import annotations

import datetime as dt
from typing import Any, ClassVar

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop
from django_fsm import FSMField

from billing.lifecycle import LINE
from billing.models.catalogue import DocumentVersion, LineKind, ProductVersion
from billing.models.visibility import DirectlyOfCustomer, OfCustomer
from tickets.dates import day_of, last_usable_minute
from tickets.formats import phone_text
from tickets.rules import AppendOnly, FixedFields, NeverDeleted, Rule


class EndOfJapaneseDay(models.Func):
    """24:00 in Asia/Tokyo of a date, as an instant. Immutable in PostgreSQL, so fit for a generated column."""

    template = "((%(expressions)s + 1)::timestamp AT TIME ZONE 'Asia/Tokyo')"
    output_field = models.DateTimeField()


class Contract(models.Model):
    """What one customer has agreed to, under which version of product and document (C1).

    `started_on`, `last_day`: JST dates. `document_received_on`: the day the 契約書面 came into the customer's hands,
    day 1 of the eight (26-3; windows.py); null until that is known, and then the eight days have not begun.
    """

    class Kind(models.TextChoices):
        """Whom the caps of L6 protect: consumers; corporate contracts are outside them."""

        CONSUMER = "consumer", _("consumer")
        CORPORATE = "corporate", _("corporate")

    number = models.CharField(_("contract number"), max_length=20, unique=True)
    customer = models.ForeignKey(
        "tickets.Customer", on_delete=models.PROTECT, related_name="contracts", verbose_name=_("customer")
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices, default=Kind.CONSUMER)
    product_version = models.ForeignKey(
        ProductVersion, on_delete=models.PROTECT, related_name="contracts", verbose_name=_("product version")
    )
    document_version = models.ForeignKey(
        DocumentVersion,
        on_delete=models.PROTECT,
        related_name="contracts",
        verbose_name=_("document version"),
    )
    agency = models.ForeignKey(
        "tickets.Company",
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("agency that sold it"),
    )
    started_on = models.DateField(_("started on"))
    document_received_on = models.DateField(_("contract document received on"), null=True, blank=True)
    last_day = models.DateField(_("last day"), null=True, blank=True)

    objects: ClassVar[DirectlyOfCustomer[Contract]] = DirectlyOfCustomer.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("contract")
        verbose_name_plural = _("contracts")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind__in=["consumer", "corporate"]), name="c1_contract_kind"
            ),
            models.CheckConstraint(
                condition=models.Q(last_day__isnull=True) | models.Q(last_day__gte=models.F("started_on")),
                name="c1_contract_ends_after_start",
            ),
        ]
        triggers = [
            NeverDeleted(rule="C1", what="a contract"),
            FixedFields(
                rule="C1",
                name="contract_terms_fixed",
                what="a contract",
                fields=["number", "customer", "product_version", "started_on"],
            ),
        ]

    def __str__(self) -> str:
        return self.number


class AccessLine(models.Model):
    """The circuit into a building, provided by a carrier; service lines run on it."""

    contract = models.ForeignKey(
        Contract, on_delete=models.PROTECT, related_name="access_lines", verbose_name=_("contract")
    )
    carrier = models.ForeignKey(
        "tickets.Company", on_delete=models.PROTECT, related_name="+", verbose_name=_("carrier")
    )
    circuit = models.CharField(_("circuit"), max_length=40, unique=True)
    address = models.CharField(_("address"), max_length=200)

    objects: ClassVar[OfCustomer[AccessLine]] = OfCustomer.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("access line")
        verbose_name_plural = _("access lines")
        triggers = [
            FixedFields(rule="C1", name="access_line_fixed", what="an access line", fields=["contract"])
        ]

    def __str__(self) -> str:
        return self.circuit


class ServiceLine(models.Model):
    """Internet, phone or television on an access line. Its dates are its own; no line's end follows another's (D2).

    `last_day`: the last JST date in service. `ends_at`: 24:00 JST of it, kept by the database. `last_day_set_by`
    and `last_day_why` are shown wherever 解約待ち is (D5). `stop_consent` is the customer's own recorded consent to
    an earlier stop. Who may: the cancellation services (billing/services) set last days; the stop job stops.
    """

    contract = models.ForeignKey(
        Contract, on_delete=models.PROTECT, related_name="lines", verbose_name=_("contract")
    )
    access_line = models.ForeignKey(
        AccessLine, on_delete=models.PROTECT, related_name="lines", verbose_name=_("access line")
    )
    kind = models.CharField(_("kind"), max_length=10, choices=LineKind.choices)
    number = models.CharField(_("phone number or line id"), max_length=40, blank=True)
    status = FSMField(_("status"), default="active", protected=True)
    activated_on = models.DateField(_("activated on"))
    last_day = models.DateField(_("last day"), null=True, blank=True)
    ends_at = models.GeneratedField(
        expression=EndOfJapaneseDay("last_day"),
        output_field=models.DateTimeField(null=True),
        db_persist=True,
        verbose_name=_("ends at"),
    )
    last_day_set_by = models.ForeignKey(
        "tickets.Staff",
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        db_index=False,
        verbose_name=_("last day set by"),
    )
    last_day_why = models.CharField(_("why that last day"), max_length=200, blank=True)
    stopped_at = models.DateTimeField(_("stopped at"), null=True, blank=True)
    stop_consent = models.ForeignKey(
        "billing.StopConsent",
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        db_index=False,
        verbose_name=_("consent to an earlier stop"),
    )

    objects: ClassVar[OfCustomer[ServiceLine]] = OfCustomer.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("service line")
        verbose_name_plural = _("service lines")
        constraints = [
            models.CheckConstraint(condition=models.Q(kind__in=LineKind.values), name="c1_line_kind"),
            models.CheckConstraint(
                condition=models.Q(last_day__isnull=True) | models.Q(last_day__gte=models.F("activated_on")),
                name="c1_line_ends_after_start",
            ),
            models.CheckConstraint(
                condition=models.Q(status="active")
                | (models.Q(last_day__isnull=False) & ~models.Q(last_day_why="")),
                name="d5_last_day_says_why",
            ),
        ]
        triggers = [
            *LINE.triggers(),
            NeverDeleted(rule="C1", what="a service line"),
            FixedFields(
                rule="C1",
                name="line_fixed",
                what="a service line",
                fields=["contract", "access_line", "kind", "activated_on"],
            ),
            Rule(
                rule="C1",
                name="line_on_its_contract",
                says=gettext_noop("a service line and its access line belong to one contract"),
                refuse_if=(
                    "NOT EXISTS (SELECT 1 FROM billing_accessline a "
                    "WHERE a.id = NEW.access_line_id AND a.contract_id = NEW.contract_id)"
                ),
                # Neither end of it can move otherwise: an access line keeps its contract (access_line_fixed).
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("contract_id", "access_line_id"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {phone_text(self.number)}".strip()

    @property
    def last_usable_minute(self) -> dt.datetime | None:
        """23:59 JST of the last day, as the customer is told (D5); None while no end is set."""
        return last_usable_minute(self.last_day) if self.last_day else None

    @LINE.step("plan_stop")
    def plan_stop(self, *, last_day: dt.date, set_by: Any, why: str) -> None:
        """Set the last day (JST). `why` says which wish or document it comes from."""
        self.last_day, self.last_day_set_by, self.last_day_why = last_day, set_by, why

    @LINE.step("take_back_stop")
    def take_back_stop(self) -> None:
        """The customer stays: no end any more."""
        self.last_day, self.last_day_set_by, self.last_day_why, self.stop_consent = None, None, "", None

    @LINE.step("stop")
    def stop(self, *, at: dt.datetime) -> None:
        """Service has ended at `at`; the database refuses it before `ends_at` (D2)."""
        self.stopped_at = at

    @LINE.step("reconnect")
    def reconnect(self) -> None:
        """Service is given back (B6, D7); the last day stands."""
        self.stopped_at = None

    def in_service_on(self, day: dt.date) -> bool:
        """Whether the line was had on any part of the JST date `day`."""
        stopped = day_of(self.stopped_at) if self.stopped_at else None
        return self.activated_on <= day and (stopped is None or day <= stopped)


class LineEvent(models.Model):
    """What happened on a line, as the technical desk sees it (A15): lamps, sync, stops, restarts. Append-only."""

    line = models.ForeignKey(
        ServiceLine,
        on_delete=models.PROTECT,
        related_name="events",
        db_index=False,
        verbose_name=_("service line"),
    )
    kind = models.CharField(_("kind"), max_length=40)
    at = models.DateTimeField(_("at"))
    source = models.CharField(_("source"), max_length=80)
    detail = models.CharField(_("detail"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("line event")
        verbose_name_plural = _("line events")
        indexes = [models.Index(fields=["line", "-at"], name="line_event_by_line")]
        triggers = [AppendOnly(rule="A15", what="a line event")]

    def __str__(self) -> str:
        return f"{self.line} {self.kind}"
