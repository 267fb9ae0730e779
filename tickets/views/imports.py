"""Bringing in customers and contracts from a file: choose, check, look at the report, bring in."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from tickets import importing, spreadsheet
from tickets.forms.imports import ImportForm
from tickets.models import ImportJob, ImportRow
from tickets.paging import newest_first, oldest_first
from tickets.queries import imports as reads
from tickets.rights import administrator
from tickets.services import imports
from tickets.views.deed import Deed
from tickets.views.screen import DEED, DeskRequest, page, screen, told

CSV = "text/csv; charset=utf-8"


def find_importer(request: DeskRequest, kind: str) -> importing.Importer:
    """A kind of file that some floor takes in."""
    found = importing.importer(kind)
    if found is None:
        raise Http404
    return found


def find_job(request: DeskRequest, pk: int) -> ImportJob:
    """A file."""
    return get_object_or_404(reads.jobs(), pk=pk)


@screen(administrator)
def index(request: DeskRequest) -> Any:
    """What can be brought in, and every file so far."""
    rows = newest_first(reads.jobs(), request.GET.get("after", ""))
    labels = {found.kind: found.label for found in importing.importers()}
    context = {"page": rows, "importers": importing.importers(), "labels": labels}
    return page(request, "tickets/imports.html", context)


def _upload(request: DeskRequest, found: importing.Importer, data: dict[str, Any]) -> ImportJob:
    file = data["file"]
    return imports.upload(
        kind=found.kind, filename=file.name, content=file.read(), actor=request.user, at=request.at
    )


new_import = Deed(
    title=_("Bring in from a file"),
    form=ImportForm,
    find=find_importer,
    rights=administrator,
    do=_upload,
    submit=_("Check the file"),
    done=_("The file is being checked. Nothing is written yet."),
    leads_to=lambda _subject, outcome: (
        outcome.get_absolute_url() if isinstance(outcome, ImportJob) else reverse("tickets:imports")
    ),
    template="tickets/import_new.html",
).view()


@screen(administrator)
def sample(request: DeskRequest, kind: str) -> Any:
    """A file with the heading and one row, to start from."""
    columns = find_importer(request, kind).columns
    text = "".join(spreadsheet.lines([[c.ja for c in columns], [c.sample for c in columns]]))
    return _attachment(HttpResponse(text, content_type=CSV), f"{kind}-sample.csv")


@screen(administrator)
def job(request: DeskRequest, pk: int) -> Any:
    """One file: how far it is, what its check found, its rows by verdict."""
    found = find_job(request, pk)
    verdict = request.GET.get("verdict", ImportRow.Verdict.WRONG)
    if verdict not in ImportRow.Verdict.values:
        raise Http404
    rows = oldest_first(ImportRow.objects.filter(job=found, verdict=verdict), request.GET.get("after", ""))
    counts = reads.counts(found)
    context = {
        **_progress(found, counts),
        "kind": importing.importer(found.kind),
        "page": rows,
        "rows": [reads.told_row(found, row) for row in rows.rows],
        "verdict": verdict,
        "tabs": _tabs(found, counts, verdict),
    }
    return page(request, "tickets/import.html", context)


@screen(administrator)
def progress(request: DeskRequest, pk: int) -> Any:
    """The bar, asked for again by itself; when the worker is through, the whole page comes anew."""
    found = find_job(request, pk)
    answer = page(request, "tickets/import_progress.html", _progress(found, reads.counts(found)))
    if not found.runs:
        answer["HX-Refresh"] = "true"
    return answer


@screen(administrator)
def errors(request: DeskRequest, pk: int) -> Any:
    """What is wrong, row by row, as a CSV that no spreadsheet runs."""
    found = find_job(request, pk)
    answer = StreamingHttpResponse(spreadsheet.lines(reads.report(found)), content_type=CSV)
    return _attachment(answer, f"import-{found.pk}-errors.csv")


@screen(administrator, methods=DEED)
def bring_in(request: DeskRequest, pk: int) -> Any:
    """Write the good rows."""
    found = find_job(request, pk)
    told(request, lambda: imports.bring_in(job_id=found.pk, actor=request.user, at=request.at))
    return redirect(found)


@screen(administrator, methods=DEED)
def stop(request: DeskRequest, pk: int) -> Any:
    """Write nothing more of it."""
    found = find_job(request, pk)
    told(request, lambda: imports.stop(job_id=found.pk, actor=request.user, at=request.at))
    return redirect(found)


def _progress(found: ImportJob, counts: dict[str, int]) -> dict[str, Any]:
    good = counts["new"] + counts["changed"]
    bringing = found.brought_at is not None
    return {
        "job": found,
        "counts": counts,
        "good": good,
        "value": found.brought_rows if bringing else found.read_rows,
        "total": max(good, found.brought_rows) if bringing else found.total_rows,
        "label": _("Bringing in") if bringing else _("Checking"),
    }


def _tabs(found: ImportJob, counts: dict[str, int], verdict: str) -> list[dict[str, Any]]:
    order = (
        ImportRow.Verdict.WRONG,
        ImportRow.Verdict.NEW,
        ImportRow.Verdict.CHANGED,
        ImportRow.Verdict.UNCHANGED,
    )
    return [
        {
            "url": f"{found.get_absolute_url()}?verdict={each.value}",
            "label": each.label,
            "count": counts[each.value],
            "alarm": each == ImportRow.Verdict.WRONG,
            "current": each == verdict,
        }
        for each in order
    ]


def _attachment(answer: Any, name: str) -> Any:
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
