"""Who may open what: the table the rights walk reads, written apart from the views so that both must agree.

Each floor keeps its table in a file beside this one. `objects` are the rows a screen needs, by name, made twice
by tests/rights/world.py: once on a case the partner desk has had ("own"), once on one it has not ("foreign").
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

Objects = Mapping[str, Any]

OPERATOR = "operator"
LEADER = "leader"
SV = "sv"
MANAGER = "manager"
ADMINISTRATOR = "administrator"
COMPLIANCE = "compliance"
PARTNER = "partner_operator"
TECHNICAL = "technical"

ROLES = (OPERATOR, LEADER, SV, MANAGER, ADMINISTRATOR, COMPLIANCE, PARTNER, TECHNICAL)
EVERYONE = frozenset(ROLES)
OWN_COMPANY = EVERYONE - {PARTNER}
LEADERS_UP = frozenset({LEADER, SV, MANAGER})
SVS_UP = frozenset({SV, MANAGER})
MANAGERS = frozenset({MANAGER})
ADMINISTRATORS = frozenset({ADMINISTRATOR})


def no_arguments(objects: Objects) -> dict[str, Any]:
    """A screen without an object."""
    return {}


@dataclass(frozen=True)
class Screen:
    """`allowed`: the ranks that may open it. `kwargs`: its address for a set of objects.

    `about_a_case`: the partner desk gets 404 for the foreign objects. `public`: no sign-in. `post`: opened by
    POST only (with an empty form: a refusal 4xx other than 403/404 counts as opened). `query`: its parameters.
    """

    allowed: frozenset[str] = EVERYONE
    kwargs: Callable[[Objects], dict[str, Any]] = no_arguments
    about_a_case: bool = False
    public: bool = False
    post: bool = False
    query: Callable[[Objects], dict[str, Any]] = field(default=no_arguments)
