"""Finding the row a screen is about, among those the person may see; 404 for the rest."""

from __future__ import annotations

from typing import Any, TypeVar

from django.db import models
from django.db.models import QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404

from tickets.models import Complaint, Customer, Promise, Question, Remedy, Staff, Ticket
from tickets.queries.kept import kept
from tickets.views.screen import DeskRequest

Row = TypeVar("Row", bound=models.Model)


def ticket(request: DeskRequest, number: str) -> Ticket:
    """A case by its number."""
    return _found(_tickets(staff=request.user, number=number))


def customer(request: DeskRequest, number: str) -> Customer:
    """A customer by number."""
    return _found(_customers(staff=request.user, number=number))


@kept
def _tickets(*, staff: Staff, number: str) -> QuerySet[Ticket]:
    rows = Ticket.objects.visible_to(staff).filter(number=number)
    return rows.select_related("customer", "desk", "assignee", "responsible", "opened_by")


@kept
def _customers(*, staff: Staff, number: str) -> QuerySet[Customer]:
    return Customer.objects.visible_to(staff).filter(number=number)


def _found(rows: list[Row]) -> Row:
    if not rows:
        raise Http404
    return rows[0]


def on_visible_ticket(model: type[Row]) -> Any:
    """A finder by `pk` for a row that belongs to a case: it is seen by whoever sees the case."""

    def find(request: DeskRequest, pk: int) -> Row:
        seen = Ticket.objects.visible_to(request.user)
        manager = model._default_manager  # noqa: SLF001 - Django's public name for it, whatever the model calls its own
        rows = manager.select_related("ticket__customer", "ticket__desk")
        return get_object_or_404(rows.filter(ticket__in=seen), pk=pk)

    return find


question = on_visible_ticket(Question)
complaint = on_visible_ticket(Complaint)
remedy = on_visible_ticket(Remedy)
promise = on_visible_ticket(Promise)
