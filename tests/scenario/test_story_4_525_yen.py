"""Story 4: the form ticks caller display, the register says call forwarding, and a leader orders 525 yen collected.

October 2011, tax 5 %: 525 = 500 + 25. The registration came over from the old system, where nobody compared anything.
"""

import datetime as dt
from types import SimpleNamespace

import pytest

from billing.models import (
    Charge,
    ChargeCall,
    Credit,
    OptionRegistration,
    Sweep,
    SweepItem,
)
from billing.services.charges import plan_charge_call, propose_option_fee, tell_charge, validate_charge
from billing.services.comparison import compare_registration, differing_rows
from billing.services.corrections import correct_registration
from billing.services.evidence import record_evidence, record_notice
from billing.services.faults import decide_fault, open_fault_review
from billing.services.registrations import (
    activate_registration,
    deliver_option,
    notify_registration,
    verify_registration,
)
from billing.services.reports import check_sweep_item, finish_sweep, send_error_report
from escalation.models import ObjectionAuthor
from escalation.services.instructions import (
    acknowledge_instruction,
    execute_instruction,
    issue_instruction,
    note_instruction,
)
from escalation.services.leaders import answer_as_leader, ask_leader
from escalation.services.objections import decide_objection, object_to
from tests.factories import billing as make
from tests.factories import tickets as ground
from tests.factories.billing import DISPLAY, FORWARDING, fresh
from tickets.dates import jst
from tickets.errors import NotAllowed, Refused
from tickets.models import Promise, PromiseKind
from tickets.services.endings import resolve
from tickets.services.promises import keep_promise
from tickets.services.tickets import start

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("C2", "C3", "C4", "C5", "C6", "C8", "C9", "C10")]

ORDERED = dt.date(2011, 10, 3)
STARTS = dt.date(2011, 10, 18)
CALLED = jst(2011, 10, 18, 11, 0)
MAILED = jst(2011, 10, 18, 18, 30)
NEXT_DAY = jst(2011, 10, 19, 12, 38)
DECIDED = jst(2011, 10, 19, 15, 0)
TOMORROW = jst(2011, 10, 20, 10, 0)


@pytest.fixture
def story():
    made = make.shop(years=(2011,))
    form = make.form(made, ticked=(DISPLAY,), ordered_on=ORDERED, at=jst(2011, 10, 4, 9, 30))
    wrong = make.old_registration(
        made,
        FORWARDING,
        ordered_on=ORDERED,
        starts_on=STARTS,
        registered_at=jst(2011, 10, 4, 10, 0),
        evidence=form,
    )
    record_notice(
        contract_id=made.contract.pk,
        document_version_id=make.document("notice", "notice").pk,
        via="post",
        sent_to="東京都港区 2-2",
        at=jst(2011, 10, 8, 15, 0),
        contents={"options": [FORWARDING]},
    )
    charge = make.proposed_charge(wrong, supply_on=STARTS, at=jst(2011, 10, 18, 0, 5))
    ticket = make.case(made, at=CALLED)
    start(ticket_id=ticket.pk, at=CALLED, actor=made.cast.operator)
    return SimpleNamespace(shop=made, cast=made.cast, form=form, wrong=wrong, charge=charge, ticket=ticket)


def order_to_collect(s, *, at=MAILED):
    """The leader's order, on record, taken on by the operator, and tomorrow's call planned for it."""
    order = issue_instruction(
        ticket_id=s.ticket.pk,
        recipient_id=s.cast.operator.pk,
        text="サービス開始後の解約なので、転送サービスの料金525円を請求すると案内してください。",
        basis_kind="contract",
        basis_ref="約款 第12条",
        adverse=True,
        charge_ref=s.charge.pk,
        actor=s.cast.leader,
        at=at,
    )
    acknowledge_instruction(instruction_id=order.pk, actor=s.cast.operator, at=at)
    call = plan_charge_call(
        charge_id=s.charge.pk, ticket_id=s.ticket.pk, due_at=TOMORROW, at=at, actor=s.cast.operator
    )
    return order, call


def review(s, *, at=NEXT_DAY):
    return open_fault_review(
        ticket_id=s.ticket.pk,
        question="申込のない転送サービスの登録",
        error_on=dt.date(2011, 10, 4),
        charge_id=s.charge.pk,
        registration_id=s.wrong.pk,
        actor=s.cast.operator,
        at=at,
    )


def find_company(s, opened, *, at=DECIDED, by=None):
    return decide_fault(
        review_id=opened.pk, verdict="company", reasons="申込書と登録が違う。", actor=by or s.cast.sv, at=at
    )


def test_the_charge_is_525_yen(story):
    story.charge = fresh(story.charge)
    assert (story.charge.net_yen, story.charge.tax_percent, story.charge.tax_yen) == (500, 5, 25)
    assert story.charge.total_yen == 525


def test_the_comparison_finds_it(story):
    comparison = compare_registration(registration_id=story.wrong.pk, at=CALLED, actor=story.cast.operator)
    assert [(row.field, row.form_value, row.register_value) for row in differing_rows(comparison)] == [
        (FORWARDING, "no", "yes"),
        (DISPLAY, "yes", "no"),
    ]


def test_a_notice_is_no_evidence(story):
    """„We sent a notice; it was checked then" does not carry a charge."""
    with pytest.raises(Refused, match="C3"):
        record_evidence(
            contract_id=story.shop.contract.pk,
            kind="notice",
            ordered_on=ORDERED,
            options={FORWARDING: True},
            reference="通知書類 10/8",
            actor=story.cast.leader,
            at=NEXT_DAY,
        )


def test_without_an_order_on_the_form_it_is_not_validated(story):
    with pytest.raises(Refused, match="C4"):
        validate_charge(charge_id=story.charge.pk, at=CALLED)


def test_a_leaders_mail_is_not_carried_out(story):
    mail = note_instruction(
        ticket_id=story.ticket.pk,
        issuer_id=story.cast.leader.pk,
        channel="email",
        text="1か月分525円を請求すると伝えましたか",
        charge_ref=story.charge.pk,
        actor=story.cast.operator,
        at=MAILED,
    )
    with pytest.raises(Refused, match="B8"):
        execute_instruction(instruction_id=mail.pk, actor=story.cast.operator, at=NEXT_DAY)


def test_while_the_fault_is_open_the_order_cannot_be_carried_out(story):
    order, call = order_to_collect(story)
    review(story)
    with pytest.raises(Refused, match="C5"):
        execute_instruction(instruction_id=order.pk, actor=story.cast.operator, at=NEXT_DAY)
    with pytest.raises(Refused, match="C5"):
        tell_charge(
            charge_id=story.charge.pk,
            ticket_id=story.ticket.pk,
            stance="due",
            words="525円をお支払いください。",
            actor=story.cast.operator,
            at=NEXT_DAY,
        )
    contact = ground.contact(
        customer=story.shop.customer, desk=story.cast.desk, operator=story.cast.operator, at=TOMORROW,
        ticket=story.ticket, direction="out",
    )  # fmt: skip
    with pytest.raises(Refused, match="C5"):
        keep_promise(
            promise_id=call.promise_id, contact_id=contact.pk, actor=story.cast.operator, at=TOMORROW
        )


def test_two_leaders_agreeing_decide_nothing_and_cannot_decide_later(story):
    order_to_collect(story)
    asked = ask_leader(
        topic="転送サービスの料金", text="登録ミスでも請求しますか", ticket_id=story.ticket.pk,
        actor=story.cast.operator, at=MAILED,
    )  # fmt: skip
    answer_as_leader(
        question_id=asked.pk, text="開始後の解約なので当然です。", basis_kind="contract", basis_ref="約款 第12条",
        actor=story.cast.leader2, at=MAILED,
    )  # fmt: skip
    opened = review(story)
    story.charge = fresh(story.charge)
    assert (story.charge.status, story.charge.fault) == ("on_hold", "undetermined")
    for leader in (story.cast.leader, story.cast.leader2):
        with pytest.raises(NotAllowed, match="C5"):
            find_company(story, opened, by=leader)


@pytest.mark.requirement("B9")
def test_the_operator_objects_unseen_by_the_issuer_and_an_sv_decides(story):
    order, _call = order_to_collect(story)
    objection = object_to(
        instruction_id=order.pk,
        reasons="申込書にない。当社の登録ミスです。",
        actor=story.cast.operator,
        at=NEXT_DAY,
    )
    with pytest.raises(Refused, match=r"B8|B9"):
        execute_instruction(instruction_id=order.pk, actor=story.cast.operator, at=NEXT_DAY)
    assert not ObjectionAuthor.objects.visible_to(story.cast.leader).exists()
    with pytest.raises(NotAllowed, match="B9"):
        decide_objection(
            objection_id=objection.pk,
            sustained=False,
            reasons="規則です。",
            actor=story.cast.leader,
            at=NEXT_DAY,
        )
    decide_objection(
        objection_id=objection.pk,
        sustained=True,
        reasons="申込書が証拠です。",
        actor=story.cast.sv,
        at=NEXT_DAY,
    )
    order = fresh(order)
    assert order.status == "withdrawn"


def test_company_fault_makes_the_525_yen_fall_and_an_apology_take_the_calls_place(story):
    order, call = order_to_collect(story)
    find_company(story, review(story))
    story.charge = fresh(story.charge)
    assert (story.charge.status, story.charge.fault, story.charge.fall_kind) == ("voided", "company", "fault")
    assert not Credit.objects.exists()
    call = fresh(call)
    assert call.promise.status == "void"
    assert call.apology is not None
    assert (call.apology.kind, call.apology.status) == ("apology", "open")
    with pytest.raises(Refused, match="C5"):
        execute_instruction(instruction_id=order.pk, actor=story.cast.operator, at=TOMORROW)


def test_the_ticket_owes_the_report_and_the_sweep_of_the_same_registrar(story):
    other, _line = make.phone_contract(ground.customer(), story.cast)
    suspect = make.old_registration(
        story.shop, FORWARDING, ordered_on=ORDERED, starts_on=STARTS, contract=other, batch="B-9", form_version="x",
        registered_at=jst(2011, 11, 1, 9, 0),
    )  # fmt: skip
    far, _line = make.phone_contract(ground.customer(), story.cast)
    make.old_registration(
        story.shop, FORWARDING, ordered_on=ORDERED, starts_on=STARTS, contract=far,
        registered_at=jst(2011, 12, 1, 9, 0),
    )  # fmt: skip
    opened = find_company(story, review(story))
    item = SweepItem.objects.get(sweep__review=opened)
    assert (item.registration_id, item.why) == (suspect.pk, "registrar")
    owed = set(Promise.objects.filter(ticket=story.ticket, status="open").values_list("kind", flat=True))
    assert owed == {PromiseKind.PARTNER_REPORT, PromiseKind.SWEEP}
    with pytest.raises(Refused, match="A13"):
        resolve(ticket_id=story.ticket.pk, resolution="請求なし", at=TOMORROW, actor=story.cast.operator)

    send_error_report(
        review_id=opened.pk, company_id=story.cast.agency.pk, what_happened="申込のない転送サービスを登録した。",
        prevention="登録は別の者が申込書と照合する。", how="様式3", actor=story.cast.leader2, at=TOMORROW,
    )  # fmt: skip
    check_sweep_item(item_id=item.pk, outcome="same_error", actor=story.cast.operator2, at=TOMORROW)
    finish_sweep(sweep_id=opened.sweep.pk, actor=story.cast.leader2, at=TOMORROW)
    assert not Promise.objects.filter(ticket=story.ticket, status="open").exists()
    item = fresh(item)
    assert item.ticket is not None
    assert item.ticket.customer_id == other.customer_id
    resolve(ticket_id=story.ticket.pk, resolution="請求なし", at=TOMORROW, actor=story.cast.operator)


def test_the_right_option_counts_from_the_order_and_costs_from_delivery(story):
    find_company(story, review(story))
    with pytest.raises(Refused, match="C2"):
        correct_registration(
            wrong_id=story.wrong.pk, option_code="call-waiting", evidence_id=story.form.pk, reason="登録ミス",
            actor=story.cast.operator, at=NEXT_DAY,
        )  # fmt: skip
    right = correct_registration(
        wrong_id=story.wrong.pk, option_code=DISPLAY, evidence_id=story.form.pk, reason="登録ミス",
        actor=story.cast.operator, at=jst(2011, 10, 19, 16, 0),
    )  # fmt: skip
    story.wrong = fresh(story.wrong)
    assert story.wrong.status == "voided"
    assert (right.ordered_on, right.starts_on, right.billable_from) == (ORDERED, STARTS, None)

    with pytest.raises(NotAllowed, match="C2"):
        verify_registration(registration_id=right.pk, actor=story.cast.operator, at=NEXT_DAY)
    verify_registration(registration_id=right.pk, actor=story.cast.operator2, at=jst(2011, 10, 19, 16, 30))
    notify_registration(registration_id=right.pk, at=jst(2011, 10, 19, 17, 0))
    activate_registration(registration_id=right.pk, at=jst(2011, 10, 20, 9, 0))
    month_end = dt.date(2011, 11, 1)
    with pytest.raises(Refused, match="C10"):
        propose_option_fee(
            registration_id=right.pk, first=STARTS, until=month_end, at=jst(2011, 10, 20, 9, 0)
        )

    deliver_option(
        registration_id=right.pk, delivered_at=jst(2011, 10, 21, 14, 0), at=jst(2011, 10, 21, 14, 5)
    )
    right = fresh(right)
    assert right.billable_from == dt.date(2011, 10, 21)
    fee = propose_option_fee(
        registration_id=right.pk, first=STARTS, until=month_end, at=jst(2011, 11, 1, 1, 0)
    )
    assert (fee.period_from, fee.net_yen) == (dt.date(2011, 10, 21), 500 * 11 // 31)
    validate_charge(charge_id=fee.pk, at=jst(2011, 11, 1, 1, 0))
    delay = Credit.objects.get(delayed_registration=right)
    assert delay.net_yen == -(-500 * 3 // 31)
    assert not Charge.objects.filter(kind="re_registration_fee").exists()


def test_nothing_of_it_is_left_in_the_register_or_the_calls(story):
    order_to_collect(story)
    find_company(story, review(story))
    assert not Promise.objects.filter(kind="charge_call", status="open").exists()
    assert ChargeCall.objects.filter(apology__isnull=True).count() == 0
    assert Sweep.objects.filter(review__registration=story.wrong, status="open").exists()
    assert OptionRegistration.objects.get(pk=story.wrong.pk).status == "active", (
        "the correction is a step of its own"
    )
