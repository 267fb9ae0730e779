"""The one place that reads the process environment.

Every name the application understands is a field of `Environment`, typed and with
its default; nothing else in the project touches `os.environ`. With an empty
environment the result is a working demonstration on embedded servers.
"""

import os
import secrets
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from environs import Env, EnvError

ROOT = Path(__file__).resolve().parent.parent
MODES = ("demo", "test", "production")
# What a process is for; each waits for the database as long as its users would. See `statement_timeouts`.
ROLES = ("web", "live", "worker", "migration", "command")


# Requests that one web process works on at once; the others wait at the gate (config/overload.py).
MOST_AT_ONCE = 6


class ConfigurationError(Exception):
    """The environment contradicts itself; the message is one line for a person."""


@dataclass(frozen=True, slots=True)
class Environment:
    """What the environment said, once, at start."""

    mode: str
    role: str
    var: Path
    host: str
    port: int
    secret_key: str
    allowed_hosts: tuple[str, ...]
    public_url: str
    live_url: str
    database_url: str
    database_pool: int
    database_prepared: bool
    redis_url: str
    smtp_url: str
    mail_from: str
    carrier_url: str
    carrier_secret: str
    cti_secret: str
    clock_file: str
    log_level: str
    metrics_token: str
    demo: bool

    @property
    def embedded_postgres(self) -> bool:
        """True when no server was named, so that the embedded one serves."""
        return not self.database_url

    @property
    def embedded_redis(self) -> bool:
        """True when no server was named, so that the embedded one serves."""
        return not self.redis_url

    @property
    def live_port(self) -> int:
        """Where the live stream listens."""
        return self.port + 1

    @property
    def carrier_port(self) -> int:
        """Where the local carrier gateway listens under `make run`."""
        return self.port + 2

    @property
    def mail_port(self) -> int:
        """Where the local mail catcher takes mail under `make run`."""
        return self.port + 25

    @property
    def mail_page_port(self) -> int:
        """Where caught mail is read in a browser under `make run`."""
        return self.port + 26

    @property
    def is_production(self) -> bool:
        """True where demonstration shortcuts (pinned clocks, local mail) are refused."""
        return self.mode == "production"


def read() -> Environment:
    """Read the environment; raises `ConfigurationError` when it cannot serve."""
    try:
        found = _read(Env())
    except EnvError as error:
        raise ConfigurationError(" ".join(str(error).split())) from error
    _refuse_nonsense(found)
    _refuse_half_production(found)
    return found


def _read(env: Env) -> Environment:
    mode = env.str("TSUNAGU_MODE", "demo")
    if mode not in MODES:
        raise ConfigurationError(f"TSUNAGU_MODE is {mode!r}; it must be one of {', '.join(MODES)}")
    role = env.str("TSUNAGU_ROLE", "command")
    if role not in ROLES:
        raise ConfigurationError(f"TSUNAGU_ROLE is {role!r}; it must be one of {', '.join(ROLES)}")
    var = Path(env.str("TSUNAGU_VAR", "") or ROOT / "var").resolve()
    port = env.int("PORT", 8000)
    public_url = env.str("PUBLIC_URL", f"http://127.0.0.1:{port}").rstrip("/")
    return Environment(
        mode=mode,
        role=role,
        var=var,
        host=env.str("HOST", "127.0.0.1"),
        port=port,
        secret_key=env.str("SECRET_KEY", "") or _local_secret(mode, var, "secret_key"),
        allowed_hosts=tuple(env.list("ALLOWED_HOSTS", [])),
        public_url=public_url,
        # In production one proxy serves both; else the stream is this host, one port higher.
        live_url=env.str("LIVE_URL", public_url if mode == "production" else "").rstrip("/"),
        database_url=env.str("DATABASE_URL", ""),
        database_pool=env.int("DATABASE_POOL", MOST_AT_ONCE + 2 if role == "web" else 0),
        # Not through a pooler in transaction mode, and who names a server may mean a pooler.
        database_prepared=env.bool("DATABASE_PREPARED", not env.str("DATABASE_URL", "")),
        redis_url=env.str("REDIS_URL", ""),
        smtp_url=env.str("SMTP_URL", ""),
        mail_from=env.str("MAIL_FROM", "support@tsunagu.example"),
        carrier_url=env.str("CARRIER_URL", "").rstrip("/"),
        carrier_secret=env.str("CARRIER_SECRET", "") or _local_secret(mode, var, "carrier_secret"),
        cti_secret=env.str("CTI_SECRET", "") or _local_secret(mode, var, "cti_secret"),
        clock_file=env.str("TSUNAGU_CLOCK_FILE", ""),
        log_level=env.str("LOG_LEVEL", "INFO").upper(),
        metrics_token=env.str("METRICS_TOKEN", ""),
        # Whether an empty database is given the demonstration; never in production.
        demo=env.bool("DEMO", True) and mode != "production",
    )


def _refuse_nonsense(found: Environment) -> None:
    if not 1 <= found.port <= 65_000:
        raise ConfigurationError(f"PORT is {found.port}; it must be between 1 and 65000")
    if found.database_url:
        database_settings(found.database_url)
    smtp_settings(found)


def _refuse_half_production(found: Environment) -> None:
    if not found.is_production:
        return
    needed = {
        "SECRET_KEY": found.secret_key,
        "ALLOWED_HOSTS": found.allowed_hosts,
        "DATABASE_URL": found.database_url,
        "REDIS_URL": found.redis_url,
    }
    missing = [name for name, value in needed.items() if not value]
    if found.carrier_url and not found.carrier_secret:
        missing.append("CARRIER_SECRET")
    if missing:
        raise ConfigurationError(f"TSUNAGU_MODE=production needs {', '.join(missing)}")
    if found.clock_file:
        raise ConfigurationError("TSUNAGU_CLOCK_FILE is refused in production")


def _local_secret(mode: str, var: Path, name: str) -> str:
    """A secret of this machine alone, kept under var/ so that sign-ins survive a restart."""
    if mode == "production":
        return ""
    if mode == "test":
        return f"test-only-{name}-{'x' * 40}"
    path = var / name
    if not path.exists():
        var.mkdir(parents=True, exist_ok=True)
        try:
            handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        except FileExistsError:
            # Another process of the same start was first; its secret is the one.
            return path.read_text()
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_urlsafe(48))
    return path.read_text()


def database_settings(url: str) -> dict[str, object]:
    """Django's HOST, NAME, ... from `postgresql://user:password@host:port/name?option=value`."""
    parts = urlsplit(url)
    if parts.scheme not in {"postgresql", "postgres"}:
        raise ConfigurationError("DATABASE_URL must begin with postgresql://")
    query = {key: values[-1] for key, values in parse_qs(parts.query).items()}
    name = unquote(parts.path.lstrip("/"))
    if not name:
        raise ConfigurationError("DATABASE_URL names no database")
    return {
        "HOST": query.pop("host", "") or unquote(parts.hostname or ""),
        "PORT": str(parts.port or ""),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "NAME": name,
        "OPTIONS": dict(query),
    }


@dataclass(frozen=True, slots=True)
class Smtp:
    """Where mail leaves, from `smtp://user:password@host:port`, `smtps://` or `smtp+starttls://`."""

    host: str
    port: int
    user: str
    password: str
    tls: bool
    starttls: bool


def smtp_settings(found: Environment) -> Smtp:
    """The mail server; with none named, the local catcher of `make run` at `PORT + 25`."""
    parts = urlsplit(found.smtp_url or f"smtp://127.0.0.1:{found.mail_port}")
    if parts.scheme not in {"smtp", "smtps", "smtp+starttls"} or not parts.hostname:
        raise ConfigurationError("SMTP_URL must look like smtp://host:port")
    return Smtp(
        host=parts.hostname,
        port=parts.port or (465 if parts.scheme == "smtps" else 587),
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        tls=parts.scheme == "smtps",
        starttls=parts.scheme == "smtp+starttls",
    )


def live_origins(found: Environment) -> list[str]:
    """The origins of the live stream, for the content security policy."""
    if found.live_url:
        parts = urlsplit(found.live_url)
        return [f"{parts.scheme}://{parts.netloc}"]
    # Any host name that reaches the web process reaches the stream one port higher.
    return [f"http://*:{found.live_port}"]


def timeouts(role: str) -> dict[str, int]:
    """PostgreSQL's settings for the sessions of a process, in milliseconds; 0 is no limit.

    A page that takes longer than its reader waits is of no use to anybody and keeps a place from the next. A migration may
    run, but not stand in a queue for a lock with the whole desk behind it.
    """
    statement, lock = {
        "web": (15_000, 10_000),
        "live": (5_000, 5_000),
        "worker": (90_000, 30_000),
        "migration": (0, 10_000),
        "command": (0, 0),
    }[role]
    idle = {"web": 60_000, "live": 60_000, "worker": 120_000}.get(role, 0)
    return {
        "statement_timeout": statement,
        "lock_timeout": lock,
        "idle_in_transaction_session_timeout": idle,
    }


def use_settings(role: str = "") -> None:
    """Name Django's settings for a process that Django did not start, and what the process is for."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    if role:
        os.environ.setdefault("TSUNAGU_ROLE", role)
    if role == "worker":
        # Django's checks load every address and view, half a second of each start, and jobs answer no request.
        os.environ.setdefault("CELERY_SKIP_CHECKS", "yes")


def measures_directory() -> str:
    """Where the web server's processes share what they measure; empty where each keeps its own."""
    return os.environ.get("PROMETHEUS_MULTIPROC_DIR", "")


def share_measures(var: Path, port: int) -> None:
    """For the web server, before anything is measured: a fresh directory, named to the library that writes into it."""
    place = var / f"measures-{port}"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(place)


def for_children(found: Environment) -> dict[str, str]:
    """The environment of the processes that `make run` starts."""
    bin_directory = str(Path(sys.executable).parent)
    return {
        "PATH": os.environ.get("PATH", "/usr/local/bin:/usr/bin:/bin"),
        "HOME": str(found.var),
        **os.environ,
        "VIRTUAL_ENV": str(Path(bin_directory).parent),
        "PYTHONUNBUFFERED": "1",
        "PYTHONUTF8": "1",
        "DJANGO_SETTINGS_MODULE": os.environ.get("DJANGO_SETTINGS_MODULE", "config.settings"),
        "LOG_LEVEL": os.environ.get("LOG_LEVEL", "WARNING"),
        "TSUNAGU_VAR": str(found.var),
        "PORT": str(found.port),
        "CARRIER_URL": found.carrier_url,
    }


def inherited(**more: str) -> dict[str, str]:
    """The environment of a command that this process starts."""
    return {**os.environ, **more}


def shared_memory() -> bool:
    """True where /dev/shm can take a server's heartbeat files."""
    return os.access("/dev/shm", os.W_OK)  # noqa: S108
