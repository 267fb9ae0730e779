"""The small world in which the proof walks: five people, who may be away, and the moves of one demand."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product
from typing import NamedTuple, Protocol

from escalation import lifecycle, routing
from escalation.models.demand_rules import ATTEMPTS_BEFORE_WRITING
from escalation.routing import Capacity, Deputy, Duty, Facts, Place
from tickets.models.staff import TOP, Tier
from tickets.statemachine import Lifecycle

# A leader, an SV, an SV who may stand in for the first manager, and two managers.
LEADER, SV, STAND_IN, MANAGER, SECOND_MANAGER = PEOPLE = (20, 30, 31, 40, 41)
DUTIES = (
    Duty(LEADER, Tier.LEADER, 1),
    Duty(SV, Tier.SV, 1),
    Duty(MANAGER, TOP, 1),
    Duty(SECOND_MANAGER, TOP, 2),
)
LENT = (Deputy(STAND_IN, TOP, MANAGER, 1),)
# Every pattern of absence; a set of patterns is an integer with a bit for each.
PATTERNS = tuple(
    frozenset(person for person, away in zip(PEOPLE, chosen, strict=True) if away)
    for chosen in product((False, True), repeat=len(PEOPLE))
)
ALWAYS = (1 << len(PATTERNS)) - 1
AWAY = {person: sum(1 << index for index, away in enumerate(PATTERNS) if person in away) for person in PEOPLE}

People = frozenset[int]


def own_tier(person: int) -> int:
    """The rank of a person of this world."""
    return person // 10


class Routing(Protocol):
    """The functions of escalation.routing that the services call."""

    def first_place(self, facts: Facts, demanded: int) -> Place:
        """See escalation.routing."""

    def next_place(self, facts: Facts, level: int, rung: int) -> Place:
        """See escalation.routing."""

    def capacity(self, facts: Facts, staff: int, own_tier: int, level: int) -> Capacity | None:
        """See escalation.routing."""

    def may_be_excused(self, facts: Facts, staff: int) -> bool:
        """See escalation.routing."""


@dataclass(frozen=True)
class Rules:
    """The code under proof: the table and the routing. Tests put broken ones here."""

    table: Lifecycle = lifecycle.DEMAND
    routing: Routing = routing


class State(NamedTuple):
    """Where the demand stands. `holder` 0: nobody's. `barred`: in conflict, or answered before in its chain.

    `asked`: who has had it and is not barred. `attempts`: desk days on which a call after the decision failed.
    """

    status: str
    level: int
    rung: int = 0
    holder: int = 0
    asked: People = frozenset()
    barred: People = frozenset()
    attempts: int = 0


class Move(NamedTuple):
    """One line of the table as taken, or a conflict recorded.

    `patterns`: under which absences it can be taken. `person`: who takes it or is given it. `helps`: whether it may
    count on the way to an answer.
    """

    name: str
    to: State
    patterns: int = ALWAYS
    person: int = 0
    helps: bool = True


class World:
    """What does not change during one demand: the tier demanded, and whether an SV stands in for the manager."""

    def __init__(self, demanded: int, *, lent: bool, rules: Rules) -> None:
        self.demanded = demanded
        self.lent = lent
        self.rules = rules
        self.final = rules.table.final
        self.at_top: People = frozenset({MANAGER, SECOND_MANAGER, *({STAND_IN} if lent else ())})
        # Routing is pure: asked once for each of its arguments.
        self._places: dict[tuple[object, ...], dict[Place, int]] = {}
        self._takers: dict[tuple[int, People], dict[tuple[int, int], int]] = {}

    def __repr__(self) -> str:
        stand_in = f", {STAND_IN} stands in for {MANAGER}" if self.lent else ""
        return f"a demand for tier {self.demanded}{stand_in}"

    def facts(self, state: State, index: int) -> Facts:
        """What routing is told, under the pattern of absence `index`."""
        return Facts(
            duties=DUTIES,
            deputies=LENT if self.lent else (),
            bench=(MANAGER, SECOND_MANAGER),
            absent=PATTERNS[index],
            excused=state.barred,
            asked=state.asked,
        )

    def moves(self, state: State) -> Iterator[Move]:
        """Every line of the table that leaves this state, and every conflict that may be recorded."""
        for step in self.rules.table.steps:
            if state.status in step.sources:
                for move in TAKEN[step.action](self, step.target, state):
                    yield move._replace(name=f"{step.action} {move.name}".strip())
        if state.status not in self.final:
            yield from self._conflicts(state)

    def after_lapse(self, state: State, index: int) -> State | None:
        """Where the clock alone takes it when the holder lets the time pass; None when no line of the table does."""
        for step in self.rules.table.steps:
            if step.action in ("rise", "hand_on") and state.status in step.sources:
                for place, patterns in self._next_places(state).items():
                    if patterns >> index & 1:
                        return _standing(step.target, state, place)
        return None

    def patterns_with_someone(self, state: State) -> int:
        """The patterns of absence that leave at work somebody at the top who is not barred."""
        able = self.at_top - state.barred
        return sum(1 << index for index, away in enumerate(PATTERNS) if able - away)

    def wrong_with(self, before: State, move: Move) -> str:
        """The requirement itself, said without routing; empty when the move keeps it (B2, B3)."""
        after = move.to
        if (after.level, after.rung) < (before.level, before.rung) or after.level < self.demanded:
            return f"it sinks to {after.level}.{after.rung}"
        passed = move.name.startswith(("rise", "hand_on")) and after.holder != 0
        if passed and (after.level, after.rung) <= (before.level, before.rung):
            return "it is passed on without rising"
        if passed and after.holder in before.asked:
            return f"it comes back to {after.holder}"
        return self._wrong_with_person(before, move) if move.person else ""

    def _wrong_with_person(self, before: State, move: Move) -> str:
        person, after = move.person, move.to
        if move.patterns & AWAY[person]:
            return f"{person} is away"
        lent = TOP if self.lent and person == STAND_IN else 0
        if max(own_tier(person), lent) < max(self.demanded, after.level):
            return f"{person} is below the tier"
        return f"{person} is in conflict or answered before" if person in before.barred else ""

    # -- the lines of the table, as the services take them ---------------------------------------------------------

    def _assign(self, target: str, state: State) -> Iterator[Move]:
        key = ("first", state.barred, state.asked)
        places = self._asked_once(
            key, state, lambda facts: self.rules.routing.first_place(facts, self.demanded)
        )
        yield from _placed(target, state, places)

    def _rise(self, target: str, state: State) -> Iterator[Move]:
        # By the clock, by the holder ("not mine"), or by anyone at all.
        yield from _placed(target, state, self._next_places(state))

    def _accept(self, target: str, state: State) -> Iterator[Move]:
        for (person, tier), patterns in self._able(state).items():
            taken = state._replace(
                status=target, level=max(state.level, tier), holder=person, asked=state.asked | {person}
            )
            yield Move(f"by {person}", taken, patterns, person)

    def _decide(self, target: str, state: State) -> Iterator[Move]:
        # Only whoever accepted it, while they still may; otherwise it rises.
        for (person, _tier), patterns in self._able(state).items():
            if person == state.holder:
                yield Move(f"by {person}", state._replace(status=target), patterns)

    def _answer(self, target: str, state: State) -> Iterator[Move]:
        for (person, _tier), patterns in self._able(state).items():
            yield Move(f"by {person}", _ended(target, state), patterns, person)

    def _write(self, target: str, state: State) -> Iterator[Move]:
        for (person, _tier), patterns in self._able(state).items():
            if state.attempts >= ATTEMPTS_BEFORE_WRITING:
                yield Move(f"by {person}", _ended(target, state), patterns, person)
            else:
                tried = state._replace(attempts=state.attempts + 1)
                yield Move(f"after a failed call by {person}", tried, patterns)

    def _withdraw(self, target: str, state: State) -> Iterator[Move]:
        yield Move("", _ended(target, state), helps=False)

    def _conflicts(self, state: State) -> Iterator[Move]:
        facts = self.facts(state, 0)
        for person in PEOPLE:
            if person not in state.barred and self.rules.routing.may_be_excused(facts, person):
                # Whether somebody barred was asked makes no difference any more.
                barred = state._replace(barred=state.barred | {person}, asked=state.asked - {person})
                yield Move(f"{person} has a conflict", barred, helps=False)

    # -- routing, asked under every pattern of absence -------------------------------------------------------------

    def _next_places(self, state: State) -> dict[Place, int]:
        key = ("next", state.level, state.rung, state.barred, state.asked)
        return self._asked_once(
            key, state, lambda facts: self.rules.routing.next_place(facts, state.level, state.rung)
        )

    def _asked_once(
        self, key: tuple[object, ...], state: State, route: Callable[[Facts], Place]
    ) -> dict[Place, int]:
        """Place → the patterns of absence under which routing gives it."""
        if key not in self._places:
            found: dict[Place, int] = defaultdict(int)
            for index in range(len(PATTERNS)):
                found[route(self.facts(state, index))] |= 1 << index
            self._places[key] = dict(found)
        return self._places[key]

    def _able(self, state: State) -> dict[tuple[int, int], int]:
        """(person, tier they take it at) → the patterns of absence under which routing lets them."""
        key = (state.level, state.barred)
        if key not in self._takers:
            found: dict[tuple[int, int], int] = defaultdict(int)
            for index in range(len(PATTERNS)):
                facts = self.facts(state, index)
                for person in PEOPLE:
                    capacity = self.rules.routing.capacity(facts, person, own_tier(person), state.level)
                    if capacity:
                        found[(person, capacity.tier)] |= 1 << index
            self._takers[key] = dict(found)
        return self._takers[key]


TAKEN: dict[str, Callable[[World, str, State], Iterator[Move]]] = {
    "assign": World._assign,  # noqa: SLF001 - its own methods
    "rise": World._rise,  # noqa: SLF001
    "hand_on": World._rise,  # noqa: SLF001
    "accept": World._accept,  # noqa: SLF001
    "decide": World._decide,  # noqa: SLF001
    "answer": World._answer,  # noqa: SLF001
    "answer_in_writing": World._write,  # noqa: SLF001
    "withdraw": World._withdraw,  # noqa: SLF001
}


def _placed(target: str, state: State, places: dict[Place, int]) -> Iterator[Move]:
    for place, patterns in places.items():
        to = _standing(target, state, place)
        yield Move(f"to {to.holder or 'nobody'} at {to.level}.{to.rung}", to, patterns, to.holder)


def _ended(target: str, state: State) -> State:
    """Once it has ended it makes no difference by whom."""
    return State(target, state.level, state.rung)


def _standing(target: str, state: State, place: Place) -> State:
    holder = place.holder or 0
    asked = state.asked | {holder} if holder else state.asked
    return state._replace(status=target, level=place.level, rung=place.rung, holder=holder, asked=asked)
