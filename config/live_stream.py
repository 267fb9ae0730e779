"""The live stream as an ASGI application: "look again", never what changed.

`GET /live/stream[?topics=ticket:12,queue][&after=4711|&since=<ISO time>]` sends server-sent events of `id` and
topic:ref. `since` is when the page was made, `after` the last event it had: what came meanwhile is told first.
The page asks again through the view that checks rights, so the stream itself need not
know who may see what; it only serves signed-in staff. After a break the browser sends
Last-Event-ID and gets what it missed. Redis wakes the reader at once; without Redis it
looks every few seconds.
"""

import asyncio
import contextlib
import datetime as dt
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie
from typing import Any, TypeVar
from urllib.parse import parse_qs, urlsplit

import redis.asyncio
import structlog
from django.conf import settings
from redis.exceptions import RedisError

from config import live_bus, live_rows
from config.live_rows import Event

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
T = TypeVar("T")

HEARTBEAT = 15.0  # seconds; below the idle limits of common proxies
LOOK_ANYWAY = 3.0  # seconds between looks when nobody wakes us
CHECK_SIGN_IN = 4  # heartbeats between looks at whether the person is still signed in
GRACE = dt.timedelta(seconds=2)  # a transaction that began before the page was made may have ended after
MOST_LISTENERS = 2000
MOST_WAITING = 200  # events; a reader that falls behind is cut off and comes back with Last-Event-ID

_log = structlog.get_logger(__name__)


@dataclass(eq=False)
class Listener:
    """One open page and what it asked for; no topics means all."""

    topics: frozenset[str]
    queue: asyncio.Queue[Event | None] = field(default_factory=lambda: asyncio.Queue(MOST_WAITING))

    def wants(self, event: Event) -> bool:
        """True for `topic` or `topic:ref` of what was asked for."""
        return not self.topics or bool({event.topic, f"{event.topic}:{event.ref}"} & self.topics)

    def offer(self, event: Event | None) -> None:
        """Queue an event; None, or a full queue, ends the stream."""
        if event is not None and not self.wants(event):
            return
        try:
            self.queue.put_nowait(event)
        except asyncio.QueueFull:
            self.queue.get_nowait()
            self.queue.put_nowait(None)


class Hub:
    """Reads new rows once and gives them to every listener."""

    def __init__(self) -> None:
        self.listeners: set[Listener] = set()
        # Two threads, two database connections, whatever the number of pages.
        self._threads = ThreadPoolExecutor(2, thread_name_prefix="live")
        self._tasks: list[asyncio.Task[None]] = []
        self._wake = asyncio.Event()
        self._seen = live_rows.Seen()

    async def ask(self, function: Callable[..., T], *arguments: object) -> T:
        """Run a database question in a thread of ours."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, function, *arguments)

    async def start(self) -> None:
        """Begin to read; rows from before now are only replayed on request."""
        with contextlib.suppress(*live_rows.DATABASE_ERRORS):
            self._seen = await self.ask(live_rows.newest)
        self._tasks = [asyncio.create_task(self._read()), asyncio.create_task(self._listen())]

    async def stop(self) -> None:
        """End every stream; the browsers come back by themselves."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for listener in self.listeners:
            listener.offer(None)
        self._threads.shutdown(wait=False)

    async def _read(self) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), LOOK_ANYWAY)
            self._wake.clear()
            try:
                fresh = await self.ask(live_rows.after, self._seen)
            except live_rows.DATABASE_ERRORS as error:
                _log.warning("live_rows_unreachable", error=type(error).__name__)
                continue
            for event in fresh:
                for listener in self.listeners:
                    listener.offer(event)

    async def _listen(self) -> None:
        name = live_bus.channel(settings.REDIS_URL)
        while True:
            try:
                link = redis.asyncio.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=3)
                async with link, link.pubsub() as channel:
                    await channel.subscribe(name)
                    async for _ in channel.listen():
                        self._wake.set()
            except (RedisError, OSError) as error:
                _log.warning("live_bus_unreachable", error=type(error).__name__)
            await asyncio.sleep(1)


class LiveStream:
    """The ASGI application."""

    def __init__(self) -> None:
        self.hub = Hub()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One connection, or the server's start and end."""
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "http":
            await self._http(scope, receive, send)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                await self.hub.start()
                await send({"type": "lifespan.startup.complete"})
            else:
                await self.hub.stop()
                await send({"type": "lifespan.shutdown.complete"})
                return

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] == "/livez":
            await _answer(send, 200, "ok\n")
            return
        heads = {key.decode("latin-1"): value.decode("latin-1") for key, value in scope["headers"]}
        cors = cors_headers(heads)
        if scope["path"] != "/live/stream" or scope["method"] != "GET":
            await _answer(send, 404, "not found\n", cors)
        elif cors is None:
            await _answer(send, 403, "this page may not listen\n")
        elif len(self.hub.listeners) >= MOST_LISTENERS:
            await _answer(send, 503, "too many open pages\n", cors)
        else:
            await self._open(scope, heads, cors, receive, send)

    async def _open(
        self,
        scope: Scope,
        heads: dict[str, str],
        cors: Iterable[tuple[str, str]],
        receive: Receive,
        send: Send,
    ) -> None:
        session = session_key(heads)
        try:
            known = await self.hub.ask(live_rows.signed_in, session)
        except live_rows.DATABASE_ERRORS:
            await _answer(send, 503, "no database\n", cors)
            return
        if not known:
            await _answer(send, 401, "sign in first\n", cors)
            return
        listener = Listener(topics_asked(scope["query_string"]))
        last = heads.get("last-event-id", "") or asked(scope["query_string"], "after")
        missed = self._missed(last, asked(scope["query_string"], "since"))
        stream = asyncio.create_task(self._stream(listener, session, missed, cors, send))
        gone = asyncio.create_task(_until_gone(receive))
        self.hub.listeners.add(listener)  # before the replay: nothing falls between
        try:
            await asyncio.wait({stream, gone}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self.hub.listeners.discard(listener)
            for task in (stream, gone):
                task.cancel()
            await asyncio.gather(stream, gone, return_exceptions=True)

    async def _stream(
        self,
        listener: Listener,
        session: str,
        missed: Awaitable[list[Event]],
        cors: Iterable[tuple[str, str]],
        send: Send,
    ) -> None:
        kind = [("content-type", "text/event-stream; charset=utf-8"), ("x-accel-buffering", "no")]
        await send({"type": "http.response.start", "status": 200, "headers": _encode([*kind, *cors])})
        await _send(send, b"retry: 2000\n: hello\n\n")
        for event in await missed:
            if listener.wants(event):
                await _send(send, event.frame())
        quiet = 0
        while True:
            try:
                next_event = await asyncio.wait_for(listener.queue.get(), HEARTBEAT)
            except TimeoutError:
                quiet += 1
                await _send(send, b": still here\n\n")
                if quiet % CHECK_SIGN_IN == 0 and not await self._still_signed_in(session):
                    break
                continue
            if next_event is None:
                break
            await _send(send, next_event.frame())
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _missed(self, last: str, since: str) -> list[Event]:
        with contextlib.suppress(ValueError, *live_rows.DATABASE_ERRORS):
            if last.isdecimal():
                return await self.hub.ask(live_rows.missed, int(last))
            if since:
                moment = dt.datetime.fromisoformat(since)
                return await self.hub.ask(live_rows.missed_since, moment - GRACE) if moment.tzinfo else []
        return []

    async def _still_signed_in(self, session: str) -> bool:
        try:
            return await self.hub.ask(live_rows.signed_in, session)
        except live_rows.DATABASE_ERRORS:
            return True  # unknown is not "no"; the next heartbeat asks again


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _send(send: Send, body: bytes) -> None:
    await send({"type": "http.response.body", "body": body, "more_body": True})


async def _answer(send: Send, status: int, text: str, more: Iterable[tuple[str, str]] | None = None) -> None:
    heads = [("content-type", "text/plain; charset=utf-8"), *(more or ())]
    await send({"type": "http.response.start", "status": status, "headers": _encode(heads)})
    await send({"type": "http.response.body", "body": text.encode()})


def _encode(heads: Iterable[tuple[str, str]]) -> list[tuple[bytes, bytes]]:
    return [(b"cache-control", b"no-store"), *((k.encode(), v.encode()) for k, v in heads)]


def session_key(heads: dict[str, str]) -> str:
    """The session's key from the Cookie header; empty when there is none."""
    jar: SimpleCookie = SimpleCookie()
    with contextlib.suppress(CookieError):
        jar.load(heads.get("cookie", ""))
    morsel = jar.get(settings.SESSION_COOKIE_NAME)
    return morsel.value if morsel else ""


def topics_asked(query: bytes) -> frozenset[str]:
    """`topics=a,b:1` as a set."""
    return frozenset(topic for topic in asked(query, "topics").split(",") if topic)


def asked(query: bytes, name: str) -> str:
    """A parameter of the address, or nothing."""
    return parse_qs(query.decode("latin-1")).get(name, [""])[-1]


def cors_headers(heads: dict[str, str]) -> list[tuple[str, str]] | None:
    """The headers that let the web origin read the stream; None when another origin asks.

    The web process is the same host one port lower, or PUBLIC_URL.
    """
    origin = heads.get("origin", "")
    if not origin:
        return []
    host = heads.get("host", "").rsplit(":", 1)[0]
    parts = urlsplit(origin)
    same_house = not settings.LIVE_URL and parts.hostname == host.strip("[]")
    if origin != settings.PUBLIC_URL and not (same_house and parts.port == settings.LIVE_PORT - 1):
        return None
    return [
        ("access-control-allow-origin", origin),
        ("access-control-allow-credentials", "true"),
        ("vary", "Origin"),
    ]
