"""Giving a line back that stopped too early (B6, D7): approved by the SV on duty, ordered, restored."""

from __future__ import annotations

import datetime as dt

from django.utils.translation import gettext_lazy as _

from billing.models import (
    CancellationLine,
    CarrierInstruction,
    IncidentStatus,
    InstructionKind,
    LastDayEntry,
    LineEvent,
    SetFor,
    StopIncident,
)
from billing.services import carrier, incidents, stops
from tickets.errors import Refused
from tickets.models import Staff
from tickets.service import service
from tickets.services.timeline import append_entry

# Minutes that the carrier has; the customer is without a line.
RECONNECT_WITHIN = dt.timedelta(hours=1)


@service
def order_reconnect(*, incident_id: int, at: dt.datetime, actor: Staff) -> CarrierInstruction:
    """Tell the carrier to reconnect. Anyone at a desk, once the exception is approved; the last day stands.

    `Refused` B6 while it is not approved, D7 when the incident is over. Ordering it again changes nothing.
    """
    incident = incidents.lock_incident(incident_id, actor)
    if incident.status != IncidentStatus.OPEN:
        raise Refused("D7", _("This incident is over."))
    request = incident.exception_request
    if request is None or request.status != "approved":
        raise Refused("B6", _("The reconnect is not approved yet."))
    if incident.reconnect is not None:
        return incident.reconnect
    instruction = carrier.issue(
        order=None,
        ticket_id=incident.ticket_id,
        circuit=incident.line.access_line,
        kind=InstructionKind.RECONNECT,
        key=f"{carrier.WORD}:reconnect:{incident.pk}",
        payload={"until": incident.planned_at.isoformat()},
        line_id=incident.line_id,
        due_at=at + RECONNECT_WITHIN,
        at=at,
        actor=actor,
    )
    incident.reconnect = instruction
    incident.save(update_fields=["reconnect"])
    return instruction


def restored(
    instruction: CarrierInstruction, *, executed_at: dt.datetime, at: dt.datetime, actor: Staff | None
) -> None:
    """The carrier has reconnected: the incident ends, the lost days are credited, the promise is kept."""
    # By the line, not by the instruction: one that the gateway could not carry is done by hand under another key.
    found = StopIncident.objects.filter(line_id=instruction.line_id, status=IncidentStatus.OPEN).first()
    if found is None:
        return
    incident = incidents.lock_incident(found.pk, actor)
    if incident.line.status == "terminated" and at < incident.planned_at:
        _back_into_service(incident, at=at, actor=actor)
    incident.restore(at=executed_at)
    incidents.settle(incident, back_at=executed_at, at=at, actor=actor)
    LineEvent.objects.create(
        line=incident.line, kind="reconnected", at=executed_at, source=instruction.key[:80]
    )
    incidents.keep_remedy(incident, at=at, actor=actor, note=instruction.evidence[:300])
    append_entry(
        customer_id=incident.ticket.customer_id,
        ticket_id=incident.ticket_id,
        kind="line.reconnected",
        at=at,
        actor=actor,
        summary=str(incident),
        data={"incident": incident.pk, "restored_at": executed_at.isoformat()},
    )


def _back_into_service(incident: StopIncident, *, at: dt.datetime, actor: Staff | None) -> None:
    """The register had it stopped (a consent taken down wrongly): back to waiting, with a cutoff of a new generation.

    The same last day is entered anew, so that the consent given for the old entry counts for nothing any more.
    """
    line = CancellationLine.objects.select_related("line", "order").get(
        line_id=incident.line_id, withdrawn_at__isnull=True
    )
    newest = line.entries.order_by("-generation").first()
    assert newest is not None
    line.line.reconnect()
    line.line.save()
    line.generation, line.given_back = line.generation + 1, line.given_back + 1
    LastDayEntry.objects.create(
        cancellation_line=line,
        generation=line.generation,
        last_day=line.last_day,
        set_for=SetFor.COMPANY,
        set_by=actor,
        set_at=at,
        contact_id=incident.contact_id or newest.contact_id,
        why=str(_("Given back after an early stop")),
    )
    line.save(update_fields=["generation", "given_back"])
    stops.plan(line, at=at)
