"""Story 2: the line is dead at 09:05 on its last day, a Saturday. Nobody says "call again", and it is made good.

The carrier cut it in the night; in the register it waits for midnight. Whoever the customer reaches can act.
"""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from billing import defaults
from billing.models import CarrierInstruction, Credit, LineEvent, StopIncident, Sweep, SweepItem
from billing.queries.cancellation import line_states
from billing.services import cancellation, carrier, incidents, porting, reconnect
from billing.services.faults import decide_fault
from billing.services.reports import check_sweep_item, finish_sweep, send_error_report
from escalation.services.exceptions import approve_exception
from tests.factories import cancellation as make
from tests.factories import escalation as upward
from tests.factories import tickets as ground
from tests.factories.cast import cast
from tickets.dates import jst
from tickets.errors import NotAllowed, Refused
from tickets.models import Promise, Ticket, Tier, TimelineEntry
from tickets.services.callbacks import offer_from_hold
from tickets.services.contacts import attach_ticket, end_call, start_call
from tickets.services.endings import resolve
from tickets.services.holds import check_hold, hold_call, resume_call
from tickets.services.promises import keep_promise
from tickets.services.symptoms import record_symptom
from tickets.services.tickets import start
from tickets.services.transfers import accept_transfer, offer_transfer

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.requirement("A3", "A4", "A15", "B6", "C9", "D2", "D7"),
]

ACCEPTED = jst(2026, 1, 24, 14, 0)
PORTED = jst(2026, 1, 30, 14, 0)
OPENING = jst(2026, 1, 31, 9, 0)
FOUND = jst(2026, 1, 31, 9, 5)
ON_HOLD = jst(2026, 1, 31, 9, 8)
APPROVED = jst(2026, 1, 31, 9, 20)
BACK = jst(2026, 1, 31, 9, 50)
THE_END = jst(2026, 2, 1, 0, 0)
# One day of 5,200 yen a month of 31 days, rounded up, with its tax rounded up: 168 + 17.
ONE_DAY_YEN = 185


@pytest.fixture
def story():
    """The telephone has gone over to another provider on Friday; the internet is to work until Saturday midnight."""
    defaults.lay_figures()
    upward.masters()
    people = cast()
    upward.period(people, begins=jst(2026, 1, 31), ends=jst(2026, 2, 3))
    home = make.household(at=ACCEPTED, operator=people.operator, company=people.carrier)
    order = make.leaving(home, at=ACCEPTED)
    attempt = make.port(home, order, scheduled_at=PORTED, at=ACCEPTED)
    cancellation.consent_to_stop(
        order_id=order.pk,
        line_id=home.phone.pk,
        stop_at=PORTED,
        contact_id=home.call.pk,
        words="移ったら止めて",
        recording_ref="rec-1",
        at=ACCEPTED,
        actor=people.operator,
    )
    porting.complete_porting(porting_id=attempt.pk, completed_at=PORTED, evidence="完了", at=PORTED)
    make.run_due(PORTED)
    make.reread(home)
    return SimpleNamespace(cast=people, home=home, order=order)


def found_dead(s) -> StopIncident:
    """09:05: the technical desk answers, sees the line, and opens the incident in the same call."""
    s.call = start_call(
        customer_id=s.home.customer.pk,
        direction="in",
        at=FOUND,
        actor=s.cast.technical,
        number="090-0000-0001",
    )
    return incidents.report_early_stop(
        line_id=s.home.internet.pk,
        at=FOUND,
        actor=s.cast.technical,
        contact_id=s.call.pk,
        words="ランプの数が少なく、つながりません",
    )


def owed_on(incident: StopIncident) -> set[str]:
    return set(Promise.objects.filter(ticket=incident.ticket, status="open").values_list("kind", flat=True))


def approve(s, incident: StopIncident, actor=None) -> None:
    request = incident.exception_request
    assert request is not None
    option = request.options.get()
    approve_exception(
        request_id=request.pk,
        option_id=option.pk,
        reasons="契約最終日まで使えるのが契約",
        actor=actor or s.cast.sv,
        at=APPROVED,
    )


def given_back(s, incident: StopIncident) -> StopIncident:
    approve(s, incident)
    item = reconnect.order_reconnect(incident_id=incident.pk, at=APPROVED, actor=s.cast.operator)
    carrier.mark_done(instruction_id=item.pk, evidence="東都回線 夜間窓口", at=BACK, actor=s.cast.operator)
    return StopIncident.objects.get(pk=incident.pk)


class TestTheTechnicalDesk:
    def test_sees_the_line_and_its_last_events(self, story):
        internet, phone = line_states(story.home.customer.pk)
        assert internet.pending is not None
        assert internet.pending.last_usable_at == jst(2026, 1, 31, 23, 59)
        assert phone.line.status == "terminated"
        assert phone.events[0].kind == "stopped"

    def test_opens_a_p1_with_our_fault(self, story):
        incident = found_dead(story)
        assert incident.ticket.priority == Ticket.Priority.P1
        assert incident.ticket.desk == story.cast.technical_desk
        assert incident.fault == "company"
        assert incident.planned_at == THE_END
        symptom = record_symptom(
            ticket_id=incident.ticket_id,
            text="つながらない",
            lamps="緑 2",
            since=OPENING,
            contact_id=story.call.pk,
            at=FOUND,
            actor=story.cast.technical,
        )
        assert symptom.lamps == "緑 2"

    def test_owes_at_once_all_that_makes_it_good(self, story):
        incident = found_dead(story)
        assert owed_on(incident) == {
            "fault_decision", "partner_report", "sweep", "exception_decision", "remedy", "apology",
        }  # fmt: skip
        apology = Promise.objects.get(ticket=incident.ticket, kind="apology")
        assert apology.tier == Tier.MANAGER
        assert incident.credit_yen == ONE_DAY_YEN
        assert incident.lost_days == 1

    def test_said_twice_it_is_one_incident(self, story):
        first = found_dead(story)
        owed = owed_on(first)
        again = incidents.report_early_stop(
            line_id=story.home.internet.pk, at=ON_HOLD, actor=story.cast.leader, words="まだつながりません"
        )
        assert again.pk == first.pk
        assert owed_on(first) == owed
        assert StopIncident.objects.count() == 1
        # Nothing happens twice, and no word is lost.
        said = TimelineEntry.objects.filter(ticket=first.ticket, kind="stop.incident").order_by("pk")
        assert [entry.summary for entry in said] == [first.words, "まだつながりません"]

    def test_does_not_say_call_again(self, story):
        incident = found_dead(story)
        attach_ticket(
            contact_id=story.call.pk, ticket_id=incident.ticket_id, at=FOUND, actor=story.cast.technical
        )
        with pytest.raises(Refused, match="A3"):
            end_call(contact_id=story.call.pk, result="call_again", at=FOUND, actor=story.cast.technical)
        offer = offer_transfer(
            ticket_id=incident.ticket_id,
            to_desk_id=story.cast.desk.pk,
            context="解約待ちの回線が最終日に止まっている。再開通を依頼済み。",
            contact_id=story.call.pk,
            at=ON_HOLD,
            actor=story.cast.technical,
        )
        assert offer.status == "offered"
        with pytest.raises(Refused, match="A3"):
            end_call(contact_id=story.call.pk, result="transferred", at=ON_HOLD, actor=story.cast.technical)
        accept_transfer(transfer_id=offer.pk, at=jst(2026, 1, 31, 9, 10), actor=story.cast.operator)
        assert Ticket.objects.get(pk=incident.ticket_id).desk == story.cast.desk

    def test_hold_offers_a_callback_at_300_seconds(self, story):
        incident = found_dead(story)
        attach_ticket(
            contact_id=story.call.pk, ticket_id=incident.ticket_id, at=FOUND, actor=story.cast.technical
        )
        hold_call(contact_id=story.call.pk, at=ON_HOLD, actor=story.cast.technical)
        soon = check_hold(contact_id=story.call.pk, at=jst(2026, 1, 31, 9, 10))
        assert (soon.prompt, soon.offer_callback) == (True, False)
        state = check_hold(contact_id=story.call.pk, at=jst(2026, 1, 31, 9, 13))
        assert (state.seconds, state.offer_callback) == (300, True)
        resume_call(contact_id=story.call.pk, at=jst(2026, 1, 31, 9, 13), actor=story.cast.technical)
        owed = offer_from_hold(
            contact_id=story.call.pk, accepted=True, at=jst(2026, 1, 31, 9, 13), actor=story.cast.technical
        )
        assert owed is not None
        assert owed.kind == "callback"


class TestTheReconnect:
    def test_goes_to_the_sv_on_duty_on_a_saturday(self, story):
        request = found_dead(story).exception_request
        assert request is not None
        assert (request.decision, request.holder, request.level) == ("reconnect", story.cast.sv, Tier.SV)

    def test_is_not_for_whoever_asked_nor_for_a_leader(self, story):
        incident = found_dead(story)
        for somebody in (story.cast.technical, story.cast.leader):
            with pytest.raises(NotAllowed):
                approve(story, incident, somebody)

    def test_is_not_ordered_before_it_is_approved(self, story):
        incident = found_dead(story)
        with pytest.raises(Refused, match="B6"):
            reconnect.order_reconnect(incident_id=incident.pk, at=APPROVED, actor=story.cast.operator)

    def test_gives_the_line_back_and_credits_the_day(self, story):
        incident = given_back(story, found_dead(story))
        assert (incident.status, incident.restored_at) == ("restored", BACK)
        credit = Credit.objects.get(kind="early_stop")
        assert credit == incident.credit
        assert credit.net_yen + credit.tax_yen == ONE_DAY_YEN
        assert LineEvent.objects.filter(line=story.home.internet, kind="reconnected", at=BACK).exists()
        assert Promise.objects.get(pk=incident.remedy_id).status == "kept"

    def test_and_the_planned_end_still_comes_once(self, story):
        given_back(story, found_dead(story))
        make.run_due(jst(2026, 1, 31, 23, 59, 59))
        make.reread(story.home)
        assert story.home.internet.status == "pending_terminate"
        make.run_due(THE_END)
        make.reread(story.home)
        assert (story.home.internet.status, story.home.internet.stopped_at) == ("terminated", THE_END)


class TestItIsNotOverYet:
    def close(self, s, incident) -> None:
        resolve(
            ticket_id=incident.ticket_id, resolution="再開通", at=jst(2026, 2, 2, 15), actor=s.cast.operator
        )

    def test_without_the_partner_report(self, story):
        incident = given_back(story, found_dead(story))
        start(ticket_id=incident.ticket_id, at=BACK, actor=story.cast.operator)
        with pytest.raises(Refused, match="A13"):
            self.close(story, incident)
        monday = jst(2026, 2, 2, 11)
        review = incident.fault_review
        assert review is not None
        decide_fault(
            review_id=review.pk,
            verdict="company",
            reasons="予定と実行の差は当社側",
            at=monday,
            actor=story.cast.sv2,
        )
        call = ground.contact(
            customer=story.home.customer, desk=story.cast.desk, operator=story.cast.manager, at=monday,
            direction="out", ticket=incident.ticket,
        )  # fmt: skip
        apology = Promise.objects.get(ticket=incident.ticket, kind="apology")
        keep_promise(promise_id=apology.pk, at=monday, actor=story.cast.manager, contact_id=call.pk)
        for item in SweepItem.objects.filter(sweep__review=review):
            check_sweep_item(item_id=item.pk, outcome="right", at=monday, actor=story.cast.leader)
        finish_sweep(sweep_id=Sweep.objects.get(review=review).pk, at=monday, actor=story.cast.leader)
        assert owed_on(incident) == {"partner_report"}
        with pytest.raises(Refused, match="A13"):
            self.close(story, incident)
        send_error_report(
            review_id=review.pk,
            company_id=story.cast.carrier.pk,
            what_happened="最終日の前に停止",
            prevention="停止指示に時刻を明記",
            how="FAX",
            at=monday,
            actor=story.cast.leader,
        )
        self.close(story, incident)
        assert Ticket.objects.get(pk=incident.ticket_id).status == "resolved"


class TestNobodyNoticed:
    def test_the_carriers_own_report_opens_it(self, story):
        item = CarrierInstruction.objects.get(order=story.order, kind="relay")
        cut = jst(2026, 1, 31, 2, 0)
        for _ in range(2):
            carrier.apply_carrier_report(
                key=item.key,
                outcome="stopped",
                line_id=story.home.internet.pk,
                executed_at=cut,
                reference="R-9",
                at=jst(2026, 1, 31, 6, 0),
            )
        incident = StopIncident.objects.get()
        assert (incident.found_by, incident.executed_at) == ("carrier", cut)
        assert incident.ticket.priority == Ticket.Priority.P1
        taken = incidents.report_early_stop(
            line_id=story.home.internet.pk, at=FOUND, actor=story.cast.technical
        )
        assert taken.pk == incident.pk
        assert taken.fault_review is not None
        assert taken.exception_request is not None

    def test_not_given_back_in_time_all_of_it_is_credited(self, story):
        incident = found_dead(story)
        assert incidents.lapse_overdue(at=jst(2026, 1, 31, 23, 59)) == 0
        assert incidents.lapse_overdue(at=THE_END) == 1
        incident = StopIncident.objects.get(pk=incident.pk)
        assert (incident.status, incident.credit_yen) == ("lapsed", ONE_DAY_YEN)

    def test_a_line_that_ended_as_planned_is_no_incident(self, story):
        make.run_due(THE_END)
        with pytest.raises(Refused, match="D7"):
            incidents.report_early_stop(
                line_id=story.home.internet.pk, at=jst(2026, 2, 1, 9), actor=story.cast.technical
            )
