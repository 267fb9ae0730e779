"""Story 2 in the browser: a line found dead at 09:05 on its last day."""

from __future__ import annotations

import pytest

from billing.models import StopIncident
from tests.scenario import test_story_2_stopped_anyway as scenario
from tickets.dates import jst
from tickets.models import Contact, Promise, Ticket, Transfer
from tickets.services.holds import check_hold

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
story = scenario.story


@pytest.mark.requirement("A3", "A4", "A15", "B6", "C9", "D7")
def test_p1_warm_hand_over_hold_reconnect_and_what_is_owed(story, seat, clock_at):
    s, cast = story, story.cast
    now = clock_at(scenario.FOUND)
    technical = seat(cast.technical)
    # The technical desk answers, sees the line, and opens the incident itself: no "please call the other desk".
    technical.open(s.home.customer).sees("解約待ち").click("入電")
    technical.open(f"/billing/tickets/{s.home.ticket.number}/dead-line/")
    technical.fill(line=s.home.internet.pk, words="緑のランプが少ない。つながらない").submit()
    incident = StopIncident.objects.get()
    ticket = incident.ticket
    assert (ticket.priority, incident.fault) == (Ticket.Priority.P1, "company")
    technical.open(ticket).sees("P1", "お詫び", "P1")
    # Warm hand-over: the context travels, the sender stays responsible until it is accepted.
    technical.open(f"/tickets/{ticket.number}/transfer/")
    technical.fill(
        to_desk=cast.desk.pk, context="最終日に停止。再開通の依頼済み。お客様に再度聞かないこと"
    ).submit()
    offer = Transfer.objects.get(status="offered")
    operator = seat(cast.operator)
    operator.open("/queue/").sees("再開通の依頼済み").click("取次を引き受ける")
    assert Transfer.objects.get(pk=offer.pk).accepted_by == cast.operator
    # Hold: prompt at 120 s, at 300 s a callback is offered.
    now.move_to(scenario.ON_HOLD)
    call = Contact.objects.filter(ended_at__isnull=True).latest("pk")
    technical.open(s.home.customer).press_post(f"/calls/{call.pk}/hold/")
    now.move_to(jst(2026, 1, 31, 9, 13))
    check_hold(contact_id=call.pk, at=jst(2026, 1, 31, 9, 13))
    technical.open(ticket).sees("折り返しを希望")
    # The SV on duty may approve a reconnect, on a Saturday; a leader may not.
    request = incident.exception_request
    approve = f"/escalation/exceptions/{request.pk}/approve/"
    now.move_to(scenario.APPROVED)
    option = request.options.first().pk
    seat(cast.leader).open(approve).fill(option=option, reasons="今日中").submit().sees("B6")
    seat(cast.sv).open(approve).fill(option=option, reasons="最終日まで使える契約").submit().sees("承認")
    # The credit is computed, an apology by a manager is owed, and nothing resolves without the partner report.
    assert StopIncident.objects.get().credit_yen == scenario.ONE_DAY_YEN
    assert Promise.objects.open().filter(ticket=ticket, kind="apology", tier=4).exists()
    operator.open(ticket).press_post(f"/tickets/{ticket.number}/start/")
    operator.open(f"/tickets/{ticket.number}/resolve/").fill(resolution="再開通").submit().sees("A13")
