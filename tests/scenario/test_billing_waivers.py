"""Waivers: who may ask, who may decide, up to how much, and what is passed up."""

import datetime as dt

import pytest

from billing.models import Credit
from billing.services.faults import open_fault_review
from billing.services.waivers import (
    approve_waiver,
    decline_waiver,
    given_in_year,
    pass_up_waiver,
    request_waiver,
    withdraw_waiver,
)
from tests.factories import billing as make
from tests.factories.billing import FORWARDING, fresh
from tickets.dates import jst
from tickets.errors import NotAllowed, Refused
from tickets.models import Tier
from tickets.queries.queues import SV_QUEUES
from tickets.services import overdue

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("C7")]
AT = jst(2026, 1, 26, 10, 0)


@pytest.fixture
def made():
    shop = make.shop()
    shop.ticket = make.case(shop, at=AT)  # type: ignore[attr-defined]
    return shop


def ask(made, yen, *, actor=None, charge=None):
    return request_waiver(
        ticket_id=made.ticket.pk, contract_id=made.contract.pk, amount_yen=yen, reason="ご不便のお詫び",
        charge_id=charge.pk if charge else None, actor=actor or made.cast.operator, at=AT,
    )  # fmt: skip


def paid(made, *, registrar=None):
    row = make.old_registration(
        made, FORWARDING, ordered_on=AT.date(), starts_on=AT.date(), registered_at=AT, registrar=registrar
    )
    return make.old_charge(row, status="settled", supply_on=AT.date(), at=AT)


@pytest.mark.parametrize(
    ("yen", "tier"),
    [(1, Tier.LEADER), (1100, Tier.LEADER), (1101, Tier.SV), (11000, Tier.SV), (11001, Tier.MANAGER)],
)
def test_it_goes_to_the_lowest_tier_that_may(made, yen, tier):
    waiver = ask(made, yen)
    assert (waiver.tier, waiver.promise.tier) == (tier, tier)


def test_a_leader_gives_up_to_1100_yen_alone(made):
    waiver = approve_waiver(waiver_id=ask(made, 1100).pk, actor=made.cast.leader, at=AT)
    assert (waiver.status, fresh(waiver).promise.status) == ("approved", "kept")
    credit = Credit.objects.get(waiver=waiver)
    assert (credit.net_yen, credit.tax_yen) == (1000, 100)
    assert given_in_year(made.customer.pk, AT) == 1100


def test_a_charge_waived_whole_falls_and_is_given_back_once(made):
    charge = paid(made)
    approve_waiver(waiver_id=ask(made, 550, charge=charge).pk, actor=made.cast.leader, at=AT)
    assert (fresh(charge).status, fresh(charge).fall_kind) == ("credited", "waiver")
    assert Credit.objects.get().total_yen == 550


def test_a_part_is_a_credit_and_the_charge_stands(made):
    charge = paid(made)
    approve_waiver(waiver_id=ask(made, 220, charge=charge).pk, actor=made.cast.leader, at=AT)
    assert fresh(charge).status == "settled"
    assert Credit.objects.get(charge=charge).total_yen == 220


def test_what_was_waived_in_part_is_not_given_twice_when_it_turns_out_our_error(made):
    charge = paid(made)
    approve_waiver(waiver_id=ask(made, 220, charge=charge).pk, actor=made.cast.leader, at=AT)
    review = open_fault_review(
        ticket_id=made.ticket.pk,
        question="?",
        error_on=AT.date(),
        charge_id=charge.pk,
        actor=made.cast.operator,
        at=AT,
    )
    from billing.services.faults import decide_fault

    decide_fault(review_id=review.pk, verdict="company", reasons="登録ミス", actor=made.cast.sv, at=AT)
    assert sum(credit.total_yen for credit in Credit.objects.filter(charge=charge)) == 550


@pytest.mark.parametrize("who", ["operator", "leader", "sv", "manager"])
def test_nobody_approves_their_own_at_any_tier(made, who):
    person = getattr(made.cast, who)
    with pytest.raises(NotAllowed, match="C7"):
        approve_waiver(waiver_id=ask(made, 100, actor=person).pk, actor=person, at=AT)


def test_nor_the_registrar_nor_a_partner(made):
    charge = paid(made, registrar=made.cast.sv)
    waiver = ask(made, 550, charge=charge)
    for person in (made.cast.sv, made.cast.partner_operator):
        with pytest.raises(NotAllowed):
            approve_waiver(waiver_id=waiver.pk, actor=person, at=AT)


def test_over_the_limit_is_passed_up_not_declined(made):
    waiver = ask(made, 5000)
    with pytest.raises(NotAllowed, match="C7"):
        approve_waiver(waiver_id=waiver.pk, actor=made.cast.leader, at=AT)
    with pytest.raises(NotAllowed, match="C7"):
        decline_waiver(waiver_id=waiver.pk, reasons="高すぎます", actor=made.cast.leader, at=AT)
    passed = pass_up_waiver(waiver_id=waiver.pk, actor=made.cast.leader, at=AT)
    assert (passed.status, passed.tier) == ("passed_up", Tier.MANAGER)
    assert approve_waiver(waiver_id=waiver.pk, actor=made.cast.sv, at=AT).status == "approved"


def test_declined_only_with_reasons(made):
    waiver = ask(made, 500)
    with pytest.raises(Refused, match="C7"):
        decline_waiver(waiver_id=waiver.pk, reasons=" ", actor=made.cast.leader, at=AT)
    assert decline_waiver(
        waiver_id=waiver.pk, reasons="障害は確認できません", actor=made.cast.leader, at=AT
    ).reasons


def test_over_11000_yen_a_manager_needs_another(made):
    waiver = approve_waiver(waiver_id=ask(made, 20000).pk, actor=made.cast.manager, at=AT)
    assert waiver.status == "seconding"
    assert not Credit.objects.exists()
    with pytest.raises(NotAllowed, match="C7"):
        approve_waiver(waiver_id=waiver.pk, actor=made.cast.manager, at=AT)
    with pytest.raises(NotAllowed, match="C7"):
        approve_waiver(waiver_id=waiver.pk, actor=made.cast.leader, at=AT)
    assert approve_waiver(waiver_id=waiver.pk, actor=made.cast.manager2, at=AT).status == "approved"
    assert Credit.objects.get().total_yen == 20000


def test_small_ones_on_one_ticket_add_up(made):
    approve_waiver(waiver_id=ask(made, 700).pk, actor=made.cast.leader, at=AT)
    with pytest.raises(NotAllowed, match="C7"):
        approve_waiver(waiver_id=ask(made, 700).pk, actor=made.cast.leader, at=AT)


def test_the_year_of_a_customer_is_counted_rolling(made):
    for _n in range(10):
        made.ticket = make.case(made, at=AT)
        approve_waiver(waiver_id=ask(made, 1100).pk, actor=made.cast.leader, at=AT)
    made.ticket = make.case(made, at=AT)
    eleventh = ask(made, 1100)
    with pytest.raises(NotAllowed, match="C7"):
        approve_waiver(waiver_id=eleventh.pk, actor=made.cast.leader, at=AT)
    approve_waiver(waiver_id=eleventh.pk, actor=made.cast.leader, at=jst(2027, 1, 26, 10, 1))


def test_only_who_asked_takes_it_back(made):
    waiver = ask(made, 500)
    with pytest.raises(NotAllowed, match="C7"):
        withdraw_waiver(waiver_id=waiver.pk, reason="不要", actor=made.cast.leader, at=AT)
    withdraw_waiver(waiver_id=waiver.pk, reason="お客様が不要と", actor=made.cast.operator, at=AT)
    assert fresh(waiver).promise.status == "void"


@pytest.mark.requirement("B3")
def test_passed_up_it_stands_a_tier_higher_everywhere_and_keeps_its_time(made):
    waiver = ask(made, 900)
    due = waiver.promise.due_at
    pass_up_waiver(waiver_id=waiver.pk, reason="同じ方に先月も", actor=made.cast.leader, at=AT)
    owed = fresh(waiver).promise
    assert (fresh(waiver).tier, owed.tier, owed.due_at) == (Tier.SV, Tier.SV, due)
    assert (owed.rises.get().actor, owed.rises.get().reason) == (made.cast.leader, "同じ方に先月も")
    assert owed not in approvals(made.cast.leader)
    assert owed in approvals(made.cast.sv)
    pass_up_waiver(waiver_id=waiver.pk, actor=made.cast.sv, at=due)  # too late for its time to do
    pass_up_waiver(waiver_id=waiver.pk, actor=made.cast.manager, at=due)
    owed = fresh(waiver).promise
    assert (fresh(waiver).tier, owed.tier, owed.rung) == (Tier.MANAGER, Tier.MANAGER, 1)  # the next deputy
    assert owed.due_at > due


@pytest.mark.requirement("B3")
def test_one_that_nobody_decides_rises_with_its_promise(made):
    waiver, large = ask(made, 900), ask(made, 20000)
    approve_waiver(waiver_id=large.pk, actor=made.cast.manager, at=AT)  # waits for a second person
    late = max(waiver.promise.due_at, large.promise.due_at) + dt.timedelta(minutes=1)
    overdue.raise_overdue(at=late)
    assert (fresh(waiver).status, fresh(waiver).tier, fresh(waiver).promise.tier) == ("passed_up", 3, 3)
    assert (fresh(large).status, fresh(large).promise.rung) == ("seconding", 1)
    approve_waiver(waiver_id=large.pk, actor=made.cast.manager2, at=late)
    assert fresh(large).promise.status == "kept"


def approvals(person):
    tab = next(queue for queue in SV_QUEUES if queue.key == "level")
    return tab.page(person, AT).rows
