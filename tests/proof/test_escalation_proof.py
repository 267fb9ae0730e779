"""The proof holds, and it would notice: every way of breaking the code that we thought of is found, with its path (B12)."""

from __future__ import annotations

from dataclasses import replace
from io import StringIO
from types import SimpleNamespace

import pytest
from django.core.management import CommandError, call_command

from escalation import lifecycle, proof, routing
from escalation.proof_world import Rules
from escalation.routing import Place
from tickets.models.staff import TOP
from tickets.statemachine import Step

pytestmark = pytest.mark.requirement("B12", "B2", "B3")


def broken_routing(**functions: object) -> Rules:
    """The real routing with some functions replaced."""
    names = ("first_place", "next_place", "capacity", "may_be_excused")
    return Rules(
        routing=SimpleNamespace(**{name: functions.get(name, getattr(routing, name)) for name in names})
    )


def broken_table(*, without: str = "", plus: Step | None = None, **changed: tuple[str, ...]) -> Rules:
    """The real table less a line, with a line more, or with other sources of a line."""
    steps = [
        replace(step, sources=changed.get(step.action, step.sources))
        for step in lifecycle.DEMAND.steps
        if step.action != without
    ]
    return Rules(table=replace(lifecycle.DEMAND, steps=(*steps, *([plus] if plus else []))))


@pytest.mark.slow
def test_no_demand_has_a_dead_end():
    out = StringIO()
    call_command("prove", stdout=out)
    said = out.getvalue()
    assert said.startswith("escalation: ")
    assert said.endswith(" transitions, 0 dead ends\n")
    states = int(said.split()[1])
    assert states > 10_000


def no_rise_at_top(facts, level, rung):
    return routing.next_place(facts, level, rung) if level < TOP else Place(TOP, rung, None)


def top_is_kept(facts, level, rung):
    """Whoever has it at the top keeps it, acting or not."""
    return routing.next_place(facts, level, rung) if level < TOP else Place(TOP, rung, min(facts.bench))


def downward(facts, level, rung):
    return (
        replace_level(routing.next_place(facts, level, rung), 2)
        if level == TOP
        else routing.next_place(facts, level, rung)
    )


def replace_level(place, level):
    return Place(level, 0, place.holder, place.delegation)


def back_to_previous(facts, level, rung):
    forgetful = replace(facts, asked=frozenset(), excused=frozenset())
    return routing.next_place(forgetful, level, rung)


def anyone_accepts(facts, staff, own_tier, level):
    return None if staff in facts.absent else routing.Capacity(own_tier)


def the_previous_answerer_accepts(facts, staff, own_tier, level):
    return routing.capacity(replace(facts, excused=frozenset()), staff, own_tier, level)


def only_on_duty_accepts(facts, staff, own_tier, level):
    """Owning blocks: once somebody has been asked, nobody who had it may take it again."""
    return None if staff in facts.asked else routing.capacity(facts, staff, own_tier, level)


def absent_are_asked(facts, level, rung):
    return routing.next_place(replace(facts, absent=frozenset()), level, rung)


BROKEN = {
    "the rise at the top is missing": (broken_routing(next_place=no_rise_at_top), "nobody would ever ask"),
    "the first manager keeps it": (broken_routing(next_place=top_is_kept), "without rising"),
    "it is passed downward": (broken_routing(next_place=downward), "sinks"),
    "it goes back to those who had it": (broken_routing(next_place=back_to_previous), "comes back|answered before"),
    "anyone may accept": (broken_routing(capacity=anyone_accepts), "below the tier"),
    "the previous answerer may accept": (broken_routing(capacity=the_previous_answerer_accepts), "answered before"),
    "whoever had it can never take it": (broken_routing(capacity=only_on_duty_accepts), "dead end"),
    "everyone may be excused": (broken_routing(may_be_excused=lambda facts, staff: True), "dead end"),
    "the absent are asked": (broken_routing(next_place=absent_are_asked), "is away"),
    "accept is missing": (broken_table(without="accept"), "dead end"),
    "decide is missing": (broken_table(without="decide"), "dead end"),
    "an accepted demand does not rise": (broken_table(rise=("requested", "assigned")), "dead end|nobody would ever ask"),
    "a decision is never handed on": (broken_table(without="hand_on"), "nobody would ever ask"),
    "a demand can be refused": (broken_table(plus=Step("refuse", ("assigned",), "refused")), "refuse"),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_broken_code_is_found_with_its_path(name):
    rules, says = BROKEN[name]
    found = proof.prove(rules)
    assert not found.holds
    fault = str(found.faults[0])
    assert any(part in fault for part in says.split("|")), fault
    assert "by: " in fault


def test_the_command_fails_on_a_dead_end(monkeypatch):
    monkeypatch.setattr(proof, "Rules", lambda: broken_table(without="accept"))
    with pytest.raises(CommandError, match="dead end"):
        call_command("prove")
