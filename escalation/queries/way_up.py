"""The way up of one demand, step by step: who had it how long, who has it, who is next (B3, B5)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from escalation.models import Demand, DemandPassage
from escalation.queries.duty import Next


def steps(
    demand: Demand, passages: Iterable[DemandPassage], at: dt.datetime, following: Next | None = None
) -> list[dict[str, Any]]:
    """The way up as components/ladder.html reads it, lowest first. No query when `passages` have their holders.

    `following`: where it would rise now (duty.next_up); shown as the last step while the demand is open.
    """
    rows: list[dict[str, Any]] = []
    for passage in sorted(passages, key=lambda each: each.pk):
        if rows:
            rows[-1] |= {"to_at": passage.at, "outcome": passage.get_reason_display(), "current": False}
        rows.append(_step(passage, current=demand.is_open))
    if rows and demand.is_open:
        rows[-1]["due_at"] = demand.due_at  # a call that reached nobody has moved it on since
    elif rows:
        ended = demand.answered_at or demand.withdrawn_at
        rows[-1] |= {"to_at": ended, "outcome": demand.get_status_display()}
    for row in rows:
        row["spent"] = (row["to_at"] or at) - row["from_at"]
    if following and demand.is_open:
        rows.append(_next(following))
    return rows


def _step(passage: DemandPassage, *, current: bool) -> dict[str, Any]:
    return {
        "tier": passage.to_level,
        "holder": passage.to_holder,
        "delegated": passage.delegation_id is not None,
        "from_at": passage.at,
        "to_at": None,
        "due_at": passage.new_due_at,
        "current": current,
    }


def _next(place: Next) -> dict[str, Any]:
    return {"tier": place.tier, "holder": place.staff, "delegated": place.delegated, "next": True}
