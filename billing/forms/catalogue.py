"""Forms of the catalogue: each adds a row that holds from a day on (C1, C11)."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from billing.forms.fields import day, yen
from billing.models import DocumentVersion, FeeCap, LegalRegime, LineKind, ProrationRule
from tickets.forms.base import DeskForm, long_text, reason

FROM_ON = _("Holds from")


class NamedForm(DeskForm):
    """A code and its names in both languages."""

    code = forms.SlugField(label=_("Code"), help_text=_("Latin letters, digits and hyphens; never changed."))
    name_ja = forms.CharField(label=_("Name (Japanese)"), max_length=80)
    name_en = forms.CharField(label=_("Name (English)"), max_length=80)


class ProductForm(NamedForm):
    """A product by name."""


class VersionForm(DeskForm):
    """Terms of a product from a day on."""

    from_on = day(FROM_ON)
    legal_regime = forms.ChoiceField(label=_("Law"), choices=LegalRegime.choices)
    proration_rule = forms.ChoiceField(label=_("Parts of a month"), choices=ProrationRule.choices)
    monthly_fee_yen = yen(_("Monthly fee before tax (yen)"))
    construction_fee_yen = yen(_("Construction fee before tax (yen)"), initial=0)
    why = reason()


class OptionForm(NamedForm):
    """An option with its first price."""

    line_kind = forms.ChoiceField(label=_("For lines of"), choices=LineKind.choices)
    monthly_fee_yen = yen(_("Monthly fee before tax (yen)"))
    from_on = day(FROM_ON)
    why = reason()


class PriceForm(DeskForm):
    """Another price of an option."""

    monthly_fee_yen = yen(_("Monthly fee before tax (yen)"))
    from_on = day(FROM_ON)
    why = reason()


class TaxForm(DeskForm):
    """Another rate of the consumption tax."""

    percent = forms.IntegerField(label=_("Per cent"), min_value=0, max_value=100)
    from_on = day(FROM_ON, help_text=_("By date of supply."))
    why = reason()


class FigureForm(DeskForm):
    """A figure that law, tariff or policy sets."""

    code = forms.SlugField(label=_("Code"))
    value = forms.IntegerField(label=_("Value"), min_value=0, max_value=999_999_999)
    unit = forms.ChoiceField(label=_("Unit"), choices=FeeCap.Unit.choices)
    basis = forms.CharField(label=_("Legal basis"), max_length=120)
    mark = forms.ChoiceField(label=_("How well it is known"), choices=FeeCap.Mark.choices)
    from_on = day(FROM_ON)
    why = reason()


class DocumentVersionForm(DeskForm):
    """The next version of a document; the same code makes it the next version."""

    code = forms.SlugField(label=_("Code"))
    kind = forms.ChoiceField(label=_("Kind"), choices=DocumentVersion.Kind.choices)
    title = forms.CharField(label=_("Title"), max_length=120)
    body = long_text(_("Text"), rows=14)
    effective_on = day(FROM_ON)
    why = reason()
