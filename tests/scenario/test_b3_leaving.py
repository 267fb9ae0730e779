"""Nobody leaves, falls in rank or stops acting for somebody while the roster counts on them, or they owe something (B3)."""

import datetime as dt

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse

from config import clock
from escalation.models import Absence, Delegation
from escalation.queries.duty import acting, on_duty
from escalation.services import roster
from tests.factories import escalation as make
from tests.factories.cast import Cast, cast
from tests.factories.tickets import customer, promise, ticket
from tickets.dates import jst
from tickets.errors import NotAllowed, Refused
from tickets.models import MasterAct, Staff, Tier
from tickets.services import people

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("B3")]
# The database looks at its own clock: the days lie ahead of it.
BEGINS, ENDS = jst(2099, 3, 2), jst(2099, 3, 9)
WHEN = BEGINS - dt.timedelta(days=1)


@pytest.fixture
def staff() -> Cast:
    made = cast()
    make.period(made, begins=BEGINS, ends=ENDS)
    return made


def signed_in(person: Staff) -> Client:
    client = Client()
    client.force_login(person, backend="config.accounts.StaffBackend")
    return client


def lend(staff: Cast, begins: dt.datetime = BEGINS, ends: dt.datetime = ENDS) -> Delegation:
    return roster.delegate(
        grantor_id=staff.sv.pk, delegate_id=staff.sv2.pk, tier=Tier.SV, begins=begins, ends=ends, reason="後任",
        actor=staff.administrator, at=WHEN,
    )  # fmt: skip


def written(sql: str, *values: object) -> str:
    """What the database says to it; "" when nothing."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql, values)
    except IntegrityError as error:
        return str(error).splitlines()[0]
    return ""


def test_the_database_keeps_who_is_on_duty_until_somebody_else_is(staff):
    off = "UPDATE tickets_staff SET is_active = false WHERE id = %s"
    down = "UPDATE tickets_staff SET tier = 3 WHERE id = %s"
    said = written(off, staff.sv.pk)
    assert said.startswith("B3: without ")
    assert "tier 3 would have 0 of 1 people on duty from 2099-03-02 00:00" in said
    assert "tier 4 would have 1 of 2" in written(down, staff.manager2.pk)
    assert written(off, staff.operator.pk) == ""  # not in the roster
    lend(staff, begins=BEGINS + dt.timedelta(hours=1))
    assert "2099-03-02 00:00" in written(off, staff.sv.pk)  # an hour is still nobody's
    lent = lend(staff, ends=BEGINS + dt.timedelta(hours=1))
    assert written(off, staff.sv.pk) == ""
    # Now the one who acts is the one who is needed.
    assert written(off, staff.sv2.pk).startswith("B3: ")
    assert written("UPDATE tickets_staff SET tier = 1 WHERE id = %s", lent.delegate_id).startswith("B3: ")


def test_a_roster_that_counts_on_somebody_who_has_left_is_not_published(staff):
    draft = make.period(staff, begins=ENDS, ends=ENDS + dt.timedelta(days=1), publish=False)
    lend(staff)
    Staff.objects.filter(pk=staff.sv.pk).update(is_active=False)
    with pytest.raises(Refused, match="tier 3 has 0 of 1"):
        roster.publish_period(period_id=draft.pk, actor=staff.administrator, at=WHEN)


def test_the_screen_says_which_shift_and_what_to_do_and_keeps_what_was_typed(staff):
    client = signed_in(staff.administrator)
    url = reverse("tickets:change_staff", args=[staff.sv.pk])
    typed = {"name": "佐伯 新", "name_kana": staff.sv.name_kana, "email": staff.sv.email}
    with clock.pinned(WHEN):
        page = client.post(url, typed).content.decode()
        assert "2099年3月2日(月) 00:00" in page
        assert "代行" in page
        assert "佐伯 新" in page
        posting = {"desk": staff.sv.desk_id, "tier": 1, "from_on": "2099-03-05", "why": "異動"}
        page = client.post(reverse("tickets:post_staff", args=[staff.sv.pk]), posting).content.decode()
        assert "2099年3月5日(木) 00:00" in page
        posting["from_on"] = "2099-03-09"  # the day after the last shift
        assert client.post(reverse("tickets:post_staff", args=[staff.sv.pk]), posting).status_code == 302
        lend(staff)
        assert client.post(url, typed).status_code == 302
    assert not Staff.objects.get(pk=staff.sv.pk).is_active


@pytest.mark.requirement("A13")
def test_who_owes_something_hands_it_on_first(staff):
    case = ticket(customer=customer(), desk=staff.desk, actor=staff.operator)
    owed = promise(ticket=case, owner_id=staff.operator.pk, actor=staff.operator)
    values = {"name": "新", "name_kana": "", "email": "", "is_administrator": False, "is_compliance": False}
    with pytest.raises(Refused, match=f"A13: .*{case.number}"):
        people.change_staff(
            staff_id=staff.operator.pk, is_active=False, actor=staff.administrator, at=WHEN, **values
        )
    said = written("UPDATE tickets_staff SET is_active = false WHERE id = %s", staff.operator.pk)
    assert said.startswith("A13: ")
    type(owed).objects.filter(pk=owed.pk).update(owner=staff.operator2)
    assert written("UPDATE tickets_staff SET is_active = false WHERE id = %s", staff.operator.pk) == ""


def test_a_delegation_and_an_absence_are_ended_early_with_a_reason_that_stays(staff):
    client = signed_in(staff.administrator)
    lent = lend(staff)
    gone = roster.record_absence(
        staff_id=staff.sv.pk, begins=BEGINS, ends=ENDS, actor=staff.administrator, at=WHEN
    )
    end_lent = reverse("escalation:end_delegation", args=[lent.pk])
    end_gone = reverse("escalation:end_absence", args=[gone.pk])
    with clock.pinned(BEGINS + dt.timedelta(days=1)):
        listed = client.get(reverse("escalation:roster")).content.decode()
        assert end_lent in listed
        assert end_gone in listed
        page = client.post(end_lent, {"why": "早く復帰"}).content.decode()
        assert "2099年3月3日(火) 00:00" in page  # the first minute without them
        assert "早く復帰" in page
        assert client.post(end_gone, {"why": "回復した"}).status_code == 302
        assert client.post(end_lent, {"why": "早く復帰"}).status_code == 302
    assert Absence.objects.get().during.upper == BEGINS + dt.timedelta(days=1)
    assert Delegation.objects.get().ended_early_at == BEGINS + dt.timedelta(days=1)
    trail = MasterAct.objects.filter(act="ended").order_by("pk")
    assert [act.after["why"] for act in trail] == ["回復した", "早く復帰"]
    assert {act.actor for act in trail} == {staff.administrator}


def test_what_has_not_begun_is_cancelled_counts_for_nothing_and_stays_on_the_trail(staff):
    client = signed_in(staff.sv)  # whose rank it is: no administrator is needed
    lent = lend(staff)
    gone = roster.record_absence(staff_id=staff.sv.pk, begins=BEGINS, ends=ENDS, actor=staff.sv, at=WHEN)
    end_lent = reverse("escalation:end_delegation", args=[lent.pk])
    end_gone = reverse("escalation:end_absence", args=[gone.pk])
    with clock.pinned(WHEN):
        mine = client.get(reverse("escalation:authority")).content.decode()
        assert end_lent in mine
        assert "取り消す" in mine
        refused = client.post(end_lent, {"why": "予定が変わった"}).content.decode()
        assert "2099年3月2日(月) 00:00" in refused  # the absence still counts on it
        assert client.post(end_gone, {"why": "予定が変わった"}).status_code == 302
        assert client.post(end_lent, {"why": "予定が変わった"}).status_code == 302
        assert client.post(end_lent, {"why": "もう一度"}).status_code != 302
        listed = signed_in(staff.administrator).get(reverse("escalation:roster")).content.decode()
    assert end_lent not in listed
    assert "開始前に取り消し" in listed  # the trail says what it was, by whom and why
    assert "予定が変わった" in listed
    assert Delegation.objects.get().during.isempty
    assert Absence.objects.get().during.isempty
    during = BEGINS + dt.timedelta(hours=1)
    assert acting(staff.sv2, during).delegation is None
    assert [one.staff for one in on_duty(Tier.SV, during)] == [staff.sv]
    assert signed_in(staff.operator).get(end_lent).status_code == 403


def test_nobody_cancels_anothers_delegation(staff):
    lent = lend(staff)
    with pytest.raises(NotAllowed, match="B5"):
        roster.end_delegation(delegation_id=lent.pk, actor=staff.manager, at=WHEN, why="-")
