"""The milestones of an order as components/milestones.html reads them (D1). No queries of its own."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext

from billing.models import Milestone, MilestoneKind
from billing.order_dates import STOP_WITHIN
from tickets.formats import last_minute_text

# Due an hour after the end of the last day; what people read is the end itself.
ENDS = (MilestoneKind.PHONE_STOPPED, MilestoneKind.CONTRACT_ENDED, MilestoneKind.INTERNET_STOPPED)


def strip(milestones: Iterable[Milestone]) -> list[dict[str, Any]]:
    """The twelve in their usual order, as components/milestones.html reads them; `next` is the one to see to."""
    usual = list(MilestoneKind.values)
    rows = sorted(milestones, key=lambda row: (usual.index(row.kind), row.pk))
    waiting = [row for row in rows if row.open]
    following = min(waiting, key=lambda row: (row.due_at, row.pk)) if waiting else None
    return [_step(row, following) for row in rows]


def _step(row: Milestone, following: Milestone | None) -> dict[str, Any]:
    return {
        "label": row.label,
        "status": row.status if row.applies else "not_needed",
        "due_at": row.due_at if row.applies else None,
        "when": due_words(row) if row.applies else "",
        "reached_at": row.reached_at,
        "source": row.get_source_display() if row.applies else "",
        "told_by": row.told_by,
        "next": row is following,
    }


def due_words(row: Milestone) -> str:
    """By when, so that nobody is a day off: an end as the end of its day, and so any due time at midnight."""
    if row.kind in ENDS:
        return last_minute_text(row.due_at - STOP_WITHIN)
    return gettext("by %(time)s") % {"time": last_minute_text(row.due_at)}
