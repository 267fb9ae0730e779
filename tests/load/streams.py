"""Five hundred operators' streams on one process: what each holds in memory, and how soon an event reaches all."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests.load.servers import ROOT, answers, environment


@dataclass(frozen=True, slots=True)
class Live:
    """`kib`: a stream's share of the process's growth. Milliseconds from the writing of an event to every page."""

    streams: int
    kib: float
    p50: float
    p99: float


def measure(var: Path, port: int, cookie: str, streams: int = 500, events: int = 20) -> Live:
    """Start the stream's process, open the streams, announce, listen. `port`: the web's; the stream's is one higher."""
    with (var / "live.log").open("ab") as sink:
        process = subprocess.Popen(
            [sys.executable, "-m", "config.live"],
            env=environment(var, PORT=str(port)),
            cwd=ROOT,
            stdout=sink,
            stderr=sink,
        )
    try:
        for _ in range(150):
            if answers(f"http://127.0.0.1:{port + 1}/livez"):
                break
            time.sleep(0.2)
        return asyncio.run(_listen(process.pid, port + 1, cookie, streams, events))
    finally:
        process.terminate()
        process.wait(20)


async def _listen(pid: int, port: int, cookie: str, streams: int, events: int) -> Live:
    watched = psutil.Process(pid)
    warm = [await _open(port, cookie) for _ in range(5)]
    before = watched.memory_info().rss
    links = [*warm]
    for _ in range(0, streams - len(warm), 25):
        links += await asyncio.gather(*(_open(port, cookie) for _ in range(25)))
    await asyncio.sleep(1)
    each = (watched.memory_info().rss - before) / (len(links) - len(warm)) / 1024
    late: list[float] = []
    for number in range(events):
        waits = [asyncio.create_task(_arrives(reader, f"bench:{number}")) for reader, _writer in links]
        await asyncio.sleep(0.05)
        began = await asyncio.to_thread(_announce, str(number))
        late += [(at - began) * 1000 for at in await asyncio.gather(*waits)]
    for _reader, writer in links:
        writer.close()
    ordered = sorted(late)
    return Live(len(links), each, ordered[len(ordered) // 2], ordered[int(0.99 * (len(ordered) - 1))])


async def _open(port: int, cookie: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(
        f"GET /live/stream?topics=bench HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nCookie: {cookie}\r\n\r\n".encode()
    )
    await reader.readuntil(b"hello")
    return reader, writer


async def _arrives(reader: asyncio.StreamReader, what: str) -> float:
    await asyncio.wait_for(reader.readuntil(what.encode()), 30)
    return time.monotonic()


def _announce(ref: str) -> float:
    """Write an event as a service does; the moment just before its commit."""
    from django.db import transaction

    from config import clock
    from tickets.services.timeline import announce

    with transaction.atomic():
        announce(topic="bench", ref=ref, at=clock.now())
        return time.monotonic()
