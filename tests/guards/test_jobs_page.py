"""docs/jobs.md names every job and every effect, and nothing that is not there."""

import re

import pytest
from django.conf import settings

from config.celery import app
from config.jobs import QUEUES, TICKS
from tickets import effects

PAGE = (settings.BASE_DIR / "docs" / "jobs.md").read_text()
pytestmark = pytest.mark.requirement("D9")


def test_every_tick_has_a_task_a_queue_and_a_row():
    app.loader.import_default_modules()
    for task, _seconds, queue in TICKS:
        assert task in app.tasks
        assert queue in QUEUES
        assert f"`{task}`" in PAGE, f"docs/jobs.md does not say what {task} does"


def test_every_effect_has_a_row_and_every_row_an_effect():
    known = {found.kind for found in effects.all_effects() if not found.kind.startswith(("test.", "faults."))}
    rows = set(re.findall(r"^\| `((?:tickets|escalation|billing)\.\w+)` ", PAGE, re.MULTILINE))
    assert known == rows


def test_a_task_is_acknowledged_after_it_is_done_and_comes_again_when_its_worker_dies():
    assert app.conf.task_acks_late
    assert app.conf.task_reject_on_worker_lost
    assert app.conf.task_ignore_result
    assert app.conf.task_soft_time_limit < app.conf.task_time_limit
    assert app.conf.broker_transport_options["visibility_timeout"] > app.conf.task_time_limit


def test_every_tick_expires_and_carries_nothing():
    for entry in app.conf.beat_schedule.values():
        assert entry["options"]["expires"] <= 2 * entry["schedule"]
        assert not entry.get("args")
        assert not entry.get("kwargs")
