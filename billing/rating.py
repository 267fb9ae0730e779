"""What things cost: tax, parts of months, caps. Pure; whole yen in and out, dates JST, no clock and no table.

Figures (rates, months, caps) come in as arguments from the effective-dated rows of billing.models.catalogue.
Rounding has one rule: what the customer pays rounds down, what the customer gets rounds up (LAW L16).
"""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction


class NoFigure(LookupError):
    """No row holds on that day: the catalogue has a gap."""


@dataclass(frozen=True)
class Span:
    """Days from `first` up to, not including, `until`; None has no end."""

    first: dt.date
    until: dt.date | None

    def holds(self, day: dt.date) -> bool:
        """Whether `day` is one of them."""
        return self.first <= day and (self.until is None or day < self.until)


def figure_on(rows: Iterable[tuple[Span, int]], day: dt.date) -> int:
    """The value that holds on `day` (JST). Raises NoFigure when none does."""
    for span, value in rows:
        if span.holds(day):
            return value
    raise NoFigure(day)


def tax_down(net_yen: int, percent: int) -> int:
    """Tax on a charge in yen, rounded down: 500 at 5 % is 25."""
    return net_yen * percent // 100


def tax_up(net_yen: int, percent: int) -> int:
    """Tax on a credit in yen, rounded up, so that nobody is given a yen too little."""
    return -(-net_yen * percent // 100)


@dataclass(frozen=True)
class Amount:
    """A charge or credit by itself: before tax, tax, both; yen."""

    net_yen: int
    percent: int
    tax_yen: int

    @property
    def total_yen(self) -> int:
        """Tax included."""
        return self.net_yen + self.tax_yen


def charged(net_yen: int, percent: int) -> Amount:
    """A charge before tax with its tax."""
    return Amount(net_yen, percent, tax_down(net_yen, percent))


def given_back(net_yen: int, percent: int) -> Amount:
    """A credit before tax with its tax."""
    return Amount(net_yen, percent, tax_up(net_yen, percent))


def split_total(total_yen: int, percent: int) -> Amount:
    """Divide a tax-included sum into net and tax, exactly: 550 at 10 % is 500 and 50."""
    net = -(-total_yen * 100 // (100 + percent))
    return Amount(net, percent, total_yen - net)


def invoice_tax(lines: Iterable[tuple[int, int]]) -> Mapping[int, tuple[int, int]]:
    """Per rate the net sum and its one rounding (L16, インボイス). `lines`: (signed net yen, per cent).

    Rounding towards minus infinity: a positive sum rounds down, a negative one (we owe) away from zero.
    """
    sums: dict[int, int] = {}
    for net, percent in lines:
        sums[percent] = sums.get(percent, 0) + net
    return {percent: (net, net * percent // 100) for percent, net in sums.items()}


def invoice_total(lines: Iterable[tuple[int, int]]) -> int:
    """The sum of a bill, tax included, yen; negative when we owe."""
    return sum(net + tax for net, tax in invoice_tax(lines).values())


def days_in_month(day: dt.date) -> int:
    """How many days the month of `day` has."""
    return calendar.monthrange(day.year, day.month)[1]


def first_of_month(day: dt.date) -> dt.date:
    """The 1st of the month of `day`."""
    return day.replace(day=1)


def first_of_next_month(day: dt.date) -> dt.date:
    """The 1st of the month after that of `day`."""
    return first_of_month(day) + dt.timedelta(days=days_in_month(day))


def months_of(first: dt.date, until: dt.date) -> list[Span]:
    """The days from `first` up to, not including, `until`, cut at the 1st of each month."""
    spans = []
    while first < until:
        end = min(first_of_next_month(first), until)
        spans.append(Span(first, end))
        first = end
    return spans


def by_calendar_days(monthly_yen: int, first: dt.date, until: dt.date) -> Fraction:
    """The exact part of monthly fees that the days [first, until) are, each month by its own length (L17)."""
    parts = (
        Fraction(monthly_yen * (span.until - span.first).days, days_in_month(span.first))
        for span in months_of(first, until)
        if span.until is not None
    )
    return sum(parts, Fraction(0))


def by_whole_months(monthly_yen: int, first: dt.date, until: dt.date) -> Fraction:
    """A whole fee for each month on whose 1st the service was had, none for the others (L17)."""
    firsts = sum(1 for span in months_of(first, until) if span.first.day == 1)
    return Fraction(monthly_yen * firsts)


PRORATIONS = {"calendar_days": by_calendar_days, "whole_months": by_whole_months}


def fee_for(rule: str, monthly_yen: int, first: dt.date, until: dt.date) -> int:
    """The fee in yen before tax for [first, until) by the product version's `rule`, rounded down once."""
    return int(PRORATIONS[rule](monthly_yen, first, until) // 1)


def credit_for_days(monthly_yen: int, first: dt.date, until: dt.date) -> int:
    """What days not had are worth, yen before tax, by calendar days, rounded up once (C10, D7).

    By days even where fees go by whole months: a customer who lost two days lost two days.
    """
    return -int(-by_calendar_days(monthly_yen, first, until) // 1)


def month_number(started_on: dt.date, on: dt.date) -> int:
    """Which month of the contract `on` falls in; the month it started in is the first."""
    return (on.year - started_on.year) * 12 + on.month - started_on.month + 1


def residual(fee_yen: int, months: int, started_on: dt.date, cancelled_on: dt.date) -> int:
    """What is left of a construction fee when cancelling, yen before tax (施行規則22の2の13の2).

    It falls by one part a month to zero: of 24 months, cancelled in month 10, (24 - 9) / 24. Rounded down.
    """
    left = max(0, months - (month_number(started_on, cancelled_on) - 1))
    return fee_yen * min(left, months) // months


def penalty(agreed_yen: int, monthly_yen: int, cap_months: int | None) -> int:
    """A penalty in yen, at most `cap_months` monthly fees (施行規則22の2の13の2); None: the cap does not hold."""
    return agreed_yen if cap_months is None else min(agreed_yen, monthly_yen * cap_months)


def early_withdrawal_cost(
    used_yen: int, work_done_yen: int, contract_cost_yen: int, work_cap_yen: int
) -> int:
    """What may be asked after 初期契約解除, yen before tax: usage, work done up to its cap, the cost of contracting (26-3)."""
    return used_yen + min(work_done_yen, work_cap_yen) + contract_cost_yen
