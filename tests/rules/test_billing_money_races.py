"""Two at once: one wins, the other is told so; the sum is right either way."""

import threading

import pytest
from django.db import connections

from billing.models import Credit, Waiver
from billing.services.faults import decide_fault, open_fault_review
from billing.services.waivers import approve_waiver, request_waiver
from tests.factories import billing as make
from tests.factories.billing import FORWARDING, fresh
from tickets.dates import jst
from tickets.errors import DeskError

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.requirement("C7")]
AT = jst(2026, 1, 26, 10, 0)


def at_once(*acts):
    """Run the acts in threads that start together; what each said."""
    start = threading.Barrier(len(acts))
    said: list[str] = []

    def run(act):
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
    return sorted(said)


@pytest.fixture
def made():
    return make.shop()


def ask(made, yen, ticket=None):
    return request_waiver(
        ticket_id=(ticket or make.case(made, at=AT)).pk, contract_id=made.contract.pk, amount_yen=yen, reason="お詫び",
        actor=made.cast.operator, at=AT,
    )  # fmt: skip


def test_two_approvals_never_both_fit_under_the_yearly_limit(made):
    """Leaders: 11,000 yen a customer and year. 9,900 are given; two more of 1,100 are approved at once."""
    for _n in range(9):
        approve_waiver(waiver_id=ask(made, 1100).pk, actor=made.cast.leader, at=AT)
    one, other = ask(made, 1100), ask(made, 1100)
    said = at_once(
        lambda: approve_waiver(waiver_id=one.pk, actor=made.cast.leader, at=AT),
        lambda: approve_waiver(waiver_id=other.pk, actor=made.cast.leader2, at=AT),
    )
    assert said == ["C7", "done"]
    assert sum(w.amount_yen for w in Waiver.objects.filter(status="approved")) == 11000


def test_nor_when_they_go_round_the_service(made):
    """The same with raw SQL: the trigger takes the customer's row itself."""
    ticket = make.case(made, at=AT)
    one, other = ask(made, 700, ticket), ask(made, 700, ticket)

    def approve(waiver, person):
        from tickets.errors import refusals

        with refusals():
            Waiver.objects.filter(pk=waiver.pk).update(status="approved", decided_by=person, decided_at=AT)

    said = at_once(lambda: approve(one, made.cast.leader), lambda: approve(other, made.cast.leader2))
    assert said == ["C7", "done"]


def test_one_waiver_is_approved_once(made):
    waiver = ask(made, 1100)
    said = at_once(
        lambda: approve_waiver(waiver_id=waiver.pk, actor=made.cast.leader, at=AT),
        lambda: approve_waiver(waiver_id=waiver.pk, actor=made.cast.leader2, at=AT),
        lambda: approve_waiver(waiver_id=waiver.pk, actor=made.cast.sv, at=AT),
    )
    assert said.count("done") == 1
    assert Credit.objects.get().total_yen == 1100


@pytest.mark.requirement("C5")
def test_a_verdict_and_a_waiver_give_back_once(made):
    row = make.old_registration(made, FORWARDING, ordered_on=AT.date(), starts_on=AT.date(), registered_at=AT)
    charge = make.old_charge(row, status="settled", supply_on=AT.date(), at=AT)
    ticket = make.case(made, at=AT)
    waiver = request_waiver(
        ticket_id=ticket.pk, contract_id=made.contract.pk, charge_id=charge.pk, amount_yen=550, reason="お詫び",
        actor=made.cast.operator, at=AT,
    )  # fmt: skip
    review = open_fault_review(
        ticket_id=ticket.pk,
        question="?",
        error_on=AT.date(),
        charge_id=charge.pk,
        actor=made.cast.operator,
        at=AT,
    )
    at_once(
        lambda: approve_waiver(waiver_id=waiver.pk, actor=made.cast.leader, at=AT),
        lambda: decide_fault(review_id=review.pk, verdict="company", reasons="x", actor=made.cast.sv, at=AT),
    )
    assert fresh(charge).status == "credited"
    assert Credit.objects.get(charge=charge).total_yen == 550
