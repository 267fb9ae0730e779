"""A cancellation from the first call to the notice of completion, and every turn it can take on the way."""

from __future__ import annotations

import datetime as dt

import pytest

from billing.models import (
    CarrierInstruction,
    LineEvent,
    Milestone,
    MilestoneKind,
    OrderChannel,
    ServiceLine,
    VisitOffer,
)
from billing.queries.cancellation import line_states, pending_terminations
from billing.services import cancellation, carrier, milestones, visits
from billing.services.orders import day_before_key, stop_key
from tests.factories import cancellation as make
from tests.factories import tickets as ground
from tickets.dates import jst
from tickets.errors import NotAllowed, Refused
from tickets.models import OutboxMessage, Promise, ScheduledAction
from tickets.services.endings import resolve
from tickets.services.tickets import start

pytestmark = pytest.mark.django_db

ACCEPTED = make.CALLED_AT  # Saturday, 24 January 2026, 10:00
END = jst(2026, 2, 1)
WITHDRAWN = jst(2026, 1, 28, 12)
milestone = make.milestone


@pytest.fixture
def desk():
    return make.desk_of_a_household()


@pytest.fixture
def waiting(desk):
    desk.order = make.leaving(desk.home)
    return desk


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
        assert make.planned_for(day_before_key(line.pk, line.generation)) == jst(2026, 1, 30, 10, 0)

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
        assert row.told_message == f"cancellation:{waiting.order.pk}:stopped:{line.pk}:1"
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
        assert "2026年1月31日(土) 24:00" in notice.body

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

    def test_also_by_somebody_whom_the_notice_of_the_day_before_reminded(self, waiting):
        """They are told again before the new last day."""
        make.run_due(jst(2026, 1, 30, 10))
        told = OutboxMessage.objects.filter(
            key__contains=f":day-before:{waiting.home.internet.pk}:", channel="mail"
        )
        assert told.count() == 1
        self.later(waiting, at=jst(2026, 1, 30, 11))
        make.run_due(jst(2026, 2, 13, 10))
        assert told.count() == 2

    def test_of_two_consents_the_newest_counts(self, waiting):
        home, early, late = waiting.home, jst(2026, 1, 28, 9), jst(2026, 1, 29, 12)
        for line, moments in ((home.internet, (early, late)), (home.phone, (early,))):
            for number, moment in enumerate(moments):
                cancellation.consent_to_stop(
                    order_id=waiting.order.pk, line_id=line.pk, stop_at=moment, contact_id=home.call.pk,
                    words="その時刻に", recording_ref="rec", at=jst(2026, 1, 26, 11 + number), actor=home.operator,
                )  # fmt: skip
        with pytest.raises(Refused, match="D4"):
            visits.offer_visit(
                order_id=waiting.order.pk, access_line_id=home.access_line.pk, starts_at=early,
                ends_at=early + dt.timedelta(hours=2), at=jst(2026, 1, 26, 13), actor=home.operator,
            )  # fmt: skip
        make.run_due(early)
        make.reread(home)
        assert (home.internet.status, home.phone.status) == ("pending_terminate", "terminated")
        make.run_due(late)
        make.reread(home)
        assert home.internet.stopped_at == late

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
