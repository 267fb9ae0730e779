"""The catalogue, kept by the administrator: nothing is edited, a new row holds from its day on (C1, C11).

What was sold, billed or told before keeps the row it was made under. Each row says who set it, when and why.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db.models import Max
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
from tickets.services.effective import hold_from
from tickets.services.masters import note

RULE = "C11"


def _require_administrator(actor: Staff) -> None:
    if not actor.is_administrator:
        raise NotAllowed("C11", _("The catalogue is kept by the administrator."))


@service
def add_product(*, code: str, name_ja: str, name_en: str, actor: Staff, at: dt.datetime) -> Product:
    """A product by name. Administrators. What it costs comes with its first version."""
    _require_administrator(actor)
    if Product.objects.filter(code=code).exists():
        raise Refused("C11", _("There is a product with this code."))
    product = Product.objects.create(code=code, name_ja=name_ja, name_en=name_en)
    note(product, "added", actor=actor, at=at, after={"code": code, "name_ja": name_ja, "name_en": name_en})
    return product


@service
def add_version(
    *, product_id: int, from_on: dt.date, why: str, actor: Staff, at: dt.datetime, **terms: Any
) -> ProductVersion:
    """The product as sold from a JST day on; the version in force ends there. Administrators.

    `terms`: legal_regime, proration_rule, monthly_fee_yen, construction_fee_yen (yen before tax).
    """
    _require_administrator(actor)
    product = Product.objects.select_for_update().get(pk=product_id)
    newest = product.versions.aggregate(newest=Max("version"))["newest"] or 0
    return hold_from(
        product.versions.all(),
        rule=RULE, from_on=from_on, why=why, actor=actor, at=at, product=product, version=newest + 1, **terms,
    )  # fmt: skip


@service
def add_option(
    *,
    code: str,
    name_ja: str,
    name_en: str,
    line_kind: str,
    monthly_fee_yen: int,
    from_on: dt.date,
    why: str,
    actor: Staff,
    at: dt.datetime,
) -> OptionItem:
    """An option with its first price, yen before tax. Administrators."""
    _require_administrator(actor)
    if OptionItem.objects.filter(code=code).exists():
        raise Refused("C11", _("There is an option with this code."))
    option = OptionItem.objects.create(code=code, name_ja=name_ja, name_en=name_en, line_kind=line_kind)
    note(option, "added", actor=actor, at=at, after={"code": code, "name_ja": name_ja, "name_en": name_en})
    _price(option, monthly_fee_yen, from_on=from_on, why=why, actor=actor, at=at)
    return option


@service
def set_option_price(
    *, option_id: int, monthly_fee_yen: int, from_on: dt.date, why: str, actor: Staff, at: dt.datetime
) -> OptionPrice:
    """Another price from a JST day on, yen before tax. Administrators."""
    _require_administrator(actor)
    option = OptionItem.objects.select_for_update().get(pk=option_id)
    return _price(option, monthly_fee_yen, from_on=from_on, why=why, actor=actor, at=at)


@service
def set_tax_rate(*, percent: int, from_on: dt.date, why: str, actor: Staff, at: dt.datetime) -> TaxRate:
    """The consumption tax from a supply date on. Administrators."""
    _require_administrator(actor)
    rates = TaxRate.objects.all()
    return hold_from(rates, rule=RULE, from_on=from_on, why=why, actor=actor, at=at, percent=percent)


@service
def set_figure(
    *,
    code: str,
    value: int,
    unit: str,
    basis: str,
    mark: str,
    from_on: dt.date,
    why: str,
    actor: Staff,
    at: dt.datetime,
) -> FeeCap:
    """A figure of law, tariff or policy from a JST day on, with its basis. Administrators."""
    _require_administrator(actor)
    return hold_from(
        FeeCap.objects.filter(code=code),
        rule=RULE, from_on=from_on, why=why, actor=actor, at=at,
        code=code, value=value, unit=unit, basis=basis, mark=mark,
    )  # fmt: skip


@service
def add_document(
    *,
    code: str,
    kind: str,
    title: str,
    body: str,
    effective_on: dt.date,
    why: str,
    actor: Staff,
    at: dt.datetime,
) -> DocumentVersion:
    """The next version of a document. Administrators. Versions already given stay as they were."""
    _require_administrator(actor)
    earlier = DocumentVersion.objects.select_for_update().filter(code=code).order_by("-version").first()
    if earlier is not None and earlier.kind != kind:
        raise Refused("C1", _("A document with this code is of another kind."))
    made = DocumentVersion.objects.create(
        code=code,
        version=earlier.version + 1 if earlier else 1,
        kind=kind,
        title=title,
        body=body,
        effective_on=effective_on,
    )
    note(made, "added", actor=actor, at=at, after={"from_on": effective_on, "why": why})
    return made


def _price(
    option: OptionItem, monthly_fee_yen: int, *, from_on: dt.date, why: str, actor: Staff, at: dt.datetime
) -> OptionPrice:
    return hold_from(
        option.prices.all(),
        rule=RULE, from_on=from_on, why=why, actor=actor, at=at, option=option, monthly_fee_yen=monthly_fee_yen,
    )  # fmt: skip
