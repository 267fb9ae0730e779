"""The manager's figures (統計): one table a report, its chart, and the list behind it (F).

A report lives on the floor whose rows it counts, which registers it in its AppConfig.ready; the page shows them all.
Nothing about objections is counted for a person: they are in no evaluation (B9).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.utils.functional import Promise as LazyText

from tickets.dates import add_months, end_of_day, start_of_day
from tickets.models import Desk, Staff, Tier

Text = str | LazyText
Row = tuple[Any, ...]


@dataclass(frozen=True)
class Scope:
    """What is asked for: JST dates, both inclusive; one desk or all; as whom."""

    first: dt.date
    last: dt.date
    staff: Staff
    at: dt.datetime
    desk_id: int | None = None

    @property
    def since(self) -> dt.datetime:
        """00:00 JST of the first day."""
        return start_of_day(self.first)

    @property
    def until(self) -> dt.datetime:
        """24:00 JST of the last day, exclusive."""
        return end_of_day(self.last)

    @property
    def end(self) -> dt.datetime:
        """The end of the period, or now when it is not over: for what was open or late "at the end"."""
        return min(self.until, self.at)

    @cached_property
    def desks(self) -> dict[int, str]:
        """The names of the desks asked for by id, in the order of their codes, in the reader's language. One query."""
        rows = Desk.objects.order_by("code")
        return {desk.pk: str(desk) for desk in (rows.filter(pk=self.desk_id) if self.desk_id else rows)}

    def on_desk(self, path: str) -> dict[str, int]:
        """A filter on the desk, by `path` from the row; empty for all desks."""
        return {f"{path}_id": self.desk_id} if self.desk_id else {}


@dataclass(frozen=True, slots=True)
class Chart:
    """A bar chart of a table: `labels` down the side, one series a (name, tone, values)."""

    labels: Sequence[str]
    series: Sequence[tuple[Text, str, Sequence[float | None]]]
    stacked: bool = True


@dataclass(frozen=True, slots=True)
class Table:
    """A report's answer. `head`: "#Label" is a column of numbers. `total`: its last row, when there is one."""

    head: Sequence[Text]
    rows: Sequence[Row]
    total: Row | None = None
    chart: Chart | None = None
    # Figures that stand large above the table: (label, value, unit, note).
    stats: Sequence[tuple[Text, Any, Text, Text]] = field(default_factory=tuple)


@dataclass(frozen=True, slots=True)
class Listing:
    """The rows behind a report, one line each, read from the database as they are written out."""

    head: Sequence[Text]
    rows: Callable[[Scope], Iterable[Row]]


@dataclass(frozen=True, slots=True)
class Report:
    """One of the figures. `table` asks a fixed number of queries, each bounded by an index on the period."""

    key: str
    title: Text
    table: Callable[[Scope], Table]
    listing: Listing | None = None
    note: Text = ""
    icon: str = "dashboard"
    order: int = 100
    tier: Tier = Tier.SV
    # Which tables of the same report differ by the desk; the others say so.
    by_desk: bool = True


_reports: dict[str, Report] = {}


def publish(report: Report) -> None:
    """Put a report on the page; called once, from an AppConfig's ready()."""
    _reports[report.key] = report


def published(staff: Staff) -> list[Report]:
    """The reports that `staff` may read, in order."""
    return sorted((each for each in _reports.values() if staff.tier >= each.tier), key=lambda r: r.order)


def find(key: str, staff: Staff) -> Report | None:
    """The report `key`, if `staff` may read it."""
    return next((each for each in published(staff) if each.key == key), None)


def presets(today: dt.date) -> dict[str, tuple[dt.date, dt.date]]:
    """This month, last month, this quarter (from January, April, July, October), up to their last day."""
    month = today.replace(day=1)
    quarter = month.replace(month=(month.month - 1) // 3 * 3 + 1)
    day = dt.timedelta(days=1)
    return {
        "month": (month, add_months(month, 1) - day),
        "last_month": (add_months(month, -1), month - day),
        "quarter": (quarter, add_months(quarter, 3) - day),
    }
