"""The catalogue's first rows: tax rates and the figures of law, tariff and policy, each with the days it holds.

`lay_figures()` puts in what is missing and changes nothing that stands; administrators add later rows. The marks say how
well a figure is known (docs/law.md). Counsel confirms before real use.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange

from billing.models import FeeCap, TaxRate

# 消費税法: L15.
TAX_RATES = (
    (3, dt.date(1989, 4, 1), dt.date(1997, 4, 1)),
    (5, dt.date(1997, 4, 1), dt.date(2014, 4, 1)),
    (8, dt.date(2014, 4, 1), dt.date(2019, 10, 1)),
    (10, dt.date(2019, 10, 1), None),
)


@dataclass(frozen=True)
class Figure:
    """One figure: code, value, unit, basis, mark, first day."""

    code: str
    value: int
    unit: str
    basis: str
    mark: str
    first: dt.date


ALWAYS = dt.date(2000, 1, 1)
FIGURES = (
    Figure("withdrawal_days", 8, "days", "電気通信事業法26-3", "2", dt.date(2016, 5, 21)),
    Figure("broadcast_withdrawal_days", 8, "days", "放送法150-2", "R", dt.date(2016, 5, 21)),
    Figure("penalty_months", 1, "months", "電気通信事業法施行規則22の2の13の2", "V", dt.date(2022, 7, 1)),
    Figure("residual_months", 24, "months", "電気通信事業法施行規則22の2の13の2", "V", dt.date(2022, 7, 1)),
    Figure("withdrawal_work_cap", 25000, "yen", "電気通信事業法施行規則22の2の9", "R", dt.date(2016, 5, 21)),
    Figure("consent_number_days", 15, "days", "事業者変更承諾番号", "2", dt.date(2019, 7, 1)),
    Figure("return_invoice_from", 10000, "yen", "消費税法施行令70の9", "2", dt.date(2023, 10, 1)),
    Figure("outage_hours", 24, "hours", "約款", "V", ALWAYS),
    Figure("re_registration_fee", 0, "yen", "C6", "P", ALWAYS),
    Figure("sweep_days", 30, "days", "C9", "P", ALWAYS),
    Figure("waiver_decision_days", 1, "days", "C7", "P", ALWAYS),
    Figure("fault_decision_days", 2, "days", "C5", "P", ALWAYS),
    Figure("error_report_days", 3, "days", "C9", "P", ALWAYS),
    Figure("sweep_due_days", 7, "days", "C9", "P", ALWAYS),
    Figure("apology_days", 1, "days", "C8", "P", ALWAYS),
)


@transaction.atomic
def lay_figures() -> None:
    """Put in the tax rates and figures that are not there yet. Safe to run again."""
    for percent, first, until in TAX_RATES:
        during = DateRange(first, until)
        if not TaxRate.objects.filter(during__overlap=during).exists():
            TaxRate.objects.create(percent=percent, during=during)
    for figure in FIGURES:
        if not FeeCap.objects.filter(code=figure.code).exists():
            FeeCap.objects.create(
                code=figure.code,
                value=figure.value,
                unit=figure.unit,
                basis=figure.basis,
                mark=figure.mark,
                during=DateRange(figure.first, None),
            )
