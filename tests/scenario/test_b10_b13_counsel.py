"""Leaders' answers under their names, authorities with two signatures, concerns past the line above (B10, B11, B13)."""

from __future__ import annotations

import pytest

from escalation.models import Concern, ConcernReporter, RegulatorCase
from escalation.queries import leaders as leader_queries
from escalation.services import concerns, leaders, regulators
from tests.factories import escalation as make
from tests.factories.cast import cast as make_cast
from tickets.dates import jst
from tickets.errors import NotAllowed, Refused
from tickets.models import LiveEvent, Promise, TimelineEntry

pytestmark = pytest.mark.django_db
AT = make.SATURDAY
BASIS = {"basis_kind": "policy", "basis_ref": "料金規程 3"}


@pytest.fixture
def cast():
    return make_cast()


@pytest.mark.requirement("B10", "A8")
def test_the_next_who_asks_sees_what_two_leaders_said(cast, django_assert_num_queries):
    asked = leaders.ask_leader(
        topic="転送サービス", text="登録ミスでも解約料は請求しますか", actor=cast.operator, at=AT
    )
    with pytest.raises(NotAllowed, match="B10"):
        leaders.answer_as_leader(question_id=asked.pk, text="いいえ", actor=cast.operator2, at=AT, **BASIS)
    for who, text in ((cast.leader, "請求します"), (cast.leader2, "当然請求です")):
        leaders.answer_as_leader(question_id=asked.pk, text=text, actor=who, at=AT, **BASIS)
    with pytest.raises(Refused, match="A6"):
        leaders.answer_as_leader(
            question_id=asked.pk, text="x", actor=cast.sv, at=AT, basis_kind="procedure", basis_ref="社内"
        )
    with django_assert_num_queries(2):
        found = leader_queries.earlier(staff=cast.operator2, topic="転送サービス")
        said = [
            (answer.answered_by.name, answer.text) for question in found for answer in question.answers.all()
        ]
    assert said == [(cast.leader.name, "請求します"), (cast.leader2.name, "当然請求です")]
    for text in ("解約料 請求", "ﾃﾝｿｳ", "当然"):
        hits = leader_queries.search(staff=cast.operator2, text=text)
        assert [hit.pk for hit in hits] == ([] if text == "ﾃﾝｿｳ" else [asked.pk])
    assert leader_queries.earlier(staff=cast.partner_operator, topic="転送サービス") == []


@pytest.fixture
def regulator(cast) -> RegulatorCase:
    return regulators.record_regulator_contact(
        ticket_id=make.case(cast).ticket.pk,
        body="bureau",
        body_name="関東総合通信局",
        asks="経緯の報告",
        deadline=jst(2026, 1, 20, 17),
        actor=cast.operator,
        at=AT,
    )


@pytest.mark.requirement("B11")
def test_an_authority_is_answered_over_two_signatures_on_one_text(cast, regulator):
    case_id = regulator.pk
    assert regulator.promise.due_at == jst(2026, 1, 20, 17)
    with pytest.raises(NotAllowed, match="B11"):
        regulators.draft_reply(case_id=case_id, text="案", actor=cast.leader, at=AT)
    regulators.draft_reply(case_id=case_id, text="第一案", actor=cast.sv, at=AT)
    regulators.sign_reply(case_id=case_id, actor=cast.sv, at=AT)
    with pytest.raises(Refused, match="B11"):
        regulators.sign_reply(case_id=case_id, actor=cast.sv, at=AT)
    with pytest.raises(Refused, match="B11"):
        regulators.send_reply(case_id=case_id, actor=cast.sv, at=AT)
    regulators.draft_reply(case_id=case_id, text="第二案", actor=cast.sv2, at=AT)
    regulators.sign_reply(case_id=case_id, actor=cast.manager, at=AT)
    # The signature on the first text does not count for the second.
    with pytest.raises(Refused, match="B11"):
        regulators.send_reply(case_id=case_id, actor=cast.sv, at=AT)
    regulators.sign_reply(case_id=case_id, actor=cast.sv, at=AT)
    done = regulators.send_reply(case_id=case_id, actor=cast.sv, at=AT)
    assert done.status == "replied"
    assert Promise.objects.get(pk=done.promise_id).status == "kept"


@pytest.mark.requirement("B11")
def test_partners_neither_take_nor_see_it(cast, regulator):
    assert not RegulatorCase.objects.visible_to(cast.partner_operator).exists()
    entries = TimelineEntry.objects.filter(kind__startswith="regulator")
    assert entries
    assert all(entry.own_company_only for entry in entries)


@pytest.mark.requirement("B13")
def test_a_concern_reaches_compliance_and_nobody_else(cast):
    events = LiveEvent.objects.count()
    raised = concerns.raise_concern(text="請求するよう圧力があります", actor=cast.operator, at=AT)
    for door in (Concern.objects, ConcernReporter.objects):
        seen = {name for name, staff in cast.people.items() if door.visible_to(staff).exists()}
        assert seen == {"operator", "compliance"}
    assert not TimelineEntry.objects.exists()
    assert LiveEvent.objects.count() == events
    with pytest.raises(NotAllowed, match="B13"):
        concerns.close_concern(concern_id=raised.pk, outcome="問題なし", actor=cast.manager, at=AT)
    concerns.look_into(concern_id=raised.pk, actor=cast.compliance, at=AT)
    with pytest.raises(Refused, match="B13"):
        concerns.close_concern(concern_id=raised.pk, outcome=" ", actor=cast.compliance, at=AT)
    concerns.close_concern(concern_id=raised.pk, outcome="指示を撤回させた", actor=cast.compliance, at=AT)
    assert Concern.objects.visible_to(cast.operator).get().outcome == "指示を撤回させた"
    columns = {field.name for field in Concern._meta.get_fields() if field.concrete}
    assert not columns & {"staff", "reporter", "desk", "raised_by"}
