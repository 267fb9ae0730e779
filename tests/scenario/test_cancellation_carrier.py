"""What the carrier is told and what it answers, by its gateway and by hand."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from django.urls import reverse

from billing import defaults
from billing.models import (
    CarrierInstruction,
    LastDayEntry,
    LineEvent,
    Milestone,
    ServiceLine,
    StopConsent,
    StopIncident,
)
from billing.queries.cancellation import carrier_work_list
from billing.services import cancellation, carrier, incidents, reconnect
from config import clock
from escalation.services.exceptions import approve_exception
from tests.factories import cancellation as make
from tests.factories import escalation as upward
from tests.factories.cast import cast
from tickets.dates import jst
from tickets.errors import Refused
from tickets.formats import datetime_text, last_minute_text
from tickets.models import OutboxMessage, ScheduledAction, Ticket
from tickets.services.outbox import withdraw_key

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("D1", "D3", "D7", "D9")]
ACCEPTED = make.CALLED_AT
MONDAY = jst(2026, 1, 26, 9, 30)
NOON = jst(2026, 1, 30, 12, 0)
END = jst(2026, 2, 1)
LATER = jst(2026, 2, 1, 9, 30)


@pytest.fixture
def by_hand():
    defaults.lay_figures()
    upward.masters()
    people = cast()
    home = make.household(operator=people.operator, company=people.carrier)
    return SimpleNamespace(cast=people, home=home, order=make.leaving(home))


@pytest.fixture
def by_gateway(settings):
    settings.CARRIER_URL = "http://127.0.0.1:9"
    defaults.lay_figures()
    upward.masters()
    people = cast()
    home = make.household(operator=people.operator, company=people.carrier)
    return SimpleNamespace(cast=people, home=home, order=make.leaving(home))


def item(s, kind: str) -> CarrierInstruction:
    return CarrierInstruction.objects.filter(order=s.order, kind=kind).order_by("-pk")[0]


def message(s, kind: str) -> OutboxMessage:
    return OutboxMessage.objects.get(key=item(s, kind).key)


def sent(s, kind: str, *, at=MONDAY) -> None:
    """The relay has had the message taken."""
    row = message(s, kind)
    row.begin(at=at)
    row.save()
    row.mark_sent(at=at, response={"status": 201, "answer": {"reference": "KC-000001"}})
    row.save()
    carrier.message_fate(row, at)


class TestByTheGateway:
    def test_it_leaves_with_the_acceptance_and_names_each_lines_own_end(self, by_gateway):
        row = message(by_gateway, "relay")
        assert (row.to, row.created_at) == ("/instructions", ACCEPTED)
        assert {end["ends_at"] for end in row.payload["ends"]} == {"2026-02-01T00:00:00+09:00"}

    def test_taken_it_reaches_the_milestone_with_the_carriers_reference(self, by_gateway):
        sent(by_gateway, "relay")
        assert item(by_gateway, "relay").status == "acknowledged"
        row = Milestone.objects.get(order=by_gateway.order, kind="carrier_relayed")
        assert (row.status, row.reached_at, row.evidence) == ("completed", MONDAY, "KC-000001")

    def test_given_up_it_becomes_a_persons_work(self, by_gateway):
        row = message(by_gateway, "relay")
        row.give_up(error="the gateway said 400")
        row.save()
        carrier.message_fate(row, MONDAY)
        work = carrier_work_list(by_gateway.cast.operator)
        assert [entry.kind for entry in work] == ["relay"]
        carrier.mark_done(
            instruction_id=work[0].pk, evidence="FAX", at=MONDAY, actor=by_gateway.cast.operator
        )
        assert Milestone.objects.get(order=by_gateway.order, kind="carrier_relayed").reached_at == MONDAY

    def test_an_earlier_change_that_has_not_left_is_overtaken(self, by_gateway):
        for day in (14, 21):
            cancellation.change_last_day(
                order_id=by_gateway.order.pk,
                line_id=by_gateway.home.internet.pk,
                last_day=make.LAST_DAY.replace(month=2, day=day),
                why="延期",
                contact_id=by_gateway.home.call.pk,
                at=MONDAY,
                actor=by_gateway.home.operator,
            )
        stood = (
            CarrierInstruction.objects.filter(kind="change").order_by("pk").values_list("status", flat=True)
        )
        assert list(stood) == ["superseded", "issued"]
        fates = OutboxMessage.objects.filter(key__startswith="carrier:change").order_by("pk")
        assert list(fates.values_list("status", flat=True)) == ["withdrawn", "pending"]

    def test_the_stop_leaves_at_the_end_with_the_moment_it_may_be_done(self, by_gateway):
        make.run_due(END)
        stops = OutboxMessage.objects.filter(key__startswith="carrier:stop:")
        assert {row.payload["not_before"] for row in stops} == {END.isoformat()}
        assert stops.count() == 2
        assert not withdraw_key(key="carrier:stop:0:g1", reason="x")


class TestTheCarriersAnswer:
    def report(self, s, kind="stop", **answer):
        line = {"line": s.home.internet} if kind == "stop" else {}
        key = CarrierInstruction.objects.get(order=s.order, kind=kind, **line).key
        return carrier.apply_carrier_report(**{"key": key, "reference": "R-1", **answer})

    def test_executed_in_time_is_kept_with_its_own_time(self, by_hand):
        make.run_due(END)
        done, told = jst(2026, 2, 1, 0, 3), jst(2026, 2, 1, 0, 10)
        row = self.report(by_hand, outcome="executed", executed_at=done, at=told)
        assert (row.status, row.executed_at, row.reported_at) == ("executed", done, told)
        assert not StopIncident.objects.exists()

    def test_the_same_report_twice_changes_nothing(self, by_hand):
        make.run_due(END)
        for _ in range(2):
            self.report(by_hand, outcome="executed", executed_at=END, at=jst(2026, 2, 1, 0, 10))
        assert LineEvent.objects.filter(line=by_hand.home.internet, kind="carrier_stop").count() == 1

    def test_a_carrier_that_was_early_is_an_incident_with_its_credit(self, by_hand):
        make.run_due(END)
        cut = jst(2026, 1, 30, 22, 0)
        self.report(by_hand, outcome="executed", executed_at=cut, at=jst(2026, 2, 1, 0, 10))
        incident = StopIncident.objects.get()
        assert (incident.status, incident.lost_days, incident.executed_at) == ("lapsed", 2, cut)
        assert incident.ticket.priority == Ticket.Priority.P1
        assert incident.credit is not None
        assert incident.credit_yen == incident.credit.net_yen + incident.credit.tax_yen > 0

    def test_a_carrier_that_was_there_tomorrow_is_not_believed(self, by_hand):
        make.run_due(END)
        with pytest.raises(Refused, match="D7"):
            self.report(by_hand, outcome="executed", executed_at=jst(2026, 2, 2), at=jst(2026, 2, 1, 0, 10))

    def test_another_line_is_not_reported_under_this_circuit(self, by_hand):
        stranger = make.household()
        with pytest.raises(Refused, match="D7"):
            self.report(
                by_hand,
                kind="relay",
                outcome="stopped",
                line_id=stranger.internet.pk,
                executed_at=NOON,
                at=NOON,
            )

    def test_a_stop_the_customer_consented_to_is_none(self, by_hand):
        cancellation.consent_to_stop(
            order_id=by_hand.order.pk,
            line_id=by_hand.home.internet.pk,
            stop_at=NOON,
            contact_id=by_hand.home.call.pk,
            words="30日の正午で構いません",
            recording_ref="rec",
            at=ACCEPTED,
            actor=by_hand.home.operator,
        )
        self.report(
            by_hand,
            kind="relay",
            outcome="stopped",
            line_id=by_hand.home.internet.pk,
            executed_at=NOON,
            at=NOON,
        )
        assert not StopIncident.objects.exists()

    def test_unknown_words_and_keys_are_refused(self, by_hand):
        with pytest.raises(Refused, match="D7"):
            self.report(by_hand, kind="relay", outcome="perhaps", at=NOON)
        with pytest.raises(Refused, match="D7"):
            carrier.apply_carrier_report(key="?", outcome="taken", reference="", at=NOON)


@pytest.mark.requirement("D2")
class TestAskedAgainOfALineThatHasStopped:
    """One sentence that says since when, and no effect a second time."""

    @pytest.fixture
    def stopped(self, by_hand):
        make.run_due(END)
        return by_hand

    def test_its_dates_no_longer_change(self, stopped):
        about = {
            "order_id": stopped.order.pk, "line_id": stopped.home.internet.pk, "contact_id": stopped.home.call.pk,
            "at": LATER, "actor": stopped.home.operator,
        }  # fmt: skip
        before = self.counts(stopped)
        with pytest.raises(Refused) as later:
            cancellation.change_last_day(last_day=make.LAST_DAY.replace(month=2, day=7), why="延期", **about)
        with pytest.raises(Refused) as earlier:
            cancellation.consent_to_stop(stop_at=END, words="止めてよい", recording_ref="rec", **about)
        assert later.value.rule == earlier.value.rule == "D2"
        assert later.value.told == earlier.value.told
        assert last_minute_text(END) in later.value.told
        assert self.counts(stopped) == before

    def test_the_carrier_is_not_told_twice(self, stopped):
        work = item(stopped, "stop")
        carrier.mark_done(instruction_id=work.pk, evidence="FAX-1", at=LATER, actor=stopped.home.operator)
        before = self.counts(stopped)
        with pytest.raises(Refused, match="FAX-1") as again:
            carrier.mark_done(instruction_id=work.pk, evidence="FAX-2", at=LATER, actor=stopped.cast.operator)
        assert again.value.rule == "D9"
        assert datetime_text(LATER) in again.value.told
        assert self.counts(stopped) == before
        assert item(stopped, "stop").evidence == "FAX-1"

    def test_the_screen_says_so_and_keeps_what_was_typed(self, stopped, client):
        client.force_login(stopped.home.operator, backend="config.accounts.StaffBackend")
        work = item(stopped, "stop")
        carrier.mark_done(instruction_id=work.pk, evidence="FAX-1", at=LATER, actor=stopped.home.operator)
        with clock.pinned(LATER):
            told = client.post(reverse("billing:carrier_done", args=[work.pk]), {"evidence": "二度目のFAX"})
            dates = client.post(
                reverse("billing:change_last_day", args=[stopped.order.pk, stopped.home.internet.pk]),
                {"last_day": "2026-02-07", "why": "延期したい", "contact": stopped.home.call.pk},
            )
        for answer, since, typed in (
            (told, "FAX-1", "二度目のFAX"),
            (dates, last_minute_text(END), "延期したい"),
        ):
            assert answer.status_code == 422
            assert since in answer.content.decode()
            assert typed in answer.content.decode()

    def counts(self, s) -> tuple[int, ...]:
        """Everything that a second stop would leave."""
        rows = (LineEvent, CarrierInstruction, OutboxMessage, ScheduledAction, StopConsent, LastDayEntry)
        return (
            *(model.objects.count() for model in rows),
            ServiceLine.objects.filter(stopped_at=END).count(),
        )


@pytest.mark.requirement("D2", "B6")
def test_a_line_stopped_on_a_wrong_consent_is_given_back_and_ends_once_more(by_hand):
    """In the register too it had stopped; the words that stopped it count for nothing afterwards."""
    home = by_hand.home
    cancellation.consent_to_stop(
        order_id=by_hand.order.pk,
        line_id=home.internet.pk,
        stop_at=NOON,
        contact_id=home.call.pk,
        words="(電話のことを言っていた)",
        recording_ref="rec",
        at=ACCEPTED,
        actor=home.operator,
    )
    make.run_due(NOON)
    make.reread(home)
    assert home.internet.status == "terminated"
    incident = incidents.report_early_stop(
        line_id=home.internet.pk, at=jst(2026, 1, 30, 13), actor=by_hand.cast.technical, executed_at=NOON
    )
    request = incident.exception_request
    assert request is not None
    approved = jst(2026, 1, 30, 13, 10)
    approve_exception(
        request_id=request.pk,
        option_id=request.options.get().pk,
        reasons="同意は電話についてのもの",
        actor=by_hand.cast.sv,
        at=approved,
    )
    work = reconnect.order_reconnect(incident_id=incident.pk, at=approved, actor=home.operator)
    carrier.mark_done(instruction_id=work.pk, evidence="再開通", at=jst(2026, 1, 30, 14), actor=home.operator)
    make.reread(home)
    assert (home.internet.status, home.internet.stopped_at) == ("pending_terminate", None)
    make.run_due(jst(2026, 1, 31, 23, 59, 59))
    make.reread(home)
    assert home.internet.status == "pending_terminate"
    make.run_due(END)
    make.reread(home)
    assert (home.internet.status, home.internet.stopped_at) == ("terminated", END)
    assert OutboxMessage.objects.filter(key__contains=f":stopped:{home.internet.pk}:").count() == 2
