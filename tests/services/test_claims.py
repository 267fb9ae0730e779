"""Workers beside each other, and workers that end at the worst moment, on committed rows (D9)."""

import threading
from collections import Counter

import pytest
from django.db import connection, transaction

from tickets import effects
from tickets.dates import jst
from tickets.models import OutboxMessage, ScheduledAction
from tickets.services import due, outbox, schedule

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.requirement("D9")]
AT = jst(2026, 2, 1)


class PowerFailure(BaseException):
    """Not an error that anybody handles."""


@pytest.fixture
def applied():
    """How often each subject's effect was applied and committed: one message each time, under a key of its own."""

    @effects.bulk_effect("test.cut")
    def cut(actions, at):
        for action in actions:
            number = OutboxMessage.objects.filter(key__startswith=f"cut:{action.subject_id}:").count()
            outbox.put_mail(
                key=f"cut:{action.subject_id}:{number}", to="a@example.jp", subject="s", body="b", at=at
            )

    yield lambda: Counter(
        int(key.split(":")[1]) for key in OutboxMessage.objects.values_list("key", flat=True)
    )
    effects.forget("test.cut")


def plan(number):
    schedule.schedule_many([schedule.Planned("test.cut", n, AT, f"c{n}") for n in range(number)], at=AT)


def in_thread(work):
    def run():
        try:
            work()
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def test_a_worker_does_not_wait_for_what_another_has_in_hand(applied):
    plan(10)
    with transaction.atomic():
        held = due.claim(AT, in_bulk=True, limit=6)
        seconds = 5
        thread = in_thread(lambda: due.run_batch(at=AT))
        thread.join(seconds)
        assert not thread.is_alive(), f"it waited for {seconds} seconds"
    assert len(held) == 6
    assert sum(applied().values()) == 4


def test_eight_workers_at_once_apply_each_once(applied):
    plan(200)
    gate = threading.Barrier(8)

    def work():
        gate.wait()
        while due.run_batch(at=AT, bulk=10).full:
            pass

    for thread in [in_thread(work) for _ in range(8)]:
        thread.join()
    due.run_batch(at=AT)
    assert applied() == Counter(dict.fromkeys(range(200), 1))


def test_a_power_failure_between_the_effect_and_done_leaves_neither(applied, monkeypatch):
    plan(3)

    def fails(*_facts):
        raise PowerFailure

    with monkeypatch.context() as broken:
        broken.setattr(due, "_answer", fails)
        with pytest.raises(PowerFailure):
            due.run_batch(at=AT)
    assert applied() == Counter()
    assert due.run_batch(at=AT).done == 3
    assert applied() == Counter({0: 1, 1: 1, 2: 1})
    assert not ScheduledAction.objects.exclude(status="done").exists()


def test_a_rule_that_speaks_at_commit_fails_its_own_action_and_not_the_batch(applied):
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE OR REPLACE FUNCTION test_late() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            "IF NEW.key LIKE 'cut:1:%' THEN RAISE EXCEPTION 'D9: spoken late' USING ERRCODE = 'check_violation'; END IF; "
            "RETURN NEW; END $$; CREATE CONSTRAINT TRIGGER test_late AFTER INSERT ON tickets_outboxmessage "
            "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION test_late()"
        )
    try:
        plan(3)
        assert due.run_batch(at=AT).done == 2
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TRIGGER test_late ON tickets_outboxmessage; DROP FUNCTION test_late()")
    assert applied() == Counter({0: 1, 2: 1})
