"""The shells that Celery calls for billing's floor; see docs/jobs.md."""

from __future__ import annotations

from celery import shared_task

from billing.services import incidents, milestones
from tickets.tasks import due_now

NEXT = 30


@shared_task
def watch_cancellations() -> None:
    """Mark milestones that were missed; end early stops whose planned end has come."""
    at = due_now()
    if at is None:
        return
    full = milestones.mark_violations(at=at) == milestones.BATCH
    incidents.lapse_overdue(at=at)
    if full:
        watch_cancellations.apply_async(expires=NEXT)
