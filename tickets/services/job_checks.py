"""What must balance on the ground floor itself: the reconciler's own checks (D9). Registered by AppConfig.ready."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from django.conf import settings
from django.db import connection
from django.utils.translation import gettext as _

from tickets import effects
from tickets.balance import Finding, check
from tickets.dates import day_of
from tickets.models import Holiday, OutboxMessage, Pause, Promise, ScheduledAction
from tickets.services.promises import own_clocks

LATE = dt.timedelta(seconds=60)
MOST = 500
HOLIDAYS_AHEAD = dt.timedelta(days=183)


@check("tickets.late_actions")
def late_actions(at: dt.datetime) -> Iterator[Finding]:
    """Due for more than a minute and not paused: the workers do not keep up, or are not there."""
    if Pause.objects.filter(ended_at__isnull=True).exists():
        return
    late = ScheduledAction.objects.filter(status="due", due_at__lt=at - LATE).order_by("due_at", "id")
    for action in late.filter(retry_at__isnull=True)[:MOST]:
        yield Finding(f"action {action.pk}", _("due since %(due)s and not done") % {"due": action.due_at})


@check("tickets.late_promises")
def late_promises(at: dt.datetime) -> Iterator[Finding]:
    """Overdue for more than two minutes and not risen."""
    if Pause.objects.filter(ended_at__isnull=True).exists():
        return
    late = Promise.objects.open().filter(due_at__lt=at - 2 * LATE).exclude(kind__in=own_clocks())
    for promise in late.order_by("due_at", "id")[:MOST]:
        yield Finding(
            f"promise {promise.pk}", _("overdue since %(due)s and not risen") % {"due": promise.due_at}
        )


@check("tickets.kinds")
def kinds(at: dt.datetime) -> Iterator[Finding]:
    """Planned of a kind that no floor can do."""
    known = [found.kind for found in effects.all_effects()]
    rows = ScheduledAction.objects.filter(status__in=("due", "held")).exclude(kind__in=known)
    for kind in rows.order_by("kind").values_list("kind", flat=True).distinct()[:MOST]:
        yield Finding(kind, _("nothing is installed that can do this"))


@check("tickets.done_and_due")
def done_and_due(at: dt.datetime) -> Iterator[Finding]:
    """A key that is done and planned again would take effect twice."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT live.key FROM tickets_scheduledaction live WHERE live.status IN ('due', 'held', 'dead') AND EXISTS "
            "(SELECT 1 FROM tickets_scheduledaction done WHERE done.key = live.key AND done.status = 'done') "
            f"LIMIT {MOST}"
        )
        for (key,) in cursor.fetchall():
            yield Finding(key, _("done already, and planned once more"))


@check("tickets.stuck_messages")
def stuck_messages(at: dt.datetime) -> Iterator[Finding]:
    """Being sent for far too long: no relay is there to take it back."""
    before = at - dt.timedelta(seconds=5 * settings.OUTBOX_STALE_SECONDS)
    stuck = OutboxMessage.objects.filter(status="sending", sending_since__lt=before).order_by("sending_since")
    for message in stuck[:MOST]:
        yield Finding(message.key, _("being sent since %(since)s") % {"since": message.sending_since})


@check("tickets.holiday_table")
def holiday_table(at: dt.datetime) -> Iterator[Finding]:
    """The public holidays run out in less than half a year: every business day counted beyond is a guess."""
    last = Holiday.objects.order_by("-on").values_list("on", flat=True).first()
    if last is None or last < day_of(at) + HOLIDAYS_AHEAD:
        yield Finding("holidays", _("the table of public holidays ends on %(on)s") % {"on": last or "-"})
