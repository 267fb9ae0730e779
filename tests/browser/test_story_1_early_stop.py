"""Story 1 in the browser: wrong guidance, a voicemail, a number that moves, and a line that ends at midnight and not before."""

from __future__ import annotations

import pytest

from billing.services import milestones
from tests.factories import cancellation as make
from tests.scenario import test_story_1_early_stop as scenario
from tickets.dates import jst
from tickets.models import Promise

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
story = scenario.story


@pytest.mark.requirement("A1", "A7", "A10", "D1", "D2", "D5")
def test_from_the_voicemail_to_midnight(story, seat, clock_at):
    s, cast = story, story.cast
    now = clock_at(scenario.RELAY_DUE)
    milestones.mark_violations(at=scenario.RELAY_DUE)
    # The relay to the carrier was due one business day after acceptance: it shows as missed.
    colleague = seat(cast.operator2)
    colleague.open(f"/billing/cancellations/{s.order.pk}/").sees("回線事業者連絡")
    supervisor = seat(cast.sv)
    supervisor.open("/billing/cancellations/missed/").sees(s.home.customer.name)
    now.move_to(scenario.VOICEMAIL)
    owed = scenario.relay_missed_and_voicemail(s)
    # Tuesday, 10:30: the customer calls first. Whoever answers sees what we last tried to tell them, and keeps it.
    now.move_to(scenario.THE_CALL)
    colleague.open(s.home.customer).sees("立会日の電話が先方から入ります", "解約待ち")
    call = make.call(s.home.customer, scenario.THE_CALL, operator=cast.operator2, ticket=s.home.ticket)
    colleague.open(f"/promises/{owed.pk}/keep/").fill(note="ご報告しました").submit()
    assert Promise.objects.get(pk=owed.pk).kept_contact == call
    # 10:40: an SV corrects the guidance. Two calls are owed, the third customer has just been told; three harm checks.
    now.move_to(scenario.CORRECTED)
    told = f"/tickets/{s.home.ticket.number}/guidance/"
    supervisor.open(f"/knowledge/versions/{s.wrong.pk}/correct/").fill(
        body="番号の移転を待たずに連絡できます。", reason="移転を待つ必要はない"
    ).submit()
    colleague.open(told).fill(article_version=s.article.versions.get(status="live").pk).submit()
    calls = Promise.objects.open().filter(kind="correction_call")
    assert set(calls.values_list("customer_id", flat=True)) == {home.customer.pk for home in s.homes[1:]}
    assert Promise.objects.open().filter(kind="harm_check").count() == 3
    seat(cast.operator).open(s.homes[1].customer).sees("誤案内の訂正", "不利益の確認")
    # Friday, 14:00: the number has moved, the telephone stops; the internet shows its last usable minute.
    now.move_to(scenario.PORTED)
    scenario.the_number_moves(s)
    colleague.open(s.home.customer).sees("1月31日(土) 24:00")
    # Saturday night nothing stops early; Sunday 00:00 it runs, once.
    make.run_due(jst(2026, 1, 31, 23, 59, 59))
    assert scenario.line(s, "internet").status == "pending_terminate"
    make.run_due(scenario.THE_END)
    assert scenario.line(s, "internet").stopped_at == scenario.THE_END
