"""What waits for the top rank: one list over the promise table, each kind with its one deed (A9, B2, B6, B9, B11, C7).

The floor that knows a kind of decision registers it in its AppConfig.ready: which open promises of it wait at the top,
what they hang on, and what the reader is to do. Nobody is shown what they may not decide: their own requests.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from django.db.models import Q, QuerySet
from django.utils.functional import Promise as LazyText
from django.utils.translation import gettext_lazy as _

from tickets.models import TOP, Promise, PromiseKind, Staff

Text = str | LazyText
Deed = tuple[str, Text]


@dataclass(frozen=True, slots=True)
class Waits:
    """One kind. `deed`: the address and what it is called; `at_top`: a filter on Promise; `own`: what to leave out.

    `join`: what `deed` reads of the promise, so that a page of fifty costs one query; `fetch`: the same for many.
    """

    kind: str
    deed: Callable[[Promise], Deed]
    join: tuple[str, ...] = ()
    fetch: tuple[str, ...] = ()
    at_top: Callable[[Staff], Q] = field(default=lambda _staff: Q(tier=TOP))
    own: Callable[[Staff], Q] | None = None
    icon: str = "promise"


_waits: dict[str, Waits] = {}


def wait(kind: Waits) -> None:
    """Put a kind of decision into the inbox; called once, from an AppConfig's ready()."""
    _waits[kind.kind] = kind


def waiting(staff: Staff) -> QuerySet[Promise]:
    """Open promises that wait for somebody of the top rank and that `staff` may see to; order by ("due_at", "id")."""
    wanted, joins = Q(pk__in=[]), ["customer", "ticket", "owner"]
    fetches: list[str] = []
    for kind in _waits.values():
        here = Q(kind=kind.kind) & kind.at_top(staff)
        wanted |= here & ~kind.own(staff) if kind.own else here
        joins += kind.join
        fetches += kind.fetch
    rows = Promise.objects.visible_to(staff).open().filter(wanted, kind__in=_waits)
    return rows.select_related(*joins).prefetch_related(*fetches)


def deed(promise: Promise) -> tuple[str, Text, str]:
    """Where it is done, what that is called, and its icon."""
    kind = _waits[promise.kind]
    return (*kind.deed(promise), kind.icon)


def _case(owed: Promise) -> Deed:
    return owed.ticket.get_absolute_url(), _("Open the case")


# This floor's own decisions, once they have risen to the top.
wait(Waits(PromiseKind.COMPLAINT_DECISION, _case, icon="complaint"))
wait(Waits(PromiseKind.CONFLICT, _case, icon="conflict"))
