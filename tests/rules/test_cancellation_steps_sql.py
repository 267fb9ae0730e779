"""With a database prompt: telephones that wait for their number, removals that come last, nothing unexplained."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import IntegrityError, connection, transaction

from billing.models import (
    CancellationOrder,
    Porting,
    VisitOffer,
)
from tests.factories import cancellation as make
from tests.rules.attempt import refused
from tests.rules.cancellation_attempts import ENTRY, STOP
from tickets.dates import jst
from tickets.models import Promise

pytestmark = pytest.mark.django_db


@pytest.mark.requirement("D3")
class TestTheTelephoneWaitsForItsNumber:
    def porting(self, home, **other) -> Porting:
        return Porting.objects.create(
            line=home.phone,
            number=home.phone.number,
            new_provider="みらい電話",
            scheduled_at=jst(2026, 1, 30, 14),
            requested_at=make.CALLED_AT,
            requested_contact=home.call,
            **other,
        )

    def test_requested(self, waiting):
        self.porting(waiting)
        refused("D3", STOP, jst(2026, 2, 1), waiting.phone.pk)

    def failed(self, home) -> Porting:
        porting = self.porting(home)
        owed = Promise.objects.create(
            customer=home.customer,
            ticket=home.ticket,
            kind="porting_call",
            what="x",
            desk=home.operator.desk,
            due_at=jst(2026, 1, 30, 18),
            opened_at=jst(2026, 1, 30, 14),
        )
        porting.fail(at=jst(2026, 1, 30, 14), reason="名義相違", promise_id=owed.pk)
        porting.save()
        return porting

    def test_failed(self, waiting):
        self.failed(waiting)
        refused("D3", STOP, jst(2026, 2, 1), waiting.phone.pk)

    def test_failed_owes_a_call(self, waiting):
        self.porting(waiting)
        refused("D3", "UPDATE billing_porting SET status = 'failed', failed_at = now(), failed_reason = 'x'")

    def test_it_is_not_given_up_for_the_customer(self, waiting):
        self.failed(waiting)
        refused("D3", "UPDATE billing_porting SET status = 'given_up'")
        refused(
            "D3",
            "UPDATE billing_porting SET status = 'given_up', decided_words = 'x', decided_contact_id = %s",
            make.household().call.pk,
        )

    def test_it_is_not_replaced_by_nothing(self, waiting):
        self.failed(waiting)
        refused("D3", "UPDATE billing_porting SET status = 'replaced'")

    def test_a_failed_one_does_not_become_completed(self, waiting):
        self.failed(waiting)
        refused("D3", "UPDATE billing_porting SET status = 'completed', completed_at = now(), evidence = 'x'")

    def test_nor_deleted(self, waiting):
        self.failed(waiting)
        refused("D3", "DELETE FROM billing_porting")

    def test_the_stop_is_not_before_the_porting(self, waiting):
        self.porting(waiting)
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE billing_porting SET status = 'completed', evidence = 'x', "
                "completed_at = '2026-02-02 14:00+09'"
            )
        refused("D3", STOP, jst(2026, 2, 1), waiting.phone.pk)

    def test_only_a_telephone_is_ported(self, waiting):
        with pytest.raises(IntegrityError, match="D3: only the number"), transaction.atomic():
            Porting.objects.create(
                line=waiting.internet,
                number="x",
                new_provider="x",
                scheduled_at=jst(2026, 1, 30),
                requested_at=make.CALLED_AT,
                requested_contact=waiting.call,
            )

    def test_the_internet_does_not_wait_for_it(self, waiting):
        self.failed(waiting)
        with connection.cursor() as cursor:
            cursor.execute(STOP, (jst(2026, 2, 1), waiting.internet.pk))


VISIT = (
    "INSERT INTO billing_visitoffer (order_id, access_line_id, starts_at, ends_at, status, offered_at, evidence) "
    "VALUES (%s, %s, %s, %s, 'offered', %s, '')"
)


@pytest.mark.requirement("D4")
class TestRemovalComesLast:
    def test_it_is_not_offered_for_the_last_day(self, waiting):
        refused(
            "D4",
            VISIT,
            waiting.order.pk,
            waiting.access_line.pk,
            jst(2026, 1, 31, 10),
            jst(2026, 1, 31, 12),
            make.CALLED_AT,
        )

    def offer(self, home, at=None) -> VisitOffer:
        start = at or jst(2026, 2, 2, 10)
        return VisitOffer.objects.create(
            order=home.order,
            access_line=home.access_line,
            starts_at=start,
            ends_at=start + dt.timedelta(hours=2),
            offered_at=make.CALLED_AT,
        )

    def test_one_line_to_end_is_not_enough(self, home):
        home.order = make.accepted(home, internet=dt.date(2026, 1, 31))
        refused(
            "D4",
            VISIT,
            home.order.pk,
            home.access_line.pk,
            jst(2026, 2, 2, 10),
            jst(2026, 2, 2, 12),
            make.CALLED_AT,
        )

    def test_agreed_by_the_customer_alone(self, waiting):
        self.offer(waiting)
        refused("D4", "UPDATE billing_visitoffer SET status = 'agreed'")
        refused(
            "D4",
            "UPDATE billing_visitoffer SET status = 'agreed', agreed_at = now(), agreed_contact_id = %s",
            make.household().call.pk,
        )

    def test_not_moved_by_editing(self, waiting):
        self.offer(waiting)
        refused("D4", "UPDATE billing_visitoffer SET starts_at = '2026-01-31 10:00+09'")

    def agreed(self, home) -> VisitOffer:
        visit = self.offer(home)
        visit.agree(at=make.CALLED_AT, by_id=home.operator.pk, contact_id=home.call.pk)
        visit.save()
        return visit

    def test_the_end_does_not_move_behind_it(self, waiting):
        self.agreed(waiting)
        line = waiting.lines[waiting.internet.pk]
        with connection.cursor() as cursor:
            cursor.execute(ENTRY, (line.pk, 2, "2026-02-28", make.CALLED_AT, waiting.call.pk, None))
        refused(
            "D4",
            "UPDATE billing_serviceline SET last_day = '2026-02-28' WHERE id = %s",
            waiting.internet.pk,
        )

    def test_not_carried_out_while_a_line_runs(self, waiting):
        self.agreed(waiting)
        with connection.cursor() as cursor:
            cursor.execute(STOP, (jst(2026, 2, 1), waiting.internet.pk))
        done = (
            "UPDATE billing_visitoffer SET status = 'done', done_at = '2026-02-02 11:00+09', evidence = 'x'"
        )
        refused("D4", done)
        with connection.cursor() as cursor:
            cursor.execute(STOP, (jst(2026, 2, 1), waiting.phone.pk))
            cursor.execute(done)


@pytest.mark.requirement("D6")
class TestNothingIsAcceptedUnexplained:
    ACCEPT = (
        "UPDATE billing_cancellationorder SET status = 'acknowledged', accepted_at = '2026-01-24 10:20+09' "
        "WHERE id = %s"
    )

    def test_at_all(self, home):
        refused("D6", self.ACCEPT, make.drafted(home).pk)

    def test_one_line_of_two(self, home):
        order = make.drafted(home, internet=make.LAST_DAY)
        make.explain(home, order)
        order.lines.create(line=home.phone, last_day=make.LAST_DAY, asked_words="x", why="x")
        refused("D6", self.ACCEPT, order.pk)

    def test_another_day_than_was_said(self, home):
        order = make.drafted(home)
        make.explain(home, order)
        order.lines.filter(line=home.internet).update(last_day=dt.date(2026, 1, 30))
        refused("D6", self.ACCEPT, order.pk)

    def test_an_order_of_no_line(self, home):
        order = CancellationOrder.objects.create(
            contract=home.contract,
            customer=home.customer,
            ticket=home.ticket,
            channel="web",
            asked_at=make.CALLED_AT,
        )
        refused("D6", self.ACCEPT, order.pk)

    def test_nor_born_accepted(self, home):
        refused(
            "D1",
            "INSERT INTO billing_cancellationorder (contract_id, customer_id, ticket_id, channel, status, asked_at, "
            "accepted_at, hold_reason, cancelled_words) VALUES (%s, %s, %s, 'phone', 'acknowledged', now(), now(), "
            "'', '')",
            home.contract.pk,
            home.customer.pk,
            home.ticket.pk,
        )

    def test_a_line_is_not_slipped_in_afterwards(self, home):
        order = make.accepted(home, internet=make.LAST_DAY)
        refused(
            "D6",
            "INSERT INTO billing_cancellationline (order_id, line_id, last_day, generation, asked_words, why) "
            "VALUES (%s, %s, '2026-01-31', 1, 'x', 'x')",
            order.pk,
            home.phone.pk,
        )

    def test_what_was_said_is_not_edited(self, waiting):
        refused("D6", "UPDATE billing_explanation SET last_day = '2026-01-30'")
