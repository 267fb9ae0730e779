"""What a page costs its process: `python -m tests.load.cost [TICKETS] [ROUNDS]`, ours and the floor's asked in turn.

Milliseconds of the machine's clock say little while others work on it; the processor time of one process says nearly the
same every time. What PostgreSQL does for it is told apart, where the system says what a backend has had.
The desk stays in `var/bench/cost`, so that the same pages are asked before a change and after it; delete it for a fresh one.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.load import servers

if TYPE_CHECKING:
    from tests.load.drive import Ask

HOUSE = servers.ROOT / "var" / "bench" / "cost"
TICKETS, ROUNDS = 5000, 40
# Ours beside the page of the floor that it is compared with.
PAIRS = {
    "queue": "queue", "ticket": "ticket", "caller": "ticket", "customer": "ticket",
    "words, common": "queue", "words, rare": "queue", "words, absent": "queue", "phone": "queue", "kana": "queue",
    "new ticket": "write", "log contact": "write",
}  # fmt: skip


@dataclass
class Asked:
    """One process and its pages; `taken`: processor, PostgreSQL's, both, and clock, in milliseconds."""

    process: subprocess.Popen[str]
    pages: dict[str, Ask]
    taken: dict[str, list[tuple[float, ...]]] = field(default_factory=dict)

    def ask(self, name: str, *, count: bool = True) -> None:
        """One page, once."""
        assert self.process.stdin
        assert self.process.stdout
        page = self.pages[name]
        self.process.stdin.write(json.dumps([page.path, page.data() if page.data else None]) + "\n")
        self.process.stdin.flush()
        took, waited, served, status, _size = json.loads(self.process.stdout.readline())
        if status != 302 and (page.data or status != 200):
            raise RuntimeError(f"{page.path}: {status}")
        if count:
            seconds = (took, served, took + served, waited)
            self.taken.setdefault(name, []).append(tuple(second * 1000 for second in seconds))


def main(tickets: int = TICKETS, rounds: int = ROUNDS) -> int:
    """Load once, ask in turn, print the table."""
    HOUSE.mkdir(parents=True, exist_ok=True)
    os.environ |= servers.environment(HOUSE)
    from config import embedded

    embedded.ensure(HOUSE)
    import django

    django.setup()
    ours, floor = _ours(tickets), _floor(tickets)
    for asked in (ours, floor):
        for name in asked.pages:
            for _ in range(8):
                asked.ask(name, count=False)
    for _ in range(rounds):
        for name, other in PAIRS.items():
            floor.ask(other)
            ours.ask(name)
    for asked in (ours, floor):
        asked.process.terminate()
    print(_table(ours, floor))
    return 0


def _ours(tickets: int) -> Asked:
    from django.conf import settings
    from django.core.management import call_command

    from config import clock
    from config.load import desk
    from tests.load.bench import asks_of_ours, operator, session_of
    from tickets.models import Ticket

    call_command("migrate", run_syncdb=True, verbosity=0)
    if not Ticket.objects.exists():
        desk.load(tickets=tickets, now=clock.now(), quiet=True)
    nobody: servers.Server = servers.Server("ours", 0, None)  # type: ignore[arg-type]
    pages = {name: ask for name, ask in asks_of_ours(nobody).items() if name in PAIRS}
    return Asked(
        _process(
            settings.SESSION_COOKIE_NAME,
            session_of(operator()),
            servers.environment(HOUSE, TSUNAGU_ROLE="web"),
        ),
        pages,
    )


def _floor(tickets: int) -> Asked:
    import psycopg

    from config import embedded
    from tests.load.bench import asks_of_floor

    run, facts = embedded.Place(HOUSE).run, HOUSE / "floor.json"
    env = servers.other_environment(run, "floor", servers.ROOT) | {
        "DJANGO_SETTINGS_MODULE": "tests.load.floor.settings"
    }
    if not facts.exists():
        with psycopg.connect(f"host={run} user=postgres dbname=postgres", autocommit=True) as link:
            link.execute("DROP DATABASE IF EXISTS floor")
            link.execute("CREATE DATABASE floor")
        facts.write_text(json.dumps(servers.fill(sys.executable, "tests.load.floor.fill", tickets, env)))
    found = json.loads(facts.read_text())
    nobody: servers.Server = servers.Server("floor", 0, None, facts=found)  # type: ignore[arg-type]
    return Asked(_process("sessionid", found["session"], env), asks_of_floor(nobody))


def _process(cookie: str, session: str, env: dict[str, str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.load.processor", cookie, session], env=env, cwd=servers.ROOT,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip


def _table(ours: Asked, floor: Asked) -> str:
    """Median of the processor's and least of the clock's milliseconds, each with its ratio."""
    heads = (
        "page",
        "Python",
        "floor",
        "×",
        "PostgreSQL",
        "floor",
        "×",
        "together",
        "floor",
        "×",
        "clock, least",
        "floor",
        "×",
    )
    lines = [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
    ways: tuple[Callable[[list[float]], float], ...] = (statistics.median,) * 3 + (min,)
    for name, other in PAIRS.items():
        cells = [name]
        for which, of in enumerate(ways):
            mine = of([taken[which] for taken in ours.taken[name]])
            theirs = of([taken[which] for taken in floor.taken[other]])
            cells += [f"{mine:.2f}", f"{theirs:.2f}", f"{mine / theirs:.2f}" if theirs else "–"]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:3])))
