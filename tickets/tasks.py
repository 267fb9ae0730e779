"""The shells that Celery calls: ask the clock, do one batch, call the next when the batch was full.

A tick carries nothing and may be lost, doubled or late; rows say what is due. See docs/jobs.md for each job.
"""

from __future__ import annotations

from celery import shared_task

from config import clock
from tickets.services import due, relay

# A call of the next batch that waited longer than this has been overtaken by ticks.
NEXT = 30


@shared_task
def run_due() -> None:
    """Do what is due (cutoffs, notices, follow-ups, letters)."""
    if due.run_batch(at=clock.now()).full:
        run_due.apply_async(expires=NEXT)


@shared_task
def relay_outbox() -> None:
    """Send what stands in the outbox."""
    if relay.relay_once(at=clock.now(), limit=100) == 100:
        relay_outbox.apply_async(expires=NEXT)
