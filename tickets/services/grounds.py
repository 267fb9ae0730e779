"""Where something new can be owed when the case it belongs to may have ended (A13: a recurrence reopens and links)."""

from __future__ import annotations

import datetime as dt

from tickets.models import Staff, Ticket
from tickets.service import service
from tickets.services.endings import recur
from tickets.services.locking import lock_ticket


@service
def ticket_to_owe_on(*, ticket_id: int, why: str, at: dt.datetime, actor: Staff | None = None) -> Ticket:
    """The case on which a promise may be opened, locked. For services.

    The case itself while it is open; the same one reopened when it was resolved or closed; the one that it was
    merged into; or, when it was withdrawn, a new one that recurs of it.
    """
    ticket = lock_ticket(ticket_id, None)
    while ticket.merged_into_id is not None:
        ticket = lock_ticket(ticket.merged_into_id, None)
    if ticket.is_open:
        return ticket
    return recur(ticket_id=ticket.pk, what=why, at=at, actor=actor)
