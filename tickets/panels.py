"""Where the floors above hang their parts into the pages of this one.

A page about a customer or a case belongs to the ground floor, which knows nothing of contracts or demands. An upper
floor registers, in its AppConfig.ready, a function that looks at the customer (and the case, if the page is about
one) and returns a part to show, or None.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from django.utils.functional import Promise as LazyText

if TYPE_CHECKING:
    from tickets.models import Customer, Promise, Ticket
    from tickets.views.screen import DeskRequest

Place = Literal["banner", "case", "customer", "card"]


@dataclass(frozen=True)
class Panel:
    """A template and what it needs. On the page it is included with `panel` = `context`."""

    template: str
    context: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Action:
    """A way on from a case: a link to the screen that does it. `order` sorts; lower stands first."""

    url: str
    label: str | LazyText
    icon: str
    tone: str = ""
    key: str = ""
    order: int = 100


PanelMaker = Callable[["DeskRequest", "Customer", "Ticket | None"], Panel | None]
ActionMaker = Callable[["DeskRequest", "Ticket"], list[Action]]
_panels: dict[Place, list[PanelMaker]] = {"banner": [], "case": [], "customer": [], "card": []}
_actions: list[ActionMaker] = []
_settled: dict[str, Callable[[Promise], str]] = {}


def hang(place: Place, maker: PanelMaker) -> None:
    """Show what `maker` returns at `place`: above every page about a customer, on a case, beside a customer, on the
    card of a ringing call.
    """
    if maker not in _panels[place]:
        _panels[place].append(maker)


def offer(maker: ActionMaker) -> None:
    """Add what `maker` returns to the ways on from a case."""
    if maker not in _actions:
        _actions.append(maker)


def settle(kind: str, at: Callable[[Promise], str]) -> None:
    """Promises of this kind are ended by deciding or reaching something, on the page whose address `at` knows."""
    _settled[kind] = at


def settled_elsewhere() -> frozenset[str]:
    """The kinds that nobody simply ticks off."""
    return frozenset(_settled)


def place_of(promise: Promise) -> str:
    """Where this promise is ended: its own page, or the case it is owed on."""
    own = _settled.get(promise.kind)
    return own(promise) if own else promise.ticket.get_absolute_url()


def panels(
    place: Place, request: DeskRequest, customer: Customer, ticket: Ticket | None = None
) -> list[Panel]:
    """The parts of the floors above for this page."""
    made = (maker(request, customer, ticket) for maker in _panels[place])
    return [panel for panel in made if panel is not None]


def actions(request: DeskRequest, ticket: Ticket) -> list[Action]:
    """The ways on from this case, in order."""
    found = [action for maker in _actions for action in maker(request, ticket)]
    return sorted(found, key=lambda action: action.order)
