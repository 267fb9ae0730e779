"""Story 4 in the browser: the form ticks caller display, the register says call forwarding, 525 yen are to be collected."""

from __future__ import annotations

import pytest

from billing.models import FaultReview
from escalation.models import Instruction
from tests.factories.billing import fresh
from tests.scenario import test_story_4_525_yen as scenario
from tickets.models import Promise

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
story = scenario.story


@pytest.mark.requirement("B8", "B9", "C2", "C5", "C8", "C9")
def test_the_comparison_the_order_the_objection_and_the_verdict(story, seat, clock_at):
    s, cast = story, story.cast
    now = clock_at(scenario.CALLED)
    operator = seat(cast.operator)
    # The comparison puts the form and the register side by side.
    operator.open(f"/billing/registrations/{s.wrong.pk}/").press_post(
        f"/billing/registrations/{s.wrong.pk}/compare/"
    )
    operator.sees("番号表示", "転送サービス")
    # A leader's order to collect, on record, and the call planned for tomorrow.
    now.move_to(scenario.MAILED)
    order, call = scenario.order_to_collect(s)
    leader = seat(cast.leader)
    # The operator finds it wrong: a review of the fault, and an objection with the name hidden from the leader.
    now.move_to(scenario.NEXT_DAY)
    operator.open(f"/billing/tickets/{s.ticket.number}/fault/")
    operator.fill(
        what=f"charge:{s.charge.pk}", question="申込のない転送サービスの登録", error_on="2011-10-04"
    ).submit()
    operator.open(f"/escalation/instructions/{order.pk}/object/")
    operator.fill(reasons="申込書には番号表示とあり、登録の誤りは会社側です。", hidden=True).submit()
    operator.sees("異議", cast.operator.name)
    leader.open(f"/escalation/instructions/{order.pk}/").sees("申立者は非表示")
    # While it stands objected to, nobody can carry the order out, on any road of the screen.
    leader.sees_not("実行する")
    # An SV above the issuer decides: the instruction falls.
    supervisor = seat(cast.sv)
    objection = order.objections.get()
    supervisor.open(f"/escalation/objections/{objection.pk}/decide/").fill(
        sustained=1, reasons="会社の登録ミス"
    ).submit()
    assert Instruction.objects.get(pk=order.pk).status == "withdrawn"
    # The verdict: company. The charge falls, tomorrow's call is cancelled, an apology call is owed.
    now.move_to(scenario.DECIDED)
    review = FaultReview.objects.get()
    supervisor.open(f"/billing/faults/{review.pk}/decide/").fill(
        verdict="company", reasons="申込書と登録が違う。"
    ).submit()
    assert (fresh(s.charge).status, fresh(s.charge).fault) == ("voided", "company")
    assert Promise.objects.get(pk=call.promise_id).status == "void"
    operator.open(s.ticket).sees("お詫び", "525")
    kinds = set(Promise.objects.open().filter(ticket=s.ticket).values_list("kind", flat=True))
    assert {"apology", "partner_report", "sweep"} <= kinds
    # The ticket cannot be resolved: the screen says what is still owed.
    operator.open(f"/tickets/{s.ticket.number}/resolve/").fill(resolution="解決").submit().sees("A13")
