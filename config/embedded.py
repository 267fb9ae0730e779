"""PostgreSQL and Redis for a machine that has neither.

`ensure(var)` makes both answer on unix sockets under `var`; `database_url(var)` and
`redis_url(var)` say where, without starting anything. The servers belong to a keeper
process (config/keeper.py). Every process that calls `ensure` holds a shared lock on
`users.lock` until it ends, however it ends; the keeper stops the servers when nobody
holds it. So a killed launcher leaves nothing behind, and two commands may share one
server.
"""

import fcntl
import hashlib
import os
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

# sun_path holds 108 bytes; the longest name that we put in it is the lock beside it.
_LONGEST_SOCKET = 100
_PG_SOCKET = ".s.PGSQL.5432"
_REDIS_SOCKET = "redis.sock"
DATABASE = "tsunagu"
# btree_gist: no two ranges of one desk overlap; pg_trgm: search by parts of words.
EXTENSIONS = ("btree_gist", "pg_trgm")


class EmbeddedError(Exception):
    """A server could not be made to answer; the message is one line for a person."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the embedded servers of one var directory keep their things."""

    var: Path

    @property
    def pgdata(self) -> Path:
        """The PostgreSQL cluster."""
        return self.var / "postgres"

    @property
    def run(self) -> Path:
        """The sockets: under var, or under /tmp where that path would be too long."""
        near = self.var / "run"
        if len(os.fsencode(near / _PG_SOCKET)) <= _LONGEST_SOCKET:
            return near
        digest = hashlib.sha256(os.fsencode(self.var)).hexdigest()[:12]
        return Path("/tmp") / f"tsunagu-{digest}"  # noqa: S108 - owner checked by the keeper

    @property
    def pg_socket(self) -> Path:
        """PostgreSQL's socket file."""
        return self.run / _PG_SOCKET

    @property
    def redis_socket(self) -> Path:
        """Redis's socket file."""
        return self.run / _REDIS_SOCKET

    @property
    def log(self) -> Path:
        """The directory of the servers' logs."""
        return self.var / "log"


def database_url(var: Path) -> str:
    """The URL of the embedded PostgreSQL of `var`, running or not."""
    return f"postgresql://postgres@/{DATABASE}?host={quote(str(Place(var).run))}"


def redis_url(var: Path) -> str:
    """The URL of the embedded Redis of `var`, running or not."""
    return f"unix://{quote(str(Place(var).redis_socket))}?db=0"


# One open lock a var directory, held until this process ends.
_held: dict[Path, int] = {}


def ensure(var: Path, *, postgres: bool = True, redis: bool = True, fast: bool = False) -> None:
    """Make the servers of `var` answer, and keep them for the life of this process.

    `fast` gives up durability for speed (tests). Raises `EmbeddedError`.
    """
    if not (postgres or redis):
        return
    try:
        var.mkdir(parents=True, exist_ok=True)
        start = os.open(var / "start.lock", os.O_CREAT | os.O_RDWR, 0o600)
    except OSError as error:
        raise EmbeddedError(f"cannot write {var}: {error.strerror}") from error
    try:
        fcntl.flock(start, fcntl.LOCK_EX)
        _hold(var)
        if not _answering(Place(var), postgres=postgres, redis=redis):
            _start_keeper(var, postgres=postgres, redis=redis, fast=fast)
    finally:
        os.close(start)


def release(var: Path, *, wait: float = 0.0) -> None:
    """Give the servers up before this process ends; the keeper stops them if nobody is left.

    With `wait` (seconds), return only when they are stopped, or clearly used by somebody else.
    """
    handle = _held.pop(var, None)
    if handle is None:
        return
    os.close(handle)
    began = time.monotonic()
    while time.monotonic() < began + wait:
        stopping = _keeper_is_stopping(var)
        place = Place(var)
        if not stopping and not postgres_answers(place) and not redis_answers(place):
            return
        if not stopping and time.monotonic() > began + 2:  # several polls of the keeper ago
            return
        time.sleep(0.1)


def _keeper_is_stopping(var: Path) -> bool:
    """While it stops the servers the keeper holds the users' lock for itself."""
    probe = os.open(var / "users.lock", os.O_RDWR)
    try:
        fcntl.flock(probe, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(probe)
    return False


def _hold(var: Path) -> None:
    if var in _held:
        return
    handle = os.open(var / "users.lock", os.O_CREAT | os.O_RDWR, 0o600)
    # Blocks while a keeper shuts its servers down, so that ours start on a quiet cluster.
    fcntl.flock(handle, fcntl.LOCK_SH)
    _held[var] = handle


def _answering(place: Place, *, postgres: bool, redis: bool) -> bool:
    return (not postgres or postgres_answers(place)) and (not redis or redis_answers(place))


def postgres_answers(place: Place) -> bool:
    """Ask the server itself: a pid file or a socket file proves nothing after a kill."""
    import psycopg

    try:
        with psycopg.connect(
            f"host={place.run} user=postgres dbname={DATABASE}", connect_timeout=3
        ) as connection:
            connection.execute("select 1")
    except (psycopg.Error, OSError):
        return False
    return True


def redis_answers(place: Place) -> bool:
    """Ask the server itself."""
    try:
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(3)
            client.connect(str(place.redis_socket))
            client.sendall(b"PING\r\n")
            return client.recv(16).startswith(b"+PONG")
    except OSError:
        return False


def _start_keeper(var: Path, *, postgres: bool, redis: bool, fast: bool) -> None:
    flags = [
        flag for flag, wanted in (("--postgres", postgres), ("--redis", redis), ("--fast", fast)) if wanted
    ]
    log = Place(var).log
    log.mkdir(parents=True, exist_ok=True)
    with (log / "keeper.log").open("ab") as sink:
        keeper = subprocess.Popen(
            [sys.executable, "-m", "config.keeper", str(var), *flags],
            cwd=Path(__file__).resolve().parent.parent,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=sink,
            text=True,
            start_new_session=True,  # the terminal's Ctrl-C is for the launcher, not for it
        )
    assert keeper.stdout is not None
    with keeper.stdout:
        answer = keeper.stdout.readline().strip()
    if answer != "ready":
        raise EmbeddedError(answer or f"the embedded servers did not start; see {log}/keeper.log")
    # Not waited for: it outlives us while others use the servers.
    keeper.returncode = 0
