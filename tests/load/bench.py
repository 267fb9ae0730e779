"""The run itself: what is loaded, asked and compared, in which order."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
from django.conf import settings
from django.core.management import call_command
from django.db import connection

from config import clock, embedded
from config.load import desk
from tests.load import bare, drive, plans, sample, servers, streams
from tests.load.drive import Ask
from tests.load.goals import Goals
from tests.load.report import write
from tickets.models import Staff, Ticket

PORTS = {"ours": 18_600, "floor": 18_610, "peer": 18_620, "small": 18_630}
FIRST = 10_000  # the small desk that growth is counted from
CLIENTS = 32
CUTOFFS = 100_000


@dataclass
class Bench:
    """One run. `parts`: pages, midnight, live."""

    var: Path
    house: Path
    tickets: int
    parts: set[str]
    machine: str
    running: list[servers.Server] = field(default_factory=list)
    results: dict[str, Any] = field(default_factory=dict)

    def run(self) -> int:
        """Everything; 1 when a goal is missed."""
        self.results |= {"machine": self.machine, "tickets": self.tickets, "began": str(clock.now())}
        self.wrk = servers.install_wrk()
        try:
            self._load()
            if {"load", "pages"} & self.parts:
                self._load_others()
            ours = self._ours()
            for part, run in (("pages", self._pages), ("live", self._live), ("midnight", self._midnight)):
                if part in self.parts:
                    self._try(part, run, ours)
        finally:
            for server in self.running:
                server.stop()
            write(self.var / f"{self.tickets}.json", self.results)
        goals = Goals(self.results)
        print(goals.text())
        print(f"\nfigures: {self.var / f'{self.tickets}.json'}")
        return 0 if goals.met else 1

    def _try(self, part: str, run: Callable[[servers.Server], None], ours: servers.Server) -> None:
        """A part that breaks is a goal missed; the others are still measured."""
        try:
            run(ours)
        except Exception as error:
            traceback.print_exc()
            self.results.setdefault("broken", {})[part] = f"{type(error).__name__}: {error}"
        write(self.var / f"{self.tickets}.json", self.results)

    def _live(self, ours: servers.Server) -> None:
        self.results["live"] = asdict(streams.measure(self.house, PORTS["ours"], ours.cookie))

    # -- loading --------------------------------------------------------------------------

    def _load(self) -> None:
        """A small desk, kept beside the large one so that growth is asked in the same minute; then the rest, and the others."""
        call_command("migrate", run_syncdb=True, verbosity=0)
        if not servers.loaded(self.house):
            first = min(FIRST, self.tickets)
            desk.load(tickets=first, now=clock.now(), seed=1)
            self._copy_as("small")
            began = time.monotonic()
            if self.tickets > first:
                desk.load(tickets=self.tickets - first, now=clock.now(), seed=2)
            call_command("reconcile", verbosity=0)
            servers.note_loaded(self.house, tickets=self.tickets, load_seconds=time.monotonic() - began)
        with in_database("small"):
            call_command("migrate", run_syncdb=True, verbosity=0)
        self.results["load_seconds"] = servers.loaded(self.house)["load_seconds"]

    def _copy_as(self, name: str) -> None:
        connection.close()
        connection.close_pool()
        with self._server() as link:
            link.execute(f"CREATE DATABASE {name} TEMPLATE {connection.settings_dict['NAME']}")

    def _server(self) -> psycopg.Connection[Any]:
        """Beside the databases, to make some."""
        return psycopg.connect(
            f"host={embedded.Place(self.house).run} user=postgres dbname=postgres", autocommit=True
        )

    def _fill_others(self, floor_env: dict[str, str], peer_env: dict[str, str], peer_python: Path) -> None:
        facts = servers.loaded(self.house)
        if "peer" in facts:
            return
        with self._server() as link:
            for name in ("floor", "peer"):
                link.execute(f"DROP DATABASE IF EXISTS {name}")
                link.execute(f"CREATE DATABASE {name}")
        facts["floor"] = servers.fill(sys.executable, "tests.load.floor.fill", self.tickets, floor_env)
        facts["peer"] = servers.fill(peer_python, "peer.fill", self.tickets, peer_env)
        servers.note_loaded(self.house, **facts)

    def _load_others(self) -> None:
        run = embedded.Place(self.house).run
        floor_env = servers.other_environment(run, "floor", servers.ROOT)
        peer_env = servers.other_environment(run, "peer", servers.HERE)
        peer_python = servers.install_peer(self.var)
        self._fill_others(floor_env, peer_env, peer_python)
        if "pages" not in self.parts:
            return
        facts = servers.loaded(self.house)
        for server in (
            servers.floor(self.house, PORTS["floor"], floor_env),
            servers.peer(self.house, peer_python, PORTS["peer"], peer_env),
        ):
            server.facts = facts[server.name]
            server.cookie = f"sessionid={server.facts['session']}"
            self.running.append(server)

    def _small(self) -> dict[str, Ask]:
        """The small desk's pages, served as the large one's are."""
        run = embedded.Place(self.house).run
        server = servers.ours(
            self.house, PORTS["small"], "small", DATABASE_URL=f"postgresql://postgres@/small?host={run}"
        )
        self.running.append(server)
        with in_database("small"):
            server.cookie = f"{settings.SESSION_COOKIE_NAME}={session_of(operator())}"
            return asks_of_ours(server)

    def _ours(self) -> servers.Server:
        """Started once, with a session of an operator."""
        for server in self.running:
            if server.name == "ours":
                return server
        server = servers.ours(self.house, PORTS["ours"])
        server.cookie = f"{settings.SESSION_COOKIE_NAME}={session_of(operator())}"
        self.running.append(server)
        return server

    # -- asking ---------------------------------------------------------------------------

    def _pages(self, ours: servers.Server) -> None:
        staff, small = operator(), self.tickets <= 50_000
        self.results["sql"] = {name: asdict(found) for name, found in bare.questions(staff).items()}
        self.results["search_sql"] = {name: asdict(found) for name, found in bare.searches(staff).items()}
        floor, peer = (next(s for s in self.running if s.name == name) for name in ("floor", "peer"))
        asks = {f"ours {name}": ask for name, ask in asks_of_ours(ours).items()}
        asks |= {f"small {name}": ask for name, ask in self._small().items()}
        asks |= {f"floor {name}": ask for name, ask in asks_of_floor(floor).items()}
        self.results["pages"] = {
            name: asdict(found) for name, found in drive.interleaved(asks, rounds=80, seconds=180).items()
        }
        slow = {f"peer {name}": ask for name, ask in asks_of_peer(peer).items()}
        rounds = 10 if small else 5
        self.results["peer"] = {
            name: asdict(found) for name, found in drive.interleaved(slow, rounds=rounds, seconds=60).items()
        }
        seconds = 8 if small else 12
        for name, ask in (
            ("floor", asks["floor queue"]),
            ("ours", asks["ours queue"]),
            ("peer", slow["peer queue"]),
        ):
            found = drive.throughput(ask, clients=CLIENTS, seconds=seconds, wrk=self.wrk)
            self.results[f"throughput {name}"] = asdict(found)
        self._plans()

    def _plans(self) -> None:
        """The same look at every plan that CI takes, at this size."""
        from django.test import Client

        from tests.load import pages

        client = Client()
        client.force_login(Staff.objects.get(login_id="sv"), backend=BACKEND)
        settings.ALLOWED_HOSTS = ["*"]
        tables = plans.grown()
        found = [
            str(offence)
            for page in [*pages.plain(), *pages.tabs(), *pages.of_rows()]
            for offence in plans.offences(page, plans.queries_of(client, page), tables)
        ]
        self.results["plans"] = found

    # -- cutoffs --------------------------------------------------------------------------

    def _midnight(self, ours: servers.Server) -> None:
        """The pages' p95 while nothing else happens, and while the cutoffs run."""
        asks = {name: ask for name, ask in asks_of_ours(ours).items() if ask.data is None}
        cutoffs = CUTOFFS if self.tickets > 50_000 else 10_000
        with cutoff_process(self.house, cutoffs) as process:
            idle = drive.interleaved(asks, rounds=60, seconds=30)
            assert process.stdin
            assert process.stdout
            process.stdin.write("go\n")
            process.stdin.flush()
            time.sleep(8)  # the workers start
            busy = drive.interleaved(asks, rounds=400, seconds=max(10, cutoffs / 5000))
            answer = json.loads(process.stdout.readlines()[-1])
        self.results["midnight"] = answer | {
            "idle": {name: asdict(found) for name, found in idle.items()},
            "busy": {name: asdict(found) for name, found in busy.items()},
        }


@contextmanager
def cutoff_process(house: Path, cutoffs: int) -> Iterator[subprocess.Popen[str]]:
    """tests.load.midnight on a database of its own in the same server, prepared and waiting for the word."""
    run = embedded.Place(house).run
    with psycopg.connect(f"host={run} user=postgres dbname=postgres", autocommit=True) as link:
        link.execute("DROP DATABASE IF EXISTS midnight")
        link.execute("CREATE DATABASE midnight")
    with psycopg.connect(f"host={run} user=postgres dbname=midnight", autocommit=True) as link:
        for extension in embedded.EXTENSIONS:
            link.execute(f"CREATE EXTENSION IF NOT EXISTS {extension}")
    env = servers.environment(house, DATABASE_POOL="0") | {
        "DATABASE_URL": f"postgresql://postgres@/midnight?host={run}",
        "DJANGO_SETTINGS_MODULE": "tests.load.midnight_settings",
    }
    with (house / "midnight.log").open("ab") as sink:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.load.midnight", str(cutoffs)], env=env, cwd=servers.ROOT,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=sink, text=True,
        )  # fmt: skip
    try:
        assert process.stdout
        if process.stdout.readline().strip() != "prepared":
            raise RuntimeError(f"the cutoffs were not prepared; see {house}/midnight.log")
        yield process
        process.wait(60)
    finally:
        process.kill()


@contextmanager
def in_database(name: str) -> Iterator[None]:
    """This process asks another database of the same server meanwhile."""

    def turn_to(other: str) -> None:
        connection.close()
        connection.close_pool()
        connection.settings_dict["NAME"] = other

    before = connection.settings_dict["NAME"]
    turn_to(name)
    try:
        yield
    finally:
        turn_to(before)


BACKEND = "config.accounts.StaffBackend"


def operator() -> Staff:
    """Whose desk is the busiest."""
    return Staff.objects.select_related("desk").get(login_id="operator")


def session_of(staff: Staff) -> str:
    """As a sign-in makes it."""
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    store = SessionStore()
    store[SESSION_KEY] = str(staff.pk)
    store[BACKEND_SESSION_KEY] = BACKEND
    store[HASH_SESSION_KEY] = staff.get_session_auth_hash()
    store.create()
    return str(store.session_key)


def asks_of_ours(server: servers.Server) -> dict[str, Ask]:
    """Our real pages, with all they show."""
    case, customer, staff, numbers = sample.busy_case(), sample.busy_customer(), operator(), count(1)
    # Each write to another case: a third call on one is a matter for the SV, and another page.
    cases = [ticket.number for ticket in Ticket.objects.open().order_by("-pk")[:2000]]

    def contact() -> dict[str, str]:
        return {
            "channel": "phone",
            "direction": "in",
            "result": "answered",
            "number": "",
            "summary": "工事日の変更を希望",
        }

    def ticket() -> dict[str, str]:
        return {
            "kind": "enquiry",
            "subject": f"解約の手続き {next(numbers)}",
            "priority": "3",
            "desk": str(staff.desk_id),
        }

    return {
        "queue": Ask(server, "/queue/"),
        "queue, page 2": Ask(server, f"/queue/?after={sample.second_page(staff)}"),
        "ticket": Ask(server, f"/tickets/{case.number}/"),
        "caller": Ask(server, f"/customers/{plain_customer()}/"),
        "customer": Ask(server, f"/customers/{customer.number}/"),
        "phone": Ask(server, f"/search/?q={sample.phone().replace('+', '%2B')}"),
        "kana": Ask(server, "/search/?q=%E3%82%BF%E3%83%8A"),
        "words, common": Ask(server, "/search/?in=words&q=%E8%A7%A3%E7%B4%84"),
        "words, rare": Ask(server, "/search/?in=words&q=%E9%AE%8E%E6%A2%93"),
        "words, absent": Ask(server, "/search/?in=words&q=%E5%AD%98%E5%9C%A8%E3%81%97%E3%81%AA%E3%81%84"),
        "new ticket": Ask(server, f"/customers/{customer.number}/open/", ticket),
        "log contact": Ask(server, f"/tickets/{cases[-1]}/contacts/log/", contact),
    }


def plain_customer() -> str:
    """A customer with five cases, as most callers have."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.number FROM tickets_customer c JOIN tickets_ticket t ON t.customer_id = c.id "
            "WHERE c.id BETWEEN 500 AND 2500 GROUP BY c.id HAVING count(*) BETWEEN 4 AND 6 ORDER BY c.id LIMIT 1"
        )
        return str(cursor.fetchone()[0])


def asks_of_floor(server: servers.Server) -> dict[str, Ask]:
    """The least."""
    return {
        "queue": Ask(server, "/queue/"),
        "ticket": Ask(server, f"/tickets/{server.facts['ticket']}/"),
        "write": Ask(server, "/new/", lambda: {"subject": "解約の手続き"}),
    }


def asks_of_peer(server: servers.Server) -> dict[str, Ask]:
    """Its list's data as its page asks for it, its ticket, its search, its form."""
    from base64 import urlsafe_b64encode

    def listed(text: str = "") -> str:
        query = {"filtering": {"status__in": [1, 2]}, "filtering_null": {}, "sorting": "created",
                 "sortreverse": False, "search_string": text}  # fmt: skip
        if text:
            query["filtering"] = {}
        return (
            f"/datatables_ticket_list/{urlsafe_b64encode(json.dumps(query).encode()).decode()}"
            "?draw=1&start=0&length=50&order%5B0%5D%5Bcolumn%5D=0&order%5B0%5D%5Bdir%5D=desc&search%5Bvalue%5D="
        )

    def ticket() -> dict[str, str]:
        return {"queue": str(server.facts["queue"]), "title": "解約の手続き", "body": "入電", "priority": "3",
                "submitter_email": "a@example.jp", "assigned_to": "", "due_date": ""}  # fmt: skip

    return {
        "queue": Ask(server, listed()),
        "ticket": Ask(server, f"/tickets/{server.facts['ticket']}/"),
        "words": Ask(server, listed("解約工事")),
        "write": Ask(server, "/tickets/submit/", ticket),
    }
