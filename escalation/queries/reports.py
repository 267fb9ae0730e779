"""The way up in figures: how long a superior's answer took, and, for managers, how objections ended (F, B13)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

from django.db.models import Aggregate, Count, Exists, F, FloatField, OuterRef, Q
from django.db.models.functions import Extract, TruncMonth
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from escalation.lifecycle import OPEN_DEMAND
from escalation.models import Demand, DemandPassage, Objection
from tickets.dates import JST
from tickets.models import TOP, Tier
from tickets.queries.reports import numbers
from tickets.reports import Chart, Listing, Report, Row, Scope, Table, publish

CHUNK = 1000
ANSWERED = ("answered", "answered_in_writing")


class Percentile(Aggregate):
    """percentile_cont within a group: `at` from 0 to 1."""

    function = "PERCENTILE_CONT"
    template = "%(function)s(%(at)s) WITHIN GROUP (ORDER BY %(expressions)s)"

    def __init__(self, expression: Any, *, at: float, **extra: Any) -> None:
        super().__init__(expression, at=at, output_field=FloatField(), **extra)


def register() -> None:
    """Called once, from the app's ready()."""
    publish(
        Report("superiors", gettext_lazy("Time to a superior's answer"), superiors, SUPERIORS, order=30, icon="upward",
               note=gettext_lazy("From the customer's demand to the answer, in hours of the clock, by the rank that answered. P90: nine of ten were answered within it."))
    )  # fmt: skip
    publish(
        Report("objections", gettext_lazy("Objections to instructions"), objections, order=90, icon="objection",
               tier=TOP, by_desk=False,
               note=gettext_lazy("By month, without names or desks: an objection is in nobody's evaluation."))
    )  # fmt: skip


def _late() -> Exists:
    passages = DemandPassage.objects.filter(demand=OuterRef("pk"), reason=DemandPassage.Reason.TIMEOUT)
    return Exists(passages)


def superiors(scope: Scope) -> Table:
    """Answered in the period by tier, with median and P90; withdrawn, and open at the end. Three queries."""
    rows = Demand.objects.visible_to(scope.staff).filter(**scope.on_desk("ticket__desk"))
    answered = rows.filter(answered_at__gte=scope.since, answered_at__lt=scope.end, status__in=ANSWERED)
    taken = Extract(F("answered_at") - F("demanded_at"), "epoch")
    found = {
        row["answered_tier"]: row
        for row in answered.annotate(late=_late()).order_by().values("answered_tier").annotate(
            n=Count("pk"), written=Count("pk", filter=Q(status="answered_in_writing")),
            risen=Count("pk", filter=Q(late=True)), median=Percentile(taken, at=0.5), p90=Percentile(taken, at=0.9),
        )
    }  # fmt: skip
    shown: list[Row] = [
        (
            str(Tier(tier).label),
            row["n"],
            row["written"],
            row["risen"],
            _as_hours(row["median"]),
            _as_hours(row["p90"]),
        )
        for tier, row in sorted(found.items())
    ]
    whole = answered.aggregate(median=Percentile(taken, at=0.5), p90=Percentile(taken, at=0.9))
    number = numbers(
        demanded=rows.filter(demanded_at__gte=scope.since, demanded_at__lt=scope.end),
        withdrawn=rows.filter(withdrawn_at__gte=scope.since, withdrawn_at__lt=scope.end),
        still=rows.filter(status__in=OPEN_DEMAND, demanded_at__lt=scope.end),
    )
    head = [_("Answered by"), f"#{_('Answered')}", f"#{_('of them in writing')}", f"#{_('Risen for lateness')}",
            f"#{_('Median (hours)')}", f"#{_('P90 (hours)')}"]  # fmt: skip
    return Table(
        head, shown,
        total=(_("All ranks"), *(sum(row[place] for row in shown) for place in (1, 2, 3)), _as_hours(whole["median"]),
               _as_hours(whole["p90"])) if len(shown) > 1 else None,
        stats=(
            (_("Demanded in the period"), number["demanded"][None], "", ""), (_("Withdrawn by the customer"), number["withdrawn"][None], "", ""),
            (_("Not answered yet"), number["still"][None], "", _("now, from any time before the end of the period")),
        ),
        chart=Chart([row[0] for row in shown], [(_("Median (hours)"), "info", [row[4] for row in shown]),
                    (_("P90 (hours)"), "warning", [row[5] for row in shown])], stacked=False),
    )  # fmt: skip


def _as_hours(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds / 3600, 1)


def demands(scope: Scope) -> Iterator[tuple[Any, ...]]:
    """Demands made, answered or withdrawn in the period."""
    inside = Q()
    for moment in ("demanded_at", "answered_at", "withdrawn_at"):
        inside |= Q(**{f"{moment}__gte": scope.since, f"{moment}__lt": scope.end})
    rows = Demand.objects.visible_to(scope.staff).filter(inside, **scope.on_desk("ticket__desk"))
    rows = rows.select_related("ticket__desk", "customer", "answered_by").order_by("demanded_at", "pk")
    for row in rows.iterator(chunk_size=CHUNK):
        taken = _as_hours((row.answered_at - row.demanded_at).total_seconds()) if row.answered_at else None
        yield (
            row.ticket.number, row.customer.number, row.customer.name, str(row.ticket.desk), row.demanded_at, row.words,
            str(row.get_demanded_tier_display()), str(row.get_status_display()), row.answered_at, taken,
            row.answered_by.name if row.answered_by else "", str(row.get_answered_tier_display() or ""),
            str(row.get_decision_display()), row.withdrawn_at,
        )  # fmt: skip


SUPERIORS = Listing(
    [gettext_lazy("Ticket"), gettext_lazy("Customer number"), gettext_lazy("Customer"), gettext_lazy("Desk"),
     gettext_lazy("Demanded at"), gettext_lazy("Words"), gettext_lazy("Rank demanded"), gettext_lazy("State"),
     gettext_lazy("Answered at"), gettext_lazy("Hours"), gettext_lazy("Answered by"), gettext_lazy("Rank"),
     gettext_lazy("Decision"), gettext_lazy("Withdrawn at")],
    demands,
)  # fmt: skip


def objections(scope: Scope) -> Table:
    """How the objections raised in each month of the period ended; no names, no desks, no list behind it. One query."""
    rows = (
        Objection.objects.filter(raised_at__gte=scope.since, raised_at__lt=scope.end)
        .annotate(month=TruncMonth("raised_at", tzinfo=JST))
        .values("month")
        .annotate(
            raised=Count("pk"),
            **{
                state: Count("pk", filter=Q(status=state))
                for state in ("sustained", "overruled", "taken_back", "open")
            },
        )
        .order_by("month")
    )
    shown: list[Row] = [
        (
            _month(row["month"]),
            row["raised"],
            row["sustained"],
            row["overruled"],
            row["taken_back"],
            row["open"],
        )
        for row in rows
    ]
    head = [_("Month"), f"#{_('Raised')}", f"#{_('Instruction fell')}", f"#{_('Instruction stood')}",
            f"#{_('Taken back')}", f"#{_('Open')}"]  # fmt: skip
    return Table(head, shown, chart=Chart(
        [row[0] for row in shown],
        [(_("Instruction fell"), "success", [row[2] for row in shown]),
         (_("Instruction stood"), "warning", [row[3] for row in shown]),
         (_("Taken back"), "neutral", [row[4] for row in shown]), (_("Open"), "danger", [row[5] for row in shown])],
    ))  # fmt: skip


def _month(first: dt.datetime) -> str:
    return first.astimezone(JST).strftime("%Y-%m")
