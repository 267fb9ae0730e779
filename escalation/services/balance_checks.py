"""What must balance on this floor: asked by the reconciler (D9). Registered by AppConfig.ready."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from django.db.models import Q
from django.utils.translation import gettext as _

from escalation.models import Demand
from escalation.services.ladder import ALARM_AGAIN
from tickets.balance import Finding, check
from tickets.models import Pause

LATE = dt.timedelta(minutes=2)
MOST = 500


@check("escalation.late_demands")
def late_demands(at: dt.datetime) -> Iterator[Finding]:
    """Past its time for more than two minutes, and neither risen nor alarmed (B3)."""
    if Pause.objects.filter(ended_at__isnull=True).exists():
        return
    late = Demand.objects.open().filter(due_at__lt=at - LATE)
    quiet = late.filter(Q(exhausted_at__isnull=True) | Q(exhausted_at__lt=at - ALARM_AGAIN - LATE))
    for demand in quiet.order_by("due_at", "pk")[:MOST]:
        yield Finding(
            f"demand {demand.pk}", _("overdue since %(due)s and not risen") % {"due": demand.due_at}
        )
