"""How far a file is, what its check found, and its rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Count, QuerySet
from django.utils.translation import get_language, override, pgettext
from django.utils.translation import gettext as _

from tickets.importing import NOTES, importer, told
from tickets.models import ImportJob, ImportRow


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with a row, in words: which column, what, and what stood there."""

    column: str
    says: str
    found: str
    is_note: bool


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the report."""

    line: int
    key: str
    row: ImportRow
    problems: list[Problem]
    changes: list[tuple[str, str, str]]


def jobs() -> QuerySet[ImportJob]:
    """Every file, without what it holds."""
    return ImportJob.objects.defer("content").select_related("uploaded_by", "brought_by", "stopped_by")


def counts(job: ImportJob) -> dict[str, int]:
    """Rows by verdict. One query over the rows of one file; of a purged one, what was kept."""
    if job.purged_at:
        return dict(job.kept_counts)
    rows = ImportRow.objects.filter(job=job).values_list("verdict").annotate(rows=Count("pk")).order_by()
    return {**dict.fromkeys(ImportRow.Verdict.values, 0), **dict(rows)}


def told_row(job: ImportJob, row: ImportRow) -> Row:
    """A row as the report says it, in the reader's language."""
    names = _names(job.kind)
    return Row(
        line=row.line,
        key=row.key,
        row=row,
        problems=[_problem(found, names) for found in row.problems],
        changes=[(names.get(name, name), *map(str, pair)) for name, pair in row.changes.items()],
    )


def report(job: ImportJob) -> Iterator[list[object]]:
    """The wrong rows and the notes as cells: line, key, column, what is wrong, what was found.

    In the language of whoever asks, also while it is streamed, when no request has a language any more.
    """
    return _report(job, get_language())


def _report(job: ImportJob, language: str | None) -> Iterator[list[object]]:
    with override(language):
        yield [
            pgettext("import", "Line"),
            pgettext("import", "Number"),
            _("Column"),
            _("What is wrong"),
            pgettext("import", "What was found"),
        ]
        names = _names(job.kind)
    rows = ImportRow.objects.filter(job=job).exclude(problems=[]).order_by("line")
    for row in rows.iterator(chunk_size=1000):
        with override(language):
            told_problems = [_problem(found, names) for found in row.problems]
        for problem in told_problems:
            yield [row.line, row.key, problem.column, problem.says, problem.found]


def _names(kind: str) -> dict[str, str]:
    """The columns as the reader's language heads them."""
    found = importer(kind)
    japanese = (get_language() or "ja").startswith("ja")
    return {column.name: column.ja if japanese else column.name for column in found.columns} if found else {}


def _problem(found: dict[str, str], names: dict[str, str]) -> Problem:
    column = found["column"]
    return Problem(names.get(column, column), told(found), found["found"], found["code"] in NOTES)
