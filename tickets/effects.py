"""What a due action does: the registry of effects (D9).

An upper floor registers its effects from `AppConfig.ready` (import the module that holds them); the ground floor
claims what is due and calls them. A function is called inside the claimer's transaction, in which the action is
locked and marked done: the effect and `done` are written together or not at all. So an effect

* writes rows only. Whatever must leave the house goes through `services.outbox` (same transaction);
* opens no transaction of its own that is meant to survive, sends nothing, sleeps never;
* takes its time from `at` (aware; not before any action's `due_at`) and re-checks the rules of its own subject:
  an action is a wish of the past, the row it acts on is the present;
* need not guard against being called twice for one action: `done` is in the same transaction.

One at a time::

    @effect("tickets.follow_up")
    def follow_up(action: ScheduledAction, at: datetime) -> None: ...

It says that it cannot act by raising `NotYet` (again later, still due), `NeedsPerson` (held, a person looks at
it), or `Moot` (superseded: nothing is to be done any more). Any other exception is a failure: rolled back, tried
again with growing pauses, after `MOST_ATTEMPTS` given up and shown as dead.

In bulk, for what falls due by the hundred thousand at one midnight::

    @bulk_effect("billing.stop_line")
    def stop_lines(actions: Sequence[Claimed], at: datetime) -> Mapping[int, Verdict] | None: ...

`actions` are 1 to `BULK` locked actions of this kind in the order of `subject_id`, as plain rows. The function applies
all of them with a fixed number of statements (lock its own rows `ORDER BY id FOR NO KEY UPDATE`, then `tickets.sets`:
`stepped` for what changes its state, `inserted` for timeline, milestones; `outbox.put_mails` / `outbox.put_calls`
for what leaves) and returns the verdict of those that it did *not* apply, by `action.pk`:
`{action.pk: NotYet("porting is not completed", until=…)}`. It must not have written anything for those. The rest
is marked done with one UPDATE. If the function raises, everything that it wrote is rolled back and the halves of the set
are tried, down to the one at fault, so that one bad row never keeps back the others.

`balance`: asked by the reconciler, with actions that are done: which of them lack their effect? It returns
`{action.id: "what is missing"}` and reads only.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

if TYPE_CHECKING:
    from tickets.models import ScheduledAction

# Actions claimed in one transaction.
BULK = 1000
SINGLE = 100
# Failures of one action before a person must look: with the pauses of `pause_after` about eleven minutes.
MOST_ATTEMPTS = 8


class Verdict(Exception):
    """Why an effect was not applied; `str` of it is the reason that a person reads."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class NotYet(Verdict):
    """Still due, looked at again at `until` (aware)."""

    def __init__(self, reason: str, *, until: dt.datetime) -> None:
        super().__init__(reason)
        self.until = until


class NeedsPerson(Verdict):
    """Held: a person decides."""


class Moot(Verdict):
    """Superseded: what it was for is over."""


class Claimed(NamedTuple):
    """A locked action, as far as an effect needs it; a thousand of them cost less than a model's instances."""

    pk: int
    kind: str
    key: str
    subject_id: int
    due_at: dt.datetime
    payload: Mapping[str, Any]


Single = Callable[["ScheduledAction", dt.datetime], None]
Bulk = Callable[[Sequence[Claimed], dt.datetime], Mapping[int, Verdict] | None]
Balance = Callable[[Sequence["ScheduledAction"]], Mapping[int, str]]
AnySingle = TypeVar("AnySingle", bound=Single)
AnyBulk = TypeVar("AnyBulk", bound=Bulk)


@dataclass(frozen=True, slots=True)
class Effect:
    """One kind of action. Exactly one of `single` and `bulk` is there."""

    kind: str
    single: Single | None = None
    bulk: Bulk | None = None
    balance: Balance | None = None


_effects: dict[str, Effect] = {}


def effect(kind: str, *, balance: Balance | None = None) -> Callable[[AnySingle], AnySingle]:
    """Register the function that applies one action of `kind`. ValueError when the kind is taken."""

    def register(function: AnySingle) -> AnySingle:
        _add(Effect(kind, single=function, balance=balance))
        return function

    return register


def bulk_effect(kind: str, *, balance: Balance | None = None) -> Callable[[AnyBulk], AnyBulk]:
    """Register the function that applies many actions of `kind` at once. ValueError when the kind is taken."""

    def register(function: AnyBulk) -> AnyBulk:
        _add(Effect(kind, bulk=function, balance=balance))
        return function

    return register


def _add(fresh: Effect) -> None:
    if fresh.kind in _effects:
        raise ValueError(f"the effect {fresh.kind} is registered twice")
    _effects[fresh.kind] = fresh


def find(kind: str) -> Effect | None:
    """The effect of this kind, or None when no floor registered it."""
    return _effects.get(kind)


def all_effects() -> tuple[Effect, ...]:
    """Every effect, by kind."""
    return tuple(_effects[kind] for kind in sorted(_effects))


def bulk_kinds() -> list[str]:
    """The kinds that are applied set by set."""
    return [found.kind for found in all_effects() if found.bulk]


def forget(kind: str) -> None:
    """Take an effect out again (tests that register their own)."""
    _effects.pop(kind, None)


def pause_after(attempts: int) -> dt.timedelta:
    """How long a failed action rests: 5 s, doubled with each failure, an hour at most."""
    return min(dt.timedelta(seconds=5) * (1 << min(max(attempts - 1, 0), 12)), dt.timedelta(hours=1))
