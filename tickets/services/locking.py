"""The order in which rows are locked: the ticket first, then what hangs on it. One order, no deadlock.

`FOR NO KEY UPDATE` lets others insert rows that refer to the ticket, except promises and questions: their
triggers take the ticket `FOR SHARE` and so wait for whoever is resolving it.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import QuerySet

from tickets.access import require_ticket
from tickets.models import Promise, Staff, Ticket
from tickets.queries.kept import kept


def lock_ticket(ticket_id: int, actor: Staff | None) -> Ticket:
    """The ticket, locked to the end of the transaction; `NotAllowed` (A1) when the actor may not know of it."""
    return seen(_locked(pk=ticket_id), actor)


@kept
def _locked(*, pk: int) -> QuerySet[Ticket]:
    return Ticket.objects.select_for_update(no_key=True).filter(pk=pk)


def lock_promise(promise_id: int, actor: Staff | None) -> Promise:
    """The promise, locked after its ticket; follows it when it was just moved to another ticket (merge)."""
    ticket = seen(_ticket_of_promise(promise_id=promise_id), actor)
    while True:
        (promise,) = _locked_promise(pk=promise_id)
        if promise.ticket_id == ticket.pk:
            return promise
        ticket = lock_ticket(promise.ticket_id, actor)


def seen(found: Sequence[Ticket], actor: Staff | None) -> Ticket:
    """The only ticket `found`; `DoesNotExist` when there is none, `NotAllowed` (A1) when the actor may not know of it."""
    if not found:
        raise Ticket.DoesNotExist
    require_ticket(actor, found[0].pk)
    return found[0]


@kept
def _ticket_of_promise(*, promise_id: int) -> QuerySet[Ticket]:
    return Ticket.objects.select_for_update(no_key=True, of=("self",)).filter(promises=promise_id)


@kept
def _locked_promise(*, pk: int) -> QuerySet[Promise]:
    return Promise.objects.select_for_update(no_key=True).filter(pk=pk)
