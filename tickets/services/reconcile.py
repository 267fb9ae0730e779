"""The reconciler: proves every few minutes that schedule, effects and outbox balance (D9).

It reads; the only thing it writes is what it found (`Mismatch`), which stays on the administrator's screen until
the same look finds it in balance. It repairs nothing: what does not balance was not foreseen, and a person decides.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby, islice

import structlog
from django.db import transaction
from django.db.models import Q, QuerySet

from tickets import effects
from tickets.balance import Finding, all_checks
from tickets.models import Mismatch, ReconcilerRun, ScheduledAction
from tickets.service import service

logger = structlog.get_logger(__name__)
EFFECTS = "effects"
# Beyond the longest transaction: what was done but not yet committed at the last look is read again.
OVERLAP = dt.timedelta(minutes=10)
PAGE = 1000
MOST_FINDINGS = 500


@dataclass(frozen=True, slots=True)
class Report:
    """What one run saw. `standing`: mismatches that stand now; `looked_at`: done actions compared."""

    looked_at: int
    fresh: int
    standing: int


def reconcile(*, at: dt.datetime, everything: bool = False) -> Report:
    """Run every check; with `everything` compare all that was ever done, not only since the last run.

    For the system. One check that fails is itself a finding and keeps back no other.
    """
    looked_at, fresh = _compare_effects(at, everything=everything)
    for name, function in all_checks():
        try:
            with transaction.atomic():
                found = list(islice(function(at), MOST_FINDINGS))
        except Exception as error:
            logger.exception("check_failed", check=name)
            found = [Finding("check", f"{type(error).__name__}: {error}")]
        fresh += record(name=name, found=found, at=at)
    standing = Mismatch.objects.filter(gone_at__isnull=True).count()
    if standing:
        logger.error("reconciler_mismatches", standing=standing, fresh=fresh)
    return Report(looked_at, fresh, standing)


@service
def record(*, name: str, found: Iterable[Finding], at: dt.datetime, within: set[str] | None = None) -> int:
    """Write what `name` found, and end what it no longer finds; returns how many are new.

    `within`: the refs that were looked at, when not all were.
    """
    says = {finding.ref[:160]: finding.says[:300] for finding in found}
    standing = Mismatch.objects.filter(check_name=name, gone_at__isnull=True)
    gone = standing.exclude(ref__in=says)
    (gone if within is None else gone.filter(ref__in=within)).update(gone_at=at)
    standing.filter(ref__in=says).update(seen_at=at)
    known = set(standing.filter(ref__in=says).values_list("ref", flat=True))
    rows = [
        Mismatch(check_name=name, ref=ref, says=text, found_at=at, seen_at=at)
        for ref, text in says.items()
        if ref not in known
    ]
    Mismatch.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


def _compare_effects(at: dt.datetime, *, everything: bool) -> tuple[int, int]:
    """Ask each effect whether what is done was done: since the last look, and what was wrong then."""
    run, _ = ReconcilerRun.objects.get_or_create(name=EFFECTS, defaults={"at": at})
    since = None if everything or run.read_until is None else run.read_until - OVERLAP
    looked_at = fresh = 0
    for page in _pages(since, at):
        lacking = _lacking(page)
        found = [Finding(str(pk), says) for pk, says in lacking.items()]
        looked_at += len(page)
        fresh += record(name=EFFECTS, found=found, at=at, within={str(action.pk) for action in page})
    ReconcilerRun.objects.filter(pk=run.pk).update(at=at, read_until=at, looked_at=looked_at, found=fresh)
    return looked_at, fresh


def _pages(since: dt.datetime | None, at: dt.datetime) -> Iterator[list[ScheduledAction]]:
    kinds = [found.kind for found in effects.all_effects() if found.balance]
    if not kinds:
        return
    refs = Mismatch.objects.filter(check_name=EFFECTS, gone_at__isnull=True).values_list("ref", flat=True)
    wrong = list(ScheduledAction.objects.filter(pk__in=[int(ref) for ref in refs[:PAGE]]))
    if wrong:
        yield wrong
    done = ScheduledAction.objects.filter(status="done", kind__in=kinds, done_at__lte=at)
    done = done.order_by("done_at", "id")
    place = (since, 0) if since else None
    while page := list((_after(done, place) if place else done)[:PAGE]):
        yield page
        assert page[-1].done_at is not None
        place = (page[-1].done_at, page[-1].pk)


def _after(rows: QuerySet[ScheduledAction], place: tuple[dt.datetime, int]) -> QuerySet[ScheduledAction]:
    at, pk = place
    return rows.filter(Q(done_at__gt=at) | Q(done_at=at, id__gt=pk), done_at__gte=at)


def _lacking(page: list[ScheduledAction]) -> Mapping[int, str]:
    ordered = sorted(page, key=lambda action: action.kind)
    lacking: dict[int, str] = {}
    for kind, group in groupby(ordered, key=lambda action: action.kind):
        found = effects.find(kind)
        if found and found.balance:
            lacking |= found.balance(list(group))
    return lacking
