"""One table of steps a model: the source of its `@step` methods, its database trigger and its diagram.

A lifecycle is written once, in an app's `lifecycle.py`. The model's methods are decorated from it, the trigger
that refuses any other change of the status column (raw SQL included) is generated from it, and the diagrams in
docs/states/ are drawn from it. tests/guards/test_lifecycles.py pins the three to each other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar, cast

import pgtrigger
from django_fsm import transition

from tickets.rules import Rule, quoted

Method = TypeVar("Method", bound=Callable[..., Any])


@dataclass(frozen=True)
class Step:
    """`action` leads from any of `sources` to `target`."""

    action: str
    sources: tuple[str, ...]
    target: str


@dataclass(frozen=True)
class Lifecycle:
    """The whole life of one kind of row.

    `rule`: the requirement that a refused step is reported under. `initial`: the states a row may be born in.
    """

    name: str
    rule: str
    initial: tuple[str, ...]
    steps: tuple[Step, ...]
    field: str = "status"

    @property
    def states(self) -> tuple[str, ...]:
        """Every state named in the table, in order of appearance."""
        seen = dict.fromkeys(self.initial)
        for step in self.steps:
            seen.update(dict.fromkeys((*step.sources, step.target)))
        return tuple(seen)

    @property
    def final(self) -> frozenset[str]:
        """States that no step leaves."""
        left = {source for step in self.steps for source in step.sources}
        return frozenset(self.states) - left

    def edges(self) -> Iterator[tuple[str, str, str]]:
        """(from, action, to), one a line of the expanded table."""
        for step in self.steps:
            for source in step.sources:
                yield source, step.action, step.target

    def find(self, action: str) -> Step:
        """The step called `action`; KeyError when the table has none."""
        for step in self.steps:
            if step.action == action:
                return step
        raise KeyError(f"{self.name} has no step {action!r}")

    def step(self, action: str) -> Callable[[Method], Method]:
        """Decorate the model's method that takes this step; the method guards and sets fields of `self`."""
        found = self.find(action)

        def decorate(method: Method) -> Method:
            wrapped = transition(
                field=self.field,
                source=list(found.sources),
                target=found.target,
                custom={"lifecycle": self.name},
            )(method)
            return cast("Method", wrapped)

        return decorate

    def triggers(self) -> tuple[Rule, Rule]:
        """The rules that refuse a birth and a change of status that are no line of this table."""
        column = f'"{self.field}"'
        pairs = ", ".join(quoted(f"{source}>{target}") for source, _, target in self.edges())
        born = ", ".join(quoted(state) for state in self.initial)
        birth = Rule(
            rule=self.rule,
            name=f"{self.name}_birth",
            says=f"{self.name} cannot begin as %",
            details=(f"NEW.{column}",),
            operation=pgtrigger.Insert,
            refuse_if=f"NEW.{column} NOT IN ({born})",
        )
        step = Rule(
            rule=self.rule,
            name=f"{self.name}_lifecycle",
            says=f"{self.name} cannot go from % to %",
            details=(f"OLD.{column}", f"NEW.{column}"),
            operation=pgtrigger.Update,
            refuse_if=(
                f"NEW.{column} IS DISTINCT FROM OLD.{column} AND "
                f"(OLD.{column} || '>' || NEW.{column}) NOT IN ({pairs})"
            ),
        )
        return birth, step
