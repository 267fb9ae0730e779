"""A cancellation from the first call to the notice of completion, and every turn it can take on the way."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace

import pytest

from billing import defaults
from billing.models import (
    CancellationLine,
    CarrierInstruction,
    LineEvent,
    Milestone,
    MilestoneKind,
    OrderChannel,
    Porting,
    ServiceLine,
    VisitOffer,
)
from billing.queries import cancellation_balance
from billing.queries.cancellation import line_states, pending_terminations
from billing.services import cancellation, carrier, milestones, porting, stops, visits
from billing.services.orders import day_before_key, stop_key
from tests.factories import cancellation as make
from tests.factories import tickets as ground
from tests.factories.cast import cast
from tickets.dates import jst
from tickets.errors import NotAllowed, Refused
from tickets.models import OutboxMessage, Promise, ScheduledAction
from tickets.services.endings import resolve
from tickets.services.tickets import start

pytestmark = pytest.mark.django_db

ACCEPTED = make.CALLED_AT  # Saturday, 24 January 2026, 10:00
END = jst(2026, 2, 1)
WITHDRAWN = jst(2026, 1, 28, 12)


@pytest.fixture
def desk():
    defaults.lay_figures()
    people = cast()
    home = make.household(operator=people.operator, company=people.carrier)
    return SimpleNamespace(home=home, cast=people)


@pytest.fixture
def waiting(desk):
    desk.order = make.leaving(desk.home)
    return desk


def milestone(order, kind, line=None) -> Milestone:
    return Milestone.objects.get(order=order, kind=kind, **({"line": line} if line else {}))


@pytest.mark.requirement("D6", "D8")
class TestAcceptance:
    def test_is_refused_until_every_line_was_explained(self, desk):
        home = desk.home
        order = cancellation.open_order(
            contract_id=home.contract.pk,
            ticket_id=home.ticket.pk,
            wishes=[make.wish(home, "internet", make.LAST_DAY), make.wish(home, "phone", make.LAST_DAY)],
            channel=OrderChannel.PHONE,
            contact_id=home.call.pk,
            at=ACCEPTED,
            actor=home.operator,
        )
        cancellation.explain_line(
            order_id=order.pk,
            line_id=home.internet.pk,
            contact_id=home.call.pk,
            told=make.told(home, "internet"),
            at=ACCEPTED,
            actor=home.operator,
        )
        with pytest.raises(Refused, match="D6"):
            cancellation.accept_order(
                order_id=order.pk, contact_id=home.call.pk, at=ACCEPTED, actor=home.operator
            )

    def test_a_revised_day_is_explained_anew(self, desk):
        order = make.asked(desk.home)
        cancellation.revise_wish(
            order_id=order.pk,
            wish=make.wish(desk.home, "internet", dt.date(2026, 2, 28)),
            at=ACCEPTED,
            actor=desk.home.operator,
        )
        with pytest.raises(Refused, match="D6"):
            cancellation.accept_order(order_id=order.pk, contact_id=desk.home.call.pk, at=ACCEPTED)

    def test_on_the_web_at_night_without_anybody(self, desk):
        home, night = desk.home, jst(2026, 1, 25, 3, 0)
        form = ground.contact(
            customer=home.customer, desk=home.ticket.desk, at=night, channel="web", result="received"
        )
        order = cancellation.open_order(
            contract_id=home.contract.pk,
            ticket_id=home.ticket.pk,
            wishes=[make.wish(home, "internet", make.LAST_DAY)],
            channel=OrderChannel.WEB,
            contact_id=form.pk,
            at=night,
        )
        told = make.told(home, "internet")
        told = cancellation.Told(**{**{f: getattr(told, f) for f in told.__slots__}, "how": "web"})
        cancellation.explain_line(
            order_id=order.pk, line_id=home.internet.pk, contact_id=form.pk, told=told, at=night
        )
        accepted = cancellation.accept_order(order_id=order.pk, contact_id=form.pk, at=night)
        assert accepted.status == "acknowledged"
        assert ServiceLine.objects.get(pk=home.internet.pk).status == "pending_terminate"

    def test_each_line_keeps_its_own_end(self, desk):
        make.leaving(desk.home, internet=dt.date(2026, 1, 31), phone=dt.date(2026, 1, 30))
        assert desk.home.internet.last_day == dt.date(2026, 1, 31)
        assert desk.home.phone.last_day == dt.date(2026, 1, 30)

    def test_a_partner_cannot_touch_what_is_not_shared(self, desk):
        order = make.asked(desk.home)
        with pytest.raises(NotAllowed):
            cancellation.accept_order(
                order_id=order.pk, contact_id=desk.home.call.pk, at=ACCEPTED, actor=desk.cast.partner_operator
            )

    def test_one_cancellation_a_line(self, waiting):
        with pytest.raises(Refused, match="D1"):
            make.asked(waiting.home)


@pytest.mark.requirement("D1", "D3")
class TestTheTwelveMilestones:
    def test_stand_there_from_acceptance(self, waiting):
        kinds = list(Milestone.objects.filter(order=waiting.order).values_list("kind", flat=True))
        assert sorted(kinds) == sorted(MilestoneKind.values)
        reached = Milestone.objects.filter(order=waiting.order, status="completed")
        assert set(reached.values_list("kind", flat=True)) == {"accepted", "explained"}
        assert all(row.told_at and row.evidence for row in reached)

    def test_each_owes_the_customer_and_holds_the_ticket(self, waiting):
        home = waiting.home
        open_rows = Milestone.objects.filter(order=waiting.order, reached_at__isnull=True, applies=True)
        assert all(make.owed_for(row).status == "open" for row in open_rows)
        start(ticket_id=home.ticket.pk, at=ACCEPTED, actor=home.operator)
        with pytest.raises(Refused, match="A13"):
            resolve(ticket_id=home.ticket.pk, resolution="済", at=ACCEPTED, actor=home.operator)

    def test_the_relay_is_due_one_business_day_after_acceptance(self, waiting):
        # Accepted on Saturday; the carrier is open Monday to Friday until 17:00.
        assert milestone(waiting.order, "carrier_relayed").due_at == jst(2026, 1, 26, 17, 0)
        assert make.owed_for(milestone(waiting.order, "carrier_relayed")).kind == "carrier_relay"

    def test_the_relay_does_not_wait_for_porting(self, desk):
        order = make.asked(desk.home)
        make.port(desk.home, order)
        cancellation.accept_order(order_id=order.pk, contact_id=desk.home.call.pk, at=ACCEPTED)
        relay = CarrierInstruction.objects.get(order=order, kind="relay")
        assert relay.issued_at == ACCEPTED
        assert relay.due_at == jst(2026, 1, 26, 17, 0)

    def test_a_missed_one_shows_and_is_still_owed(self, waiting):
        assert milestones.mark_violations(at=jst(2026, 1, 26, 16, 59)) == 0
        assert milestones.mark_violations(at=jst(2026, 1, 26, 17, 0)) == 1
        relay = milestone(waiting.order, "carrier_relayed")
        assert relay.status == "violated"
        assert make.owed_for(relay).status == "open"
        item = CarrierInstruction.objects.get(order=waiting.order, kind="relay")
        carrier.mark_done(
            instruction_id=item.pk,
            evidence="受付番号 77",
            at=jst(2026, 1, 27, 9, 30),
            actor=waiting.home.operator,
        )
        relay = milestone(waiting.order, "carrier_relayed")
        assert (relay.status, relay.reached_at) == ("violated", jst(2026, 1, 27, 9, 30))
        assert make.owed_for(relay).status == "kept"

    def test_who_told_the_customer_is_on_record(self, waiting):
        row = milestone(waiting.order, "carrier_relayed")
        item = CarrierInstruction.objects.get(order=waiting.order, kind="relay")
        monday = jst(2026, 1, 26, 10, 0)
        carrier.mark_done(instruction_id=item.pk, evidence="FAX 済", at=monday, actor=waiting.home.operator)
        call = ground.contact(
            customer=waiting.home.customer, desk=waiting.cast.desk, operator=waiting.cast.operator2, at=monday
        )
        milestones.tell_milestone(
            milestone_id=row.pk, contact_id=call.pk, actor=waiting.cast.operator2, at=monday
        )
        row = milestone(waiting.order, "carrier_relayed")
        assert (row.told_by, row.told_contact) == (waiting.cast.operator2, call)

    def test_a_stop_is_not_reached_by_saying_so(self, waiting):
        with pytest.raises(Refused, match="D1"):
            milestones.complete_milestone(
                order_id=waiting.order.pk,
                kind="internet_stopped",
                evidence="x",
                actor=waiting.home.operator,
                at=END,
            )


@pytest.mark.requirement("D2", "D9")
class TestTheCutoff:
    def test_is_planned_for_the_end_and_told_the_day_before(self, waiting):
        line = waiting.home.lines[waiting.home.internet.pk]
        assert make.planned_for(stop_key(line.pk)) == END
        assert make.planned_for(day_before_key(line.pk)) == jst(2026, 1, 30, 10, 0)

    @pytest.mark.parametrize("at", [jst(2026, 1, 31, 2), jst(2026, 1, 31, 23, 59, 59)])
    def test_runs_not_a_second_early(self, waiting, at):
        make.run_due(at)
        assert ServiceLine.objects.get(pk=waiting.home.internet.pk).status == "pending_terminate"

    def test_runs_once_with_all_that_belongs_to_it(self, waiting):
        home = waiting.home
        make.run_due(END)
        make.run_due(END + dt.timedelta(seconds=2))
        line = ServiceLine.objects.get(pk=home.internet.pk)
        assert (line.status, line.stopped_at, line.stop_consent) == ("terminated", END, None)
        assert LineEvent.objects.filter(line=line, kind="stopped").count() == 1
        row = milestone(waiting.order, "internet_stopped", line)
        assert (row.status, row.reached_at, make.owed_for(row).status) == ("completed", END, "kept")
        assert row.told_message == f"cancellation:{waiting.order.pk}:stopped:{line.pk}"
        assert OutboxMessage.objects.filter(key=row.told_message, customer=home.customer).count() == 1
        item = CarrierInstruction.objects.get(line=line, kind="stop")
        assert item.not_before == END
        assert home.customer.timeline.filter(kind="line.stopped").count() == 2
        assert milestone(waiting.order, "contract_ended").status == "completed"
        assert make.again(waiting.order).status == "in_progress"

    def test_the_notice_of_the_day_before(self, waiting):
        make.run_due(jst(2026, 1, 30, 10, 0))
        notice = OutboxMessage.objects.get(
            key=f"cancellation:{waiting.order.pk}:day-before:{waiting.home.internet.pk}:1"
        )
        assert "2026-01-31 23:59" in notice.body

    def test_a_customer_without_mail_is_owed_a_letter(self, desk):
        desk.home.customer.email = ""
        desk.home.customer.save()
        make.leaving(desk.home)
        assert Promise.objects.filter(ticket=desk.home.ticket, kind="written_answer").count() == 1

    def test_of_many_lines_takes_a_fixed_number_of_statements(self, desk, django_assert_max_num_queries):
        orders = [
            make.leaving(make.household(operator=desk.cast.operator, company=desk.cast.carrier))
            for _ in range(8)
        ]
        make.run_due(jst(2026, 1, 30, 10))
        with django_assert_max_num_queries(60):
            make.run_due(END)
        assert (
            ServiceLine.objects.filter(cancellation_lines__order__in=orders, status="terminated").count()
            == 16
        )


@pytest.mark.requirement("D2", "D9")
class TestADateThatMoves:
    def later(self, desk, **other):
        return cancellation.change_last_day(
            **{
                "order_id": desk.order.pk,
                "line_id": desk.home.internet.pk,
                "last_day": dt.date(2026, 2, 14),
                "why": "引っ越しが延びた",
                "contact_id": desk.home.call.pk,
                "at": jst(2026, 1, 26, 11),
                "actor": desk.home.operator,
                **other,
            }
        )

    def test_later_moves_this_line_and_no_other(self, waiting):
        self.later(waiting)
        make.reread(waiting.home)
        assert waiting.home.internet.last_day == dt.date(2026, 2, 14)
        assert waiting.home.internet.last_day_set_by == waiting.home.operator
        assert waiting.home.phone.last_day == make.LAST_DAY

    def test_the_old_cutoff_does_nothing(self, waiting):
        self.later(waiting)
        make.run_due(END)
        make.reread(waiting.home)
        assert waiting.home.internet.status == "pending_terminate"
        assert waiting.home.phone.status == "terminated"
        key = stop_key(waiting.home.lines[waiting.home.internet.pk].pk)
        stood = ScheduledAction.objects.filter(key=key).order_by("generation").values_list("status", "due_at")
        assert list(stood) == [("superseded", END), ("due", jst(2026, 2, 15))]

    def test_the_customer_and_the_carrier_are_told(self, waiting):
        self.later(waiting)
        assert OutboxMessage.objects.filter(key__contains=f":changed:{waiting.home.internet.pk}:2").exists()
        assert CarrierInstruction.objects.filter(kind="change", line=waiting.home.internet).exists()
        assert milestone(waiting.order, "internet_stopped").due_at == jst(2026, 2, 15, 1)

    def test_earlier_needs_the_customers_own_consent(self, waiting):
        with pytest.raises(Refused, match=r"D2.*recorded consent"):
            self.later(waiting, last_day=dt.date(2026, 1, 29))
        make.reread(waiting.home)
        assert waiting.home.internet.last_day == make.LAST_DAY
        consent = cancellation.consent_to_stop(
            order_id=waiting.order.pk,
            line_id=waiting.home.internet.pk,
            stop_at=jst(2026, 1, 30),
            contact_id=waiting.home.call.pk,
            words="29日で止めてください",
            recording_ref="rec-29",
            at=jst(2026, 1, 26, 11),
            actor=waiting.home.operator,
            for_next_day=True,
        )
        self.later(waiting, last_day=dt.date(2026, 1, 29), consent_id=consent.pk)
        make.run_due(jst(2026, 1, 30))
        make.reread(waiting.home)
        assert waiting.home.internet.status == "terminated"

    def test_not_after_the_stop(self, waiting):
        make.run_due(END)
        with pytest.raises(Refused):
            self.later(waiting, at=jst(2026, 2, 1, 10))

    def test_a_visit_before_the_new_end_lapses_and_is_owed_again(self, waiting):
        visit = visits.offer_visit(
            order_id=waiting.order.pk,
            access_line_id=waiting.home.access_line.pk,
            starts_at=jst(2026, 2, 2, 10),
            ends_at=jst(2026, 2, 2, 12),
            at=ACCEPTED,
        )
        visits.agree_visit(
            visit_id=visit.pk, contact_id=waiting.home.call.pk, at=ACCEPTED, actor=waiting.cast.operator
        )
        self.later(waiting)
        assert VisitOffer.objects.get(pk=visit.pk).status == "lapsed"
        owed = VisitOffer.objects.get(pk=visit.pk).promise
        assert owed is not None
        assert owed.status == "open"
        fresh = visits.offer_visit(
            order_id=waiting.order.pk,
            access_line_id=waiting.home.access_line.pk,
            starts_at=jst(2026, 2, 16, 10),
            ends_at=jst(2026, 2, 16, 12),
            at=jst(2026, 1, 26, 12),
        )
        visits.agree_visit(visit_id=fresh.pk, contact_id=waiting.home.call.pk, at=jst(2026, 1, 26, 12))
        assert Promise.objects.get(pk=owed.pk).status == "kept"


@pytest.mark.requirement("D3")
class TestPorting:
    def test_the_cutoff_of_the_telephone_waits(self, waiting):
        make.port(waiting.home, waiting.order)
        assert make.planned_for(stop_key(waiting.home.lines[waiting.home.phone.pk].pk)) is None
        make.run_due(END)
        make.reread(waiting.home)
        assert (waiting.home.phone.status, waiting.home.internet.status) == (
            "pending_terminate",
            "terminated",
        )

    def test_completed_the_telephone_stops_at_its_own_end(self, waiting):
        attempt = make.port(waiting.home, waiting.order)
        friday = jst(2026, 1, 30, 14, 0)
        porting.complete_porting(porting_id=attempt.pk, completed_at=friday, evidence="完了通知", at=friday)
        make.run_due(friday)
        make.reread(waiting.home)
        assert waiting.home.phone.status == "pending_terminate"
        make.run_due(END)
        make.reread(waiting.home)
        assert waiting.home.phone.status == "terminated"
        assert milestone(waiting.order, "porting_completed").reached_at == friday

    def test_failed_it_keeps_the_number_and_owes_a_call(self, waiting):
        attempt = make.port(waiting.home, waiting.order)
        friday = jst(2026, 1, 30, 14, 0)
        porting.fail_porting(porting_id=attempt.pk, reason="名義相違", at=friday, actor=waiting.home.operator)
        owed = Porting.objects.get(pk=attempt.pk).promise
        assert owed is not None
        assert (owed.kind, owed.status, owed.due_at) == ("porting_call", "open", jst(2026, 1, 30, 16, 0))
        assert make.again(waiting.order).status == "held"
        make.run_due(END + dt.timedelta(days=3))
        make.reread(waiting.home)
        assert waiting.home.phone.status == "pending_terminate"

    def failed(self, waiting):
        attempt = make.port(waiting.home, waiting.order)
        return porting.fail_porting(
            porting_id=attempt.pk, reason="名義相違", at=jst(2026, 1, 30, 14), actor=waiting.home.operator
        )

    def test_tried_again_the_order_goes_on(self, waiting):
        attempt = self.failed(waiting)
        monday = jst(2026, 2, 2, 11)
        fresh = porting.try_again(
            porting_id=attempt.pk,
            new_provider="みらい電話",
            scheduled_at=monday,
            contact_id=waiting.home.call.pk,
            at=jst(2026, 1, 30, 15),
            actor=waiting.home.operator,
        )
        assert make.again(waiting.order).status == "in_progress"
        porting.complete_porting(porting_id=fresh.pk, completed_at=monday, evidence="完了", at=monday)
        make.run_due(monday)
        make.reread(waiting.home)
        assert (waiting.home.phone.status, waiting.home.phone.stopped_at) == ("terminated", monday)

    def test_given_up_by_the_customer_it_ends_on_its_day(self, waiting):
        attempt = self.failed(waiting)
        porting.give_up_number(
            porting_id=attempt.pk,
            contact_id=waiting.home.call.pk,
            words="番号はもう要りません",
            at=jst(2026, 1, 30, 15),
            actor=waiting.home.operator,
        )
        assert not milestone(waiting.order, "porting_completed").applies
        make.run_due(END)
        make.reread(waiting.home)
        assert waiting.home.phone.status == "terminated"

    def test_not_given_up_by_anybody_else(self, waiting):
        attempt = self.failed(waiting)
        with pytest.raises(Refused, match="D3"):
            porting.give_up_number(
                porting_id=attempt.pk,
                contact_id=make.household().call.pk,
                words="x",
                at=jst(2026, 1, 30, 15),
                actor=waiting.home.operator,
            )


@pytest.mark.requirement("D4")
class TestTheRemovalVisit:
    def offer(self, desk, start, **other):
        return visits.offer_visit(
            order_id=desk.order.pk,
            access_line_id=desk.home.access_line.pk,
            starts_at=start,
            ends_at=start + dt.timedelta(hours=2),
            at=ACCEPTED,
            actor=desk.home.operator,
            **other,
        )

    def test_is_not_offered_before_the_last_line_ends(self, waiting):
        with pytest.raises(Refused, match="D4"):
            self.offer(waiting, jst(2026, 1, 31, 10))

    def test_is_chosen_by_the_customer_and_moved(self, waiting):
        first, second = self.offer(waiting, jst(2026, 2, 2, 10)), self.offer(waiting, jst(2026, 2, 3, 10))
        visits.agree_visit(visit_id=second.pk, contact_id=waiting.home.call.pk, at=ACCEPTED)
        assert VisitOffer.objects.get(pk=first.pk).status == "lapsed"
        assert milestone(waiting.order, "visit_agreed").status == "completed"
        moved = visits.move_visit(
            visit_id=second.pk,
            starts_at=jst(2026, 2, 7, 13),
            ends_at=jst(2026, 2, 7, 15),
            contact_id=waiting.home.call.pk,
            at=ACCEPTED,
            actor=waiting.home.operator,
        )
        assert moved.moved_from_id == second.pk
        assert milestone(waiting.order, "removed").due_at == jst(2026, 2, 7, 15)

    def test_is_carried_out_after_every_stop(self, waiting):
        visit = self.offer(waiting, jst(2026, 2, 2, 10))
        visits.agree_visit(visit_id=visit.pk, contact_id=waiting.home.call.pk, at=ACCEPTED)
        done = jst(2026, 2, 2, 11)
        with pytest.raises(Refused, match="D4"):
            visits.record_removal(visit_id=visit.pk, done_at=done, evidence="工事票", at=done)
        make.run_due(END)
        visits.record_removal(visit_id=visit.pk, done_at=done, evidence="工事票", at=done)
        assert milestone(waiting.order, "removed").status == "completed"

    def test_of_a_circuit_that_goes_on_there_is_none(self, desk):
        desk.order = make.leaving(desk.home, phone=make.LAST_DAY)
        assert not milestone(desk.order, "removed").applies
        with pytest.raises(Refused, match="D4"):
            self.offer(desk, jst(2026, 3, 2, 10))


@pytest.mark.requirement("D5", "A15")
class TestWhatEveryScreenShows:
    def test_per_line_the_last_usable_minute_who_and_why(self, waiting):
        found = pending_terminations([waiting.home.customer.pk])[waiting.home.customer.pk]
        assert [(row.kind, row.last_usable_at) for row in found] == [
            ("internet", jst(2026, 1, 31, 23, 59)),
            ("phone", jst(2026, 1, 31, 23, 59)),
        ]
        assert all(row.set_by == waiting.home.operator.name and row.why == "引っ越し" for row in found)

    def test_in_two_queries_for_any_number(self, desk, django_assert_num_queries):
        homes = [make.household(operator=desk.cast.operator) for _ in range(3)]
        for home in homes:
            make.leaving(home)
        with django_assert_num_queries(2):
            pending_terminations([home.customer.pk for home in homes])

    def test_the_technical_desk_sees_state_and_events(self, waiting, django_assert_num_queries):
        with django_assert_num_queries(4):
            states = line_states(waiting.home.customer.pk)
        assert [state.line.status for state in states] == ["pending_terminate"] * 2
        assert states[0].events[0].kind == "last_day_set"


@pytest.mark.requirement("D1")
class TestWithdrawal:
    def withdraw(self, desk, at=WITHDRAWN):
        return cancellation.withdraw_order(
            order_id=desk.order.pk,
            contact_id=desk.home.call.pk,
            words="やはり使い続けます",
            at=at,
            actor=desk.home.operator,
        )

    def test_every_line_goes_on(self, waiting):
        make.port(waiting.home, waiting.order)
        assert self.withdraw(waiting).status == "cancelled"
        make.run_due(END)
        make.reread(waiting.home)
        for line in (waiting.home.internet, waiting.home.phone):
            assert (line.status, line.last_day) == ("active", None)
        assert not Promise.objects.filter(ticket=waiting.home.ticket, status="open").exists()
        assert CarrierInstruction.objects.filter(kind="withdraw").exists()
        assert Porting.objects.get().status == "given_up"

    def test_and_can_be_cancelled_again_later(self, waiting):
        self.withdraw(waiting)
        order = make.leaving(waiting.home, at=jst(2026, 3, 1, 10), internet=dt.date(2026, 3, 31))
        make.run_due(jst(2026, 4, 1))
        assert CancellationLine.objects.get(order=order).line.status == "terminated"

    def test_not_after_a_stop(self, waiting):
        make.run_due(END)
        with pytest.raises(Refused):
            self.withdraw(waiting, at=jst(2026, 2, 1, 9))
        make.reread(waiting.home)
        assert waiting.home.internet.status == "terminated"

    def test_a_draft_is_dropped_as_easily(self, desk):
        desk.order = make.asked(desk.home)
        assert self.withdraw(desk).status == "cancelled"
        assert make.leaving(desk.home).status == "acknowledged"


@pytest.mark.requirement("D1")
def test_completed_when_the_last_milestone_is_reached(waiting):
    home, order = waiting.home, waiting.order
    item = CarrierInstruction.objects.get(order=order, kind="relay")
    carrier.mark_done(instruction_id=item.pk, evidence="FAX", at=jst(2026, 1, 26, 10), actor=home.operator)
    attempt = make.port(home, order)
    friday = jst(2026, 1, 30, 14, 0)
    porting.complete_porting(porting_id=attempt.pk, completed_at=friday, evidence="完了", at=friday)
    start_of_visit = jst(2026, 2, 2, 10)
    visit = visits.offer_visit(
        order_id=order.pk,
        access_line_id=home.access_line.pk,
        starts_at=start_of_visit,
        ends_at=start_of_visit + dt.timedelta(hours=2),
        at=ACCEPTED,
    )
    visits.agree_visit(visit_id=visit.pk, contact_id=home.call.pk, at=ACCEPTED)
    make.run_due(END)
    done = jst(2026, 2, 2, 11)
    visits.record_removal(visit_id=visit.pk, done_at=done, evidence="工事票", at=done)
    for kind in ("device_returned", "final_bill"):
        milestones.complete_milestone(
            order_id=order.pk, kind=kind, evidence="x", at=jst(2026, 2, 10, 10), actor=home.operator
        )
    order = make.again(order)
    assert (order.status, order.completed_at) == ("completed", jst(2026, 2, 10, 10))
    assert OutboxMessage.objects.filter(key=f"cancellation:{order.pk}:closed").exists()
    start(ticket_id=home.ticket.pk, at=jst(2026, 2, 10, 11), actor=home.operator)
    assert not Promise.objects.filter(ticket=home.ticket, status="open").exists()


@pytest.mark.requirement("D9")
class TestTheBalance:
    """What the reconciler would find."""

    def findings(self, at=END) -> set[str]:
        checks = (cancellation_balance.unplanned, cancellation_balance.overdue, cancellation_balance.unowed)
        return {finding.ref for look in checks for finding in look(at)}

    def test_is_even_all_the_way(self, waiting):
        assert not self.findings()
        attempt = make.port(waiting.home, waiting.order)
        assert not self.findings()
        for _ in range(2):  # told twice by the provider
            porting.complete_porting(
                porting_id=attempt.pk, completed_at=make.PORTED_AT, evidence="完了", at=make.PORTED_AT
            )
            assert not self.findings()
        make.run_due(END)
        assert not self.findings(END + dt.timedelta(days=1))

    def test_a_lost_cutoff_is_found(self, waiting):
        ScheduledAction.objects.filter(kind="billing.stop_line").update(status="superseded", reason="x")
        assert self.findings() == {f"line:{waiting.home.internet.pk}", f"line:{waiting.home.phone.pk}"}

    def test_a_line_that_runs_on_is_found(self, waiting):
        assert self.findings(END + dt.timedelta(minutes=59)) == set()
        assert len(self.findings(END + dt.timedelta(hours=1))) == 2

    def test_a_cutoff_that_is_done_without_effect_is_found(self, waiting):
        actions = list(ScheduledAction.objects.filter(kind="billing.stop_line"))
        assert set(stops.missing_effects(actions)) == {action.pk for action in actions}
        make.run_due(END)
        assert not stops.missing_effects(actions)
