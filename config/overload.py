"""Refusing in time: a full desk takes calls before it makes reports (503 with Retry-After, intake last).

A process works on so many requests at once; the others wait at a gate, the more urgent class first. Who waits longer than
its class may, or finds the room of its class full, is refused at once and told when to come again. Health is never
held up. While the process has places free nobody is even asked what they came for.
"""

import heapq
import threading
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from itertools import count
from time import monotonic

import structlog
from django.conf import settings
from django.db import DatabaseError, InterfaceError, OperationalError, connection
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string
from django.urls import Resolver404, resolve
from psycopg import errors
from psycopg_pool import PoolTimeout

from config import measures

_log = structlog.get_logger(__name__)
# What a request meets when the database is too slow or has no connection for it.
TOO_SLOW = (errors.QueryCanceled, errors.LockNotAvailable, PoolTimeout)
RETRY_AFTER = 5  # seconds


@dataclass(frozen=True, slots=True)
class Class:
    """How urgent a kind of request is: lower ranks go first; seconds it waits at the gate, how many of it may wait."""

    name: str
    rank: int
    patience: float
    room: int


INTAKE = Class("intake", 0, 20.0, 1000)
DEEDS = Class("deeds", 1, 10.0, 40)
PAGES = Class("pages", 2, 5.0, 32)
REPORTS = Class("reports", 3, 1.0, 4)

HEALTH_VIEWS = frozenset({"livez", "readyz", "deadlinez", "metrics"})
# A customer is on the line, or the telephone system speaks, or somebody's typing must not be lost.
INTAKE_VIEWS = frozenset(
    {
        "account_login",
        *(
            f"tickets:{name}"
            for name in (
                "cti_events", "call", "call_state", "choose_caller", "register_caller", "call_ticket", "put_away", "about_call",
                "enquiry", "open_ticket", "log_contact", "start_call", "end_call", "hold_call", "resume_call", "offer_from_hold",
                "join_call", "take_over_call", "callback", "symptom", "voice_complaint", "draft", "draft_discard", "accept_transfer",
            )
        ),
        "escalation:demand_superior",
        "billing:dead_line",
    }
)  # fmt: skip
# They look through much and can be asked for again.
REPORT_VIEWS = frozenset(
    {
        *(
            f"tickets:{name}"
            for name in ("search", "palette", "articles", "outbox", "schedule", "surveys_held")
        ),
        "escalation:oversight",
        "escalation:questions",
    }
)
REPORT_WORDS = ("export", "print", "report", "dashboard", "csv")


def class_of(request: HttpRequest) -> Class | None:
    """The class of a request; None for health, which never waits."""
    try:
        name = resolve(request.path_info).view_name
    except Resolver404:
        return PAGES
    if name in HEALTH_VIEWS:
        return None
    if name in INTAKE_VIEWS:
        return INTAKE
    if request.method not in {"GET", "HEAD"}:
        return DEEDS
    plain = name.rpartition(":")[2]
    return REPORTS if name in REPORT_VIEWS or any(word in plain for word in REPORT_WORDS) else PAGES


class Gate:
    """So many at once; the others wait, the most urgent first."""

    def __init__(self, places: int) -> None:
        self._free = places
        self._line: list[tuple[int, int, threading.Event]] = []
        self._waiting: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._number = count()

    def free_at_once(self) -> bool:
        """Take a place if one is free and nobody waits."""
        with self._lock:
            if self._free <= 0 or self._line:
                return False
            self._free -= 1
            return True

    def enter(self, kind: Class) -> bool:
        """Wait for a place as long as this class may; False when it is refused."""
        with self._lock:
            if self._waiting[kind.name] >= kind.room:
                return False
            me = (kind.rank, next(self._number), threading.Event())
            heapq.heappush(self._line, me)
            self._waiting[kind.name] += 1
            self._hand_on()
        given = me[-1].wait(kind.patience)
        with self._lock:
            self._waiting[kind.name] -= 1
            if not given and not me[-1].is_set():
                self._line.remove(me)
                heapq.heapify(self._line)
                return False
        return True

    def leave(self) -> None:
        """Give the place back."""
        with self._lock:
            self._free += 1
            self._hand_on()

    def _hand_on(self) -> None:
        """A free place goes to the head of the line, and only they are woken: many wait when there is least time for it."""
        while self._free > 0 and self._line:
            self._free -= 1
            heapq.heappop(self._line)[-1].set()


GATE = Gate(settings.MOST_AT_ONCE)


class OverloadMiddleware:
    """The gate, the time a view takes, and an answer instead of an error when the database is too slow."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Serve the request, or refuse it in time."""
        began = monotonic()
        if not GATE.free_at_once():
            kind = class_of(request)
            if kind is None:
                return self.get_response(request)
            if not GATE.enter(kind):
                measures.refused(kind.name)
                _log.warning("request_refused", kind=kind.name, path=request.path_info)
                return busy()
        try:
            response = self.get_response(request)
        except BaseException:
            _let_go(request)
            raise
        _when_sent(response, partial(_let_go, request))
        match = request.resolver_match
        measures.took(match.view_name if match else "none", monotonic() - began)
        return response

    def process_view(self, request: HttpRequest, view: object, args: object, kwargs: object) -> None:
        """A report may ask longer questions than a page."""
        if settings.REPORT_TIMEOUT and class_of(request) is REPORTS:
            _set_timeout(settings.REPORT_TIMEOUT)
            request.asks_long = True  # type: ignore[attr-defined]

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Too slow, or no connection free: come again, rather than "something broke"."""
        cause = error if isinstance(error, PoolTimeout) else error.__cause__
        if isinstance(error, (OperationalError, PoolTimeout)) and isinstance(cause, TOO_SLOW):
            measures.refused("slow")
            _log.warning("request_too_slow", kind=type(cause).__name__, path=request.path_info)
            return busy()
        return None


def _when_sent(response: HttpResponseBase, done: Callable[[], None]) -> None:
    """A stream holds its place until it is read; the server closes every response."""
    if response.streaming:
        response._resource_closers.append(done)  # type: ignore[attr-defined]  # noqa: SLF001 - as Django's own do
    else:
        done()


def _let_go(request: HttpRequest) -> None:
    """The place is free again, and the next user of the connection waits no longer than a page."""
    GATE.leave()
    if hasattr(request, "asks_long"):
        _set_timeout(None)


def _set_timeout(milliseconds: int | None) -> None:
    with suppress(DatabaseError, InterfaceError, PoolTimeout), connection.cursor() as cursor:
        cursor.execute(
            "RESET statement_timeout" if milliseconds is None else f"SET statement_timeout = {milliseconds:d}"
        )


def busy() -> HttpResponse:
    """503: nothing was done; come again in a few seconds."""
    page = render_to_string("busy.html")
    return HttpResponse(
        page, status=503, headers={"Retry-After": str(RETRY_AFTER), "Cache-Control": "no-store"}
    )
