"""Porting, removal visits, withdrawal, completion and the reconciler, on one cancellation after another."""

from __future__ import annotations

import datetime as dt

import pytest

from billing.models import (
    CancellationLine,
    CarrierInstruction,
    Porting,
    VisitOffer,
)
from billing.queries import cancellation_balance
from billing.services import cancellation, carrier, milestones, porting, stops, visits
from billing.services.orders import stop_key
from tests.factories import cancellation as make
from tickets.dates import jst
from tickets.errors import Refused
from tickets.models import OutboxMessage, Promise, ScheduledAction
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

    def test_failed_and_given_up_and_then_withdrawn_nothing_is_owed_for_it(self, waiting):
        attempt = self.failed(waiting)
        porting.give_up_number(
            porting_id=attempt.pk, contact_id=waiting.home.call.pk, words="要りません", at=jst(2026, 1, 30, 15),
            actor=waiting.home.operator,
        )  # fmt: skip
        cancellation.withdraw_order(
            order_id=waiting.order.pk, contact_id=waiting.home.call.pk, words="続けます",
            at=jst(2026, 1, 30, 16), actor=waiting.home.operator,
        )  # fmt: skip
        assert Porting.objects.get(pk=attempt.pk).promise.status == "void"

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
