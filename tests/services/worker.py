"""A real Celery worker in a process of its own, on the test's database and Redis."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

import psycopg
import redis
from django.conf import settings
from django.db import connection

from config.environment import ROOT
from config.jobs import QUEUES

START_SECONDS = 60.0


def database_url() -> str:
    """The URL of the database that this test process uses now."""
    at = connection.settings_dict
    who = quote(str(at["USER"]))
    if at["PASSWORD"]:
        who += ":" + quote(str(at["PASSWORD"]))
    host = str(at["HOST"])
    if host.startswith("/"):
        return f"postgresql://{who}@/{at['NAME']}?host={quote(host)}"
    return f"postgresql://{who}@{host}:{at['PORT'] or 5432}/{at['NAME']}"


class WorkerProcess:
    """`celery worker` on every queue; `restart`, `kill` and `pause` it as faults demand."""

    def __init__(self, environment: dict[str, str], log: Path, *, concurrency: int = 1) -> None:
        self.environment = {**os.environ, "DATABASE_URL": database_url(), **environment}
        self.log = log
        self.concurrency = concurrency
        self.name = f"test-{os.getpid()}-{time.monotonic_ns()}"
        self.process = self._spawn()

    def _spawn(self) -> "subprocess.Popen[bytes]":
        with self.log.open("ab") as sink:
            return subprocess.Popen(
                [
                    sys.executable, "-m", "celery", "-q", "-A", "config.celery", "worker", "-n", f"{self.name}@%h",
                    "-Q", ",".join(QUEUES), "-c", str(self.concurrency), "-l", "INFO",
                    "--without-gossip", "--without-mingle", "--without-heartbeat",
                ],
                env=self.environment,
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=sink,
                start_new_session=True,
            )  # fmt: skip

    def wait_ready(self) -> None:
        """Until it answers a ping."""
        from config.celery import app

        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                break
            with suppress(redis.RedisError, OSError):
                if any(
                    name.startswith(self.name)
                    for reply in app.control.ping(timeout=0.5) or []
                    for name in reply
                ):
                    return
        raise RuntimeError(f"the worker did not start:\n{self.log.read_text()[-3000:]}")

    def restart(self) -> None:
        """A fresh worker after a kill."""
        self.process = self._spawn()
        self.wait_ready()

    def kill(self) -> None:
        """End it and its children as a power failure would."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def pause(self) -> None:
        """Freeze it."""
        os.killpg(self.process.pid, signal.SIGSTOP)

    def resume(self) -> None:
        """Let a frozen one go on."""
        os.killpg(self.process.pid, signal.SIGCONT)

    def stop(self) -> None:
        """Ask it to end; insist."""
        self.process.terminate()
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(10)
        self.kill()


def eventually(
    is_true: Callable[[], object], *, seconds: float = 20.0, message: str = "it did not come about"
) -> None:
    """Wait until `is_true()` is truthy; fail with `message` after `seconds`."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if is_true():
            return
        time.sleep(0.05)
    raise AssertionError(f"{message} within {seconds:g} s")


def end_other_sessions() -> None:
    """Drop what a killed worker left connected, so that the test database can be emptied."""
    with psycopg.connect(database_url(), autocommit=True) as link:
        link.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where datname = current_database() and pid <> pg_backend_pid()"
            " and application_name = 'celery'"
        )


def redis_of_this_worker() -> "redis.Redis":
    """A client of the Redis database of this xdist worker."""
    return redis.Redis.from_url(settings.REDIS_URL)
