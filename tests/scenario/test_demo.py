"""The demonstration: it loads at any hour, the books balance, everybody can sign in, and it is not loaded twice."""

from __future__ import annotations

import time

import pytest
from django.core.management import call_command
from django.urls import reverse

from billing.models import CancellationOrder, ChargeCall, Credit, FaultReview, Porting, StopIncident, Waiver
from config import clock
from config.demo import PASSWORD, SIGN_INS
from config.demo.load import empty, load
from config.demo.moments import Moments
from escalation.models import Concern, Demand, Objection, ObjectionAuthor, RegulatorCase
from escalation.queries.duty import on_duty
from tests.factories.deferred import commit_rules
from tickets.dates import jst
from tickets.models import (
    HarmCheck,
    OutboxMessage,
    Promise,
    Staff,
    Survey,
    Ticket,
    TimelineEntry,
)
from tickets.queries.owed import owed_to
from tickets.services.reconcile import reconcile

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def owed_on(ticket: Ticket) -> set[str]:
    return set(Promise.objects.open().filter(ticket=ticket).values_list("kind", flat=True))


@pytest.mark.requirement("D9")
def test_it_loads_balances_and_is_not_loaded_twice(client):
    now = clock.now()
    began = time.monotonic()
    assert load(now)
    commit_rules()
    assert time.monotonic() - began < 90, "half a minute on a machine that does nothing else"
    assert reconcile(at=now, everything=True).standing == 0
    assert Ticket.objects.open().count() >= 40

    before = TimelineEntry.objects.count()
    assert not load(now)
    call_command("demo")
    assert TimelineEntry.objects.count() == before

    for sign_in in SIGN_INS:
        client.logout()
        client.post(reverse("account_login"), {"login": sign_in.login_id, "password": PASSWORD})
        assert client.get(reverse("tickets:home")).status_code == 200, sign_in
    the_stories_are_in_mid_life(now)

    empty()
    assert not Staff.objects.exists()


def the_stories_are_in_mid_life(now) -> None:
    sv = Staff.objects.get(login_id="sv")
    # 1: in 解約待ち, the number goes tomorrow, a voicemail was left, two calls and three checks are owed.
    porting = Porting.objects.exclude(status="completed").get()
    assert porting.scheduled_at > now
    assert porting.order is not None
    banner = owed_to(customer_id=porting.order.customer_id, staff=sv)
    assert banner.last_attempt is not None
    assert Promise.objects.open().filter(kind="correction_call").count() == 2
    assert HarmCheck.objects.filter(outcome="pending").count() == 3
    # 2: a P1 with all that makes it good; the SV on duty is asked.
    incident = StopIncident.objects.get()
    assert incident.ticket.priority == Ticket.Priority.P1
    assert {"exception_decision", "apology", "partner_report"} <= owed_on(incident.ticket)
    # 3: with the delegate of a manager who is away.
    demand = Demand.objects.open().get(demanded_tier=4)
    assert demand.holder is not None
    assert demand.holder.login_id == "sv2"
    # 4: on hold, objected to, and tomorrow's call still planned.
    assert Objection.objects.get(status="open").instruction.issuer.login_id == "leader"
    assert not ObjectionAuthor.objects.visible_to(Staff.objects.get(login_id="leader")).exists()
    assert ChargeCall.objects.get().charge.status == "on_hold"
    # 5: one review open after two leaders, one credit owed.
    assert FaultReview.objects.filter(status="open", charge__status="disputed").count() == 1
    assert Credit.objects.get(kind="fault").total_yen == 550
    # 6: withheld, and it says why.
    assert set(Survey.objects.filter(status="withheld").values_list("withheld_reason", flat=True)) == {
        "promise",
        "quiet",
    }
    # For the ranks above, and for the post.
    assert {waiver.tier for waiver in Waiver.objects.filter(status__in=("requested", "passed_up"))} >= {
        2,
        3,
        4,
    }
    assert RegulatorCase.objects.exists()
    assert Concern.objects.exists()
    assert CancellationOrder.objects.count() == 2
    assert OutboxMessage.objects.filter(status="sent").exists()
    assert OutboxMessage.objects.filter(status="pending").exists()
    assert on_duty(3, now)[0].staff == sv


@pytest.mark.parametrize(
    "now",
    [jst(2026, 5, 6, 9, 4), jst(2026, 1, 4, 3, 0)],
    ids=["four minutes after opening on a holiday", "on a Sunday night"],
)
def test_it_loads_at_any_hour(now):
    assert load(now)
    commit_rules()
    assert reconcile(at=now, everything=True).standing == 0


@pytest.mark.parametrize(
    ("now", "minutes", "then"),
    [
        (jst(2026, 5, 6, 12, 0), 30, jst(2026, 5, 6, 11, 30)),
        (jst(2026, 5, 6, 9, 10), 40, jst(2026, 5, 5, 17, 30)),
        (jst(2026, 5, 6, 3, 0), 1, jst(2026, 5, 5, 17, 58)),
        (jst(2026, 5, 6, 22, 0), 1, jst(2026, 5, 6, 17, 58)),
        (jst(2026, 5, 6, 9, 10), 560, jst(2026, 5, 4, 17, 50)),
    ],
)
def test_minutes_are_counted_in_opening_hours(now, minutes, then):
    assert Moments(now).ago(minutes) == then
