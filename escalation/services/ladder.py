"""How a demand stands and moves on the ladder, shared by the verbs: lock, place, passage, promise, alarm."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from escalation.due import answer_due
from escalation.models import Demand, DemandPassage, DutyAlarm
from escalation.routing import Place
from tickets.births import born
from tickets.errors import Refused
from tickets.models import Staff, Ticket, Tier
from tickets.queries.kept import kept
from tickets.services.locking import lock_ticket, seen
from tickets.services.promises import Destination, lift_promise
from tickets.services.timeline import append_entry

Reason = DemandPassage.Reason
# While everyone at the top has been asked, the alarm is repeated this often.
ALARM_AGAIN = dt.timedelta(hours=1)


def lock_demand(demand_id: int, actor: Staff | None) -> Demand:
    """The demand, locked after its ticket; `NotAllowed` (A1) when the actor may not know of the ticket."""
    ticket = seen(_ticket_of_demand(demand_id=demand_id), actor)
    while True:
        (demand,) = _locked_demand(pk=demand_id)
        if demand.ticket_id == ticket.pk:
            demand.ticket = ticket
            return demand
        ticket = lock_ticket(demand.ticket_id, actor)


@kept
def _ticket_of_demand(*, demand_id: int) -> QuerySet[Ticket]:
    return Ticket.objects.select_for_update(no_key=True, of=("self",)).filter(demands=demand_id)


@kept
def _locked_demand(*, pk: int) -> QuerySet[Demand]:
    return Demand.objects.select_for_update(no_key=True).filter(pk=pk)


def lock_open_demand(demand_id: int, actor: Staff | None) -> Demand:
    """`lock_demand`, or `Refused` (B2) when it has ended."""
    demand = lock_demand(demand_id, actor)
    if not demand.is_open:
        raise Refused(
            "B2", _("This demand has already ended: %(state)s.") % {"state": demand.get_status_display()}
        )
    return demand


def move_to(
    demand: Demand, place: Place, *, at: dt.datetime, reason: str, actor: Staff | None, note: str = ""
) -> None:
    """Put a locked demand at `place`, with its passage, its promise and a line in the history."""
    before = (demand.level, demand.rung, demand.holder_id, demand.due_at)
    due_at = answer_due(demand.ticket.desk_id, place.level, at)
    step = {
        Demand.Status.REQUESTED: demand.assign if reason == Reason.ROUTED else demand.rise,
        Demand.Status.DECIDED: demand.hand_on,
    }.get(Demand.Status(demand.status), demand.rise)
    step(place=place, due_at=due_at)
    demand.save()
    record_passage(demand, before, at=at, reason=reason, actor=actor, note=note)
    if (place.level, place.rung) > before[:2]:
        to = Destination(tier=place.level, rung=place.rung, owner_id=place.holder, due_at=due_at)
        lift_promise(
            promise_id=demand.promise_id, to=to, at=at, reason=str(Reason(reason).label), actor=actor
        )
    if place.holder is None:
        raise_alarm(demand, at)


def record_passage(
    demand: Demand,
    before: tuple[int, int, int | None, dt.datetime],
    *,
    at: dt.datetime,
    reason: str,
    actor: Staff | None,
    note: str = "",
) -> DemandPassage:
    """Write the passage from `before` (level, rung, holder, due) to where the demand stands now (B3)."""
    passage = DemandPassage(
        demand=demand,
        at=at,
        reason=reason,
        note=note,
        actor=actor,
        from_level=before[0],
        from_rung=before[1],
        from_holder_id=before[2],
        to_level=demand.level,
        to_rung=demand.rung,
        to_holder_id=demand.holder_id,
        delegation_id=demand.holder_delegation_id,
        old_due_at=before[3],
        new_due_at=demand.due_at,
    )
    born(passage)
    record(
        demand, f"demand.{reason}", at=at, actor=actor, summary=note or str(Reason(reason).label),
        level=demand.level, rung=demand.rung, holder=demand.holder_id, due_at=demand.due_at.isoformat(),
    )  # fmt: skip
    return passage


def raise_alarm(demand: Demand, at: dt.datetime) -> None:
    """Everyone at the top has been asked, or nobody is there: compliance and administrators must look (B3)."""
    if demand.exhausted_at == at:  # two who raised it at one moment: one alarm
        return
    demand.exhausted_at = at
    demand.save(update_fields=["exhausted_at"])
    born(
        DutyAlarm(
            kind=DutyAlarm.Kind.EXHAUSTED, tier=Tier(demand.level), gap_at=at, demand=demand, raised_at=at
        )
    )
    record(
        demand, "demand.exhausted", at=at, actor=None, summary=_("Everyone at the top has been asked."),
        also=[("alarms", str(demand.pk))],
    )  # fmt: skip


def record(
    demand: Demand,
    kind: str,
    *,
    at: dt.datetime,
    actor: Staff | None,
    summary: str = "",
    contact_id: int | None = None,
    also: Sequence[tuple[str, str]] = (),
    **facts: object,
) -> None:
    """A line in the customer's history, and a hint to the queues; `also`: more hints, as (topic, ref)."""
    append_entry(
        customer_id=demand.customer_id,
        ticket_id=demand.ticket_id,
        contact_id=contact_id,
        kind=kind,
        at=at,
        actor=actor,
        summary=summary,
        data={"demand": demand.pk, **facts},
        also=[("demands", str(demand.pk)), *also],
    )
