"""The proof that no demand for a superior has a dead end (B12): an exhaustive walk over the real table and routing.

A state is where one demand stands. The moves are the lines of `lifecycle.DEMAND`, taken with the answers of
`routing`; nothing here knows the rules a second time. Against the demand play: every pattern of absence, another one
at every move; every holder letting the time lapse, before and after accepting and after deciding; "not mine"; a
conflict of interest of anyone that may be recorded, at any time; a customer who never picks up; and, as where it
starts, every tier demanded, with and without people who answered before, with and without a delegation.

Checked in every state that can be reached:

1. somebody can still answer, at the tier named or above: under every fixed pattern of absence that leaves at work one
   person at the top who is not barred, and in any case once the absent come back (every absence is dated);
2. nobody has to volunteer: by the clock alone everyone at the top who is at work, not barred and not yet asked is
   asked in turn;
3. the way up ends: a passage is strictly upward in (tier, rung), to someone not asked yet, or lets go of it at the top;
4. nobody below the tier, away, in conflict, or who answered before is given it, takes it or answers it.

`prove()` returns what it found, with a shortest path to each fault. People: the first digit of an id is their rank.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import product

from escalation.proof_world import LEADER, PATTERNS, STAND_IN, SV, TAKEN, Move, Rules, State, World, own_tier
from tickets.models.staff import TOP, Tier

# Who may have answered the demands that this one follows.
ANSWERED_BEFORE: tuple[tuple[int, ...], ...] = (
    (), (LEADER,), (SV,), (STAND_IN,), (LEADER, SV), (LEADER, STAND_IN)
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Fault:
    """A dead end or a broken rule, with the moves that lead there."""

    what: str
    world: World
    state: State
    path: tuple[str, ...]

    def __str__(self) -> str:
        way = " -> ".join(self.path) or "at once"
        return f"{self.what}\n  in: {self.world}\n  at: {self.state}\n  by: {way}"


@dataclass
class Proof:
    """What the walk saw."""

    states: int = 0
    transitions: int = 0
    faults: list[Fault] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        """Whether there is no dead end."""
        return not self.faults

    def __str__(self) -> str:
        return (
            f"escalation: {self.states} states, {self.transitions} transitions, {len(self.faults)} dead ends"
        )


def prove(rules: Rules | None = None) -> Proof:
    """Walk every world, up to the first that has a fault."""
    proof = Proof()
    for world in worlds(rules or Rules()):
        walk = Walk(world)
        walk.explore()
        proof.states += len(walk.edges)
        proof.transitions += sum(len(moves) for moves in walk.edges.values())
        proof.faults += walk.faults()
        if proof.faults:
            break
    return proof


def worlds(rules: Rules) -> Iterator[World]:
    """Every tier demanded, with and without a delegation to the top."""
    for demanded, lent in product((Tier.LEADER, Tier.SV, TOP), (False, True)):
        yield World(int(demanded), lent=lent, rules=rules)


class Walk:
    """The states of one world, breadth first, so that the path to each is a shortest one."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.edges: dict[State, list[Move]] = {}
        self.came_from: dict[State, tuple[State, str] | None] = {}
        self.broken: tuple[str, State] | None = None

    def explore(self) -> None:
        """Visit everything that can be reached from a demand just recorded; stop at the first broken rule."""
        queue = deque(self._beginnings())
        strange = [step.action for step in self.world.rules.table.steps if step.action not in TAKEN]
        if strange:
            self.broken = (
                f"the table has steps that are neither ours nor the customer's: {strange}",
                queue[0],
            )
        self.came_from.update(dict.fromkeys(queue))
        while queue and self.broken is None:
            state = queue.popleft()
            self.edges[state] = moves = list(self.world.moves(state))
            for move in moves:
                wrong = self.world.wrong_with(state, move)
                if wrong:
                    self.broken = (f"{move.name}: {wrong}", state)
                    break
                if move.to not in self.came_from:
                    self.came_from[move.to] = (state, move.name)
                    queue.append(move.to)

    def _beginnings(self) -> Iterator[State]:
        for status, before in product(self.world.rules.table.initial, ANSWERED_BEFORE):
            # Whoever answered a demand that this one follows did so below the tier that is demanded now.
            if all(own_tier(person) < self.world.demanded for person in before):
                yield State(status, self.world.demanded, barred=frozenset(before))

    def faults(self) -> list[Fault]:
        """The first fault of this world, or none."""
        found = self.broken or self._dead_end() or self._left_out()
        if found is None:
            return []
        what, state = found
        return [Fault(what, self.world, state, self._path(state))]

    def _dead_end(self) -> tuple[str, State] | None:
        for state in self.edges:
            if state.status in self.world.final:
                continue
            reached = self._answerable.get(state, 0)
            if reached == 0:
                return "dead end: no answer can be reached any more, whoever comes back", state
            missing = self.world.patterns_with_someone(state) & ~reached
            if missing:
                away = sorted(PATTERNS[(missing & -missing).bit_length() - 1])
                return f"dead end while {away} are away, although somebody at the top is at work", state
        return None

    @cached_property
    def _answerable(self) -> dict[State, int]:
        """State → the patterns of absence (a bit each) under which an answer can be reached from it.

        Backward from the answers. A withdrawal by the customer ends a demand but is no answer, and a conflict of
        interest is nothing to hope for: neither counts as a way.
        """
        backward: dict[State, list[tuple[State, int]]] = {}
        for state, moves in self.edges.items():
            for move in moves:
                if move.helps:
                    backward.setdefault(move.to, []).append((state, move.patterns))
        everywhere = (1 << len(PATTERNS)) - 1
        reached = {state: everywhere for state in self.edges if state.status.startswith("answered")}
        queue = deque(reached)
        while queue:
            state = queue.popleft()
            for before, patterns in backward.get(state, ()):
                more = reached.get(before, 0) | (patterns & reached[state])
                if more != reached.get(before, 0):
                    reached[before] = more
                    queue.append(before)
        return reached

    def _left_out(self) -> tuple[str, State] | None:
        """Somebody at the top whom the clock alone would never ask, under some pattern of absence."""
        ends = {*self.world.final, *self.world.rules.table.initial}
        # Who holds it, and how often the customer was called, make no difference to where the clock takes it.
        alike = {
            state._replace(holder=0, attempts=0): state for state in self.edges if state.status not in ends
        }
        for state in alike.values():
            for index, away in enumerate(PATTERNS):
                waiting = self.world.at_top - away - state.barred - state.asked
                left = waiting - self._asked_from(state, index) if waiting else waiting
                if left:
                    return (
                        f"nobody would ever ask {sorted(left)}, at work while {sorted(away)} are away",
                        state,
                    )
        return None

    def _asked_from(self, state: State, index: int) -> set[int]:
        """Everyone to whom the clock alone passes it from `state`, under one pattern of absence."""
        asked: set[int] = set()
        here: State | None = state
        while here is not None:
            after = self.world.after_lapse(here, index)
            # Let go of, or back where it was: the clock does no more.
            if after is None or after.holder == 0 or after.holder in asked:
                return asked
            asked.add(after.holder)
            here = after
        return asked

    def _path(self, state: State) -> tuple[str, ...]:
        path: list[str] = []
        here = state
        while (step := self.came_from[here]) is not None:
            here, name = step
            path.append(name)
        return tuple(reversed(path))
