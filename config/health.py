"""Is the process alive, can it serve, does the house keep its times.

`/livez`: this process answers. `/readyz`: the database answers too (Redis is reported,
but nothing is lost without it). `/deadlinez`: nothing that was due is more than two
minutes late; for the monitoring of a desk that must never miss a cutoff.
"""

import datetime as dt
import hmac
from collections.abc import Callable

import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.models import Min
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CollectorRegistry, Gauge
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from config import clock
from tickets.models import OutboxMessage, ScheduledAction

LATE = dt.timedelta(minutes=2)


@require_safe
@never_cache
def livez(request: HttpRequest) -> HttpResponse:
    """200 while the process serves at all; asks nobody else."""
    return HttpResponse("ok\n", content_type="text/plain")


@require_safe
@never_cache
def readyz(request: HttpRequest) -> JsonResponse:
    """200 while requests can be answered, 503 otherwise."""
    checks = {"database": _says(_ask_database), "redis": _says(_ask_redis)}
    ready = checks["database"] == "ok"
    return JsonResponse({"ready": ready, "checks": checks}, status=200 if ready else 503)


@require_safe
@never_cache
def deadlinez(request: HttpRequest) -> JsonResponse:
    """200 while everything due is done in time, 503 with the oldest that is not."""
    now = clock.now()
    oldest = _oldest_waiting(now)
    late = {name: at.isoformat() for name, at in oldest.items() if now - at > LATE}
    return JsonResponse({"in_time": not late, "late_since": late}, status=503 if late else 200)


@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus figures, for holders of METRICS_TOKEN; without a token set there is no such page."""
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not settings.METRICS_TOKEN or not hmac.compare_digest(given, settings.METRICS_TOKEN):
        return HttpResponse(status=404)
    registry = CollectorRegistry()
    lateness = Gauge(
        "tsunagu_oldest_due_seconds", "Age of the oldest due thing not done", ["what"], registry=registry
    )
    now = clock.now()
    for what, at in _oldest_waiting(now).items():
        lateness.labels(what).set((now - at).total_seconds())
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def _oldest_waiting(now: dt.datetime) -> dict[str, dt.datetime]:
    """The due time of the oldest row that waits, by kind; what does not wait is left out."""
    due = ScheduledAction.objects.filter(status="due", due_at__lte=now)
    waiting = OutboxMessage.objects.filter(status="pending", not_before__lte=now)
    oldest = {
        "scheduled": due.aggregate(at=Min("due_at"))["at"],
        "outbox": waiting.aggregate(at=Min("not_before"))["at"],
    }
    return {what: at for what, at in oldest.items() if at is not None}


def _says(ask: Callable[[], None]) -> str:
    """`ok`, or the kind of failure: the message itself may hold addresses and names."""
    try:
        ask()
    except (DatabaseError, redis.RedisError, OSError) as error:
        return type(error).__name__
    return "ok"


def _ask_database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("select 1")


def _ask_redis() -> None:
    with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2) as link:
        link.ping()
