"""Too much at once: reports are refused first, then pages; intake last, health never. Slow questions end."""

import threading
import time

import psycopg
import pytest
from django.conf import settings
from django.db import OperationalError, connection
from django.http import HttpResponse, StreamingHttpResponse
from django.test import Client, RequestFactory
from django.urls import get_resolver

from config import environment, measures, overload
from config.overload import DEEDS, INTAKE, PAGES, REPORTS, Gate, class_of

ASK = RequestFactory()


@pytest.fixture
def full(monkeypatch):
    """A process with one place, which is taken."""
    gate = Gate(1)
    monkeypatch.setattr(overload, "GATE", gate)
    assert gate.free_at_once()
    return gate


def quick(kind: overload.Class, **fields: float) -> overload.Class:
    return overload.Class(kind.name, kind.rank, fields.get("patience", 0.05), int(fields.get("room", 9)))


def test_every_view_of_a_class_is_there() -> None:
    names = set()

    def walk(resolver, prefix=""):
        for entry in resolver.url_patterns:
            if hasattr(entry, "url_patterns"):
                walk(entry, f"{prefix}{entry.namespace}:" if entry.namespace else prefix)
            elif entry.name:
                names.add(prefix + entry.name)

    walk(get_resolver())
    assert names >= overload.HEALTH_VIEWS | overload.INTAKE_VIEWS | overload.REPORT_VIEWS


@pytest.mark.parametrize(
    ("method", "path", "kind"),
    [
        ("get", "/livez", None),
        ("post", "/api/cti/events", INTAKE),
        ("post", "/tickets/T-1/contacts/log/", INTAKE),
        ("post", "/drafts/", INTAKE),
        ("post", "/tickets/T-1/resolve/", DEEDS),
        ("get", "/queue/", PAGES),
        ("get", "/no/such/page", PAGES),
        ("get", "/search/", REPORTS),
    ],
)
def test_what_came_in_is_of_its_class(method, path, kind) -> None:
    assert class_of(getattr(ASK, method)(path)) is kind


def test_the_more_urgent_goes_first_whoever_came_first(full) -> None:
    order: list[str] = []

    def come(kind):
        if full.enter(quick(kind, patience=5)):
            order.append(kind.name)
            full.leave()

    threads = []
    for kind in (REPORTS, PAGES, DEEDS, INTAKE):
        threads.append(threading.Thread(target=come, args=(kind,)))
        threads[-1].start()
    while len(full._line) < len(threads):
        time.sleep(0.002)
    full.leave()
    for thread in threads:
        thread.join(5)
    assert order == ["intake", "deeds", "pages", "reports"]


def test_who_waits_too_long_or_finds_the_room_full_is_refused(full) -> None:
    assert not full.enter(quick(REPORTS))
    assert not full.enter(quick(REPORTS, room=0))
    full.leave()
    assert full.free_at_once()
    assert REPORTS.patience < PAGES.patience < DEEDS.patience < INTAKE.patience
    assert REPORTS.room < PAGES.room < DEEDS.room < INTAKE.room


def test_a_full_desk_says_when_to_come_again_and_counts_it(full, monkeypatch, client: Client) -> None:
    monkeypatch.setattr(overload, "REPORTS", quick(REPORTS))
    answer = client.get("/search/")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert "混み合って" in answer.content.decode()
    assert client.get("/livez").status_code == 200
    value = measures.registry().get_sample_value("tsunagu_requests_refused_total", {"kind": "reports"})
    assert value
    assert value >= 1


def test_a_stream_keeps_its_place_until_it_is_read(full, db) -> None:
    full.leave()
    middleware = overload.OverloadMiddleware(lambda request: StreamingHttpResponse(iter([b"a"])))
    answer = middleware(ASK.get("/queue/"))
    assert not full.free_at_once()
    answer.close()
    assert full.free_at_once()


def test_the_time_of_a_view_is_measured_by_its_name(client: Client, db, settings) -> None:
    settings.METRICS_TOKEN = "t0ken"
    client.get("/livez")
    client.get("/never/heard/of")
    text = client.get("/metrics", headers={"Authorization": "Bearer t0ken"}).content.decode()
    assert 'tsunagu_view_seconds_count{view="livez"}' in text
    assert "heard" not in text


def test_a_question_that_takes_too_long_ends_as_come_again(db) -> None:
    middleware = overload.OverloadMiddleware(lambda request: HttpResponse())
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 20")
        with pytest.raises(OperationalError) as slow:
            cursor.execute("SELECT pg_sleep(1)")
    answer = middleware.process_exception(ASK.get("/queue/"), slow.value)
    assert answer is not None
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert middleware.process_exception(ASK.get("/queue/"), OperationalError("gone")) is None


@pytest.mark.parametrize(
    ("role", "statement", "lock"),
    [
        ("web", "15s", "10s"),
        ("live", "5s", "5s"),
        ("worker", "90s", "30s"),
        ("migration", "0", "10s"),
        ("command", "0", "0"),
    ],
)
def test_each_kind_of_process_waits_as_long_as_its_users(role, statement, lock) -> None:
    options = " ".join(f"-c {name}={value}" for name, value in environment.timeouts(role).items())
    place = settings.DATABASES["default"]
    with psycopg.connect(
        host=place["HOST"], user=place["USER"], dbname="postgres", port=place["PORT"] or None, password=place["PASSWORD"],
        options=options,
    ) as link:  # fmt: skip
        found = [
            (link.execute(f"SHOW {name}").fetchone() or ("",))[0]
            for name in ("statement_timeout", "lock_timeout")
        ]
    assert [value.replace("1min30s", "90s").replace("90000ms", "90s") for value in found] == [statement, lock]


def test_a_report_may_ask_longer_and_the_next_page_may_not(db, monkeypatch, settings) -> None:
    settings.REPORT_TIMEOUT = 50_000
    seen: list[str] = []

    def answer(request):
        middleware.process_view(request, None, (), {})
        with connection.cursor() as cursor:
            cursor.execute("SHOW statement_timeout")
            seen.append(cursor.fetchone()[0])
        return HttpResponse()

    middleware = overload.OverloadMiddleware(answer)
    middleware(ASK.get("/search/"))
    middleware(ASK.get("/queue/"))
    assert seen == ["50s", "0"]


def test_only_the_head_of_the_line_is_woken_and_nobody_is_forgotten() -> None:
    gate, done = Gate(3), list[int]()

    def come(number: int) -> None:
        for _ in range(40):
            if gate.free_at_once() or gate.enter(quick(PAGES, patience=10, room=99)):
                done.append(number)
                gate.leave()

    threads = [threading.Thread(target=come, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(done) == 16 * 40
    assert (gate._free, gate._line, +gate._waiting) == (3, [], {})
