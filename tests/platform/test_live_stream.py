"""The live stream: who may listen, what is sent, what is made up for."""

from collections.abc import Iterator
from contextlib import ExitStack
from itertools import islice
from typing import Any

import httpx
import pytest
from django.conf import settings
from django.db import connection

from config import clock, live_bus
from tests.services.live import live_process

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]


@pytest.fixture(scope="module")
def stream(django_db_setup: None, django_db_blocker: Any) -> Iterator[str]:
    with ExitStack() as stack:
        with django_db_blocker.unblock():
            url = stack.enter_context(live_process(REDIS_URL=settings.REDIS_URL))
        yield url


@pytest.fixture
def cookies(client, staff_member) -> dict[str, str]:
    client.force_login(staff_member)
    return {settings.SESSION_COOKIE_NAME: client.cookies[settings.SESSION_COOKIE_NAME].value}


def _happen(topic: str, ref: str = "1", *, announced: bool = True) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into tickets_liveevent (at, topic, ref) values (%s, %s, %s) returning id",
            [clock.now(), topic, ref],
        )
        number = int(cursor.fetchone()[0])
    if announced:
        live_bus.announce()
    return number


def _events(answer: httpx.Response, count: int) -> list[tuple[int, str]]:
    """The next events as (number, topic)."""

    def read() -> Iterator[tuple[int, str]]:
        number = 0
        for line in answer.iter_lines():
            if line.startswith("id: "):
                number = int(line[4:])
            elif line.startswith("data: "):
                yield number, line[6:]

    return list(islice(read(), count))


def _wait_open(answer: httpx.Response) -> None:
    assert answer.status_code == 200
    next(answer.iter_raw())  # the greeting: from here on nothing is missed


def test_only_signed_in_staff_may_listen(stream: str, cookies: dict[str, str]) -> None:
    assert httpx.get(f"{stream}/live/stream").status_code == 401
    forged = {settings.SESSION_COOKIE_NAME: "x" * 32}
    assert httpx.get(f"{stream}/live/stream", cookies=forged).status_code == 401
    with httpx.stream("GET", f"{stream}/live/stream", cookies=cookies, timeout=10) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")


def test_an_event_is_its_number_and_topic(stream: str, cookies: dict[str, str]) -> None:
    url = f"{stream}/live/stream?topics=ticket:7,queue"
    with httpx.stream("GET", url, cookies=cookies, timeout=10) as answer:
        lines = answer.iter_lines()
        assert next(lines) == "retry: 2000"
        _happen("ticket", "8")
        seventh, queue = _happen("ticket", "7"), _happen("queue", "x")
        received = [line for line in islice(lines, 10) if line and not line.startswith(":")]
    assert received == [
        f"id: {seventh}", "event: change", "data: ticket:7", f"id: {queue}", "event: change", "data: queue:x",
    ]  # fmt: skip


def test_what_was_missed_is_told_again(stream: str, cookies: dict[str, str]) -> None:
    numbers = [_happen("queue", announced=False) for _ in range(3)]
    heads = {"Last-Event-ID": str(numbers[0])}
    with httpx.stream("GET", f"{stream}/live/stream", cookies=cookies, headers=heads, timeout=10) as answer:
        assert [number for number, _ in _events(answer, 2)] == numbers[1:]


def test_what_came_while_the_page_was_loading_is_told(stream: str, cookies: dict[str, str]) -> None:
    made = clock.now()
    number = _happen("queue", announced=False)
    params = {"topics": "queue", "since": made.isoformat()}
    with httpx.stream("GET", f"{stream}/live/stream", params=params, cookies=cookies, timeout=10) as answer:
        assert _events(answer, 1)[0] == (number, "queue:1")
    params = {"topics": "queue", "after": str(number - 1)}
    with httpx.stream("GET", f"{stream}/live/stream", params=params, cookies=cookies, timeout=10) as answer:
        assert _events(answer, 1)[0] == (number, "queue:1")


def test_events_come_without_redis_too(stream: str, cookies: dict[str, str]) -> None:
    with httpx.stream("GET", f"{stream}/live/stream", cookies=cookies, timeout=15) as answer:
        lines = answer.iter_lines()
        next(lines)
        number = _happen("queue", announced=False)
        assert next(line for line in lines if line.startswith("id: ")) == f"id: {number}"


def test_a_stream_that_never_met_redis_tells_what_happens(cookies: dict[str, str]) -> None:
    """Redis is away when the process starts and stays away: it looks into the table by itself."""
    with (
        live_process(REDIS_URL="redis://127.0.0.1:1/0") as lonely,
        httpx.stream("GET", f"{lonely}/live/stream", cookies=cookies, timeout=15) as answer,
    ):
        lines = answer.iter_lines()
        next(lines)
        number = _happen("queue", announced=False)
        assert next(line for line in lines if line.startswith("id: ")) == f"id: {number}"


@pytest.mark.parametrize(
    ("origin", "status"),
    [("http://evil.example", 403), ("http://127.0.0.1:9", 403), ("null", 403)],
)
def test_another_origin_may_not_listen(
    stream: str, cookies: dict[str, str], origin: str, status: int
) -> None:
    answer = httpx.get(f"{stream}/live/stream", cookies=cookies, headers={"Origin": origin})
    assert answer.status_code == status


def test_the_web_origin_may_listen_with_its_cookie(stream: str, cookies: dict[str, str]) -> None:
    port = int(stream.rsplit(":", 1)[1])
    origin = f"http://127.0.0.1:{port - 1}"
    with httpx.stream(
        "GET", f"{stream}/live/stream", cookies=cookies, headers={"Origin": origin}, timeout=10
    ) as answer:
        assert answer.headers["access-control-allow-origin"] == origin
        assert answer.headers["access-control-allow-credentials"] == "true"
