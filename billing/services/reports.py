"""Keeping what an error owes: sending the report, looking at each suspect, finishing the sweep (C9; L8)."""

from __future__ import annotations

import datetime as dt

from django.utils.translation import gettext as _

from billing.access import require_own_company, require_reasons
from billing.models import ErrorReport, Sweep, SweepItem
from billing.services.faults import open_fault_review
from tickets.access import require_tier
from tickets.dates import day_of
from tickets.errors import NotAllowed, Refused
from tickets.models import Staff, Tier
from tickets.service import service
from tickets.services.locking import lock_ticket
from tickets.services.outbox import put_mail
from tickets.services.promises import keep_promise
from tickets.services.tickets import open_ticket
from tickets.services.timeline import announce


@service
def send_error_report(
    *,
    review_id: int,
    company_id: int,
    what_happened: str,
    prevention: str,
    how: str,
    at: dt.datetime,
    actor: Staff,
    mail_to: str = "",
) -> ErrorReport:
    """Report the error to the agency, partner or carrier concerned; keeps the promise `partner_report`.

    A leader or above of the own company. With `mail_to` it goes out by mail; otherwise `how` says how it went (fax,
    the carrier's form).
    """
    require_tier(actor, Tier.LEADER, rule="C9")
    require_own_company(actor, rule="C9")
    require_reasons(what_happened, rule="C9")
    require_reasons(prevention, rule="C9")
    ticket_id = ErrorReport.objects.values_list("promise__ticket_id", flat=True).get(review_id=review_id)
    lock_ticket(ticket_id, actor)
    report = ErrorReport.objects.select_for_update(no_key=True).get(review_id=review_id)
    report.send(
        company_id=company_id, what_happened=what_happened, prevention=prevention, how=how, by=actor, at=at
    )
    report.save()
    if mail_to:
        put_mail(
            key=f"error_report:{report.pk}",
            to=mail_to,
            subject=_("Report of an error"),
            body=f"{what_happened}\n\n{prevention}\n",
            at=at,
            ticket_id=ticket_id,
        )
    keep_promise(promise_id=report.promise_id, at=at, actor=actor, note=how)
    return report


@service
def check_sweep_item(
    *, item_id: int, outcome: str, at: dt.datetime, actor: Staff, note: str = ""
) -> SweepItem:
    """Say what looking at one suspect found. Anyone of the own company but its registrar.

    `same_error` opens a case of its own for that customer, with a fault review: he is not to find out himself.
    """
    require_own_company(actor, rule="C9")
    item = SweepItem.objects.select_for_update(no_key=True, of=("self",)).get(pk=item_id)
    if item.sweep.status != "open":
        raise Refused("C9", _("This sweep is finished."))
    if item.registration and item.registration.registered_by_id == actor.pk:
        raise NotAllowed("C9", _("Nobody checks their own registrations."))
    item.outcome, item.note, item.checked_by, item.checked_at = outcome, note, actor, at
    if outcome == SweepItem.Outcome.SAME_ERROR and item.ticket_id is None:
        item.ticket_id = _case_for(item, at=at, actor=actor)
    item.save()
    announce(topic="sweep", ref=str(item.sweep_id), at=at)
    return item


@service
def finish_sweep(*, sweep_id: int, at: dt.datetime, actor: Staff) -> Sweep:
    """Every suspect has been looked at; keeps the promise `sweep`. A leader or above of the own company."""
    require_tier(actor, Tier.LEADER, rule="C9")
    require_own_company(actor, rule="C9")
    ticket_id = Sweep.objects.values_list("promise__ticket_id", flat=True).get(pk=sweep_id)
    lock_ticket(ticket_id, actor)
    sweep = Sweep.objects.select_for_update(no_key=True).get(pk=sweep_id)
    sweep.finish(by=actor, at=at)
    sweep.save(update_fields=["status", "finished_by", "finished_at"])
    keep_promise(promise_id=sweep.promise_id, at=at, actor=actor)
    announce(topic="sweep", ref=str(sweep.pk), at=at)
    return sweep


def _case_for(item: SweepItem, *, at: dt.datetime, actor: Staff) -> int:
    subject = item.registration or item.line
    if subject is None:
        raise Refused("C9", _("There is nothing to look at."))
    question = (_("Found by a sweep: %(what)s") % {"what": item.sweep.review.question})[:300]
    ticket = open_ticket(
        customer_id=subject.contract.customer_id,
        desk_id=item.sweep.promise.desk_id,
        kind="billing",
        subject=question[:200],
        at=at,
        actor=actor,
    )
    registered = item.registration.registered_at if item.registration else None
    open_fault_review(
        ticket_id=ticket.pk,
        question=question,
        error_on=day_of(registered or at),
        at=at,
        actor=actor,
        registration_id=item.registration_id,
        line_id=item.line_id,
    )
    return ticket.pk
