"""The screens' reads: as many queries for thirty rows as for three, and nothing of a customer one may not know."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from billing.models import Charge, Contract, OptionRegistration, Waiver
from billing.queries import money
from billing.services.comparison import compare_registration
from billing.services.faults import decide_fault, open_fault_review
from billing.services.waivers import approve_waiver, request_waiver
from tests.factories import billing as make
from tests.factories import tickets as ground
from tests.factories.billing import DISPLAY, FORWARDING
from tickets.dates import jst

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("C2", "C7", "C9")]
AT = jst(2026, 1, 26, 10, 0)


@pytest.fixture
def made():
    return make.shop()


def queries(read):
    with CaptureQueriesContext(
        connection,
    ) as seen:
        read()
    return len(seen)


def option_of(waiver):
    return str(waiver.charge.registration.option)


def customers(made, n):
    for _n in range(n):
        person = ground.customer()
        contract, _line = make.phone_contract(person, made.cast)
        form = make.form(made, ticked=(DISPLAY,), ordered_on=AT.date(), at=AT, contract=contract)
        row = make.old_registration(
            made, FORWARDING, ordered_on=AT.date(), starts_on=AT.date(), registered_at=AT, contract=contract,
            evidence=form,
        )  # fmt: skip
        charge = make.old_charge(row, status="settled", supply_on=AT.date(), at=AT)
        ticket = make.case(made, at=AT, customer=person)
        request_waiver(
            ticket_id=ticket.pk, contract_id=contract.pk, charge_id=charge.pk, amount_yen=550, reason="お詫び",
            actor=made.cast.operator, at=AT,
        )  # fmt: skip
        open_fault_review(
            ticket_id=ticket.pk, question="?", error_on=AT.date(), charge_id=charge.pk, registration_id=row.pk,
            actor=made.cast.operator, at=AT,
        )  # fmt: skip


@pytest.mark.parametrize(
    ("read", "budget"),
    [
        (lambda staff: [option_of(row) for row in money.waiver_inbox(staff)], 1),
        (lambda staff: [str(row.ticket.customer) for row in money.review_queue(staff)], 1),
        (lambda staff: [vars(row)["suspects"] for row in money.open_sweeps(staff)], 1),
    ],
    ids=["waivers", "reviews", "sweeps"],
)
def test_lists_cost_one_query_whatever_their_length(made, read, budget):
    customers(made, 2)
    assert queries(lambda: read(made.cast.sv)) == budget
    customers(made, 4)
    assert queries(lambda: read(made.cast.sv)) == budget


def test_a_contract_with_its_money_costs_the_same_whatever_it_has(made):
    customers(made, 1)
    contract = Contract.objects.exclude(pk=made.contract.pk).get()
    few = queries(lambda: money.contract_money(contract.pk, made.cast.sv))
    row = OptionRegistration.objects.get(contract=contract)
    for month in (2, 3, 4):
        make.proposed_charge(row, supply_on=AT.date().replace(month=month, day=1), at=AT)
    assert queries(lambda: money.contract_money(contract.pk, made.cast.sv)) <= few <= 9


def test_the_comparison_shows_form_register_and_notice(made):
    customers(made, 1)
    row = OptionRegistration.objects.get()
    compare_registration(registration_id=row.pk, at=AT, actor=made.cast.operator)
    shown = money.option_comparison(row.pk, made.cast.operator)
    assert not shown.agrees
    assert {pair.field for pair in shown.pairs if not pair.matches} == {DISPLAY, FORWARDING}
    assert len(shown.made) == 1
    assert queries(lambda: money.option_comparison(row.pk, made.cast.operator)) <= 6


def test_the_inbox_leaves_out_ones_own_requests_and_higher_tiers(made):
    customers(made, 1)
    assert len(money.waiver_inbox(made.cast.leader)) == 1
    assert len(money.waiver_inbox(made.cast.operator)) == 0
    assert money.can_decide_waivers(made.cast.leader)
    assert not money.can_decide_waivers(made.cast.partner_operator)


def test_a_partner_sees_nothing_of_customers_that_are_not_shared(made):
    customers(made, 1)
    partner = made.cast.partner_operator
    assert not Contract.objects.visible_to(partner).exists()
    assert not Charge.objects.visible_to(partner).exists()
    assert not Waiver.objects.visible_to(partner).exists()
    with pytest.raises(Contract.DoesNotExist):
        money.contract_money(made.contract.pk, partner)
    make.case(made, at=AT, customer=made.customer).pk  # noqa: B018
    shared = ground.ticket(customer=made.customer, desk=made.cast.partner_desk, at=AT)
    assert shared
    assert list(Contract.objects.visible_to(partner)) == [made.contract]


def test_sums_of_a_period(made):
    customers(made, 2)
    first, second = Waiver.objects.order_by("pk")
    decide_fault(
        review_id=second.ticket.fault_reviews.get().pk,
        verdict="company",
        reasons="x",
        actor=made.cast.sv,
        at=AT,
    )
    approve_waiver(waiver_id=first.pk, actor=made.cast.leader, at=AT)
    period = (jst(2026, 1, 1), jst(2026, 2, 1))
    assert [(row.approver, row.count, row.yen) for row in money.waivers_by_approver(*period)] == [
        (made.cast.leader.name, 1, 550)
    ]
    assert {(row.cause, row.yen) for row in money.fallen_by_cause(*period)} == {
        ("fault", 550),
        ("waiver", 550),
    }
