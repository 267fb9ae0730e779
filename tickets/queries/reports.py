"""The ground floor's figures of a period: complaints, promises, repeat contacts, corrections, satisfaction (F, E2).

Desks are those that have the case now. Every query is bounded by an index on the period or on what is open.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from typing import Any, TypeVar

from django.db import connection
from django.db.models import Avg, Count, Exists, F, Model, OuterRef, Q, QuerySet, Value
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tickets.models import (
    Complaint,
    Contact,
    Correction,
    Promise,
    PromiseKind,
    PromiseRise,
    Staff,
    Survey,
    Ticket,
)
from tickets.queries import report_lists as lists
from tickets.reports import Chart, Report, Row, Scope, Table, publish

AnyRow = TypeVar("AnyRow", bound=Model)
# A page shows so many corrections; the CSV has them all.
MOST = 50
DAY_SECONDS = 24 * 3600


def register() -> None:
    """Called once, from the app's ready()."""
    publish(
        Report("complaints", gettext_lazy("Complaints"), complaints, lists.COMPLAINTS, order=10, icon="complaint",
               note=gettext_lazy("Closed: decided, and the customer told. Days to decide: from voiced to decided."))
    )  # fmt: skip
    publish(
        Report("promises", gettext_lazy("Promises kept and broken"), promises, lists.PROMISES, order=20,
               icon="promise",
               note=gettext_lazy("Broken: kept after its due time, risen because it was late, or open and overdue. A due time agreed anew with the customer breaks nothing."))
    )  # fmt: skip
    publish(
        Report("repeats", gettext_lazy("Repeat contacts"), repeats, lists.REPEATS, order=50, icon="phone-in",
               note=gettext_lazy("Customers who had to contact us again about the same case within the period."))
    )  # fmt: skip
    publish(
        Report("corrections", gettext_lazy("Guidance corrected"), corrections, lists.CORRECTIONS, order=60,
               icon="correction",
               note=gettext_lazy("Versions found wrong in the period, and what became of everyone who was told them."))
    )  # fmt: skip
    publish(
        Report("satisfaction", gettext_lazy("Satisfaction"), satisfaction, lists.SURVEYS, order=80, icon="survey",
               note=gettext_lazy("Scores from 1 to 5. Nobody is asked while something is owed to them: the number withheld stands beside every figure."))
    )  # fmt: skip


def seen(rows: QuerySet[AnyRow], staff: Staff, path: str = "ticket") -> QuerySet[AnyRow]:
    """`rows` on cases that `staff` may see; for models that have no door of their own."""
    return rows.filter(**{f"{path}__in": Ticket.objects.visible_to(staff)}) if staff.is_partner else rows


def counted(rows: QuerySet[Any], by: str, **figures: Any) -> dict[Any, dict[str, Any]]:
    """Aggregates of `rows`, grouped by the column `by`. One query."""
    return {row.pop(by): row for row in rows.order_by().values(by).annotate(**figures)}


def numbers(by: str = "", **rows: QuerySet[Any]) -> dict[str, Counter[Any]]:
    """How many rows each of these has, by the column `by`; each counted by its own index. One query for all of them."""
    groups = [by] if by else []
    first, *others = [
        each.order_by().annotate(what=Value(name)).values("what", *groups).annotate(n=Count("pk")).values_list("what", *groups, "n")
        for name, each in rows.items()
    ]  # fmt: skip
    found = {name: Counter[Any]() for name in rows}
    for what, *group, n in first.union(*others, all=True):
        found[what][group[0] if group else None] = n
    return found


def days(span: dt.timedelta | None) -> float | None:
    """A span as days with one decimal."""
    return None if span is None else round(span.total_seconds() / DAY_SECONDS, 1)


def share(part: int, whole: int) -> str:
    """Per cent without decimals; a dash when there is nothing to divide by."""
    return f"{round(100 * part / whole)}%" if whole else "―"


def complaints(scope: Scope) -> Table:
    """Opened, decided, closed, open at the end, and how long a decision took, by desk. Two queries."""
    rows = seen(Complaint.objects.filter(**scope.on_desk("ticket__desk")), scope.staff)
    by, span = "ticket__desk", (scope.since, scope.end)
    before = rows.filter(voiced_at__lt=scope.end)
    number = numbers(
        by,
        opened=rows.filter(voiced_at__gte=span[0], voiced_at__lt=span[1]),
        closed=rows.filter(delivered_at__gte=span[0], delivered_at__lt=span[1]),
        still=before.exclude(status=Complaint.Status.DELIVERED),
        later=before.filter(delivered_at__gte=scope.end),
    )
    decided = counted(
        rows.filter(decided_at__gte=span[0], decided_at__lt=span[1]), by,
        n=Count("pk"), taken=Avg(F("decided_at") - F("voiced_at")), justified=Count("pk", filter=~Q(decision="not_upheld")),
    )  # fmt: skip

    shown: list[Row] = []
    for desk, name in scope.desks.items():
        told = decided.get(desk, {"n": 0, "justified": 0, "taken": None})
        open_at_end = number["still"][desk] + number["later"][desk]
        row = (name, number["opened"][desk], told["n"], told["justified"], number["closed"][desk], open_at_end, days(told["taken"]))  # fmt: skip
        if any(row[1:]):
            shown.append(row)
    head = [_("Desk"), f"#{_('Opened')}", f"#{_('Decided')}", f"#{_('of them justified')}", f"#{_('Closed')}",
            f"#{_('Open at the end')}", f"#{_('Days to decide (mean)')}"]  # fmt: skip
    return Table(head, shown, total=_sum(shown, mean=_mean_days(decided)), chart=Chart(
        [row[0] for row in shown],
        [(_("Opened"), "info", [row[1] for row in shown]), (_("Closed"), "success", [row[4] for row in shown]),
         (_("Open at the end"), "danger", [row[5] for row in shown])],
        stacked=False,
    ))  # fmt: skip


def _mean_days(decided: dict[Any, dict[str, Any]]) -> float | None:
    """Over all desks, each weighed by how many it decided."""
    weighed = [(row["taken"], row["n"]) for row in decided.values() if row["taken"] is not None]
    n = sum(count for _span, count in weighed)
    return days(sum((span * count for span, count in weighed), dt.timedelta()) / n) if n else None


def _sum(rows: list[Row], *, mean: float | None) -> Row | None:
    """The last row: sums, and the mean at the end. None for a single desk, which is its own sum."""
    if len(rows) < 2:
        return None
    return (_("All desks"), *(sum(row[place] for row in rows) for place in range(1, len(rows[0]) - 1)), mean)


def late_rise() -> Exists:
    """It rose because its due time had passed."""
    rises = PromiseRise.objects.filter(promise=OuterRef("pk"), agreed_contact__isnull=True)
    return Exists(rises.filter(at__gte=F("old_due_at")))


def promises(scope: Scope) -> Table:
    """Kept in time, kept late, void, and open past the due time, by kind. Two queries."""
    rows = Promise.objects.visible_to(scope.staff).filter(**scope.on_desk("desk")).annotate(risen=late_rise())
    late = Q(ended_at__gt=F("due_at")) | Q(risen=True)
    ended = counted(
        rows.filter(ended_at__gte=scope.since, ended_at__lt=scope.end).exclude(status="open"), "kind",
        kept=Count("pk", filter=Q(status="kept")), late=Count("pk", filter=Q(status="kept") & late),
        void=Count("pk", filter=Q(status="void")),
    )  # fmt: skip
    owed = counted(
        rows.open().filter(opened_at__lt=scope.end).filter(Q(due_at__lt=scope.end) | Q(risen=True)), "kind", n=Count("pk")
    )  # fmt: skip
    shown: list[Row] = []
    for kind in PromiseKind:
        found = ended.get(kind.value, {"kept": 0, "late": 0, "void": 0})
        open_late = owed.get(kind.value, {"n": 0})["n"]
        shown.append((str(kind.label), *_kept(found["kept"], found["late"], open_late), found["void"]))
    shown = [row for row in shown if any(row[1:5]) or row[6]]
    head = [_("Promise"), f"#{_('Kept in time')}", f"#{_('Kept late')}", f"#{_('Open and overdue')}",
            f"#{_('Broken in all')}", f"#{_('Kept in time, share')}", f"#{_('No longer owed')}"]  # fmt: skip
    sums = [sum(row[place] for row in shown) for place in (1, 2, 3, 6)]
    total = (
        (_("All promises"), *_kept(sums[0] + sums[1], sums[1], sums[2]), sums[3]) if len(shown) > 1 else None
    )
    return Table(head, shown, total=total, chart=Chart(
        [row[0] for row in shown],
        [(_("Kept in time"), "success", [row[1] for row in shown]), (_("Kept late"), "warning", [row[2] for row in shown]),
         (_("Open and overdue"), "danger", [row[3] for row in shown])],
    ))  # fmt: skip


def _kept(kept: int, late: int, open_late: int) -> tuple[int, int, int, int, str]:
    return (kept - late, late, open_late, late + open_late, share(kept - late, kept + open_late))


def repeats(scope: Scope) -> Table:
    """Cases whose customer came back, by desk. One query; the database counts the cases."""
    rows = Contact.objects.visible_to(scope.staff).filter(
        direction="in", started_at__gte=scope.since, started_at__lt=scope.end, ticket__isnull=False
    )
    found = _by_number(rows, scope.desk_id)
    shown: list[Row] = []
    for desk, name in scope.desks.items():
        cases, contacts, twice, more = found.get(desk, (0, 0, 0, 0))
        if cases:
            shown.append((name, cases, contacts, twice, more, share(twice + more, cases)))
    sums = [sum(row[place] for row in shown) for place in range(1, 5)]
    total = (_("All desks"), *sums, share(sums[2] + sums[3], sums[0])) if len(shown) > 1 else None
    head = [_("Desk"), f"#{_('Cases')}", f"#{_('Inbound contacts')}", f"#{_('Cases with two')}",
            f"#{_('Cases with three or more')}", f"#{_('Share that came back')}"]  # fmt: skip
    return Table(head, shown, total=total, chart=Chart(
        [row[0] for row in shown],
        [(_("One contact"), "success", [row[1] - row[3] - row[4] for row in shown]),
         (_("Cases with two"), "warning", [row[3] for row in shown]),
         (_("Cases with three or more"), "danger", [row[4] for row in shown])],
    ))  # fmt: skip


def _by_number(rows: QuerySet[Contact], desk_id: int | None) -> dict[int, tuple[int, int, int, int]]:
    """Desk → cases, contacts, cases with two, cases with more: a count of counts, which the ORM cannot say.

    The desk of each case is looked up by its id (LIMIT 1 keeps that from becoming a join): a join of a month's contacts
    would read every case there is.
    """
    each = rows.order_by().values("ticket").annotate(n=Count("pk")).values_list("ticket", "n")
    sql, parameters = each.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.desk, count(*), sum(x.n)::bigint, count(*) FILTER (WHERE x.n = 2), "
            f"count(*) FILTER (WHERE x.n > 2) FROM ({sql}) AS x (ticket, n) CROSS JOIN LATERAL "
            "(SELECT t.desk_id FROM tickets_ticket t WHERE t.id = x.ticket LIMIT 1) AS c (desk) "
            "WHERE %s IS NULL OR c.desk = %s GROUP BY c.desk",
            [*parameters, desk_id, desk_id],
        )
        return {row[0]: row[1:] for row in cursor.fetchall()}


def corrections(scope: Scope) -> Table:
    """Corrections of the period, the newest first, with whom they reached. One query."""
    desk = Q(harm_checks__ticket__desk_id=scope.desk_id) if scope.desk_id else Q()
    if scope.staff.is_partner:
        desk &= Q(harm_checks__ticket__in=Ticket.objects.visible_to(scope.staff))
    rows = Correction.objects.filter(corrected_at__gte=scope.since, corrected_at__lt=scope.end)
    found = rows.select_related("wrong__article", "corrected_by").annotate(
        told=Count("harm_checks", filter=desk), harmed=Count("harm_checks", filter=desk & Q(harm_checks__outcome="harmed")),
        unharmed=Count("harm_checks", filter=desk & Q(harm_checks__outcome="unharmed")),
        pending=Count("harm_checks", filter=desk & Q(harm_checks__outcome="pending")),
    )  # fmt: skip
    shown: list[Row] = [
        (row.corrected_at, str(row.wrong), row.reason, row.corrected_by.name, row.told, row.harmed, row.unharmed, row.pending)
        for row in found.order_by("-corrected_at")[:MOST]
    ]  # fmt: skip
    head = [_("Corrected at"), _("Article"), _("Why it was wrong"), _("Corrected by"), f"#{_('Customers told')}",
            f"#{_('Harm was done')}", f"#{_('No harm was done')}", f"#{_('To be checked')}"]  # fmt: skip
    return Table(head, shown)


def satisfaction(scope: Scope) -> Table:
    """Average score and how many answered, and beside it how many were not asked and why, by desk (E2). Three queries."""
    rows = seen(Survey.objects.filter(**scope.on_desk("ticket__desk")), scope.staff)
    by = "ticket__desk"
    answers = rows.filter(answered_at__gte=scope.since, answered_at__lt=scope.end)
    answered = counted(answers, by, n=Count("pk"), average=Avg("score"))
    sent = counted(rows.filter(sending_at__gte=scope.since, sending_at__lt=scope.end), by, n=Count("pk"))
    made = rows.filter(created_at__gte=scope.since, created_at__lt=scope.end).exclude(withheld_reason="")
    kept_back = made.filter(Q(status="withheld") | Q(status="expired", sending_at=None))
    why = {reason: Count("pk", filter=Q(withheld_reason=reason)) for reason in Survey.Reason.values}
    withheld = counted(kept_back, by, n=Count("pk"), **why)
    shown: list[Row] = []
    for desk, name in scope.desks.items():
        got, held = answered.get(desk, {}), withheld.get(desk, {})
        row = (name, _score(got.get("average")), got.get("n", 0), sent.get(desk, {}).get("n", 0), held.get("n", 0),
               *(held.get(reason, 0) for reason in why))  # fmt: skip
        if any(row[2:]):
            shown.append(row)
    head = [_("Desk"), f"#{_('Average')}", f"#{_('Answers')}", f"#{_('Sent')}", f"#{_('Withheld')}",
            *(f"#{label}" for label in Survey.Reason.labels)]  # fmt: skip
    total = _all_answers(shown, answered.values()) if len(shown) > 1 else None
    return Table(head, shown, total=total, chart=Chart(
        [row[0] for row in shown],
        [(_("Answers"), "success", [row[2] for row in shown]), (_("Sent"), "info", [row[3] for row in shown]),
         (_("Withheld"), "warning", [row[4] for row in shown])],
        stacked=False,
    ))  # fmt: skip


def _score(average: float | None) -> float | None:
    return None if average is None else round(average, 2)


def _all_answers(rows: list[Row], answered: Iterable[dict[str, Any]]) -> Row:
    """The sums, and the average of all answers rather than of averages."""
    given = [(row["average"], row["n"]) for row in answered if row["average"] is not None]
    n = sum(count for _average, count in given)
    average = sum(mean * count for mean, count in given) / n if n else None
    return (
        _("All desks"),
        _score(average),
        *(sum(row[place] for row in rows) for place in range(2, len(rows[0]))),
    )
