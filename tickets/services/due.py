"""Doing what is due: claim a batch, apply its effects, mark it done, in one transaction (D9).

Never early: a row is claimed only when both the application's clock and the database's have passed its time, and
the trigger `d9_never_early` asks the database's clock again at the moment of writing. Never twice: the row is locked
while its effect is written, and `done` is in the same transaction. Never lost: the row stays due until then, whatever
is killed. Redis has no part in any of this.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

import structlog
from celery.exceptions import SoftTimeLimitExceeded
from django.db import IntegrityError, OperationalError, connection, transaction
from django.utils.translation import gettext_noop

from tickets import effects
from tickets.effects import Claimed, Effect, Moot, NeedsPerson, NotYet, Verdict
from tickets.models import ScheduledAction
from tickets.sets import ids, stepped, write

logger = structlog.get_logger(__name__)
NO_EFFECT = gettext_noop("No effect of this kind is installed.")
# now() and not clock_timestamp(): it is stable, so the index on due rows serves; it is the transaction's start and
# therefore never ahead of the moment of writing.
CLAIM = """
    SELECT id, kind, key, subject_id, due_at, payload::text FROM tickets_scheduledaction
    WHERE status = 'due' AND due_at <= LEAST(%(at)s, now())
      AND (retry_at IS NULL OR retry_at <= %(at)s) AND kind = ANY(%(kinds)s)
      AND NOT EXISTS (SELECT 1 FROM tickets_pause WHERE ended_at IS NULL)
    ORDER BY due_at, id LIMIT %(limit)s FOR NO KEY UPDATE SKIP LOCKED
"""
# The kinds of which something is planned, from one to the next in the index: there are few. Asked by kind, a claim does not look
# through the hundred thousand of one kind for those of another.
KINDS = """
    WITH RECURSIVE present(kind) AS (
        (SELECT kind FROM tickets_scheduledaction WHERE status = 'due' ORDER BY kind, due_at, id LIMIT 1)
        UNION ALL
        SELECT (SELECT s.kind FROM tickets_scheduledaction s WHERE s.status = 'due' AND s.kind > p.kind
            ORDER BY s.kind, s.due_at, s.id LIMIT 1)
        FROM present p WHERE p.kind IS NOT NULL)
    SELECT kind FROM present WHERE (kind = ANY(%s)) = %s
"""
# A set is a thousand rows of tables that hold millions. How many rows an array gives the planner only guesses, and would rather
# read a whole table, once a batch, than look a thousand rows up.
LOOKED_UP = (
    "SET LOCAL enable_seqscan = off; SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off"
)


@dataclass(frozen=True, slots=True)
class Ran:
    """What one look did. `full`: a batch was as large as it may be, so there may be more."""

    done: int = 0
    put_off: int = 0
    full: bool = False

    def __add__(self, other: Ran) -> Ran:
        return Ran(self.done + other.done, self.put_off + other.put_off, self.full or other.full)


def run_batch(*, at: dt.datetime, bulk: int = effects.BULK, single: int = effects.SINGLE) -> Ran:
    """Do one batch of what is applied set by set and one of what is applied one by one. For the system.

    `at`: the application's clock. Safe to call at any time from any number of processes.
    """
    ran = _run(at, in_bulk=True, limit=bulk) + _run(at, in_bulk=False, limit=single)
    if ran.done or ran.put_off:
        logger.info("due_actions", done=ran.done, put_off=ran.put_off, full=ran.full)
    return ran


def _run(at: dt.datetime, *, in_bulk: bool, limit: int) -> Ran:
    with transaction.atomic():
        if in_bulk:
            _look_rows_up()
        claimed = claim(at, in_bulk=in_bulk, limit=limit)
        done = sum(_apply(kind, list(group), at) for kind, group in _by_kind(claimed))
    return Ran(done, len(claimed) - done, full=len(claimed) == limit)


def _look_rows_up() -> None:
    with connection.cursor() as cursor:
        cursor.execute(LOOKED_UP)


def claim(at: dt.datetime, *, in_bulk: bool, limit: int) -> list[Claimed]:
    """Lock up to `limit` due actions that nobody else has locked. None while the jobs are paused."""
    with connection.cursor() as cursor:
        cursor.execute(KINDS, [effects.bulk_kinds(), in_bulk])
        if not (kinds := [kind for (kind,) in cursor.fetchall()]):
            return []
        cursor.execute(CLAIM, {"at": at, "kinds": kinds, "limit": limit})
        rows = cursor.fetchall()
    return [
        Claimed(pk, kind, key, subject_id, due_at, json.loads(payload))
        for pk, kind, key, subject_id, due_at, payload in rows
    ]


def _by_kind(actions: Sequence[Claimed]) -> Iterator[tuple[str, Iterator[Claimed]]]:
    # One order of subjects for all workers, so that two batches never wait for each other in a circle.
    ordered = sorted(actions, key=lambda action: (action.kind, action.subject_id, action.pk))
    return groupby(ordered, key=lambda action: action.kind)


def _apply(kind: str, actions: list[Claimed], at: dt.datetime) -> int:
    """Apply them; returns how many are done."""
    found = effects.find(kind)
    if found is None:
        return _answer(actions, {action.pk: NeedsPerson(NO_EFFECT) for action in actions}, at)
    if found.bulk:
        return _apply_set(found, actions, at)
    return sum(_apply_set(found, [action], at) for action in actions)


def _apply_set(found: Effect, actions: list[Claimed], at: dt.datetime) -> int:
    """Apply a set all or nothing; when it fails, its halves, until the one at fault is alone."""
    try:
        with transaction.atomic():
            done = _answer(actions, _verdicts(found, actions, at), at)
            _ask_deferred_rules()
            return done
    except SoftTimeLimitExceeded:
        raise
    except Exception as error:
        if _connection_lost():
            raise
        if len(actions) == 1:
            _failed(actions[0], error, at)
            return 0
        middle = len(actions) // 2
        return _apply_set(found, actions[:middle], at) + _apply_set(found, actions[middle:], at)


def _ask_deferred_rules() -> None:
    """Rules that speak at commit speak now, so that they fail one set and not the whole batch for ever."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")


def _verdicts(found: Effect, actions: list[Claimed], at: dt.datetime) -> Mapping[int, Verdict]:
    if found.bulk:
        return found.bulk(actions, at) or {}
    assert found.single is not None
    try:
        with transaction.atomic():
            found.single(ScheduledAction.objects.get(pk=actions[0].pk), at)
    except Verdict as verdict:
        return {actions[0].pk: verdict}
    return {}


def _answer(actions: list[Claimed], verdicts: Mapping[int, Verdict], at: dt.datetime) -> int:
    """Write what became of each: done with one statement, the others one by one."""
    done = [action.pk for action in actions if action.pk not in verdicts]
    if done:
        written = write(stepped(ScheduledAction, "complete", ids(done), at=at))
        if written != len(done):
            raise RuntimeError(f"{len(done) - written} claimed actions were changed by somebody else")
    for action in actions:
        if verdict := verdicts.get(action.pk):
            _put_off(action, verdict)
    return len(done)


def _put_off(claimed: Claimed, verdict: Verdict) -> None:
    action = ScheduledAction.objects.get(pk=claimed.pk)
    match verdict:
        case NotYet(until=until):
            action.retry_at = until
            action.last_error = verdict.reason
        case Moot():
            action.supersede(reason=verdict.reason[:300])
        case _:
            action.hold(reason=verdict.reason[:300])
    action.save()
    logger.info("action_put_off", action=action.pk, key=action.key, why=verdict.reason)


def _failed(claimed: Claimed, error: Exception, at: dt.datetime) -> None:
    """Its own fault: again after a pause, at last given up. Not its fault: again soon, uncounted."""
    action = ScheduledAction.objects.get(pk=claimed.pk)
    passing = isinstance(error, OperationalError) or _is_early(error)
    if not passing:
        action.attempts += 1
    action.last_error = f"{type(error).__name__}: {error}"[:2000]
    action.retry_at = at + (dt.timedelta(seconds=1) if passing else effects.pause_after(action.attempts))
    if action.attempts >= effects.MOST_ATTEMPTS:
        action.give_up(error=action.last_error)
    action.save()
    logger.warning(
        "action_failed", action=action.pk, key=action.key, attempts=action.attempts, exc_info=error
    )


def _is_early(error: Exception) -> bool:
    """The database's clock stepped back between claim and writing: a matter of waiting."""
    return isinstance(error, IntegrityError) and "cannot be done before" in str(error)


def _connection_lost() -> bool:
    raw = connection.connection
    return raw is None or bool(raw.closed)
