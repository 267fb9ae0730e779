"""Contracts and money in an evidence print: cancellation with milestones, faults, charges, waivers, credits."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Prefetch, Q
from django.utils.translation import gettext as _

from billing.models import (
    CancellationOrder,
    CarrierInstruction,
    Charge,
    ChargeTold,
    Credit,
    FaultReview,
    Milestone,
    StopIncident,
    Verdict,
    Waiver,
)
from billing.queries.milestones import due_words
from tickets.dossier import Item, Section, facts, include, moment
from tickets.formats import last_minute_text, said_text, yen_text
from tickets.models import Staff, Ticket
from tickets.statuses import look

ORDER = 50


def register() -> None:
    """Called once, from the app's ready()."""
    include(sections, order=ORDER)


def sections(ticket: Ticket, staff: Staff) -> Iterator[Section]:
    """In a fixed number of queries."""
    yield Section(_("Cancellation and its dates"), list(_orders(ticket)))
    yield Section(_("Stopped before its end"), list(_incidents(ticket)))
    yield Section(_("Fault reviews"), list(_reviews(ticket, staff)))
    yield Section(_("Charges"), list(_charges(ticket, staff)))
    yield Section(_("Waivers and credits"), list(_waivers(ticket, staff)))


def _orders(ticket: Ticket) -> Iterator[Item]:
    milestones = Milestone.objects.select_related("line", "told_by").order_by("due_at", "pk")
    rows = CancellationOrder.objects.filter(ticket=ticket).select_related("contract", "accepted_by")
    rows = rows.prefetch_related(
        Prefetch("milestones", milestones), "lines__line", "lines__entries__set_by", "explanations__line",
        "explanations__told_by", "explanations__document_version", "visits",
    )  # fmt: skip
    for order in rows.order_by("pk"):
        yield Item(
            f"{_('Cancellation')} #{order.pk} {order.contract}: {order.get_status_display()}", moment(order.asked_at),
            facts((_("Accepted at"), order.accepted_at), (_("Accepted by"), order.accepted_by), (_("Held up by"), order.hold_reason),
                  (_("Completed at"), order.completed_at), (_("Withdrawn at"), order.cancelled_at)),
            order.cancelled_words,
        )  # fmt: skip
        yield from _last_days(order)
        yield from _told(order)
        for step in order.milestones.all():
            yield _milestone(step)
        for visit in order.visits.all():
            yield Item(
                f"{_('Removal visit')}: {visit.get_status_display()}", moment(visit.starts_at),
                facts((_("Until"), visit.ends_at), (_("Agreed at"), visit.agreed_at), (_("Evidence"), visit.evidence)),
            )  # fmt: skip
    for each in CarrierInstruction.objects.filter(ticket=ticket).select_related("access_line__carrier", "line").order_by("issued_at", "pk"):  # fmt: skip
        yield Item(
            f"{_('Instruction to the carrier')}: {each.get_kind_display()}", moment(each.issued_at),
            facts(
                (_("Carrier"), each.access_line.carrier), (_("Line"), each.line), (_("State"), each.get_status_display()),
                (_("Due"), each.due_at), (_("Not before"), last_minute_text(each.not_before)), (_("Taken by the carrier at"), each.acknowledged_at),
                (_("Carried out at"), each.executed_at), (_("Evidence"), each.evidence), (_("Why it failed"), each.failed_reason),
            ),
        )  # fmt: skip


def _last_days(order: CancellationOrder) -> Iterator[Item]:
    for wish in order.lines.all():
        for entry in wish.entries.all():
            yield Item(
                f"{_('Last day')}: {wish.line} {last_minute_text(entry.last_day)}", moment(entry.set_at),
                facts((_("Set by"), entry.set_by), (_("Whose wish"), entry.get_set_for_display())), entry.why,
            )  # fmt: skip


def _told(order: CancellationOrder) -> Iterator[Item]:
    for told in order.explanations.all():
        yield Item(
            f"{_('Explanation')}: {told.line} {last_minute_text(told.last_day)}", moment(told.told_at),
            facts(
                (_("Told by"), told.told_by), (_("How"), told.get_how_display()), (_("Document given"), told.document_version),
                (_("Last month's fee"), yen_text(told.last_month_yen)), (_("Penalty"), yen_text(told.penalty_yen)),
                (_("Rest of the construction fee"), yen_text(told.residual_yen)), (_("Removal fee"), yen_text(told.removal_yen)),
                (_("The number"), told.get_number_outcome_display()), (_("Visit"), told.visit_told), (_("Device"), told.device_told),
                (_("Recording"), told.recording_ref),
            ),
        )  # fmt: skip


def _milestone(step: Milestone) -> Item:
    state = step.get_status_display() if step.applies else _("does not apply")
    return Item(
        f"{_('Milestone')}: {step.get_kind_display()} {step.line or ''}".strip(), moment(step.reached_at),
        facts((_("State"), state), (_("Due"), due_words(step)), (_("By whose word"), step.get_source_display()),
              (_("Evidence"), said_text(step.evidence)), (_("Told by"), step.told_by), (_("Told at"), step.told_at)),
    )  # fmt: skip


def _incidents(ticket: Ticket) -> Iterator[Item]:
    for row in StopIncident.objects.filter(ticket=ticket).select_related("line"):
        yield Item(
            f"{row.line}: {row.get_status_display()}", moment(row.found_at),
            facts(
                (_("Planned end"), last_minute_text(row.planned_at)), (_("Stopped at"), row.executed_at), (_("Found by"), row.get_found_by_display()),
                (_("Given back at"), row.restored_at), (_("Days lost"), row.lost_days or ""),
                (_("Credit"), yen_text(row.credit_yen) if row.credit_yen else ""),
            ),
            row.words,
        )  # fmt: skip


def _reviews(ticket: Ticket, staff: Staff) -> Iterator[Item]:
    rows = FaultReview.objects.visible_to(staff).filter(ticket=ticket)
    for row in rows.select_related("requested_by", "decided_by", "second_by", "charge").order_by(
        "requested_at", "pk"
    ):
        yield Item(
            row.question, moment(row.requested_at),
            facts(
                (_("Charge"), row.charge), (_("Day of the error"), row.error_on), (_("Requested by"), row.requested_by),
                (_("Verdict"), Verdict(row.verdict).label), (_("Decided by"), row.decided_by), (_("Confirmed by"), row.second_by),
                (_("Decided at"), row.decided_at),
            ),
            row.reasons,
        )  # fmt: skip


def _charges(ticket: Ticket, staff: Staff) -> Iterator[Item]:
    asked = (
        Q(told__ticket=ticket)
        | Q(calls__promise__ticket=ticket)
        | Q(fault_reviews__ticket=ticket)
        | Q(waivers__ticket=ticket)
    )
    found = Charge.objects.visible_to(staff).filter(asked).values("pk")
    told = ChargeTold.objects.filter(ticket=ticket).select_related("told_by").order_by("at", "pk")
    rows = (
        Charge.objects.filter(pk__in=found)
        .select_related("contract", "proposed_by")
        .prefetch_related(Prefetch("told", told))
    )
    for row in rows.order_by("proposed_at", "pk"):
        yield Item(
            f"{row.what} {yen_text(row.total_yen)}", moment(row.proposed_at),
            facts(
                (_("Contract"), row.contract), (_("Supply date"), row.supply_on), (_("State"), look("charge", row.status).label),
                (_("Billed at"), row.billed_at), (_("Paid at"), row.settled_at), (_("Fell at"), row.fallen_at),
                (_("Why it fell"), row.get_fall_kind_display()), (_("Reasons"), row.fall_reason),
            ),
        )  # fmt: skip
        for each in row.told.all():
            yield Item(
                f"{_('What was told about it')}: {each.get_stance_display()} {yen_text(each.amount_yen)}", moment(each.at),
                facts((_("Told by"), each.told_by)), each.words,
            )  # fmt: skip


def _waivers(ticket: Ticket, staff: Staff) -> Iterator[Item]:
    rows = (
        Waiver.objects.visible_to(staff)
        .filter(ticket=ticket)
        .select_related("charge", "requested_by", "first_by", "decided_by")
    )
    for row in rows.order_by("requested_at", "pk"):
        yield Item(
            f"{_('Waiver')} {yen_text(row.amount_yen)}: {look('waiver', row.status).label}", moment(row.requested_at),
            facts(
                (_("Charge"), row.charge), (_("Requested by"), row.requested_by), (_("First approval by"), row.first_by),
                (_("Decided by"), row.decided_by), (_("Decided at"), row.decided_at), (_("Reasons of the decision"), row.reasons),
            ),
            row.reason,
        )  # fmt: skip
    given = (
        Q(waiver__ticket=ticket) | Q(stop_incident__ticket=ticket) | Q(charge__fault_reviews__ticket=ticket)
    )
    for credit in Credit.objects.filter(given).select_related("contract", "charge").distinct().order_by("pk"):
        yield Item(
            f"{_('Credit')} {yen_text(credit.total_yen)}", moment(credit.owed_at),
            facts((_("For"), credit.get_kind_display()), (_("Contract"), credit.contract), (_("Charge"), credit.charge), (_("Given at"), credit.ended_at)),
        )  # fmt: skip
