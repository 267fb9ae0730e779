"""Somebody in a hurry, with a database prompt: what C7 refuses, whoever writes.

Every attempt is run with the deferred rules asked at once, as a commit would ask them.
"""

import pytest

from billing.services.waivers import approve_waiver
from tests.factories import billing as make
from tests.factories.billing import WAITING
from tests.rules.billing_attempts import (
    APPROVE,
    AT,
    ORDERED,
    STARTS,
    a_charge,
    a_review,
    a_waiver,
    refused,
    run,
    world,
)
from tickets.dates import jst

pytestmark = pytest.mark.django_db


@pytest.fixture
def s():
    return world()


@pytest.fixture
def charge(s):
    return a_charge(s)


@pytest.fixture
def review(s, charge):
    return a_review(s, charge)


# -- C7: waivers ---------------------------------------------------------------------------------------------------


@pytest.mark.requirement("C7")
def test_nobody_approves_their_own(s):
    waiver = a_waiver(s, actor=s.cast.leader)
    refused("C7", APPROVE, s.cast.leader.pk, AT, waiver.pk)


@pytest.mark.requirement("C7")
@pytest.mark.parametrize(
    ("who", "yen"),
    [("operator2", 1), ("leader", 1101), ("sv", 11001), ("manager", 330001), ("manager", 11001)],
)
def test_nobody_approves_over_their_limit_or_alone_over_two_peoples(s, who, yen):
    waiver = a_waiver(s, yen)
    refused("C7", APPROVE, getattr(s.cast, who).pk, AT, waiver.pk)


@pytest.mark.requirement("C7")
def test_the_limit_is_per_ticket_and_per_customer_and_year(s):
    approve_waiver(waiver_id=a_waiver(s, 700).pk, actor=s.cast.leader, at=AT)
    refused("C7", APPROVE, s.cast.leader.pk, AT, a_waiver(s, 700).pk)
    for _round in range(9):
        s.ticket = make.case(s.shop, at=AT)
        approve_waiver(waiver_id=a_waiver(s, 1100).pk, actor=s.cast.leader, at=AT)
    s.ticket = make.case(s.shop, at=AT)
    refused("C7", APPROVE, s.cast.leader.pk, AT, a_waiver(s, 1100).pk)
    run(APPROVE, s.cast.leader.pk, jst(2027, 1, 27, 10, 0), a_waiver(s, 1100).pk)


@pytest.mark.requirement("C7")
def test_not_by_the_registrar_of_the_charge(s):
    wrong = make.old_registration(
        s.shop, WAITING, ordered_on=ORDERED, starts_on=STARTS, registered_at=AT, registrar=s.cast.sv
    )
    waiver = a_waiver(s, 550, charge=make.old_charge(wrong, status="billed", supply_on=STARTS, at=AT))
    refused("C7", APPROVE, s.cast.sv.pk, AT, waiver.pk)


@pytest.mark.requirement("A8", "C7")
def test_not_by_the_author_of_the_disputed_answer(s):
    run(
        "INSERT INTO billing_disputedanswer (ticket_id, author_id, source, words, recorded_at) "
        "VALUES (%s, %s, 'answer', 'x', now())",
        s.ticket.pk,
        s.cast.sv.pk,
    )
    refused("C7", APPROVE, s.cast.sv.pk, AT, a_waiver(s, 550).pk)


@pytest.mark.requirement("C7")
def test_refused_only_with_reasons_and_by_who_could_have_approved(s):
    decline = (
        "UPDATE billing_waiver SET status = 'declined', decided_by_id = %s, decided_at = %s, reasons = %s"
    )
    a_waiver(s, 5000)
    refused("C7", decline, s.cast.sv.pk, AT, "")
    refused("C7", decline, s.cast.leader.pk, AT, "規則です")
    run(decline, s.cast.sv.pk, AT, "減免の対象ではありません")


@pytest.mark.requirement("C7")
def test_a_waiver_gives_back_no_more_than_was_approved(s):
    waiver = a_waiver(s, 1000)
    credit = (
        "INSERT INTO billing_credit (customer_id, contract_id, kind, waiver_id, net_yen, tax_percent, tax_yen, status, "
        "owed_at, refund_ref) VALUES (%s, %s, 'waiver', %s, 1000, 10, 0, 'owed', now(), '')"
    )
    refused("C7", credit, s.shop.customer.pk, s.contract.pk, waiver.pk)
    approve_waiver(waiver_id=waiver.pk, actor=s.cast.leader, at=AT)
    refused("C7", credit, s.shop.customer.pk, s.contract.pk, waiver.pk)


@pytest.mark.requirement("C7")
@pytest.mark.parametrize(("kind", "rule"), [("fault", "C5"), ("correction", "C6"), ("waiver", "C7")])
def test_a_charge_does_not_fall_without_what_makes_it_fall(charge, kind, rule):
    fall = "UPDATE billing_charge SET status = 'voided', fallen_at = now(), fall_kind = %s, fall_reason = 'x'"
    refused(rule, fall, kind)


@pytest.mark.requirement("C7")
def test_a_waiver_does_not_end_without_its_decision(s):
    waiver = a_waiver(s)
    for status, reason in (("kept", ""), ("void", "x")):
        refused(
            "C7",
            "UPDATE tickets_promise SET status = %s, ended_at = now(), void_reason = %s WHERE id = %s",
            status,
            reason,
            waiver.promise_id,
        )


RISE = (
    "INSERT INTO tickets_promiserise (promise_id, at, from_tier, to_tier, from_rung, to_rung, old_due_at, new_due_at, "
    "reason) SELECT id, %s, tier, 3, 0, 0, due_at, due_at, 'x' FROM tickets_promise WHERE id = %s"
)


@pytest.mark.requirement("C7", "B3")
def test_a_waiver_and_its_promise_stand_at_one_tier(s):
    waiver = a_waiver(s)
    refused("C7", "UPDATE billing_waiver SET tier = 3, status = 'passed_up' WHERE id = %s", waiver.pk)
    alone = f"WITH risen AS ({RISE}) UPDATE tickets_promise SET tier = 3 WHERE id = %s"
    refused("C7", alone, AT, waiver.promise_id, waiver.promise_id)
    both = f"WITH risen AS ({RISE}), up AS (UPDATE billing_waiver SET tier = 3 WHERE id = %s) "
    run(
        f"{both} UPDATE tickets_promise SET tier = 3 WHERE id = %s",
        AT, waiver.promise_id, waiver.pk, waiver.promise_id,
    )  # fmt: skip
