"""What must be said to a database that comes from a backup, before any process may work on it (D9).

Between the backup and the loss of the database things happened that it does not know of. What the database itself does
is done again and rightly so: its effects are lost with it. What left the house in between is the danger. Gateway calls and
notices leave again under the same key. What may leave at most once must not leave by itself at all.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.utils.translation import gettext as _

from tickets.models import OutboxMessage, Pause, Survey
from tickets.service import service
from tickets.services.pauses import open_pause


@dataclass(frozen=True, slots=True)
class Settled:
    """How many messages were left to a person, and how many surveys ended."""

    unknown: int
    expired: int


@service
def after_restore(*, at: dt.datetime) -> Settled:
    """Pause everything; leave to a person what may have left and may leave only once; end surveys due by `at`.

    For the restore command, on the restored database, before anybody else is let in. A person looks (reconciler,
    schedule, outbox) and resumes.
    """
    open_pause(
        cause=Pause.Cause.RESTORE,
        scope=Pause.Scope.ALL,
        reason=_("Restored from a backup; look at the reconciler and the outbox, then resume"),
        at=at,
    )
    return Settled(unknown=_lose_track(at), expired=_expire(at))


def _lose_track(at: dt.datetime) -> int:
    messages = OutboxMessage.objects.select_for_update().filter(
        once=OutboxMessage.Promise.AT_MOST, status__in=("pending", "sending")
    )
    for message in messages:
        if message.status == "pending":
            message.begin(at=at)
            message.save()
        message.lose_track(error="restored from a backup: it may have left")
        message.save()
    return len(messages)


def _expire(at: dt.datetime) -> int:
    """Those that were due may have been sent in the time that is lost."""
    surveys = Survey.objects.select_for_update().filter(status__in=("eligible", "withheld"), due_at__lte=at)
    rows = list(surveys.filter(message=None))
    for survey in rows:
        survey.expire()
        survey.save()
    return len(rows)
