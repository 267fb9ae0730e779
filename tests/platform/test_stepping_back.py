"""Jobs step back for pages: the worker's own process, and the one of PostgreSQL that serves it, if it runs here."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from types import SimpleNamespace

import pytest
from celery.signals import worker_process_init
from django.db import connection
from django.db.backends.signals import connection_created

from config import stepping_back
from config.celery import app


@dataclass
class Link:
    """A connection whose other end says that process `pid` serves it."""

    end: socket.socket
    pid: int

    @property
    def info(self) -> SimpleNamespace:
        return SimpleNamespace(backend_pid=self.pid)

    def fileno(self) -> int:
        return self.end.fileno()


@pytest.fixture
def child() -> Iterator[int]:
    """A process of this one, as a backend is of its server."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        yield process.pid
        process.kill()


@pytest.fixture
def here() -> Iterator[socket.socket]:
    """An end of a socket whose other end is held by this process."""
    one, other = socket.socketpair(socket.AF_UNIX)
    with one, other:
        yield one


def test_the_backend_of_a_server_on_this_machine_steps_back(here, child) -> None:
    before = os.getpriority(os.PRIO_PROCESS, child)
    stepping_back.its_backend(SimpleNamespace(connection=Link(here, child)))
    assert before < os.getpriority(os.PRIO_PROCESS, child) == stepping_back.STEP


def test_a_number_that_is_no_process_of_that_server_is_left_alone(here, child) -> None:
    another = subprocess.Popen(["sleep", "60"])
    try:
        assert stepping_back.backend_here(Link(here, another.pid)) == another.pid
        assert stepping_back.backend_here(Link(here, os.getppid())) == 0
        assert stepping_back.backend_here(Link(here, 2**22 + 1)) == 0
    finally:
        another.kill()
        another.wait()


def test_a_server_over_the_network_is_left_alone(child) -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.create_connection(server.getsockname()) as end,
    ):
        assert stepping_back.backend_here(Link(end, child)) == 0


def test_a_server_of_somebody_else_keeps_its_place(here, child, monkeypatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "setpriority", refuse)
    stepping_back.its_backend(SimpleNamespace(connection=Link(here, child)))


@pytest.mark.django_db
def test_the_real_one_is_found_where_it_runs_here() -> None:
    connection.ensure_connection()
    link = connection.connection
    on_a_socket = str(connection.settings_dict["HOST"]).startswith("/")
    assert stepping_back.backend_here(link) in ({link.info.backend_pid} if on_a_socket else {0})


def test_each_process_of_a_worker_does_so_with_every_connection(monkeypatch) -> None:
    assert app.main == "tsunagu"
    assert any(receiver() is stepping_back.this_process for _, receiver in worker_process_init.receivers)
    set_to: list[tuple[int, ...]] = []
    monkeypatch.setattr(os, "setpriority", lambda *told: set_to.append(told))
    try:
        stepping_back.this_process()
        assert set_to == [(os.PRIO_PROCESS, 0, stepping_back.STEP)]
        assert connection_created.disconnect(stepping_back.its_backend)
    finally:
        connection_created.disconnect(stepping_back.its_backend)
