"""Rules of the platform that no type checker sees."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path

import pytest
from django.conf import settings

from config import embedded, environment, jobs
from config.environment import ROOT

APPS = ("config", "tickets", "escalation", "billing")
REGISTRY_HOSTS = re.compile(
    r"(pypi|pythonhosted|npmjs|crates|debian|index-url|find-links)\S*\.(org|io|com)", re.I
)


@cache
def tracked() -> tuple[Path, ...]:
    """Every file that git knows, or would know after `git add`."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    ).stdout.split("\n")
    paths = [ROOT / name for name in listed if name] or list(ROOT.glob("**/*"))
    return tuple(path for path in paths if path.is_file() and ".venv" not in path.parts)


def sources() -> Iterator[Path]:
    for app in APPS:
        yield from sorted((ROOT / app).rglob("*.py"))


def texts() -> Iterator[tuple[Path, str]]:
    for path in tracked():
        try:
            yield path, path.read_text()
        except UnicodeDecodeError:
            continue


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_the_lock_names_no_host_and_hashes_everything(name: str) -> None:
    text = (ROOT / name).read_text()
    assert "://" not in text
    assert "file:" not in text
    pins = re.findall(r"^([a-z0-9][^\s=]*)==(\S+)(.*(?:\n    .*)*)", text, re.MULTILINE)
    assert len(pins) > 50
    assert all("--hash=sha256:" in rest for _, _, rest in pins)


def test_the_runtime_lock_is_part_of_the_development_lock() -> None:
    def pins(name: str) -> set[str]:
        return set(re.findall(r"^[a-z0-9].*?==\S+", (ROOT / name).read_text(), re.MULTILINE))

    assert pins("requirements.lock") <= pins("requirements-dev.lock")


def test_every_direct_dependency_says_why_it_is_here() -> None:
    text = (ROOT / "pyproject.toml").read_text()
    project = tomllib.loads(text)["project"]
    for requirement in [*project["dependencies"], *project["optional-dependencies"]["dev"]]:
        [line] = [line for line in text.splitlines() if f'"{requirement}"' in line]
        assert re.search(r"# \S.{10,}", line), f"{requirement} has no reason"


def test_no_file_names_a_registry_or_a_place_of_one_machine() -> None:
    here = Path(__file__)
    for path, text in texts():
        if path != here:
            assert not REGISTRY_HOSTS.search(text), f"{path.relative_to(ROOT)} names a registry"
            assert f"{chr(47)}work{chr(47)}" not in re.sub(r"[\w.-]\x2fwork\x2f", "", text), (
                f"{path.relative_to(ROOT)}: a machine's path"
            )


def test_only_one_file_reads_the_environment() -> None:
    allowed = {ROOT / "config" / name for name in ("environment.py", "install.py")}
    for path in sources():
        if path not in allowed:
            text = path.read_text()
            assert "os.environ" not in text, path
            assert "getenv" not in text, path


def test_only_one_file_asks_a_clock() -> None:
    asking = re.compile(
        r"\b(?:datetime|dt)(?:\.datetime)?\.(?:now|utcnow|today)\(|\bdate\.today\(|timezone\.(?:now|localdate)\b"
        r"|\btime\.time\("
    )
    for path in sources():
        if path != ROOT / "config" / "clock.py":
            assert not asking.search(path.read_text()), path


def test_deadlines_are_rows_never_messages_that_wait() -> None:
    for path in sources():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.keyword):
                assert node.arg not in {"eta", "countdown"}, f"{path}:{node.value.lineno}"


def test_every_tick_calls_a_task_that_exists() -> None:
    from config.celery import app

    for name in ("tickets", "escalation", "billing"):
        if (ROOT / name / "tasks.py").exists():
            import_module(f"{name}.tasks")
    missing = {task for task, _, _ in jobs.TICKS} - set(app.tasks)
    assert not missing
    assert {queue for _, _, queue in jobs.TICKS} <= set(jobs.QUEUES)


def test_a_tick_carries_nothing_and_expires() -> None:
    for entry in jobs.beat_schedule.values():
        assert "args" not in entry
        assert "kwargs" not in entry
        assert entry["options"]["expires"] <= 2 * entry["schedule"], entry


def test_a_task_ends_before_its_message_is_given_to_another() -> None:
    assert jobs.task_soft_time_limit < jobs.task_time_limit
    assert jobs.task_time_limit < jobs.broker_transport_options["visibility_timeout"]
    assert jobs.task_acks_late
    assert jobs.task_reject_on_worker_lost
    assert jobs.task_ignore_result


def test_pages_run_no_inline_script_and_no_foreign_one() -> None:
    directives = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
    for name, allowed in directives.items():
        assert not {"'unsafe-inline'", "'unsafe-eval'", "*", "https:"} & set(map(str, allowed)), name
    assert list(directives["script-src"]) == ["'self'"]


def test_a_service_is_the_transaction_and_a_page_is_not() -> None:
    assert settings.DATABASES["default"]["ATOMIC_REQUESTS"] is False
    assert "django.contrib.admin" not in settings.INSTALLED_APPS
    assert settings.DEBUG is False


def test_time_is_japans() -> None:
    assert (settings.TIME_ZONE, settings.USE_TZ, settings.LANGUAGE_CODE) == ("Asia/Tokyo", True, "ja")


def test_production_is_never_half_configured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TSUNAGU_MODE", "production")
    for name in ("SECRET_KEY", "DATABASE_URL", "REDIS_URL", "ALLOWED_HOSTS", "TSUNAGU_CLOCK_FILE"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(
        environment.ConfigurationError, match="SECRET_KEY, ALLOWED_HOSTS, DATABASE_URL, REDIS_URL"
    ):
        environment.read()


def test_a_production_clock_is_never_moved(monkeypatch: pytest.MonkeyPatch) -> None:
    from config import clock

    for name in ("SECRET_KEY", "ALLOWED_HOSTS"):
        monkeypatch.setenv(name, "x" * 50)
    monkeypatch.setenv("TSUNAGU_MODE", "production")
    monkeypatch.setenv("DATABASE_URL", "postgresql://u@h/d")
    monkeypatch.setenv("REDIS_URL", "redis://h")
    monkeypatch.delenv("TSUNAGU_CLOCK_FILE", raising=False)
    with pytest.raises(clock.ClockPinRefused), clock.pinned(clock.now()):
        pass


def test_the_extensions_are_in_every_database(db: None) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("select extname from pg_extension")
        assert set(embedded.EXTENSIONS) <= {name for (name,) in cursor.fetchall()}


def test_the_floors_and_rooms_hold() -> None:
    done = subprocess.run(
        [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
