"""Stopping the jobs and letting them go on, by a person, after a restore, or by doubt about the clock (D9)."""

from __future__ import annotations

import datetime as dt

import structlog
from django.utils.translation import gettext_lazy as _

from tickets.errors import Refused
from tickets.models import JobAct, Pause, Staff
from tickets.service import service
from tickets.services.schedule import require_administrator

logger = structlog.get_logger(__name__)


@service
def pause_jobs(*, actor: Staff, at: dt.datetime, reason: str, scope: str = Pause.Scope.DUE) -> Pause:
    """Stop the jobs by hand. Administrators, with a reason. A batch that is being written is still finished."""
    require_administrator(actor, reason)
    pause = open_pause(cause=Pause.Cause.PERSON, scope=scope, reason=reason, at=at, actor=actor)
    JobAct.objects.create(at=at, actor=actor, act=JobAct.Act.PAUSE, reason=reason)
    return pause


@service
def resume_jobs(*, pause_id: int, actor: Staff, at: dt.datetime, reason: str) -> Pause:
    """Let the jobs go on, whatever stopped them. Administrators, with a reason.

    What became due meanwhile is done at once, in the order of its time. `Refused` D9 when it has ended already.
    """
    require_administrator(actor, reason)
    pause = Pause.objects.select_for_update(no_key=True).get(pk=pause_id)
    if pause.ended_at is not None:
        raise Refused("D9", _("The jobs are running again already."))
    _end(pause, at=at, actor=actor, reason=reason)
    JobAct.objects.create(at=at, actor=actor, act=JobAct.Act.RESUME, reason=reason)
    return pause


@service
def open_pause(
    *, cause: str, reason: str, at: dt.datetime, scope: str = Pause.Scope.DUE, actor: Staff | None = None
) -> Pause:
    """Stop the jobs for a cause, once; for the system. The pause that stands is returned."""
    fresh = Pause(cause=cause, scope=scope, reason=reason[:300], since=at, by=actor)
    Pause.objects.bulk_create([fresh], ignore_conflicts=True)
    logger.error("jobs_paused", cause=cause, reason=reason)
    return Pause.objects.get(cause=cause, ended_at__isnull=True)


@service
def end_pause(*, cause: str, at: dt.datetime, reason: str) -> bool:
    """Let the jobs go on as far as `cause` is concerned; for the system. True when they were stopped."""
    pause = Pause.objects.select_for_update(no_key=True).filter(cause=cause, ended_at__isnull=True).first()
    if pause is None:
        return False
    _end(pause, at=at, actor=None, reason=reason)
    return True


def _end(pause: Pause, *, at: dt.datetime, actor: Staff | None, reason: str) -> None:
    pause.ended_at, pause.ended_by, pause.ended_reason = at, actor, reason[:300]
    pause.save(update_fields=["ended_at", "ended_by", "ended_reason"])
    logger.warning("jobs_resumed", cause=pause.cause, reason=reason)
