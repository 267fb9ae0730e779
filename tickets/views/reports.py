"""The figures of a period: charts, tables, and both as CSV (F)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.http import Http404, HttpResponseBadRequest, StreamingHttpResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from tickets import charts, csv_out, reports
from tickets.dates import day_of
from tickets.formats import date_text
from tickets.forms.reports import PeriodForm
from tickets.models import Tier
from tickets.rights import at_least
from tickets.views.screen import DeskRequest, page, screen


def _form(request: DeskRequest) -> PeriodForm:
    return PeriodForm(request.GET, today=day_of(request.at), staff=request.user)


@screen(at_least(Tier.SV))
def dashboard(request: DeskRequest) -> Any:
    """Every figure the reader may see, for any period and any desk."""
    form = _form(request)
    scope = form.scope(staff=request.user, at=request.at) if form.is_valid() else None
    context = {
        "period": form,
        "scope": scope,
        "shown": [_shown(report, scope) for report in reports.published(request.user)] if scope else [],
        "presets": _presets(request),
    }
    return page(request, "tickets/reports.html", context)


def _shown(report: reports.Report, scope: reports.Scope) -> dict[str, Any]:
    table = report.table(scope)
    drawn = table.chart and any(any(values) for _name, _tone, values in table.chart.series)
    asked: dict[str, Any] = {
        "first": scope.first,
        "last": scope.last,
        **({"desk": scope.desk_id} if scope.desk_id else {}),
    }
    query = f"?{urlencode(asked)}"
    return {
        "report": report,
        "table": table,
        # Beside the panel of the same title: two places of one name are told apart by no screen reader.
        "caption": f"{report.title} {date_text(scope.first)} – {date_text(scope.last)}",
        "svg": charts.svg(table.chart, label=str(report.title)) if table.chart and drawn else "",
        "csv": reverse("tickets:report_csv", args=[report.key]) + query,
        "list": reverse("tickets:report_list", args=[report.key]) + query if report.listing else "",
    }


def _presets(request: DeskRequest) -> list[dict[str, Any]]:
    """Links for the usual periods, the chosen desk kept."""
    names = {"month": _("This month"), "last_month": _("Last month"), "quarter": _("This quarter")}
    desk = request.GET.get("desk", "")
    chosen = (request.GET.get("first"), request.GET.get("last"))
    found = []
    for key, (first, last) in reports.presets(day_of(request.at)).items():
        days = (first.isoformat(), last.isoformat())
        query = urlencode({"first": days[0], "last": days[1], **({"desk": desk} if desk else {})})
        current = chosen == days or (key == "month" and not any(chosen))
        found.append({"url": f"?{query}", "label": names[key], "current": current})
    return found


@screen(at_least(Tier.SV))
def table_csv(request: DeskRequest, key: str) -> Any:
    """One table as CSV."""
    report, scope = _asked(request, key)
    if scope is None:
        return HttpResponseBadRequest(_("The period is not right."))
    table = report.table(scope)
    return _file(report.key, scope, table.head, [*table.rows, *([table.total] if table.total else [])])


@screen(at_least(Tier.SV))
def list_csv(request: DeskRequest, key: str) -> Any:
    """The rows behind it as CSV, written out as they are read."""
    report, scope = _asked(request, key)
    if report.listing is None:
        raise Http404
    if scope is None:
        return HttpResponseBadRequest(_("The period is not right."))
    return _file(f"{report.key}-list", scope, report.listing.head, report.listing.rows(scope))


def _asked(request: DeskRequest, key: str) -> tuple[reports.Report, reports.Scope | None]:
    report, form = reports.find(key, request.user), _form(request)
    if report is None:
        raise Http404
    return report, form.scope(staff=request.user, at=request.at) if form.is_valid() else None


def _file(name: str, scope: reports.Scope, head: Sequence[Any], rows: Iterable[Sequence[Any]]) -> Any:
    answer = StreamingHttpResponse(csv_out.stream(head, rows), content_type="text/csv; charset=utf-8")
    desk = f"-desk{scope.desk_id}" if scope.desk_id else ""
    filename = f"tsunagu-{name}{desk}-{scope.first}_{scope.last}.csv"
    answer["Content-Disposition"] = f'attachment; filename="{filename}"'
    return answer
