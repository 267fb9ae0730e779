"""What the company sells and at what figures, each by the day it holds (C1, C11).

Every figure that a law or a tariff sets is a row with the days it holds; code has none (docs/law.md). All
`during` ranges are JST dates, the end exclusive. Who may: administrators write; everybody reads.
"""

from __future__ import annotations

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.utils.translation import gettext_lazy as _

from tickets.models.effective import EffectiveDated, holds_once, says_who_and_why
from tickets.rules import FixedFields, NeverDeleted


class LineKind(models.TextChoices):
    """What a line carries."""

    INTERNET = "internet", _("internet")
    PHONE = "phone", _("phone")
    TV = "tv", _("television")


class LegalRegime(models.TextChoices):
    """The law a contract is made under (L3, L11, L19)."""

    TELECOM = "telecom", _("Telecommunications Business Act 26-2, 26-3")
    PAID_BROADCAST = "paid_broadcast", _("Broadcasting Act 150 to 151-2")
    FILED_TARIFF = "filed_tariff", _("filed tariff")


class ProrationRule(models.TextChoices):
    """How a month that was not had whole is charged (L17)."""

    CALENDAR_DAYS = "calendar_days", _("by calendar days")
    WHOLE_MONTHS = "whole_months", _("whole months, by the state on the 1st")


class Product(models.Model):
    """A product by name; what it costs and under which law stands in its versions."""

    code = models.SlugField(_("code"), unique=True)
    name_ja = models.CharField(_("name (Japanese)"), max_length=80)
    name_en = models.CharField(_("name (English)"), max_length=80)

    class Meta:
        verbose_name = _("product")
        verbose_name_plural = _("products")

    def __str__(self) -> str:
        return self.name_ja


class ProductVersion(EffectiveDated):
    """A product as sold during some days: law, fee before tax, proration (C11, L11, L17).

    A contract keeps the version it was made under; a change of terms is a new version, never an edit.
    """

    product = models.ForeignKey(
        Product, on_delete=models.PROTECT, related_name="versions", verbose_name=_("product")
    )
    version = models.PositiveSmallIntegerField(_("version"))
    legal_regime = models.CharField(_("legal regime"), max_length=20, choices=LegalRegime.choices)
    proration_rule = models.CharField(_("proration rule"), max_length=20, choices=ProrationRule.choices)
    monthly_fee_yen = models.BigIntegerField(_("monthly fee before tax (yen)"))
    construction_fee_yen = models.BigIntegerField(_("construction fee before tax (yen)"), default=0)

    class Meta:
        verbose_name = _("product version")
        verbose_name_plural = _("product versions")
        constraints = [
            says_who_and_why("c11_version_says_who_and_why"),
            models.UniqueConstraint(fields=["product", "version"], name="c11_one_version_number"),
            models.CheckConstraint(
                condition=models.Q(monthly_fee_yen__gte=0, construction_fee_yen__gte=0),
                name="c11_fee_not_negative",
            ),
            models.CheckConstraint(
                condition=models.Q(legal_regime__in=LegalRegime.values), name="c1_legal_regime"
            ),
            models.CheckConstraint(
                condition=models.Q(proration_rule__in=ProrationRule.values), name="c11_proration_rule"
            ),
            ExclusionConstraint(
                name="c11_versions_do_not_overlap",
                expressions=[("product", RangeOperators.EQUAL), ("during", RangeOperators.OVERLAPS)],
            ),
        ]
        triggers = [
            *holds_once("C11", "a product version"),
            FixedFields(
                rule="C11",
                name="version_terms_fixed",
                what="a product version",
                fields=[
                    "product",
                    "version",
                    "legal_regime",
                    "proration_rule",
                    "monthly_fee_yen",
                    "construction_fee_yen",
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.product} v{self.version}"


class OptionItem(models.Model):
    """A paid option that can be ordered for a line, e.g. caller display or call forwarding."""

    code = models.SlugField(_("code"), unique=True)
    name_ja = models.CharField(_("name (Japanese)"), max_length=80)
    name_en = models.CharField(_("name (English)"), max_length=80)
    line_kind = models.CharField(_("line kind"), max_length=10, choices=LineKind.choices)

    class Meta:
        verbose_name = _("option")
        verbose_name_plural = _("options")

    def __str__(self) -> str:
        return self.name_ja


class OptionPrice(EffectiveDated):
    """The monthly fee of an option before tax, by the days it holds (C1, C11)."""

    option = models.ForeignKey(
        OptionItem, on_delete=models.PROTECT, related_name="prices", verbose_name=_("option")
    )
    monthly_fee_yen = models.BigIntegerField(_("monthly fee before tax (yen)"))

    class Meta:
        verbose_name = _("option price")
        verbose_name_plural = _("option prices")
        constraints = [
            says_who_and_why("c11_option_price_says_who_and_why"),
            models.CheckConstraint(
                condition=models.Q(monthly_fee_yen__gte=0), name="c11_option_price_not_negative"
            ),
            ExclusionConstraint(
                name="c11_one_option_price_a_day",
                expressions=[("option", RangeOperators.EQUAL), ("during", RangeOperators.OVERLAPS)],
            ),
        ]
        triggers = [
            *holds_once("C11", "an option price"),
            FixedFields(
                rule="C11",
                name="option_price_fixed",
                what="an option price",
                fields=["option", "monthly_fee_yen"],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.option}: {self.monthly_fee_yen}"


class TaxRate(EffectiveDated):
    """The consumption tax in per cent, by supply date (L15: 5 to 2014-03, 8 to 2019-09, 10 now)."""

    percent = models.PositiveSmallIntegerField(_("per cent"))

    class Meta:
        verbose_name = _("tax rate")
        verbose_name_plural = _("tax rates")
        constraints = [
            says_who_and_why("c1_tax_rate_says_who_and_why"),
            models.CheckConstraint(condition=models.Q(percent__lte=100), name="c1_tax_rate_up_to_100"),
            ExclusionConstraint(
                name="c1_one_tax_rate_a_day", expressions=[("during", RangeOperators.OVERLAPS)]
            ),
        ]
        triggers = [
            *holds_once("C1", "a tax rate"),
            FixedFields(rule="C1", name="tax_rate_fixed", what="a tax rate", fields=["percent"]),
        ]

    def __str__(self) -> str:
        return f"{self.percent} %"


class DocumentVersion(models.Model):
    """One version of a document given to customers: terms, explanation sheet, contract document (C1, D6, L1, L2)."""

    class Kind(models.TextChoices):
        """What the document is for."""

        TERMS = "terms", _("terms of service")
        CONTRACT = "contract", _("contract document")
        EXPLANATION = "explanation", _("explanation sheet")
        NOTICE = "notice", _("notice of what was ordered")

    code = models.SlugField(_("code"))
    version = models.PositiveSmallIntegerField(_("version"))
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    title = models.CharField(_("title"), max_length=120)
    body = models.TextField(_("text"))
    effective_on = models.DateField(_("effective on"))

    class Meta:
        verbose_name = _("document version")
        verbose_name_plural = _("document versions")
        constraints = [
            models.UniqueConstraint(fields=["code", "version"], name="c1_one_document_version"),
            models.CheckConstraint(
                condition=models.Q(kind__in=["terms", "contract", "explanation", "notice"]),
                name="c1_document_kind",
            ),
        ]
        triggers = [
            NeverDeleted(rule="C1", what="a document version"),
            FixedFields(
                rule="C1",
                name="document_version_fixed",
                what="a document version",
                fields=["code", "version", "kind", "title", "body", "effective_on"],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} v{self.version}"


class FeeCap(EffectiveDated):
    """A figure that a law, a tariff or the company's policy sets, with the days it holds (C11, LAW L3, L6, L10, L16).

    `code` names the figure (billing/defaults.py lists them), `basis` the article. `unit` says what `value` counts.
    """

    class Unit(models.TextChoices):
        """What the value counts."""

        YEN = "yen", _("yen")
        DAYS = "days", _("days")
        MONTHS = "months", _("months")
        HOURS = "hours", _("hours")

    class Mark(models.TextChoices):
        """How well the figure is known (docs/law.md); counsel confirms before real use."""

        PRIMARY = "V", _("read in a primary source")
        SECONDARY = "2", _("from a secondary source")
        RECALLED = "R", _("recalled")
        POLICY = "P", _("the company's own policy")

    code = models.SlugField(_("code"))
    value = models.BigIntegerField(_("value"))
    unit = models.CharField(_("unit"), max_length=6, choices=Unit.choices)
    basis = models.CharField(_("legal basis"), max_length=120)
    mark = models.CharField(_("source mark"), max_length=1, choices=Mark.choices)

    class Meta:
        verbose_name = _("figure set by law or tariff")
        verbose_name_plural = _("figures set by law or tariff")
        constraints = [
            says_who_and_why("c11_figure_says_who_and_why"),
            models.CheckConstraint(condition=models.Q(value__gte=0), name="c11_figure_not_negative"),
            ExclusionConstraint(
                name="c11_one_figure_a_day",
                expressions=[("code", RangeOperators.EQUAL), ("during", RangeOperators.OVERLAPS)],
            ),
        ]
        triggers = [
            *holds_once("C11", "a figure"),
            FixedFields(
                rule="C11",
                name="figure_fixed",
                what="a figure",
                fields=["code", "value", "unit", "basis", "mark"],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code}: {self.value} {self.unit}"
