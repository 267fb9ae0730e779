"""`make run`: it says where to look, keeps its data, stops whole, and fails in one line."""

import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from config.environment import ROOT
from tests.services.live import free_ports
from tests.services.worker import eventually

pytestmark = [pytest.mark.services, pytest.mark.slow]

READY_SECONDS = 120
TOO_MUCH = "import sys; from config import up; up.FRESH_MB = 10**12"


class Launch:
    """`python -m config.up` with an almost empty environment."""

    def __init__(
        self, var: Path, port: int, program: tuple[str, ...] = ("-m", "config.up"), **environment: str
    ) -> None:
        self.var = var
        self.port = port
        self.log = var.parent / f"up-{time.monotonic_ns()}.log"
        with self.log.open("wb") as sink:
            self.process = subprocess.Popen(
                [sys.executable, *program],
                cwd=ROOT,
                env={"TSUNAGU_VAR": str(var), "PORT": str(port), "DEMO": "no", **environment},
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=sink,
            )

    @property
    def output(self) -> str:
        return self.log.read_text(errors="replace")

    def wait_ready(self) -> "Launch":
        eventually(
            lambda: "Ready: " in self.output or self.process.poll() is not None,
            seconds=READY_SECONDS,
            message=f"not ready:\n{self.output}",
        )
        assert f"Ready: http://127.0.0.1:{self.port}/" in self.output, self.output
        return self

    def left(self) -> list[psutil.Process]:
        """What still runs of it: everything that was given its var directory."""
        found = []
        for process in psutil.process_iter():
            try:
                mine = process.environ().get("TSUNAGU_VAR") == str(self.var)
                mine = mine or str(self.var) in " ".join(process.cmdline())
            except psutil.Error:
                continue
            if mine and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        return found

    def send(self, sign: signal.Signals) -> int:
        self.process.send_signal(sign)
        return self.process.wait(60)

    def nothing_left(self) -> None:
        eventually(lambda: not self.left(), seconds=30, message=f"left behind: {self.left()}")


@pytest.fixture
def var(scratch: Path) -> Iterator[Path]:
    yield scratch / "var"
    for process in psutil.process_iter():
        try:
            if process.environ().get("TSUNAGU_VAR") == str(scratch / "var"):
                process.kill()
        except psutil.Error:
            continue


def last_line(launch: Launch) -> str:
    assert launch.process.wait(60) == 1, launch.output
    lines = launch.output.strip().splitlines()
    assert "Traceback" not in launch.output
    return lines[-1]


def test_it_starts_stops_whole_and_starts_again_with_its_data(var: Path) -> None:
    port = free_ports(30)
    first = Launch(var, port).wait_ready()
    assert httpx.get(f"http://127.0.0.1:{port}/readyz").json()["ready"] is True
    assert httpx.get(f"http://127.0.0.1:{port}/accounts/login/").status_code == 200
    assert httpx.get(f"http://127.0.0.1:{port + 1}/livez").text == "ok\n"
    assert httpx.get(f"http://127.0.0.1:{port + 2}/instructions").json() == {"instructions": []}
    assert httpx.get(f"http://127.0.0.1:{port + 26}/").status_code == 200
    secret = (var / "secret_key").read_text()
    assert first.send(signal.SIGINT) == 0
    assert first.left() == []  # at once: it waited for its servers too

    began = time.monotonic()
    second = Launch(var, port).wait_ready()
    assert time.monotonic() - began < 40
    assert (var / "secret_key").read_text() == secret
    second.process.kill()  # no chance to clean up: the kernel and the keeper see to it
    second.process.wait()
    second.nothing_left()


def test_a_busy_port_is_one_line(var: Path) -> None:
    port = free_ports(30)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port + 1))
        taken.listen()
        line = last_line(Launch(var, port))
    assert line.startswith(f"error: port {port + 1} for live cannot be used")


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"}, "127.0.0.1"),
        ({"DATABASE_URL": "mysql://x"}, "DATABASE_URL must begin with postgresql://"),
        ({"TSUNAGU_MODE": "production"}, "TSUNAGU_MODE=production needs SECRET_KEY"),
        ({"PORT": "99999"}, "PORT"),
        ({"PORT": "abc"}, "PORT"),
    ],
)
def test_what_cannot_work_is_one_line(var: Path, environment: dict[str, str], said: str) -> None:
    launch = Launch(var, free_ports(30), **environment)
    line = last_line(launch)
    assert line.startswith("error: ")
    assert said in line
    launch.nothing_left()


def test_a_full_disk_is_one_line(var: Path) -> None:
    """Too little is free for what a fresh database is said to need: more than any disk has, here."""
    launch = Launch(var, free_ports(30), program=("-c", f"{TOO_MUCH}; sys.exit(up.main([]))"))
    assert re.fullmatch(r"error: no space left for .*: \d+ MB are free, \d+ MB are needed", last_line(launch))
    assert not (var / "postgres").exists()
