"""Whatever people do with a demand, in any order: it only rises, it is never lost, and only its like answer it (B1-B4)."""

from __future__ import annotations

import datetime as dt
from contextlib import suppress
from typing import ClassVar

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from escalation.lifecycle import OPEN_DEMAND
from escalation.models import Demand
from escalation.services import answers, clockwork, demands, roster
from tests.factories import escalation as make
from tests.factories.cast import Cast, cast
from tests.factories.deferred import commit_rules
from tickets.errors import DeskError
from tickets.lifecycle import OPEN_TICKET
from tickets.models import TOP

PEOPLE = st.sampled_from(["operator", "leader", "leader2", "sv", "sv2", "manager", "manager2"])
REASONS = st.sampled_from(["timeout", "not_mine", "by_hand", "absence"])


# How the demand, what is owed for it and its case stand, and who held it, in one question.
STANDS = """
    SELECT d.level, d.rung, d.demanded_tier, d.answered_tier, d.status = ANY(%s), p.status = 'open', t.status = ANY(%s),
           ARRAY(SELECT s.to_holder_id FROM escalation_demandpassage s
                  WHERE s.demand_id = d.id AND s.reason <> 'taken' AND s.to_holder_id IS NOT NULL)
      FROM escalation_demand d JOIN tickets_promise p ON p.id = d.promise_id JOIN tickets_ticket t ON t.id = d.ticket_id
     WHERE d.id = %s
"""


class DemandMachine(RuleBasedStateMachine):
    """One demand of one customer, and everyone who may lay a hand on it."""

    people: ClassVar[Cast]
    case: ClassVar[make.Case]
    undo: transaction.Atomic | None = None

    @classmethod
    def prepare(cls) -> None:
        """Before the first run: people, roster and the caller, whom no run changes."""
        cls.people = cast()
        make.masters()
        make.period(cls.people)
        make.stand_in(cls.people)
        cls.case = make.case(cls.people)

    @initialize(tier=st.integers(1, 4), about=st.lists(PEOPLE, max_size=2))
    def begin(self, tier: int, about: list[str]) -> None:
        self.undo = transaction.atomic()
        self.undo.__enter__()
        self.at = make.SATURDAY
        ids = [getattr(self.people, name).pk for name in about]
        self.demand_id = make.demand(self.case, self.people.operator, tier=tier, about_ids=ids).pk
        self.before = self.place()

    def teardown(self) -> None:
        if self.undo is None:
            return
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
        with connection.cursor() as cursor:
            cursor.execute(STANDS, (list(OPEN_DEMAND), list(OPEN_TICKET), self.demand_id))
            level, rung, asked, answered, is_open, owed, case_open, held = cursor.fetchone()
        assert self.before <= (level, rung)
        self.before = (level, rung)
        assert level >= asked
        assert is_open == owed
        assert is_open <= case_open
        assert answered is None or answered >= level
        assert len(held) == len(set(held)), "it came back to somebody by itself"
        assert rung <= 8
        assert rung == 0 or level == TOP


@pytest.mark.django_db
@pytest.mark.slow
@pytest.mark.requirement("B1", "B2", "B3", "B4")
def test_whatever_is_done_to_a_demand():
    """A small dose."""
    DemandMachine.prepare()
    dose = settings(
        max_examples=15, stateful_step_count=14, deadline=None, suppress_health_check=list(HealthCheck)
    )
    run_state_machine_as_test(DemandMachine, settings=dose)
