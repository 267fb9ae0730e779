"""What a cancellation would mean, date by date and yen by yen, before anything is written (D1, D2, D6; C11)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils import translation
from django.utils.translation import gettext as _

from billing import order_dates
from billing.models import Contract, LineKind, ServiceLine
from billing.queries.figures import figure_or_none, tax_percent_on
from billing.rating import charged, fee_for, first_of_month, residual
from tickets import formats
from tickets.business_time import Hours
from tickets.dates import end_of_day
from tickets.models import Desk, Staff
from tickets.queries.calendars import hours_of


@dataclass(frozen=True, slots=True)
class PlannedLine:
    """One line with the day the customer wants; `earliest`: why it does not stop sooner."""

    line: ServiceLine
    last_day: dt.date
    earliest: str
    aloud: str

    @property
    def ends_at(self) -> dt.datetime:
        """24:00 JST of the last day, exclusive."""
        return end_of_day(self.last_day)


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """One date that follows, and why it is not earlier. `by`: it is a limit; otherwise it may begin then."""

    label: str
    at: dt.datetime
    why: str
    by: bool = True


@dataclass(frozen=True, slots=True)
class CancellationPlan:
    """All dates of a cancellation as it would be accepted at this moment."""

    lines: list[PlannedLine]
    steps: list[PlannedStep]
    stays: list[ServiceLine]
    closing: str


def plan_of(
    contract: Contract, wishes: Sequence[tuple[ServiceLine, dt.date]], staff: Staff, at: dt.datetime
) -> CancellationPlan:
    """The dates for these wishes. Reads the lines of the circuits and the carrier's calendar; writes nothing."""
    ending = {line.pk: day for line, day in wishes}
    circuits = {line.access_line_id for line, _day in wishes}
    running = list(
        ServiceLine.objects.filter(access_line__in=circuits)
        .exclude(status="terminated")
        .select_related("access_line")
    )
    last_end = max(end_of_day(day) for _line, day in wishes)
    steps = [
        PlannedStep(
            _("Relayed to the carrier"),
            order_dates.relay_due(_carrier_hours(running, staff), at),
            _("The carrier's next business day after acceptance. It does not wait for the porting."),
        ),
        *_removal(running, ending),
        PlannedStep(
            _("Device returned"),
            order_dates.device_due(last_end),
            _("The device is needed until the last line has ended."),
        ),
        PlannedStep(
            _("Final bill"),
            order_dates.final_bill_due(last_end),
            _("The last month's use is known only when that month is over."),
        ),
    ]
    stays = [line for line in contract.lines.exclude(status="terminated") if line.pk not in ending]
    with translation.override("ja"):
        closing = _("Each line ends on its own day; none is stopped before. You may change or withdraw this.")
    return CancellationPlan([_line(line, day) for line, day in wishes], steps, stays, closing)


def _line(line: ServiceLine, day: dt.date) -> PlannedLine:
    phone = line.kind == LineKind.PHONE
    earliest = (
        _("The telephone stops only when its number has arrived at the new provider, and not before 24:00.")
        if phone
        else _("The customer may use the whole last day. Another line's end does not end this one.")
    )
    with translation.override("ja"):
        words = _("%(line)s can be used until %(until)s.") % {
            "line": line.get_kind_display(),
            "until": formats.last_minute_text(day),
        }
    return PlannedLine(line, day, earliest, words)


def _removal(running: Iterable[ServiceLine], ending: dict[int, dt.date]) -> list[PlannedStep]:
    """A removal for each circuit on which nothing goes on; none while some line stays."""
    steps = []
    circuits: dict[int, list[ServiceLine]] = {}
    for line in running:
        circuits.setdefault(line.access_line_id, []).append(line)
    for lines in circuits.values():
        days = [ending.get(line.pk) or line.last_day for line in lines]
        if any(day is None for day in days):
            continue
        end = max(end_of_day(day) for day in days if day is not None)
        label = _("Removal visit, circuit %(circuit)s") % {"circuit": lines[0].access_line.circuit}
        steps.append(
            PlannedStep(label, end, _("Not before the last line on this circuit has ended."), by=False)
        )
    return steps


def _carrier_hours(lines: Iterable[ServiceLine], staff: Staff) -> Hours:
    carriers = {line.access_line.carrier_id for line in lines}
    desk = Desk.objects.filter(company_id__in=carriers, kind=Desk.Kind.CARRIER).order_by("pk").first()
    return hours_of(desk.calendar_id if desk else staff.desk.calendar_id)


@dataclass(frozen=True, slots=True)
class Costs:
    """What leaving costs, yen, tax included; None where the catalogue does not say. `penalty_cap`: at most."""

    last_month_yen: int
    residual_yen: int
    penalty_cap_yen: int | None


def costs_of(contract: Contract, last_day: dt.date) -> Costs:
    """The last month by the version's proration, the residual by month, the cap of a penalty (C11).

    Raises NoFigure where the catalogue has a gap. The last month is the contract's, so it is told once, with one line.
    """
    version = contract.product_version
    percent = tax_percent_on(last_day)
    first = max(first_of_month(last_day), contract.started_on)
    fee = fee_for(version.proration_rule, version.monthly_fee_yen, first, last_day + dt.timedelta(days=1))
    months = figure_or_none("residual_months", contract.started_on)
    left = residual(version.construction_fee_yen, months, contract.started_on, last_day) if months else 0
    cap = figure_or_none("penalty_months", contract.started_on)
    return Costs(
        last_month_yen=charged(fee, percent).total_yen,
        residual_yen=charged(left, percent).total_yen,
        penalty_cap_yen=None if cap is None else cap * version.monthly_fee_yen,
    )
