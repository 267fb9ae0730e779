"""Asking: one client with a kept connection for latency, thirty-two for throughput."""

from __future__ import annotations

import http.client
import re
import statistics
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from tests.load.servers import Server

TOKEN = "benchbenchbenchbenchbenchbench12"
GOOD = {200, 302}


@dataclass(frozen=True, slots=True)
class Ask:
    """A page of one server; `data` makes it a POST, worked out anew each time."""

    server: Server
    path: str
    data: Callable[[], dict[str, str]] | None = None


@dataclass(frozen=True, slots=True)
class Times:
    """Milliseconds. `size`: bytes of the last answer."""

    median: float
    p95: float
    size: int
    count: int


class Client:
    """One browser."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.link = http.client.HTTPConnection("127.0.0.1", server.port, timeout=300)

    def ask(self, one: Ask) -> tuple[float, int]:
        """Seconds and bytes; raises on an answer that is none."""
        heads = {"Cookie": f"{self.server.cookie}; csrftoken={TOKEN}", "X-CSRFToken": TOKEN}
        body = None
        if one.data is not None:
            body = urlencode(one.data())
            heads["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            began = time.perf_counter()
            self.link.request("POST" if body else "GET", one.path, body, heads)
            answer = self.link.getresponse()
        except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
            # The connection was kept, but not for as long as the others took their turns.
            self.link.close()
            began = time.perf_counter()
            self.link.request("POST" if body else "GET", one.path, body, heads)
            answer = self.link.getresponse()
        content = answer.read()
        took = time.perf_counter() - began
        signed_out = answer.status == 302 and "login" in (answer.headers.get("Location") or "")
        if answer.status not in GOOD or signed_out or (body and answer.status != 302):
            raise RuntimeError(f"{self.server.name} {one.path}: {answer.status} {content[:300]!r}")
        return took, len(content)


def interleaved(asks: dict[str, Ask], *, rounds: int, seconds: float) -> dict[str, Times]:
    """Each in turn, round after round, so that whatever the machine does meanwhile happens to all."""
    clients = {name: Client(one.server) for name, one in asks.items()}
    taken: dict[str, list[float]] = {name: [] for name in asks}
    sizes: dict[str, int] = {}
    for name, one in asks.items():
        for _ in range(4):  # both workers warm
            clients[name].ask(one)
    until = time.monotonic() + seconds
    for number in range(rounds):
        for name, one in asks.items():
            took, sizes[name] = clients[name].ask(one)
            taken[name].append(took * 1000)
        if number >= 4 and time.monotonic() > until:
            break
    return {name: times(found, sizes[name]) for name, found in taken.items()}


def times(found: Sequence[float], size: int = 0) -> Times:
    """Of milliseconds."""
    ordered = sorted(found)
    return Times(statistics.median(ordered), ordered[int(0.95 * (len(ordered) - 1))], size, len(ordered))


@dataclass(frozen=True, slots=True)
class Throughput:
    """Requests a second, milliseconds at the median and the 99th of a hundred, answers that were none."""

    rate: float
    p50: float
    p99: float
    errors: int


def throughput(one: Ask, *, clients: int, seconds: int, wrk: str) -> Throughput:
    """Closed loop of so many clients."""
    return _wrk(one, clients, seconds, wrk) if wrk else _threads(one, clients, seconds)


def _wrk(one: Ask, clients: int, seconds: int, wrk: str) -> Throughput:
    done = subprocess.run(
        [wrk, "-t", "1", "-c", str(clients), "-d", f"{seconds}s", "--latency", "--timeout", "60s",
         "-H", f"Cookie: {one.server.cookie}", f"{one.server.url}{one.path}"],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    text = done.stdout
    bad = sum(
        map(int, re.findall(r"(?:Non-2xx or 3xx responses: |connect |read |write |timeout )(\d+)", text))
    )
    rate = float(re.findall(r"Requests/sec:\s+([\d.]+)", text)[0])
    return Throughput(rate, _wrk_ms(text, "50%"), _wrk_ms(text, "99%"), bad)


def _wrk_ms(text: str, name: str) -> float:
    value, unit = re.findall(rf"{name}\s+([\d.]+)(us|ms|s)", text)[0]
    return float(value) * {"us": 0.001, "ms": 1, "s": 1000}[unit]


def _threads(one: Ask, clients: int, seconds: int) -> Throughput:
    """Our own, where wrk is not to be had; it takes its part of the machine."""
    found, errors = list[float](), list[Exception]()
    until = time.monotonic() + seconds

    def loop() -> None:
        client = Client(one.server)
        while time.monotonic() < until:
            try:
                found.append(client.ask(one)[0] * 1000)
            except Exception as error:
                errors.append(error)
                client = Client(one.server)

    threads = [threading.Thread(target=loop) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ordered = sorted(found) or [0.0]
    return Throughput(
        len(found) / seconds, ordered[len(ordered) // 2], ordered[int(0.99 * (len(ordered) - 1))], len(errors)
    )
