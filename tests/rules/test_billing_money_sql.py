"""Somebody in a hurry, with a database prompt: what C1-C11 refuse, whoever writes, and by which rule.

Every attempt is run with the deferred rules asked at once, as a commit would ask them.
"""

import datetime as dt
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from billing.defaults import lay_figures
from billing.models import Charge, Credit, FaultReview, OptionRegistration, Waiver
from billing.services.charges import plan_charge_call, propose_charge, validate_charge
from billing.services.faults import decide_fault, open_fault_review
from billing.services.invoices import build_invoice
from billing.services.registrations import (
    activate_registration,
    attach_evidence,
    notify_registration,
    register_option,
    verify_registration,
)
from billing.services.waivers import approve_waiver, request_waiver
from escalation.services.instructions import acknowledge_instruction, issue_instruction
from tests.factories import billing as make
from tests.factories.billing import DISPLAY, FORWARDING, WAITING, fresh
from tickets.dates import jst
from tickets.errors import Refused, rule_of
from tickets.models import Promise

pytestmark = pytest.mark.django_db
AT = jst(2026, 1, 26, 10, 0)
ORDERED = dt.date(2025, 11, 20)
STARTS = dt.date(2025, 12, 1)


def run(sql: str, *params: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def refused(rule: str, sql: str, *params: Any) -> str:
    """Run it; it must be refused by `rule`. Returns the sentence."""
    with pytest.raises(IntegrityError) as no, transaction.atomic():
        run(sql, *params)
    found = rule_of(no.value)
    assert found is not None, no.value
    assert found[0] == rule, found
    return found[1]


@pytest.fixture
def s():
    made = make.shop()
    form = make.form(made, ticked=(DISPLAY,), ordered_on=ORDERED, at=jst(2025, 11, 21, 9, 0))
    old = make.old_registration(
        made, FORWARDING, ordered_on=ORDERED, starts_on=STARTS, registered_at=jst(2025, 11, 21, 10, 0), evidence=form
    )  # fmt: skip
    return SimpleNamespace(
        shop=made,
        cast=made.cast,
        form=form,
        old=old,
        ticket=make.case(made, at=AT),
        contract=made.contract,
    )


@pytest.fixture
def charge(s):
    """550 yen, proposed, for an option that no form orders."""
    return make.proposed_charge(s.old, supply_on=STARTS, at=AT)


@pytest.fixture
def review(s, charge):
    return open_fault_review(
        ticket_id=s.ticket.pk, question="申込のない登録", error_on=dt.date(2025, 11, 21), charge_id=charge.pk,
        registration_id=s.old.pk, actor=s.cast.operator, at=AT,
    )  # fmt: skip


@pytest.fixture
def draft(s):
    """The ordered option, keyed in by the registrar, with its evidence."""
    made = register_option(
        contract_id=s.contract.pk, option_code=DISPLAY, ordered_on=ORDERED, starts_on=STARTS, actor=s.shop.registrar,
        at=AT,
    )  # fmt: skip
    return attach_evidence(registration_id=made.pk, evidence_id=s.form.pk, actor=s.shop.registrar, at=AT)


def a_waiver(s, yen=1100, charge=None, actor=None):
    return request_waiver(
        ticket_id=s.ticket.pk, contract_id=s.contract.pk, charge_id=charge.pk if charge else None, amount_yen=yen,
        reason="お詫び", actor=actor or s.cast.operator, at=AT,
    )  # fmt: skip


APPROVE = "UPDATE billing_waiver SET status = 'approved', decided_by_id = %s, decided_at = %s WHERE id = %s"
VERDICT = (
    "UPDATE billing_faultreview SET status = %s, decided_by_id = %s, second_by_id = %s, proposed_verdict = %s, "
    "decided_at = %s, reasons = 'x' WHERE id = %s"
)
EVIDENCE = (
    "INSERT INTO billing_orderevidence (contract_id, kind, ordered_on, received_at, received_by_id, form_version, "
    "reference, image, is_customers_copy, fields) VALUES (%s, %s, '2025-11-20', now(), %s, '', 'x', '', false, "
    '\'{"options": {"call-forwarding": true}}\')'
)


# -- C2, C3: evidence, comparison ----------------------------------------------------------------------------------


@pytest.mark.requirement("C3")
@pytest.mark.parametrize("kind", ["notice", "tacit", "silence"])
def test_no_tacit_consent(s, kind):
    said = refused("C3", EVIDENCE, s.contract.pk, kind, s.cast.leader.pk)
    assert "received is not consent" in said


@pytest.mark.requirement("C3")
def test_a_notice_has_nowhere_to_say_that_it_was_received_or_agreed_to():
    with connection.cursor() as cursor:
        columns = {
            column.name for column in connection.introspection.get_table_description(cursor, "billing_notice")
        }
    assert not columns & {"received_at", "received_on", "agreed_at", "consent", "consented_at"}


@pytest.mark.requirement("C2")
def test_evidence_is_not_rewritten(s):
    refused("C2", "UPDATE billing_orderevidence SET fields = '{\"options\": {}}' WHERE id = %s", s.form.pk)
    refused("C2", "DELETE FROM billing_orderevidence WHERE id = %s", s.form.pk)


@pytest.mark.requirement("C2")
def test_the_verifier_is_not_the_registrar(s, draft):
    refused(
        "C2",
        "UPDATE billing_optionregistration SET verifier_id = %s WHERE id = %s",
        s.shop.registrar.pk,
        draft.pk,
    )


@pytest.mark.requirement("C2")
@pytest.mark.parametrize("status", ["verified", "notified", "active"])
def test_no_status_is_jumped_to(s, draft, status):
    refused("C2", "UPDATE billing_optionregistration SET status = %s WHERE id = %s", status, draft.pk)


@pytest.mark.requirement("C2")
def test_verified_without_a_comparison(s, draft):
    said = refused(
        "C2",
        "UPDATE billing_optionregistration SET status = 'verified', verifier_id = %s WHERE id = %s",
        s.cast.operator.pk,
        draft.pk,
    )
    assert "not been compared" in said


@pytest.mark.requirement("C2")
def test_a_mismatch_blocks_activation(s, draft):
    """The register also has call forwarding, which this form does not order."""
    comparison = verify_registration(registration_id=draft.pk, actor=s.cast.operator, at=AT)
    assert comparison.rows.filter(matches=False, field=FORWARDING).exists()
    assert fresh(draft).status == "draft"
    run("UPDATE billing_optionregistration SET status = 'evidenced' WHERE id = %s", draft.pk)
    refused(
        "C2",
        "UPDATE billing_optionregistration SET status = 'verified', verifier_id = %s WHERE id = %s",
        s.cast.operator.pk,
        draft.pk,
    )


@pytest.mark.requirement("C2")
def test_a_comparison_that_claims_what_neither_says(s, draft):
    run(
        "INSERT INTO billing_registrationcomparison (registration_id, evidence_id, at) VALUES (%s, %s, now())",
        s.old.pk,
        s.form.pk,
    )
    refused(
        "C2",
        "INSERT INTO billing_comparisonrow (comparison_id, field, form_value, register_value) "
        "SELECT max(id), %s, 'yes', 'yes' FROM billing_registrationcomparison",
        FORWARDING,
    )


@pytest.mark.requirement("C2")
def test_only_an_imported_row_begins_active(s):
    refused(
        "C2",
        "INSERT INTO billing_optionregistration (contract_id, option_id, evidence_id, origin, legacy_ref, "
        "registered_by_id, registered_at, batch, form_version, ordered_on, starts_on, status, void_reason) "
        "VALUES (%s, %s, %s, 'desk', '', %s, now(), '', '', '2025-11-20', '2025-12-01', 'active', '')",
        s.contract.pk,
        s.shop.options[DISPLAY].pk,
        s.form.pk,
        s.shop.registrar.pk,
    )


@pytest.mark.requirement("C2")
def test_the_option_of_a_registration_is_not_swapped(s):
    refused(
        "C2",
        "UPDATE billing_optionregistration SET option_id = %s WHERE id = %s",
        s.shop.options[DISPLAY].pk,
        s.old.pk,
    )


# -- C4, C10: no evidence, no delivery, no charge ------------------------------------------------------------------


@pytest.mark.requirement("C4")
def test_no_evidence_no_charge(charge):
    said = refused("C4", "UPDATE billing_charge SET status = 'validated' WHERE id = %s", charge.pk)
    assert "no evidence" in said


@pytest.mark.requirement("C4")
def test_no_option_charge_without_a_registration(s):
    with pytest.raises(IntegrityError, match="c4_option_charge_has_registration"), transaction.atomic():
        propose_raw(s, registration=None)


def propose_raw(s, *, registration, **fields):
    return Charge.objects.create(
        **{
            "contract": s.contract,
            "registration": registration,
            "kind": "option_fee",
            "what": "x",
            "period_from": STARTS,
            "period_until": dt.date(2026, 1, 1),
            "supply_on": STARTS,
            "net_yen": 500,
            "tax_percent": 10,
            "tax_yen": 50,
            "proposed_at": AT,
            **fields,
        }
    )


@pytest.mark.requirement("C4")
@pytest.mark.parametrize("status", ["validated", "billed", "settled"])
def test_no_charge_of_this_system_is_born_billed(s, status):
    with pytest.raises(IntegrityError, match=r"C[45]"), transaction.atomic():
        propose_raw(s, registration=s.old, status=status, billed_at=AT, settled_at=AT)


@pytest.mark.requirement("C4")
def test_an_imported_registration_without_evidence_is_never_billed(s):
    other, _line = make.phone_contract(s.shop.customer, s.cast)
    bare = make.old_registration(
        s.shop, WAITING, ordered_on=ORDERED, starts_on=STARTS, registered_at=AT, contract=other
    )
    proposed = make.proposed_charge(bare, supply_on=STARTS, at=AT)
    refused("C4", "UPDATE billing_charge SET status = 'validated' WHERE id = %s", proposed.pk)


@pytest.mark.requirement("C10")
def test_not_charged_before_delivery(s):
    other, _line = make.phone_contract(s.shop.customer, s.cast)
    form = make.form(s.shop, ticked=(DISPLAY,), ordered_on=ORDERED, at=AT, contract=other)
    made = register_option(
        contract_id=other.pk,
        option_code=DISPLAY,
        ordered_on=ORDERED,
        starts_on=STARTS,
        actor=s.shop.registrar,
        at=AT,
    )
    attach_evidence(registration_id=made.pk, evidence_id=form.pk, actor=s.shop.registrar, at=AT)
    verify_registration(registration_id=made.pk, actor=s.cast.operator, at=AT)
    notify_registration(registration_id=made.pk, at=AT)
    activate_registration(registration_id=made.pk, at=AT)
    early = make.proposed_charge(fresh(made), supply_on=STARTS, at=AT)
    refused("C10", "UPDATE billing_charge SET status = 'validated' WHERE id = %s", early.pk)
    refused("C6", "UPDATE billing_optionregistration SET billable_from = starts_on WHERE id = %s", made.pk)
    refused(
        "C10",
        "UPDATE billing_optionregistration SET delivered_at = %s, billable_from = '2025-12-10' WHERE id = %s",
        jst(2025, 12, 10, 9, 0),
        made.pk,
    )


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
    paid = make.old_charge(s.old, status="billed", supply_on=STARTS, at=AT)
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


# -- C11: the law's figures ----------------------------------------------------------------------------------------


@pytest.mark.requirement("C11")
@pytest.mark.parametrize(("supply", "percent"), [(dt.date(2011, 10, 18), 10), (dt.date(2026, 1, 1), 5)])
def test_the_tax_rate_is_that_of_the_supply_date(s, supply, percent):
    with pytest.raises(IntegrityError, match="C11: the tax rate"), transaction.atomic():
        propose_raw(
            s, registration=s.old, supply_on=supply, tax_percent=percent, tax_yen=500 * percent // 100
        )


@pytest.mark.requirement("C11")
def test_tax_is_not_rounded_up(s):
    with pytest.raises(IntegrityError, match="c11_charge_tax_rounds_down"), transaction.atomic():
        propose_raw(s, registration=s.old, net_yen=333, tax_yen=34)


@pytest.mark.requirement("C11")
def test_a_consumers_penalty_is_at_most_a_months_fee(s):
    after, _line = make.phone_contract(s.shop.customer, s.cast, started_on=dt.date(2023, 4, 1))
    terms: dict[str, Any] = {"kind": "penalty", "what": "x", "period_from": STARTS, "period_until": dt.date(2026, 1, 1),
             "supply_on": STARTS, "at": AT, "taxable": False}  # fmt: skip
    with pytest.raises(Refused, match="C11"):
        propose_charge(contract_id=after.pk, net_yen=5201, **terms)
    assert propose_charge(contract_id=after.pk, net_yen=5200, **terms).net_yen == 5200
    assert propose_charge(contract_id=s.contract.pk, net_yen=20000, **terms).net_yen == 20000, (
        "made before 2022-07-01"
    )


@pytest.mark.requirement("C11")
def test_the_residual_falls_to_zero(s):
    after, _line = make.phone_contract(s.shop.customer, s.cast, started_on=dt.date(2025, 4, 1))
    terms: dict[str, Any] = {
        "kind": "residual",
        "what": "x",
        "period_from": STARTS,
        "period_until": dt.date(2026, 1, 1),
        "at": AT,
    }
    month_10 = dt.date(2026, 1, 20)
    with pytest.raises(Refused, match="C11"):
        propose_charge(contract_id=after.pk, net_yen=15001, supply_on=month_10, **terms)
    assert propose_charge(contract_id=after.pk, net_yen=15000, supply_on=month_10, **terms).net_yen == 15000


@pytest.mark.requirement("C11")
def test_an_invoice_rounds_once_for_each_rate(s):
    three_validated_fees(s)
    bill = build_invoice(contract_id=s.contract.pk, month_on=dt.date(2026, 2, 1), at=AT)
    run("UPDATE billing_invoicetax SET tax_yen = tax_yen + 1")
    refused("C11", "UPDATE billing_invoice SET status = 'validated' WHERE id = %s", bill.pk)
    run("UPDATE billing_invoicetax SET tax_yen = tax_yen - 1")
    run("UPDATE billing_invoice SET status = 'validated' WHERE id = %s", bill.pk)
    refused("C11", "UPDATE billing_invoicetax SET tax_yen = 0")
    refused("C11", "DELETE FROM billing_invoiceline")


def a_monthly_fee(s, n=0):
    return propose_charge(
        contract_id=s.contract.pk, kind="contract_fee", what=f"基本料{n}", net_yen=333, period_from=STARTS,
        period_until=dt.date(2026, 1, 1), supply_on=STARTS, at=AT,
    )  # fmt: skip


def three_validated_fees(s):
    for n in range(3):
        validate_charge(charge_id=a_monthly_fee(s, n).pk, at=AT)


@pytest.mark.requirement("C11")
def test_a_charge_is_billed_only_on_an_invoice(s):
    three_validated_fees(s)
    refused("C11", "UPDATE billing_charge SET status = 'billed', billed_at = now()")


@pytest.mark.requirement("C11")
def test_no_contract_document_over_a_mismatch(s):
    refused(
        "C11",
        "INSERT INTO billing_contractdocument (contract_id, document_version_id, contents, electronic_consent_ref, "
        "generated_by_id, generated_at, receipt_proof) VALUES (%s, %s, '{}', '', %s, now(), '')",
        s.contract.pk,
        s.shop.document.pk,
        s.cast.leader.pk,
    )


@pytest.mark.requirement("C11")
def test_figures_are_not_edited_and_do_not_overlap():
    lay_figures()
    refused("C11", "UPDATE billing_feecap SET value = 99 WHERE code = 'withdrawal_days'")
    refused("C1", "UPDATE billing_taxrate SET percent = 12 WHERE percent = 10")
    refused("C1", "INSERT INTO billing_taxrate (percent, during) VALUES (12, '[2026-01-01,)')")
    refused(
        "C11",
        "INSERT INTO billing_feecap (code, value, unit, basis, mark, during) "
        "VALUES ('withdrawal_days', 7, 'days', 'x', 'P', '[2026-01-01,)')",
    )


@pytest.mark.requirement("C1")
def test_nothing_of_money_is_deleted(s, charge, review):
    for table in ("optionregistration", "contract", "serviceline", "orderevidence"):
        with pytest.raises(IntegrityError), transaction.atomic():
            run(f"DELETE FROM billing_{table}")
    assert OptionRegistration.objects.exists()
    assert FaultReview.objects.exists()
    assert not Waiver.objects.exists()
