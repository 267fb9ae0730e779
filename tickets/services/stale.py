"""A save that comes too late (F): what a form writes over is compared, under the lock, with what its author saw."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from django.utils.translation import gettext_lazy as _

from tickets.errors import Stale
from tickets.models import Staff, Ticket
from tickets.service import service
from tickets.services.locking import lock_ticket

Result = TypeVar("Result")
Shared = Callable[[Ticket], Mapping[str, object]]


@service
def unless_stale(
    *,
    ticket_id: int,
    seen: Mapping[str, str],
    shared: Shared,
    deed: Callable[[], Result],
    actor: Staff,
) -> Result:
    """Carry `deed` out if what it writes over still stands as `seen`; `Stale` F1 otherwise, and nothing is saved.

    `shared(ticket)` gives the values by form field. A colleague's note on the same case is no conflict.
    """
    ticket = lock_ticket(ticket_id, actor)
    if as_text(shared(ticket)) != dict(seen):
        raise Stale("F1", _("A colleague saved first. Compare the two texts, then decide."))
    return deed()


def as_text(values: Mapping[str, object]) -> dict[str, str]:
    """Values as a form would carry them."""
    return {name: "" if value is None else str(value) for name, value in values.items()}
