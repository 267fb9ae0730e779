"""Story 5 in the browser: 550 yen are paid, two leaders agree that it is right, and it is given back all the same."""

from __future__ import annotations

import pytest

from billing.models import Credit, FaultReview
from tests.factories.billing import fresh
from tests.scenario import test_story_5_already_billed as scenario

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
story = scenario.story


@pytest.mark.requirement("A8", "B10", "C5", "C7")
def test_two_leaders_approve_nothing_the_registrar_is_refused_another_sv_gives_back(story, seat, clock_at):
    s, cast = story, story.cast
    now = clock_at(scenario.CALLED)
    operator = seat(cast.operator)
    operator.open("/escalation/questions/ask/").fill(
        topic="転送サービスの請求", text="申込書にない550円です。"
    ).submit()
    for leader in (cast.leader, cast.leader2):
        seat(leader).open("/escalation/questions/").click("回答する").fill(
            text="請求で正しいです。", basis_kind="contract", basis_ref="約款 第12条"
        ).submit().sees(leader.name)
    assert fresh(s.charge).status == "settled", "agreement is no approval"
    operator.open(f"/billing/tickets/{s.ticket.number}/fault/")
    operator.fill(what=f"charge:{s.charge.pk}", question="申込のない請求", error_on="2025-11-21").submit()
    review = FaultReview.objects.get()
    assert fresh(s.charge).status == "disputed"
    decide = f"/billing/faults/{review.pk}/decide/"
    # Who registered it decides neither way, and is told why; what was typed stays.
    now.move_to(scenario.DECIDED)
    seat(cast.sv).open(decide).fill(verdict="company", reasons="申込書に番号表示とある。").submit().sees("C5")
    assert fresh(review).status == "open"
    seat(cast.sv2).open(decide).fill(verdict="company", reasons="申込書に番号表示とある。").submit()
    assert fresh(s.charge).status == "credited"
    assert Credit.objects.get(charge=s.charge).total_yen == 550
    operator.open(s.ticket).sees("550")
