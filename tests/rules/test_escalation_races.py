"""Eight at once: one accepts, one withdrawal ends it, and a rise is counted once (B2, B3)."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial

import pytest
from django.db import connections

from escalation.models import Demand, DemandPassage, DutyAlarm, Instruction
from escalation.services import answers, clockwork, demands, objections
from escalation.services.instructions import acknowledge_instruction, execute_instruction, issue_instruction
from tests.factories import escalation as make
from tests.factories.cast import cast as make_cast
from tests.factories.cast import staff
from tickets.dates import jst
from tickets.errors import DeskError
from tickets.models import Promise, Tier

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.requirement("B2", "B3", "B9")]
THREADS = 8


def at_once(acts: list[Callable[[], object]]) -> list[str]:
    """Run them in threads that start together; what each said, "done" or the rule."""
    start = threading.Barrier(len(acts))
    said: list[str] = []

    def run(act: Callable[[], object]) -> None:
        start.wait()
        try:
            act()
            said.append("done")
        except DeskError as no:
            said.append(no.rule)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(said) == len(acts), "a thread failed otherwise"
    return sorted(said, key=lambda word: (word != "done", word))


@pytest.fixture
def cast():
    made = make_cast()
    make.masters()
    make.period(made)
    make.stand_in(made)
    return made


@pytest.fixture
def demand(cast):
    return make.demand(make.case(cast), cast.operator)


def test_one_of_eight_accepts(cast, demand):
    managers = [staff(f"m{n}", f"課長{n}", cast.head_office, Tier.MANAGER) for n in range(THREADS)]
    said = at_once(
        [partial(demands.accept, demand_id=demand.pk, actor=who, at=make.SATURDAY) for who in managers]
    )
    assert said == ["done", *["B2"] * (THREADS - 1)]
    found = Demand.objects.get(pk=demand.pk)
    assert found.promise.owner == found.accepted_by
    assert found.passages.filter(reason="taken").count() == 1


def test_one_click_eight_times_is_one_demand(cast):
    case = make.case(cast)
    said = at_once([lambda: make.demand(case, cast.operator)] * THREADS)
    assert said == ["done"] * THREADS
    assert Demand.objects.filter(ticket=case.ticket).count() == 1
    assert Promise.objects.filter(ticket=case.ticket, kind="superior_answer").count() == 1


def test_the_clock_in_eight_workers_raises_it_once(cast, demand):
    at = jst(2026, 1, 11, 10, 50)
    at_once([lambda: clockwork.rise_overdue(at=at)] * THREADS)
    found = Demand.objects.get(pk=demand.pk)
    assert (found.rung, found.holder) == (1, cast.manager2)
    assert DemandPassage.objects.filter(demand=found, reason="timeout").count() == 1
    assert found.promise.rises.count() == 1


def test_two_rises_at_one_moment_past_the_last_deputy_are_one_alarm(cast, demand):
    demands.accept(demand_id=demand.pk, actor=cast.manager2, at=make.SATURDAY)
    for _ in range(3):
        demands.rise(demand_id=demand.pk, reason="by_hand", actor=cast.operator, at=make.SATURDAY)
    assert DutyAlarm.objects.filter(demand=demand, kind="exhausted").count() == 1


def test_accept_withdraw_and_rise_at_once_leave_one_truth(cast, demand):
    """Whoever comes first, the demand and its promise agree, and what came too late was told so."""
    call = demand.contact
    acts: list[Callable[[], object]] = [
        lambda: demands.accept(demand_id=demand.pk, actor=cast.sv2, at=make.SATURDAY),
        lambda: demands.accept(demand_id=demand.pk, actor=cast.manager2, at=make.SATURDAY),
        lambda: demands.rise(demand_id=demand.pk, reason="by_hand", actor=cast.operator, at=make.SATURDAY),
        lambda: demands.withdraw(
            demand_id=demand.pk,
            contact_id=call.pk,
            words="もう結構です",
            actor=cast.operator,
            at=make.SATURDAY,
        ),
    ]
    said = at_once(acts * 2)
    found = Demand.objects.get(pk=demand.pk)
    assert found.status == "withdrawn"
    assert found.promise.status == "void"
    assert said.count("done") >= 1
    assert set(said) <= {"done", "B2"}


def test_only_one_answers(cast, demand):
    demands.accept(demand_id=demand.pk, actor=cast.manager2, at=make.SATURDAY)
    answers.decide(demand_id=demand.pk, actor=cast.manager2, at=make.SATURDAY, **make.DECISION)
    calls = {
        who.pk: make.talk(cast, demand.customer, demand.ticket, who, at=make.SATURDAY)
        for who in (cast.sv2, cast.manager2)
    }

    def tell(who):
        return answers.deliver(
            demand_id=demand.pk, contact_id=calls[who.pk].pk, tier_told=True, actor=who, at=make.SATURDAY
        )

    said = at_once([lambda: tell(cast.sv2), lambda: tell(cast.manager2)] * 4)
    assert said == ["done", *["B2"] * 7]


def test_an_objection_and_the_execution_never_both(cast):
    """Either it was carried out before anyone objected, or it is suspended."""
    case = make.case(cast)
    order = issue_instruction(
        ticket_id=case.ticket.pk, recipient_id=cast.operator.pk, text="請求する", basis_kind="policy",
        basis_ref="規程1", adverse=True, actor=cast.leader, at=make.SATURDAY,
    )  # fmt: skip
    acknowledge_instruction(instruction_id=order.pk, actor=cast.operator, at=make.SATURDAY)
    said = at_once(
        [
            lambda: objections.object_to(
                instruction_id=order.pk, reasons="当社の責任", actor=cast.operator2, at=make.SATURDAY
            ),
            lambda: execute_instruction(instruction_id=order.pk, actor=cast.operator, at=make.SATURDAY),
        ]
    )
    order = Instruction.objects.get(pk=order.pk)
    done = hasattr(order, "execution")
    assert order.status == "suspended"
    assert said == (["done", "done"] if done else ["done", "B8"])
    if done:
        assert order.objections.get().status == "open"
