"""Lists of the way up cost the same for one row and for many; partners see what they share (B1, B3)."""

from __future__ import annotations

import pytest

from escalation.models import Demand
from escalation.queries import demands as demand_queries
from tests.factories import escalation as make
from tests.factories.cast import cast as make_cast
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
