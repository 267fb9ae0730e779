"""The web server: two processes, on the port that the environment names.

A process has more threads than it works on at once: what waits at the gate of config/overload.py, or is refused there,
needs one, and so does the question whether the process is well.
"""

from typing import Any

from config import environment

environment.use_settings("web")
_found = environment.read()
environment.share_measures(_found.var, _found.port)
bind = f"{_found.host}:{_found.port}"
workers = 2
worker_class = "gthread"
threads = 96
preload_app = False  # each process makes its own database pool
timeout = 60
graceful_timeout = 10
keepalive = 5
max_requests = 5000
max_requests_jitter = 500
worker_tmp_dir = "/dev/shm" if environment.shared_memory() else None  # noqa: S108
loglevel = "warning"
control_socket_disable = True


def pre_fork(server: Any, worker: Any) -> None:
    """Each process writes its figures under a number that its successor takes over: they never begin anew."""
    taken = {other.slot for other in server.WORKERS.values() if hasattr(other, "slot")}
    worker.slot = next(number for number in range(1000) if number not in taken)


def post_fork(server: Any, worker: Any) -> None:
    """In the process itself, before anything is measured."""
    from prometheus_client import values

    values.ValueClass = values.MultiProcessValue(lambda: worker.slot)  # type: ignore[no-untyped-call]
