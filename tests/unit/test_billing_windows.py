"""The eight days, and the fifteen of a transfer consent number."""

import datetime as dt

import pytest

from billing.windows import (
    consent_number_ends_on,
    consent_number_is_valid,
    may_withdraw,
    withdrawal_ends_on,
    withdrawal_starts_on,
)

pytestmark = pytest.mark.requirement("C11")
HOLIDAYS = {dt.date(2026, 1, 12), dt.date(2026, 2, 11)}


def business(day: dt.date) -> bool:
    return day.weekday() < 5 and day not in HOLIDAYS


def ends(received: dt.date) -> dt.date:
    return withdrawal_ends_on(received, days=8, is_business_day=business)


def test_the_day_of_receipt_is_day_one():
    assert ends(dt.date(2026, 1, 19)) == dt.date(2026, 1, 26)


def test_day_eight_on_a_saturday_runs_on_to_monday():
    assert ends(dt.date(2026, 1, 24)) == dt.date(2026, 2, 2)


def test_day_eight_before_a_holiday_monday_runs_on_to_tuesday():
    assert ends(dt.date(2026, 1, 3)) == dt.date(2026, 1, 13)


@pytest.mark.parametrize(("dispatched", "counts"), [(26, True), (27, False)])
def test_dispatch_counts_not_arrival(dispatched, counts):
    received = [(dt.date(2026, 1, 19), False)]
    on = dt.date(2026, 1, dispatched)
    assert may_withdraw(received, on, days=8, is_business_day=business) is counts


def test_a_document_that_misrepresents_never_starts_the_days():
    assert withdrawal_starts_on([(dt.date(2026, 1, 5), True)]) is None
    assert may_withdraw([(dt.date(2026, 1, 5), True)], dt.date(2026, 3, 1), days=8, is_business_day=business)


def test_the_document_that_puts_it_right_starts_them_anew():
    received = [(dt.date(2026, 1, 5), True), (dt.date(2026, 1, 19), False)]
    assert withdrawal_starts_on(received) == dt.date(2026, 1, 19)
    assert not may_withdraw(received, dt.date(2026, 1, 27), days=8, is_business_day=business)


def test_a_consent_number_is_valid_for_fifteen_days_with_the_day_of_issue():
    issued = dt.date(2026, 1, 17)
    assert consent_number_ends_on(issued, days=15) == dt.date(2026, 1, 31)
    assert consent_number_is_valid(issued, issued, days=15)
    assert consent_number_is_valid(issued, dt.date(2026, 1, 31), days=15)
    assert not consent_number_is_valid(issued, dt.date(2026, 2, 1), days=15)
    assert not consent_number_is_valid(issued, dt.date(2026, 1, 16), days=15)
