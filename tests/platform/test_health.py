"""What the monitoring asks."""

import datetime as dt

import pytest
from django.db import DatabaseError, connection
from django.test import Client

from config import clock, health
from tickets.models import OutboxMessage, Pause


def test_alive_asks_nobody(client: Client) -> None:
    assert client.get("/livez").content == b"ok\n"  # no database mark on this test


def test_ready_while_the_database_answers(client: Client, db: None) -> None:
    assert client.get("/readyz").json() == {"ready": True, "checks": {"database": "ok", "redis": "ok"}}


def test_not_ready_without_a_database_and_it_says_no_more_than_the_kind(
    client: Client, db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone() -> None:
        raise DatabaseError("host 10.0.0.1 refused user secret")

    monkeypatch.setattr(health, "_ask_database", gone)
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["checks"]["database"] == "DatabaseError"
    assert "secret" not in answer.content.decode()


def test_ready_without_redis(client: Client, db: None, settings) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json()["checks"]["redis"] == "ConnectionError"


def _waiting_since(at: dt.datetime) -> None:
    OutboxMessage.objects.create(
        key=f"k-{at.timestamp()}", channel="mail", to="a@example.jp", created_at=at, not_before=at
    )


def test_in_time_until_something_waits_a_minute(client: Client, db: None, clock_at) -> None:
    hand = clock_at(dt.datetime(2026, 3, 28, 10, 0, tzinfo=clock.JST))
    _waiting_since(clock.now())
    hand.advance(dt.timedelta(seconds=59))
    assert client.get("/deadlinez").status_code == 200
    hand.advance(dt.timedelta(seconds=2))
    answer = client.get("/deadlinez")
    assert answer.status_code == 503
    assert answer.json()["late_seconds"] == {"outbox": 61}


def test_figures_are_for_the_holder_of_the_token(client: Client, db: None, settings) -> None:
    assert client.get("/metrics").status_code == 404
    settings.METRICS_TOKEN = "t0ken"
    assert client.get("/metrics", headers={"Authorization": "Bearer wrong"}).status_code == 404
    _waiting_since(clock.now() - dt.timedelta(minutes=5))
    text = client.get("/metrics", headers={"Authorization": "Bearer t0ken"}).content.decode()
    assert 'tsunagu_oldest_due_seconds{what="outbox"} 3' in text
    assert 'tsunagu_jobs{what="early"} 0.0' in text
    assert "tsunagu_jobs_paused 0.0" in text


def test_while_the_jobs_are_paused_the_alarm_rings(client: Client, db: None) -> None:
    Pause.objects.create(cause="jump", reason="the clock jumped", since=clock.now())
    answer = client.get("/deadlinez")
    assert (answer.status_code, answer.json()["paused"]) == (503, True)


def test_the_database_speaks_utc_and_the_pages_japan(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("show timezone")
        assert cursor.fetchone() == ("UTC",)
