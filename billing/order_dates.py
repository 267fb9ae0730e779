"""When each milestone of a cancellation is due, and what an early stop costs in days. Pure: no clock, no database.

The figures here are the desk's own targets, not those of a law or a tariff (those are rows: billing.FeeCap).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from tickets.business_time import Hours, add_business_days
from tickets.dates import add_months, day_of, end_of_day, start_of_day

# Once the last day has ended the cutoff runs within seconds; after this long somebody must look.
STOP_WITHIN = dt.timedelta(hours=1)
NOTICE_HOUR = 10  # JST; a notice is read by day, not at midnight


@dataclass(frozen=True, slots=True)
class Targets:
    """How long the desk gives itself, in days; `relay_business_days` by the carrier's calendar (D3)."""

    relay_business_days: int = 1
    visit_agreed_days: int = 5
    removal_days: int = 30
    device_days: int = 20
    closing_days_after_bill: int = 7


DESK = Targets()


def relay_due(carrier_hours: Hours, accepted_at: dt.datetime, targets: Targets = DESK) -> dt.datetime:
    """Closing time of the carrier on the first business day after acceptance; porting is not waited for (D3)."""
    return add_business_days(carrier_hours, accepted_at, targets.relay_business_days)


def stop_due(ends_at: dt.datetime) -> dt.datetime:
    """When a stop that has not happened counts as missed; never the moment from which it may happen."""
    return ends_at + STOP_WITHIN


def visit_agreed_due(accepted_at: dt.datetime, targets: Targets = DESK) -> dt.datetime:
    """The end of the fifth day after acceptance."""
    return end_of_day(day_of(accepted_at) + dt.timedelta(days=targets.visit_agreed_days))


def removal_due(last_end: dt.datetime, targets: Targets = DESK) -> dt.datetime:
    """Thirty days after the last line's end, unless a visit is agreed."""
    return last_end + dt.timedelta(days=targets.removal_days)


def device_due(last_end: dt.datetime, targets: Targets = DESK) -> dt.datetime:
    """Twenty days after the last line's end."""
    return last_end + dt.timedelta(days=targets.device_days)


def final_bill_due(last_end: dt.datetime) -> dt.datetime:
    """The end of the month after the one of the last day."""
    last_day = last_day_of(last_end)
    first = last_day.replace(day=1)
    return start_of_day(add_months(first, 2))


def closing_due(last_end: dt.datetime, targets: Targets = DESK) -> dt.datetime:
    """A week after the final bill."""
    return final_bill_due(last_end) + dt.timedelta(days=targets.closing_days_after_bill)


def day_before_notice_at(last_day: dt.date, accepted_at: dt.datetime) -> dt.datetime | None:
    """10:00 JST of the day before the last day; None when that moment had passed at acceptance."""
    at = start_of_day(last_day - dt.timedelta(days=1)) + dt.timedelta(hours=NOTICE_HOUR)
    return at if at > accepted_at else None


def last_day_of(ends_at: dt.datetime) -> dt.date:
    """The date of which `ends_at` is the exclusive end."""
    return day_of(ends_at - dt.timedelta(microseconds=1))


def days_lost(stopped_at: dt.datetime, planned_end: dt.datetime) -> int:
    """JST dates that the customer lost, begun ones whole: dead at 09:05 of the last day is one day (D7).

    0 when the stop was not early.
    """
    if stopped_at >= planned_end:
        return 0
    return (last_day_of(planned_end) - day_of(stopped_at)).days + 1
