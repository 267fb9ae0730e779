"""The outbox as people see it: what left, what waits, what nobody knows; and the work list without a gateway."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q

from tickets.models import OutboxMessage, Staff, Ticket

PAGE = 50
STATES = OutboxMessage.Status.values


@dataclass(frozen=True, slots=True)
class MessagePage:
    """`rows` and the `after` of the next page, or 0 on the last."""

    rows: list[OutboxMessage]
    next: int


def messages(*, state: str = "", channel: str = "", after: int = 0) -> MessagePage:
    """One page of all messages, the newest first; for administrators. One query."""
    rows = OutboxMessage.objects.select_related("customer", "ticket")
    if state:
        rows = rows.filter(status=state)
    if channel:
        rows = rows.filter(channel=channel)
    if after:
        rows = rows.filter(pk__lt=after)
    return _page(list(rows.order_by("-id")[: PAGE + 1]))


def of_ticket(*, ticket_id: int, staff: Staff) -> list[OutboxMessage]:
    """What was sent, or is to be sent, about a ticket that `staff` may see; the newest first. One query."""
    seen = Ticket.objects.visible_to(staff).filter(pk=ticket_id)
    return list(OutboxMessage.objects.filter(ticket__in=seen).order_by("-id")[:PAGE])


def work_list(*, staff: Staff, after: int = 0) -> MessagePage:
    """Instructions to the carrier that a person must carry out: no gateway took them. Oldest first. One query."""
    rows = OutboxMessage.objects.select_related("customer", "ticket").filter(
        channel=OutboxMessage.Channel.GATEWAY, status__in=("pending", "dead", "unknown")
    )
    if staff.is_partner:
        rows = rows.filter(Q(ticket__in=Ticket.objects.visible_to(staff)))
    found = list(rows.filter(pk__gt=after).order_by("id")[: PAGE + 1])
    return _page(found)


def _page(found: list[OutboxMessage]) -> MessagePage:
    return MessagePage(found[:PAGE], found[PAGE - 1].pk if len(found) > PAGE else 0)
