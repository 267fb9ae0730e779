"""Tax, parts of months, caps: yen in, yen out, no database."""

import datetime as dt
from fractions import Fraction

import pytest

from billing.rating import (
    NoFigure,
    Span,
    by_calendar_days,
    by_whole_months,
    charged,
    credit_for_days,
    early_withdrawal_cost,
    fee_for,
    figure_on,
    given_back,
    invoice_tax,
    invoice_total,
    month_number,
    months_of,
    penalty,
    residual,
    split_total,
    tax_down,
    tax_up,
)

pytestmark = pytest.mark.requirement("C1", "C11")
RATES = [
    (Span(dt.date(1997, 4, 1), dt.date(2014, 4, 1)), 5),
    (Span(dt.date(2014, 4, 1), dt.date(2019, 10, 1)), 8),
    (Span(dt.date(2019, 10, 1), None), 10),
]


@pytest.mark.parametrize(
    ("day", "percent"),
    [
        (dt.date(2011, 10, 18), 5),
        (dt.date(2014, 3, 31), 5),
        (dt.date(2014, 4, 1), 8),
        (dt.date(2019, 9, 30), 8),
        (dt.date(2019, 10, 1), 10),
        (dt.date(2026, 1, 31), 10),
    ],
)
def test_the_tax_rate_is_that_of_the_supply_date(day, percent):
    assert figure_on(RATES, day) == percent


def test_a_day_without_a_rate_is_an_error_not_a_zero():
    with pytest.raises(NoFigure):
        figure_on(RATES, dt.date(1989, 1, 1))


def test_525_is_500_and_25_and_550_is_500_and_50():
    assert charged(500, 5).total_yen == 525
    assert charged(500, 10).total_yen == 550
    assert (split_total(525, 5).net_yen, split_total(525, 5).tax_yen) == (500, 25)
    assert (split_total(550, 10).net_yen, split_total(550, 10).tax_yen) == (500, 50)


def test_charges_round_down_and_credits_up():
    assert (tax_down(333, 10), tax_up(333, 10)) == (33, 34)
    assert given_back(333, 10).total_yen == 367


def test_a_bill_rounds_once_for_each_rate():
    lines = [(333, 10), (333, 10), (333, 10), (105, 8)]
    assert invoice_tax(lines) == {10: (999, 99), 8: (105, 8)}
    assert sum(tax_down(net, rate) for net, rate in lines if rate == 10) == 99
    assert invoice_total([(5, 10), (5, 10)]) == 11, "one yen that rounding each line would lose"


def test_a_bill_on_which_we_owe_rounds_in_the_customers_favour():
    assert invoice_tax([(-333, 10)]) == {10: (-333, -34)}


def test_by_calendar_days_each_month_counts_by_its_own_length():
    assert by_calendar_days(3000, dt.date(2026, 2, 1), dt.date(2026, 3, 1)) == 3000
    assert by_calendar_days(3100, dt.date(2026, 1, 22), dt.date(2026, 2, 15)) == 1000 + 1550
    assert by_calendar_days(500, dt.date(2011, 10, 21), dt.date(2011, 11, 1)) == Fraction(5500, 31)


def test_by_whole_months_the_first_decides():
    assert by_whole_months(3000, dt.date(2026, 1, 2), dt.date(2026, 2, 1)) == 0
    assert by_whole_months(3000, dt.date(2026, 1, 1), dt.date(2026, 1, 2)) == 3000
    assert by_whole_months(3000, dt.date(2026, 1, 31), dt.date(2026, 3, 2)) == 6000


def test_a_fee_rounds_down_once_and_a_credit_up_once():
    assert fee_for("calendar_days", 500, dt.date(2011, 10, 21), dt.date(2011, 11, 1)) == 177
    assert fee_for("whole_months", 500, dt.date(2011, 10, 21), dt.date(2011, 11, 2)) == 500
    assert credit_for_days(500, dt.date(2011, 10, 18), dt.date(2011, 10, 21)) == 49


def test_months_are_cut_at_the_first():
    assert months_of(dt.date(2026, 1, 30), dt.date(2026, 3, 2)) == [
        Span(dt.date(2026, 1, 30), dt.date(2026, 2, 1)),
        Span(dt.date(2026, 2, 1), dt.date(2026, 3, 1)),
        Span(dt.date(2026, 3, 1), dt.date(2026, 3, 2)),
    ]


@pytest.mark.requirement("C11")
def test_the_residual_of_24_months_cancelled_in_month_10_is_15_of_24():
    started = dt.date(2023, 4, 10)
    assert month_number(started, dt.date(2024, 1, 31)) == 10
    assert residual(24000, 24, started, dt.date(2024, 1, 31)) == 24000 * (24 - 9) // 24
    assert residual(24000, 24, started, started) == 24000
    assert residual(24000, 24, started, dt.date(2025, 3, 31)) == 1000
    assert residual(24000, 24, started, dt.date(2025, 4, 1)) == 0
    assert residual(24000, 24, started, dt.date(2030, 1, 1)) == 0


def test_a_penalty_is_at_most_one_months_fee_where_the_cap_holds():
    assert penalty(20000, 5200, 1) == 5200
    assert penalty(3000, 5200, 1) == 3000
    assert penalty(20000, 5200, None) == 20000, "a contract from before 2022-07-01, or a corporate one"


def test_after_early_withdrawal_only_use_work_and_the_cost_of_contracting():
    assert early_withdrawal_cost(300, 40000, 3000, 25000) == 300 + 25000 + 3000
