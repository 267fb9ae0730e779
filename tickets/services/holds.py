"""The customer on hold (保留, A4): over 120 seconds the operator is prompted, over 300 a callback is offered.

Seconds count per leg, over all holds of that leg. The screen counts by itself; the scheduled look is there for when
no screen does, so that a long hold is on record whoever forgets it.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from tickets.access import require_customer
from tickets.effects import Moot, effect
from tickets.errors import Refused
from tickets.models import ContactLeg, ScheduledAction, Staff
from tickets.models.contacts import HOLD_OFFER_SECONDS, HOLD_PROMPT_SECONDS
from tickets.service import service
from tickets.services.schedule import cancel_scheduled, schedule
from tickets.services.timeline import announce, append_entry

THRESHOLDS = (HOLD_PROMPT_SECONDS, HOLD_OFFER_SECONDS)


@dataclass(frozen=True, slots=True)
class HoldState:
    """How long the customer has waited in this leg, in seconds, and what the operator is to do now."""

    seconds: int
    prompt: bool
    offer_callback: bool


def hold_state(leg: ContactLeg, at: dt.datetime) -> HoldState:
    """Pure: from the leg as it stands and the moment."""
    running = int((at - leg.held_since).total_seconds()) if leg.held_since else 0
    seconds = leg.hold_seconds + max(running, 0)
    return HoldState(seconds, seconds >= HOLD_PROMPT_SECONDS, seconds >= HOLD_OFFER_SECONDS)


@service
def hold_call(*, contact_id: int, at: dt.datetime, actor: Staff) -> ContactLeg:
    """Put the customer on hold. `Refused` A4 when they already are."""
    leg = _running_leg(contact_id, actor)
    if leg.held_since is not None:
        raise Refused("A4", _("The customer is on hold already."))
    leg.held_since = at
    leg.save(update_fields=["held_since"])
    for limit in THRESHOLDS:
        if leg.hold_seconds < limit:
            _plan_look(leg, limit, at)
    announce(topic="call", ref=str(leg.staff_id), at=at)
    return leg


@service
def resume_call(*, contact_id: int, at: dt.datetime, actor: Staff) -> HoldState:
    """Take the customer back. The answer says whether a callback is to be offered now."""
    leg = _running_leg(contact_id, actor)
    if leg.held_since is None:
        raise Refused("A4", _("The customer is not on hold."))
    _drop_looks(leg)
    close_hold(leg, at)
    _save_hold(leg)
    announce(topic="call", ref=str(leg.staff_id), at=at)
    return hold_state(leg, at)


@service
def check_hold(*, contact_id: int, at: dt.datetime, actor: Staff | None = None) -> HoldState:
    """Look at the hold: prompts and offers that are due are put on record and shown (A4)."""
    leg = _running_leg(contact_id, actor)
    state = _mark(leg, at)
    _save_hold(leg)
    return state


def close_hold(leg: ContactLeg, at: dt.datetime) -> None:
    """End the hold of a leg in memory; the caller holds the lock and saves."""
    state = _mark(leg, at)
    leg.hold_seconds = state.seconds
    leg.held_since = None


@effect("tickets.hold_look")
def look_at_hold(action: ScheduledAction, at: dt.datetime) -> None:
    """The scheduled look at one hold; moot when the customer is no longer on it."""
    leg = ContactLeg.objects.select_for_update(no_key=True).filter(pk=action.subject_id).first()
    if leg is None or leg.held_since is None or _since(leg) != action.payload["since"]:
        raise Moot(str(_("The customer is no longer on hold.")))
    _mark(leg, at)
    _save_hold(leg)


def _mark(leg: ContactLeg, at: dt.datetime) -> HoldState:
    """Note in memory what is due, once a leg; the timeline and the operator's screen hear of it."""
    state = hold_state(leg, at)
    if state.prompt and leg.prompted_at is None:
        leg.prompted_at = at
        announce(topic="call", ref=str(leg.staff_id), at=at)
    if state.offer_callback and leg.callback_offered_at is None:
        leg.callback_offered_at = at
        contact = leg.contact
        append_entry(
            customer_id=contact.customer_id, ticket_id=contact.ticket_id, contact_id=contact.pk, kind="contact.hold",
            at=at, summary=str(_("On hold for five minutes: a callback is offered")), data={"leg": leg.pk},
        )  # fmt: skip
    return state


def _save_hold(leg: ContactLeg) -> None:
    leg.save(update_fields=["held_since", "hold_seconds", "prompted_at", "callback_offered_at"])


def _running_leg(contact_id: int, actor: Staff | None) -> ContactLeg:
    """The actor's own running leg, otherwise the latest one that runs."""
    legs = ContactLeg.objects.select_for_update(no_key=True).filter(
        contact_id=contact_id, ended_at__isnull=True
    )
    running = sorted(legs, key=lambda leg: (actor is not None and leg.staff_id == actor.pk, leg.seq))
    if not running:
        raise Refused("A4", _("The call is over."))
    require_customer(actor, running[-1].contact.customer_id)
    return running[-1]


def _key(leg: ContactLeg, limit: int) -> str:
    return f"hold:{leg.pk}:{_since(leg)}:{limit}"


def _since(leg: ContactLeg) -> int | None:
    """When this hold began, in milliseconds: its name, whatever zone the moment is written in."""
    return int(leg.held_since.timestamp() * 1000) if leg.held_since else None


def _plan_look(leg: ContactLeg, limit: int, at: dt.datetime) -> None:
    due_at = at + dt.timedelta(seconds=limit - leg.hold_seconds)
    schedule(
        kind="tickets.hold_look", subject_id=leg.pk, due_at=due_at, key=_key(leg, limit),
        payload={"since": _since(leg)}, at=at,
    )  # fmt: skip


def _drop_looks(leg: ContactLeg) -> None:
    for limit in THRESHOLDS:
        cancel_scheduled(key=_key(leg, limit), reason=str(_("The customer is no longer on hold.")))
