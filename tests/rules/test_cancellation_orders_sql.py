"""With a database prompt: the order, its milestones, what the carrier is told, and early stops."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from billing.models import (
    CarrierInstruction,
    Milestone,
)
from tests.factories import cancellation as make
from tests.rules.attempt import refused, run
from tests.rules.cancellation_attempts import STOP
from tickets.dates import jst
from tickets.models import Promise, Ticket

pytestmark = pytest.mark.django_db


CUT_AT = jst(2026, 1, 31, 2)


@pytest.mark.requirement("D1", "D8")
class TestTheOrder:
    def test_no_state_waits_on_an_offer_to_stay(self, home):
        order = make.drafted(home)
        refused(
            "D1",
            "UPDATE billing_cancellationorder SET status = 'retention' WHERE id = %s",
            order.pk,
        )

    def test_only_the_customer_withdraws_it(self, waiting):
        refused("D1", "UPDATE billing_cancellationorder SET status = 'cancelled', cancelled_at = now()")

    def test_not_after_a_stop(self, waiting):
        with connection.cursor() as cursor:
            cursor.execute(STOP, (jst(2026, 2, 1), waiting.internet.pk))
        refused(
            "D1",
            "UPDATE billing_cancellationorder SET status = 'cancelled', cancelled_at = now(), "
            "cancelled_words = 'x', cancelled_contact_id = %s",
            waiting.call.pk,
        )

    def test_not_completed_from_acceptance(self, waiting):
        refused("D1", "UPDATE billing_cancellationorder SET status = 'completed', completed_at = now()")

    def test_never_deleted(self, waiting):
        refused("D1", "DELETE FROM billing_cancellationorder")
        refused("D1", "DELETE FROM billing_cancellationline")

    def test_one_cancellation_a_line(self, waiting):
        with pytest.raises(IntegrityError, match="d1_one_cancellation_a_line"), transaction.atomic():
            make.drafted(waiting)

    def test_of_one_customer(self, home):
        stranger = make.household()
        order = make.drafted(home)
        refused(
            "D1",
            "UPDATE billing_cancellationorder SET ticket_id = %s WHERE id = %s",
            stranger.ticket.pk,
            order.pk,
        )


@pytest.mark.requirement("D1")
class TestMilestones:
    def milestone(self, home, kind="carrier_relayed", **other) -> Milestone:
        home.promise = Promise.objects.create(
            customer=home.customer,
            ticket=home.ticket,
            kind="milestone",
            what="x",
            desk=home.operator.desk,
            due_at=jst(2026, 1, 26, 18),
            opened_at=make.CALLED_AT,
        )
        return Milestone.objects.create(
            order=home.order, kind=kind, due_at=jst(2026, 1, 26, 18), promise=home.promise, **other
        )

    def test_each_is_owed_until_reached(self, waiting):
        self.milestone(waiting)
        refused("D1", "UPDATE billing_milestone SET promise_id = NULL")

    def test_its_promise_is_not_kept_before(self, waiting):
        self.milestone(waiting)
        end = "UPDATE tickets_promise SET status = '{}', ended_at = now(), void_reason = '{}' WHERE id = %s"
        refused("D1", end.format("kept", ""), waiting.promise.pk)
        refused("D1", end.format("void", "no"), waiting.promise.pk)

    def test_a_missed_one_is_not_dated_anew(self, waiting):
        row = self.milestone(waiting)
        row.violate()
        row.save()
        refused("D1", "UPDATE billing_milestone SET due_at = '2026-03-01 00:00+09', generation = 2")
        refused("D1", "UPDATE billing_milestone SET status = 'yet_to_reach'")

    def test_nor_one_to_come_without_a_change_of_dates(self, waiting):
        self.milestone(waiting)
        refused("D1", "UPDATE billing_milestone SET due_at = '2026-03-01 00:00+09'")

    def test_reached_with_evidence(self, waiting):
        self.milestone(waiting)
        refused("D1", "UPDATE billing_milestone SET status = 'completed', reached_at = now()")

    def test_a_stop_is_reached_by_a_stop(self, waiting):
        self.milestone(waiting, "internet_stopped", line=waiting.internet)
        refused("D1", "UPDATE billing_milestone SET status = 'completed', reached_at = now(), evidence = 'x'")

    def test_once_an_order(self, waiting):
        self.milestone(waiting)
        with pytest.raises(IntegrityError, match="d1_milestone_once_an_order"), transaction.atomic():
            self.milestone(waiting)

    def test_the_relay_always_applies(self, waiting):
        self.milestone(waiting)
        refused("D1", "UPDATE billing_milestone SET applies = false")

    def test_never_deleted(self, waiting):
        self.milestone(waiting)
        refused("D1", "DELETE FROM billing_milestone")


@pytest.mark.requirement("D2", "D7", "D9")
class TestInstructionsToTheCarrier:
    def instruction(self, home, **other) -> CarrierInstruction:
        row = {
            "order": home.order,
            "ticket": home.ticket,
            "access_line": home.access_line,
            "line": home.internet,
            "kind": "stop",
            "key": "stop-1",
            "channel": "worklist",
            "issued_at": make.CALLED_AT,
            "due_at": jst(2026, 2, 1),
            "not_before": jst(2026, 2, 1),
            **other,
        }
        return CarrierInstruction.objects.create(**row)

    def test_no_early_stop_is_ordered(self, waiting):
        with pytest.raises(IntegrityError, match="D2: line"), transaction.atomic():
            self.instruction(waiting, not_before=jst(2026, 1, 31))

    def test_the_moment_is_not_edited(self, waiting):
        self.instruction(waiting)
        refused("D9", "UPDATE billing_carrierinstruction SET not_before = '2026-01-31 00:00+09'")

    def test_the_same_key_counts_once(self, waiting):
        self.instruction(waiting)
        with pytest.raises(IntegrityError), transaction.atomic():
            self.instruction(waiting)

    def test_an_early_stop_has_its_incident(self, waiting):
        self.instruction(waiting)
        said = refused(
            "D7",
            "UPDATE billing_carrierinstruction SET status = 'executed', executed_at = '2026-01-31 02:00+09', "
            "reported_at = now(), evidence = 'x', done_by_id = %s",
            waiting.operator.pk,
        )
        assert "must have a stop incident" in said

    def test_by_hand_by_somebody_with_evidence(self, waiting):
        self.instruction(waiting)
        refused(
            "D9",
            "UPDATE billing_carrierinstruction SET status = 'executed', executed_at = now(), reported_at = now(), "
            "evidence = 'x'",
        )
        refused(
            "D9",
            "UPDATE billing_carrierinstruction SET status = 'executed', executed_at = now(), reported_at = now(), "
            "done_by_id = %s",
            waiting.operator.pk,
        )

    def test_the_stop_of_a_line_given_back_needs_an_incident(self, waiting):
        with connection.cursor() as cursor:
            cursor.execute(STOP, (jst(2026, 2, 1), waiting.internet.pk))
        refused(
            "D7",
            "UPDATE billing_serviceline SET status = 'pending_terminate', stopped_at = NULL WHERE id = %s",
            waiting.internet.pk,
        )


@pytest.mark.requirement("D7", "B6")
class TestEarlyStops:
    INCIDENT = (
        "INSERT INTO billing_stopincident (line_id, order_id, planned_at, executed_at, found_at, found_by, words, "
        "ticket_id, remedy_id, fault, status, lost_days, credit_yen) "
        "VALUES (%s, %s, %s, %s, %s, 'carrier', '', %s, %s, %s, 'open', 1, 0)"
    )

    def attempt(self, home, *, priority=1, executed=CUT_AT, fault="company") -> tuple[Any, ...]:
        Ticket.objects.filter(pk=home.ticket.pk).update(priority=priority)
        remedy = Promise.objects.create(
            customer=home.customer,
            ticket=home.ticket,
            kind="remedy",
            what="x",
            desk=home.operator.desk,
            due_at=jst(2026, 1, 31, 12),
            opened_at=make.CALLED_AT,
        )
        return (
            home.internet.pk,
            home.order.pk,
            jst(2026, 2, 1),
            executed,
            jst(2026, 1, 31, 9, 5),
            home.ticket.pk,
            remedy.pk,
            fault,
        )

    def test_are_a_p1(self, waiting):
        said = refused("D7", self.INCIDENT, *self.attempt(waiting, priority=3))
        assert "P1" in said

    def test_are_our_fault(self, waiting):
        refused("D7", self.INCIDENT, *self.attempt(waiting, fault="customer"))

    def test_come_before_the_end(self, waiting):
        refused("D7", self.INCIDENT, *self.attempt(waiting, executed=jst(2026, 2, 1)))

    def test_are_not_closed_without_the_credit(self, waiting):
        run(self.INCIDENT, *self.attempt(waiting))
        refused("D7", "UPDATE billing_stopincident SET status = 'restored', restored_at = now()")
        refused("D7", "UPDATE billing_stopincident SET fault = 'carrier'")
        refused("D7", "DELETE FROM billing_stopincident")

    def test_are_not_reconnected_without_approval(self, waiting):
        run(self.INCIDENT, *self.attempt(waiting))
        refused(
            "B6",
            "INSERT INTO billing_carrierinstruction (ticket_id, access_line_id, line_id, kind, key, channel, status, "
            "issued_at, due_at, payload, evidence, failed_reason) VALUES (%s, %s, %s, 'reconnect', 'r', 'worklist', "
            "'issued', now(), now(), '{}', '', '')",
            waiting.ticket.pk,
            waiting.access_line.pk,
            waiting.internet.pk,
        )
