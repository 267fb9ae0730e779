"""Somebody at every minute: published, substituted, alarmed; and what the clock does by itself (B3, B5, B7)."""

from __future__ import annotations

import datetime as dt

import pytest

from escalation.models import Demand, DutyAlarm, RecourseLetter
from escalation.queries import duty
from escalation.services import clockwork, demands, roster
from tests.factories import escalation as make
from tests.factories.cast import cast as make_cast
from tickets.dates import jst
from tickets.errors import NotAllowed, Refused
from tickets.models import Complaint, OutboxMessage, Tier
from tickets.services import complaints

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("B3")]
AT = make.SATURDAY
SUNDAY = (jst(2026, 1, 11, 9), jst(2026, 1, 11, 18))


@pytest.fixture
def cast():
    made = make_cast()
    make.masters()
    return made


def test_a_roster_with_a_gap_is_refused_and_says_where(cast):
    period = make.period(cast, publish=False)
    shift = period.shifts.get(staff=cast.manager2)
    roster.remove_shift(shift_id=shift.pk, actor=cast.administrator)
    roster.add_shift(
        period_id=period.pk, tier=Tier.MANAGER, staff_id=cast.manager2.pk, begins=make.WEEKEND[0],
        ends=jst(2026, 1, 12, 23, 59), position=2, actor=cast.administrator,
    )  # fmt: skip
    with pytest.raises(Refused, match=r"B3: .*tier 4 has 1 of 2 people on duty from 2026-01-12 23:59 JST on"):
        roster.publish_period(period_id=period.pk, actor=cast.administrator, at=AT)
    # A dated delegate fills the last minute.
    make.stand_in(cast, begins=jst(2026, 1, 12, 23, 59), absent=False)
    roster.publish_period(period_id=period.pk, actor=cast.administrator, at=AT)


def test_only_administrators_publish(cast):
    period = make.period(cast, publish=False)
    with pytest.raises(NotAllowed, match="B3"):
        roster.publish_period(period_id=period.pk, actor=cast.manager, at=AT)


def test_a_planned_absence_needs_its_substitute_first(cast):
    make.period(cast)
    absence = {
        "staff_id": cast.manager.pk,
        "begins": SUNDAY[0],
        "ends": SUNDAY[1],
        "actor": cast.manager,
        "at": AT,
    }
    with pytest.raises(Refused, match="B3"):
        roster.record_absence(**absence)
    lent = make.stand_in(cast, absent=False)
    gone = roster.record_absence(**absence)
    with pytest.raises(Refused, match="B3"):
        roster.end_delegation(delegation_id=lent.pk, actor=cast.manager, at=AT)
    roster.end_absence(absence_id=gone.pk, actor=cast.manager, at=jst(2026, 1, 11, 12))
    roster.end_delegation(delegation_id=lent.pk, actor=cast.manager, at=jst(2026, 1, 11, 12))
    assert cast.sv2 not in [s.staff for s in duty.on_duty(Tier.MANAGER, jst(2026, 1, 11, 12, 1))]


def test_a_sudden_absence_is_recorded_and_alarmed_once(cast):
    make.period(cast)
    at = jst(2026, 1, 10, 20)
    assert clockwork.roster_gaps(at=at) == 0
    roster.record_absence(
        staff_id=cast.manager2.pk, begins=SUNDAY[0], ends=SUNDAY[1], actor=cast.manager2, at=at, sudden=True
    )
    assert clockwork.roster_gaps(at=at) == 1
    alarm = DutyAlarm.objects.get()
    assert (alarm.kind, alarm.tier, alarm.gap_at) == ("gap", Tier.MANAGER, SUNDAY[0])
    assert clockwork.roster_gaps(at=at + dt.timedelta(minutes=1)) == 0
    make.stand_in(cast, grantor=cast.manager2, absent=False)
    assert clockwork.roster_gaps(at=at) == 0


def test_every_gap_of_a_day_is_alarmed_once_whatever_else_is_missing(cast):
    """A second tier's gap, and a second one of the same tier, were left unsaid while the first stood."""
    make.period(cast)
    at = jst(2026, 1, 10, 20)
    for who, begins, ends in (
        (cast.leader, jst(2026, 1, 10, 21), jst(2026, 1, 11, 10)),
        (cast.sv, jst(2026, 1, 10, 23), jst(2026, 1, 11, 1)),
        (cast.sv, jst(2026, 1, 11, 6), jst(2026, 1, 11, 7)),
    ):
        roster.record_absence(staff_id=who.pk, begins=begins, ends=ends, actor=who, at=at, sudden=True)
    assert clockwork.roster_gaps(at=at) == 3
    alarmed = set(DutyAlarm.objects.values_list("tier", "gap_at"))
    assert alarmed == {
        (Tier.LEADER, jst(2026, 1, 10, 21)),
        (Tier.SV, jst(2026, 1, 10, 23)),
        (Tier.SV, jst(2026, 1, 11, 6)),
    }
    for hour in range(14):
        assert clockwork.roster_gaps(at=at + dt.timedelta(hours=hour)) == 0


def test_a_gap_that_lasts_is_alarmed_each_day(cast):
    """Where no roster is published at all, too: the gap is now."""
    at = jst(2026, 1, 10, 20)
    tiers = 3
    assert clockwork.roster_gaps(at=at) == tiers
    assert clockwork.roster_gaps(at=at + dt.timedelta(hours=23)) == 0
    assert clockwork.roster_gaps(at=at + dt.timedelta(hours=25)) == tiers


def test_lending_a_rank_is_for_its_holder(cast):
    facts = {
        "delegate_id": cast.sv.pk,
        "tier": Tier.MANAGER,
        "begins": SUNDAY[0],
        "ends": SUNDAY[1],
        "reason": "代行",
    }
    with pytest.raises(NotAllowed, match="B5"):
        roster.delegate(**facts, grantor_id=cast.manager.pk, actor=cast.sv, at=AT)
    with pytest.raises(Refused, match="B3"):
        roster.delegate(**facts, grantor_id=cast.sv2.pk, actor=cast.sv2, at=AT)
    with pytest.raises(Refused, match="B3"):
        roster.delegate(
            **{**facts, "delegate_id": cast.leader.pk}, grantor_id=cast.manager.pk, actor=cast.manager, at=AT
        )


@pytest.mark.requirement("B5")
def test_everyone_sees_who_stands_where(cast, django_assert_num_queries):
    make.period(cast)
    make.stand_in(cast)
    with django_assert_num_queries(2):
        standing = duty.ladder(AT)
        names = {
            tier: [(who.staff.name, who.acts_for.name if who.acts_for else "") for who in people]
            for tier, people in standing.items()
        }
    assert names[Tier.LEADER] == [(cast.leader.name, "")]
    assert names[Tier.MANAGER] == [(cast.sv2.name, cast.manager.name), (cast.manager2.name, "")]


def test_with_no_roster_at_all_the_bench_has_it(cast):
    demand = make.demand(make.case(cast), cast.operator, tier=Tier.LEADER)
    assert (demand.level, demand.holder) == (Tier.MANAGER, cast.manager)


def again(demand: Demand) -> Demand:
    return Demand.objects.get(pk=demand.pk)


def test_when_everyone_at_the_top_has_lapsed_it_is_alarmed_again_and_again(cast):
    demand = make.demand(make.case(cast), cast.operator)
    for _ in range(2):
        clockwork.rise_overdue(at=again(demand).due_at)
    left = again(demand)
    assert (left.status, left.holder, left.rung, left.alarms.count()) == ("assigned", None, 1, 1)
    # Nobody's: it does not ring every minute, and it does not stop ringing.
    rung = [
        clockwork.rise_overdue(at=left.due_at + dt.timedelta(minutes=n)) for n in (-1, 0, 30, 59, 60, 90, 121)
    ]
    assert rung == [0, 1, 0, 0, 1, 0, 1]
    assert left.alarms.count() == 4
    taken = demands.accept(demand_id=demand.pk, actor=cast.manager, at=demand.due_at)
    assert taken.holder == cast.manager


@pytest.mark.requirement("B7")
def test_a_complaint_at_day_42_gets_its_letter_once(cast):
    case = make.case(cast)
    complaint = complaints.voice(
        ticket_id=case.ticket.pk,
        words="一日早く止められた",
        actor=cast.operator,
        at=AT,
        contact_id=case.call.pk,
    )
    deadline = Complaint.objects.get(pk=complaint.pk).deadline
    assert clockwork.day42_letters(at=deadline - dt.timedelta(seconds=1)) == 0
    assert clockwork.day42_letters(at=deadline) == 1
    assert clockwork.day42_letters(at=deadline) == 0
    letter = RecourseLetter.objects.get()
    assert (letter.reason, letter.put_by) == ("day42", None)
    mail = OutboxMessage.objects.get(pk=letter.letter_id)
    assert mail.to == case.customer.email
    assert "188" in mail.body
