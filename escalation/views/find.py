"""Finding the row a screen of the way up is about; 404 for what the person may not see."""

from __future__ import annotations

from typing import Any, TypeVar

from django.db import models
from django.shortcuts import get_object_or_404

from escalation.models import (
    Concern,
    Demand,
    ExceptionRequest,
    Instruction,
    LeaderQuestion,
    Objection,
    RegulatorCase,
)
from tickets.models import Ticket
from tickets.queries.calls import current_contact_id
from tickets.services import contacts
from tickets.views.find import ticket
from tickets.views.screen import DeskRequest

Row = TypeVar("Row", bound=models.Model)
__all__ = ["case_of", "concern", "contact_now", "demand", "exception", "instruction", "objection", "question",
           "regulator", "ticket"]  # fmt: skip


def _seen(model: Any, *related: str) -> Any:
    def find(request: DeskRequest, pk: int) -> Any:
        return get_object_or_404(model.objects.visible_to(request.user).select_related(*related), pk=pk)

    return find


demand = _seen(
    Demand, "ticket__desk", "customer", "holder", "accepted_by", "answered_by", "holder_delegation__grantor"
)
exception = _seen(ExceptionRequest, "ticket__desk", "customer", "asked_by", "holder", "chosen", "decided_by")
instruction = _seen(Instruction, "ticket__desk", "customer", "issuer", "recipient")
objection = _seen(Objection, "ticket", "instruction__issuer", "holder", "decided_by")
question = _seen(LeaderQuestion, "asked_by", "ticket")
regulator = _seen(RegulatorCase, "ticket", "customer", "recorded_by")
concern = _seen(Concern, "instruction")


def case_of(subject: Any, outcome: Any) -> str:
    """The page of the case."""
    return str(subject.ticket.get_absolute_url())


def contact_now(request: DeskRequest, case: Ticket) -> int:
    """The call in which this is being said; written down now when no call bar runs.

    A customer's words always belong to a contact (A1), and recording them must not wait for one.
    """
    running = current_contact_id(request.user, case.customer_id, request.at)
    if running is not None:
        return running
    logged = contacts.log_contact(
        customer_id=case.customer_id, ticket_id=case.pk, channel="phone", direction="in", result="answered",
        at=request.at, actor=request.user,
    )  # fmt: skip
    return logged.pk
