"""The inbox of the top rank: all that waits for a manager, or for whoever acts for one, on one screen (A9, B2-B11, C7)."""

from __future__ import annotations

from typing import Any

from escalation.access import require_tier
from escalation.queries.inbox import final_answers_owed
from tickets import inbox as waiting
from tickets.models import TOP, Tier
from tickets.queries.keyset import page_by
from tickets.rights import at_least
from tickets.views.screen import DeskRequest, page, screen

LETTERS = 20


@screen(at_least(Tier.SV))
def inbox(request: DeskRequest) -> Any:
    """What waits at the top, the most urgent first, each with its one deed. By rank or delegation (代行)."""
    require_tier(request.user, TOP, request.at, rule="B4")
    found = page_by(waiting.waiting(request.user), ("due_at", "id"), request.GET.get("after", ""))
    rows = [{"owed": owed, "deed": waiting.deed(owed)} for owed in found.rows]
    context = {"page": found, "rows": rows, "letters": final_answers_owed(request.user)[:LETTERS]}
    return page(request, "escalation/inbox.html", context)
