"""How promises rise on this floor: any kind to whoever is on duty above, four kinds by their own verbs (B3, A10)."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from escalation import routing
from escalation.models import Demand, DemandPassage, ExceptionRequest
from escalation.queries.duty import duty_facts
from escalation.services.demands import rise
from escalation.services.exceptions import pass_up_exception
from escalation.services.objections import rise_objection
from tickets.models import Promise, PromiseKind, PromiseRise
from tickets.services.promises import Destination, riser, router


@router.register
def next_holder(promise: Promise, at: dt.datetime) -> Destination | None:
    """The next person on duty above where the promise stands, who has not had it yet.

    None, one tier up without a name, when nobody is: the bench of managers is for demands, not for every callback.
    """
    held = PromiseRise.objects.filter(promise=promise, to_owner__isnull=False)
    asked = frozenset(held.values_list("to_owner_id", flat=True)) | {promise.owner_id or 0}
    place = routing.next_place(replace(duty_facts(at), asked=asked, bench=()), promise.tier, promise.rung)
    if place.holder is None:
        return None
    return Destination(tier=place.level, rung=place.rung, owner_id=place.holder)


@riser(PromiseKind.SUPERIOR_ANSWER, own_clock=True)
def raise_demand(promise: Promise, at: dt.datetime, reason: str) -> None:
    """Somebody raises it by hand. Its own clock, which a recorded attempt to call moves on, is in clockwork."""
    demand = Demand.objects.get(promise=promise)
    rise(demand_id=demand.pk, reason=DemandPassage.Reason.BY_HAND, at=at, note=reason)


@riser(PromiseKind.EXCEPTION_DECISION)
def raise_exception(promise: Promise, at: dt.datetime, reason: str) -> None:
    """A request for an exception passes up."""
    request = ExceptionRequest.objects.get(promise=promise)
    pass_up_exception(request_id=request.pk, reason=reason, at=at)


@riser(PromiseKind.OBJECTION_DECISION)
def raise_objection(promise: Promise, at: dt.datetime, reason: str) -> None:
    """An objection goes on to the next person above its issuer."""
    rise_objection(promise, at, reason)
