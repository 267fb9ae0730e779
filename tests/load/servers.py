"""What is measured runs here: one PostgreSQL, a database each, two web workers each; the peer in its own environment."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
import urllib.request
import venv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError

ROOT = Path(__file__).resolve().parents[2]
HERE = ROOT / "tests" / "load"
PEER = (
    "django-helpdesk==2.6.1",
    "django>=5.2,<5.3",
    "psycopg[binary]>=3.2,<4",
    "gunicorn>=23",
    "setuptools<81",
)
WORKERS = ("--workers", "2", "--worker-class", "gthread", "--threads", "4", "--log-level", "warning")


@dataclass
class Server:
    """A web server that answers at `port`, and the cookies of somebody signed in."""

    name: str
    port: int
    process: subprocess.Popen[bytes]
    cookie: str = ""
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """Its root."""
        return f"http://127.0.0.1:{self.port}"

    def stop(self) -> None:
        """And wait."""
        self.process.terminate()
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()


def environment(var: Path, **more: str) -> dict[str, str]:
    """The environment of ours."""
    kept = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL"}}
    return {
        **kept,
        "TSUNAGU_VAR": str(var),
        "TSUNAGU_MODE": "demo",
        "DJANGO_SETTINGS_MODULE": "tests.load.ours",
        "LOG_LEVEL": "WARNING",
        "PYTHONPATH": str(ROOT),
        "DATABASE_POOL": "8",
        **more,
    }


def loaded(house: Path) -> dict[str, Any]:
    """What stands in this house: tickets, and what is to be known of the floor and the peer; empty before it is loaded."""
    file = house / "loaded.json"
    found: dict[str, Any] = json.loads(file.read_text()) if file.exists() else {}
    return found


def note_loaded(house: Path, **facts: Any) -> None:
    """Write it down, with what was known before."""
    (house / "loaded.json").write_text(json.dumps(loaded(house) | facts))


def other_environment(run: Path, database: str, path: Path) -> dict[str, str]:
    """The environment of the floor and the peer: the same server, a database of theirs."""
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(path),
        "BENCH_DB": database,
        "BENCH_USER": "postgres",
        "BENCH_HOST": str(run),
        "BENCH_PORT": "5432",
    }


def install_peer(var: Path) -> Path:
    """Its Python, with it installed; made once."""
    home = var / "peer-env"
    python = home / "bin" / "python"
    if not (home / "installed").exists():
        shutil.rmtree(home, ignore_errors=True)
        venv.create(home, with_pip=True)
        subprocess.run(
            [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *PEER], check=True
        )
        (home / "installed").touch()
    return python


def install_wrk() -> str:
    """The load generator of Debian; "" where it is not to be had, and then our own asks."""
    found = shutil.which("wrk")
    if not found and os.geteuid() == 0 and shutil.which("apt-get"):
        for command in (["apt-get", "-qq", "update"], ["apt-get", "-qq", "install", "-y", "wrk"]):
            subprocess.run(command, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        found = shutil.which("wrk")
    return found or ""


def fill(python: str | Path, module: str, tickets: int, env: Mapping[str, str]) -> dict[str, Any]:
    """Run a filler; it prints what is to be known as JSON."""
    done = subprocess.run(
        [python, "-m", module, str(tickets)],
        env=dict(env),
        cwd=ROOT,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def serve(
    name: str, python: str | Path, arguments: Sequence[str], port: int, env: Mapping[str, str], log: Path
) -> Server:
    """Start gunicorn and wait until it answers."""
    with log.open("ab") as sink:
        process = subprocess.Popen(
            [str(python), "-m", "gunicorn", *arguments], env=dict(env), cwd=ROOT, stdout=sink, stderr=sink
        )
    server = Server(name, port, process)
    for _ in range(300):
        if answers(server.url):
            return server
        if process.poll() is not None:
            break
        time.sleep(0.2)
    raise RuntimeError(f"{name} did not start; see {log}")


def answers(url: str) -> bool:
    """Whether anything speaks HTTP there."""
    try:
        urllib.request.urlopen(url, timeout=5).close()  # noqa: S310 - loopback
    except HTTPError:
        return True
    except (URLError, OSError):
        return False
    return True


def ours(var: Path, port: int, name: str = "ours", **more: str) -> Server:
    """As `make run` serves it, but with the threads' connections pooled as the floor's are."""
    env = environment(var, PORT=str(port), **more)
    return serve(
        name,
        sys.executable,
        ["--config", "config/gunicorn_conf.py", "config.wsgi"],
        port,
        env,
        var / f"{name}.log",
    )


def floor(var: Path, port: int, env: Mapping[str, str]) -> Server:
    """The least that Django costs."""
    arguments = [*WORKERS, "--bind", f"127.0.0.1:{port}", "tests.load.floor.wsgi"]
    return serve("floor", sys.executable, arguments, port, env, var / "floor.log")


def peer(var: Path, python: Path, port: int, env: Mapping[str, str]) -> Server:
    """What a user would pick instead."""
    arguments = [*WORKERS, "--bind", f"127.0.0.1:{port}", "--timeout", "180", "peer.wsgi"]
    return serve("peer", python, arguments, port, env, var / "peer.log")
