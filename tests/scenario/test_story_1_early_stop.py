"""Story 1: the contract ends on Saturday, the number is ported on Friday, and nothing stops a second early.

The diary's week in 2026, whose weekdays are those of 2009. Beside it the wrong guidance of the 24th ("the carrier
cannot be told before the porting") is put right on the 27th for everyone who heard it.
"""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace

import pytest
from django.db import IntegrityError, connection, transaction

from billing import defaults
from billing.models import CarrierInstruction, LineEvent, Milestone, ServiceLine
from billing.queries.cancellation import missed_milestones, pending_terminations
from billing.services import cancellation, carrier, milestones, porting, stops
from tests.factories import cancellation as make
from tests.factories import words as said
from tests.factories.cast import cast
from tickets.dates import jst
from tickets.errors import Refused
from tickets.models import HarmCheck, OutboxMessage, Promise, ScheduledAction
from tickets.queries.owed import owed_to
from tickets.services import corrections
from tickets.services.callbacks import fulfil_callback, missed_call

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("A1", "A7", "A10", "D1", "D2", "D3", "D5", "D9")]

SATURDAY = jst(2026, 1, 24, 14, 0)
RELAY_DUE = jst(2026, 1, 26, 17, 0)
VOICEMAIL = jst(2026, 1, 26, 17, 30)
THE_CALL = jst(2026, 1, 27, 10, 30)
CORRECTED = jst(2026, 1, 27, 10, 40)
PORTED = jst(2026, 1, 30, 14, 0)
EVENING = jst(2026, 1, 30, 20, 0)
LAST_DAY = dt.date(2026, 1, 31)
THE_END = jst(2026, 2, 1, 0, 0)


@pytest.fixture
def story():
    """Saturday the 24th: three customers are told the wrong thing; the first has his cancellation accepted."""
    defaults.lay_figures()
    people = cast()
    article = said.article()
    wrong = said.version(article=article, actor=people.sv, at=jst(2025, 10, 1))
    homes = [make.household(at=SATURDAY, operator=people.operator, company=people.carrier) for _ in range(3)]
    for home in homes:
        said.told(
            ticket=home.ticket, version=wrong, actor=people.operator, at=SATURDAY, contact_id=home.call.pk
        )
    home = homes[0]
    order = make.leaving(home, at=SATURDAY, internet=LAST_DAY, phone=LAST_DAY)
    attempt = make.port(home, order, scheduled_at=PORTED, at=SATURDAY)
    cancellation.consent_to_stop(
        order_id=order.pk,
        line_id=home.phone.pk,
        stop_at=PORTED,
        contact_id=home.call.pk,
        words="電話は番号が移ったら止めてください",
        recording_ref="rec-0124-1400",
        at=SATURDAY,
        actor=people.operator,
    )
    return SimpleNamespace(
        cast=people, homes=homes, home=home, order=order, porting=attempt, article=article, wrong=wrong
    )


def relay_of(s) -> Milestone:
    return Milestone.objects.get(order=s.order, kind="carrier_relayed")


def line(s, kind: str) -> ServiceLine:
    return ServiceLine.objects.get(pk=getattr(s.home, kind).pk)


def relay_missed_and_voicemail(s) -> Promise:
    """Monday the 26th: the relay is done twenty minutes late, and the customer is not reached."""
    milestones.mark_violations(at=RELAY_DUE)
    item = CarrierInstruction.objects.get(order=s.order, kind="relay")
    carrier.mark_done(
        instruction_id=item.pk,
        evidence="東都回線 受付 A-551",
        at=jst(2026, 1, 26, 17, 20),
        actor=s.cast.operator,
    )
    return missed_call(
        ticket_id=s.home.ticket.pk,
        purpose="回線事業者へ撤去の連絡をしたことの報告",
        result="voicemail",
        at=VOICEMAIL,
        actor=s.cast.operator,
        summary="回線事業者へ連絡しました。立会日の電話が先方から入ります。",
    )


def the_number_moves(s) -> None:
    """Friday the 30th, 14:00."""
    porting.complete_porting(porting_id=s.porting.pk, completed_at=PORTED, evidence="完了通知 88", at=PORTED)
    make.run_due(PORTED)


class TestTheRelay:
    def test_is_due_on_monday_and_shows_as_missed(self, story):
        assert relay_of(story).due_at == RELAY_DUE
        milestones.mark_violations(at=RELAY_DUE)
        assert [row.pk for row in missed_milestones(story.cast.leader)] == [relay_of(story).pk]
        assert relay_of(story).status == "violated"

    def test_did_not_wait_for_the_porting(self, story):
        item = CarrierInstruction.objects.get(order=story.order, kind="relay")
        assert item.issued_at == SATURDAY < PORTED
        relay_missed_and_voicemail(story)
        assert relay_of(story).reached_at == jst(2026, 1, 26, 17, 20)
        assert relay_of(story).status == "violated"


class TestTheVoicemail:
    def test_is_on_screen_whoever_answers_and_is_kept_then(self, story):
        owed = relay_missed_and_voicemail(story)
        for colleague in (story.cast.operator2, story.cast.technical):
            banner = owed_to(customer_id=story.home.customer.pk, staff=colleague)
            assert banner.last_attempt is not None
            assert "立会日" in banner.last_attempt.summary
            assert owed in banner.promises
        call = make.call(
            story.home.customer, THE_CALL, operator=story.cast.operator2, ticket=story.home.ticket
        )
        fulfil_callback(promise_id=owed.pk, contact_id=call.pk, at=THE_CALL, actor=story.cast.operator2)
        kept = Promise.objects.get(pk=owed.pk)
        assert (kept.status, kept.ended_by, kept.kept_contact) == ("kept", story.cast.operator2, call)


class TestTheWrongGuidance:
    def test_two_calls_are_owed_and_three_harm_checks(self, story):
        told_now = make.call(
            story.home.customer, THE_CALL, operator=story.cast.operator2, ticket=story.home.ticket
        )
        right = said.version(
            article=story.article,
            actor=story.cast.sv,
            at=jst(2026, 1, 27, 10, 38),
            body="番号の移転を待たずに連絡できます。",
        )
        corrections.correct(
            wrong_id=story.wrong.pk,
            right_id=right.pk,
            reason="移転を待つ必要はない",
            actor=story.cast.sv,
            at=CORRECTED,
            told_contact_id=told_now.pk,
        )
        calls = Promise.objects.filter(kind="correction_call", status="open")
        assert set(calls.values_list("customer_id", flat=True)) == {h.customer.pk for h in story.homes[1:]}
        checks = HarmCheck.objects.all()
        assert {check.ticket_id for check in checks} == {home.ticket.pk for home in story.homes}
        assert all(check.promise.status == "open" for check in checks)


class TestTheStops:
    def test_the_telephone_stops_after_porting_and_the_internet_stays(self, story):
        make.run_due(jst(2026, 1, 30, 13, 59, 59))
        assert line(story, "phone").status == "pending_terminate"
        the_number_moves(story)
        assert (line(story, "phone").status, line(story, "phone").stopped_at) == ("terminated", PORTED)
        assert line(story, "phone").stop_consent is not None
        make.run_due(EVENING)
        assert line(story, "internet").status == "pending_terminate"
        waiting = pending_terminations([story.home.customer.pk])[story.home.customer.pk]
        assert [(row.kind, row.last_usable_at) for row in waiting] == [("internet", jst(2026, 1, 31, 23, 59))]

    @pytest.mark.parametrize("at", [jst(2026, 1, 31, 2, 0, 0), jst(2026, 1, 31, 23, 59, 59)])
    def test_the_internet_cannot_stop_on_saturday(self, story, at):
        the_number_moves(story)
        make.run_due(at)
        with pytest.raises(Refused, match="D2"):
            stops.stop_line(
                cancellation_line_id=story.home.lines[story.home.internet.pk].pk, generation=1, at=at
            )
        with (
            pytest.raises(IntegrityError, match=r"D2: line .* before its last day ends"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(
                "UPDATE billing_serviceline SET status = 'terminated', stopped_at = %s WHERE id = %s",
                (at, story.home.internet.pk),
            )
        assert line(story, "internet").status == "pending_terminate"

    def test_at_midnight_it_runs_once(self, story):
        the_number_moves(story)
        make.run_due(THE_END)
        make.run_due(THE_END)
        make.run_due(THE_END + dt.timedelta(seconds=2))
        internet = line(story, "internet")
        assert (internet.status, internet.stopped_at) == ("terminated", THE_END)
        assert internet.stop_consent is None
        for stopped in (internet, line(story, "phone")):
            assert LineEvent.objects.filter(line=stopped, kind="stopped").count() == 1
            assert OutboxMessage.objects.filter(key__endswith=f":stopped:{stopped.pk}:1").count() == 1
            assert CarrierInstruction.objects.filter(line=stopped, kind="stop").count() == 1
        ended = Milestone.objects.get(order=story.order, kind="contract_ended")
        assert ended.reached_at == THE_END
        assert not ScheduledAction.objects.filter(kind="billing.stop_line", status="due").exists()
