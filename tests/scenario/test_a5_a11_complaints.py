"""Dissatisfaction is a complaint whoever hears it; it ends decided, put right and told (A5, A11, A14, B7)."""

import datetime as dt

import pytest

from tests.factories import tickets as make
from tests.factories import words as said
from tests.factories.cast import cast
from tests.factories.deferred import commit_rules
from tickets.dates import jst
from tickets.errors import NotAllowed, Refused
from tickets.models import Complaint, OutboxMessage, Promise, Ticket, TicketLink, TimelineEntry
from tickets.services import complaints, endings, remedies, tickets

pytestmark = pytest.mark.django_db
AT = jst(2026, 1, 27, 10, 0)
DAY = dt.timedelta(days=1)


@pytest.fixture
def people():
    return cast()


@pytest.fixture
def case(people):
    customer = make.customer(email="yamada@example.jp")
    made = make.ticket(customer=customer, desk=people.desk, actor=people.operator, at=AT, kind="cancellation")
    return tickets.start(ticket_id=made.pk, at=AT, actor=people.operator)


@pytest.fixture
def complaint(people, case):
    return said.complaint(ticket=case, actor=people.operator, at=AT)


def decide(people, complaint, actor=None, decision="upheld", at=AT, **fields):
    given = {"reasons": "連絡が一日遅れたため", "basis": "約款 第20条", "decision": decision, **fields}
    return complaints.decide(complaint_id=complaint.pk, actor=actor or people.sv, at=at, **given)


def call(people, case, at=AT, **fields):
    return make.contact(
        customer=case.customer, desk=people.desk, ticket=case, at=at, direction="out", **fields
    )


def deliver(people, complaint, at=AT + DAY):
    told = call(people, complaint.ticket, at=at)
    return complaints.deliver(complaint_id=complaint.pk, contact_id=told.pk, actor=people.operator, at=at)


def put_right(people, case, kind="credit"):
    remedy = remedies.propose(
        ticket_id=case.pk, kind=kind, what="一日分の料金を充当", owner_id=people.operator.pk,
        due_on=dt.date(2026, 1, 30), actor=people.operator, at=AT,
    )  # fmt: skip
    remedies.mark(remedy_id=remedy.pk, fits=True, reason="", actor=people.operator, at=AT)
    remedies.agree(remedy_id=remedy.pk, actor=people.operator, at=AT)
    contact = call(people, case)
    return remedies.complete(remedy_id=remedy.pk, actor=people.operator, at=AT + DAY, contact_id=contact.pk)


@pytest.mark.requirement("A5")
def test_whoever_hears_it_whatever_the_call_was_about(people, case, complaint):
    assert (complaint.status, complaint.heard_by) == ("open", people.operator)
    assert (complaint.promise.kind, complaint.promise.tier) == ("complaint_decision", 3)
    assert complaint.deadline == jst(2026, 3, 11)
    with pytest.raises(Refused):
        endings.resolve(ticket_id=case.pk, resolution="済", at=AT, actor=people.operator)
    partner_case = make.ticket(customer=make.customer(), desk=people.partner_desk, at=AT)
    assert said.complaint(ticket=partner_case, actor=people.partner_operator, at=AT).status == "open"


@pytest.mark.requirement("A5")
def test_a_complaint_on_its_own_and_its_acknowledgement(people):
    said.letter_texts()
    customer = make.customer(email="ito@example.jp", phone=None)
    voiced = complaints.open_complaint(
        customer_id=customer.pk,
        desk_id=people.desk.pk,
        words="電話がつながらない",
        actor=people.operator,
        at=AT,
    )
    complaints.acknowledge(complaint_id=voiced.pk, actor=None, at=AT)
    complaints.acknowledge(complaint_id=voiced.pk, actor=None, at=AT + DAY)
    mail = OutboxMessage.objects.get()
    assert voiced.ticket.kind == "complaint"
    assert (mail.to, voiced.ticket.number in mail.subject) == ("ito@example.jp", True)
    assert "電話がつながらない" in mail.body


@pytest.mark.requirement("A5")
def test_earlier_grievances_stay_linked_ended_or_not(people, case, complaint):
    decide(people, complaint)
    deliver(people, complaint)
    later = make.ticket(customer=case.customer, desk=people.technical_desk, at=AT + 4 * DAY)
    said.complaint(ticket=later, actor=people.technical, at=AT + 4 * DAY)
    commit_rules()
    assert TicketLink.objects.get(ticket=later).earlier == case


@pytest.mark.requirement("A5")
def test_it_is_decided_by_an_sv_whom_it_is_not_about(people, case):
    asked = said.question(ticket=case, actor=people.operator, at=AT)
    said.answer(question=asked, actor=people.sv, at=AT)
    complaint = said.complaint(ticket=case, actor=people.operator, at=AT, about_ids=[people.sv2.pk])
    for person in (people.operator, people.leader, people.sv, people.sv2):
        with pytest.raises(NotAllowed) as no:
            decide(people, complaint, actor=person)
        assert no.value.rule == "A5"
    decided = decide(people, complaint, actor=people.manager)
    commit_rules()
    assert (decided.status, decided.promise.kind) == ("decided", "complaint_delivery")


@pytest.mark.requirement("A5")
@pytest.mark.parametrize(
    ("fields", "rule"),
    [({"reasons": ""}, "A5"), ({"basis": " "}, "A5"), ({"reasons": "これが最終回答です"}, "A9")],
)
def test_a_decision_has_reasons_and_basis_and_is_never_called_final(people, complaint, fields, rule):
    with pytest.raises(Refused) as no:
        decide(people, complaint, **fields)
    assert no.value.rule == rule


@pytest.mark.requirement("A5")
def test_it_is_told_in_a_contact_that_reached_the_customer(people, case, complaint):
    decide(people, complaint, at=AT + DAY)
    missed = call(people, case, at=AT + DAY, result="no_answer")
    with pytest.raises(Refused) as no:
        complaints.deliver(
            complaint_id=complaint.pk, contact_id=missed.pk, actor=people.operator, at=AT + DAY
        )
    assert no.value.rule == "A5"
    assert deliver(people, complaint, at=AT + 2 * DAY).status == "delivered"
    commit_rules()


@pytest.mark.requirement("A5")
def test_disagreeing_opens_it_again_for_somebody_above(people, case, complaint):
    decide(people, complaint, decision="not_upheld")
    deliver(people, complaint)
    again = complaints.disagree(
        complaint_id=complaint.pk, words="納得できない", actor=people.operator, at=AT + 2 * DAY
    )
    commit_rules()
    assert (again.status, again.promise.tier, again.deadline) == ("open", 4, complaint.deadline)
    with pytest.raises(NotAllowed):
        decide(people, again, actor=people.sv)
    assert decide(people, again, actor=people.manager).status == "decided"
    assert TimelineEntry.objects.get(kind="complaint.disagreed").data["decision"] == "not_upheld"


@pytest.mark.requirement("A5")
def test_dissatisfaction_about_a_decided_complaint_opens_it_again(people, case, complaint):
    decide(people, complaint, decision="not_upheld")
    deliver(people, complaint)
    endings.resolve(ticket_id=case.pk, resolution="回答済み", at=AT + DAY, actor=people.operator)
    again = said.complaint(ticket=case, actor=people.operator2, at=AT + 3 * DAY)
    commit_rules()
    assert (again.pk, again.status, Ticket.objects.get(pk=case.pk).status) == (
        complaint.pk, "open", "in_progress",
    )  # fmt: skip


@pytest.mark.requirement("A11")
def test_an_apology_alone_is_no_resolution(people, case, complaint):
    put_right(people, case, kind="apology_call")
    decide(people, complaint)
    deliver(people, complaint)
    with pytest.raises(Refused) as no:
        endings.resolve(ticket_id=case.pk, resolution="お詫びした", at=AT + DAY, actor=people.operator)
    assert no.value.rule == "A11"
    put_right(people, case)
    endings.resolve(ticket_id=case.pk, resolution="充当した", at=AT + DAY, actor=people.operator)
    commit_rules()


@pytest.mark.requirement("A11")
def test_a_remedy_that_does_not_fit_cannot_be_agreed(people, case):
    dial_up = remedies.propose(
        ticket_id=case.pk, kind="other", what="ダイヤルアップでつなぐ", owner_id=people.operator.pk,
        due_on=dt.date(2026, 1, 31), actor=people.operator, at=AT,
    )  # fmt: skip
    with pytest.raises(Refused):
        remedies.agree(remedy_id=dial_up.pk, actor=people.operator, at=AT)
    with pytest.raises(Refused):
        remedies.mark(remedy_id=dial_up.pk, fits=False, reason="", actor=people.operator, at=AT)
    remedies.mark(remedy_id=dial_up.pk, fits=False, reason="電話線がない", actor=people.operator, at=AT)
    with pytest.raises(Refused) as no:
        remedies.agree(remedy_id=dial_up.pk, actor=people.operator, at=AT)
    assert no.value.rule == "A11"


@pytest.mark.requirement("A11")
def test_an_agreed_remedy_is_owed_by_its_owner_until_done_or_declined(people, case):
    remedy = remedies.propose(
        ticket_id=case.pk, kind="loan_device", what="貸出機を送る", owner_id=people.operator2.pk,
        due_on=dt.date(2026, 1, 29), actor=people.operator, at=AT,
    )  # fmt: skip
    remedies.mark(remedy_id=remedy.pk, fits=True, reason="", actor=people.operator, at=AT)
    remedies.agree(remedy_id=remedy.pk, actor=people.operator, at=AT)
    owed = Promise.objects.open().get()
    assert (owed.owner, owed.due_at) == (people.operator2, jst(2026, 1, 30))
    with pytest.raises(Refused):
        remedies.decline(remedy_id=remedy.pk, reason="忙しい", actor=people.operator, at=AT)
    remedies.decline(
        remedy_id=remedy.pk,
        reason="不要とのこと",
        actor=people.operator,
        at=AT,
        contact_id=call(people, case).pk,
    )
    commit_rules()
    assert Promise.objects.get().status == "void"


@pytest.mark.requirement("A14")
def test_closing_a_complaint_owes_a_follow_up(people, case, complaint):
    decide(people, complaint, decision="not_upheld")
    deliver(people, complaint)
    endings.resolve(ticket_id=case.pk, resolution="回答済み", at=AT + DAY, actor=people.operator)
    confirmed = call(people, case, at=AT + 2 * DAY)
    endings.close(ticket_id=case.pk, contact_id=confirmed.pk, at=AT + 2 * DAY, actor=people.operator)
    commit_rules()
    assert [promise.kind for promise in Promise.objects.open()] == ["follow_up"]
    assert Complaint.objects.get().status == "delivered"
