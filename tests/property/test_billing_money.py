"""What must hold for any sum, any rate, any days."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.rating import (
    by_calendar_days,
    charged,
    credit_for_days,
    fee_for,
    given_back,
    invoice_tax,
    residual,
    split_total,
    tax_down,
    tax_up,
)
from billing.windows import consent_number_is_valid, may_withdraw, withdrawal_ends_on

pytestmark = pytest.mark.requirement("C11")
yen = st.integers(0, 10_000_000)
rates = st.sampled_from([0, 3, 5, 8, 10])
days = st.dates(dt.date(2005, 1, 1), dt.date(2035, 12, 31))
lengths = st.integers(0, 400)


@given(yen, rates)
def test_nobody_pays_a_yen_more_or_gets_one_less_than_exact(net, rate):
    assert 0 <= net * rate / 100 - tax_down(net, rate) < 1
    assert 0 <= tax_up(net, rate) - net * rate / 100 < 1
    assert given_back(net, rate).total_yen >= charged(net, rate).total_yen


@given(yen, rates)
def test_a_sum_splits_without_loss(total, rate):
    amount = split_total(total, rate)
    assert amount.total_yen == total
    assert amount.net_yen >= 0
    assert tax_down(amount.net_yen, rate) - 1 <= amount.tax_yen <= tax_up(amount.net_yen, rate)


@given(yen, rates)
def test_splitting_undoes_charging(net, rate):
    assert split_total(charged(net, rate).total_yen, rate) == charged(net, rate)


@given(st.lists(st.tuples(st.integers(-1_000_000, 1_000_000), rates), max_size=30))
def test_one_rounding_is_never_dearer_than_rounding_each_charge(lines):
    for rate, (net, tax) in invoice_tax(lines).items():
        assert net == sum(n for n, r in lines if r == rate)
        assert 0 <= net * rate / 100 - tax < 1


@given(yen, days, lengths, lengths)
def test_days_add_up(fee, first, some, more):
    middle, end = first + dt.timedelta(days=some), first + dt.timedelta(days=some + more)
    whole = by_calendar_days(fee, first, end)
    assert by_calendar_days(fee, first, middle) + by_calendar_days(fee, middle, end) == whole
    assert fee_for("calendar_days", fee, first, end) <= whole <= credit_for_days(fee, first, end)


@given(st.integers(0, 100_000), st.integers(1, 60), days, lengths)
def test_a_residual_only_falls_and_ends_at_zero(fee, months, started, after):
    on = started + dt.timedelta(days=after)
    now, later = residual(fee, months, started, on), residual(fee, months, started, on + dt.timedelta(days=1))
    assert fee >= now >= later >= 0
    assert residual(fee, months, started, started + dt.timedelta(days=31 * months + 31)) == 0


@given(days, st.integers(0, 20), st.sets(st.integers(0, 6), max_size=5))
def test_the_eight_days_are_at_least_eight_and_end_on_a_business_day(received, after, closed):
    def business(day: dt.date) -> bool:
        return day.weekday() not in closed

    last = withdrawal_ends_on(received, days=8, is_business_day=business)
    assert last >= received + dt.timedelta(days=7)
    assert business(last)
    on = received + dt.timedelta(days=after)
    assert may_withdraw([(received, False)], on, days=8, is_business_day=business) is (on <= last)


@given(days, st.integers(-5, 40))
def test_a_consent_number_has_exactly_its_days(issued, after):
    valid = consent_number_is_valid(issued, issued + dt.timedelta(days=after), days=15)
    assert valid is (0 <= after <= 14)
