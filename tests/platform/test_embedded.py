"""The embedded servers: found, revived, shared, and gone when nobody is left."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from config import embedded
from config.embedded import Place
from config.environment import ROOT
from config.keeper import Server
from tests.services.worker import eventually

pytestmark = pytest.mark.services

# A command that uses the servers of a directory until its standard input ends.
USER = (
    "import sys, pathlib; from config import embedded;"
    "embedded.ensure(pathlib.Path(sys.argv[1]), fast=True); print('up', flush=True); sys.stdin.read()"
)


def servers_of(var: Path) -> list[psutil.Process]:
    """Every process that was started for `var`."""
    found = []
    for process in psutil.process_iter(["cmdline"]):
        words = " ".join(process.info["cmdline"] or ())
        if str(var) in words and process.pid != os.getpid():
            found.append(process)
    return found


class User:
    """A process that uses the servers; ended with its test at the latest."""

    everyone: list["User"] = []

    def __init__(self, var: Path) -> None:
        self.everyone.append(self)
        self.process = subprocess.Popen(
            [sys.executable, "-c", USER, str(var)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def wait_up(self) -> "User":
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == "up\n"
        return self

    def leave(self) -> None:
        self.process.communicate("")

    def die(self) -> None:
        self.process.kill()
        self.process.wait()


@pytest.fixture
def var(scratch: Path) -> Iterator[Path]:
    path = scratch / "var"
    yield path
    for user in User.everyone:
        user.die()
    User.everyone.clear()
    eventually(lambda: not servers_of(path), message="servers were left behind")


def ask(var: Path) -> object:
    with psycopg.connect(embedded.database_url(var), connect_timeout=5) as link:
        row = link.execute("select count(*) from pg_extension where extname in ('btree_gist', 'pg_trgm')")
        return (row.fetchone() or [None])[0]


def test_trigrams_of_japanese_are_indexed(var: Path) -> None:
    """Under LC_CTYPE C they are not, and an address is looked for in every customer's."""
    user = User(var).wait_up()
    with psycopg.connect(embedded.database_url(var), connect_timeout=5) as link:
        row = link.execute("SELECT cardinality(show_trgm('ノムラ'))").fetchone()
    assert row == (4,)
    user.leave()


def test_the_servers_live_while_one_user_lives_even_if_the_first_is_killed(var: Path) -> None:
    first = User(var).wait_up()
    second = User(var).wait_up()
    first.die()
    time.sleep(1)
    assert ask(var) == 2
    second.leave()


def test_two_that_start_together_share_one_server(var: Path) -> None:
    users = [User(var) for _ in range(3)]
    for user in users:
        user.wait_up()
    postmasters = [p for p in servers_of(var) if "-D" in (p.info["cmdline"] or ())]
    assert len(postmasters) == 1
    for user in users:
        user.leave()


def test_a_killed_postmaster_is_started_again_with_its_data(var: Path) -> None:
    user = User(var).wait_up()
    with psycopg.connect(embedded.database_url(var), autocommit=True) as link:
        link.execute("create table kept as select 7 as n")
    pid = int((Place(var).pgdata / "postmaster.pid").read_text().splitlines()[0])
    os.kill(pid, signal.SIGKILL)
    eventually(lambda: not embedded.postgres_answers(Place(var)), seconds=10)
    eventually(lambda: embedded.postgres_answers(Place(var)), seconds=60, message="it stayed dead")
    with psycopg.connect(embedded.database_url(var)) as link:
        assert link.execute("select n from kept").fetchone() == (7,)
    user.leave()


def test_a_killed_keeper_takes_its_servers_along_and_the_next_user_starts_them(var: Path) -> None:
    user = User(var).wait_up()
    [keeper] = [p for p in servers_of(var) if "config.keeper" in (p.info["cmdline"] or ())]
    keeper.kill()
    eventually(lambda: not servers_of_server_kind(var), seconds=20, message="a server outlived its keeper")
    user.die()
    again = User(var).wait_up()
    assert ask(var) == 2
    again.leave()


def servers_of_server_kind(var: Path) -> list[psutil.Process]:
    return [
        p
        for p in servers_of(var)
        if "config.keeper" not in (p.info["cmdline"] or ()) and "-c" not in p.info["cmdline"][:2]
    ]


def test_a_long_path_gets_a_short_socket(scratch: Path) -> None:
    deep = scratch / ("d" * 60) / ("e" * 60)
    user = User(deep).wait_up()
    assert ask(deep) == 2
    assert len(str(Place(deep).pg_socket)) < 100
    user.leave()
    eventually(lambda: not servers_of(deep))
    assert not Place(deep).run.exists()


def test_an_unwritable_place_is_one_line(scratch: Path) -> None:
    blocked = scratch / "file"
    blocked.write_text("")
    with pytest.raises(embedded.EmbeddedError) as error:
        embedded.ensure(blocked / "var")
    assert str(error.value).startswith("cannot write")
    assert "\n" not in str(error.value)


def test_a_server_that_dies_while_it_starts_is_started_again(scratch: Path) -> None:
    """A second crash during the recovery from the first once left a house without its database."""
    starts = scratch / "starts"
    starts.touch()

    def has_started_often_enough() -> bool:
        return starts.read_text().count("x") > 2

    server = Server(
        "server", ["sh", "-c", f"echo x >> {starts}; [ $(wc -l < {starts}) -gt 2 ] && exec sleep 60"],
        has_started_often_enough, signal.SIGTERM, scratch / "log",
    )  # fmt: skip
    server.revive()
    assert server.process is not None
    assert server.process.poll() is None
    assert server.restarts == 3
    server.stop()
