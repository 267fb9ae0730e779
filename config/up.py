"""`make run`: everything a desk needs, in one terminal.

Checks the ports, starts the embedded servers, prepares the database, starts the
processes of the Procfile (and local stand-ins for the mail server and the carrier where
none are named), waits until the application answers, and stops everything on Ctrl-C, on
SIGTERM, or when one of them cannot be kept alive.
"""

import argparse
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import replace
from pathlib import Path

from config import embedded, environment, procfile
from config.supervisor import Supervisor

_READY_SECONDS = 90
# What must be free on the disk: to begin a database, and to go on with one.
FRESH_MB, BEGUN_MB = 300, 50


class StartError(Exception):
    """One line for a person."""


def step(text: str) -> None:
    """Say what is being done."""
    print(f"==> {text}", flush=True)


def with_local_services(found: environment.Environment) -> environment.Environment:
    """The environment with the local carrier's URL filled in where none was given."""
    if found.carrier_url or found.is_production:
        return found
    return replace(found, carrier_url=f"http://127.0.0.1:{found.carrier_port}")


def commands(given: environment.Environment, found: environment.Environment) -> dict[str, list[str]]:
    """What runs: the Procfile, and the stand-ins that `given` leaves room for."""
    wanted = procfile.processes()
    if not given.smtp_url and not given.is_production:
        wanted["mail"] = ["python", "-m", "config.local.mail_catcher"]
    if given.carrier_url != found.carrier_url:
        wanted["carrier"] = ["python", "-m", "config.local.carrier_gateway"]
    return wanted


def ports(found: environment.Environment, wanted: dict[str, list[str]]) -> dict[str, int]:
    """Every port that will be listened on."""
    all_ports = {
        "web": found.port,
        "live": found.live_port,
        "mail": found.mail_port,
        "mail (reading)": found.mail_page_port,
        "carrier": found.carrier_port,
    }
    return {use: port for use, port in all_ports.items() if use.split(" ", maxsplit=1)[0] in wanted}


def refuse_busy(host: str, wanted: dict[str, int]) -> None:
    """A busy port is said now, in one line, not by five processes later."""
    for use, port in wanted.items():
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OverflowError as error:
                raise StartError(f"port {port} for {use} does not exist; choose PORT=") from error
            except OSError as error:
                raise StartError(
                    f"port {port} for {use} cannot be used ({error.strerror}); "
                    f"stop what uses it or choose another with PORT="
                ) from error


def prepare(child_environment: dict[str, str]) -> list[str]:
    """Migrate, and load the demonstration into an empty database; returns the sign-ins."""
    done = subprocess.run(
        [sys.executable, "-m", "config.first_start"],
        env=child_environment,
        cwd=environment.ROOT,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    lines = done.stdout.splitlines()
    if done.returncode:
        reasons = [line.removeprefix("error: ") for line in lines if line.startswith("error: ")]
        raise StartError(reasons[-1] if reasons else "preparing the database failed, see above")
    for line in lines:
        if line.startswith("==> "):
            print(line, flush=True)
    return [line for line in lines if not line.startswith("==> ")]


def wait_until_ready(found: environment.Environment, running: Supervisor) -> None:
    """Until the web process and the live stream answer."""
    deadline = time.monotonic() + _READY_SECONDS
    urls = [f"http://127.0.0.1:{port}/livez" for port in (found.port, found.live_port)]
    while urls:
        running.check()
        if running.stopping:
            return
        if time.monotonic() > deadline:
            raise StartError(f"{urls[0]} does not answer after {_READY_SECONDS} s")
        if _answers(urls[0]):
            urls.pop(0)
        else:
            time.sleep(0.2)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 - our own http URL
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def start(*, with_parent: bool) -> None:
    """Everything, until told to stop. Raises the errors that `main` prints."""
    given = environment.read()
    found = with_local_services(given)
    wanted = commands(given, found)
    refuse_busy(found.host, ports(found, wanted))
    _check_room(found.var)
    running = Supervisor(with_parent=with_parent)
    for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(sign, lambda *_: running.stop_soon())
    if found.embedded_postgres or found.embedded_redis:
        step(f"embedded PostgreSQL and Redis under {found.var}")
        embedded.ensure(found.var, postgres=found.embedded_postgres, redis=found.embedded_redis)
    child_environment = environment.for_children(found)
    sign_ins = [] if running.stopping else prepare(child_environment)
    try:
        if not running.stopping:
            step("processes: " + ", ".join(wanted))
            running.start(wanted, child_environment)
            wait_until_ready(found, running)
        if not running.stopping:
            announce(found, wanted, sign_ins)
            running.watch()
    finally:
        step("stopping")
        running.stop()
        embedded.release(found.var, wait=15)


def announce(found: environment.Environment, wanted: dict[str, list[str]], sign_ins: list[str]) -> None:
    """Where to look and who to be."""
    print(f"\nReady: http://127.0.0.1:{found.port}/", flush=True)
    if "mail" in wanted:
        print(f"  mail that was sent: http://127.0.0.1:{found.mail_page_port}/")
    if "carrier" in wanted:
        print(f"  what the carrier was told: http://127.0.0.1:{found.carrier_port}/")
    for line in sign_ins:
        print(f"  {line}")
    print("  Ctrl-C stops everything.", flush=True)


def _check_room(var: Path) -> None:
    """A full or read-only disk is said before a database is begun on it."""
    needed = BEGUN_MB if (var / "postgres").exists() else FRESH_MB
    probe = var / "probe"
    try:
        var.mkdir(parents=True, exist_ok=True)
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        raise StartError(f"cannot write in {var}: {error.strerror}") from error
    free = shutil.disk_usage(var).free // 1_000_000
    if free < needed:
        raise StartError(f"no space left for {var}: {free} MB are free, {needed} MB are needed")


def main(arguments: list[str] | None = None) -> int:
    """Run until stopped; what is wrong is one line and exit code 1."""
    parser = argparse.ArgumentParser(description="Starts everything that a desk needs.")
    parser.add_argument(
        "--with-parent", action="store_true", help="stop when the process that started it ends"
    )
    asked = parser.parse_args(arguments)
    try:
        start(with_parent=asked.with_parent)
    except (
        StartError,
        embedded.EmbeddedError,
        environment.ConfigurationError,
        OSError,
    ) as error:
        print(f"error: {error}", file=sys.stderr, flush=True)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
