"""Fixtures of the whole suite: real servers, a movable clock, a browser.

PostgreSQL and Redis are started once a run in a directory of its own (or taken from
DATABASE_URL and REDIS_URL); each xdist worker has its own database and Redis number.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import redis
from django.conf import settings as django_settings
from django.db.backends.postgresql.operations import DatabaseOperations
from django.db.models.signals import post_migrate

from config import clock, embedded, install
from config.local.carrier_gateway import CarrierGateway
from config.local.mail_catcher import MailCatcher
from tests import order
from tests.services.worker import WorkerProcess, redis_of_this_worker

# The browser fixtures of pytest-playwright leave an event loop running in this thread,
# and Django then takes every query for one made in a coroutine.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

# Made with the tables, not by tests.
KEPT_TABLES = {"django_content_type", "auth_permission", "django_migrations"}

# Two cores and three workers: how long an example takes says something of the machine only.
hypothesis.settings.register_profile(
    "shared machine", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("shared machine")

CHROMIUM_FLAGS = [
    "--no-sandbox",  # the suite may run as root
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    # Nothing that calls home: tests reach this machine only.
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def pytest_configure(config: pytest.Config) -> None:
    """Start the servers before any test asks for them; workers find them running."""
    env = django_settings.ENVIRONMENT
    embedded.ensure(env.var, postgres=env.embedded_postgres, redis=env.embedded_redis, fast=True)


def pytest_unconfigure(config: pytest.Config) -> None:
    embedded.release(django_settings.ENVIRONMENT.var)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Browser tests last: a broken rule is known before Chromium starts. Side by side, the slow ones are dealt out first."""
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)
    workers = getattr(config, "workerinput", {}).get("workercount", 1)
    if workers > 1:
        items[:] = order.dealt(items, workers)


# -- database -------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None) -> None:
    """Once tables, triggers, content types and permissions are made, nothing makes them anew.

    Django runs `post_migrate` after emptying the tables, too; that took half a second a test.
    """
    post_migrate.receivers.clear()
    post_migrate.sender_receivers_cache.clear()


@pytest.fixture(scope="session", autouse=True)
def _empty_tables_quickly() -> Iterator[None]:
    """Between transactional tests: DELETE, with every trigger standing aside.

    TRUNCATE makes new files for some hundred tables (a second), and the append-only
    tables refuse both. Needs a superuser, which the embedded server gives.
    """
    plain: Any = DatabaseOperations.sql_flush

    def sql_flush(self: Any, style: Any, tables: list[str], **options: Any) -> list[str]:
        if options.get("reset_sequences"):
            statements: list[str] = plain(self, style, tables, **options)
            return statements
        deletions = [f"DELETE FROM {self.quote_name(table)}" for table in tables if table not in KEPT_TABLES]
        return ["SET LOCAL session_replication_role = replica", *deletions]

    patch = pytest.MonkeyPatch()
    patch.setattr(DatabaseOperations, "sql_flush", sql_flush)
    yield
    patch.undo()


# -- time -----------------------------------------------------------------------------------


@pytest.fixture
def clock_at() -> Iterator[Callable[[datetime], clock.Hand]]:
    """`clock_at(moment)` holds the process's clock, seen by the live server's threads too.

    Returns a hand with `move_to(at)` and `advance(step)`. Undone after the test. Worker
    processes follow `worker_clock_at`.
    """
    with ExitStack() as stack:
        yield lambda at: stack.enter_context(clock.pinned(at))


@pytest.fixture
def worker_clock_at() -> Iterator[Callable[[datetime], None]]:
    """`worker_clock_at(moment)` holds the clock of this test's worker processes, and of this one."""
    path = Path(django_settings.ENVIRONMENT.clock_file)
    yield lambda at: clock.write_file(path, at)
    path.unlink(missing_ok=True)


# -- redis, workers, mail, carrier ------------------------------------------------------------


@pytest.fixture
def redis_client() -> Iterator["redis.Redis"]:
    """This xdist worker's Redis database, empty before and after."""
    client = redis_of_this_worker()
    client.flushdb()
    yield client
    client.flushdb()
    client.close()


@pytest.fixture(scope="session")
def _mail_catcher(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MailCatcher]:
    catcher = MailCatcher(tmp_path_factory.mktemp("mail"))
    catcher.start()
    yield catcher
    catcher.stop()


@pytest.fixture
def mail_server(_mail_catcher: MailCatcher, settings: Any) -> Iterator[MailCatcher]:
    """A real SMTP server; `mail_server.directory.messages()` is what arrived, oldest first.

    `mail_server.directory.refuse_next = 2` answers the next two with 451.
    """
    for path in _mail_catcher.directory.path.glob("*"):
        path.unlink()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", _mail_catcher.port
    yield _mail_catcher
    _mail_catcher.directory.refuse_next = 0


@pytest.fixture(scope="session")
def _gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CarrierGateway]:
    ledger = tmp_path_factory.mktemp("carrier") / "instructions.jsonl"
    gateway = CarrierGateway(ledger, secret=django_settings.CARRIER_SECRET)
    gateway.start()
    yield gateway
    gateway.stop()


@pytest.fixture
def carrier_gateway(_gateway: CarrierGateway, settings: Any) -> Iterator[CarrierGateway]:
    """The carrier's real HTTP server, empty; settings point at it.

    `.ledger.rows()` is what was carried out, `.fail_next("drop")` makes it misbehave.
    """
    _gateway.forget()
    settings.CARRIER_URL = _gateway.url
    yield _gateway
    _gateway.forget()


@pytest.fixture(scope="session")
def _worker(
    django_db_setup: None,
    django_db_blocker: Any,
    _mail_catcher: MailCatcher,
    _gateway: CarrierGateway,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[WorkerProcess]:
    environment = {"SMTP_URL": f"smtp://127.0.0.1:{_mail_catcher.port}", "CARRIER_URL": _gateway.url}
    with django_db_blocker.unblock():
        worker = WorkerProcess(environment, tmp_path_factory.mktemp("worker") / "worker.log")
    worker.wait_ready()
    yield worker
    worker.stop()


@pytest.fixture
def celery_worker(
    transactional_db: None,
    redis_client: "redis.Redis",
    mail_server: MailCatcher,
    carrier_gateway: CarrierGateway,
    _worker: WorkerProcess,
) -> WorkerProcess:
    """A real worker process on every queue, on this test's committed rows.

    It sends through `mail_server` and `carrier_gateway`. Started once a run.
    """
    if _worker.process.poll() is not None:
        _worker.restart()
    return _worker


# -- browser ----------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Debian's Chromium; Playwright's own download is not used."""
    return {
        **browser_type_launch_args,
        "executable_path": install.chromium(),
        "args": CHROMIUM_FLAGS,
    }


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    """The desk's screens: a small office monitor in Japan."""
    return {
        **browser_context_args,
        "locale": "ja-JP",
        "timezone_id": "Asia/Tokyo",
        "viewport": {"width": 1366, "height": 768},
    }


@pytest.fixture
def sign_in(context: Any, live_server: Any, client: Any) -> Callable[[Any], None]:
    """`sign_in(staff)` gives the browser of `page` that person's session, without the form."""

    def sign(staff: Any) -> None:
        client.force_login(staff)
        name = django_settings.SESSION_COOKIE_NAME
        context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": live_server.url}])

    return sign
