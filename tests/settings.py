"""The settings under test: the real ones, on servers of this run alone.

The environment is set before the settings read it. Workers of pytest-xdist inherit it,
so that one run has one pair of servers.
"""

import atexit
import os
import shutil
import tempfile
from pathlib import Path
from urllib.parse import urlsplit


def _remove_unused(directory: Path) -> None:
    if not (directory / "users.lock").exists():
        shutil.rmtree(directory, ignore_errors=True)


if "TSUNAGU_TEST_RUN" not in os.environ:
    var = Path(os.environ.get("TSUNAGU_TEST_VAR") or tempfile.mkdtemp(prefix="tsunagu-test-"))
    var.mkdir(parents=True, exist_ok=True)
    if "TSUNAGU_TEST_VAR" not in os.environ:
        (var / "ephemeral").touch()  # the keeper removes it with the servers
        # ... unless they were never started.
        atexit.register(_remove_unused, var)
    # A run starts a hundred processes of the product; without this each of them would compile all of its code anew.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ["TSUNAGU_TEST_RUN"] = str(os.getpid())
    os.environ["TSUNAGU_VAR"] = str(var)
os.environ["TSUNAGU_MODE"] = "test"
os.environ.setdefault("LOG_LEVEL", "WARNING")
os.environ["TSUNAGU_CLOCK_FILE"] = str(
    Path(os.environ["TSUNAGU_VAR"]) / f"clock-{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
)

from config.settings import *  # noqa: F403

# One server, a database of it for each worker of pytest-xdist.
_worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
_redis = urlsplit(REDIS_URL)  # type: ignore[used-before-def]
REDIS_URL = (
    f"unix://{_redis.path}?db={_worker}"
    if _redis.scheme == "unix"
    else _redis._replace(path=f"/{_worker}", query="").geturl()
)

# A page that asks the database once a row fails its test.
INSTALLED_APPS = [*INSTALLED_APPS, "zeal"]
MIDDLEWARE = ["tests.reads.zeal_on_reads", *MIDDLEWARE]
ZEAL_RAISE = True
