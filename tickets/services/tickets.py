"""Cases: opened, assigned, worked on, waiting (案件; A12, A13, A16, B4). Their end is in services/endings.py."""

from __future__ import annotations

import datetime as dt

from django.utils.translation import gettext_lazy as _

from tickets.access import may_assign, require_customer_or_caller, require_tier
from tickets.births import born
from tickets.business_time import add_business_hours
from tickets.effects import Moot, effect
from tickets.errors import NotAllowed, Refused, Stale
from tickets.models import ScheduledAction, Staff, Ticket, TicketLink, Tier, TimelineEntry
from tickets.queries.calendars import hours_of_desk
from tickets.service import service
from tickets.services.locking import lock_ticket
from tickets.services.schedule import schedule
from tickets.services.ticket_rows import record, save_ticket
from tickets.services.timeline import append_entry

# Opening hours that somebody who calls themselves responsible has to do something (B4).
RESPONSIBLE_HOURS = 2.0


@service
def open_ticket(
    *,
    customer_id: int,
    desk_id: int,
    kind: str,
    subject: str,
    at: dt.datetime,
    actor: Staff | None = None,
    priority: int = Ticket.Priority.P3,
    channel: str = "phone",
    recurs_of_id: int | None = None,
) -> Ticket:
    """Open a case of any kind at any desk (A16). Anyone may, for a customer they see; the system for web and mail.

    A partner also for a caller who is on the line at their desk: opening the case makes it theirs.

    It queues by the moment it came in: what came in overnight stands at the head at opening (A12).
    """
    require_customer_or_caller(actor, customer_id)
    ticket = born(
        Ticket(
            customer_id=customer_id,
            desk_id=desk_id,
            kind=kind,
            subject=subject,
            priority=priority,
            channel=channel,
            opened_at=at,
            opened_by=actor,
            queue_at=at,
            recurs_of_id=recurs_of_id,
        )
    )
    record(ticket, "ticket.opened", at=at, actor=actor, summary=subject)
    return ticket


# Of `assign`: whoever has it now.
ANYBODY = -1


@service
def assign(
    *,
    ticket_id: int,
    assignee_id: int | None,
    at: dt.datetime,
    actor: Staff | None,
    instead_of: int | None = ANYBODY,
) -> Ticket:
    """Give the case to somebody: anyone to themselves, a leader or above to anybody or to nobody.

    `instead_of`: who had it when the actor looked (None: nobody); `Stale` when somebody else was faster.
    """
    ticket = lock_ticket(ticket_id, actor)
    if instead_of not in {ANYBODY, ticket.assignee_id}:
        raise Stale("F1", _("Somebody else has just taken this case."))
    if not may_assign(actor, assignee_id or 0):
        raise NotAllowed("F1", _("A leader or above gives a case to somebody else; take it yourself."))
    ticket.assignee_id = assignee_id
    save_ticket(ticket, "assignee")
    record(ticket, "ticket.assigned", at=at, actor=actor, assignee=assignee_id)
    return ticket


@service
def take_responsibility(*, ticket_id: int, at: dt.datetime, actor: Staff) -> Ticket:
    """Name oneself the person responsible. It must be followed by deeds, and it blocks nothing (B4).

    What the person has already done on the case counts; with nothing done within RESPONSIBLE_HOURS the name is
    taken off again (`release_idle_responsible`).
    """
    ticket = lock_ticket(ticket_id, actor)
    deeds = TimelineEntry.objects.filter(ticket=ticket, actor=actor).order_by("-at")
    ticket.responsible_id = actor.pk
    ticket.responsible_since = at
    ticket.responsible_acted_at = deeds.values_list("at", flat=True).first()
    save_ticket(ticket, "responsible", "responsible_since", "responsible_acted_at")
    # Without an actor: saying so is not yet a deed.
    record(ticket, "ticket.responsible", at=at, actor=None, summary=actor.name, responsible=actor.pk)
    if ticket.responsible_acted_at is None:
        _plan_idle_look(ticket, at)
    return ticket


@service
def release_idle_responsible(*, ticket_id: int, at: dt.datetime) -> bool:
    """The system takes off a responsible person who has done nothing; the case goes back to the queue (B4).

    True when it did; False while they still have time or have done something.
    """
    ticket = lock_ticket(ticket_id, None)
    if not ticket.responsible_since or ticket.responsible_acted_at or at < _idle_from(ticket):
        return False
    idle = ticket.responsible_id
    if ticket.assignee_id == idle:
        ticket.assignee_id = None
    ticket.responsible_id = ticket.responsible_since = None
    save_ticket(ticket, "responsible", "responsible_since", "assignee")
    record(ticket, "ticket.responsible_released", at=at, actor=None, responsible=idle)
    return True


@effect("tickets.idle_responsible")
def look_at_responsible(action: ScheduledAction, at: dt.datetime) -> None:
    """The scheduled look after RESPONSIBLE_HOURS; moot when they have acted or somebody else is named."""
    if not release_idle_responsible(ticket_id=action.subject_id, at=at):
        raise Moot(str(_("The person responsible has acted.")))


def _idle_from(ticket: Ticket) -> dt.datetime:
    assert ticket.responsible_since is not None
    return add_business_hours(hours_of_desk(ticket.desk_id), ticket.responsible_since, RESPONSIBLE_HOURS)


def _plan_idle_look(ticket: Ticket, at: dt.datetime) -> None:
    schedule(
        kind="tickets.idle_responsible", subject_id=ticket.pk, due_at=_idle_from(ticket), at=at,
        key=f"responsible:{ticket.pk}:{ticket.responsible_id}:{int(at.timestamp() * 1000)}",
    )  # fmt: skip


@service
def start(*, ticket_id: int, at: dt.datetime, actor: Staff | None) -> Ticket:
    """Work begins, or goes on after waiting; an unassigned case becomes the actor's."""
    ticket = lock_ticket(ticket_id, actor)
    ticket.start()
    if ticket.assignee_id is None and actor is not None:
        ticket.assignee_id = actor.pk
    save_ticket(ticket, "status", "waiting_for", "assignee")
    record(ticket, "ticket.started", at=at, actor=actor)
    return ticket


@service
def wait(*, ticket_id: int, what: str, at: dt.datetime, actor: Staff | None) -> Ticket:
    """The customer has something to do first; `what` says so on every screen."""
    ticket = lock_ticket(ticket_id, actor)
    ticket.wait_for_customer(what=what)
    save_ticket(ticket, "status", "waiting_for")
    record(ticket, "ticket.waiting", at=at, actor=actor, summary=what)
    return ticket


@service
def hold(*, ticket_id: int, what: str, at: dt.datetime, actor: Staff | None) -> Ticket:
    """A carrier or another department has something to do first."""
    ticket = lock_ticket(ticket_id, actor)
    ticket.hold(what=what)
    save_ticket(ticket, "status", "waiting_for")
    record(ticket, "ticket.held", at=at, actor=actor, summary=what)
    return ticket


@service
def set_priority(*, ticket_id: int, priority: int, at: dt.datetime, actor: Staff | None) -> Ticket:
    """P1 to P4. Anyone may raise it; a leader or above lowers it."""
    ticket = lock_ticket(ticket_id, actor)
    if priority > ticket.priority:
        require_tier(actor, Tier.LEADER, rule="F1")
    ticket.priority = priority
    save_ticket(ticket, "priority")
    record(ticket, "ticket.priority", at=at, actor=actor, priority=priority)
    return ticket


@service
def link_earlier(
    *, ticket_id: int, earlier_id: int, why: str, at: dt.datetime, actor: Staff | None
) -> TicketLink:
    """Keep an earlier case of the same customer in the scope of this one (A5)."""
    ticket = lock_ticket(ticket_id, actor)
    earlier = Ticket.objects.get(pk=earlier_id)
    if earlier.customer_id != ticket.customer_id:
        raise Refused("A5", _("The two cases are not of the same customer."))
    link, _made = TicketLink.objects.get_or_create(ticket=ticket, earlier=earlier, defaults={"why": why})
    record(ticket, "ticket.linked", at=at, actor=actor, summary=why, earlier=earlier_id)
    return link


@service
def note(*, ticket_id: int, text: str, at: dt.datetime, actor: Staff) -> TimelineEntry:
    """A handover note (申し送り) on the case."""
    ticket = lock_ticket(ticket_id, actor)
    return append_entry(
        customer_id=ticket.customer_id, ticket_id=ticket.pk, kind="note", at=at, actor=actor, summary=text
    )
