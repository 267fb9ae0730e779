"""Story 5: 550 yen have been paid for an option nobody ordered, and two leaders agree that it is right.

2026, tax 10 %: 550 = 500 + 50. The SV who keyed it in would rather leave it; another SV gives it back.
"""

import datetime as dt
from types import SimpleNamespace

import pytest

from billing.models import ChargeTold, Credit, Waiver
from billing.services.charges import impose_charge, tell_charge
from billing.services.credits import needs_return_invoice, refund_credit
from billing.services.faults import decide_fault, open_fault_review
from billing.services.invoices import build_invoice, invoice_total_yen, send_invoice, validate_invoice
from billing.services.waivers import approve_waiver, request_waiver
from escalation.services.leaders import answer_as_leader, ask_leader
from tests.factories import billing as make
from tests.factories.billing import DISPLAY, FORWARDING, fresh
from tickets.dates import jst
from tickets.errors import NotAllowed, Refused
from tickets.models import Promise, TimelineEntry
from tickets.services.tickets import start

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("A8", "C5", "C7", "C8")]

PAID = jst(2026, 1, 10, 3, 0)
CALLED = jst(2026, 1, 26, 10, 5)
DECIDED = jst(2026, 1, 26, 14, 0)


@pytest.fixture
def story():
    made = make.shop()
    form = make.form(made, ticked=(DISPLAY,), ordered_on=dt.date(2025, 11, 20), at=jst(2025, 11, 21, 9, 0))
    wrong = make.old_registration(
        made,
        FORWARDING,
        ordered_on=dt.date(2025, 11, 20),
        starts_on=dt.date(2025, 12, 1),
        registered_at=jst(2025, 11, 21, 10, 0),
        registrar=made.cast.sv,
        evidence=form,
    )
    charge = make.old_charge(wrong, status="settled", supply_on=dt.date(2025, 12, 1), at=PAID)
    ticket = make.case(made, at=CALLED)
    start(ticket_id=ticket.pk, at=CALLED, actor=made.cast.operator)
    return SimpleNamespace(shop=made, cast=made.cast, wrong=wrong, charge=charge, ticket=ticket)


def two_leaders_say_it_is_right(s):
    asked = ask_leader(
        topic="転送サービスの請求", text="申込書にないのに550円いただいています。", ticket_id=s.ticket.pk,
        actor=s.cast.operator, at=CALLED,
    )  # fmt: skip
    for leader in (s.cast.leader, s.cast.leader2):
        answer_as_leader(
            question_id=asked.pk, text="請求で正しいです。", basis_kind="contract", basis_ref="約款 第12条",
            actor=leader, at=CALLED,
        )  # fmt: skip


def review(s):
    return open_fault_review(
        ticket_id=s.ticket.pk,
        question="申込のない転送サービスの請求",
        error_on=dt.date(2025, 11, 21),
        charge_id=s.charge.pk,
        registration_id=s.wrong.pk,
        actor=s.cast.operator,
        at=CALLED,
    )


def decide(s, opened, verdict, by):
    return decide_fault(
        review_id=opened.pk, verdict=verdict, reasons="申込書に番号表示とある。", actor=by, at=DECIDED
    )


def test_it_was_550_yen(story):
    assert fresh(story.charge).total_yen == 550


def test_two_leaders_agreeing_is_no_approval(story):
    two_leaders_say_it_is_right(story)
    opened = review(story)
    assert fresh(story.charge).status == "disputed"
    assert fresh(opened).verdict == "undetermined"
    for leader in (story.cast.leader, story.cast.leader2):
        with pytest.raises(NotAllowed, match="C5"):
            decide(story, opened, "customer", leader)
        with pytest.raises(NotAllowed, match="C5"):
            decide(story, opened, "company", leader)


def test_the_sv_who_registered_it_is_refused_either_way(story):
    opened = review(story)
    for verdict in ("company", "customer", "undetermined"):
        with pytest.raises(NotAllowed, match="C5"):
            decide(story, opened, verdict, story.cast.sv)


def test_another_sv_sets_company_and_550_yen_are_credited(story):
    two_leaders_say_it_is_right(story)
    opened = decide(story, review(story), "company", story.cast.sv2)
    assert opened.gives_back
    charge = fresh(story.charge)
    assert (charge.status, charge.fault) == ("credited", "company")
    credit = Credit.objects.get(charge=charge)
    assert (credit.kind, credit.net_yen, credit.tax_yen, credit.total_yen) == ("fault", 500, 50, 550)
    assert credit.status == "owed"
    assert not needs_return_invoice(credit)
    assert TimelineEntry.objects.filter(customer=story.shop.customer, kind="charge.credited").exists()


def test_the_credit_goes_back_on_the_next_bill(story):
    decide(story, review(story), "company", story.cast.sv2)
    bill = build_invoice(
        contract_id=story.shop.contract.pk, month_on=dt.date(2026, 2, 1), at=jst(2026, 2, 1, 1, 0)
    )
    validate_invoice(invoice_id=bill.pk, at=jst(2026, 2, 1, 1, 5))
    send_invoice(invoice_id=bill.pk, at=jst(2026, 2, 1, 1, 10))
    assert invoice_total_yen(bill) == -550
    assert Credit.objects.get().status == "applied"


def test_or_it_is_paid_out_once(story):
    decide(story, review(story), "company", story.cast.sv2)
    credit = Credit.objects.get()
    refund_credit(
        credit_id=credit.pk, reference="振込 0127-1", actor=story.cast.sv2, at=jst(2026, 1, 27, 9, 30)
    )
    with pytest.raises(Refused):
        refund_credit(
            credit_id=credit.pk, reference="振込 0127-2", actor=story.cast.sv2, at=jst(2026, 1, 27, 9, 31)
        )


def test_imposing_it_would_have_taken_two_of_sv_or_above(story):
    opened = review(story)
    with pytest.raises(Refused, match=r"C[45]"):
        impose_charge(charge_id=story.charge.pk, actor=story.cast.sv2, at=DECIDED)
    assert decide(story, opened, "customer", story.cast.sv2).status == "seconding"
    assert fresh(story.charge).status == "disputed", "one person has taken nothing"
    with pytest.raises(NotAllowed, match="C5"):
        decide(story, opened, "customer", story.cast.sv2)
    assert decide(story, opened, "customer", story.cast.manager).status == "customer"


def test_even_two_cannot_impose_what_no_form_orders(story):
    opened = review(story)
    decide(story, opened, "customer", story.cast.sv2)
    decide(story, opened, "customer", story.cast.manager)
    with pytest.raises(Refused, match="C4"):
        impose_charge(charge_id=story.charge.pk, actor=story.cast.sv2, at=DECIDED)


def test_a_waiver_asked_for_meanwhile_ends_by_itself(story):
    waiver = request_waiver(
        ticket_id=story.ticket.pk, contract_id=story.shop.contract.pk, charge_id=story.charge.pk, amount_yen=550,
        reason="申込書にない", actor=story.cast.operator, at=CALLED,
    )  # fmt: skip
    decide(story, review(story), "company", story.cast.sv2)
    assert fresh(waiver).status == "withdrawn"
    assert fresh(waiver).promise.status == "void"
    assert Credit.objects.get().total_yen == 550, "given back once"
    with pytest.raises(Refused):
        approve_waiver(waiver_id=waiver.pk, actor=story.cast.sv2, at=DECIDED)
    assert Waiver.objects.filter(status="approved").count() == 0


def test_what_the_customer_was_told_stays_on_record(story):
    told = tell_charge(
        charge_id=story.charge.pk, ticket_id=story.ticket.pk, stance="due", words="お支払い済みで正しいです。",
        actor=story.cast.operator, at=CALLED,
    )  # fmt: skip
    decide(story, review(story), "company", story.cast.sv2)
    tell_charge(
        charge_id=story.charge.pk, ticket_id=story.ticket.pk, stance="not_due", words="550円をお返しします。",
        actor=story.cast.operator, at=DECIDED,
    )  # fmt: skip
    assert list(ChargeTold.objects.order_by("id").values_list("stance", "amount_yen")) == [
        ("due", 550),
        ("not_due", 550),
    ]
    assert told.words == "お支払い済みで正しいです。"
    assert set(Promise.objects.filter(status="open").values_list("kind", flat=True)) == {
        "partner_report",
        "sweep",
    }
