"""Decisions outside the manual, on a Saturday too, within what each tier may decide (B6, B5)."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from escalation import authority
from escalation.models import AuthorityLimit, Decision, ExceptionRequest
from escalation.services import exceptions, roster
from tests.factories import escalation as make
from tests.factories.cast import cast as make_cast
from tickets.dates import jst
from tickets.errors import NotAllowed, Refused
from tickets.models import Promise, Tier
from tickets.services.overdue import raise_overdue

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("B6")]
AT = make.SATURDAY


@pytest.fixture
def cast():
    made = make_cast()
    make.masters()
    make.period(made)
    make.stand_in(made)
    return made


def ask(cast, *, yen=5_000, decision=Decision.EXCEPTION, actor=None) -> ExceptionRequest:
    return exceptions.request_exception(
        ticket_id=make.case(cast).ticket.pk,
        situation="契約最終日に回線が止まっている",
        options=[("臨時の再開通", yen), ("モバイル端末の貸出", 0)],
        decision=decision,
        actor=actor or cast.operator,
        at=AT,
    )


def approve(request, staff, option=0):
    chosen = request.options.order_by("pk")[option]
    return exceptions.approve_exception(
        request_id=request.pk, option_id=chosen.pk, reasons="お客様の不利益", actor=staff, at=AT
    )


def test_goes_to_someone_on_duty_with_the_authority(cast):
    request = ask(cast)
    assert (request.level, request.holder) == (Tier.SV, cast.sv)
    assert (request.promise.kind, request.promise.owner) == ("exception_decision", cast.sv)
    assert ask(cast, yen=50_000).holder == cast.sv2  # acting for the absent manager
    assert ask(cast, decision=Decision.RECONNECT).holder == cast.sv


def test_is_approved_and_the_promise_kept(cast):
    done = approve(ask(cast), cast.sv)
    assert (done.status, done.decided_by, done.decided_tier) == ("approved", cast.sv, Tier.SV)
    assert Promise.objects.get(pk=done.promise_id).status == "kept"


@pytest.mark.parametrize("who", ["operator", "leader"])
def test_below_the_authority_nobody_decides(cast, who):
    with pytest.raises(NotAllowed, match="B6"):
        approve(ask(cast, actor=cast.operator2), getattr(cast, who))


def test_nobody_approves_their_own(cast):
    with pytest.raises(NotAllowed, match="B6"):
        approve(ask(cast, actor=cast.sv), cast.sv)
    assert ask(cast, actor=cast.sv).holder == cast.sv2  # acts one tier up: the SV on duty asks


def test_over_the_limit_two_people_of_the_top(cast):
    request = ask(cast, yen=50_000)
    with pytest.raises(NotAllowed, match="B6"):
        approve(request, cast.sv)
    first = approve(request, cast.manager2)
    assert (first.status, first.seconded_by) == ("seconded", cast.manager2)
    with pytest.raises(NotAllowed, match="B6"):
        approve(request, cast.manager2)
    done = approve(request, cast.sv2)  # by delegation, and told so
    assert (done.status, done.decided_tier, done.decided_delegation.grantor) == (
        "approved",
        Tier.MANAGER,
        cast.manager,
    )


def test_declined_only_with_reasons_by_someone_who_could_have_approved(cast):
    request = ask(cast)
    facts: dict[str, Any] = {
        "request_id": request.pk,
        "basis_kind": "contract",
        "basis_ref": "12条",
        "at": AT,
    }
    with pytest.raises(NotAllowed, match="B6"):
        exceptions.decline_exception(**facts, reasons="無理です", actor=cast.leader)
    with pytest.raises(Refused, match="B6"):
        exceptions.decline_exception(**facts, reasons=" ", actor=cast.sv)
    exceptions.decline_exception(**facts, reasons="貸出で足りる", actor=cast.sv)
    assert Promise.objects.get(pk=request.promise_id).status == "kept"


def test_overdue_it_passes_up_past_the_requester(cast):
    request = ask(cast, actor=cast.sv2)
    assert request.holder == cast.sv
    assert raise_overdue(at=jst(2026, 1, 11, 9, 50)) == 1
    risen = ExceptionRequest.objects.get(pk=request.pk)
    assert (risen.level, risen.holder) == (Tier.MANAGER, cast.manager2)
    assert risen.promise.owner == cast.manager2


def test_withdrawn_by_the_requester(cast):
    request = ask(cast)
    with pytest.raises(NotAllowed, match="B6"):
        exceptions.withdraw_exception(request_id=request.pk, reason="不要", actor=cast.operator2, at=AT)
    exceptions.withdraw_exception(request_id=request.pk, reason="不要", actor=cast.operator, at=AT)
    assert Promise.objects.get(pk=request.promise_id).status == "void"


@pytest.mark.requirement("B5", "C7")
@pytest.mark.parametrize(
    ("who", "decision", "yen", "used", "allowed", "second"),
    [
        ("operator", Decision.GOODWILL, 1, 0, False, False),
        ("leader", Decision.GOODWILL, 1_100, 0, True, False),
        ("leader", Decision.GOODWILL, 1_101, 0, False, False),
        ("leader", Decision.GOODWILL, 1_100, 9_901, False, False),
        ("sv", Decision.GOODWILL, 11_000, 44_000, True, False),
        ("manager", Decision.GOODWILL, 11_000, 0, True, False),
        ("manager", Decision.GOODWILL, 11_001, 0, True, True),
        ("manager", Decision.GOODWILL, 330_001, 0, False, True),
        ("leader", Decision.VERDICT_COMPANY, 1_100, 0, True, False),
        ("leader", Decision.VERDICT_TAKES, 0, 0, False, False),
        ("sv", Decision.VERDICT_TAKES, 0, 0, True, True),
        ("leader", Decision.RECONNECT, 0, 0, False, False),
        ("sv", Decision.FINAL_ANSWER, 0, 0, False, False),
        ("sv2", Decision.FINAL_ANSWER, 0, 0, True, False),
        ("manager2", Decision.FINAL_ANSWER, 0, 0, True, False),
    ],
)
def test_the_matrix(cast, who, decision, yen, used, allowed, second):
    found = authority.may(getattr(cast, who), decision, yen, AT, yearly_used_yen=used)
    assert (found.allowed, found.second) == (allowed, second)
    assert allowed == (not found.why)


def test_a_new_limit_holds_from_its_day_on(cast):
    new: dict[str, Any] = {
        "decision": Decision.GOODWILL,
        "tier": Tier.LEADER,
        "from_on": jst(2026, 2, 1).date(),
        "allowed": True,
        "why": "少額の減免を早くする",
        "at": AT,
    }
    with pytest.raises(NotAllowed, match="B6"):
        roster.set_limit(**new, limit_yen=3_300, actor=cast.manager)
    roster.set_limit(**new, limit_yen=3_300, actor=cast.administrator)
    assert not authority.may(cast.leader, Decision.GOODWILL, 3_300, jst(2026, 1, 31, 23, 59)).allowed
    assert authority.may(cast.leader, Decision.GOODWILL, 3_300, jst(2026, 2, 1)).allowed
    assert AuthorityLimit.objects.filter(decision=Decision.GOODWILL, tier=Tier.LEADER).count() == 2
    with pytest.raises(Refused, match="B6"):
        roster.set_limit(**new, limit_yen=1, actor=cast.administrator)
    set_row = AuthorityLimit.objects.get(decision=Decision.GOODWILL, tier=Tier.LEADER, limit_yen=3_300)
    assert (set_row.set_by, set_row.set_at, set_row.why) == (cast.administrator, AT, "少額の減免を早くする")
    for wrong in ({"from_on": AT.date() - dt.timedelta(days=1)}, {"why": " "}):
        with pytest.raises(Refused, match="B6"):
            roster.set_limit(**{**new, "tier": Tier.SV, **wrong}, limit_yen=1, actor=cast.administrator)


def test_my_card_shows_what_i_may_decide(cast):
    mine = {row.decision: row for row in authority.card(cast.sv2, AT)}
    assert mine[Decision.GOODWILL].limit_yen == 330_000  # acting as manager this weekend
    theirs = {row.decision: row for row in authority.card(cast.operator, AT)}
    assert not any(row.allowed for row in theirs.values())
