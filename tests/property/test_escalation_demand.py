"""Whatever people do with a demand, in any order: it only rises, it is never lost, and only its like answer it (B1-B4)."""

from __future__ import annotations

import datetime as dt
from contextlib import suppress

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from escalation.models import Demand, DemandPassage
from escalation.services import answers, clockwork, demands, roster
from tests.factories import escalation as make
from tests.factories.cast import cast
from tests.factories.deferred import commit_rules
from tickets.errors import DeskError
from tickets.models import TOP, Promise, Ticket

PEOPLE = st.sampled_from(["operator", "leader", "leader2", "sv", "sv2", "manager", "manager2"])
REASONS = st.sampled_from(["timeout", "not_mine", "by_hand", "absence"])


class DemandMachine(RuleBasedStateMachine):
    """One demand of one customer, and everyone who may lay a hand on it."""

    @initialize(tier=st.integers(1, 4), about=st.lists(PEOPLE, max_size=2))
    def begin(self, tier: int, about: list[str]) -> None:
        self.undo = transaction.atomic()
        self.undo.__enter__()
        self.people = cast()
        make.masters()
        make.period(self.people)
        make.stand_in(self.people)
        self.case = make.case(self.people)
        self.at = make.SATURDAY
        ids = [getattr(self.people, name).pk for name in about]
        self.demand_id = make.demand(self.case, self.people.operator, tier=tier, about_ids=ids).pk
        self.before = self.place()

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.undo.__exit__(None, None, None)

    def place(self) -> tuple[int, int]:
        found = Demand.objects.get(pk=self.demand_id)
        return found.level, found.rung

    def attempt(self, verb, **facts: object) -> None:
        """A refusal is a fine answer; anything else that goes wrong is a fault."""
        with suppress(DeskError):
            verb(demand_id=self.demand_id, at=self.at, **facts)

    @rule(who=PEOPLE)
    def accept(self, who: str) -> None:
        self.attempt(demands.accept, actor=getattr(self.people, who))

    @rule(who=PEOPLE, reason=REASONS)
    def rise(self, who: str, reason: str) -> None:
        self.attempt(demands.rise, reason=reason, actor=getattr(self.people, who))

    @rule(who=PEOPLE)
    def decide(self, who: str) -> None:
        self.attempt(answers.decide, actor=getattr(self.people, who), **make.DECISION)

    @rule(who=PEOPLE)
    def deliver(self, who: str) -> None:
        staff = getattr(self.people, who)
        call = make.talk(self.people, self.case.customer, self.case.ticket, staff, at=self.at)
        self.attempt(answers.deliver, contact_id=call.pk, tier_told=True, actor=staff)

    @rule(who=PEOPLE)
    def call_in_vain(self, who: str) -> None:
        staff = getattr(self.people, who)
        call = make.missed(self.people, self.case, staff, at=self.at)
        self.attempt(answers.record_attempt, contact_id=call.pk, actor=staff)

    @rule(who=PEOPLE)
    def write(self, who: str) -> None:
        self.attempt(answers.answer_in_writing, actor=getattr(self.people, who))

    @rule(who=PEOPLE, by=PEOPLE)
    def conflict(self, who: str, by: str) -> None:
        self.attempt(
            demands.declare_conflict,
            staff_id=getattr(self.people, who).pk,
            why="declared",
            actor=getattr(self.people, by),
        )

    @rule(who=PEOPLE, hours=st.integers(1, 6))
    def fall_ill(self, who: str, hours: int) -> None:
        staff = getattr(self.people, who)
        roster.record_absence(
            staff_id=staff.pk,
            begins=self.at,
            ends=self.at + dt.timedelta(hours=hours),
            actor=staff,
            at=self.at,
            sudden=True,
        )

    @rule(hours=st.integers(1, 30))
    def time_passes(self, hours: int) -> None:
        self.at += dt.timedelta(hours=hours)
        clockwork.rise_overdue(at=self.at)

    @rule(tier=st.integers(1, 4))
    def ask_again(self, tier: int) -> None:
        again = make.demand(self.case, self.people.operator, tier=tier, at=self.at)
        if again.pk != self.demand_id:
            # The first had ended; what follows is about the new one.
            self.demand_id, self.before = again.pk, (again.level, again.rung)

    @invariant()
    def only_rises_and_is_never_lost(self) -> None:
        commit_rules()
        found = Demand.objects.get(pk=self.demand_id)
        assert self.before <= (found.level, found.rung)
        self.before = (found.level, found.rung)
        assert found.level >= found.demanded_tier
        promise = Promise.objects.get(pk=found.promise_id)
        assert found.is_open == (promise.status == "open")
        assert found.is_open <= Ticket.objects.get(pk=found.ticket_id).is_open
        if found.answered_tier is not None:
            assert found.answered_tier >= found.level
        held = [
            holder
            for holder in DemandPassage.objects.filter(demand=found)
            .exclude(reason="taken")
            .values_list("to_holder_id", flat=True)
            if holder
        ]
        assert len(held) == len(set(held)), "it came back to somebody by itself"
        assert found.rung <= 8
        assert found.rung == 0 or found.level == TOP


@pytest.mark.django_db
@pytest.mark.slow
@pytest.mark.requirement("B1", "B2", "B3", "B4")
def test_whatever_is_done_to_a_demand():
    """A small dose."""
    dose = settings(
        max_examples=15, stateful_step_count=14, deadline=None, suppress_health_check=list(HealthCheck)
    )
    run_state_machine_as_test(DemandMachine, settings=dose)
