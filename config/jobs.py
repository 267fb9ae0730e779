"""Celery's settings and the table of what runs when."""

from typing import Any

from django.conf import settings
from kombu import Queue

QUEUES = ("cutoffs", "promises", "surveys", "outbox", "reconcile", "default")

# (task, seconds between ticks, queue). A tick carries no payload and expires before the
# next but one: lost, doubled or late, it changes nothing. Add a line for a new job.
TICKS: tuple[tuple[str, float, str], ...] = (
    ("tickets.tasks.run_due", 2, "cutoffs"),
    ("tickets.tasks.relay_outbox", 2, "outbox"),
    ("tickets.tasks.raise_overdue", 15, "promises"),
    ("tickets.tasks.send_surveys", 60, "surveys"),
    ("tickets.tasks.reconcile", 180, "reconcile"),
    ("tickets.tasks.purge", 600, "default"),
    ("tickets.tasks.sum_up_words", 300, "default"),
    ("tickets.tasks.purge_imports", 3600, "default"),
    ("tickets.tasks.work_on_imports", 2, "default"),
    ("escalation.tasks.rise_overdue", 15, "promises"),
    ("escalation.tasks.day42_letters", 600, "promises"),
    ("escalation.tasks.roster_gaps", 300, "default"),
    ("billing.tasks.watch_cancellations", 30, "promises"),
)


def _broker(url: str) -> str:
    """Kombu spells a unix socket its own way."""
    if not url.startswith("unix://"):
        return url
    path, _, query = url.removeprefix("unix://").partition("?")
    database = query.removeprefix("db=") or "0"
    return f"redis+socket://{path}?virtual_host={database}"


broker_url = _broker(settings.REDIS_URL)
broker_connection_retry_on_startup = True
broker_transport_options: dict[str, Any] = {
    "visibility_timeout": 600,  # above every hard limit: no task runs twice while it runs
    "socket_timeout": 10,
    "socket_connect_timeout": 5,
    "socket_keepalive": True,
    "health_check_interval": 15,
}
redis_socket_timeout = 10.0
redis_socket_connect_timeout = 5.0

task_ignore_result = True
task_acks_late = True
task_reject_on_worker_lost = True
task_time_limit = 120
task_soft_time_limit = 100
task_serializer = "json"
accept_content = ["json"]
worker_prefetch_multiplier = 1
worker_max_tasks_per_child = 2000
worker_send_task_events = False
worker_hijack_root_logger = False
worker_cancel_long_running_tasks_on_connection_loss = True
task_default_queue = "default"
task_queues = [Queue(name) for name in QUEUES]
task_create_missing_queues = False
task_routes = {task: {"queue": queue} for task, _seconds, queue in TICKS}

timezone = "Asia/Tokyo"
enable_utc = True
beat_max_loop_interval = 5
beat_schedule_filename = str(settings.VAR_DIR / "beat-schedule")
beat_schedule: dict[str, dict[str, Any]] = {
    task: {
        "task": task,
        "schedule": seconds,
        "options": {"queue": queue, "expires": 2 * seconds, "ignore_result": True},
    }
    for task, seconds, queue in TICKS
}
