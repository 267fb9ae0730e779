"""Story 3: "Let me speak to your manager", on a Saturday at 17:50 of a weekend of three holidays."""

from __future__ import annotations

import pytest

from escalation.models import Demand, DemandPassage, RecourseLetter
from escalation.queries.demands import read_aloud
from escalation.services import answers, clockwork, demands, recourse
from tests.factories import escalation as rows
from tests.factories.cast import Cast
from tests.factories.cast import cast as make_cast
from tickets.dates import jst
from tickets.errors import NotAllowed, Refused
from tickets.models import Ticket, Tier, TimelineEntry
from tickets.services import endings
from tickets.services.tickets import start

pytestmark = [pytest.mark.django_db]
Reason = DemandPassage.Reason


@pytest.fixture
def cast() -> Cast:
    made = make_cast()
    rows.masters()
    rows.period(made)
    rows.stand_in(made)
    return made


@pytest.fixture
def case(cast):
    return rows.case(cast)


@pytest.fixture
def demand(cast, case) -> Demand:
    return rows.demand(case, cast.operator, words="マネージャーを出してください")


def reach(demand: Demand) -> Demand:
    return Demand.objects.get(pk=demand.pk)


@pytest.mark.requirement("B1", "B5")
def test_one_click_names_who_and_by_when(cast, demand):
    assert demand.words == "マネージャーを出してください"
    assert demand.status == "assigned"
    # The manager is away: the second SV acts for him, and the customer is told so. Two hours of opening time:
    # ten minutes on Saturday, the rest on Sunday.
    told = read_aloud(demand)
    assert (told.name, told.tier, told.acts_for) == (cast.sv2.name, Tier.MANAGER, cast.manager.name)
    assert told.due_at == jst(2026, 1, 11, 10, 50)
    assert cast.sv2.name in told.sentence
    assert demand.promise.due_at == told.due_at
    assert demand.promise.owner == cast.sv2
    assert TimelineEntry.objects.filter(kind="demand.recorded", ticket=demand.ticket).count() == 1


@pytest.mark.requirement("B2", "B3", "B4")
def test_lapses_rises_and_a_leaders_answer_leaves_it_open(cast, case, demand):
    with pytest.raises(NotAllowed, match="B2"):
        demands.accept(demand_id=demand.pk, actor=cast.leader, at=jst(2026, 1, 10, 17, 55))
    demands.accept(demand_id=demand.pk, actor=cast.sv2, at=jst(2026, 1, 10, 17, 58))
    # "I am the one responsible": he does nothing, and it rises all the same.
    assert clockwork.rise_overdue(at=jst(2026, 1, 11, 10, 49)) == 0
    assert clockwork.rise_overdue(at=jst(2026, 1, 11, 10, 50)) == 1
    risen = reach(demand)
    assert (risen.status, risen.level, risen.rung, risen.holder) == (
        "assigned",
        Tier.MANAGER,
        1,
        cast.manager2,
    )
    assert risen.promise.owner == cast.manager2
    assert risen.promise.rung == 1
    call = rows.talk(cast, case.customer, case.ticket, cast.leader, at=jst(2026, 1, 11, 11), direction="out")
    with pytest.raises(NotAllowed, match="B2"):
        answers.deliver(
            demand_id=demand.pk,
            contact_id=call.pk,
            tier_told=True,
            actor=cast.leader,
            at=jst(2026, 1, 11, 11),
        )
    assert reach(demand).is_open
    assert reach(demand).promise.status == "open"


@pytest.mark.requirement("B2", "B5")
def test_answered_in_voice(cast, case, demand):
    at = jst(2026, 1, 10, 17, 55)
    demands.accept(demand_id=demand.pk, actor=cast.sv2, at=at)
    answers.decide(demand_id=demand.pk, actor=cast.sv2, at=at, **rows.DECISION)
    call = rows.talk(cast, case.customer, case.ticket, cast.sv2, at=at, direction="out")
    with pytest.raises(Refused, match="B5"):
        answers.deliver(demand_id=demand.pk, contact_id=call.pk, tier_told=False, actor=cast.sv2, at=at)
    answers.deliver(demand_id=demand.pk, contact_id=call.pk, tier_told=True, actor=cast.sv2, at=at)
    ended = reach(demand)
    assert (ended.status, ended.answered_tier, ended.tier_told_at) == ("answered", Tier.MANAGER, at)
    assert ended.answered_delegation
    assert ended.answered_delegation.grantor == cast.manager
    assert (ended.promise.status, ended.promise.kept_contact) == ("kept", call)
    assert Ticket.objects.get(pk=case.ticket.pk).responsible == cast.sv2


@pytest.mark.requirement("B2")
def test_answered_in_writing_after_three_desk_days(cast, case, demand):
    demands.accept(demand_id=demand.pk, actor=cast.manager2, at=jst(2026, 1, 10, 17, 52))
    answers.decide(demand_id=demand.pk, actor=cast.manager2, at=jst(2026, 1, 10, 17, 53), **rows.DECISION)
    days = [jst(2026, 1, 10, 17, 54), jst(2026, 1, 10, 17, 57), jst(2026, 1, 11, 12), jst(2026, 1, 12, 15)]
    for made, at in enumerate(days):
        call = rows.missed(cast, case, cast.manager2, at=at)
        answers.record_attempt(demand_id=demand.pk, contact_id=call.pk, actor=cast.manager2, at=at)
        if made < 3:
            with pytest.raises(Refused, match="B2"):
                answers.answer_in_writing(demand_id=demand.pk, actor=cast.manager2, at=at)
        assert clockwork.rise_overdue(at=at) == 0
    # The second call of the same Saturday did not count; an attempt moves the due time to the next desk day.
    assert reach(demand).attempts.count() == 3
    assert reach(demand).due_at == jst(2026, 1, 13, 18)
    ended = answers.answer_in_writing(demand_id=demand.pk, actor=cast.manager2, at=jst(2026, 1, 12, 15, 5))
    assert ended.status == "answered_in_writing"
    assert reach(demand).promise.status == "kept"
    letter = ended.letter
    assert letter
    assert letter.to == case.customer.email
    assert cast.manager2.name in letter.body
    assert rows.DECISION["reasons"] in letter.body


@pytest.mark.requirement("B2")
def test_only_the_customer_withdraws(cast, case, demand):
    with pytest.raises(Refused, match="B2"):
        demands.withdraw(
            demand_id=demand.pk, contact_id=case.call.pk, words=" ", actor=cast.operator, at=rows.SATURDAY
        )
    demands.withdraw(
        demand_id=demand.pk,
        contact_id=case.call.pk,
        words="もう結構です、解決しました",
        actor=cast.operator,
        at=rows.SATURDAY,
    )
    assert reach(demand).promise.status == "void"


@pytest.mark.requirement("B7", "A9", "A13")
def test_rejected_goes_up_and_at_the_top_becomes_a_letter(cast, case):
    first = rows.demand(case, cast.operator, tier=Tier.SV)
    answered(cast, case, first, cast.sv)
    second = answers.reject_answer(
        demand_id=first.pk,
        contact_id=case.call.pk,
        words="納得できない",
        actor=cast.operator,
        at=rows.SATURDAY,
    )
    assert isinstance(second, Demand)
    assert (second.demanded_tier, second.previous) == (Tier.MANAGER, first)
    with pytest.raises(Refused, match="A9"):
        final_answer(cast, case)
    answered(cast, case, second, cast.manager2)
    endings.resolve(ticket_id=case.ticket.pk, resolution="回答済み", at=rows.SATURDAY, actor=cast.manager2)
    letter = answers.reject_answer(
        demand_id=second.pk,
        contact_id=case.call.pk,
        words="まだ納得できない",
        actor=cast.operator,
        at=rows.SATURDAY,
    )
    assert isinstance(letter, RecourseLetter)
    assert "188" in letter.letter.body
    with pytest.raises(Refused, match="B7"):
        endings.resolve(ticket_id=case.ticket.pk, resolution="終了", at=rows.SATURDAY, actor=cast.manager2)
    final_answer(cast, case)
    recourse.settle(
        letter_id=letter.pk, contact_id=case.call.pk, how="和解", actor=cast.manager2, at=rows.SATURDAY
    )
    endings.resolve(ticket_id=case.ticket.pk, resolution="和解", at=rows.SATURDAY, actor=cast.manager2)


def answered(cast, case, demand, staff):
    demands.accept(demand_id=demand.pk, actor=staff, at=rows.SATURDAY)
    answers.decide(demand_id=demand.pk, actor=staff, at=rows.SATURDAY, **rows.DECISION)
    call = rows.talk(cast, case.customer, case.ticket, staff, at=rows.SATURDAY)
    answers.deliver(demand_id=demand.pk, contact_id=call.pk, tier_told=True, actor=staff, at=rows.SATURDAY)


def final_answer(cast, case):
    return recourse.give_final_answer(
        ticket_id=case.ticket.pk,
        text="ご要望には添えません。",
        reasons="約款のとおりです。",
        basis_kind="contract",
        basis_ref="約款第3条",
        recourse="総合通信局",
        actor=cast.manager2,
        at=rows.SATURDAY,
    )


@pytest.mark.requirement("B1")
@pytest.mark.parametrize("ended", ["resolved", "cancelled"])
def test_a_case_that_has_ended_does_not_refuse_it(cast, case, ended):
    if ended == "resolved":
        ticket = case.ticket
        start(ticket_id=ticket.pk, at=rows.SATURDAY, actor=cast.operator)
        endings.resolve(ticket_id=ticket.pk, resolution="済", at=rows.SATURDAY, actor=cast.operator)
    else:
        endings.cancel(
            ticket_id=case.ticket.pk,
            contact_id=case.call.pk,
            words="やめます",
            at=rows.SATURDAY,
            actor=cast.operator,
        )
    demand = rows.demand(case, cast.operator)
    assert demand.status == "assigned"
    assert demand.ticket.is_open
    assert (demand.ticket == case.ticket) == (ended == "resolved")


@pytest.mark.requirement("B1", "B3")
def test_asking_again_is_kept_and_only_raises(cast, case):
    first = rows.demand(case, cast.operator, tier=Tier.LEADER)
    same = rows.demand(case, cast.operator, tier=Tier.LEADER, words="まだですか")
    assert (same.pk, same.level) == (first.pk, Tier.LEADER)
    higher = rows.demand(case, cast.leader, tier=Tier.MANAGER, words="部長を出して")
    assert (higher.pk, higher.level, higher.holder) == (first.pk, Tier.MANAGER, cast.sv2)
    assert TimelineEntry.objects.filter(kind="demand.repeated", ticket=case.ticket).count() == 2


@pytest.mark.requirement("B2", "B3")
def test_the_one_complained_about_never_gets_it(cast, case):
    demand = rows.demand(case, cast.operator, about_ids=[cast.sv2.pk])
    assert demand.holder == cast.manager2
    with pytest.raises(NotAllowed, match="B2"):
        demands.accept(demand_id=demand.pk, actor=cast.sv2, at=rows.SATURDAY)
    demands.declare_conflict(
        demand_id=demand.pk, staff_id=cast.manager2.pk, why="declared", actor=cast.manager2, at=rows.SATURDAY
    )
    with pytest.raises(Refused, match="B3"):
        demands.declare_conflict(
            demand_id=demand.pk,
            staff_id=cast.manager.pk,
            why="declared",
            actor=cast.operator,
            at=rows.SATURDAY,
        )
    # Nobody else of the top is at work: it stays open, and the alarm is raised.
    assert reach(demand).is_open
    assert reach(demand).alarms.count() == 1
