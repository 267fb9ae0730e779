"""A pytest plugin that breaks the code in one way, named by FAULTS_MUTANT, before the tests are collected."""

import os
from collections.abc import Callable

import pytest


def no_skip_locked() -> None:
    """Whoever comes second waits."""
    from tickets.services import due

    due.CLAIM = due.CLAIM.replace("SKIP LOCKED", "")


def no_lock() -> None:
    """Whoever comes second takes the same rows."""
    from tickets.services import due

    due.CLAIM = due.CLAIM.replace("FOR NO KEY UPDATE SKIP LOCKED", "")


def no_unique_key() -> None:
    """Nothing stops a second row under one key."""
    from tickets.models import OutboxMessage

    facts = OutboxMessage._meta
    facts.constraints = [each for each in facts.constraints if each.name != "d9_message_once"]


def split_commit() -> None:
    """The effect is committed first, `done` afterwards."""
    from django.db import transaction

    from tickets.services import due

    def apply_set(found, actions, at):
        with transaction.atomic(durable=False):
            verdicts = due._verdicts(found, actions, at)
        return due._answer(actions, verdicts, at)

    def run(at, *, in_bulk, limit):
        with transaction.atomic():
            claimed = due.claim(at, in_bulk=in_bulk, limit=limit)
        done = sum(due._apply(kind, list(group), at) for kind, group in due._by_kind(claimed))
        return due.Ran(done, len(claimed) - done, full=len(claimed) == limit)

    due._apply_set, due._run = apply_set, run


def less_for_less_or_equal() -> None:
    """Due at midnight means after midnight."""
    from tickets.services import due

    due.CLAIM = due.CLAIM.replace("due_at <= LEAST", "due_at < LEAST")


def utc_for_jst() -> None:
    """A day ends at midnight in Greenwich."""
    import datetime as dt

    from tickets import dates

    dates.JST = dt.UTC  # type: ignore[assignment]


def ack_first() -> None:
    """`sent` is written, and then it is sent."""
    from tickets.senders import Trouble
    from tickets.services import relay

    def send(claimed, senders, at):
        relay._write_fate(claimed, {"sent": "surely"}, at)
        try:
            senders.of(claimed.message).send(claimed.message)
        except Trouble:
            return

    relay._send = send


def ticks_acknowledged_first() -> None:
    """A worker says that it has done a task when it begins it."""
    from config.celery import app

    app.conf.task_acks_late = False


def no_hold_check_at_sending() -> None:
    """What was decided when the mail was put is still true when it leaves."""
    from tickets import outbox_listeners
    from tickets.services import relay

    plain = outbox_listeners.listener_of
    relay.listener_of = lambda key: outbox_listeners.Listener(None, plain(key).fate)


def rise_without_a_due_time() -> None:
    """It goes up and stays as overdue as it was."""
    from tickets.services import promises

    promises._due_after_rise = lambda desk_id, tier, at: at


# Each mutant, and the tests of which at least one must fail.
MUTANTS: dict[Callable[[], None], tuple[str, ...]] = {
    no_skip_locked: ("tests/services/test_claims.py",),
    no_lock: ("tests/services/test_claims.py",),
    split_commit: ("tests/services/test_claims.py",),
    less_for_less_or_equal: ("tests/services/test_schedule.py",),
    utc_for_jst: ("tests/unit/test_dates.py",),
    ack_first: ("tests/services/test_relay.py",),
    ticks_acknowledged_first: ("tests/guards/test_jobs_page.py",),
    no_hold_check_at_sending: ("tests/scenario/test_e_surveys.py",),
    rise_without_a_due_time: ("tests/services/test_overdue.py",),
    no_unique_key: ("tests/services/test_schedule.py",),
}


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """Break it. Django is set up by now, no test is collected yet."""
    name = os.environ["FAULTS_MUTANT"]
    if name:
        next(mutant for mutant in MUTANTS if mutant.__name__ == name)()
