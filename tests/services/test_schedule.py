"""Planning, moving, calling off, holding, and doing what is due, without Celery between (D9)."""

import datetime as dt

import pytest
from django.db import IntegrityError, connection, transaction

from tests.factories.cast import cast
from tickets import effects
from tickets.dates import jst
from tickets.effects import Moot, NeedsPerson, NotYet
from tickets.errors import NotAllowed, Refused
from tickets.models import JobAct, OutboxMessage, Pause, ScheduledAction
from tickets.services import due, outbox, schedule

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("D9")]
AT = jst(2026, 2, 1)


@pytest.fixture
def seen():
    """The ids that the effect `test.note` was called with; a payload `say` makes it answer."""
    calls = []

    @effects.effect("test.note")
    def note(action, at):
        match action.payload.get("say"):
            case "not_yet":
                raise NotYet("porting is not completed", until=at + dt.timedelta(hours=1))
            case "person":
                raise NeedsPerson("nobody knows")
            case "moot":
                raise Moot("the order was withdrawn")
            case "fail":
                OutboxMessage.objects.create(key="half", channel="mail", created_at=at, not_before=at)
                raise RuntimeError("broken")
        calls.append(action.subject_id)

    yield calls
    effects.forget("test.note")


@pytest.fixture
def in_bulk():
    """The sets that the effect `test.many` was called with; a payload `bad` makes the whole set fail."""
    calls = []

    @effects.bulk_effect("test.many")
    def many(actions, at):
        calls.append([action.subject_id for action in actions])
        if any(action.payload.get("bad") for action in actions):
            raise RuntimeError("one bad row")
        return {
            action.pk: NotYet("waits", until=at + dt.timedelta(hours=1))
            for action in actions
            if action.payload.get("waits")
        }

    yield calls
    effects.forget("test.many")


def plan(key, *, due_at=AT, kind="test.note", subject_id=1, **payload):
    return schedule.schedule(
        kind=kind, subject_id=subject_id, due_at=due_at, key=key, payload=payload, at=due_at
    )


def fresh(row):
    """The row as it stands now (a protected state cannot be refreshed in place)."""
    return type(row).objects.get(pk=row.pk)


def test_what_is_due_is_done_once(seen):
    action = plan("a", subject_id=7)
    assert due.run_batch(at=AT).done == 1
    assert due.run_batch(at=AT).done == 0
    action = fresh(action)
    assert (seen, action.status, action.done_at) == ([7], "done", AT)


def test_a_second_too_early_nothing_is_done(seen):
    plan("a")
    assert due.run_batch(at=AT - dt.timedelta(microseconds=1)).done == 0
    assert seen == []


def test_an_application_clock_that_runs_ahead_does_nothing_early(seen):
    ahead = jst(2096, 2, 1)
    plan("a", due_at=ahead)
    assert due.run_batch(at=ahead).done == 0
    assert seen == []


def test_the_database_refuses_done_before_its_time_whoever_writes():
    action = plan("a", due_at=jst(2096, 2, 1))
    with pytest.raises(IntegrityError, match="D9"), transaction.atomic():
        ScheduledAction.objects.filter(pk=action.pk).update(status="done", done_at=jst(2096, 2, 1))
    with pytest.raises(IntegrityError, match="D9"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE tickets_scheduledaction SET due_at = '2026-01-01' WHERE id = %s", [action.pk])


def test_planning_again_changes_nothing_even_after_it_is_done(seen):
    first = plan("a")
    assert plan("a").pk == first.pk
    due.run_batch(at=AT)
    assert plan("a").status == "done"
    assert ScheduledAction.objects.count() == 1


def test_another_time_under_the_same_key_needs_a_reason():
    plan("a")
    with pytest.raises(Refused, match="D9"):
        plan("a", due_at=AT + dt.timedelta(days=1))


def test_a_new_time_under_a_key_that_is_done_is_refused_and_not_lost_without_a_word(seen):
    plan("a")
    due.run_batch(at=AT)
    with pytest.raises(Refused, match="D9"):
        plan("a", due_at=AT + dt.timedelta(days=1))


def test_moving_is_a_new_generation(seen):
    plan("a")
    moved = schedule.reschedule(key="a", due_at=AT + dt.timedelta(days=1), reason="the customer asked", at=AT)
    assert due.run_batch(at=AT).done == 0
    assert due.run_batch(at=moved.due_at).done == 1
    rows = ScheduledAction.objects.order_by("generation").values_list("generation", "status", "reason")
    assert list(rows) == [(1, "superseded", "the customer asked"), (2, "done", "")]
    with pytest.raises(Refused, match="D9"):
        schedule.reschedule(key="a", due_at=AT, reason="too late")


def test_what_is_called_off_is_not_done_and_may_be_planned_anew(seen):
    plan("a")
    assert schedule.cancel_scheduled(key="a", reason="withdrawn")
    assert not schedule.cancel_scheduled(key="a", reason="withdrawn")
    assert due.run_batch(at=AT).done == 0
    schedule.schedule_many(
        [schedule.Planned("test.note", 1, AT, "a"), schedule.Planned("test.note", 2, AT, "b")]
    )
    assert due.run_batch(at=AT).done == 2


def test_an_effect_may_say_not_yet_moot_or_that_a_person_must_look(seen):
    keys = {say: plan(say, say=say).pk for say in ("not_yet", "person", "moot")}
    assert due.run_batch(at=AT).put_off == 3
    rows = {pk: ScheduledAction.objects.get(pk=pk) for pk in keys.values()}
    assert rows[keys["not_yet"]].status == "due"
    assert rows[keys["not_yet"]].retry_at == AT + dt.timedelta(hours=1)
    assert (rows[keys["person"]].status, rows[keys["person"]].reason) == ("held", "nobody knows")
    assert rows[keys["moot"]].status == "superseded"


def test_a_failure_leaves_nothing_half_done_is_tried_again_and_at_last_given_up(seen):
    action, at = plan("bad", say="fail"), AT
    plan("good", subject_id=9)
    assert due.run_batch(at=at).done == 1
    assert seen == [9]
    for _ in range(effects.MOST_ATTEMPTS):
        due.run_batch(at=at)
        at += dt.timedelta(hours=1)
    action = fresh(action)
    assert (action.status, action.attempts) == ("dead", effects.MOST_ATTEMPTS)
    assert "broken" in action.last_error
    assert not OutboxMessage.objects.exists()


def test_an_unknown_kind_is_held_for_a_person():
    action = plan("a", kind="test.nobody")
    due.run_batch(at=AT)
    action = fresh(action)
    assert action.status == "held"


def test_many_are_applied_as_one_set(in_bulk):
    for number in range(5):
        plan(f"m{number}", kind="test.many", subject_id=5 - number)
    assert due.run_batch(at=AT, bulk=3).full
    assert due.run_batch(at=AT, bulk=3).done == 2
    assert sorted(map(len, in_bulk)) == [2, 3]


def test_one_bad_row_does_not_keep_back_the_others(in_bulk):
    for number in range(8):
        plan(f"m{number}", kind="test.many", subject_id=number, bad=number == 5, waits=number == 6)
    ran = due.run_batch(at=AT)
    assert (ran.done, ran.put_off) == (6, 2)
    assert ScheduledAction.objects.filter(status="due", attempts=1).count() == 1


def test_while_paused_nothing_is_claimed(seen):
    plan("a")
    pause = Pause.objects.create(cause="person", reason="test", since=AT)
    assert due.run_batch(at=AT).done == 0
    pause.ended_at, pause.ended_reason = AT, "over"
    pause.save()
    assert due.run_batch(at=AT).done == 1


def test_hold_release_and_retry_are_for_administrators_with_a_reason_on_record(seen):
    action, people = plan("a"), cast()
    admin = people.administrator
    with pytest.raises(NotAllowed):
        schedule.hold(action_id=action.pk, actor=people.manager, at=AT, reason="no")
    with pytest.raises(Refused):
        schedule.hold(action_id=action.pk, actor=admin, at=AT, reason=" ")
    schedule.hold(action_id=action.pk, actor=admin, at=AT, reason="the date is in doubt")
    assert due.run_batch(at=AT).done == 0
    schedule.release(action_id=action.pk, actor=admin, at=AT, reason="checked with the customer")
    assert due.run_batch(at=AT).done == 1
    assert list(JobAct.objects.order_by("id").values_list("act", flat=True)) == ["hold", "release"]
    with pytest.raises(IntegrityError, match="D9"), transaction.atomic():
        JobAct.objects.all().delete()


def test_a_key_is_put_in_the_outbox_once():
    for body in ("first", "second"):
        outbox.put_mail(key="notice:1", to="a@example.jp", subject="s", body=body, at=AT)
    assert OutboxMessage.objects.get().body == "first"


def test_a_mail_can_be_undone_before_it_leaves():
    message = outbox.put_mail(key="notice:1", to="a@example.jp", subject="s", body="b", at=AT)
    assert message.not_before == AT + outbox.UNDO
    operator = cast().operator
    outbox.undo(message_id=message.pk, actor=operator, at=AT)
    with pytest.raises(Refused):
        outbox.undo(message_id=message.pk, actor=operator, at=AT)
    message = fresh(message)
    assert message.status == "withdrawn"
