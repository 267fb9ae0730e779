"""An option from the form to the bill, when nobody errs; and what stops it when somebody does."""

import datetime as dt

import pytest

from billing.models import ContractDocument, Credit, EarlyWithdrawal
from billing.services.charges import propose_option_fee, validate_charge
from billing.services.documents import generate_contract_document, record_document_received
from billing.services.evidence import record_evidence
from billing.services.invoices import (
    build_invoice,
    hold_invoice,
    invoice_total_yen,
    release_invoice,
    send_invoice,
    settle_invoice,
    validate_invoice,
)
from billing.services.registrations import (
    activate_registration,
    attach_evidence,
    cancel_registration,
    deliver_option,
    end_registration,
    notify_registration,
    register_option,
    verify_registration,
)
from billing.services.withdrawals import last_day_to_withdraw, record_withdrawal
from tests.factories import billing as make
from tests.factories.billing import DISPLAY, FORWARDING, WAITING, fresh
from tickets.dates import jst
from tickets.errors import NotAllowed, Refused

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("C1", "C2", "C4", "C10", "C11")]

ORDERED = dt.date(2026, 1, 13)
STARTS = dt.date(2026, 1, 24)
KEYED = jst(2026, 1, 14, 9, 30)


@pytest.fixture
def made():
    return make.shop()


def registered(made, option=DISPLAY, form=None, **terms):
    row = register_option(
        contract_id=made.contract.pk, option_code=option, ordered_on=ORDERED, starts_on=STARTS,
        line_id=made.phone.pk, actor=made.registrar, at=KEYED, **terms,
    )  # fmt: skip
    if form is not None:
        row = attach_evidence(registration_id=row.pk, evidence_id=form.pk, actor=made.registrar, at=KEYED)
    return row


def active(made, row):
    verify_registration(registration_id=row.pk, actor=made.cast.operator, at=KEYED)
    notify_registration(registration_id=row.pk, at=KEYED)
    return activate_registration(registration_id=row.pk, at=jst(2026, 1, 24))


def test_from_the_form_to_a_paid_bill(made):
    form = make.form(made, ticked=(DISPLAY,), ordered_on=ORDERED, at=KEYED)
    row = active(made, registered(made, form=form))
    deliver_option(registration_id=row.pk, delivered_at=jst(2026, 1, 24, 6, 0), at=jst(2026, 1, 24, 6, 5))
    fee = propose_option_fee(
        registration_id=row.pk, first=dt.date(2026, 1, 1), until=dt.date(2026, 2, 1), at=jst(2026, 2, 1)
    )
    assert (fee.period_from, fee.net_yen, fee.tax_yen) == (STARTS, 500 * 8 // 31, 12)
    validate_charge(charge_id=fee.pk, at=jst(2026, 2, 1))
    bill = build_invoice(contract_id=made.contract.pk, month_on=dt.date(2026, 2, 1), at=jst(2026, 2, 1))
    assert invoice_total_yen(bill) == 129 + 12
    hold_invoice(invoice_id=bill.pk, reason="確認中", actor=made.cast.sv, at=jst(2026, 2, 1, 9))
    release_invoice(invoice_id=bill.pk, actor=made.cast.sv, at=jst(2026, 2, 1, 10))
    validate_invoice(invoice_id=bill.pk, at=jst(2026, 2, 2))
    send_invoice(invoice_id=bill.pk, at=jst(2026, 2, 2))
    assert fresh(fee).status == "billed"
    settle_invoice(invoice_id=bill.pk, at=jst(2026, 2, 28))
    assert fresh(fee).status == "settled"
    assert not Credit.objects.exists()


def test_the_registrar_does_not_verify(made):
    form = make.form(made, ticked=(DISPLAY,), ordered_on=ORDERED, at=KEYED)
    row = registered(made, form=form)
    with pytest.raises(NotAllowed, match="C2"):
        verify_registration(registration_id=row.pk, actor=made.registrar, at=KEYED)


def test_a_difference_sends_it_back_to_draft_and_says_where(made):
    form = make.form(made, ticked=(DISPLAY,), ordered_on=ORDERED, at=KEYED)
    row = registered(made, FORWARDING, form)
    comparison = verify_registration(registration_id=row.pk, actor=made.cast.operator, at=KEYED)
    assert set(comparison.rows.filter(matches=False).values_list("field", flat=True)) == {DISPLAY, FORWARDING}
    assert fresh(row).status == "draft"
    cancel_registration(registration_id=row.pk, actor=made.registrar, at=KEYED)
    right = registered(made, form=form)
    assert verify_registration(registration_id=right.pk, actor=made.cast.operator, at=KEYED)
    assert fresh(right).status == "verified"


def test_a_second_form_does_not_upset_what_the_first_ordered(made):
    first = make.form(made, ticked=(DISPLAY,), ordered_on=ORDERED, at=KEYED)
    active(made, registered(made, form=first))
    later = make.form(made, ticked=(WAITING,), ordered_on=ORDERED, at=KEYED)
    row = registered(made, WAITING, later)
    verify_registration(registration_id=row.pk, actor=made.cast.operator, at=KEYED)
    assert fresh(row).status == "verified"


def test_nothing_goes_on_without_evidence(made):
    row = registered(made)
    with pytest.raises(Refused, match="C2"):
        verify_registration(registration_id=row.pk, actor=made.cast.operator, at=KEYED)


@pytest.mark.parametrize("kind", ["recording", "web_log"])
def test_a_recording_or_a_web_log_is_evidence_too(made, kind):
    proof = record_evidence(
        contract_id=made.contract.pk, kind=kind, ordered_on=ORDERED, options={DISPLAY: True}, reference="rec-1",
        actor=made.registrar, at=KEYED,
    )  # fmt: skip
    row = registered(made, form=proof)
    verify_registration(registration_id=row.pk, actor=made.cast.operator, at=KEYED)
    assert fresh(row).status == "verified"


def test_delivered_late_is_billed_from_then_and_the_delay_credited(made):
    form = make.form(made, ticked=(DISPLAY,), ordered_on=ORDERED, at=KEYED)
    row = active(made, registered(made, form=form))
    deliver_option(registration_id=row.pk, delivered_at=jst(2026, 1, 26, 15, 0), at=jst(2026, 1, 26, 15, 0))
    assert fresh(row).billable_from == dt.date(2026, 1, 26)
    credit = Credit.objects.get()
    assert (credit.kind, credit.net_yen, credit.tax_yen) == ("delay", 33, 4)


def test_delivered_early_is_still_billed_from_the_promised_start(made):
    form = make.form(made, ticked=(DISPLAY,), ordered_on=ORDERED, at=KEYED)
    row = active(made, registered(made, form=form))
    deliver_option(registration_id=row.pk, delivered_at=jst(2026, 1, 23, 15, 0), at=jst(2026, 1, 23, 15, 0))
    assert fresh(row).billable_from == STARTS


def test_given_up_it_ends_on_the_last_day(made):
    form = make.form(made, ticked=(DISPLAY,), ordered_on=ORDERED, at=KEYED)
    row = active(made, registered(made, form=form))
    end_registration(
        registration_id=row.pk, last_day=dt.date(2026, 1, 31), actor=made.cast.operator, at=KEYED
    )
    assert (fresh(row).status, fresh(row).ended_on) == ("terminated", dt.date(2026, 1, 31))


@pytest.mark.requirement("C11")
def test_the_contract_document_lists_what_was_verified_and_its_receipt_is_day_one(made):
    form = make.form(made, ticked=(DISPLAY,), ordered_on=ORDERED, at=KEYED)
    row = registered(made, form=form)
    with pytest.raises(Refused, match="C11"):
        generate_contract_document(
            contract_id=made.contract.pk,
            document_version_id=made.document.pk,
            actor=made.cast.operator,
            at=KEYED,
        )
    verify_registration(registration_id=row.pk, actor=made.cast.operator, at=KEYED)
    document = generate_contract_document(
        contract_id=made.contract.pk, document_version_id=made.document.pk, actor=made.cast.operator, at=KEYED
    )
    assert document.contents["options"] == [
        {"code": DISPLAY, "name": "番号表示", "yen": 550, "starts_on": "2026-01-24"}
    ]
    record_document_received(
        document_id=document.pk, received_on=dt.date(2026, 1, 17), proof="配達記録 1", at=jst(2026, 1, 17, 18)
    )
    # Saturday the 17th is day 1, so day 8 is Saturday the 24th; the policy runs on to Monday.
    assert last_day_to_withdraw(fresh(made.contract)) == dt.date(2026, 1, 26)


def received(made, on, *, replaces=None):
    document = generate_contract_document(
        contract_id=made.contract.pk, document_version_id=made.document.pk, actor=made.cast.operator, at=KEYED,
        replaces_id=replaces.pk if replaces else None,
    )  # fmt: skip
    return record_document_received(
        document_id=document.pk, received_on=on, proof="配達記録", at=jst(2026, 1, 19, 18)
    )


def withdraw(made, dispatched, **cost):
    return record_withdrawal(
        contract_id=made.contract.pk, ticket_id=make.case(made, at=KEYED).pk, dispatched_on=dispatched,
        arrived_on=dispatched + dt.timedelta(days=3), postmark_proof="消印", actor=made.cast.operator,
        at=jst(2026, 1, 30), **cost,
    )  # fmt: skip


@pytest.mark.parametrize(("day", "in_time"), [(26, True), (27, False)])
def test_a_withdrawal_counts_by_its_postmark(made, day, in_time):
    received(made, dt.date(2026, 1, 19))
    assert fresh(withdraw(made, dt.date(2026, 1, day))).in_time is in_time


def test_before_any_document_has_come_a_withdrawal_is_always_in_time(made):
    assert fresh(withdraw(made, dt.date(2026, 3, 31))).in_time


def test_a_document_put_right_starts_the_days_anew(made):
    wrong = received(made, dt.date(2026, 1, 15))
    received(made, dt.date(2026, 1, 19), replaces=wrong)
    assert ContractDocument.objects.count() == 2
    assert last_day_to_withdraw(fresh(made.contract)) == dt.date(2026, 1, 26)


def test_after_a_withdrawal_the_work_is_capped(made):
    taken = withdraw(made, dt.date(2026, 1, 20), used_yen=300, work_yen=60000, contracting_yen=3000)
    assert EarlyWithdrawal.objects.get(pk=taken.pk).work_yen == 25000
