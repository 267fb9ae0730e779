"""What we owe: opened, kept, void, risen, moved (約束; A10, A13, B3). Every other service goes through here.

An overdue promise rises one tier, at the top to the next deputy, with a new due time in business time. Who the
next holder is, the floor above knows: it registers with `router`. A kind that is more than a promise (a demand
for a superior) rises by the service registered with `riser`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from tickets.access import require_tier
from tickets.births import born
from tickets.business_time import add_business_hours, next_open
from tickets.errors import Refused
from tickets.models import TOP, Contact, Promise, PromiseRise, Staff, Tier
from tickets.models.promise_rules import CALLS
from tickets.queries.calendars import hours_of_desk
from tickets.queries.kept import Ids, kept
from tickets.service import service
from tickets.services.locking import lock_promise, lock_ticket
from tickets.services.timeline import append_entry
from tickets.sets import Source, given, write

Window = tuple[dt.datetime, dt.datetime]

# Opening hours that the next holder has, by the tier it has risen to.
RISE_HOURS = {Tier.LEADER: 1.0, Tier.SV: 1.0, Tier.MANAGER: 2.0}


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a promise goes: strictly above where it stands, in (tier, rung). `due_at` None: by RISE_HOURS."""

    tier: int
    rung: int = 0
    owner_id: int | None = None
    desk_id: int | None = None
    due_at: dt.datetime | None = None


Route = Callable[[Promise, dt.datetime], Destination | None]
Riser = Callable[[Promise, dt.datetime, str], None]


class Router:
    """The next holder of a promise; one tier up without a name until the floor above registers its roster."""

    def __init__(self) -> None:
        self._route: Route | None = None

    def register(self, route: Route) -> Route:
        """Called once, from an AppConfig's ready(); `route` may answer None to leave it to the default."""
        self._route = route
        return route

    def __call__(self, promise: Promise, at: dt.datetime) -> Destination:
        """The registered answer, or the next tier, at the top the next rung."""
        found = self._route(promise, at) if self._route else None
        return found or next_above(promise)


router = Router()
_risers: dict[str, Riser] = {}
_own_clocks: set[str] = set()


def riser(kind: str, *, own_clock: bool = False) -> Callable[[Riser], Riser]:
    """Register how promises of `kind` rise; the function calls `lift_promise` itself.

    `own_clock`: the floor above watches the time of these itself, and the job for overdue promises leaves them.
    """

    def register(verb: Riser) -> Riser:
        _risers[kind] = verb
        if own_clock:
            _own_clocks.add(kind)
        return verb

    return register


def own_clocks() -> list[str]:
    """The kinds whose time another floor watches."""
    return sorted(_own_clocks)


def next_above(promise: Promise) -> Destination:
    """One tier up; at the top the next deputy."""
    if promise.tier < TOP:
        return Destination(tier=promise.tier + 1)
    return Destination(tier=TOP, rung=promise.rung + 1)


@service
def open_promise(
    *,
    ticket_id: int,
    kind: str,
    what: str,
    due_at: dt.datetime,
    at: dt.datetime,
    actor: Staff | None = None,
    owner_id: int | None = None,
    desk_id: int | None = None,
    tier: int = Tier.OPERATOR,
    window: Window | None = None,
    number: str = "",
) -> Promise:
    """Owe the customer of a ticket something. Anyone who sees the ticket may; nobody needs leave to promise.

    `desk_id`: whose work it is, the ticket's desk unless named. `window`, `number` (E.164): a callback's (A10).
    Refused (A13) on a ticket that has ended, except for follow-ups and survey calls.
    """
    ticket = lock_ticket(ticket_id, actor)
    promise = Promise.objects.create(
        customer_id=ticket.customer_id,
        ticket=ticket,
        kind=kind,
        what=what,
        owner_id=owner_id,
        desk_id=desk_id or ticket.desk_id,
        tier=tier,
        due_at=due_at,
        opened_at=at,
        opened_by=actor,
        window_from=window[0] if window else None,
        window_until=window[1] if window else None,
        number=number,
    )
    _record(promise, "promise.opened", at=at, actor=actor, due_at=due_at.isoformat())
    return promise


@service
def keep_promise(
    *,
    promise_id: int,
    at: dt.datetime,
    actor: Staff | None = None,
    contact_id: int | None = None,
    note: str = "",
) -> Promise:
    """It was done. Anyone who sees the ticket may keep it, owner or not (A10).

    A call that was promised is kept only by a contact in which the customer was spoken with; the database
    refuses any other (A10).
    """
    promise = lock_promise(promise_id, actor)
    promise.keep(at=at, by_id=actor.pk if actor else None, contact_id=contact_id, note=note)
    promise.save(update_fields=["status", "ended_at", "ended_by", "kept_contact", "kept_note"])
    _record(promise, "promise.kept", at=at, actor=actor, contact_id=contact_id, note=note)
    return promise


@service
def void_promise(
    *,
    promise_id: int,
    at: dt.datetime,
    reason: str,
    actor: Staff | None = None,
    contact_id: int | None = None,
) -> Promise:
    """It is no longer owed, with the reason. A building block for services that know why.

    `contact_id`: the contact in which the customer said so. A callback cannot vanish: it needs that contact, or a
    leader or above (A10; the database asks the same).
    """
    promise = lock_promise(promise_id, actor)
    promise.void(at=at, by_id=actor.pk if actor else None, reason=reason, contact_id=contact_id)
    promise.save(update_fields=["status", "ended_at", "ended_by", "kept_contact", "void_reason"])
    _record(promise, "promise.void", at=at, actor=actor, contact_id=contact_id, reason=reason)
    return promise


@service
def raise_promise(*, promise_id: int, at: dt.datetime, reason: str, actor: Staff | None = None) -> Promise:
    """Up one tier, at the top to the next deputy, with a new due time in business time (A10, B3).

    The job does it when overdue; a person may at any time, and nobody can stop it (B4). Does nothing when the
    promise has just ended.
    """
    promise = lock_promise(promise_id, actor)
    if promise.status != Promise.Status.OPEN:
        return promise
    if promise.kind in _risers:
        _risers[promise.kind](promise, at, reason)
        return Promise.objects.get(pk=promise_id)
    return lift_promise(promise_id=promise_id, to=router(promise, at), at=at, reason=reason, actor=actor)


@service
def lift_promise(
    *, promise_id: int, to: Destination, at: dt.datetime, reason: str, actor: Staff | None = None
) -> Promise:
    """Put a promise where `to` says and record the rise. Refused (B3) unless that is above where it stands."""
    promise = lock_promise(promise_id, actor)
    if (to.tier, to.rung) <= (promise.tier, promise.rung):
        raise Refused("B3", _("What is owed only rises."))
    desk_id = to.desk_id or promise.desk_id
    due_at = to.due_at or _due_after_rise(desk_id, to.tier, at)
    _record_move(promise, to, due_at, at=at, reason=reason, actor=actor)
    promise.tier, promise.rung, promise.owner_id = to.tier, to.rung, to.owner_id
    promise.desk_id, promise.due_at = desk_id, due_at
    promise.save(update_fields=["tier", "rung", "owner", "desk", "due_at"])
    _record(
        promise, "promise.risen", at=at, actor=actor,
        reason=reason, tier=to.tier, rung=to.rung, due_at=due_at.isoformat(),
        also=[("promises", str(promise.pk))],
    )  # fmt: skip
    return promise


@service
def move_promise(
    *,
    promise_id: int,
    contact_id: int,
    new_due_at: dt.datetime,
    at: dt.datetime,
    reason: str,
    actor: Staff | None = None,
    window: Window | None = None,
) -> Promise:
    """Another time, agreed with the customer in a contact (A10). Refused to move into the past."""
    promise = lock_promise(promise_id, actor)
    here = Destination(tier=promise.tier, rung=promise.rung, owner_id=promise.owner_id)
    _record_move(promise, here, new_due_at, at=at, reason=reason, actor=actor, contact_id=contact_id)
    promise.due_at = new_due_at
    if window:
        promise.window_from, promise.window_until = window
    promise.save(update_fields=["due_at", "window_from", "window_until"])
    _record(
        promise, "promise.moved", at=at, actor=actor, contact_id=contact_id,
        reason=reason, due_at=new_due_at.isoformat(),
    )  # fmt: skip
    return promise


@service
def move_promises(
    *,
    moves: Mapping[int, dt.datetime],
    contact_id: int,
    at: dt.datetime,
    reason: str,
    actor: Staff | None = None,
) -> None:
    """Promises of one ticket, by id: each its other time, agreed with the customer in one contact (A10).

    As `move_promise` does one, in a few statements however many they are. Refused to move into the past.
    """
    if not moves:
        return
    lock_promise(min(moves), actor)
    rows = _locked_promises(ids=tuple(sorted(moves)))
    if len({promise.ticket_id for promise in rows}) != 1:
        raise ValueError("promises of several tickets")
    for promise in rows:
        here = Destination(tier=promise.tier, rung=promise.rung, owner_id=promise.owner_id)
        _record_move(
            promise, here, moves[promise.pk], at=at, reason=reason, actor=actor, contact_id=contact_id
        )
        promise.due_at = moves[promise.pk]
    there = given(id=("bigint", moves), due_at=("timestamptz", moves.values()))
    write(
        Source(
            f"UPDATE tickets_promise p SET due_at = v.due_at FROM {there.rows} WHERE p.id = v.id",
            there.values,
        )
    )
    for promise in rows:
        _record(
            promise, "promise.moved", at=at, actor=actor, contact_id=contact_id,
            reason=reason, due_at=promise.due_at.isoformat(),
        )  # fmt: skip


@kept
def _locked_promises(*, ids: Ids) -> QuerySet[Promise]:
    return Promise.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk")


@service
def take_promise(*, promise_id: int, at: dt.datetime, actor: Staff, owner_id: int | None = None) -> Promise:
    """Make somebody the owner: oneself, or by a leader or above anybody. It does not change tier or due time."""
    promise = lock_promise(promise_id, actor)
    if owner_id not in {None, actor.pk}:
        require_tier(actor, Tier.LEADER, rule="A10")
    promise.owner_id = owner_id or actor.pk
    promise.save(update_fields=["owner"])
    _record(promise, "promise.taken", at=at, actor=actor, owner_id=promise.owner_id)
    return promise


@service
def withdraw_promise(
    *, promise_id: int, contact_id: int, words: str, at: dt.datetime, actor: Staff
) -> Promise:
    """The customer says, in a contact, that it is not wanted any more; their words are kept."""
    promise = Promise.objects.get(pk=promise_id)
    if not Contact.objects.filter(pk=contact_id, customer_id=promise.customer_id).exists():
        raise Refused("A10", _("The contact is not with the customer to whom this is owed."))
    return void_promise(promise_id=promise_id, at=at, reason=words, actor=actor, contact_id=contact_id)


def is_call(kind: str) -> bool:
    """Whether it can only be kept by speaking with the customer."""
    return kind in CALLS


def _due_after_rise(desk_id: int, tier: int, at: dt.datetime) -> dt.datetime:
    hours = hours_of_desk(desk_id)
    return add_business_hours(hours, next_open(hours, at), RISE_HOURS[Tier(tier)])


def _record_move(
    promise: Promise,
    to: Destination,
    due_at: dt.datetime,
    *,
    at: dt.datetime,
    reason: str,
    actor: Staff | None,
    contact_id: int | None = None,
) -> None:
    rise = PromiseRise(
        promise=promise,
        at=at,
        actor=actor,
        from_tier=promise.tier,
        to_tier=to.tier,
        from_rung=promise.rung,
        to_rung=to.rung,
        from_owner_id=promise.owner_id,
        to_owner_id=to.owner_id,
        old_due_at=promise.due_at,
        new_due_at=due_at,
        reason=reason,
        agreed_contact_id=contact_id,
    )
    born(rise)


def _record(
    promise: Promise,
    kind: str,
    *,
    at: dt.datetime,
    actor: Staff | None,
    contact_id: int | None = None,
    also: Sequence[tuple[str, str]] = (),
    **facts: object,
) -> None:
    append_entry(
        customer_id=promise.customer_id,
        ticket_id=promise.ticket_id,
        contact_id=contact_id,
        kind=kind,
        at=at,
        actor=actor,
        summary=promise.what,
        data={"promise": promise.pk, "kind": promise.kind, **facts},
        also=also,
    )
