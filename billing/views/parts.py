"""What the screens of billing share: the banners about the customer, the contact in which something is said."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.db import transaction
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from billing.models import CancellationLine, CancellationOrder, Contract, FaultReview
from billing.rating import NoFigure
from tickets.errors import Refused, refusals
from tickets.models import Customer, Ticket
from tickets.panels import panels
from tickets.queries.calls import current_contact_id
from tickets.queries.owed import owed_to
from tickets.services import contacts
from tickets.views.deed import Deed
from tickets.views.screen import DeskRequest

Data = dict[str, Any]
Beside = Callable[[DeskRequest, Any], Mapping[str, Any]]


def customer_of(subject: Any) -> Customer:
    """Whose row it is."""
    if isinstance(subject, Customer):
        return subject
    if isinstance(subject, CancellationLine):
        return subject.order.customer
    if isinstance(subject, FaultReview):
        return subject.ticket.customer
    for path in ("customer", "contract", "order", "ticket"):
        if getattr(subject, path, None) is not None:
            return customer_of(getattr(subject, path))
    raise TypeError(f"{type(subject).__name__} belongs to no customer")


def banners(request: DeskRequest, customer: Customer) -> dict[str, Any]:
    """What stands above every page about a customer: what is owed, 解約待ち (A1, D5)."""
    owed = owed_to(customer_id=customer.pk, staff=request.user)
    return {
        "customer": customer,
        "owed": owed,
        "late": len(owed.overdue(request.at)),
        "banners": panels("banner", request, customer),
    }


def customer_deed(
    *, beside: Beside | None = None, template: str = "billing/deed.html", **deed: Any
) -> Callable[..., HttpResponse]:
    """A deed about one customer's row: the banners stand above its form."""

    def around(request: DeskRequest, subject: Any) -> Mapping[str, Any]:
        return {**banners(request, customer_of(subject)), **(beside(request, subject) if beside else {})}

    return Deed(template=template, beside=around, **deed).view()


def said_in(request: DeskRequest, ticket: Ticket, data: Data) -> int:
    """The contact in which the customer said it: the one chosen, the call that runs, or one written down now (A1).

    Takes `contact` out of `data`.
    """
    chosen = data.pop("contact", None)
    if chosen is not None:
        return int(chosen.pk)
    running = current_contact_id(request.user, ticket.customer_id, request.at)
    if running is not None:
        return running
    logged = contacts.log_contact(
        customer_id=ticket.customer_id, ticket_id=ticket.pk, channel="phone", direction="in",
        result="answered", at=request.at, actor=request.user,
    )  # fmt: skip
    return logged.pk


@contextmanager
def in_one() -> Iterator[None]:
    """Several services in one transaction; what the database refuses at its end is a refusal too."""
    with refusals(), transaction.atomic():
        yield


@contextmanager
def figures() -> Iterator[None]:
    """A gap in the catalogue is a refusal that says what is missing, not an error page."""
    try:
        yield
    except NoFigure as gap:
        missing = ", ".join(str(part) for part in gap.args)
        raise Refused(
            "C11", _("The catalogue has no figure for that day: %(what)s") % {"what": missing}
        ) from gap


def contract_page(subject: Any, outcome: Any) -> str:
    """The contract's page."""
    shown = subject if isinstance(subject, Contract) else subject.contract
    return reverse("billing:contract", args=[shown.number])


def case_page(subject: Any, outcome: Any) -> str:
    """The page of the case."""
    shown = subject if isinstance(subject, Ticket) else subject.ticket
    return str(shown.get_absolute_url())


def order_page(subject: Any, outcome: Any) -> str:
    """The page of the cancellation."""
    if isinstance(outcome, CancellationOrder):
        shown = outcome
    else:
        shown = subject if isinstance(subject, CancellationOrder) else subject.order
    return reverse("billing:order", args=[shown.pk])


def page_named(name: str) -> Callable[[Any, Any], str]:
    """Back to the page `name` of the subject, by its key."""
    return lambda subject, outcome: reverse(f"billing:{name}", args=[subject.pk])
