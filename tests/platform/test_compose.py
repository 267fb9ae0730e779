"""The very commands of docker-compose.yml, beside a PostgreSQL and a Redis of this machine: each becomes healthy by
the check that the file names, and stops within 25 seconds when asked to."""

from __future__ import annotations

import re
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
import yaml
from psycopg import sql

from config import keeper
from config.environment import ROOT
from tests.services.live import free_ports
from tests.services.worker import database_url

pytestmark = [pytest.mark.services, pytest.mark.slow]

COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES = {name: one for name, one in COMPOSE["services"].items() if one.get("image") == "tsunagu"}
# One of each program; the other workers and the other beat differ by name and queue alone (tested below).
STAYING = ("web", "live", "deadlines", "beat-1", "mail")
ALIKE = {"outgoing": "deadlines", "house": "deadlines", "worker": "deadlines", "beat-2": "beat-1"}
SECRETS = {
    "SECRET_KEY": "s" * 50,
    "CARRIER_SECRET": "c" * 20,
    "POSTGRES_PASSWORD": "",
    "REDIS_PASSWORD": "r" * 20,
}
STOP_SECONDS, START_PERIOD, LOOKS = 25, 8, 30


class Composed:
    """The services of the file, started one by one with what compose would give them."""

    def __init__(self, var: Path, port: int, database: str) -> None:
        self.var, self.port, self.database = var, port, database
        self.running: dict[str, subprocess.Popen[bytes]] = {}

    def environment(self, name: str) -> dict[str, str]:
        """The file's own, with the addresses of this machine, and nothing else of ours."""
        given = {key: interpolated(value) for key, value in SERVICES[name]["environment"].items()}
        place = self.var / name
        place.mkdir(exist_ok=True)
        here = {
            "DATABASE_URL": self.database, "REDIS_URL": f"redis://:{SECRETS['REDIS_PASSWORD']}@127.0.0.1:{self.redis_port}/0",
            "SMTP_URL": f"smtp://127.0.0.1:{self.port + 25}", "HOST": "127.0.0.1", "PORT": str(self.port),
            "TSUNAGU_VAR": str(place), "HOSTNAME": socket.gethostname(), "PYTHONUTF8": "1",
            "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
        }  # fmt: skip
        return {**given, **here}

    @property
    def redis_port(self) -> int:
        return self.port + 40

    def redis(self) -> None:
        """The file's own command, on a port of this run and in its directory."""
        words = shlex.split(interpolated(COMPOSE["services"]["redis"]["command"]))
        words[0] = keeper.redis_binary()
        self.start("redis", [*words, "--port", str(self.redis_port), "--dir", str(self.var)], {})

    def service(self, name: str) -> None:
        self.start(name, shlex.split(SERVICES[name]["command"]), self.environment(name))

    def start(self, name: str, words: list[str], environment: dict[str, str]) -> None:
        with (self.var / f"{name}.log").open("wb") as sink:
            self.running[name] = subprocess.Popen(
                words, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=sink, stderr=sink
            )  # fmt: skip

    def healthy(self, name: str) -> bool:
        """The file's own check; its ports and its directory are those of this run."""
        words = [self.here(word, name) for word in SERVICES[name]["healthcheck"]["test"][1:]]
        asked = subprocess.run(words, cwd=ROOT, env=self.environment(name), capture_output=True, check=False)
        return asked.returncode == 0

    def wait_healthy(self, name: str) -> None:
        for _look in range(LOOKS):
            if self.healthy(name):
                return
            time.sleep(2)
        raise AssertionError(f"{name} is not healthy:\n{self.log(name)}")

    def here(self, word: str, name: str) -> str:
        for offset, port in ((0, 8000), (1, 8001), (26, 8026)):
            word = word.replace(f":{port}/", f":{self.port + offset}/")
        return word.replace("/srv/tsunagu", str(self.var / name)).replace("$$", "$")

    def log(self, name: str) -> str:
        return (self.var / f"{name}.log").read_text(errors="replace")


def interpolated(value: object) -> str:
    """`${NAME:?why}` and `${NAME:-default}` as compose reads them."""

    def fill(found: re.Match[str]) -> str:
        return SECRETS.get(found["name"], found["default"] or "")

    return re.sub(r"\$\{(?P<name>\w+)(?::-(?P<default>[^}]*)|:\?[^}]*)?\}", fill, str(value))


@pytest.fixture
def composed(transactional_db: None, tmp_path: Path) -> Iterator[Composed]:
    """An empty database of its own, brought up by the file's own `migrate`."""
    admin = database_url()
    name = f"composed_{time.monotonic_ns()}"
    with psycopg.connect(admin, autocommit=True) as link:
        link.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    found = Composed(tmp_path, free_ports(50), admin.replace(f"/{_database(admin)}", f"/{name}", 1))
    try:
        found.redis()
        yield found
    finally:
        for process in found.running.values():
            process.kill()
            process.wait()
        with psycopg.connect(admin, autocommit=True) as link:
            link.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _database(url: str) -> str:
    return urlsplit(url).path.lstrip("/")


def test_every_command_becomes_healthy_and_stops_in_time(composed: Composed) -> None:
    composed.service("migrate")
    assert composed.running.pop("migrate").wait(120) == 0, composed.log("migrate")
    for name in STAYING:
        composed.service(name)
    # A look costs a process of its own; compose, too, gives them a time to start.
    time.sleep(START_PERIOD)
    for name in STAYING:
        composed.wait_healthy(name)
    began = time.monotonic()
    for name in STAYING:
        composed.running[name].send_signal(signal.SIGTERM)
    ended = {name: composed.running[name].wait(STOP_SECONDS * 2) for name in STAYING}
    assert time.monotonic() - began < STOP_SECONDS
    assert {name for name, code in ended.items() if code not in {0, -signal.SIGTERM}} == set()


def test_the_others_are_the_same_programs() -> None:
    assert set(SERVICES) == {*STAYING, *ALIKE, "migrate"}
    for name, tested in ALIKE.items():
        assert shape(name) == shape(tested)


def shape(name: str) -> tuple[str, str]:
    """Command and check without the worker's name and queues."""
    command = re.sub(r"-n \w+@%h -Q [\w,]+", "-n NAME -Q QUEUES", SERVICES[name]["command"])
    return command, str(SERVICES[name]["healthcheck"]).replace(f"{name}@", "NAME@")
