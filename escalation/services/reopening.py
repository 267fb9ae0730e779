"""A demand cannot be refused, also not because the case has ended: it is opened again, or goes on in another."""

from __future__ import annotations

import datetime as dt

from tickets.models import Staff, Ticket
from tickets.service import service
from tickets.services import endings
from tickets.services.locking import lock_ticket
from tickets.services.tickets import open_ticket


@service
def open_for_more(*, ticket_id: int, actor: Staff | None, at: dt.datetime, why: str) -> Ticket:
    """The ticket, open: reopened when it had ended, the one it was merged into, or a new one that recurs.

    Anyone who sees the ticket may: what the customer says now is reason enough (A13, B1).
    """
    ticket = lock_ticket(ticket_id, actor)
    if ticket.is_open:
        return ticket
    if ticket.merged_into_id is not None:
        return open_for_more(ticket_id=ticket.merged_into_id, actor=actor, at=at, why=why)
    if ticket.status == Ticket.Status.CANCELLED:
        return open_ticket(
            customer_id=ticket.customer_id,
            desk_id=ticket.desk_id,
            kind=ticket.kind,
            subject=ticket.subject,
            at=at,
            actor=actor,
            priority=ticket.priority,
            recurs_of_id=ticket.pk,
        )
    endings.reopen(ticket_id=ticket.pk, at=at, actor=actor, reason=why)
    return lock_ticket(ticket.pk, actor)
