"""A whole house in a directory of its own: PostgreSQL (durable), Redis, workers, beats, a mail server, a gateway."""

import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from config import embedded

OURS = ("tickets_", "escalation_", "billing_", "faults_")
ROOT = Path(__file__).resolve().parents[2]


def prepare_environment() -> Path:
    """Point this process and all its children at a fresh directory. Call before Django is set up."""
    var = Path(tempfile.mkdtemp(prefix="tsunagu-faults-"))
    (var / "ephemeral").touch()  # the keeper removes it with the servers
    for name in ("DATABASE_URL", "REDIS_URL", "SMTP_URL", "CARRIER_URL", "PYTEST_XDIST_WORKER"):
        os.environ.pop(name, None)
    os.environ |= {
        "TSUNAGU_TEST_RUN": str(os.getpid()),
        "TSUNAGU_VAR": str(var),
        "TSUNAGU_MODE": "test",
        "DJANGO_SETTINGS_MODULE": "tests.faults.settings",
        "LOG_LEVEL": os.environ.get("LOG_LEVEL", "WARNING"),
        "PYTHONPATH": str(ROOT),
    }
    return var


class Process:
    """One process that is started again whenever it is found dead."""

    def __init__(self, name: str, command: list[str], env: dict[str, str], log: Path) -> None:
        self.name, self.command, self.env, self.log = name, command, env, log
        self.starts = 0
        self.popen = self._start()

    def _start(self) -> "subprocess.Popen[bytes]":
        self.starts += 1
        with self.log.open("ab") as sink:
            return subprocess.Popen(
                self.command, env=self.env, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=sink, stderr=sink,
                start_new_session=True,
            )  # fmt: skip

    def keep_alive(self) -> None:
        """Start it again if it died; its orphaned children are ended first, as an init system would."""
        if self.popen.poll() is not None:
            with suppress(ProcessLookupError):
                os.killpg(self.popen.pid, signal.SIGKILL)
            self.popen = self._start()

    def children(self) -> list[int]:
        """The pool processes of a worker."""
        with suppress(OSError):
            path = Path(f"/proc/{self.popen.pid}/task/{self.popen.pid}/children")
            return [int(pid) for pid in path.read_text().split()]
        return []

    def kill(self) -> None:
        """-9, the whole of it."""
        with suppress(ProcessLookupError):
            os.killpg(self.popen.pid, signal.SIGKILL)
        self.popen.wait()

    def kill_child(self, rng: random.Random) -> bool:
        """-9 to one pool process; False when it has none just now."""
        found = self.children()
        if not found:
            return False
        with suppress(ProcessLookupError):
            os.kill(rng.choice(found), signal.SIGKILL)
        return True

    def stop(self) -> float:
        """Ask it to end; returns how many seconds it took."""
        began = time.monotonic()
        self.popen.terminate()
        try:
            self.popen.wait(30)
        finally:
            self.kill()
        return time.monotonic() - began


class House:
    """The servers and the processes of one run."""

    def __init__(self, var: Path, *, seed: int) -> None:
        self.var, self.rng, self.seed = var, random.Random(seed), seed
        self.processes: dict[str, Process] = {}
        self.extra: dict[str, str] = {}

    def open(self) -> None:
        """Start the servers and make the tables."""
        from django.core.management import call_command

        embedded.ensure(self.var, fast=False)
        call_command("migrate", run_syncdb=True, verbosity=0)

    def close(self) -> None:
        """End everything."""
        from django.db import connections

        for process in self.processes.values():
            process.kill()
        connections.close_all()
        embedded.release(self.var)

    def empty(self) -> None:
        """Forget the rows of the last fault, triggers standing aside."""
        from django.db import connection
        from django.utils.translation import activate

        activate("ja")
        with connection.cursor() as cursor:
            tables = [name for name in connection.introspection.table_names(cursor) if name.startswith(OURS)]
            cursor.execute("SET session_replication_role = replica")
            cursor.execute(f"TRUNCATE {', '.join(tables)} RESTART IDENTITY CASCADE")
            cursor.execute("SET session_replication_role = origin")
        from tickets.models import Holiday

        # Far ahead: the reconciler has nothing else to find in a house that is well.
        Holiday.objects.create(on="2099-11-23", name="勤労感謝の日")

    def worker(self, name: str, queues: str, *, processes: int = 1, **env: str) -> Process:
        """Start a Celery worker."""
        return self._start(
            name,
            ["-m", "celery", "-q", "-A", "config.celery", "worker", "-n", f"{name}@%h", "-Q", queues, "-l", "WARNING",
             "-c", str(processes), "--without-gossip", "--without-mingle", "--without-heartbeat"],
            env,
        )  # fmt: skip

    def beat(self, name: str, **env: str) -> Process:
        """Start a beat with a schedule file of its own."""
        schedule = str(self.var / f"{name}-schedule")
        return self._start(name, ["-m", "celery", "-q", "-A", "config.celery", "beat", "-s", schedule], env)

    def _start(self, name: str, arguments: list[str], env: dict[str, str]) -> Process:
        environment = {**os.environ, **self.extra, **env}
        process = Process(name, [sys.executable, *arguments], environment, self.var / "log" / f"{name}.log")
        self.processes[name] = process
        return process

    def keep_alive(self) -> None:
        """What an init system does."""
        for process in self.processes.values():
            process.keep_alive()

    def stop_processes(self) -> None:
        """End all processes, keep the servers."""
        for process in self.processes.values():
            process.kill()
        self.processes.clear()

    def crash_postgres(self) -> bool:
        """-9 to the postmaster, or an immediate shutdown; the keeper starts it again, and it recovers from its log.

        False when it is still recovering from the crash before.
        """
        place = embedded.Place(self.var)
        if not embedded.postgres_answers(place):
            return False
        pid = int((place.pgdata / "postmaster.pid").read_text().split()[0])
        os.kill(pid, self.rng.choice((signal.SIGKILL, signal.SIGQUIT)))
        return True

    def redis_pid(self) -> int:
        """The process that listens on the socket."""
        done = subprocess.run(
            ["pgrep", "-f", f"redis-server.*{embedded.Place(self.var).redis_socket}"],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        return int(done.stdout.split()[0])


def wait_until(is_true: Callable[[], object], *, seconds: float, pause: float = 0.1) -> float | None:
    """Seconds until `is_true()`, or None. Errors of a crashed database count as "not yet"."""
    from django.db import DatabaseError, InterfaceError, connection

    began = time.monotonic()
    while time.monotonic() - began < seconds:
        try:
            if is_true():
                return time.monotonic() - began
        except (DatabaseError, InterfaceError):
            connection.close()
        time.sleep(pause)
    return None


def remove(var: Path) -> None:
    """What the keeper may have left."""
    shutil.rmtree(var, ignore_errors=True)
