"""The order in which rows are locked: the ticket first, then what hangs on it. One order, no deadlock.

`FOR NO KEY UPDATE` lets others insert rows that refer to the ticket, except promises and questions: their
triggers take the ticket `FOR SHARE` and so wait for whoever is resolving it.
"""

from __future__ import annotations

from django.db.models import QuerySet

from tickets.access import require_ticket
from tickets.models import Promise, Staff, Ticket
from tickets.queries.kept import kept


def lock_ticket(ticket_id: int, actor: Staff | None) -> Ticket:
    """The ticket, locked to the end of the transaction; `NotAllowed` (A1) when the actor may not know of it."""
    found = _locked(pk=ticket_id)
    if not found:
        raise Ticket.DoesNotExist
    require_ticket(actor, ticket_id)
    return found[0]


@kept
def _locked(*, pk: int) -> QuerySet[Ticket]:
    return Ticket.objects.select_for_update(no_key=True).filter(pk=pk)


def lock_promise(promise_id: int, actor: Staff | None) -> Promise:
    """The promise, locked after its ticket; follows it when it was just moved to another ticket (merge)."""
    ticket_id = Promise.objects.values_list("ticket_id", flat=True).get(pk=promise_id)
    while True:
        lock_ticket(ticket_id, actor)
        promise = Promise.objects.select_for_update(no_key=True).get(pk=promise_id)
        if promise.ticket_id == ticket_id:
            return promise
        ticket_id = promise.ticket_id
