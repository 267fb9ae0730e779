"""The shells that Celery calls: ask the clock, do one batch, call the next when the batch was full.

A tick carries nothing and may be lost, doubled or late; rows say what is due. See docs/jobs.md for each job.
"""

from __future__ import annotations

import datetime as dt

from celery import shared_task

from config import clock
from tickets.services import (
    clock_guard,
    due,
    housekeeping,
    imports,
    overdue,
    reconcile,
    relay,
    surveys,
    word_blocks,
)

# A call of the next batch that waited longer than this (seconds) has been overtaken by ticks.
NEXT = 30
MESSAGES = 100


def due_now() -> dt.datetime | None:
    """Up to when things are due now; None while nothing may be done. One that is held is not watched for jumps."""
    return clock_guard.due_until(at=clock.now(), watched=not clock.is_moved())


@shared_task
def run_due() -> None:
    """Do what is due (cutoffs, notices, follow-ups, letters)."""
    at = due_now()
    if at and due.run_batch(at=at).full:
        run_due.apply_async(expires=NEXT)


@shared_task
def relay_outbox() -> None:
    """Send what stands in the outbox."""
    if relay.relay_once(at=clock.now(), limit=MESSAGES) == MESSAGES:
        relay_outbox.apply_async(expires=NEXT)


@shared_task
def raise_overdue() -> None:
    """Let what is overdue rise."""
    if at := due_now():
        overdue.raise_overdue(at=at)


@shared_task
def send_surveys() -> None:
    """Hold back or put out the surveys that are due, and end the ones that nobody answered."""
    if at := due_now():
        surveys.expire_surveys(at)
        if surveys.send_due_surveys(at, MESSAGES) == MESSAGES:
            send_surveys.apply_async(expires=NEXT)


@shared_task(name="tickets.tasks.reconcile")
def run_reconciler() -> None:
    """Prove that schedule, effects and outbox balance."""
    reconcile.reconcile(at=clock.now())


@shared_task
def purge() -> None:
    """Throw away old live events and expired sessions."""
    housekeeping.purge(at=clock.now())


@shared_task
def sum_up_words() -> None:
    """Sum up which words stand in the blocks of the history that are full."""
    if word_blocks.sum_up() == word_blocks.BATCH:
        sum_up_words.apply_async(expires=NEXT)


@shared_task
def purge_imports() -> None:
    """Throw away what imported files said, 90 days after they were brought in, called off or checked."""
    imports.purge(at=clock.now())


@shared_task
def work_on_imports() -> None:
    """Check, or bring in, the next rows of a file."""
    if imports.work_once(at=clock.now()):
        work_on_imports.apply_async(expires=NEXT)
