"""Nothing is resolved or closed while anything is owed; a recurrence reopens and links (A13, A14, B4)."""

import datetime as dt
import threading

import pytest
from django.db import connection, connections
from django.utils import translation

from tests.factories import tickets as make
from tests.factories.cast import cast
from tickets.dates import jst
from tickets.errors import NotAllowed, Refused
from tickets.models import OutboxMessage, Promise, Question, ScheduledAction, Ticket, TicketLink
from tickets.services import contacts, due, endings, promises, tickets, transfers

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("A13")]

AT = jst(2026, 1, 26, 10, 0)
MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
def people():
    return cast()


@pytest.fixture
def customer():
    return make.customer(email="yamada@customer.example")


@pytest.fixture
def case(people, customer):
    made = make.ticket(customer=customer, desk=people.desk, actor=people.operator, at=AT)
    return tickets.start(ticket_id=made.pk, at=AT, actor=people.operator)


def resolve(case, people, at=AT):
    return endings.resolve(ticket_id=case.pk, resolution="対応済み", at=at, actor=people.operator)


def test_resolving_says_what_is_owed_in_the_persons_language(people, case):
    make.promise(ticket=case, kind="callback", at=AT)
    with translation.override("en"), pytest.raises(Refused, match="A13: Still owed: Callback"):
        resolve(case, people)


def test_an_unanswered_question_holds_the_end_up(people, case):
    Question.objects.create(
        ticket=case,
        customer=case.customer,
        topic="stop",
        text="使えるか",
        asked_at=AT,
        recorded_by=people.operator,
    )
    with pytest.raises(Refused, match="A6"):
        resolve(case, people)


def test_follow_ups_hold_nothing_up(people, case):
    make.promise(ticket=case, kind="follow_up", at=AT)
    assert resolve(case, people).status == "resolved"


def test_closing_needs_the_customers_word(people, customer, case):
    resolve(case, people)
    with pytest.raises(Refused, match="A13"):
        endings.close(ticket_id=case.pk, at=AT, actor=people.operator)
    silence = make.contact(customer=customer, desk=people.desk, at=AT, direction="out", result="no_answer")
    with pytest.raises(Refused, match="A13"):
        endings.close(ticket_id=case.pk, at=AT, actor=people.operator, contact_id=silence.pk)
    word = make.contact(customer=customer, desk=people.desk, at=AT)
    closed = endings.close(ticket_id=case.pk, at=AT, actor=people.operator, contact_id=word.pk)
    assert (closed.status, closed.closing_basis) == ("closed", "confirmed")


def test_or_a_notice_proven_to_have_been_sent_and_ten_business_days(people, case):
    sent = jst(2026, 1, 5, 15, 0)
    case = make.ticket(customer=case.customer, desk=people.desk, actor=people.operator, at=sent)
    tickets.start(ticket_id=case.pk, at=sent, actor=people.operator)
    resolve(case, people, at=sent)
    endings.send_closing_notice(ticket_id=case.pk, subject="ご確認", body="…", at=sent, actor=people.operator)
    with pytest.raises(Refused, match="A13"):  # written, but nobody knows that it left
        endings.close(ticket_id=case.pk, at=jst(2026, 3, 1), actor=people.operator)
    message = OutboxMessage.objects.get(ticket=case)
    message.begin(at=sent)
    message.save()
    message.mark_sent(at=sent)
    message.save()
    # 12 January is a holiday: the tenth business day after the 5th is the 20th.
    with pytest.raises(Refused, match="A13"):
        endings.close(ticket_id=case.pk, at=jst(2026, 1, 20, 23, 59), actor=people.operator)
    closed = endings.close(ticket_id=case.pk, at=jst(2026, 1, 21), actor=people.operator)
    assert (closed.closing_basis, closed.closing_notice_until) == ("notice", jst(2026, 1, 21))


def test_a_letter_counts_as_a_notice_with_its_tracking_number(people, customer, case):
    resolve(case, people)
    letter = contacts.log_contact(
        customer_id=customer.pk, channel="letter", direction="out", result="sent", at=AT, actor=people.operator,
        ticket_id=case.pk, recording_ref="1234-5678-9012",
    )  # fmt: skip
    closed = endings.close(
        ticket_id=case.pk, at=jst(2026, 2, 10), actor=people.operator, contact_id=letter.pk
    )
    assert closed.closing_basis == "notice"


def test_a_customer_without_an_address_gets_a_letter(people):
    case = make.ticket(customer=make.customer(), desk=people.desk, at=AT)
    tickets.start(ticket_id=case.pk, at=AT, actor=people.operator)
    with pytest.raises(Refused, match="A13"):
        endings.send_closing_notice(ticket_id=case.pk, subject="x", body="x", at=AT, actor=people.operator)
    resolve(case, people)
    with pytest.raises(Refused, match="A13"):
        endings.send_closing_notice(ticket_id=case.pk, subject="x", body="x", at=AT, actor=people.operator)


def test_a_recurrence_reopens_the_case_and_links_what_was_opened_meanwhile(people, customer, case):
    resolve(case, people)
    word = make.contact(customer=customer, desk=people.desk, at=AT)
    endings.close(ticket_id=case.pk, at=AT, actor=people.operator, contact_id=word.pk)
    fresh = make.ticket(customer=customer, desk=people.technical_desk, at=AT + MINUTE, kind="fault")
    back = endings.recur(
        ticket_id=case.pk,
        what="またつながらない",
        at=AT + 2 * MINUTE,
        actor=people.technical,
        recurrence_id=fresh.pk,
    )
    assert (back.pk, back.status, back.closed_at, back.closing_contact) == (
        case.pk,
        "in_progress",
        None,
        None,
    )
    assert Ticket.objects.get(pk=fresh.pk).recurs_of == case
    assert TicketLink.objects.get().earlier == case
    again = endings.recur(ticket_id=case.pk, what="三度目", at=AT, actor=people.technical)
    assert again.pk == case.pk


def test_a_withdrawn_case_recurs_as_a_new_one(people, customer, case):
    word = make.contact(customer=customer, desk=people.desk, at=AT)
    stranger = make.contact(customer=make.customer(name="別人", phone=None), desk=people.desk, at=AT)
    with pytest.raises(Refused, match="A13"):
        endings.cancel(ticket_id=case.pk, contact_id=stranger.pk, words="x", at=AT, actor=people.operator)
    case = Ticket.objects.get(pk=case.pk)
    endings.cancel(ticket_id=case.pk, contact_id=word.pk, words="もう結構", at=AT, actor=people.operator)
    fresh = endings.recur(ticket_id=case.pk, what="やはり困る", at=AT, actor=people.operator)
    assert (fresh.pk != case.pk, fresh.recurs_of, fresh.is_open) == (True, case, True)


def test_a_merge_carries_what_is_owed(people, customer, case):
    into = make.ticket(customer=customer, desk=people.technical_desk, at=AT)
    owed = make.promise(ticket=case, kind="callback", at=AT)
    endings.merge(ticket_id=case.pk, into_id=into.pk, at=AT, actor=people.operator)
    assert Promise.objects.get(pk=owed.pk).ticket == into
    merged = Ticket.objects.get(pk=case.pk)
    assert (merged.status, merged.merged_into) == ("cancelled", into)


def test_what_belongs_to_its_case_does_not_move(people, customer, case):
    into = make.ticket(customer=customer, desk=people.desk, at=AT)
    make.promise(ticket=case, kind="written_answer", at=AT)
    with pytest.raises(Refused, match="A13"):
        endings.merge(ticket_id=case.pk, into_id=into.pk, at=AT, actor=people.operator)
    other = make.ticket(customer=make.customer(name="別人", phone=None), desk=people.desk, at=AT)
    with pytest.raises(Refused, match="A13"):
        endings.merge(ticket_id=into.pk, into_id=other.pk, at=AT, actor=people.operator)


@pytest.mark.requirement("B4")
def test_who_says_they_are_responsible_must_have_acted(people, case):
    tickets.assign(ticket_id=case.pk, assignee_id=people.leader.pk, at=AT, actor=people.sv)
    named = tickets.take_responsibility(ticket_id=case.pk, at=AT, actor=people.leader)
    assert (named.responsible, named.responsible_acted_at) == (people.leader, None)
    assert tickets.release_idle_responsible(ticket_id=case.pk, at=AT + MINUTE) is False
    due.run_batch(at=AT + dt.timedelta(hours=2))
    released = Ticket.objects.get(pk=case.pk)
    assert (released.responsible, released.assignee) == (None, None)
    assert ScheduledAction.objects.get(kind="tickets.idle_responsible").status == "done"


@pytest.mark.requirement("B4")
def test_deeds_keep_the_name_and_owning_blocks_no_rising(people, case):
    tickets.take_responsibility(ticket_id=case.pk, at=AT, actor=people.leader)
    tickets.note(ticket_id=case.pk, text="折り返し済み", at=AT + MINUTE, actor=people.leader)
    assert tickets.release_idle_responsible(ticket_id=case.pk, at=AT + dt.timedelta(days=1)) is False
    owed = make.promise(ticket=case, at=AT, owner_id=people.leader.pk)
    risen = promises.raise_promise(promise_id=owed.pk, at=AT, reason="お客様のご要望", actor=people.operator)
    assert risen.tier > owed.tier
    assert risen.owner != people.leader


@pytest.mark.requirement("A14")
def test_an_apology_does_not_follow_up_by_itself(people, case):
    resolve(case, people)
    with pytest.raises(Refused, match="A13"):
        make.promise(ticket=case, at=AT)
    assert make.promise(ticket=case, kind="follow_up", at=AT).status == "open"


@pytest.mark.requirement("A16")
@pytest.mark.parametrize("kind", Ticket.Kind.values)
@pytest.mark.parametrize("desk", ["desk", "technical_desk", "partner_desk", "head_office"])
def test_any_desk_opens_any_kind_of_case(people, customer, kind, desk):
    make.ticket(customer=customer, desk=people.partner_desk, at=AT)  # shared with the partner
    opener = {"partner_desk": people.partner_operator, "technical_desk": people.technical}.get(
        desk, people.operator
    )
    made = make.ticket(customer=customer, desk=getattr(people, desk), kind=kind, actor=opener, at=AT)
    assert (made.kind, made.status) == (kind, "acknowledged")


def test_partners_touch_only_what_is_shared(people, case):
    for verb in (tickets.start, tickets.take_responsibility):
        with pytest.raises(NotAllowed, match="A1"):
            verb(ticket_id=case.pk, at=AT, actor=people.partner_operator)
    with pytest.raises(NotAllowed, match="A1"):
        make.ticket(customer=case.customer, desk=people.partner_desk, actor=people.partner_operator, at=AT)


def test_an_operator_takes_a_case_and_a_leader_gives_it(people, case):
    with pytest.raises(NotAllowed, match="F1"):
        tickets.assign(ticket_id=case.pk, assignee_id=people.operator2.pk, at=AT, actor=people.operator)
    given = tickets.assign(ticket_id=case.pk, assignee_id=people.operator2.pk, at=AT, actor=people.leader)
    assert given.assignee == people.operator2
    with pytest.raises(NotAllowed, match="F1"):
        tickets.set_priority(ticket_id=case.pk, priority=4, at=AT, actor=people.operator)
    assert tickets.set_priority(ticket_id=case.pk, priority=1, at=AT, actor=people.operator).priority == 1


def test_waiting_says_for_what(people, case):
    waiting = tickets.wait(ticket_id=case.pk, what="立会日のご連絡", at=AT, actor=people.operator)
    assert (waiting.status, waiting.waiting_for) == ("pending", "立会日のご連絡")
    held = tickets.hold(ticket_id=case.pk, what="回線事業者の回答", at=AT, actor=people.operator)
    assert held.status == "held"
    assert tickets.start(ticket_id=case.pk, at=AT, actor=people.operator).waiting_for == ""


@pytest.mark.django_db(transaction=True)
def test_resolving_and_promising_at_once_never_both_succeed():
    """Eight at a time: either the case is resolved and nothing is owed, or something is owed and it is open."""
    people = cast(years=(2026,))
    customer = make.customer()
    for _round in range(6):
        case = make.ticket(customer=customer, desk=people.desk, actor=people.operator, at=AT)
        tickets.start(ticket_id=case.pk, at=AT, actor=people.operator)
        outcomes = _race(case, people)
        owed = Promise.objects.open().filter(ticket=case).count()
        ended = Ticket.objects.get(pk=case.pk).status == "resolved"
        assert (ended, owed > 0) in {(True, False), (False, True)}, outcomes
        assert outcomes.count("promised") == owed
        assert outcomes.count("resolved") == int(ended)


@pytest.mark.django_db(transaction=True)
def test_a_hand_over_is_accepted_once_by_eight():
    people = cast(years=(2026,))
    case = make.ticket(customer=make.customer(), desk=people.desk, actor=people.operator, at=AT)
    offer = transfers.offer_transfer(
        ticket_id=case.pk, to_desk_id=people.technical_desk.pk, context="事情", at=AT, actor=people.operator
    )

    def accept(_n):
        transfers.accept_transfer(transfer_id=offer.pk, at=AT, actor=people.technical)
        return "accepted"

    outcomes = _at_once(accept)
    assert outcomes.count("accepted") == 1


def _race(case, people):
    def act(n):
        if n % 2:
            resolve(case, people)
            return "resolved"
        make.promise(ticket=case, at=AT)
        return "promised"

    return _at_once(act)


def _at_once(act, n=8):
    outcomes, start = [], threading.Barrier(n)

    def run(number):
        start.wait()
        try:
            outcomes.append(act(number))
        except Refused as no:
            outcomes.append(no.rule)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(n)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert connection.is_usable()
    return outcomes
