"""The catalogue, kept by the administrator: nothing is edited, a new row holds from its day on (C1, C11).

What was sold, billed or told before keeps the row it was made under.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import Max, QuerySet
from django.utils.translation import gettext_lazy as _

from billing.models import (
    DocumentVersion,
    FeeCap,
    OptionItem,
    OptionPrice,
    Product,
    ProductVersion,
    TaxRate,
)
from tickets.errors import NotAllowed, Refused
from tickets.models import Staff
from tickets.service import service


def _require_administrator(actor: Staff) -> None:
    if not actor.is_administrator:
        raise NotAllowed("C11", _("The catalogue is kept by the administrator."))


@service
def add_product(*, code: str, name_ja: str, name_en: str, actor: Staff) -> Product:
    """A product by name. Administrators. What it costs comes with its first version."""
    _require_administrator(actor)
    if Product.objects.filter(code=code).exists():
        raise Refused("C11", _("There is a product with this code."))
    return Product.objects.create(code=code, name_ja=name_ja, name_en=name_en)


@service
def add_version(*, product_id: int, from_on: dt.date, actor: Staff, **terms: Any) -> ProductVersion:
    """The product as sold from a JST day on; the version in force ends there. Administrators.

    `terms`: legal_regime, proration_rule, monthly_fee_yen, construction_fee_yen (yen before tax).
    """
    _require_administrator(actor)
    product = Product.objects.select_for_update().get(pk=product_id)
    _end_on(product.versions.all(), from_on)
    newest = product.versions.aggregate(newest=Max("version"))["newest"] or 0
    return ProductVersion.objects.create(
        product=product, version=newest + 1, during=DateRange(from_on, None), **terms
    )


@service
def add_option(
    *,
    code: str,
    name_ja: str,
    name_en: str,
    line_kind: str,
    monthly_fee_yen: int,
    from_on: dt.date,
    actor: Staff,
) -> OptionItem:
    """An option with its first price, yen before tax. Administrators."""
    _require_administrator(actor)
    if OptionItem.objects.filter(code=code).exists():
        raise Refused("C11", _("There is an option with this code."))
    option = OptionItem.objects.create(code=code, name_ja=name_ja, name_en=name_en, line_kind=line_kind)
    OptionPrice.objects.create(
        option=option, monthly_fee_yen=monthly_fee_yen, during=DateRange(from_on, None)
    )
    return option


@service
def set_option_price(*, option_id: int, monthly_fee_yen: int, from_on: dt.date, actor: Staff) -> OptionPrice:
    """Another price from a JST day on, yen before tax. Administrators."""
    _require_administrator(actor)
    option = OptionItem.objects.select_for_update().get(pk=option_id)
    _end_on(option.prices.all(), from_on)
    return OptionPrice.objects.create(
        option=option, monthly_fee_yen=monthly_fee_yen, during=DateRange(from_on, None)
    )


@service
def set_tax_rate(*, percent: int, from_on: dt.date, actor: Staff) -> TaxRate:
    """The consumption tax from a supply date on. Administrators."""
    _require_administrator(actor)
    _end_on(TaxRate.objects.all(), from_on)
    return TaxRate.objects.create(percent=percent, during=DateRange(from_on, None))


@service
def set_figure(
    *, code: str, value: int, unit: str, basis: str, mark: str, from_on: dt.date, actor: Staff
) -> FeeCap:
    """A figure of law, tariff or policy from a JST day on, with its basis. Administrators."""
    _require_administrator(actor)
    _end_on(FeeCap.objects.filter(code=code), from_on)
    return FeeCap.objects.create(
        code=code, value=value, unit=unit, basis=basis, mark=mark, during=DateRange(from_on, None)
    )


@service
def add_document(
    *, code: str, kind: str, title: str, body: str, effective_on: dt.date, actor: Staff
) -> DocumentVersion:
    """The next version of a document. Administrators. Versions already given stay as they were."""
    _require_administrator(actor)
    earlier = DocumentVersion.objects.select_for_update().filter(code=code).order_by("-version").first()
    if earlier is not None and earlier.kind != kind:
        raise Refused("C1", _("A document with this code is of another kind."))
    return DocumentVersion.objects.create(
        code=code,
        version=earlier.version + 1 if earlier else 1,
        kind=kind,
        title=title,
        body=body,
        effective_on=effective_on,
    )


def _end_on(rows: QuerySet[Any], from_on: dt.date) -> None:
    """End what is in force on `from_on` there; refused where a row already begins on that day or later."""
    for row in rows.select_for_update().filter(during__endswith__isnull=True):
        if row.during.lower is not None and row.during.lower >= from_on:
            raise Refused("C11", _("A later row stands already; choose a day after it begins."))
        row.during = DateRange(row.during.lower, from_on)
        row.save(update_fields=["during"])
