"""A superior's order, on record; the objection that suspends it and does not say who objected (B8, B9, B13)."""

from __future__ import annotations

import datetime as dt

import pytest

from escalation.models import Instruction, Objection, ObjectionAuthor
from escalation.queries.oversight import MonthOfObjections, objections_by_month
from escalation.services import instructions, objections
from tests.factories import escalation as make
from tests.factories.cast import cast as make_cast
from tickets.dates import jst
from tickets.errors import NotAllowed, Refused
from tickets.models import LiveEvent, Promise, Tier, TimelineEntry
from tickets.services.overdue import raise_overdue

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("B8", "B9")]
AT = make.SATURDAY
BASIS = {"basis_kind": "policy", "basis_ref": "料金規程 3"}


@pytest.fixture
def cast():
    made = make_cast()
    make.masters()
    make.period(made)
    make.stand_in(made)
    return made


@pytest.fixture
def case(cast):
    return make.case(cast)


def order(cast, case, *, issuer=None, **facts) -> Instruction:
    return instructions.issue_instruction(
        **{
            "ticket_id": case.ticket.pk,
            "recipient_id": cast.operator.pk,
            "text": "転送サービスの料金を請求すると伝えてください",
            "adverse": True,
            "observer_ids": [cast.leader2.pk],
            "actor": issuer or cast.leader,
            "at": AT,
            **BASIS,
            **facts,
        }
    )


def objected(cast, instruction, *, actor=None, **facts) -> Objection:
    return objections.object_to(
        instruction_id=instruction.pk,
        reasons="登録ミスは当社の責任です",
        actor=actor or cast.operator,
        at=AT,
        **facts,
    )


def state(instruction) -> str:
    return str(Instruction.objects.get(pk=instruction.pk).status)


def run(cast, instruction):
    return instructions.execute_instruction(instruction_id=instruction.pk, actor=cast.operator, at=AT)


def test_a_mail_is_kept_and_never_carried_out(cast, case):
    mail = instructions.note_instruction(
        ticket_id=case.ticket.pk,
        issuer_id=cast.leader.pk,
        channel="email",
        text="請求すると伝えた？",
        actor=cast.operator,
        at=AT,
    )
    instructions.acknowledge_instruction(instruction_id=mail.pk, actor=cast.operator, at=AT)
    with pytest.raises(Refused, match="B8"):
        run(cast, mail)
    with pytest.raises(Refused, match="B8"):
        instructions.note_instruction(
            ticket_id=case.ticket.pk,
            issuer_id=cast.leader.pk,
            channel="record",
            text="x",
            actor=cast.operator,
            at=AT,
        )


def test_on_record_with_a_basis_it_is_acknowledged_and_carried_out(cast, case):
    with pytest.raises(NotAllowed, match="B8"):
        order(cast, case, issuer=cast.operator2)
    with pytest.raises(Refused, match=r"A6|B8"):
        order(cast, case, basis_kind="procedure")
    given = order(cast, case)
    with pytest.raises(Refused, match="B8"):
        run(cast, given)
    with pytest.raises(NotAllowed, match="B8"):
        instructions.acknowledge_instruction(instruction_id=given.pk, actor=cast.operator2, at=AT)
    instructions.acknowledge_instruction(instruction_id=given.pk, actor=cast.operator, at=AT)
    assert run(cast, given).executed_by == cast.operator
    assert [row.staff for row in given.observers.all()] == [cast.leader2]


def test_an_objection_suspends_and_goes_above_the_issuer(cast, case):
    given = order(cast, case)
    raised = objected(cast, given)
    assert state(given) == "suspended"
    assert (raised.decider_tier, raised.holder, raised.promise.owner) == (Tier.SV, cast.sv, cast.sv)
    with pytest.raises(Refused, match="B8"):
        run(cast, given)
    for who in (cast.leader, cast.leader2, cast.operator2):
        with pytest.raises(NotAllowed, match="B9"):
            decide(raised, who, sustained=True)
    with pytest.raises(Refused, match="B9"):
        decide(raised, cast.sv, sustained=False, reasons=" ")
    decide(raised, cast.sv, sustained=True)
    assert state(given) == "withdrawn"
    assert Promise.objects.get(pk=raised.promise_id).status == "kept"


def decide(raised, who, *, sustained, reasons="申込書のとおりです"):
    return objections.decide_objection(
        objection_id=raised.pk, sustained=sustained, reasons=reasons, actor=who, at=AT
    )


def test_overruled_it_stands_and_somebody_else_may_object_again(cast, case):
    given = order(cast, case)
    instructions.acknowledge_instruction(instruction_id=given.pk, actor=cast.operator, at=AT)
    decide(objected(cast, given), cast.sv, sustained=False)
    assert state(given) == "upheld"
    second = objected(cast, given, actor=cast.operator2)
    assert state(given) == "suspended"
    decide(second, cast.manager2, sustained=False)
    assert run(cast, given).pk


def test_two_objections_the_second_keeps_it_suspended(cast, case):
    given = order(cast, case)
    first, second = objected(cast, given), objected(cast, given, actor=cast.operator2)
    decide(first, cast.sv, sustained=False)
    assert state(given) == "suspended"
    decide(second, cast.sv, sustained=True)
    assert state(given) == "withdrawn"


def test_a_managers_order_is_decided_by_another_manager(cast, case):
    given = order(cast, case, issuer=cast.manager2)
    raised = objected(cast, given)
    assert raised.holder == cast.sv2  # acting for the other manager
    with pytest.raises(NotAllowed, match="B9"):
        decide(raised, cast.manager2, sustained=False)
    with pytest.raises(NotAllowed, match="B9"):
        decide(raised, cast.sv, sustained=True)
    decide(raised, cast.sv2, sustained=True)


def test_nobody_decides_their_own_objection(cast, case):
    raised = objected(cast, order(cast, case, recipient_id=cast.sv.pk), actor=cast.sv)
    assert raised.holder != cast.sv
    with pytest.raises(Refused, match="B9"):
        decide(raised, cast.sv, sustained=True)


def test_the_issuer_never_learns_who(cast, case):
    """Not by any door: rows, history, promises, live events. The author, the decider and compliance may."""
    before = LiveEvent.objects.count()
    raised = objected(cast, order(cast, case))
    doors = {
        name: ObjectionAuthor.objects.visible_to(staff).filter(objection=raised).exists()
        for name, staff in cast.people.items()
    }
    assert {name for name, seen in doors.items() if seen} == {"operator", "sv", "compliance"}
    assert Objection.objects.visible_to(cast.leader).filter(pk=raised.pk).exists()
    entries = TimelineEntry.objects.filter(ticket=case.ticket, kind__startswith="objection")
    about = [*entries, *TimelineEntry.objects.filter(data__promise=raised.promise_id)]
    assert about
    assert all(entry.actor is None and entry.desk is None for entry in about)
    assert all(str(cast.operator.pk) not in str(entry.data.get("author", "")) for entry in about)
    assert raised.promise.opened_by is None
    assert not LiveEvent.objects.filter(pk__gt=before, topic="objections").exists()
    columns = {field.name for field in Objection._meta.get_fields() if field.concrete}
    assert not columns & {"author", "staff", "recorded_by", "raised_by"}


def test_the_author_may_choose_to_be_named(cast, case):
    raised = objected(cast, order(cast, case), hidden=False)
    assert ObjectionAuthor.objects.visible_to(cast.leader).get(objection=raised).staff == cast.operator


def test_undecided_it_rises_past_issuer_and_author(cast, case):
    raised = objected(cast, order(cast, case), actor=cast.sv2)
    raise_overdue(at=jst(2026, 1, 11, 9, 50))
    risen = Objection.objects.get(pk=raised.pk)
    assert risen.holder == cast.manager2
    assert risen.promise.tier == Tier.MANAGER


def test_taken_back_or_withdrawn_nothing_is_owed(cast, case):
    given = order(cast, case)
    raised = objected(cast, given)
    with pytest.raises(NotAllowed, match="B9"):
        objections.take_back_objection(objection_id=raised.pk, actor=cast.operator2, at=AT)
    with pytest.raises(NotAllowed, match="B8"):
        instructions.withdraw_instruction(instruction_id=given.pk, actor=cast.leader2, at=AT)
    instructions.withdraw_instruction(instruction_id=given.pk, actor=cast.leader, at=AT)
    assert Objection.objects.get(pk=raised.pk).status == "taken_back"
    assert Promise.objects.get(pk=raised.promise_id).status == "void"
    second = order(cast, case)
    again = objected(cast, second)
    objections.take_back_objection(objection_id=again.pk, actor=cast.operator, at=AT)
    assert state(second) == "upheld"


@pytest.mark.requirement("B13")
def test_managers_see_counts_by_month_and_no_names(cast, case, django_assert_num_queries):
    decide(objected(cast, order(cast, case)), cast.sv, sustained=True)
    decide(objected(cast, order(cast, case)), cast.sv, sustained=False)
    objected(cast, order(cast, case))
    with django_assert_num_queries(1):
        months = objections_by_month(first=dt.date(2026, 1, 1), last=dt.date(2026, 12, 31))
    assert months == [MonthOfObjections(dt.date(2026, 1, 1), 3, 1, 1, 0, 1)]
