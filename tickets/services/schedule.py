"""What is to happen once, not before its time: planned, moved, called off, held, let go again (D9).

A due time is never edited. A new time is a new generation of the same key; the old one is superseded, with the
reason. A key takes effect at most once: after it is done it cannot be planned again.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from tickets.errors import NotAllowed, Refused
from tickets.models import JobAct, ScheduledAction, Staff
from tickets.queries import prepared
from tickets.queries.kept import kept
from tickets.service import service

LIVE = ("due", "held", "dead")


@dataclass(frozen=True, slots=True)
class Planned:
    """One action for `schedule_many`; `due_at` is aware."""

    kind: str
    subject_id: int
    due_at: dt.datetime
    key: str
    payload: Mapping[str, Any] = field(default_factory=dict)


@service
def schedule(
    *,
    kind: str,
    subject_id: int,
    due_at: dt.datetime,
    key: str,
    payload: Mapping[str, Any] | None = None,
    at: dt.datetime | None = None,
) -> ScheduledAction:
    """Plan the effect `kind` on `subject_id`, not before `due_at` (aware), once for `key` (120 characters).

    For services; rights are the caller's. Planning the same thing again changes nothing and returns what stands,
    also after it is done. `Refused` D9 when `key` is planned, or was done, for another time: that is `reschedule`, with
    a reason, or another key.
    `at` is when it was planned; left out, the transaction's own time.
    """
    _lock_key(key)
    standing = _standing(key)
    if standing is None:
        return _plan(Planned(kind, subject_id, due_at, key, payload or {}), at=at)
    if standing.due_at != due_at:
        # Also when it is done: taken for the same thing, the new wish would be lost without a word.
        raise Refused("D9", _("This is already planned for another time; moving it needs a reason."))
    return standing


@service
def schedule_many(plans: Sequence[Planned], *, at: dt.datetime | None = None) -> None:
    """`schedule` for many at once, in a few statements; keys that stand already are left as they are."""
    ScheduledAction.objects.bulk_create(
        [_row(plan, generation=1, at=at) for plan in plans], ignore_conflicts=True, batch_size=1000
    )
    keys = [plan.key for plan in plans]
    standing = set(
        ScheduledAction.objects.filter(key__in=keys, status__in=(*LIVE, "done")).values_list("key", flat=True)
    )
    for plan in plans:
        # Superseded before: its first generation is taken.
        if plan.key not in standing:
            schedule(
                kind=plan.kind,
                subject_id=plan.subject_id,
                due_at=plan.due_at,
                key=plan.key,
                payload=plan.payload,
                at=at,
            )


@service
def reschedule(
    *,
    key: str,
    due_at: dt.datetime,
    reason: str,
    payload: Mapping[str, Any] | None = None,
    at: dt.datetime | None = None,
) -> ScheduledAction:
    """Move what is planned under `key` to `due_at`: a new generation, the old one superseded for `reason`.

    A held one comes back as due. `Refused` D9 when it is done already, or nothing is planned under the key.
    """
    _lock_key(key)
    standing = _standing(key)
    if standing is None:
        raise Refused("D9", _("Nothing is planned here that could be moved."))
    if standing.status == "done":
        raise Refused("D9", _("It has been done already and can no longer be moved."))
    wanted = standing.payload if payload is None else dict(payload)
    if (standing.status, standing.due_at, standing.payload) == ("due", due_at, wanted):
        return standing
    _supersede(standing, reason)
    return _plan(Planned(standing.kind, standing.subject_id, due_at, key, wanted), at=at)


@service
def cancel_scheduled(*, key: str, reason: str) -> bool:
    """Call off what is planned under `key`; True when something was. False: nothing was, or it is done."""
    _lock_key(key)
    standing = _standing(key)
    if standing is None or standing.status == "done":
        return False
    _supersede(standing, reason)
    return True


@service
def hold(*, action_id: int, actor: Staff, at: dt.datetime, reason: str) -> ScheduledAction:
    """Stop one action until a person lets it go. Administrators, with a reason on the audit trail."""
    action = _for_administrator(action_id, actor, reason)
    action.hold(reason=reason)
    return _audited(action, JobAct.Act.HOLD, actor, at, reason)


@service
def release(*, action_id: int, actor: Staff, at: dt.datetime, reason: str) -> ScheduledAction:
    """Let a held or given-up action run again. Administrators, with a reason on the audit trail.

    What is overdue runs at once, what lies ahead waits for its time.
    """
    action = _for_administrator(action_id, actor, reason)
    action.release(reason=reason)
    return _audited(action, JobAct.Act.RELEASE, actor, at, reason)


@service
def retry(*, action_id: int, actor: Staff, at: dt.datetime, reason: str) -> ScheduledAction:
    """Try a failed action again now instead of after its pause. Administrators, with a reason.

    `Refused` D9 when it is not waiting for another try.
    """
    action = _for_administrator(action_id, actor, reason)
    if action.status == "dead":
        action.release(reason=reason)
    elif action.status == "due":
        action.attempts = 0
        action.retry_at = None
    else:
        raise Refused("D9", _("It is not waiting for another try."))
    return _audited(action, JobAct.Act.RETRY, actor, at, reason)


@service
def cancel_by_hand(*, action_id: int, actor: Staff, at: dt.datetime, reason: str) -> ScheduledAction:
    """Call off one action from the screen of the jobs. Administrators, with a reason on the audit trail."""
    action = _for_administrator(action_id, actor, reason)
    action.supersede(reason=reason)
    return _audited(action, JobAct.Act.CANCEL, actor, at, reason)


def require_administrator(actor: Staff, reason: str) -> None:
    """`NotAllowed` unless `actor` is an administrator; `Refused` without a reason."""
    if not actor.is_administrator:
        raise NotAllowed("D9", _("Only an administrator may change what the jobs do."))
    if not reason.strip():
        raise Refused("D9", _("A reason is needed; it stays on the audit trail."))


def _for_administrator(action_id: int, actor: Staff, reason: str) -> ScheduledAction:
    require_administrator(actor, reason)
    return ScheduledAction.objects.select_for_update(no_key=True).get(pk=action_id)


def _audited(
    action: ScheduledAction, act: JobAct.Act, actor: Staff, at: dt.datetime, reason: str
) -> ScheduledAction:
    action.save()
    JobAct.objects.create(at=at, actor=actor, act=act, reason=reason, action=action)
    return action


def _lock_key(key: str) -> None:
    """Two who plan one key go one after the other, also when it has no row yet to lock."""
    with prepared.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 9))", [key])


def _standing(key: str) -> ScheduledAction | None:
    """The live or done generation of `key`, locked: a worker that is just doing it is waited for."""
    return next(iter(_standing_under(key=key)), None)


@kept
def _standing_under(*, key: str) -> QuerySet[ScheduledAction]:
    rows = ScheduledAction.objects.select_for_update(no_key=True).filter(key=key, status__in=(*LIVE, "done"))
    return rows.order_by("-generation")[:1]


def _supersede(action: ScheduledAction, reason: str) -> None:
    action.supersede(reason=reason)
    action.save(update_fields=["status", "reason"])


def _plan(plan: Planned, *, at: dt.datetime | None) -> ScheduledAction:
    newest = (
        ScheduledAction.objects.filter(key=plan.key)
        .order_by("-generation")
        .values_list("generation", flat=True)
    )
    row = _row(plan, generation=(newest.first() or 0) + 1, at=at)
    row.save(force_insert=True)
    if at is None:
        row.refresh_from_db(fields=["created_at"])
    return row


def _row(plan: Planned, *, generation: int, at: dt.datetime | None) -> ScheduledAction:
    return ScheduledAction(
        kind=plan.kind,
        key=plan.key,
        generation=generation,
        subject_id=plan.subject_id,
        due_at=plan.due_at,
        payload=dict(plan.payload),
        created_at=at or Now(),
    )
