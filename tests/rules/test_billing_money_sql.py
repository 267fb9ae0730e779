"""Somebody in a hurry, with a database prompt: what C5, C6, C8 and C9 refuse, whoever writes.

Every attempt is run with the deferred rules asked at once, as a commit would ask them.
"""

import datetime as dt

import pytest
from django.db import IntegrityError, connection, transaction

from billing.models import Credit
from billing.services.charges import plan_charge_call
from billing.services.faults import decide_fault, open_fault_review
from billing.services.registrations import (
    register_option,
)
from escalation.services.instructions import acknowledge_instruction, issue_instruction
from tests.factories import billing as make
from tests.factories.billing import DISPLAY, WAITING, fresh
from tests.rules.billing_attempts import (
    AT,
    ORDERED,
    STARTS,
    VERDICT,
    a_charge,
    a_monthly_fee,
    a_review,
    propose_raw,
    refused,
    run,
    world,
)
from tickets.dates import jst
from tickets.errors import rule_of
from tickets.models import Promise

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


# -- C5: fault -----------------------------------------------------------------------------------------------------


@pytest.mark.requirement("C5")
@pytest.mark.parametrize("verdict", ["open", "undetermined"])
@pytest.mark.parametrize("status", ["validated", "billed", "settled"])
def test_an_open_question_is_not_billed(s, verdict, status):
    """A monthly fee, so that no other rule stands in the way."""
    fee = a_monthly_fee(s)
    opened = open_fault_review(
        ticket_id=s.ticket.pk, question="?", error_on=STARTS, charge_id=fee.pk, actor=s.cast.operator, at=AT
    )
    if verdict == "undetermined":
        decide_fault(review_id=opened.pk, verdict=verdict, reasons="不明", actor=s.cast.sv, at=AT)
    assert fresh(fee).status == "on_hold"
    said = refused(
        "C5", "UPDATE billing_charge SET status = %s, billed_at = now(), settled_at = now()", status
    )
    assert "cannot" in said or "imposed" in said


@pytest.mark.requirement("C5")
def test_a_disputed_bill_is_not_demanded(s):
    ordered = make.old_registration(
        s.shop, DISPLAY, ordered_on=ORDERED, starts_on=STARTS, registered_at=AT, evidence=s.form
    )
    paid = make.old_charge(ordered, status="billed", supply_on=STARTS, at=AT)
    open_fault_review(
        ticket_id=s.ticket.pk, question="?", error_on=STARTS, charge_id=paid.pk, actor=s.cast.operator, at=AT
    )
    refused("C5", "UPDATE billing_charge SET demand_open = true WHERE id = %s", paid.pk)
    refused(
        "C5",
        "INSERT INTO billing_chargetold (charge_id, ticket_id, stance, amount_yen, words, told_by_id, at) "
        "VALUES (%s, %s, 'due', 550, 'x', %s, now())",
        paid.pk,
        s.ticket.pk,
        s.cast.leader.pk,
    )


@pytest.mark.requirement("C5")
def test_the_fault_is_not_set_by_hand(review, charge):
    refused("C5", "UPDATE billing_charge SET fault = '' WHERE id = %s", charge.pk)
    refused("C5", "UPDATE billing_charge SET fault = 'customer' WHERE id = %s", charge.pk)


@pytest.mark.requirement("C5")
def test_one_person_does_not_find_against_the_customer(s, review):
    refused("C5", VERDICT, "customer", s.cast.sv.pk, None, "customer", AT, review.pk)
    run(VERDICT, "seconding", s.cast.sv.pk, None, "customer", AT, review.pk)
    refused("C5", VERDICT, "customer", s.cast.sv.pk, None, "customer", AT, review.pk)
    refused("C5", VERDICT, "customer", s.cast.sv.pk, s.cast.sv.pk, "customer", AT, review.pk)
    refused("C5", VERDICT, "customer", s.cast.sv.pk, s.cast.leader.pk, "customer", AT, review.pk)
    run(VERDICT, "customer", s.cast.sv.pk, s.cast.sv2.pk, "customer", AT, review.pk)


@pytest.mark.requirement("C5")
@pytest.mark.parametrize("who", ["operator", "registrar", "operator2"])
def test_nor_does_requester_registrar_or_operator_decide(s, review, who):
    person = s.shop.registrar if who == "registrar" else getattr(s.cast, who)
    refused("C5", VERDICT, "company", person.pk, None, "", AT, review.pk)


@pytest.mark.requirement("C5", "C7")
def test_nor_the_leader_who_ordered_it_collected(s, charge):
    issue_instruction(
        ticket_id=s.ticket.pk, recipient_id=s.cast.operator.pk, text="請求する", basis_kind="contract",
        basis_ref="約款", adverse=True, charge_ref=charge.pk, actor=s.cast.sv, at=AT,
    )  # fmt: skip
    opened = open_fault_review(
        ticket_id=s.ticket.pk,
        question="?",
        error_on=STARTS,
        charge_id=charge.pk,
        actor=s.cast.operator,
        at=AT,
    )
    refused("C5", VERDICT, "company", s.cast.sv.pk, None, "", AT, opened.pk)


@pytest.mark.requirement("C5")
def test_a_leader_gives_back_only_within_the_limit(s):
    dear = make.proposed_charge(s.old, supply_on=STARTS, at=AT, net_yen=2000)
    opened = open_fault_review(
        ticket_id=s.ticket.pk, question="?", error_on=STARTS, charge_id=dear.pk, actor=s.cast.operator, at=AT
    )
    refused("C5", VERDICT, "company", s.cast.leader2.pk, None, "", AT, opened.pk)


@pytest.mark.requirement("C5", "C9")
def test_a_verdict_makes_the_charge_fall_whoever_writes_it_and_does_not_commit_without_report_and_sweep(
    s, review, charge
):
    with connection.cursor() as cursor:
        cursor.execute(VERDICT, ["company", s.cast.sv2.pk, None, "", AT, review.pk])
    assert fresh(charge).status == "voided"
    assert "report to the partner and a sweep" in refused("C9", "SELECT 1")
    transaction.set_rollback(True)


@pytest.mark.requirement("C5")
def test_a_paid_charge_is_credited_by_the_verdict_itself(s):
    paid = make.old_charge(s.old, status="settled", supply_on=STARTS, at=AT)
    opened = open_fault_review(
        ticket_id=s.ticket.pk, question="?", error_on=STARTS, charge_id=paid.pk, actor=s.cast.operator, at=AT
    )
    with connection.cursor() as cursor:
        cursor.execute(VERDICT, ["carrier", s.cast.sv2.pk, None, "", AT, opened.pk])
    assert fresh(paid).status == "credited"
    assert Credit.objects.get(charge=paid).total_yen == 550
    transaction.set_rollback(True)


@pytest.mark.requirement("C5")
def test_what_was_given_back_is_not_taken_again(s, review):
    decide_fault(review_id=review.pk, verdict="company", reasons="x", actor=s.cast.sv2, at=AT)
    for status in ("open", "customer", "undetermined"):
        refused("C5", "UPDATE billing_faultreview SET status = %s WHERE id = %s", status, review.pk)
    for status in ("proposed", "on_hold", "disputed"):
        refused("C5", "UPDATE billing_charge SET status = %s", status)
    refused("C5", "DELETE FROM billing_charge")
    refused("C5", "DELETE FROM billing_faultreview")


@pytest.mark.requirement("C5")
def test_no_more_is_given_back_than_was_charged_and_no_error_credit_without_one(s):
    paid = make.old_charge(s.old, status="settled", supply_on=STARTS, at=AT)
    credit = (
        "INSERT INTO billing_credit (customer_id, contract_id, kind, charge_id, net_yen, tax_percent, tax_yen, status, "
        "owed_at, refund_ref) VALUES (%s, %s, 'fault', %s, %s, 10, 0, 'owed', now(), '')"
    )
    refused("C5", credit, s.shop.customer.pk, s.contract.pk, paid.pk, 500)
    refused("C5", credit, s.shop.customer.pk, s.contract.pk, paid.pk, 551)


@pytest.mark.requirement("B8", "C5")
def test_an_order_to_collect_is_not_carried_out(s, charge, review):
    order = issue_instruction(
        ticket_id=s.ticket.pk, recipient_id=s.cast.operator.pk, text="請求する", basis_kind="contract",
        basis_ref="約款", adverse=True, charge_ref=charge.pk, actor=s.cast.leader, at=AT,
    )  # fmt: skip
    acknowledge_instruction(instruction_id=order.pk, actor=s.cast.operator, at=AT)
    execute = "INSERT INTO escalation_instructionexecution (instruction_id, executed_by_id, executed_at) VALUES (%s, %s, %s)"
    assert "not carried out" in refused("C5", execute, order.pk, s.cast.operator.pk, AT)


# -- C6: a wrong registration --------------------------------------------------------------------------------------


@pytest.mark.requirement("C6")
def test_nothing_is_void_from_its_start_without_a_verdict(s):
    void = "UPDATE billing_optionregistration SET status = 'voided', voided_at = now(), void_reason = 'x' WHERE id = %s"
    refused("C6", void, s.old.pk)


@pytest.mark.requirement("C6")
def test_a_void_registration_costs_nothing_and_registering_anew_is_free(s, review):
    decide_fault(review_id=review.pk, verdict="company", reasons="x", actor=s.cast.sv2, at=AT)
    run(
        "UPDATE billing_optionregistration SET status = 'voided', voided_at = now(), void_reason = 'x' WHERE id = %s",
        s.old.pk,
    )
    with pytest.raises(IntegrityError, match="C6: a registration that is void"), transaction.atomic():
        propose_raw(s, registration=s.old)
    right = register_option(
        contract_id=s.contract.pk, option_code=DISPLAY, ordered_on=ORDERED, starts_on=STARTS,
        actor=s.cast.operator, at=AT, corrects_id=s.old.pk,
    )  # fmt: skip
    with pytest.raises(IntegrityError, match="C6: registering the right option"), transaction.atomic():
        propose_raw(s, registration=right, kind="re_registration_fee")


@pytest.mark.requirement("C6")
def test_it_counts_from_the_date_on_the_form_not_of_the_report(s):
    late = register_option(
        contract_id=s.contract.pk, option_code=DISPLAY, ordered_on=dt.date(2026, 1, 26), starts_on=STARTS,
        actor=s.cast.operator, at=AT,
    )  # fmt: skip
    refused(
        "C6",
        "UPDATE billing_optionregistration SET evidence_id = %s, status = 'evidenced' WHERE id = %s",
        s.form.pk,
        late.pk,
    )


# -- C8: calls -----------------------------------------------------------------------------------------------------


@pytest.mark.requirement("C8")
def test_the_fall_does_not_commit_without_the_apology(s, charge):
    call = plan_charge_call(
        charge_id=charge.pk,
        ticket_id=s.ticket.pk,
        due_at=jst(2026, 1, 27, 10, 0),
        actor=s.cast.operator,
        at=AT,
    )
    with pytest.raises(IntegrityError) as no, transaction.atomic():
        run(
            "UPDATE billing_charge SET status = 'voided', fallen_at = now(), fall_kind = 'withdrawn', "
            "fall_reason = 'x' WHERE id = %s",
            charge.pk,
        )
    found = rule_of(no.value)
    assert found is not None
    assert found[0] == "C8"
    assert fresh(call).promise.status == "open"


@pytest.mark.requirement("C8")
def test_no_call_is_planned_for_a_charge_in_question(s, charge, review):
    promise = Promise.objects.create(
        customer=s.shop.customer, ticket=s.ticket, kind="charge_call", what="x", desk=s.cast.desk, due_at=AT,
        opened_at=AT,
    )  # fmt: skip
    refused(
        "C8",
        "INSERT INTO billing_chargecall (charge_id, promise_id, planned_by_id, planned_at) VALUES (%s, %s, %s, now())",
        charge.pk,
        promise.pk,
        s.cast.leader.pk,
    )
    refused("C8", "SELECT 1")
    transaction.set_rollback(True)


@pytest.mark.requirement("C8")
def test_what_was_told_is_not_edited(s, charge):
    run(
        "INSERT INTO billing_chargetold (charge_id, ticket_id, stance, amount_yen, words, told_by_id, at) "
        "VALUES (%s, %s, 'due', 550, '払ってください', %s, now())",
        charge.pk,
        s.ticket.pk,
        s.cast.leader.pk,
    )
    refused("C8", "UPDATE billing_chargetold SET words = 'そうは言っていない'")
    refused("C8", "DELETE FROM billing_chargetold")


# -- C9: what an error owes ----------------------------------------------------------------------------------------


@pytest.fixture
def error(s, review):
    return decide_fault(review_id=review.pk, verdict="company", reasons="登録ミス", actor=s.cast.sv2, at=AT)


@pytest.mark.requirement("C9")
@pytest.mark.parametrize("kind", ["partner_report", "sweep"])
def test_report_and_sweep_are_neither_kept_nor_void_by_hand(error, kind):
    kept = "UPDATE tickets_promise SET status = 'kept', ended_at = now() WHERE kind = %s"
    void = "UPDATE tickets_promise SET status = 'void', ended_at = now(), void_reason = 'x' WHERE kind = %s"
    refused("C9", kept, kind)
    refused("C9", void, kind)


@pytest.mark.requirement("C9")
def test_a_sweep_is_not_finished_with_suspects_unseen(s, review):
    make.old_registration(
        s.shop, WAITING, ordered_on=ORDERED, starts_on=STARTS, registered_at=jst(2025, 11, 21, 11, 0)
    )
    decide_fault(review_id=review.pk, verdict="company", reasons="登録ミス", actor=s.cast.sv2, at=AT)
    refused(
        "C9",
        "UPDATE billing_sweep SET status = 'finished', finished_by_id = %s, finished_at = now()",
        s.cast.sv2.pk,
    )
    refused("C9", "DELETE FROM billing_sweepitem")


@pytest.mark.requirement("C9")
def test_the_ticket_does_not_resolve_before_both(s, error):
    run("UPDATE tickets_ticket SET status = 'in_progress' WHERE id = %s", s.ticket.pk)
    refused(
        "A13", "UPDATE tickets_ticket SET status = 'resolved', resolved_at = now() WHERE id = %s", s.ticket.pk
    )
