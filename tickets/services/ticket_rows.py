"""Saving a case and writing its line of the timeline: the last two steps of every verb on cases."""

from __future__ import annotations

import datetime as dt

from tickets.models import Staff, Ticket
from tickets.services.timeline import append_entry


def save_ticket(ticket: Ticket, *fields: str) -> None:
    """Write these fields and the next version number, by which a screen notices a colleague's change."""
    ticket.version += 1
    ticket.save(update_fields=[*fields, "version"])


def record(
    ticket: Ticket,
    kind: str,
    *,
    at: dt.datetime,
    actor: Staff | None,
    summary: str = "",
    contact_id: int | None = None,
    **data: object,
) -> None:
    """A line of the timeline about a case; its subject when there is nothing more to say."""
    append_entry(
        customer_id=ticket.customer_id,
        ticket_id=ticket.pk,
        contact_id=contact_id,
        kind=kind,
        at=at,
        actor=actor,
        summary=summary or ticket.subject,
        data=data,
        also=[("queue", str(ticket.desk_id))],
    )
