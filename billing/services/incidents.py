"""A line dead before its end (D7): a P1 at once, our fault, a reconnect asked for, the days credited, an apology owed.

Planned and executed are compared where they meet: when the carrier reports and when a customer calls; a job finds what ran on.
"""

from __future__ import annotations

import datetime as dt

from django.utils.translation import gettext_lazy as _

from billing.access import lock_contract
from billing.models import (
    CancellationLine,
    CarrierInstruction,
    FaultReview,
    FoundBy,
    IncidentStatus,
    LineEvent,
    ServiceLine,
    StopIncident,
)
from billing.order_dates import days_lost, last_day_of
from billing.queries.figures import tax_percent_on
from billing.rating import credit_for_days, given_back
from billing.services.credits import credit_early_stop
from billing.services.due import due
from billing.services.errors_owed import owe_report_and_sweep
from billing.services.faults import open_fault_review
from escalation.models import Decision
from escalation.services.exceptions import request_exception
from tickets.business_time import add_business_hours, next_open
from tickets.dates import day_of
from tickets.errors import Refused
from tickets.formats import last_minute_text
from tickets.models import Promise, PromiseKind, Staff, Ticket, Tier
from tickets.queries.calendars import hours_of_desk
from tickets.service import service
from tickets.services.locking import lock_ticket
from tickets.services.promises import keep_promise, open_promise, void_promise
from tickets.services.tickets import link_earlier, open_ticket
from tickets.services.timeline import append_entry

# Opening hours in which somebody gives the line back, or says why not.
RESTORE_HOURS = 2.0


@service
def report_early_stop(
    *,
    line_id: int,
    at: dt.datetime,
    actor: Staff,
    words: str = "",
    contact_id: int | None = None,
    executed_at: dt.datetime | None = None,
    source_ticket_id: int | None = None,
) -> StopIncident:
    """A line waiting for its end is dead before it. Any desk may say so; nobody needs leave, nobody can refuse.

    Opens the P1, the fault review (company until two people find otherwise), the request for a reconnect that the
    SV on duty may approve, the apology by a manager, the report to the partner and the sweep; computes the credit.
    Said again for the same line it returns the incident that is open, and nothing is opened, owed or credited twice;
    what the customer said this time goes into the history. `executed_at`: when it stopped, if known.
    """
    line, planned_at = _planned(line_id, executed_at or at)
    lock_contract(line.contract_id, actor)
    standing = StopIncident.objects.filter(line_id=line_id, status=IncidentStatus.OPEN).first()
    if standing is not None:
        if words:
            _record(standing, words, contact_id=contact_id, at=at, actor=actor)
        return take_up(incident_id=standing.pk, at=at, actor=actor) if _untaken(standing) else standing
    ticket = _ticket(line, at=at, actor=actor, desk_id=actor.desk_id, earlier_id=source_ticket_id)
    review = _review(line, ticket.pk, error_on=day_of(executed_at or at), at=at, actor=actor)
    incident = _create(
        line, planned_at, ticket, found_by=FoundBy.CUSTOMER, executed_at=executed_at, at=at, actor=actor,
        words=words, contact_id=contact_id, review=review,
    )  # fmt: skip
    _ask_reconnect(incident, at=at, actor=actor)
    return incident


@service
def take_up(*, incident_id: int, at: dt.datetime, actor: Staff) -> StopIncident:
    """Somebody takes up what the carrier's report found: review, report, reconnect. Any desk."""
    incident = _lock(incident_id, actor)
    if not _untaken(incident):
        return incident
    error_on = day_of(incident.executed_at or incident.found_at)
    incident.fault_review = _review(incident.line, incident.ticket_id, error_on=error_on, at=at, actor=actor)
    incident.reported_by = actor
    incident.save(update_fields=["fault_review", "reported_by"])
    _ask_reconnect(incident, at=at, actor=actor)
    return incident


def compare_stop(line: ServiceLine, *, executed_at: dt.datetime, ticket_id: int, at: dt.datetime) -> None:
    """The carrier says when it stopped a line: an early one, unless consented to, is an incident (D7)."""
    cancellation = _cancellation(line.pk)
    if cancellation is None or executed_at >= cancellation.ends_at or _consented(cancellation, executed_at):
        return
    _found(line, cancellation.ends_at, executed_at=executed_at, ticket_id=ticket_id, at=at)


def from_instruction(
    instruction: CarrierInstruction, *, executed_at: dt.datetime, at: dt.datetime
) -> StopIncident | None:
    """The carrier carried a stop out before the moment it was told."""
    assert instruction.line_id is not None
    assert instruction.not_before is not None
    line = ServiceLine.objects.get(pk=instruction.line_id)
    return _found(
        line, instruction.not_before, executed_at=executed_at, ticket_id=instruction.ticket_id, at=at,
        instruction=instruction,
    )  # fmt: skip


@service
def lapse_overdue(*, at: dt.datetime) -> int:
    """Incidents whose planned end has come while the line was still dead: all days to the end are credited.

    For the job; returns how many.
    """
    ids = list(
        StopIncident.objects.filter(status=IncidentStatus.OPEN, planned_at__lte=at)
        .order_by("pk")
        .values_list("pk", flat=True)[:100]
    )
    for incident_id in ids:
        _lapse(_lock(incident_id, None), at)
    return len(ids)


def _lapse(incident: StopIncident, at: dt.datetime) -> None:
    if incident.status != IncidentStatus.OPEN:
        return
    incident.lapse()
    settle(incident, back_at=incident.planned_at, at=at, actor=None)
    reason = str(_("The planned end came before the line was given back; the days are credited"))
    void_promise(promise_id=incident.remedy_id, at=at, reason=reason)


def settle(incident: StopIncident, *, back_at: dt.datetime, at: dt.datetime, actor: Staff | None) -> None:
    """Write the credit for the days from the stop to `back_at`, begun days whole, and save the incident."""
    first = day_of(incident.executed_at or incident.found_at)
    last = max(first, last_day_of(min(back_at, incident.planned_at)))
    until = last + dt.timedelta(days=1)
    credit = credit_early_stop(
        line_id=incident.line_id, first=first, until=until, at=at, actor=actor, ticket_id=incident.ticket_id
    )
    incident.credit = credit
    incident.lost_days = (until - first).days
    incident.credit_yen = credit.net_yen + credit.tax_yen
    incident.save()


def _planned(line_id: int, stopped_at: dt.datetime) -> tuple[ServiceLine, dt.datetime]:
    """The line, locked, and its planned end; `Refused` D7 when the stop is not before it."""
    line = ServiceLine.objects.select_for_update(no_key=True).get(pk=line_id)
    cancellation = _cancellation(line_id)
    if cancellation is None:
        raise Refused("D7", _("This line is not waiting for its end; open a fault ticket."))
    if stopped_at >= cancellation.ends_at:
        raise Refused("D7", _("The last day of this line is over; it stopped as planned."))
    return line, cancellation.ends_at


def _cancellation(line_id: int) -> CancellationLine | None:
    live = CancellationLine.objects.select_related("order").filter(line_id=line_id, withdrawn_at__isnull=True)
    return live.exclude(order__status__in=("draft", "cancelled")).first()


def _consented(line: CancellationLine, moment: dt.datetime) -> bool:
    """By the customer's last word before it happened."""
    given = line.stop_consents.filter(generation=line.generation, given_at__lte=moment)
    newest = given.order_by("-given_at", "-pk").first()
    return newest is not None and newest.stop_at <= moment


def _found(
    line: ServiceLine,
    planned_at: dt.datetime,
    *,
    executed_at: dt.datetime,
    ticket_id: int,
    at: dt.datetime,
    instruction: CarrierInstruction | None = None,
) -> StopIncident:
    """By the carrier's own words: the incident is there before the customer calls."""
    standing = StopIncident.objects.filter(line=line, status=IncidentStatus.OPEN).first()
    if standing is not None:
        return standing
    desk_id = Ticket.objects.values_list("desk_id", flat=True).get(pk=ticket_id)
    ticket = _ticket(line, at=at, actor=None, desk_id=desk_id, earlier_id=ticket_id)
    incident = _create(
        line, planned_at, ticket, found_by=FoundBy.CARRIER, executed_at=executed_at, at=at, actor=None,
        instruction=instruction,
    )  # fmt: skip
    if at >= planned_at:
        # Reported only after the end: nothing to give back any more, everything to credit.
        _lapse(incident, at)
    return incident


def _ticket(
    line: ServiceLine, *, at: dt.datetime, actor: Staff | None, desk_id: int, earlier_id: int | None
) -> Ticket:
    ticket = open_ticket(
        customer_id=line.contract.customer_id,
        desk_id=desk_id,
        kind=Ticket.Kind.FAULT,
        subject=str(_("Stopped before its end: %(line)s") % {"line": line.get_kind_display()}),
        priority=Ticket.Priority.P1,
        at=at,
        actor=actor,
    )
    cancellation = _cancellation(line.pk)
    for earlier in {earlier_id, cancellation.order.ticket_id if cancellation else None} - {None}:
        assert earlier is not None
        why = str(_("The cancellation of this line"))
        link_earlier(ticket_id=ticket.pk, earlier_id=earlier, why=why, at=at, actor=actor)
    return ticket


def _review(
    line: ServiceLine, ticket_id: int, *, error_on: dt.date, at: dt.datetime, actor: Staff
) -> FaultReview:
    """Ask for the verdict, and owe report and sweep at once: nobody doubts whose line it was."""
    review = open_fault_review(
        ticket_id=ticket_id,
        line_id=line.pk,
        question=str(_("The line stopped before its last day's end: our error or the carrier's?")),
        error_on=error_on,
        at=at,
        actor=actor,
    )
    owe_report_and_sweep(review, at=at, actor=actor)
    return review


def _create(
    line: ServiceLine,
    planned_at: dt.datetime,
    ticket: Ticket,
    *,
    found_by: FoundBy,
    executed_at: dt.datetime | None,
    at: dt.datetime,
    actor: Staff | None,
    words: str = "",
    contact_id: int | None = None,
    review: FaultReview | None = None,
    instruction: CarrierInstruction | None = None,
) -> StopIncident:
    cancellation = _cancellation(line.pk)
    stopped_at = executed_at or at
    incident = StopIncident.objects.create(
        line=line,
        order=cancellation.order if cancellation else None,
        instruction=instruction,
        planned_at=planned_at,
        executed_at=executed_at,
        found_at=at,
        found_by=found_by,
        reported_by=actor,
        contact_id=contact_id,
        words=words,
        ticket=ticket,
        fault_review=review,
        remedy=_owe_remedy(ticket, at=at, actor=actor),
        lost_days=days_lost(stopped_at, planned_at),
        credit_yen=expected_credit(line, stopped_at, planned_at),
    )
    _owe_apology(ticket, at=at, actor=actor)
    LineEvent.objects.create(line=line, kind="dead_before_its_end", at=stopped_at, source=found_by.label[:80])
    _record(
        incident, words or str(incident), contact_id=contact_id, at=at, actor=actor, planned=planned_at.isoformat(),
        executed=stopped_at.isoformat(), credit_yen=incident.credit_yen,
    )  # fmt: skip
    return incident


def _record(
    incident: StopIncident,
    said: str,
    *,
    contact_id: int | None,
    at: dt.datetime,
    actor: Staff | None,
    **facts: object,
) -> None:
    append_entry(
        customer_id=incident.ticket.customer_id, ticket_id=incident.ticket_id, contact_id=contact_id,
        kind="stop.incident", at=at, actor=actor, summary=said,
        data={"incident": incident.pk, "line": incident.line_id, **facts},
    )  # fmt: skip


def expected_credit(line: ServiceLine, stopped_at: dt.datetime, planned_at: dt.datetime) -> int:
    """The credit if the line stays dead to its planned end, yen, tax included. The tariff's 24 hours (L18) do not count."""
    first, until = day_of(stopped_at), last_day_of(planned_at) + dt.timedelta(days=1)
    fee = line.contract.product_version.monthly_fee_yen
    return given_back(credit_for_days(fee, first, until), tax_percent_on(first)).total_yen


def _owe_remedy(ticket: Ticket, *, at: dt.datetime, actor: Staff | None) -> Promise:
    hours = hours_of_desk(ticket.desk_id)
    return open_promise(
        ticket_id=ticket.pk,
        kind=PromiseKind.REMEDY,
        what=str(_("Give the line back that stopped too early")),
        due_at=add_business_hours(hours, next_open(hours, at), RESTORE_HOURS),
        at=at,
        actor=actor,
        tier=Tier.SV,
    )


def _owe_apology(ticket: Ticket, *, at: dt.datetime, actor: Staff | None) -> None:
    open_promise(
        ticket_id=ticket.pk,
        kind=PromiseKind.APOLOGY,
        what=str(_("A manager apologises for the early stop")),
        due_at=due("apology_days", ticket.desk_id, at),
        at=at,
        actor=actor,
        tier=Tier.MANAGER,
    )


def _ask_reconnect(incident: StopIncident, *, at: dt.datetime, actor: Staff) -> None:
    """Ask for it in the same breath; the SV on duty may approve, weekends included (B6)."""
    if at >= incident.planned_at:
        return
    incident.exception_request = request_exception(
        ticket_id=incident.ticket_id,
        situation=str(
            _("The line stopped before its end, %(planned)s. It is to work until then.")
            % {"planned": last_minute_text(incident.planned_at)}
        ),
        options=[(str(_("Reconnect the line until its last day's end")), 0)],
        decision=Decision.RECONNECT,
        needed_by=incident.planned_at,
        actor=actor,
        at=at,
    )
    incident.save(update_fields=["exception_request"])


def _untaken(incident: StopIncident) -> bool:
    return incident.fault_review_id is None


def _lock(incident_id: int, actor: Staff | None) -> StopIncident:
    ticket_id = StopIncident.objects.values_list("ticket_id", flat=True).get(pk=incident_id)
    lock_ticket(ticket_id, actor)
    return (
        StopIncident.objects.select_for_update(no_key=True, of=("self",))
        .select_related("line__contract__product_version", "ticket")
        .get(pk=incident_id)
    )


def lock_incident(incident_id: int, actor: Staff | None) -> StopIncident:
    """The incident, locked after its ticket (A1)."""
    return _lock(incident_id, actor)


def keep_remedy(incident: StopIncident, *, at: dt.datetime, actor: Staff | None, note: str) -> None:
    """What was owed, the line, is given back."""
    keep_promise(promise_id=incident.remedy_id, at=at, actor=actor, note=note)
