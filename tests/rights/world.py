"""The world the rights walk goes through: one case the partner desk has had, and one it has not.

Each floor adds the rows its screens need in a function `add_<floor>(objects, cast, shared)`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

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


def build() -> World:
    """Make it all, once a test."""
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
