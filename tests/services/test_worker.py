"""The shells through a real worker: a tick that is lost, doubled or cut off by a kill makes no difference (D9)."""

import datetime as dt

import pytest

from config import clock
from config.celery import app
from tests.factories.cast import cast
from tests.services.worker import eventually
from tickets.models import Customer, ImportJob, OutboxMessage, ScheduledAction
from tickets.services import imports, outbox, schedule

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.services, pytest.mark.requirement("D9")]


def tick(task, times=1):
    for _ in range(times):
        app.send_task(f"tickets.tasks.{task}")


def a_minute_ago():
    return clock.now() - dt.timedelta(minutes=1)


def test_mail_and_instruction_leave_once_by_however_many_ticks(celery_worker, mail_server, carrier_gateway):
    outbox.put_mail(key="notice:1", to="a@example.jp", subject="s", body="b", at=a_minute_ago())
    outbox.put_gateway(key="stop:1", path="/instructions", payload={"line": "A-1"}, at=a_minute_ago())
    tick("relay_outbox", times=3)
    eventually(lambda: OutboxMessage.objects.filter(status="sent").count() == 2, seconds=60)
    assert len(mail_server.directory.messages()) == 1
    assert len(carrier_gateway.ledger.rows()) == 1


def test_a_due_action_is_done_by_the_worker_that_comes_after_the_killed_one(celery_worker):
    schedule.schedule(kind="test.unknown", subject_id=1, due_at=a_minute_ago(), key="k")
    celery_worker.kill()
    tick("run_due")
    celery_worker.restart()
    tick("run_due", times=2)
    # Of a kind that nobody installed: the worker looked at it, and holds it for a person.
    eventually(lambda: ScheduledAction.objects.get().status == "held", seconds=60)


def test_the_ticks_of_an_emptied_redis_come_again(celery_worker, redis_client):
    outbox.put_mail(key="notice:1", to="a@example.jp", subject="s", body="b", at=a_minute_ago())
    redis_client.flushdb()
    tick("relay_outbox")
    eventually(lambda: OutboxMessage.objects.get().status == "sent", seconds=60)


def test_a_file_is_checked_and_brought_in_by_the_worker(celery_worker):
    administrator = cast().administrator
    rows = "".join(f"C{n},山田 {n},ヤマダ\n" for n in range(1100))
    job = imports.upload(
        kind="customers",
        filename="customers.csv",
        content=f"顧客番号,氏名,フリガナ\n{rows}".encode(),
        actor=administrator,
        at=clock.now(),
    )
    tick("work_on_imports", times=2)
    eventually(lambda: ImportJob.objects.get().status == "checked", seconds=60)
    imports.bring_in(job_id=job.pk, actor=administrator, at=clock.now())
    tick("work_on_imports", times=2)
    eventually(lambda: ImportJob.objects.get().status == "done", seconds=60)
    assert Customer.objects.count() == 1100
