"""Reading and locking a cancellation order. One order of locks: schedule, ticket, order, lines.

A worker holds its scheduled action before it asks for the ticket, so a service that plans a cutoff or calls one off
begins with `call_off`, before it locks the ticket; otherwise the two would wait for each other.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from billing.models import CancellationLine, CancellationOrder, OrderStatus
from billing.models.cancellation import DAY_BEFORE, STOP
from tickets.errors import Refused
from tickets.formats import last_minute_text
from tickets.models import Contact, Staff, Ticket
from tickets.queries.kept import kept
from tickets.services.locking import lock_ticket, seen
from tickets.services.schedule import cancel_scheduled


def stop_key(cancellation_line_id: int, given_back: int = 0) -> str:
    """The key of a line's cutoff in the schedule, for all last days; another once it stopped and was given back."""
    return f"{STOP}:{cancellation_line_id}" + (f":{given_back}" if given_back else "")


def day_before_key(cancellation_line_id: int, generation: int) -> str:
    """The key of the notice on the day before one setting of the last day.

    Whoever was told that tomorrow is the last day and then moves it is told again, before the new one.
    """
    return f"{DAY_BEFORE}:{cancellation_line_id}:{generation}"


def lock_order(order_id: int, actor: Staff | None) -> CancellationOrder:
    """The order, locked after its ticket; `NotAllowed` (A1) when the actor may not know of the ticket.

    When the ticket was merged into another the order goes with it, as its promises have.
    """
    ticket = seen(_ticket_of(order_id=order_id), actor)
    while ticket.merged_into_id is not None:
        ticket = lock_ticket(ticket.merged_into_id, actor)
    (order,) = _locked(pk=order_id)
    if order.ticket_id != ticket.pk:
        order.ticket = ticket
        order.save(update_fields=["ticket"])
    return order


def lines_of(order: CancellationOrder) -> list[CancellationLine]:
    """The order's lines, their service lines locked, in one order for everyone."""
    lines = _locked_lines(order_id=order.pk)
    for line in lines:
        line.order = order
    return lines


@kept
def _ticket_of(*, order_id: int) -> QuerySet[Ticket]:
    return Ticket.objects.select_for_update(no_key=True, of=("self",)).filter(cancellation_orders=order_id)


@kept
def _locked(*, pk: int) -> QuerySet[CancellationOrder]:
    rows = CancellationOrder.objects.select_for_update(no_key=True, of=("self",))
    return rows.select_related("customer", "contract").filter(pk=pk)


@kept
def _locked_lines(*, order_id: int) -> QuerySet[CancellationLine]:
    rows = CancellationLine.objects.select_for_update(no_key=True, of=("self", "line"))
    return rows.select_related("line", "line__access_line").filter(order_id=order_id).order_by("line_id")


def line_of(order: CancellationOrder, line_id: int) -> CancellationLine:
    """One line of the order, locked; `Refused` D1 when it is not on it."""
    for found in lines_of(order):
        if found.line_id == line_id:
            return found
    raise Refused("D1", _("This line is not part of the cancellation."))


def call_off(lines: Iterable[int], reason: str) -> None:
    """Take the cutoffs and notices of these cancellation lines out of the schedule, before any other lock.

    Also where nothing is planned yet: it holds the keys, so that whoever plans next waits.
    """
    rows = CancellationLine.objects.filter(pk__in=list(lines)).order_by("pk")
    for pk, given_back, generation in rows.values_list("pk", "given_back", "generation"):
        cancel_scheduled(key=stop_key(pk, given_back), reason=reason)
        cancel_scheduled(key=day_before_key(pk, generation), reason=reason)


def require_status(order: CancellationOrder, *allowed: str) -> None:
    """`Refused` D1 unless the order stands at one of these."""
    if order.status not in allowed:
        raise Refused(
            "D1",
            _("The cancellation is %(status)s; this is not possible any more.")
            % {"status": OrderStatus(order.status).label},
        )


def require_running(line: CancellationLine) -> None:
    """`Refused` D2 once the line has stopped: its dates are history, and nothing is planned for it any more."""
    stopped_at = line.line.stopped_at
    if stopped_at is not None:
        raise Refused(
            "D2",
            _("This line stopped on %(at)s. Its dates no longer change.")
            % {"at": last_minute_text(stopped_at)},
        )


def require_own_contact(order: CancellationOrder, contact_id: int, rule: str) -> Contact:
    """A contact with the order's customer; `Refused` otherwise."""
    contact = Contact.objects.filter(pk=contact_id, customer_id=order.customer_id).first()
    if contact is None:
        raise Refused(rule, _("The contact is not with the customer of this cancellation."))
    return contact
