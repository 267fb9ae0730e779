"""The administrator's people, desks and calendars: from a day on, and with a trail that stays (F, B3, A12, A16)."""

import datetime as dt

import pytest
from allauth.mfa.models import Authenticator
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse

from tests.factories.cast import Cast, cast
from tickets.dates import jst
from tickets.errors import NotAllowed, Refused
from tickets.models import Desk, Holiday, MasterAct, ScheduledAction, Staff, StaffPosting, Tier
from tickets.queries.masters import acts_on
from tickets.services import due, masters, people

pytestmark = pytest.mark.django_db
WHEN = jst(2026, 1, 26, 12)


@pytest.fixture
def staff() -> Cast:
    return cast()


def posted(staff: Cast, day: dt.date, tier: int = Tier.LEADER) -> StaffPosting:
    return people.post(
        staff_id=staff.operator.pk, desk_id=staff.technical_desk.pk, tier=tier, from_on=day, why="昇格",
        actor=staff.administrator, at=WHEN,
    )  # fmt: skip


def fresh(person: Staff) -> Staff:
    return Staff.objects.get(pk=person.pk)


@pytest.mark.requirement("B3")
def test_a_rank_changes_at_midnight_of_its_day_and_never_before(staff):
    posting = posted(staff, dt.date(2026, 2, 1))
    assert fresh(staff.operator).tier == Tier.OPERATOR
    due.run_batch(at=jst(2026, 1, 31, 23, 59))
    assert fresh(staff.operator).tier == Tier.OPERATOR
    due.run_batch(at=jst(2026, 2, 1))
    now = fresh(staff.operator)
    assert (now.tier, now.desk_id) == (Tier.LEADER, staff.technical_desk.pk)
    assert StaffPosting.objects.get().applied_at == jst(2026, 2, 1)
    with pytest.raises(Refused, match="B3"):
        people.withdraw_posting(posting_id=posting.pk, actor=staff.administrator, at=WHEN)


def test_today_is_at_once_yesterday_is_refused_and_a_planned_one_can_be_withdrawn(staff):
    with pytest.raises(Refused, match="B3"):
        posted(staff, dt.date(2026, 1, 25))
    posted(staff, dt.date(2026, 1, 26))
    assert fresh(staff.operator).tier == Tier.LEADER
    planned = posted(staff, dt.date(2026, 2, 1), Tier.SV)
    people.withdraw_posting(posting_id=planned.pk, actor=staff.administrator, at=WHEN)
    due.run_batch(at=jst(2026, 2, 1))
    assert fresh(staff.operator).tier == Tier.LEADER
    assert ScheduledAction.objects.filter(kind=people.POSTING, status="due").count() == 0
    with pytest.raises(NotAllowed):
        people.post(
            staff_id=staff.operator.pk, desk_id=staff.desk.pk, tier=4, from_on=dt.date(2026, 3, 1), why="-",
            actor=staff.manager, at=WHEN,
        )  # fmt: skip


REFUSED = {
    "another rank in a posting": "UPDATE tickets_staffposting SET tier = 4",
    "a posting gone": "DELETE FROM tickets_staffposting",
    "a posting without why": "INSERT INTO tickets_staffposting (staff_id, desk_id, tier, from_on, why, set_by_id, set_at) "
    "VALUES ({person}, {desk}, 2, '2026-05-01', ' ', {person}, now())",
    "a partner at the top": "INSERT INTO tickets_staffposting (staff_id, desk_id, tier, from_on, why, set_by_id, set_at) "
    "VALUES ({person}, {partner}, 4, '2026-05-01', 'x', {person}, now())",
    "two postings a day": "INSERT INTO tickets_staffposting (staff_id, desk_id, tier, from_on, why, set_by_id, set_at) "
    "VALUES ({person}, {desk}, 3, '2026-02-01', 'x', {person}, now())",
    "another trail": "UPDATE tickets_masteract SET act = 'nothing'",
    "no trail": "DELETE FROM tickets_masteract",
    "two desks with one mailbox": "UPDATE tickets_desk SET mailbox = 'desk@example.jp'",
}


@pytest.mark.parametrize("sql", REFUSED.values(), ids=REFUSED)
def test_the_database_keeps_postings_trail_and_mailboxes(staff, sql):
    posted(staff, dt.date(2026, 2, 1))
    masters.add_company(code="kita", name="北", kind="partner", actor=staff.administrator, at=WHEN)
    places = {"person": staff.operator.pk, "desk": staff.desk.pk, "partner": staff.partner_desk.pk}
    with (
        pytest.raises(IntegrityError, match=r"(?i)(b3|f1)[_:]"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql.format(**places))


def test_the_trail_says_who_changed_what_from_what(staff):
    values = {
        "name_ja": "料金のこと",
        "name_en": "My bill",
        "mailbox": "bill@example.jp",
        "calendar_id": staff.desk.calendar_id,
    }
    masters.change_desk(desk_id=staff.desk.pk, actor=staff.administrator, at=WHEN, **values)
    act = acts_on(staff.desk).get()
    assert (act.actor, act.before["name_ja"], act.after["name_ja"]) == (
        staff.administrator, "契約を変えたい・やめたい", "料金のこと",
    )  # fmt: skip
    assert "calendar_id" not in act.after
    with pytest.raises(NotAllowed):
        masters.change_desk(desk_id=staff.desk.pk, actor=staff.manager, at=WHEN, **values)


def test_a_lost_second_factor_is_reset_by_another_administrator(staff):
    for person in (staff.operator, staff.administrator):
        Authenticator.objects.create(user=person, type="totp", data={})
    assert people.reset_second_factor(staff_id=staff.operator.pk, actor=staff.administrator, at=WHEN) == 1
    with pytest.raises(NotAllowed):
        people.reset_second_factor(staff_id=staff.administrator.pk, actor=staff.administrator, at=WHEN)
    assert Authenticator.objects.get().user == staff.administrator


@pytest.mark.requirement("A12", "A16")
def test_the_screens_add_and_change(staff):
    client = Client()
    client.force_login(staff.administrator, backend="config.accounts.StaffBackend")

    def post(screen: str, *args: int, **data: object):
        return client.post(reverse(f"tickets:{screen}", args=args), data)

    assert post("new_company", code="kita", name="北サポート", kind="partner").status_code == 302
    wrong = post("new_company", code="kita", name="北サポート", kind="partner")
    assert wrong.status_code == 422
    assert "北サポート" in wrong.content.decode()  # what was typed stays
    new = {
        "code": "fast",
        "name_ja": "遅い",
        "name_en": "It is slow",
        "mailbox": "slow@example.jp",
        "kind": "technical",
    }
    assert (
        post("new_desk", **new, company=staff.company.pk, calendar=staff.desk_calendar.pk).status_code == 302
    )
    assert Desk.objects.get(code="fast").name_ja == "遅い"
    assert b"slow@example.jp" in client.get(reverse("tickets:desks")).content
    post("post_staff", staff.operator.pk, from_on="2099-01-01", desk=staff.desk.pk, tier=2, why="昇格")
    shown = client.get(reverse("tickets:person", args=[staff.operator.pk])).content.decode()
    assert "2099年1月1日" in shown
    assert "予定" in shown
    post("add_exception", staff.desk_calendar.pk, on="2099-01-02", why="停電")
    row = staff.desk_calendar.exceptions.get()
    post("remove_exception", row.pk)
    assert not staff.desk_calendar.exceptions.exists()
    assert "停電" in client.get(reverse("tickets:calendar", args=[staff.desk_calendar.pk])).content.decode()
    assert MasterAct.objects.filter(act="exception_removed").count() == 1
    Holiday.objects.filter(on__year__gte=2027).delete()
    assert "祝日の登録が残り少なくなっています" in client.get(reverse("tickets:calendars")).content.decode()
    assert post("new_holiday", on="2027-01-01", name="元日").status_code == 302
    assert Holiday.objects.filter(on=dt.date(2027, 1, 1), name="元日").exists()
