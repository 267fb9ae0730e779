"""What something costs, what the customer was told about it, and what is given back (C4, C5, C8, C10, C11)."""

from __future__ import annotations

import datetime as dt
from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField

from billing.lifecycle import CHARGE, CREDIT, FALLEN, FIRM
from billing.models import charge_rules
from billing.models.contracts import Contract, ServiceLine
from billing.models.faults import Verdict
from billing.models.registrations import OptionRegistration, Origin
from billing.models.visibility import DirectlyOfCustomer, OfCustomer
from tickets.rules import FixedFields, NeverDeleted


class ChargeKind(models.TextChoices):
    """What a charge is for. The first two stand on a registration and its evidence, the others on the contract."""

    OPTION_FEE = "option_fee", _("option fee")
    RE_REGISTRATION_FEE = "re_registration_fee", _("re-registration fee")
    CONTRACT_FEE = "contract_fee", _("monthly fee")
    CONSTRUCTION = "construction", _("construction")
    RESIDUAL = "residual", _("residual of construction")
    PENALTY = "penalty", _("penalty")
    WITHDRAWAL_COST = "withdrawal_cost", _("cost after early withdrawal")
    DEVICE = "device", _("device not returned")


ON_REGISTRATION = (ChargeKind.OPTION_FEE, ChargeKind.RE_REGISTRATION_FEE)


class FallKind(models.TextChoices):
    """Why a charge fell. Each but the last stands on another row that the database asks for."""

    FAULT = "fault", _("error of the company or carrier")
    WAIVER = "waiver", _("waiver")
    CORRECTION = "correction", _("registration void from its start")
    WITHDRAWN = "withdrawn", _("withdrawn before validation")


class Charge(models.Model):
    """One charge, in yen; dates JST, `period_until` exclusive (C1, C4, C5).

    The tax shown here is that of the charge alone (rounded down, at the rate of `supply_on`); the bill rounds once
    per rate (`Invoice`). `fault` is kept by the fault reviews, by trigger: while it is company, carrier or
    undetermined the row cannot be validated, billed, settled or demanded. `demand_open`: payment is being asked for.
    Who may: services/charges.py proposes and validates; the verdict and the waiver make it fall.
    """

    contract = models.ForeignKey(
        Contract, on_delete=models.PROTECT, related_name="charges", verbose_name=_("contract")
    )
    registration = models.ForeignKey(
        OptionRegistration,
        on_delete=models.PROTECT,
        related_name="charges",
        null=True,
        blank=True,
        verbose_name=_("registration"),
    )
    line = models.ForeignKey(
        ServiceLine,
        on_delete=models.PROTECT,
        related_name="charges",
        null=True,
        blank=True,
        verbose_name=_("service line"),
    )
    kind = models.CharField(_("kind"), max_length=24, choices=ChargeKind.choices)
    what = models.CharField(_("what for"), max_length=120)
    origin = models.CharField(_("origin"), max_length=10, choices=Origin.choices, default=Origin.DESK)
    legacy_ref = models.CharField(_("reference in the old system"), max_length=60, blank=True)
    period_from = models.DateField(_("from"))
    period_until = models.DateField(_("until (exclusive)"))
    supply_on = models.DateField(_("supply date"))
    net_yen = models.BigIntegerField(_("before tax (yen)"))
    taxable = models.BooleanField(_("taxable"), default=True)
    tax_percent = models.PositiveSmallIntegerField(_("tax rate (per cent)"))
    tax_yen = models.BigIntegerField(_("tax (yen)"))
    total_yen = models.GeneratedField(
        expression=F("net_yen") + F("tax_yen"),
        output_field=models.BigIntegerField(),
        db_persist=True,
        verbose_name=_("tax included (yen)"),
    )
    status = FSMField(_("status"), default="proposed", protected=True)
    fault = models.CharField(_("fault"), max_length=12, choices=Verdict.choices, blank=True)
    demand_open = models.BooleanField(_("payment is being demanded"), default=False)
    proposed_by = models.ForeignKey(
        "tickets.Staff",
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("proposed by"),
    )
    proposed_at = models.DateTimeField(_("proposed at"))
    billed_at = models.DateTimeField(_("billed at"), null=True, blank=True)
    settled_at = models.DateTimeField(_("paid at"), null=True, blank=True)
    fallen_at = models.DateTimeField(_("fell at"), null=True, blank=True)
    fall_kind = models.CharField(_("why it fell"), max_length=10, choices=FallKind.choices, blank=True)
    fall_reason = models.TextField(_("reasons"), blank=True)

    objects: ClassVar[OfCustomer[Charge]] = OfCustomer.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("charge")
        verbose_name_plural = _("charges")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(status__in=CHARGE.states), name="c5_charge_status"),
            models.CheckConstraint(condition=Q(kind__in=ChargeKind.values), name="c4_charge_kind"),
            models.CheckConstraint(condition=Q(fault__in=["", *Verdict.values]), name="c5_charge_fault"),
            models.CheckConstraint(
                condition=~Q(fault__in=FIRM, status__in=["validated", "billed", "settled"]),
                name="c5_company_fault_never_billed",
            ),
            models.CheckConstraint(
                condition=~Q(fault__in=FIRM, demand_open=True), name="c5_company_fault_never_demanded"
            ),
            models.CheckConstraint(
                condition=~Q(demand_open=True) | Q(status="billed"), name="c5_only_a_bill_is_demanded"
            ),
            models.CheckConstraint(
                condition=~Q(kind__in=ON_REGISTRATION) | Q(registration__isnull=False),
                name="c4_option_charge_has_registration",
            ),
            models.CheckConstraint(
                condition=Q(status__in=FALLEN, fallen_at__isnull=False, fall_kind__in=FallKind.values)
                | Q(~Q(status__in=FALLEN), fallen_at__isnull=True, fall_kind=""),
                name="c5_fallen_says_when_and_why",
            ),
            models.CheckConstraint(
                condition=Q(net_yen__gte=0, tax_yen__gte=0), name="c1_charge_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(tax_yen=F("net_yen") * F("tax_percent") / 100), name="c11_charge_tax_rounds_down"
            ),
            models.CheckConstraint(
                condition=Q(taxable=True) | Q(tax_percent=0), name="c11_untaxed_has_no_rate"
            ),
            models.CheckConstraint(condition=Q(period_until__gt=F("period_from")), name="c1_charge_period"),
            models.CheckConstraint(
                condition=~Q(status__in=["billed", "settled"]) | Q(billed_at__isnull=False),
                name="c5_billed_has_a_time",
            ),
            models.CheckConstraint(
                condition=~Q(status="settled") | Q(settled_at__isnull=False), name="c5_settled_has_a_time"
            ),
            models.CheckConstraint(
                condition=~Q(origin="imported") | ~Q(legacy_ref=""), name="c4_imported_charge_says_from_where"
            ),
            models.UniqueConstraint(
                fields=["registration", "kind", "period_from"],
                condition=Q(registration__isnull=False) & ~Q(status__in=FALLEN),
                name="c4_one_charge_a_period",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["contract", "-period_from"], name="charge_by_contract"),
            models.Index(fields=["status", "fault"], name="charge_by_status"),
            models.Index(fields=["fallen_at"], name="charge_fallen_at", condition=Q(fallen_at__isnull=False)),
        ]
        triggers: ClassVar[list[Any]] = [
            *CHARGE.triggers(),
            NeverDeleted(rule="C5", what="a charge"),
            FixedFields(
                rule="C5",
                name="charge_fixed",
                what="a charge",
                fields=[
                    "contract",
                    "registration",
                    "line",
                    "kind",
                    "origin",
                    "period_from",
                    "period_until",
                    "supply_on",
                    "net_yen",
                    "taxable",
                    "tax_percent",
                    "tax_yen",
                ],
            ),
            *charge_rules.RULES,
        ]

    def __str__(self) -> str:
        return f"{self.what} {self.total_yen}"

    @CHARGE.step("validate")
    def validate(self) -> None:
        """It may go on a bill; the database asks for evidence and delivery (C4, C10)."""

    @CHARGE.step("bill")
    def bill(self, *, at: dt.datetime) -> None:
        """It is on a bill that has been sent."""
        self.billed_at = at

    @CHARGE.step("settle")
    def settle(self, *, at: dt.datetime) -> None:
        """It is paid."""
        self.settled_at, self.demand_open = at, False

    @CHARGE.step("hold")
    def hold(self) -> None:
        """It is disputed before it was billed (請求保留)."""

    @CHARGE.step("release")
    def release(self) -> None:
        """Two people found against the customer: it may be billed after all."""

    @CHARGE.step("dispute")
    def dispute(self) -> None:
        """It is disputed after it was billed: no demand meanwhile."""
        self.demand_open = False

    @CHARGE.step("uphold_billed")
    def uphold_billed(self) -> None:
        """Two people found against the customer: the bill stands."""

    @CHARGE.step("uphold_settled")
    def uphold_settled(self) -> None:
        """Two people found against the customer: what was paid stays paid."""

    @CHARGE.step("void")
    def void(self, *, at: dt.datetime, kind: str, reason: str) -> None:
        """It falls before it was billed."""
        self._fall(at, kind, reason)

    @CHARGE.step("credit")
    def credit(self, *, at: dt.datetime, kind: str, reason: str) -> None:
        """It falls after it was billed; a trigger writes the credit."""
        self._fall(at, kind, reason)

    def _fall(self, at: dt.datetime, kind: str, reason: str) -> None:
        self.fallen_at, self.fall_kind, self.fall_reason, self.demand_open = at, kind, reason, False

    @property
    def is_fallen(self) -> bool:
        """Void or credited: nobody owes it any more."""
        return self.status in FALLEN


class Credit(models.Model):
    """Money the company owes a customer, in yen: a whole charge, part of one, a delay, goodwill (C5, C7, C10, D7).

    Tax is rounded up: what is given back is never a yen short. `applied`: it stands on a bill (充当); `refunded`:
    it was paid out (返金). Under the figure `return_invoice_from` no 返還インボイス is due (L16).
    """

    class Kind(models.TextChoices):
        """What the credit is for."""

        FAULT = "fault", _("error of the company or carrier")
        WAIVER = "waiver", _("waiver")
        CORRECTION = "correction", _("registration void from its start")
        DELAY = "delay", _("delivered late")
        EARLY_STOP = "early_stop", _("stopped early")

    customer = models.ForeignKey(
        "tickets.Customer", on_delete=models.PROTECT, related_name="credits", verbose_name=_("customer")
    )
    contract = models.ForeignKey(
        Contract, on_delete=models.PROTECT, related_name="credits", verbose_name=_("contract")
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    charge = models.ForeignKey(
        Charge,
        on_delete=models.PROTECT,
        related_name="credits",
        null=True,
        blank=True,
        verbose_name=_("charge"),
    )
    waiver = models.ForeignKey(
        "billing.Waiver",
        on_delete=models.PROTECT,
        related_name="credits",
        null=True,
        blank=True,
        verbose_name=_("waiver"),
    )
    delayed_registration = models.OneToOneField(
        OptionRegistration,
        on_delete=models.PROTECT,
        related_name="delay_credit",
        null=True,
        blank=True,
        verbose_name=_("delivered late"),
    )
    stopped_line = models.ForeignKey(
        ServiceLine,
        on_delete=models.PROTECT,
        related_name="credits",
        null=True,
        blank=True,
        verbose_name=_("stopped early"),
    )
    net_yen = models.BigIntegerField(_("before tax (yen)"))
    tax_percent = models.PositiveSmallIntegerField(_("tax rate (per cent)"))
    tax_yen = models.BigIntegerField(_("tax (yen)"))
    total_yen = models.GeneratedField(
        expression=F("net_yen") + F("tax_yen"),
        output_field=models.BigIntegerField(),
        db_persist=True,
        verbose_name=_("tax included (yen)"),
    )
    status = FSMField(_("status"), default="owed", protected=True)
    owed_at = models.DateTimeField(_("owed since"))
    ended_at = models.DateTimeField(_("given at"), null=True, blank=True)
    refund_ref = models.CharField(_("reference of the refund"), max_length=60, blank=True)

    objects: ClassVar[DirectlyOfCustomer[Credit]] = DirectlyOfCustomer.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("credit")
        verbose_name_plural = _("credits")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(net_yen__gte=0, tax_yen__gte=0), name="c1_credit_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["fault", "correction"], charge__isnull=False)
                | Q(kind="waiver", waiver__isnull=False)
                | Q(kind="delay", delayed_registration__isnull=False)
                | Q(kind="early_stop", stopped_line__isnull=False),
                name="c7_credit_has_a_basis",
            ),
            models.CheckConstraint(
                condition=Q(status="owed", ended_at__isnull=True)
                | Q(status="applied", ended_at__isnull=False)
                | (Q(status="refunded", ended_at__isnull=False) & ~Q(refund_ref="")),
                name="c5_credit_given_says_how",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["customer"], name="credit_owed", condition=Q(status="owed"))
        ]
        triggers: ClassVar[list[Any]] = [
            *CREDIT.triggers(),
            NeverDeleted(rule="C5", what="a credit"),
            FixedFields(
                rule="C5",
                name="credit_fixed",
                what="a credit",
                fields=[
                    "customer",
                    "contract",
                    "kind",
                    "charge",
                    "waiver",
                    "delayed_registration",
                    "stopped_line",
                    "net_yen",
                    "tax_percent",
                    "tax_yen",
                    "owed_at",
                ],
            ),
            *charge_rules.CREDIT_RULES,
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.total_yen}"

    @CREDIT.step("apply")
    def apply(self, *, at: dt.datetime) -> None:
        """It stands on a bill."""
        self.ended_at = at

    @CREDIT.step("refund")
    def refund(self, *, at: dt.datetime, reference: str) -> None:
        """It was paid out."""
        self.ended_at, self.refund_ref = at, reference
