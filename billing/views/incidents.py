"""A line dead before its end, and the carrier's work list (D1, D7)."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from billing.forms import cancellation as forms
from billing.models import CarrierInstruction, IncidentStatus, LineKind, StopIncident
from billing.models.carrier import OPEN_INSTRUCTION
from billing.order_dates import days_lost
from billing.services import carrier, incidents, reconnect
from billing.views import find
from billing.views.orders import tabs
from billing.views.parts import Data, banners, customer_deed, figures, in_one, said_in
from tickets.models import Ticket
from tickets.paging import newest_first
from tickets.queries.keyset import page_by
from tickets.views.screen import DEED, DeskRequest, page, screen


def incident_page(subject: Any, outcome: Any) -> str:
    """The incident that was made, or whose page this is."""
    shown = outcome if isinstance(outcome, StopIncident) else subject
    return reverse("billing:incident", args=[shown.pk])


def _report(request: DeskRequest, ticket: Ticket, data: Data) -> StopIncident:
    with in_one(), figures():
        return incidents.report_early_stop(
            line_id=data["line"].pk,
            words=data["words"],
            executed_at=data["executed_at"],
            contact_id=said_in(request, ticket, data),
            source_ticket_id=ticket.pk,
            actor=request.user,
            at=request.at,
        )


dead_line = customer_deed(
    title=_("A line stopped before its end"),
    submit=_("Report it"),
    lead=_(
        "Any desk may report it and nobody can refuse. A P1 case opens, the reconnect is asked of the SV on duty, "
        "the lost days are credited and a manager owes an apology."
    ),
    tone="danger",
    form=forms.DeadLineForm,
    find=find.ticket,
    do=_report,
    leads_to=lambda subject, outcome: (
        incident_page(subject, outcome) if outcome else str(subject.get_absolute_url())
    ),
    done=_("The P1 case is open and the reconnect is asked for."),
)


@screen()
def incident(request: DeskRequest, pk: int) -> Any:
    """Planned and executed side by side, the reconnect, the credit."""
    found = find.incident(request, pk)
    stopped = found.executed_at or found.found_at
    context = {
        "incident": found,
        "ticket": found.ticket,
        "open": found.status == IncidentStatus.OPEN,
        "stopped_at": stopped,
        "days": days_lost(stopped, found.restored_at or found.planned_at),
        **banners(request, found.ticket.customer),
    }
    return page(request, "billing/incident.html", context)


@screen()
def incidents_list(request: DeskRequest) -> Any:
    """Early stops, the newest first."""
    rows = StopIncident.objects.filter(ticket__in=Ticket.objects.visible_to(request.user)).select_related(
        "line", "ticket__customer", "reported_by"
    )
    found = newest_first(rows, request.GET.get("after", ""))
    return page(request, "billing/incidents.html", {"page": found})


@screen(methods=DEED)
def take_up(request: DeskRequest, pk: int) -> Any:
    """Somebody takes up what the carrier's report or the comparison found."""
    found = find.incident(request, pk)
    with figures():
        incidents.take_up(incident_id=found.pk, actor=request.user, at=request.at)
    return redirect(incident_page(found, None))


@screen(methods=DEED)
def order_reconnect(request: DeskRequest, pk: int) -> Any:
    """Tell the carrier to give the line back, once the exception is approved."""
    found = find.incident(request, pk)
    reconnect.order_reconnect(incident_id=found.pk, actor=request.user, at=request.at)
    return redirect(incident_page(found, None))


@screen()
def carrier_work(request: DeskRequest) -> Any:
    """What a person is to tell a carrier by hand, the next due first."""
    rows = (
        CarrierInstruction.objects.filter(channel="worklist", status__in=OPEN_INSTRUCTION)
        .filter(ticket__in=Ticket.objects.visible_to(request.user))
        .select_related("access_line__carrier", "line", "order", "ticket__customer")
    )
    found = page_by(rows, ("due_at", "id"), request.GET.get("after", ""))
    return page(request, "billing/carrier_work.html", {"page": found, "tabs": tabs("carrier")})


def _ends(instruction: CarrierInstruction) -> list[tuple[str, dt.datetime]]:
    """What it announces: each line by its name, with its own end."""
    told = instruction.payload.get("ends", [])
    return [(str(LineKind(end["kind"]).label), dt.datetime.fromisoformat(end["ends_at"])) for end in told]


def _done(request: DeskRequest, instruction: CarrierInstruction, data: Data) -> Any:
    with figures():
        return carrier.mark_done(instruction_id=instruction.pk, actor=request.user, at=request.at, **data)


carrier_done = customer_deed(
    title=_("The carrier was told"),
    submit=_("Done"),
    form=forms.CarrierDoneForm,
    find=find.instruction,
    do=_done,
    beside=lambda request, instruction: {"instruction": instruction, "ends": _ends(instruction)},
    template="billing/carrier_done.html",
    leads_to=lambda instruction, _outcome: (
        reverse("billing:order", args=[instruction.order_id])
        if instruction.order_id
        else reverse("billing:carrier_work")
    ),
)
