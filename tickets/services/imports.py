"""Bringing in customers and contracts from a file: checked first, by a worker, in batches; then at a person's word.

Nothing is written while a file is checked. A batch and how far it came are one transaction: a worker that is killed
leaves nothing half done, and the next one goes on behind it. Bringing the same file in again changes nothing, since
rows are known by the older system's own numbers.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import structlog
from django.db import DatabaseError, IntegrityError, models, transaction
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from tickets.errors import Refused, rule_of
from tickets.importing import (
    MOST_BYTES,
    Importer,
    Line,
    Unreadable,
    count_rows,
    decoded,
    importer,
    normalise,
    rows,
)
from tickets.models import ImportJob, ImportRow, Staff
from tickets.queries.imports import counts
from tickets.service import service
from tickets.services.masters import require_administrator

logger = structlog.get_logger(__name__)
BATCH = 1000
MOST_FAILURES = 3
KEPT = dt.timedelta(days=90)
# Nothing more comes of these; one that was checked, and that nobody brings in, lapses when its time has come.
LEFT = (
    ImportJob.Status.DONE,
    ImportJob.Status.CANCELLED,
    ImportJob.Status.FAILED,
    ImportJob.Status.CHECKED,
)
GOOD = (ImportRow.Verdict.NEW, ImportRow.Verdict.CHANGED)


@service
def upload(*, kind: str, filename: str, content: bytes, actor: Staff, at: dt.datetime) -> ImportJob:
    """Keep a file to be checked. Administrators. `Refused` F1 when it cannot be read as a whole."""
    require_administrator(actor)
    found = _importer(kind)
    if len(content) > MOST_BYTES:
        raise Refused("F1", _("The file is larger than %(most)s MB.") % {"most": MOST_BYTES // 1024 // 1024})
    try:
        text, encoding = decoded(content)
        total = count_rows(found, text)
    except Unreadable as error:
        raise Refused("F1", str(error)) from error
    return ImportJob.objects.create(
        kind=kind, filename=filename[-200:], encoding=encoding, content=content, total_rows=total,
        uploaded_by=actor, uploaded_at=at,
    )  # fmt: skip


@service
def bring_in(*, job_id: int, actor: Staff, at: dt.datetime) -> ImportJob:
    """The good rows are to be written; wrong ones stay out. Administrators, once the whole file is checked."""
    require_administrator(actor)
    job = _locked(job_id)
    if not ImportRow.objects.filter(job=job, verdict__in=GOOD).exists():
        raise Refused("F1", _("There is nothing to bring in."))
    job.bring(by=actor, at=at)
    job.save(update_fields=["status", "brought_by", "brought_at"])
    return job


@service
def stop(*, job_id: int, actor: Staff, at: dt.datetime) -> ImportJob:
    """Write nothing more of it. Administrators. What was brought in stays, and stands in the report."""
    require_administrator(actor)
    job = _locked(job_id)
    job.stop(by=actor, at=at)
    job.save(update_fields=["status", "stopped_by", "stopped_at"])
    return job


def work_once(*, at: dt.datetime) -> bool:
    """One batch of the oldest file that has something to do; True when there is more. For the system.

    A batch that fails is rolled back and tried again; after MOST_FAILURES the file is given up, with its error.
    """
    try:
        return _batch(at=at)
    except Exception as error:
        logger.exception("import_failed")
        return _failed(error=error)


@service
def _batch(*, at: dt.datetime) -> bool:
    job = _next()
    if job is None:
        return False
    deed = _check if job.status == ImportJob.Status.CHECKING else _bring
    deed(job, _importer(job.kind), at)
    job.failures = 0
    job.save(
        update_fields=[
            "status",
            "read_rows",
            "brought_rows",
            "checked_at",
            "done_at",
            "failures",
            "last_error",
        ]
    )
    return job.runs or _waiting().exists()


@service
def _failed(*, error: Exception) -> bool:
    job = _next()
    if job is None:
        return False
    job.failures += 1
    job.last_error = f"{type(error).__name__}: {error}"[:300]
    if job.failures >= MOST_FAILURES:
        job.give_up()
    job.save(update_fields=["status", "failures", "last_error"])
    return False


def _check(job: ImportJob, found: Importer, at: dt.datetime) -> None:
    """The next rows of the file, compared and reported; nothing else is written."""
    text, _encoding = decoded(bytes(job.content))
    lines = list(rows(found, text, skip=job.read_rows, most=BATCH))
    for line in lines:
        normalise(found, line)
    _name_doubles(job, found, lines)
    found.judge(_good(lines), lock=False)
    ImportRow.objects.bulk_create(_row(job, found, line) for line in lines)
    job.read_rows += len(lines)
    if job.read_rows >= job.total_rows or not lines:
        job.check_done(at=at)


def _bring(job: ImportJob, found: Importer, at: dt.datetime) -> None:
    """The next good rows, judged anew under locks (the house may have changed since the check) and written."""
    waiting = ImportRow.objects.filter(job=job, verdict__in=GOOD, brought_at__isnull=True).order_by("line")
    batch = list(waiting[:BATCH])
    lines = [Line(row.line, dict(row.values)) for row in batch]
    try:
        with transaction.atomic():
            _judge_and_write(found, lines)
    except DatabaseError:
        # One row at fault keeps no other back.
        lines = [_alone(found, Line(row.line, dict(row.values))) for row in batch]
    _report(batch, lines, at)
    job.brought_rows += sum(not line.is_wrong for line in lines)
    if len(batch) < BATCH:
        job.finish(at=at)


def _judge_and_write(found: Importer, lines: Sequence[Line]) -> None:
    found.judge(lines, lock=True)
    found.write(_good(lines))


def _alone(found: Importer, line: Line) -> Line:
    """One row by itself; what the database refuses stands in the report."""
    try:
        with transaction.atomic():
            _judge_and_write(found, [line])
    except DatabaseError as error:
        says = rule_of(error) if isinstance(error, IntegrityError) else None
        line.wrong(found.key, "refused", says=": ".join(says) if says else str(error).split("\n")[0])
    return line


def _report(batch: Sequence[ImportRow], lines: Sequence[Line], at: dt.datetime) -> None:
    """What came of each row; most came as they were judged, and are marked in one statement."""
    as_judged, otherwise = [], []
    for row, line in zip(batch, lines, strict=True):
        verdict = "wrong" if line.is_wrong else line.verdict
        if verdict == row.verdict and line.changes == row.changes:
            as_judged.append(row.pk)
            continue
        row.verdict, row.changes = verdict, line.changes
        row.problems = line.problems
        row.brought_at = None if line.is_wrong else at
        otherwise.append(row)
    ImportRow.objects.filter(pk__in=as_judged).update(brought_at=at)
    if otherwise:
        ImportRow.objects.bulk_update(otherwise, ["verdict", "changes", "problems", "brought_at"])


def _name_doubles(job: ImportJob, found: Importer, lines: Sequence[Line]) -> None:
    """The second row of a key is wrong, and says in which line the first one is. One query."""
    keys = [line.values[found.key] for line in lines if found.key in line.values]
    standing = ImportRow.objects.filter(job=job, key__in=keys).exclude(verdict="wrong")
    first = dict(standing.values_list("key", "line"))
    for line in lines:
        key = line.values.get(found.key)
        if key is None or line.is_wrong:
            continue
        if first.setdefault(key, line.number) != line.number:
            line.wrong(found.key, "twice", line=first[key])


def _row(job: ImportJob, found: Importer, line: Line) -> ImportRow:
    return ImportRow(
        job=job,
        line=line.number,
        key=line.values.get(found.key, "")[:60],
        verdict="wrong" if line.is_wrong else line.verdict,
        values=line.values,
        changes=line.changes,
        problems=line.problems,
    )


def _good(lines: Sequence[Line]) -> list[Line]:
    return [line for line in lines if not line.is_wrong]


def _waiting() -> models.QuerySet[ImportJob]:
    return ImportJob.objects.filter(status__in=("checking", "bringing")).order_by("pk")


def _next() -> ImportJob | None:
    """The oldest one that no other worker has in hand, locked."""
    return _waiting().select_for_update(no_key=True, skip_locked=True).first()


def _locked(job_id: int) -> ImportJob:
    return ImportJob.objects.select_for_update(no_key=True).defer("content").get(pk=job_id)


def _importer(kind: str) -> Importer:
    found = importer(kind)
    if found is None:
        raise Refused("F1", _("No floor takes in files of this kind."))
    return found


def purge(*, at: dt.datetime, limit: int = 20) -> int:
    """Throw away what files said, KEPT after their import ended: it is personal data. For the system; returns how many.

    One that was checked and never brought in lapses, KEPT after its check. Name, counts and who did what stay. The database refuses it earlier (f1_import_file_purged_in_its_time).
    """
    ended = Coalesce("done_at", "stopped_at", "brought_at", "checked_at", "uploaded_at")
    due = ImportJob.objects.filter(status__in=LEFT, purged_at__isnull=True).annotate(ended=ended)
    ids = due.filter(ended__lte=at - KEPT).order_by("pk").values_list("pk", flat=True)[:limit]
    return sum(_purge_one(pk, at=at) for pk in list(ids))


@transaction.atomic
def _purge_one(pk: int, *, at: dt.datetime) -> int:
    waiting = ImportJob.objects.select_for_update(no_key=True, skip_locked=True).defer("content")
    job = waiting.filter(pk=pk, purged_at__isnull=True, status__in=LEFT).first()
    if job is None:
        return 0
    if job.status == ImportJob.Status.CHECKED:
        job.lapse()
    job.kept_counts = counts(job)
    job.content, job.purged_at = b"", at
    job.save(update_fields=["status", "kept_counts", "content", "purged_at"])
    ImportRow.objects.filter(job=job).delete()
    return 1
