"""`make bench`: ours beside the least that Django costs and beside what a user would pick instead, on one server.

SIZE=small (20,000 cases, some minutes) or full (a million, the default); TICKETS=N for any other; PARTS=pages,midnight,live
for some of it (PARTS=load loads only). REUSE=yes keeps what was loaded for the next run of that size. Figures mean something as
ratios of one run: machine and day are the same for all.
"""

from __future__ import annotations

import os
import platform
import shutil
import sys
import time
from pathlib import Path

from tests.load import servers

SIZES = {"small": 20_000, "full": 1_000_000}


def main() -> int:
    """Set up, load, measure, print; 1 when a goal is missed."""
    tickets = int(os.environ.get("TICKETS") or SIZES[os.environ.get("SIZE") or "full"])
    parts = set((os.environ.get("PARTS") or "pages,midnight,live").split(","))
    var = servers.ROOT / "var" / "bench"
    var.mkdir(parents=True, exist_ok=True)
    reuse = os.environ.get("REUSE") == "yes"
    house = var / "house"
    if not (reuse and servers.loaded(house).get("tickets") == tickets):
        _fresh(house)
    os.environ |= servers.environment(house)
    from config import embedded

    embedded.ensure(house)
    try:
        import django

        django.setup()
        from tests.load.bench import Bench

        bench = Bench(var=var, house=house, tickets=tickets, parts=parts, machine=_machine())
        return bench.run()
    finally:
        embedded.release(house, wait=30)
        if not reuse:
            shutil.rmtree(house, ignore_errors=True)


def _fresh(house: Path) -> None:
    shutil.rmtree(house, ignore_errors=True)
    house.mkdir(parents=True)


def _machine() -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{os.cpu_count()} cores, {memory:.0f} GiB, {platform.platform()}, Python {sys.version.split()[0]}"


if __name__ == "__main__":
    began = time.monotonic()
    code = main()
    print(f"{time.monotonic() - began:.0f} s in all")
    sys.exit(code)
