"""The roster as a week's grid: gaps shown where, the week before copied, cells changed, published when whole (B3)."""

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse

from config import clock
from escalation.coverage import Stretch, first_gap, lacks
from escalation.models import DutyShift, RosterPeriod
from escalation.services import roster
from tests.factories.cast import cast
from tickets.dates import jst

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("B3")]
WHEN = jst(2026, 1, 20, 12)
WEEK = dt.timedelta(days=7)


@pytest.fixture
def people():
    return cast()


def drafted(people, begins: dt.datetime, ends: dt.datetime):
    return roster.draft_period(name="週", begins=begins, ends=ends, actor=people.administrator, at=WHEN)


def filled(people, period, *, leader_until: dt.datetime):
    begins, ends = period.during.lower, period.during.upper
    for tier, person, position, until in (
        (2, people.leader, 1, leader_until), (3, people.sv, 1, ends),
        (4, people.manager, 1, ends), (4, people.manager2, 2, ends),
    ):  # fmt: skip
        roster.add_shift(
            period_id=period.pk, tier=tier, staff_id=person.pk, begins=begins, ends=until,
            actor=people.administrator, position=position,
        )  # fmt: skip


def test_gaps_are_shown_where_and_a_copied_week_is_published(people, django_assert_max_num_queries):
    client = Client()
    client.force_login(people.administrator, backend="config.accounts.StaffBackend")
    first = drafted(people, jst(2026, 2, 2), jst(2026, 2, 9))
    filled(people, first, leader_until=jst(2026, 2, 7, 18))
    url = reverse("escalation:period", args=[first.pk])
    with django_assert_max_num_queries(10):
        page = client.get(url).content.decode()
    assert "18:00–24:00" in page  # Saturday evening
    assert "2026年2月7日(土) 18:00" in page
    refused = client.post(reverse("escalation:publish", args=[first.pk]), follow=True).content.decode()
    assert "2026年2月7日(土) 18:00" in refused
    assert RosterPeriod.objects.get(pk=first.pk).status == "draft"
    shift = DutyShift.objects.get(tier=2)
    change = reverse("escalation:change_shift", args=[shift.pk])
    assert client.get(change).status_code == 200
    data = {
        "tier": 2,
        "staff": people.leader2.pk,
        "position": 1,
        "begins_0": "2026-02-02",
        "begins_1": "00:00",
    }
    client.post(change, {**data, "ends_0": "2026-02-09", "ends_1": "00:00"})
    client.post(reverse("escalation:publish", args=[first.pk]))
    assert RosterPeriod.objects.get(pk=first.pk).status == "published"
    assert "18:00–24:00" not in client.get(url).content.decode()

    second = drafted(people, jst(2026, 2, 9), jst(2026, 2, 16))
    people.sv.is_active = False
    people.sv.save()
    copy = reverse("escalation:copy_week", args=[second.pk])
    said = client.post(copy, {"week": "2026-02-09"}, follow=True).content.decode()
    assert "3件" in said
    assert sorted(second.shifts.values_list("tier", flat=True)) == [2, 4, 4]
    client.post(copy, {"week": "2026-02-09"})  # pressed twice: nothing stands twice
    assert second.shifts.count() == 3
    add = client.get(
        f"{reverse('escalation:add_shift', args=[second.pk])}?tier=3&day=2026-02-10"
    ).content.decode()
    assert 'value="2026-02-10"' in add


def test_the_week_says_who_is_absent_and_who_acts_and_opens_on_today(people, django_assert_max_num_queries):
    client = Client()
    client.force_login(people.administrator, backend="config.accounts.StaffBackend")
    period = drafted(people, jst(2026, 2, 2), jst(2026, 2, 23))
    filled(people, period, leader_until=jst(2026, 2, 23))
    url = reverse("escalation:period", args=[period.pk])
    lent = roster.delegate(
        grantor_id=people.sv.pk, delegate_id=people.leader.pk, tier=3, begins=jst(2026, 2, 11, 9), ends=jst(2026, 2, 11, 18),
        reason="研修", actor=people.sv, at=WHEN,
    )  # fmt: skip
    roster.record_absence(
        staff_id=people.sv.pk, begins=jst(2026, 2, 11, 9), ends=jst(2026, 2, 11, 18), actor=people.sv, at=WHEN
    )
    with clock.pinned(jst(2026, 2, 12, 10)), django_assert_max_num_queries(14):
        page = client.get(url).content.decode()
    assert "2026年2月9日(月) – 2026年2月15日(日)" in page  # the week that it is
    assert "不在</span>" in page
    assert page.count("9:00–18:00") == 2  # absent, and who acts meanwhile
    assert f"{people.sv}の代行" in page
    assert "data-print" in page
    with clock.pinned(WHEN):
        assert "2026年2月2日(月) – 2026年2月8日(日)" in client.get(url).content.decode()
    roster.end_delegation(delegation_id=lent.pk, actor=people.sv, at=WHEN, why="研修の中止")
    assert f"{people.sv}の代行" not in client.get(f"{url}?week=2026-02-09").content.decode()


def test_every_lack_begins_with_the_first_gap():
    begins, ends = jst(2026, 2, 2), jst(2026, 2, 3)
    stretches = [
        Stretch(1, 2, begins, jst(2026, 2, 2, 12)), Stretch(2, 3, begins, ends),
        Stretch(3, 4, begins, ends), Stretch(4, 4, jst(2026, 2, 2, 6), ends),
    ]  # fmt: skip
    found = [
        (lack.tier, lack.begins.hour, lack.present, lack.needed) for lack in lacks(begins, ends, stretches)
    ]
    assert found == [(4, 0, 1, 2), (2, 12, 0, 1)]
    gap = first_gap(begins, ends, stretches)
    assert (gap.tier, gap.at) == (4, begins)
    assert lacks(begins, ends, [])[0].ends == ends
