"""The live stream's real process, on the test's database and Redis."""

import os
import random
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from config.environment import ROOT
from tests.services.worker import database_url

LOWEST, HIGHEST = 10_000, 32_000  # below those that any outgoing connection may take at any moment


def free_ports(count: int) -> int:
    """The first of `count` neighbouring free ports, which no other worker of this run looks at."""
    number = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    share = (HIGHEST - LOWEST) // int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    lowest = LOWEST + number * share
    while True:
        first = random.randrange(lowest, lowest + share - count)
        if all(is_free(first + number) for number in range(count)):
            return first


def is_free(port: int) -> bool:
    """True when nothing listens there."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


@contextmanager
def live_process(**environment: str) -> Iterator[str]:
    """Start `python -m config.live`; yields its URL."""
    port = free_ports(2)
    process = subprocess.Popen(
        [sys.executable, "-m", "config.live"],
        env={**os.environ, "DATABASE_URL": database_url(), "PORT": str(port), **environment},
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
    )
    url = f"http://127.0.0.1:{port + 1}"
    try:
        _wait(url, process)
        yield url
    finally:
        process.terminate()
        process.wait(15)


def _wait(url: str, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and process.poll() is None:
        try:
            httpx.get(f"{url}/livez", timeout=2)
        except httpx.HTTPError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("the live stream did not start")
