"""What each process measures by itself: the time a view takes, what was refused. Read at /metrics.

The web server's processes write into files that they share (config/gunicorn_conf.py), so that any of them answers for
all. Labels are names of views and classes: as many as the application has, whatever is asked for.
"""

from prometheus_client import CollectorRegistry, Counter, Histogram, multiprocess

from config import environment

_BUCKETS = (0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_registry = CollectorRegistry()
_VIEWS = Histogram(
    "tsunagu_view_seconds",
    "From the gate to the answer, by view",
    ["view"],
    buckets=_BUCKETS,
    registry=_registry,
)
_REFUSED = Counter(
    "tsunagu_requests_refused",
    "503 before the desk is overloaded, by class of request",
    ["kind"],
    registry=_registry,
)


def took(view: str, seconds: float) -> None:
    """A view answered."""
    _VIEWS.labels(view).observe(seconds)


def refused(kind: str) -> None:
    """A request was refused."""
    _REFUSED.labels(kind).inc()


def registry() -> CollectorRegistry:
    """The figures of all processes of this server; of this one alone where they share nothing."""
    shared = environment.measures_directory()
    if not shared:
        return _registry
    found = CollectorRegistry()
    multiprocess.MultiProcessCollector(found, path=shared)  # type: ignore[no-untyped-call]
    return found
