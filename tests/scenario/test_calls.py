"""Calls as the diary would have needed them: legs, holds, warm hand-overs, callbacks that do not vanish (A1-A4, A10)."""

import datetime as dt

import pytest

from tests.factories import tickets as make
from tests.factories.cast import cast
from tickets.dates import jst
from tickets.errors import NotAllowed, Refused
from tickets.models import Alert, Contact, Promise, ScheduledAction, Ticket, TimelineEntry
from tickets.services import alerts, callbacks, contacts, due, holds, promises, transfers

pytestmark = pytest.mark.django_db

LAST_DAY = jst(2026, 1, 31, 9, 5)  # a Saturday; the desks open at nine, head office does not
SECONDS = dt.timedelta(seconds=1)


@pytest.fixture
def people():
    return cast()


@pytest.fixture
def customer():
    return make.customer()


@pytest.fixture
def case(people, customer):
    return make.ticket(
        customer=customer, desk=people.technical_desk, actor=people.technical, at=LAST_DAY, kind="fault"
    )


@pytest.fixture
def call(people, customer, case):
    return contacts.start_call(
        customer_id=customer.pk,
        direction="in",
        at=LAST_DAY,
        actor=people.technical,
        number="090-1234-5678",
        call_ref="tel-1",
        ticket_id=case.pk,
    )


@pytest.mark.requirement("A2")
def test_a_call_keeps_its_number_operator_legs_and_result(people, call):
    ended = contacts.end_call(
        contact_id=call.pk,
        result="answered",
        at=LAST_DAY + 120 * SECONDS,
        actor=people.technical,
        summary="つながらない",
        recording_ref="rec-1",
    )
    leg = ended.legs.get()
    assert (ended.number, ended.operator, ended.recording_ref) == ("+819012345678", people.technical, "rec-1")
    assert (leg.seq, leg.desk, leg.ended_at) == (1, people.technical_desk, LAST_DAY + 120 * SECONDS)
    kinds = list(TimelineEntry.objects.filter(contact=call).order_by("id").values_list("kind", flat=True))
    assert kinds == ["contact.in", "contact.ended"]


@pytest.mark.requirement("A4")
@pytest.mark.parametrize(
    ("held", "prompt", "offer"),
    [(119, False, False), (120, True, False), (299, True, False), (300, True, True)],
)
def test_a_hold_prompts_at_two_minutes_and_offers_a_callback_at_five(people, call, held, prompt, offer):
    holds.hold_call(contact_id=call.pk, at=LAST_DAY, actor=people.technical)
    state = holds.resume_call(contact_id=call.pk, at=LAST_DAY + held * SECONDS, actor=people.technical)
    leg = call.legs.get()
    assert (state.prompt, state.offer_callback, leg.hold_seconds) == (prompt, offer, held)
    assert (leg.prompted_at is not None, leg.callback_offered_at is not None) == (prompt, offer)


@pytest.mark.requirement("A4")
def test_a_long_hold_is_noticed_when_no_screen_looks_and_the_offer_becomes_a_callback(people, call):
    holds.hold_call(contact_id=call.pk, at=LAST_DAY, actor=people.technical)
    due.run_batch(at=LAST_DAY + 301 * SECONDS)
    leg = call.legs.get()
    assert leg.prompted_at
    assert leg.callback_offered_at
    promise = callbacks.offer_from_hold(
        contact_id=call.pk, accepted=True, at=LAST_DAY + 305 * SECONDS, actor=people.technical
    )
    assert promise is not None
    assert (promise.kind, promise.number, promise.owner) == ("callback", "+819012345678", people.technical)
    contacts.end_call(
        contact_id=call.pk, result="callback", at=LAST_DAY + 310 * SECONDS, actor=people.technical
    )
    assert call.legs.get().hold_seconds == 310


@pytest.mark.requirement("A4")
def test_a_look_after_the_hold_is_called_off(people, call):
    holds.hold_call(contact_id=call.pk, at=LAST_DAY, actor=people.technical)
    holds.resume_call(contact_id=call.pk, at=LAST_DAY + 10 * SECONDS, actor=people.technical)
    looks = ScheduledAction.objects.filter(kind="tickets.hold_look")
    assert set(looks.values_list("status", flat=True)) == {"superseded"}


@pytest.mark.requirement("A3")
def test_please_call_again_is_refused(people, call):
    with pytest.raises(Refused, match="A3"):
        contacts.end_call(contact_id=call.pk, result="call_again", at=LAST_DAY, actor=people.technical)


@pytest.mark.requirement("A3", "A2")
def test_a_warm_transfer_travels_with_context_and_the_sender_stays_responsible(people, case, call):
    transfer = transfers.offer_transfer(
        ticket_id=case.pk,
        to_desk_id=people.desk.pk,
        context="解約待ち。最終日なのにつながらない",
        at=LAST_DAY,
        actor=people.technical,
        contact_id=call.pk,
    )
    assert transfer.status == "offered"
    assert (transfer.promise.owner, transfer.promise.status) == (people.technical, "open")
    with pytest.raises(Refused, match="A3"):
        contacts.end_call(contact_id=call.pk, result="transferred", at=LAST_DAY, actor=people.technical)
    with pytest.raises(NotAllowed, match="A3"):
        transfers.accept_transfer(transfer_id=transfer.pk, at=LAST_DAY, actor=people.technical)

    transfers.accept_transfer(transfer_id=transfer.pk, at=LAST_DAY + 60 * SECONDS, actor=people.operator)
    fresh = Ticket.objects.get(pk=case.pk)
    assert (fresh.desk, fresh.assignee) == (people.desk, people.operator)
    assert [leg.staff for leg in call.legs.order_by("seq")] == [people.technical, people.operator]
    assert Promise.objects.get(pk=transfer.promise_id).status == "kept"
    contacts.end_call(
        contact_id=call.pk, result="answered", at=LAST_DAY + 90 * SECONDS, actor=people.operator
    )


@pytest.mark.requirement("A3", "A10", "A12")
def test_a_transfer_to_a_closed_desk_becomes_a_callback_at_its_opening(people, case, call):
    transfer = transfers.offer_transfer(
        ticket_id=case.pk,
        to_desk_id=people.head_office.pk,
        context="例外の再開通について",
        at=LAST_DAY,
        actor=people.technical,
        contact_id=call.pk,
    )
    promise = Promise.objects.get(kind="callback")
    assert transfer.status == "became_callback"
    assert promise.desk == people.head_office
    assert (promise.window_from, promise.due_at) == (jst(2026, 2, 2, 9, 0), jst(2026, 2, 2, 11, 0))
    contacts.end_call(
        contact_id=call.pk, result="callback", at=LAST_DAY + 60 * SECONDS, actor=people.technical
    )


@pytest.mark.requirement("A3")
def test_a_transfer_is_taken_back_only_by_the_sending_desk(people, case):
    transfer = transfers.offer_transfer(
        ticket_id=case.pk, to_desk_id=people.desk.pk, context="事情", at=LAST_DAY, actor=people.technical
    )
    with pytest.raises(NotAllowed, match="A3"):
        transfers.take_back(transfer_id=transfer.pk, at=LAST_DAY, actor=people.operator)
    with pytest.raises(Refused, match="A3"):
        transfers.offer_transfer(
            ticket_id=case.pk,
            to_desk_id=people.partner_desk.pk,
            context="x",
            at=LAST_DAY,
            actor=people.technical,
        )
    taken = transfers.take_back(transfer_id=transfer.pk, at=LAST_DAY, actor=people.technical)
    assert (taken.status, Promise.objects.get(pk=taken.promise_id).status) == ("taken_back", "void")


@pytest.mark.requirement("A3", "A1")
def test_a_partner_desk_reads_the_case_from_the_offer_on(people, case):
    assert not Ticket.objects.visible_to(people.partner_operator).exists()
    transfer = transfers.offer_transfer(
        ticket_id=case.pk,
        to_desk_id=people.partner_desk.pk,
        context="請求の件",
        at=LAST_DAY,
        actor=people.technical,
    )
    assert Ticket.objects.visible_to(people.partner_operator).get() == case
    transfers.accept_transfer(transfer_id=transfer.pk, at=LAST_DAY, actor=people.partner_operator)


@pytest.mark.requirement("A10", "A1")
def test_a_missed_call_is_a_callback_that_anyone_keeps_when_the_customer_calls_first(people, customer, case):
    monday = jst(2026, 1, 26, 15, 0)
    promise = callbacks.missed_call(
        ticket_id=case.pk,
        purpose="回線事業者に連絡済みのご報告",
        result="voicemail",
        at=monday,
        actor=people.operator,
        summary="折り返しをお願いする旨を録音",
    )
    attempt = promise.attempts.get()
    assert (attempt.on, attempt.contact.result) == (dt.date(2026, 1, 26), "voicemail_left")
    risen = promises.raise_promise(promise_id=promise.pk, at=promise.due_at, reason="overdue")
    assert risen.tier > 1

    tuesday = jst(2026, 1, 27, 10, 0)
    incoming = contacts.start_call(
        customer_id=customer.pk, direction="in", at=tuesday, actor=people.operator2
    )
    kept = callbacks.fulfil_callback(
        promise_id=promise.pk, contact_id=incoming.pk, at=tuesday, actor=people.operator2
    )
    assert (kept.status, kept.ended_by, kept.kept_contact) == ("kept", people.operator2, incoming)


@pytest.mark.requirement("A10")
def test_a_callback_does_not_vanish(people, customer, case):
    promise = make.promise(ticket=case, kind="callback", at=LAST_DAY)
    for reason, actor in (("忙しい", people.operator), ("system", None)):
        with pytest.raises(Refused, match="A10"):
            promises.void_promise(promise_id=promise.pk, at=LAST_DAY, reason=reason, actor=actor)
    unanswered = make.contact(customer=customer, desk=people.desk, direction="out", result="no_answer")
    with pytest.raises(Refused, match="A10"):
        callbacks.fulfil_callback(
            promise_id=promise.pk, contact_id=unanswered.pk, at=LAST_DAY, actor=people.operator
        )
    other = make.contact(customer=make.customer(name="別人", phone=None), desk=people.desk)
    with pytest.raises(Refused, match="A10"):
        callbacks.fulfil_callback(
            promise_id=promise.pk, contact_id=other.pk, at=LAST_DAY, actor=people.operator
        )
    spoken = make.contact(customer=customer, desk=people.desk)
    ended = promises.withdraw_promise(
        promise_id=promise.pk, contact_id=spoken.pk, words="もう結構です", at=LAST_DAY, actor=people.operator
    )
    assert (ended.status, ended.void_reason) == ("void", "もう結構です")


@pytest.mark.requirement("A10")
def test_another_time_is_agreed_with_the_customer(people, customer, case):
    promise = make.promise(ticket=case, kind="callback", at=LAST_DAY)
    spoken = make.contact(customer=customer, desk=people.desk)
    later = LAST_DAY + dt.timedelta(hours=5)
    moved = promises.move_promise(
        promise_id=promise.pk,
        contact_id=spoken.pk,
        new_due_at=later,
        at=LAST_DAY,
        reason="夕方がよい",
        actor=people.operator,
        window=(later - dt.timedelta(hours=1), later),
    )
    assert (moved.due_at, moved.tier, moved.rises.get().agreed_contact) == (later, 1, spoken)


@pytest.mark.requirement("A12", "A1")
def test_a_voicemail_at_night_owes_a_callback_at_opening(people, case):
    night = jst(2026, 1, 27, 2, 0)
    promise = callbacks.receive_voicemail(
        ticket_id=case.pk, at=night, recording_ref="vm-1", number="09012345678", summary="昨日の電話は何か"
    )
    assert (promise.window_from, promise.due_at) == (jst(2026, 1, 27, 9, 0), jst(2026, 1, 27, 11, 0))
    assert TimelineEntry.objects.filter(kind="contact.voicemail").count() == 1


@pytest.mark.requirement("A15")
def test_a_call_over_half_an_hour_alerts_the_sv_who_joins(people, call):
    due.run_batch(at=LAST_DAY + dt.timedelta(minutes=31))
    alert = Alert.objects.get()
    assert (alert.kind, alert.contact) == ("long_call", call)
    with pytest.raises(NotAllowed, match="A15"):
        contacts.join_call(contact_id=call.pk, at=LAST_DAY, actor=people.leader)
    contacts.join_call(contact_id=call.pk, at=LAST_DAY + dt.timedelta(minutes=32), actor=people.sv)
    assert [leg.staff for leg in call.legs.order_by("seq")] == [people.technical, people.sv]
    seen = alerts.see_alert(alert_id=alert.pk, at=LAST_DAY, actor=people.sv)
    assert seen.seen_by == people.sv
    contacts.end_call(
        contact_id=call.pk, result="answered", at=LAST_DAY + dt.timedelta(hours=1), actor=people.sv
    )
    assert Alert.objects.filter(kind="long_call").count() == 1


@pytest.mark.requirement("A15")
def test_a_long_call_alerts_when_it_ends_even_if_no_job_looked(people, call):
    contacts.end_call(
        contact_id=call.pk, result="answered", at=LAST_DAY + dt.timedelta(minutes=31), actor=people.technical
    )
    assert Alert.objects.get().kind == "long_call"


@pytest.mark.requirement("A15")
def test_the_third_call_on_one_matter_alerts_once(people, customer, case):
    for n in range(4):
        contacts.start_call(
            customer_id=customer.pk,
            direction="in",
            at=LAST_DAY + n * SECONDS,
            actor=people.operator,
            ticket_id=case.pk,
        )
    assert Alert.objects.get().kind == "third_call"


@pytest.mark.requirement("A1")
def test_a_contact_of_another_customer_is_not_put_on_the_case(people, case):
    stranger = make.customer(name="別人", phone=None)
    call = contacts.start_call(customer_id=stranger.pk, direction="in", at=LAST_DAY, actor=people.operator)
    with pytest.raises(Refused, match="A1"):
        contacts.attach_ticket(contact_id=call.pk, ticket_id=case.pk, at=LAST_DAY, actor=people.operator)
    assert Contact.objects.get(pk=call.pk).ticket is None


@pytest.mark.requirement("A16", "A1")
def test_a_partner_desk_opens_a_case_for_a_caller_and_it_is_theirs(people, customer):
    with pytest.raises(NotAllowed, match="A1"):
        contacts.start_call(
            customer_id=customer.pk,
            direction="in",
            at=LAST_DAY,
            actor=people.partner_operator,
            number="0312345678",
        )
    contacts.start_call(
        customer_id=customer.pk,
        direction="in",
        at=LAST_DAY,
        actor=people.partner_operator,
        number="090-1234-5678",
    )
    made = make.ticket(
        customer=customer, desk=people.partner_desk, actor=people.partner_operator, at=LAST_DAY
    )
    assert Ticket.objects.visible_to(people.partner_operator).get() == made
