"""The shells that Celery calls: ask the clock, do one batch, call the next when the batch was full."""

from __future__ import annotations

from celery import shared_task

from config import clock
from escalation.services import clockwork
from tickets.tasks import due_now

# A call of the next batch that waited longer than this (seconds) has been overtaken by ticks.
NEXT = 30
DEMANDS = 100
LETTERS = 100


@shared_task
def rise_overdue() -> None:
    """Raise the demands for a superior that nobody answered in time."""
    at = due_now()
    if at and clockwork.rise_overdue(at=at, limit=DEMANDS) == DEMANDS:
        rise_overdue.apply_async(expires=NEXT)


@shared_task
def day42_letters() -> None:
    """Put the letters on external remedies for complaints that have reached day 42."""
    at = due_now()
    if at and clockwork.day42_letters(at=at, limit=LETTERS) == LETTERS:
        day42_letters.apply_async(expires=NEXT)


@shared_task
def roster_gaps() -> None:
    """Alarm the first gap of the next day in who is on duty."""
    clockwork.roster_gaps(at=clock.now())
