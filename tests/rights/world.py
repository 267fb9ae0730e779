"""The world the rights walk goes through: one case the partner desk has had, and one it has not.

Each floor adds the rows its screens need in a function `add_<floor>(objects, cast, shared)`.
"""

from __future__ import annotations

import pickle
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

from tests.factories import escalation, words
from tests.factories.cast import Cast, cast
from tests.rights.rows_billing import add_billing
from tests.rights.rows_escalation import add_escalation
from tests.rights.rows_tickets import add_tickets
from tests.rights.screens import ROLES


@dataclass
class World:
    """The people by role, and the rows by name."""

    staff: dict[str, Any]
    own: dict[str, Any]
    foreign: dict[str, Any]


@dataclass(frozen=True)
class Kept:
    """A world and its rows, to be put back into the empty tables of a later test."""

    world: bytes
    rows: dict[str, bytes]

    @classmethod
    def of(cls, world: World) -> Kept:
        """Everything that stands in the database now."""
        with connection.cursor() as cursor:
            tables = [name for name in connection.introspection.table_names(cursor) if name.startswith(OURS)]
        rows = {name: _copied_out(name) for name in tables}
        empty = min(map(len, rows.values()))
        return cls(pickle.dumps(world), {name: held for name, held in rows.items() if len(held) > empty})

    def put_back(self) -> World:
        """As a restore does: rows that the rules have seen once are not asked about again."""
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
            for name, held in self.rows.items():
                with cursor.cursor.copy(f"COPY {name} FROM STDIN (FORMAT binary)") as copy:
                    copy.write(held)
            cursor.execute("SET LOCAL session_replication_role = origin")
        world: World = pickle.loads(self.world)  # noqa: S301 - written by this process
        return world


OURS = ("tickets_", "escalation_", "billing_")
_kept: list[Kept] = []


def build() -> World:
    """Make it all, through the services, once a process; after that the same rows are put back."""
    if not _kept:
        _kept.append(Kept.of(_made()))
        return pickle.loads(_kept[0].world)  # type: ignore[no-any-return]  # noqa: S301
    return _kept[0].put_back()


def _copied_out(table: str) -> bytes:
    with connection.cursor() as cursor, cursor.cursor.copy(f"COPY {table} TO STDOUT (FORMAT binary)") as copy:
        return b"".join(bytes(part) for part in copy)


def _made() -> World:
    people = cast()
    words.letter_texts()
    escalation.masters()
    return World(
        staff={role: getattr(people, role) for role in ROLES},
        own=objects(people, shared=True),
        foreign=objects(people, shared=False),
    )


def objects(people: Cast, *, shared: bool) -> dict[str, Any]:
    """The rows of one case; `shared`: the partner desk has had it."""
    made: dict[str, Any] = {}
    add_tickets(made, people, shared=shared)
    add_escalation(made, people, shared=shared)
    add_billing(made, people, shared=shared)
    return made
