"""Which desks have had a case, and which cases belong together (A1, A5).

A desk has a case from the moment it is given to it, handed over to it, promised from it, or spoken about there.
"""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import F, Q

from tickets.rules import FirmTrigger


def concerns_desks(select: str, *, name: str, operation: pgtrigger.Operation) -> FirmTrigger:
    """After `operation`, the desks of `select` (ticket id, desk id) are concerned with that case (A1)."""
    return FirmTrigger(
        name=f"a1_{name}",
        when=pgtrigger.After,
        operation=operation,
        func=(
            f"INSERT INTO tickets_ticketdesk (ticket_id, desk_id) {select} ON CONFLICT DO NOTHING; RETURN NULL;"
        ),
    )


class TicketDesk(models.Model):
    """A desk that has or had the case: what its partner company may see hangs on this. Written by the database."""

    ticket = models.ForeignKey("tickets.Ticket", on_delete=models.CASCADE, related_name="desks_concerned")
    desk = models.ForeignKey("tickets.Desk", on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["ticket", "desk"], name="a1_desk_once_a_ticket"),
        ]


class TicketLink(models.Model):
    """Two cases that belong together: an earlier grievance stays in scope of the later one (A5)."""

    ticket = models.ForeignKey("tickets.Ticket", on_delete=models.CASCADE, related_name="links")
    earlier = models.ForeignKey("tickets.Ticket", on_delete=models.CASCADE, related_name="later_links")
    why = models.CharField(max_length=200)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["ticket", "earlier"], name="a5_link_once"),
            models.CheckConstraint(condition=~Q(ticket=F("earlier")), name="a5_link_between_two"),
        ]
