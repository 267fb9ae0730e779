"""The shells that Celery calls: ask the clock, do one batch, call the next when the batch was full.

A tick carries nothing and may be lost, doubled or late; rows say what is due. See docs/jobs.md for each job.
"""

from __future__ import annotations

from celery import shared_task

from config import clock
from tickets.services import clock_guard, due, housekeeping, overdue, reconcile, relay

# A call of the next batch that waited longer than this (seconds) has been overtaken by ticks.
NEXT = 30
MESSAGES = 100


def _clocks_are_sound() -> bool:
    """Whether the clocks can be trusted; one that a demonstration holds is not watched."""
    return clock.is_moved() or clock_guard.watch(clock_guard.read(at=clock.now()))


@shared_task
def run_due() -> None:
    """Do what is due (cutoffs, notices, follow-ups, letters)."""
    if _clocks_are_sound() and due.run_batch(at=clock.now()).full:
        run_due.apply_async(expires=NEXT)


@shared_task
def relay_outbox() -> None:
    """Send what stands in the outbox."""
    if relay.relay_once(at=clock.now(), limit=MESSAGES) == MESSAGES:
        relay_outbox.apply_async(expires=NEXT)


@shared_task
def raise_overdue() -> None:
    """Let what is overdue rise."""
    if _clocks_are_sound():
        overdue.raise_overdue(at=clock.now())


@shared_task(name="tickets.tasks.reconcile")
def run_reconciler() -> None:
    """Prove that schedule, effects and outbox balance."""
    reconcile.reconcile(at=clock.now())


@shared_task
def purge() -> None:
    """Throw away old live events and expired sessions."""
    housekeeping.purge(at=clock.now())
