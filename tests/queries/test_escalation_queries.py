"""Lists of the way up cost the same for one row and for many; partners see what they share (B1, B3)."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from config import clock
from escalation.models import Demand
from escalation.queries import demands as demand_queries
from escalation.queries import duty, way_up
from escalation.queries.inbox import final_answers_owed
from escalation.services import answers, exceptions, regulators
from escalation.services import demands as demand_services
from tests.factories import escalation as make
from tests.factories.cast import cast as make_cast
from tickets import inbox
from tickets.models import TicketDesk, Tier

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("B1", "B3", "B5")]


@pytest.fixture
def cast():
    made = make_cast()
    make.masters()
    make.period(made)
    make.stand_in(made)
    return made


@pytest.mark.parametrize("rows", [1, 4])
def test_the_open_demands_cost_one_query(cast, rows, django_assert_num_queries):
    for _ in range(rows):
        make.demand(make.case(cast), cast.operator)
    with django_assert_num_queries(1):
        shown = [
            (
                d.ticket.number,
                d.customer.name,
                str(d.holder),
                d.holder_delegation and str(d.holder_delegation.grantor),
            )
            for d in demand_queries.open_demands(cast.leader)
        ]
    assert len(shown) == rows


def test_the_history_of_a_demand_costs_three(cast, django_assert_num_queries):
    case = make.case(cast)
    make.demand(case, cast.operator, tier=Tier.LEADER)
    make.demand(case, cast.operator, tier=Tier.MANAGER)
    with django_assert_num_queries(3):
        (found,) = demand_queries.of_ticket(case.ticket.pk, cast.operator)
        way = [(p.to_level, str(p.to_holder)) for p in found.passages.all()]
        assert list(found.attempts.all()) == []
    assert way == [(Tier.LEADER, cast.leader.name), (Tier.MANAGER, cast.sv2.name)]


def test_mine_is_what_i_hold_and_all_at_or_below_my_tier(cast):
    low = make.demand(make.case(cast), cast.operator, tier=Tier.LEADER)
    high = make.demand(make.case(cast), cast.operator, tier=Tier.MANAGER)

    def mine(who):
        return set(demand_queries.mine(who, make.SATURDAY))

    assert mine(cast.leader) == {low}
    assert mine(cast.sv) == {low}
    assert mine(cast.sv2) == {low, high}  # acts for the manager this weekend
    assert mine(cast.operator) == set()


def test_partners_see_the_demands_on_cases_they_share(cast):
    shared, foreign = (make.demand(make.case(cast), cast.operator) for _ in range(2))
    TicketDesk.objects.create(ticket=shared.ticket, desk=cast.partner_desk)
    assert list(Demand.objects.visible_to(cast.partner_operator)) == [shared]
    assert set(Demand.objects.visible_to(cast.operator)) == {shared, foreign}


# -- the ladder: who is next -------------------------------------------------------------------------


@pytest.mark.parametrize("rows", [1, 4])
def test_a_page_of_ways_up_costs_the_same_for_any_number(cast, rows, django_assert_num_queries):
    at = make.SATURDAY + dt.timedelta(minutes=5)
    for tier in (Tier.LEADER, Tier.SV, Tier.MANAGER, Tier.LEADER)[:rows]:
        make.demand(make.case(cast), cast.operator, tier=tier)
    # The demands, their passages, who held them; then the roster with what bars whom, the names.
    with django_assert_num_queries(5):
        found = list(demand_queries.open_demands(cast.sv).prefetch_related("passages__to_holder"))
        following = duty.next_up(found, at)
        ways = [way_up.steps(row, row.passages.all(), at, following[row.pk]) for row in found]
    for way in ways:
        assert [bool(step.get("next")) for step in way] == [False] * (len(way) - 1) + [True]
        assert way[-2]["spent"] == dt.timedelta(minutes=5)


@pytest.mark.parametrize("tier", [Tier.LEADER, Tier.SV, Tier.MANAGER])
def test_who_is_said_to_be_next_is_who_gets_it(cast, tier):
    demand = make.demand(make.case(cast), cast.operator, tier=tier)
    at = make.SATURDAY
    while True:
        said = duty.next_up([demand], at)[demand.pk]
        risen = demand_services.rise(demand_id=demand.pk, reason="by_hand", actor=cast.operator, at=at)
        assert (said.tier, said.staff, said.delegated) == (
            risen.level, risen.holder, risen.holder_delegation_id is not None,
        )  # fmt: skip
        demand = risen
        if risen.holder is None:
            break
    assert said.staff is None


def test_an_ended_way_up_says_how_long_and_has_no_next(cast):
    demand = make.demand(made := make.case(cast), cast.operator)
    at = make.SATURDAY + dt.timedelta(minutes=30)
    ended = demand_services.withdraw(
        demand_id=demand.pk, contact_id=made.call.pk, words="もう結構です", actor=cast.operator, at=at
    )
    assert duty.next_up([ended], at) == {}
    (step,) = way_up.steps(ended, ended.passages.all(), at)
    assert step["spent"] == dt.timedelta(minutes=30)


def test_the_page_of_a_demand_asks_for_the_roster_once(cast, client):
    """Who is next and whether this person may take it are read from the same facts."""
    demand = make.demand(make.case(cast), cast.operator, tier=Tier.LEADER)
    client.force_login(cast.leader, backend="config.accounts.StaffBackend")
    url = reverse("escalation:demand", args=[demand.pk])
    with clock.pinned(make.SATURDAY + dt.timedelta(minutes=5)):
        client.get(url)
        with CaptureQueriesContext(connection) as asked:
            page = client.get(url)
    assert page.context["may_take"]
    assert page.context["steps"][-1]["next"]
    statements = [query["sql"] for query in asked]
    for table in ("escalation_dutyshift", "escalation_absence", "escalation_demandconflict"):
        assert sum(f"FROM {table} " in sql.replace('"', "") for sql in statements) == 1, table
    assert len(statements) <= 12, len(statements)


# -- the top rank's inbox ----------------------------------------------------------------------------


def all_that_waits(cast):
    """A demand at the top and one below it, an exception over every limit, a reply drafted by the SV."""
    top, low = (
        make.demand(make.case(cast), cast.operator, tier=tier) for tier in (Tier.MANAGER, Tier.LEADER)
    )
    case = make.case(cast)
    asked = exceptions.request_exception(
        ticket_id=case.ticket.pk, situation="全額の免除", options=[("免除", 500_000)], actor=cast.operator, at=make.SATURDAY,
    )  # fmt: skip
    reply = regulators.record_regulator_contact(
        ticket_id=case.ticket.pk, body="bureau", body_name="総合通信局", asks="経緯",
        deadline=make.SATURDAY + dt.timedelta(days=7), actor=cast.operator, at=make.SATURDAY,
    )  # fmt: skip
    regulators.draft_reply(case_id=reply.pk, text="回答", actor=cast.sv, at=make.SATURDAY)
    return top, low, asked, reply


@pytest.mark.requirement("A9", "B2", "B6", "B11")
def test_the_inbox_of_the_top_has_what_waits_there_each_with_its_deed(cast, client):
    top, low, asked, reply = all_that_waits(cast)

    def seen(who):
        return {owed.pk: inbox.deed(owed)[0] for owed in inbox.waiting(who)}

    rows = seen(cast.manager2)
    assert set(rows) == {top.promise_id, asked.promise_id, reply.promise_id}
    assert low.promise_id not in rows
    assert rows[top.promise_id] == reverse("escalation:demand", args=[top.pk])
    regulators.sign_reply(case_id=reply.pk, actor=cast.manager2, at=make.SATURDAY)
    assert reply.promise_id not in seen(cast.manager2)
    assert reply.promise_id in seen(cast.manager)
    regulators.sign_reply(case_id=reply.pk, actor=cast.sv, at=make.SATURDAY)
    assert reply.promise_id in seen(cast.manager2)  # signed by two: to be sent
    own = exceptions.request_exception(
        ticket_id=asked.ticket_id, situation="二件目", options=[("免除", 500_000)], actor=cast.manager2, at=make.SATURDAY,
    )  # fmt: skip
    assert own.promise_id not in seen(cast.manager2)
    assert own.promise_id in seen(cast.manager)


@pytest.mark.requirement("A9", "B7")
def test_a_final_answer_is_to_be_written_where_the_top_was_not_accepted(cast):
    made, at = make.case(cast), make.SATURDAY
    demand = make.demand(made, cast.operator)
    demand = demand_services.accept(demand_id=demand.pk, actor=cast.manager2, at=at)
    answers.decide(demand_id=demand.pk, actor=cast.manager2, at=at, **make.DECISION)
    call = make.talk(
        cast, made.customer, made.ticket, cast.manager2, at=at + dt.timedelta(minutes=20), direction="out"
    )
    late = at + dt.timedelta(minutes=30)
    answers.deliver(demand_id=demand.pk, contact_id=call.pk, tier_told=True, actor=cast.manager2, at=late)
    assert not final_answers_owed(cast.manager).exists()
    answers.reject_answer(
        demand_id=demand.pk, contact_id=call.pk, words="納得できない", actor=cast.operator, at=late
    )
    (owed,) = final_answers_owed(cast.manager)
    assert (owed, owed.since) == (made.ticket, late)


@pytest.mark.parametrize("rows", [1, 3])
def test_the_page_of_the_inbox_costs_the_same_for_any_number(
    cast, rows, client, django_assert_max_num_queries
):
    with clock.pinned(make.SATURDAY):
        for _ in range(rows):
            all_that_waits(cast)
        client.force_login(
            cast.sv2, backend="config.accounts.StaffBackend"
        )  # acts for the manager this weekend
        client.get(reverse("escalation:inbox"))
        with django_assert_max_num_queries(9):
            body = client.get(reverse("escalation:inbox")).content.decode()
        assert body.count("全額の免除") == rows
        client.force_login(cast.sv, backend="config.accounts.StaffBackend")
        assert client.get(reverse("escalation:inbox")).status_code == 403
