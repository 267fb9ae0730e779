"""Finding the row a screen is about, among those the person may see; 404 for the rest."""

from __future__ import annotations

from typing import Any, TypeVar

from django.db import models
from django.shortcuts import get_object_or_404

from tickets.models import Complaint, Customer, Promise, Question, Remedy, Ticket
from tickets.views.screen import DeskRequest

Row = TypeVar("Row", bound=models.Model)


def ticket(request: DeskRequest, number: str) -> Ticket:
    """A case by its number."""
    rows = Ticket.objects.visible_to(request.user).select_related(
        "customer", "desk", "assignee", "responsible", "opened_by"
    )
    return get_object_or_404(rows, number=number)


def customer(request: DeskRequest, number: str) -> Customer:
    """A customer by number."""
    return get_object_or_404(Customer.objects.visible_to(request.user), number=number)


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
