"""Fault reviews beyond the stories: the carrier, nobody, a third party, and a verdict that comes to be changed."""

import pytest

from billing.models import Credit, ErrorReport, Sweep
from billing.services.charges import demand_payment, impose_charge
from billing.services.disputes import dispute_answer
from billing.services.faults import decide_fault, open_fault_review
from tests.factories import billing as make
from tests.factories.billing import DISPLAY, fresh
from tickets.dates import jst
from tickets.errors import NotAllowed, Refused
from tickets.models import Promise
from tickets.services.endings import merge

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("C5")]
AT = jst(2026, 1, 26, 10, 0)


@pytest.fixture
def made():
    shop = make.shop()
    shop.ticket = make.case(shop, at=AT)  # type: ignore[attr-defined]
    form = make.form(shop, ticked=(DISPLAY,), ordered_on=AT.date(), at=AT)
    row = make.old_registration(
        shop, DISPLAY, ordered_on=AT.date(), starts_on=AT.date(), registered_at=AT, evidence=form
    )
    shop.bill = make.old_charge(row, status="billed", supply_on=AT.date(), at=AT)  # type: ignore[attr-defined]
    return shop


def ask(made):
    return open_fault_review(
        ticket_id=made.ticket.pk, question="番号が出ない日の料金", error_on=AT.date(), charge_id=made.bill.pk,
        actor=made.cast.operator, at=AT,
    )  # fmt: skip


def decide(made, review, verdict, who):
    return decide_fault(
        review_id=review.pk, verdict=verdict, reasons="調べた", actor=getattr(made.cast, who), at=AT
    )


def test_asking_stops_the_demand(made):
    demand_payment(charge_id=made.bill.pk, at=AT)
    ask(made)
    assert (fresh(made.bill).status, fresh(made.bill).demand_open) == ("disputed", False)
    with pytest.raises(Refused, match="C5"):
        demand_payment(charge_id=made.bill.pk, at=AT)


def test_one_leader_gives_back_for_the_carriers_error(made):
    decide(made, ask(made), "carrier", "leader")
    assert (fresh(made.bill).status, fresh(made.bill).fault) == ("credited", "carrier")
    assert Credit.objects.get().total_yen == 550


def test_undetermined_moves_nothing_and_stays_owed(made):
    review = decide(made, ask(made), "undetermined", "sv")
    assert fresh(made.bill).status == "disputed"
    assert fresh(review).promise.status == "open"
    assert decide(made, review, "company", "sv2").status == "company"
    assert fresh(review).promise.status == "kept"


@pytest.mark.parametrize("verdict", ["customer", "third"])
def test_two_of_sv_or_above_take_and_the_bill_is_put_back(made, verdict):
    review = ask(made)
    with pytest.raises(NotAllowed, match="C5"):
        decide(made, review, verdict, "leader")
    assert decide(made, review, verdict, "sv").status == "seconding"
    assert decide(made, review, verdict, "manager").status == verdict
    assert fresh(made.bill).fault == verdict
    impose_charge(charge_id=made.bill.pk, actor=made.cast.sv, at=AT)
    assert fresh(made.bill).status == "billed"
    assert not ErrorReport.objects.exists()


def test_the_second_may_find_for_the_customer_alone(made):
    review = ask(made)
    decide(made, review, "customer", "sv")
    with pytest.raises(Refused, match="C5"):
        decide(made, review, "third", "sv2")
    assert decide(made, review, "company", "sv2").status == "company"
    assert fresh(made.bill).status == "credited"


def test_what_two_took_is_given_back_by_one_and_never_the_other_way(made):
    review = ask(made)
    decide(made, review, "customer", "sv")
    decide(made, review, "customer", "sv2")
    decide(made, review, "company", "manager")
    assert fresh(made.bill).status == "credited"
    assert Sweep.objects.filter(review=review).exists()
    with pytest.raises(Refused):
        decide(made, review, "customer", "sv")


@pytest.mark.requirement("A8")
def test_the_author_of_the_disputed_answer_decides_neither_way(made):
    review = ask(made)
    dispute_answer(
        ticket_id=made.ticket.pk, author_id=made.cast.sv.pk, source="answer", words="請求は正しい", actor=made.cast.operator,
        at=AT,
    )  # fmt: skip
    for verdict in ("company", "customer"):
        with pytest.raises(NotAllowed, match="C5"):
            decide(made, review, verdict, "sv")


def test_one_question_at_a_time(made):
    ask(made)
    with pytest.raises(Refused, match="C5"):
        ask(made)


def test_the_verdict_needs_reasons_in_words(made):
    review = ask(made)
    with pytest.raises(Refused, match="C5"):
        decide_fault(review_id=review.pk, verdict="company", reasons=" ", actor=made.cast.sv, at=AT)


@pytest.mark.requirement("C9")
def test_giving_back_owes_report_and_sweep_once(made):
    decide(made, ask(made), "company", "sv")
    kinds = list(Promise.objects.filter(status="open").order_by("kind").values_list("kind", flat=True))
    assert kinds == ["partner_report", "sweep"]


def test_a_case_with_an_open_fault_review_is_not_merged_away(made):
    ask(made)
    into = make.case(made, at=AT)
    with pytest.raises(Refused, match="A13"):
        merge(ticket_id=made.ticket.pk, into_id=into.pk, at=AT, actor=made.cast.leader)
    merge(ticket_id=into.pk, into_id=made.ticket.pk, at=AT, actor=made.cast.leader)
