"""Is the process alive, can it serve, does the house keep its times.

`/livez`: this process answers. `/readyz`: the database answers too (Redis is reported,
but nothing is lost without it). `/deadlinez`: nothing that was due is more than a minute
late and the jobs are not paused; for the monitoring of a desk that must never miss a cutoff.
"""

import hmac
from collections.abc import Callable, Iterator

import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from config import clock, measures
from tickets.queries.figures import figures


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
    """200 while everything due is done in time, 503 with what is not, or while the jobs are paused."""
    found = figures(clock.now())
    well = not found.late and not found.paused
    late = {what: round(age) for what, age in found.late.items()}
    return JsonResponse(
        {"in_time": well, "late_seconds": late, "paused": found.paused}, status=200 if well else 503
    )


@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus figures, for holders of METRICS_TOKEN; without a token set there is no such page."""
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not settings.METRICS_TOKEN or not hmac.compare_digest(given, settings.METRICS_TOKEN):
        return HttpResponse(status=404)
    figures_of_now = generate_latest(_registry()) + generate_latest(measures.registry())
    return HttpResponse(figures_of_now, content_type=CONTENT_TYPE_LATEST)


class _Now:
    """The figures of this moment, from the database: the same whichever process is asked, and kept by none."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        found = figures(clock.now())
        oldest = GaugeMetricFamily(
            "tsunagu_oldest_due_seconds", "Age of the oldest due thing", labels=["what"]
        )
        jobs = GaugeMetricFamily("tsunagu_jobs", "Jobs by state; early must be 0", labels=["what"])
        for what, age in found.ages.items():
            oldest.add_metric([what], age)
        for what, number in found.counts.items():
            jobs.add_metric([what], number)
        yield from (oldest, jobs)
        singles = (
            (
                "tsunagu_clock_skew_seconds",
                "The application's clock ahead of the database's",
                found.skew_seconds,
            ),
            ("tsunagu_jobs_paused", "1 while the jobs are paused", float(found.paused)),
            ("tsunagu_reconciler_age_seconds", "Since the reconciler last looked", found.reconciler_age),
        )
        for name, says, value in singles:
            yield GaugeMetricFamily(name, says, value=value)


def _registry() -> CollectorRegistry:
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Now())
    return registry


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
