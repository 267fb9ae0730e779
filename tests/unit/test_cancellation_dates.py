"""When milestones are due and what an early stop costs: no database."""

import datetime as dt

import pytest

from billing import lifecycle_cancellation, order_dates
from billing.order_dates import (
    day_before_notice_at,
    days_lost,
    final_bill_due,
    last_day_of,
    relay_due,
    stop_due,
)
from billing.rating import credit_for_days
from tickets.business_time import Hours
from tickets.dates import end_of_day, jst

# Monday to Friday, 9:00 to 17:00; Monday 12 January 2026 is a holiday.
CARRIER = Hours(
    week=dict.fromkeys(range(5), ((540, 1020),)),
    holidays=frozenset({dt.date(2026, 1, 12)}),
)
END = jst(2026, 2, 1)


@pytest.mark.requirement("D3")
@pytest.mark.parametrize(
    ("accepted", "due"),
    [
        (jst(2026, 1, 24, 14), jst(2026, 1, 26, 17)),  # Saturday → Monday
        (jst(2026, 1, 26, 8), jst(2026, 1, 27, 17)),  # before opening: the day itself is not counted
        (jst(2026, 1, 9, 16), jst(2026, 1, 13, 17)),  # Friday before three holidays → Tuesday
    ],
)
def test_the_relay_is_due_one_business_day_of_the_carrier_after_acceptance(accepted, due):
    assert relay_due(CARRIER, accepted) == due


@pytest.mark.requirement("D2")
def test_a_stop_is_missed_after_its_end_and_never_due_before():
    assert stop_due(END) > END


@pytest.mark.requirement("D7")
@pytest.mark.parametrize(
    ("stopped", "days"),
    [
        (jst(2026, 1, 31, 9, 5), 1),
        (jst(2026, 1, 31, 0, 0), 1),
        (jst(2026, 1, 30, 23, 59, 59), 2),
        (jst(2026, 1, 31, 23, 59, 59), 1),
        (jst(2026, 2, 1, 0, 0), 0),
        (jst(2026, 2, 3, 0, 0), 0),
    ],
)
def test_days_lost_are_the_dates_touched(stopped, days):
    assert days_lost(stopped, END) == days


@pytest.mark.requirement("D7")
def test_a_lost_day_is_worth_its_share_of_its_own_month_rounded_up():
    saturday, sunday = dt.date(2026, 1, 31), dt.date(2026, 2, 1)
    assert credit_for_days(5200, saturday, sunday) == 168  # 5200 / 31 = 167.7
    assert credit_for_days(5200, saturday, dt.date(2026, 2, 2)) == 354  # and 5200 / 28 = 185.7, rounded once
    assert credit_for_days(5200, sunday, sunday) == 0


@pytest.mark.requirement("D1")
def test_the_final_bill_is_due_at_the_end_of_the_month_after():
    assert final_bill_due(END) == jst(2026, 3, 1)
    assert final_bill_due(jst(2026, 2, 2)) == jst(2026, 4, 1)
    assert last_day_of(END) == dt.date(2026, 1, 31)


@pytest.mark.requirement("D1")
def test_the_day_before_is_told_by_day_or_not_at_all():
    saturday = dt.date(2026, 1, 31)
    assert day_before_notice_at(saturday, jst(2026, 1, 24)) == jst(2026, 1, 30, 10)
    assert day_before_notice_at(saturday, jst(2026, 1, 30, 10)) is None


@pytest.mark.requirement("D2")
@pytest.mark.parametrize("day", [dt.date(2024, 2, 29), dt.date(2025, 12, 31), dt.date(2026, 2, 28)])
def test_a_day_ends_where_the_next_begins(day):
    assert last_day_of(end_of_day(day)) == day


@pytest.mark.requirement("D8")
def test_no_state_and_no_step_stands_between_the_customer_and_the_end():
    order = lifecycle_cancellation.ORDER
    assert order.states == ("draft", "acknowledged", "in_progress", "held", "completed", "cancelled")
    assert [step.target for step in order.steps if "draft" in step.sources] == ["acknowledged", "cancelled"]
    assert not any(
        word in name for name in order.states for word in ("retention", "offer", "refus", "reject")
    )
    assert order.final == {"completed", "cancelled"}


def test_targets_are_the_desks_own():
    assert order_dates.DESK.relay_business_days == 1
