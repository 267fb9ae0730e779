"""Options on the register, and their comparison with what the customer ordered (C2, C4, C6, C10)."""

from __future__ import annotations

import datetime as dt
from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField

from billing.lifecycle import REGISTRATION
from billing.models import registration_rules
from billing.models.catalogue import OptionItem
from billing.models.contracts import Contract, ServiceLine
from billing.models.evidence import OrderEvidence
from billing.models.visibility import OfCustomer
from tickets.rules import AppendOnly, FixedFields, NeverDeleted


class JapaneseDate(models.Func):
    """The date in Asia/Tokyo on which an instant falls. Immutable in PostgreSQL, so fit for a CHECK."""

    template = "(((%(expressions)s) AT TIME ZONE 'Asia/Tokyo')::date)"
    output_field = models.DateField()


# On the register, or on its way there.
LIVE = ("draft", "evidenced", "verified", "notified", "active")


class Origin(models.TextChoices):
    """Where a row was first written."""

    DESK = "desk", _("this system")
    IMPORTED = "imported", _("imported from the old system")


class OptionRegistration(models.Model):
    """One option of one contract as the register has it (C2).

    Dates are JST. `ordered_on` is the customer's order, never the day it was keyed in; `starts_on` the promised
    start; `delivered_at` the real one; `billable_from` the first day that may cost anything, set on delivery.
    `corrects` points from the right registration to the wrong one it takes the place of (C6).

    A row born here can be active only after its evidence, a comparison without a difference, and a verifier other
    than the registrar. A row from the old system (`origin` imported) may be active without them, since it is; but
    nothing of it can be billed until it has evidence that shows the order (C4).
    """

    contract = models.ForeignKey(
        Contract, on_delete=models.PROTECT, related_name="registrations", verbose_name=_("contract")
    )
    line = models.ForeignKey(
        ServiceLine,
        on_delete=models.PROTECT,
        related_name="registrations",
        null=True,
        blank=True,
        verbose_name=_("service line"),
    )
    option = models.ForeignKey(
        OptionItem, on_delete=models.PROTECT, related_name="registrations", verbose_name=_("option")
    )
    evidence = models.ForeignKey(
        OrderEvidence,
        on_delete=models.PROTECT,
        related_name="registrations",
        null=True,
        blank=True,
        verbose_name=_("evidence"),
    )
    origin = models.CharField(_("origin"), max_length=10, choices=Origin.choices, default=Origin.DESK)
    legacy_ref = models.CharField(_("reference in the old system"), max_length=60, blank=True)
    registered_by = models.ForeignKey(
        "tickets.Staff", on_delete=models.PROTECT, related_name="+", verbose_name=_("registered by")
    )
    registered_at = models.DateTimeField(_("registered at"))
    verifier = models.ForeignKey(
        "tickets.Staff",
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("verified by"),
    )
    agency = models.ForeignKey(
        "tickets.Company",
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("agency"),
    )
    batch = models.CharField(_("batch"), max_length=40, blank=True)
    form_version = models.CharField(_("form version"), max_length=20, blank=True)
    ordered_on = models.DateField(_("ordered on"))
    starts_on = models.DateField(_("starts on"))
    delivered_at = models.DateTimeField(_("delivered at"), null=True, blank=True)
    billable_from = models.DateField(_("billable from"), null=True, blank=True)
    status = FSMField(_("status"), default="draft", protected=True)
    ended_on = models.DateField(_("last day"), null=True, blank=True)
    voided_at = models.DateTimeField(_("voided at"), null=True, blank=True)
    void_reason = models.CharField(_("why void"), max_length=200, blank=True)
    corrects = models.OneToOneField(
        "self",
        on_delete=models.PROTECT,
        related_name="corrected_by",
        null=True,
        blank=True,
        verbose_name=_("takes the place of"),
    )

    objects: ClassVar[OfCustomer[OptionRegistration]] = OfCustomer.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("option registration")
        verbose_name_plural = _("option registrations")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(status__in=REGISTRATION.states), name="c2_registration_status"
            ),
            models.CheckConstraint(condition=Q(origin__in=Origin.values), name="c2_registration_origin"),
            models.CheckConstraint(
                condition=Q(verifier__isnull=True) | ~Q(verifier=F("registered_by")),
                name="c2_verifier_is_not_registrar",
            ),
            models.CheckConstraint(
                condition=Q(origin="imported", evidence__isnull=True)
                | Q(evidence__isnull=False)
                | Q(status__in=["draft", "cancelled", "voided"]),
                name="c2_no_step_without_evidence",
            ),
            models.CheckConstraint(
                condition=~Q(origin="imported") | ~Q(legacy_ref=""), name="c2_imported_says_from_where"
            ),
            models.CheckConstraint(
                condition=Q(billable_from__isnull=True)
                | Q(
                    delivered_at__isnull=False,
                    billable_from__gte=JapaneseDate("delivered_at"),
                )
                & Q(billable_from__gte=F("starts_on")),
                name="c6_billable_only_from_delivery",
            ),
            models.CheckConstraint(
                condition=~Q(status="voided") | (Q(voided_at__isnull=False) & ~Q(void_reason="")),
                name="c6_void_says_why",
            ),
            models.CheckConstraint(
                condition=~Q(status="terminated") | Q(ended_on__isnull=False),
                name="c1_ended_option_has_last_day",
            ),
            models.UniqueConstraint(
                fields=["contract", "option"],
                condition=Q(status__in=LIVE),
                name="c2_one_live_registration",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["registered_by", "registered_at"], name="registration_by_registrar"),
            models.Index(fields=["batch", "registered_at"], name="registration_by_batch"),
            models.Index(fields=["form_version", "registered_at"], name="registration_by_form"),
        ]
        triggers: ClassVar[list[Any]] = [
            *REGISTRATION.triggers(),
            NeverDeleted(rule="C2", what="an option registration"),
            FixedFields(
                rule="C2",
                name="registration_fixed",
                what="an option registration",
                fields=[
                    "contract",
                    "option",
                    "origin",
                    "registered_by",
                    "registered_at",
                    "ordered_on",
                    "corrects",
                    "batch",
                    "form_version",
                    "agency",
                ],
            ),
            FixedFields(
                rule="C2",
                name="registration_once_set",
                what="an option registration",
                fields=["evidence", "delivered_at", "billable_from", "voided_at"],
                once_set=True,
            ),
            *registration_rules.RULES,
        ]

    def __str__(self) -> str:
        return f"{self.contract} {self.option}"

    @REGISTRATION.step("attach_evidence")
    def attach_evidence(self, evidence: OrderEvidence) -> None:
        """The order's proof is there; comparing it is next."""
        self.evidence = evidence

    @REGISTRATION.step("verify")
    def verify(self, *, verifier: Any) -> None:
        """Form and register agree, says someone who did not register it."""
        self.verifier = verifier

    @REGISTRATION.step("notify")
    def notify(self) -> None:
        """The customer was sent the contract document."""

    @REGISTRATION.step("activate")
    def activate(self) -> None:
        """It is on; billable only once it is delivered."""

    @REGISTRATION.step("mismatch")
    def mismatch(self) -> None:
        """The form says otherwise: back to draft, unverified."""
        self.verifier = None

    @REGISTRATION.step("cancel")
    def cancel(self) -> None:
        """Ended before it was ever active."""

    @REGISTRATION.step("terminate")
    def terminate(self, *, last_day: dt.date) -> None:
        """The customer gave it up; `last_day` (JST) is the last day he has it."""
        self.ended_on = last_day

    @REGISTRATION.step("void_from_start")
    def void_from_start(self, *, at: dt.datetime, reason: str) -> None:
        """It never was: its charges fall with it, by trigger (C6)."""
        self.voided_at, self.void_reason = at, reason

    def deliver(self, *, at: dt.datetime, on: dt.date) -> None:
        """It works from `at` (JST date `on`); billable from then, though never before the promised start (C10)."""
        self.delivered_at, self.billable_from = at, max(on, self.starts_on)


class RegistrationComparison(models.Model):
    """One comparison of a registration with the proof of the order, field by field (C2). Append-only.

    Its rows say what the form and the register say. Whether they agree is asked of the rows, never stored.
    """

    registration = models.ForeignKey(
        OptionRegistration,
        on_delete=models.PROTECT,
        related_name="comparisons",
        verbose_name=_("registration"),
    )
    evidence = models.ForeignKey(
        OrderEvidence, on_delete=models.PROTECT, related_name="comparisons", verbose_name=_("evidence")
    )
    compared_by = models.ForeignKey(
        "tickets.Staff",
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("compared by"),
    )
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("comparison with the order")
        verbose_name_plural = _("comparisons with the order")
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["registration", "-id"], name="comparison_latest")
        ]
        triggers: ClassVar[list[Any]] = [
            AppendOnly(rule="C2", what="a comparison"),
            *registration_rules.COMPARISON_RULES,
        ]

    def __str__(self) -> str:
        return f"{self.registration} {self.at:%Y-%m-%d}"


class ComparisonRow(models.Model):
    """One field of a comparison: form | register. `matches` is computed by the database."""

    comparison = models.ForeignKey(
        RegistrationComparison, on_delete=models.PROTECT, related_name="rows", verbose_name=_("comparison")
    )
    field = models.CharField(_("field"), max_length=60)
    form_value = models.CharField(_("form"), max_length=100)
    register_value = models.CharField(_("register"), max_length=100)
    matches = models.GeneratedField(
        expression=models.ExpressionWrapper(
            Q(form_value=F("register_value")), output_field=models.BooleanField()
        ),
        output_field=models.BooleanField(),
        db_persist=True,
        verbose_name=_("agrees"),
    )

    class Meta:
        verbose_name = _("compared field")
        verbose_name_plural = _("compared fields")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["comparison", "field"], name="c2_one_row_a_field")
        ]
        triggers: ClassVar[list[Any]] = [
            AppendOnly(rule="C2", what="a compared field"),
            *registration_rules.ROW_RULES,
        ]

    def __str__(self) -> str:
        return self.field


class ContractDocument(models.Model):
    """A 契約書面 as generated: contents frozen, made only of verified registrations (C11; 事業法26-2, 規則22の2の4).

    `received_on` (JST) is day 1 of the eight days (26-3). `replaces` names the document that misrepresented
    something: the new one starts the eight days anew.
    """

    contract = models.ForeignKey(
        Contract, on_delete=models.PROTECT, related_name="documents", verbose_name=_("contract")
    )
    document_version = models.ForeignKey(
        "billing.DocumentVersion",
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("document version"),
    )
    contents = models.JSONField(_("contents"))
    electronic_consent_ref = models.CharField(_("consent to electronic form"), max_length=200, blank=True)
    generated_by = models.ForeignKey(
        "tickets.Staff", on_delete=models.PROTECT, related_name="+", verbose_name=_("generated by")
    )
    generated_at = models.DateTimeField(_("generated at"))
    received_on = models.DateField(_("received on"), null=True, blank=True)
    receipt_proof = models.CharField(_("proof of receipt"), max_length=200, blank=True)
    replaces = models.OneToOneField(
        "self",
        on_delete=models.PROTECT,
        related_name="replaced_by",
        null=True,
        blank=True,
        verbose_name=_("replaces"),
    )

    objects: ClassVar[OfCustomer[ContractDocument]] = OfCustomer.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("contract document")
        verbose_name_plural = _("contract documents")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(received_on__isnull=True) | ~Q(receipt_proof=""), name="c11_receipt_is_proven"
            )
        ]
        triggers: ClassVar[list[Any]] = [
            NeverDeleted(rule="C11", what="a contract document"),
            FixedFields(
                rule="C11",
                name="contract_document_fixed",
                what="a contract document",
                fields=[
                    "contract",
                    "document_version",
                    "contents",
                    "generated_by",
                    "generated_at",
                    "replaces",
                ],
            ),
            FixedFields(
                rule="C11",
                name="receipt_once_set",
                what="a contract document",
                fields=["received_on"],
                once_set=True,
            ),
            *registration_rules.DOCUMENT_RULES,
        ]

    def __str__(self) -> str:
        return f"{self.contract} {self.generated_at:%Y-%m-%d}"
