"""Figures by the day they hold: tax, prices, caps. Two small indexed reads at most."""

from __future__ import annotations

import datetime as dt

from billing.models import FeeCap, OptionPrice, TaxRate
from billing.rating import NoFigure


def tax_percent_on(day: dt.date) -> int:
    """The consumption tax in per cent on a supply date (L15). Raises NoFigure when no row holds."""
    percent = TaxRate.objects.filter(during__contains=day).values_list("percent", flat=True).first()
    if percent is None:
        raise NoFigure("tax", day)
    return percent


def option_fee_on(option_id: int, day: dt.date) -> int:
    """The monthly fee of an option in yen before tax on that day. Raises NoFigure when no row holds."""
    fee = (
        OptionPrice.objects.filter(option_id=option_id, during__contains=day)
        .values_list("monthly_fee_yen", flat=True)
        .first()
    )
    if fee is None:
        raise NoFigure("option fee", option_id, day)
    return fee


def figure_or_none(code: str, day: dt.date) -> int | None:
    """The figure `code` on that day, or None when it does not hold yet."""
    return FeeCap.objects.filter(code=code, during__contains=day).values_list("value", flat=True).first()


def figure(code: str, day: dt.date) -> int:
    """The figure `code` on that day. Raises NoFigure when no row holds."""
    value = figure_or_none(code, day)
    if value is None:
        raise NoFigure(code, day)
    return value
