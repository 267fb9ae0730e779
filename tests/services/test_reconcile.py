"""The reconciler finds what does not balance, keeps it in sight, and lets it go when it balances again (D9)."""

import datetime as dt

import pytest

from tests.factories import tickets as make
from tests.factories.cast import cast
from tickets import balance, effects
from tickets.balance import Finding
from tickets.dates import jst
from tickets.models import Holiday, Mismatch, OutboxMessage
from tickets.queries import jobs
from tickets.services import due, outbox, schedule
from tickets.services.promises import open_promise
from tickets.services.reconcile import reconcile

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("D9")]
AT = jst(2026, 2, 1)
LATER = AT + dt.timedelta(minutes=3)


@pytest.fixture(autouse=True)
def holidays_known():
    """Public holidays far ahead, of which one test takes some away."""
    Holiday.objects.create(on=dt.date(2027, 11, 23), name="勤労感謝の日")


@pytest.fixture
def lost():
    """An effect of which somebody lost the outbox row, for the subjects in this set."""
    missing = set()

    def lacking(actions):
        return {action.pk: "its message is missing" for action in actions if action.subject_id in missing}

    @effects.effect("test.notice", balance=lacking)
    def notice(action, at):
        outbox.put_mail(key=f"notice:{action.subject_id}", to="a@example.jp", subject="s", body="b", at=at)

    yield missing
    effects.forget("test.notice")


def standing():
    return set(Mismatch.objects.filter(gone_at__isnull=True).values_list("check_name", flat=True))


def test_all_balances(lost):
    schedule.schedule(kind="test.notice", subject_id=1, due_at=AT, key="n1")
    due.run_batch(at=AT)
    report = reconcile(at=AT)
    assert (report.looked_at, report.standing) == (1, 0)


def test_an_effect_that_is_missing_is_found_once_and_gone_when_it_is_there(lost):
    action = schedule.schedule(kind="test.notice", subject_id=1, due_at=AT, key="n1")
    due.run_batch(at=AT)
    lost.add(1)
    assert reconcile(at=AT).fresh == 1
    assert reconcile(at=LATER).fresh == 0
    row = Mismatch.objects.get()
    assert (row.ref, row.seen_at, row.gone_at) == (str(action.pk), LATER, None)
    # Long after: it is no longer among what was done lately, and is asked again all the same.
    lost.clear()
    assert reconcile(at=AT + dt.timedelta(days=2)).standing == 0
    assert Mismatch.objects.get().gone_at == AT + dt.timedelta(days=2)


def test_everything_ever_done_can_be_compared_again(lost):
    schedule.schedule(kind="test.notice", subject_id=1, due_at=AT, key="n1")
    due.run_batch(at=AT)
    month_later = AT + dt.timedelta(days=30)
    reconcile(at=month_later)
    assert reconcile(at=month_later).looked_at == 0
    assert reconcile(at=month_later, everything=True).looked_at == 1


def test_what_is_late_unknown_in_kind_or_stuck_is_found(lost):
    schedule.schedule(kind="test.notice", subject_id=1, due_at=AT, key="n1")
    schedule.schedule(kind="test.nobody", subject_id=1, due_at=AT + dt.timedelta(days=9), key="n2")
    message = outbox.put_mail(key="stuck:1", to="a@example.jp", subject="s", body="b", at=AT)
    OutboxMessage.objects.filter(pk=message.pk).update(status="sending", sending_since=AT)
    reconcile(at=AT + dt.timedelta(hours=1))
    assert standing() == {"tickets.late_actions", "tickets.kinds", "tickets.stuck_messages"}


def test_a_promise_that_does_not_rise_is_found(lost):
    people = cast()
    ticket = make.ticket(customer=make.customer(), desk=people.desk, actor=people.operator)
    owed = open_promise(ticket_id=ticket.pk, kind="apology", what="お詫び", due_at=AT, at=make.WHEN)
    reconcile(at=owed.due_at + dt.timedelta(minutes=3))
    assert standing() == {"tickets.late_promises"}


def test_the_table_of_holidays_that_runs_out_is_found_half_a_year_before():
    reconcile(at=jst(2027, 5, 1))
    assert standing() == set()
    reconcile(at=jst(2027, 6, 1))
    assert standing() == {"tickets.holiday_table"}


def test_a_check_that_fails_is_itself_a_finding_and_keeps_back_no_other(lost):
    @balance.check("test.broken")
    def broken(at):
        raise RuntimeError("no such column")

    @balance.check("test.finds")
    def finds(at):
        yield Finding("one", "does not balance")

    try:
        reconcile(at=AT)
    finally:
        balance.forget("test.broken")
        balance.forget("test.finds")
    assert standing() == {"test.broken", "test.finds"}


def test_the_administrators_figures_and_pages(lost, django_assert_max_num_queries):
    for number in range(60):
        schedule.schedule(kind="test.notice", subject_id=number, due_at=AT, key=f"n{number}")
    with django_assert_max_num_queries(10):
        figures = jobs.summary(LATER)
    assert (figures.due, figures.late, figures.oldest_due_at) == (60, 60, AT)
    with django_assert_max_num_queries(2):
        first = jobs.actions(state="late", at=LATER)
        rest = jobs.actions(state="late", at=LATER, after=first.next)
    assert (len(first.rows), len(rest.rows), rest.next) == (50, 10, "")
    assert not {row.pk for row in first.rows} & {row.pk for row in rest.rows}
