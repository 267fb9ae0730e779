"""Complaints: voiced to anyone about anything, decided with reasons by somebody else, told (苦情; A5, B7; ISO 10002)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _

from tickets.business_time import add_business_days
from tickets.dates import day_of, end_of_day
from tickets.errors import NotAllowed, Refused
from tickets.models import (
    TOP,
    Answer,
    Complaint,
    ComplaintConcern,
    Guidance,
    Promise,
    PromiseKind,
    Staff,
    Ticket,
    TicketLink,
    Tier,
)
from tickets.models.complaints import DEADLINE_DAYS
from tickets.queries.calendars import hours_of_desk
from tickets.service import service
from tickets.services import letters
from tickets.services.grounds import ticket_to_owe_on
from tickets.services.locking import lock_ticket
from tickets.services.outbox import put_mail
from tickets.services.promises import keep_promise, open_promise, void_promise
from tickets.services.timeline import append_entry
from tickets.standing import require_standing

# Business days of the desk: to decide, and to tell the decision.
DECIDE_DAYS = 10
TELL_DAYS = 2
ACKNOWLEDGEMENT = "complaint_acknowledgement"
Why = ComplaintConcern.Why


def deadline_of(voiced_at: dt.datetime) -> dt.datetime:
    """The end of day 42 after the day it was voiced, the first day not counted (B7; 民法140)."""
    return end_of_day(day_of(voiced_at) + dt.timedelta(days=DEADLINE_DAYS))


@service
def voice(
    *,
    ticket_id: int,
    words: str,
    actor: Staff,
    at: dt.datetime,
    contact_id: int | None = None,
    remedy_sought: str = "",
    about_ids: Iterable[int] = (),
) -> Complaint:
    """Mark the case with the dissatisfaction that was voiced, whatever it was about. Anyone who hears it (A5).

    Owes a decision by an SV or above who is not complained of: not one of `about_ids`, nor anyone whose answer or
    guidance stands on the case. Earlier complaints of the customer are linked and in scope. A case that had ended is
    reopened; a complaint that had been decided is opened again.
    """
    ticket = _ground(ticket_id, actor, at=at)
    standing = Complaint.objects.select_for_update(no_key=True).filter(ticket=ticket).first()
    if standing is not None:
        return _voiced_again(standing, words, about_ids, actor=actor, at=at, contact_id=contact_id)
    complaint = Complaint.objects.create(
        ticket=ticket,
        customer_id=ticket.customer_id,
        voiced_at=at,
        heard_by=actor,
        contact_id=contact_id,
        words=words,
        remedy_sought=remedy_sought,
        deadline=deadline_of(at),
        promise=_owe_decision(ticket, tier=Tier.SV, at=at, actor=actor),
    )
    _link_earlier(complaint)
    _concern(complaint, about_ids, Why.NAMED)
    _concern(complaint, _who_said_it(ticket), Why.SAID_IT)
    _record(complaint, "complaint.voiced", words, at=at, actor=actor, contact_id=contact_id)
    return complaint


@service
def open_complaint(
    *,
    customer_id: int,
    desk_id: int,
    words: str,
    actor: Staff,
    at: dt.datetime,
    contact_id: int | None = None,
    channel: str = "phone",
    remedy_sought: str = "",
    about_ids: Iterable[int] = (),
) -> Complaint:
    """Open a case of its own for dissatisfaction that belongs to none yet; otherwise as `voice`. Anyone (A5, A16)."""
    from tickets.services.tickets import open_ticket

    ticket = open_ticket(
        customer_id=customer_id,
        desk_id=desk_id,
        kind=Ticket.Kind.COMPLAINT,
        subject=words[:200],
        at=at,
        actor=actor,
        channel=channel,
    )
    return voice(
        ticket_id=ticket.pk,
        words=words,
        actor=actor,
        at=at,
        contact_id=contact_id,
        remedy_sought=remedy_sought,
        about_ids=about_ids,
    )


@service
def acknowledge(
    *, complaint_id: int, actor: Staff | None, at: dt.datetime, contact_id: int | None = None
) -> Complaint:
    """Confirm that the complaint was received (受理通知), by mail or in the contact that is going on; once.

    Anyone at a desk, or the system. Refused A5 when the customer has no mail address and no contact is named.
    """
    complaint = _locked(complaint_id, actor)
    if complaint.acknowledged_at is not None:
        return complaint
    if contact_id is None:
        _mail_acknowledgement(complaint, at=at)
    complaint.acknowledged_at = at
    complaint.save(update_fields=["acknowledged_at"])
    _record(complaint, "complaint.acknowledged", complaint.words, at=at, actor=actor, contact_id=contact_id)
    return complaint


@service
def decide(
    *,
    complaint_id: int,
    decision: str,
    reasons: str,
    basis: str,
    actor: Staff,
    at: dt.datetime,
    prevention: str = "",
) -> Complaint:
    """Decide: upheld, partly_upheld or not_upheld, with reasons and basis; telling the customer is then owed.

    An SV or above, by their own rank or a delegation (`NotAllowed` A5), and not: whom the complaint is about, whose answer or guidance it is about, or
    who decided it before. `Refused` A5 without reasons or basis, A9 when it calls itself final.
    """
    complaint = _locked(complaint_id, actor)
    standing = require_standing(actor, Tier.SV, at, rule="A5")
    if complaint.concerns.filter(staff=actor).exists():
        raise NotAllowed(
            "A5", _("The complaint is about you, or you decided it before; somebody else decides.")
        )
    if not reasons.strip() or not basis.strip():
        raise Refused("A5", _("A decision needs its reasons and its basis."))
    if letters.says_final(reasons):
        raise Refused("A9", _("Only the top tier gives a final answer, in writing."))
    complaint.decide(
        decision=decision,
        reasons=reasons,
        basis=basis,
        prevention=prevention,
        by_id=actor.pk,
        for_id=standing.for_id,
        at=at,
    )
    keep_promise(promise_id=complaint.promise_id, at=at, actor=actor)
    complaint.promise = _owe_telling(complaint.ticket, at=at, actor=actor)
    complaint.save()
    _record(
        complaint, "complaint.decided", reasons, at=at, actor=actor, decision=decision, basis=basis,
        decided_for=standing.for_id,
    )  # fmt: skip
    return complaint


@service
def deliver(*, complaint_id: int, contact_id: int, actor: Staff, at: dt.datetime) -> Complaint:
    """The customer has been told the decision and its reasons, in this contact. Anyone at a desk (A5)."""
    complaint = _locked(complaint_id, actor)
    complaint.deliver(contact_id=contact_id, at=at)
    complaint.save()
    keep_promise(promise_id=complaint.promise_id, at=at, actor=actor, contact_id=contact_id)
    _record(
        complaint, "complaint.told", complaint.reasons, at=at, actor=actor,
        contact_id=contact_id, decision=complaint.decision,
    )  # fmt: skip
    return complaint


@service
def disagree(
    *, complaint_id: int, words: str, actor: Staff, at: dt.datetime, contact_id: int | None = None
) -> Complaint:
    """The customer does not accept the decision: it is open again, for somebody above who did not decide it (A5).

    Anyone who hears it. The decision before stays on the timeline. At the top, B7's letter is the floor above's.
    """
    ticket_id = Complaint.objects.values_list("ticket_id", flat=True).get(pk=complaint_id)
    _ground(ticket_id, actor, at=at)
    complaint = _locked(complaint_id, actor)
    if complaint.status == Complaint.Status.OPEN:
        raise Refused("A5", _("Nothing has been decided yet that could be disagreed with."))
    return _open_again(complaint, words, actor=actor, at=at, contact_id=contact_id)


def _voiced_again(
    complaint: Complaint,
    words: str,
    about_ids: Iterable[int],
    *,
    actor: Staff,
    at: dt.datetime,
    contact_id: int | None,
) -> Complaint:
    _concern(complaint, about_ids, Why.NAMED)
    _concern(complaint, _who_said_it(complaint.ticket), Why.SAID_IT)
    if complaint.status != Complaint.Status.OPEN:
        return _open_again(complaint, words, actor=actor, at=at, contact_id=contact_id)
    _record(complaint, "complaint.voiced_again", words, at=at, actor=actor, contact_id=contact_id)
    return complaint


def _open_again(
    complaint: Complaint, words: str, *, actor: Staff, at: dt.datetime, contact_id: int | None
) -> Complaint:
    before = complaint.decided_by
    assert before is not None
    _record(
        complaint, "complaint.disagreed", words, at=at, actor=actor, contact_id=contact_id,
        decision=complaint.decision, reasons=complaint.reasons, basis=complaint.basis, decided_by=before.pk,
    )  # fmt: skip
    _concern(complaint, [before.pk], Why.DECIDED)
    if complaint.promise.status == Promise.Status.OPEN:
        why = str(_("The customer disagrees; it is decided again"))
        void_promise(promise_id=complaint.promise_id, at=at, reason=why, actor=actor, contact_id=contact_id)
    complaint.reopen()
    above = min(TOP, max(before.tier, Tier.SV) + 1)
    complaint.promise = _owe_decision(complaint.ticket, tier=above, at=at, actor=actor)
    complaint.save()
    return complaint


def _owe_decision(ticket: Ticket, *, tier: int, at: dt.datetime, actor: Staff | None) -> Promise:
    return open_promise(
        ticket_id=ticket.pk,
        kind=PromiseKind.COMPLAINT_DECISION,
        what=str(_("Decide the complaint")),
        due_at=add_business_days(hours_of_desk(ticket.desk_id), at, DECIDE_DAYS),
        at=at,
        actor=actor,
        tier=tier,
    )


def _owe_telling(ticket: Ticket, *, at: dt.datetime, actor: Staff | None) -> Promise:
    return open_promise(
        ticket_id=ticket.pk,
        kind=PromiseKind.COMPLAINT_DELIVERY,
        what=str(_("Tell the customer what was decided on the complaint, and why")),
        due_at=add_business_days(hours_of_desk(ticket.desk_id), at, TELL_DAYS),
        at=at,
        actor=actor,
    )


def _link_earlier(complaint: Complaint) -> None:
    """What the customer complained of before stays in scope, ended or not."""
    earlier = Complaint.objects.filter(customer_id=complaint.customer_id, pk__lt=complaint.pk)
    why = str(_("Earlier complaint of the same customer"))
    TicketLink.objects.bulk_create(
        [
            TicketLink(ticket_id=complaint.ticket_id, earlier_id=ticket_id, why=why)
            for ticket_id in earlier.values_list("ticket_id", flat=True)
        ],
        ignore_conflicts=True,
    )


def _who_said_it(ticket: Ticket) -> set[int]:
    """Whose answers and guidance stand on the case: they do not judge what is said about it."""
    answered = Answer.objects.filter(question__ticket=ticket).values_list("answered_by_id", flat=True)
    guided = Guidance.objects.filter(ticket=ticket).values_list("given_by_id", flat=True)
    return {*answered, *guided}


def _concern(complaint: Complaint, staff_ids: Iterable[int], why: str) -> None:
    ComplaintConcern.objects.bulk_create(
        [ComplaintConcern(complaint=complaint, staff_id=pk, why=why) for pk in sorted(set(staff_ids))],
        ignore_conflicts=True,
    )


def _mail_acknowledgement(complaint: Complaint, *, at: dt.datetime) -> None:
    customer = complaint.customer
    if not customer.email:
        raise Refused("A5", _("There is no mail address; acknowledge it in a contact."))
    letter = letters.render(
        code=ACKNOWLEDGEMENT,
        language=customer.language,
        on=day_of(at),
        facts={"name": customer.name, "number": complaint.ticket.number, "words": complaint.words},
    )
    put_mail(
        key=f"complaint_ack:{complaint.pk}",
        to=customer.email,
        subject=letter.subject,
        body=letter.body,
        at=at,
        customer_id=customer.pk,
        ticket_id=complaint.ticket_id,
    )


def _ground(ticket_id: int, actor: Staff | None, *, at: dt.datetime) -> Ticket:
    lock_ticket(ticket_id, actor)
    why = str(_("The customer is dissatisfied"))
    return ticket_to_owe_on(ticket_id=ticket_id, why=why, at=at, actor=actor)


def _locked(complaint_id: int, actor: Staff | None) -> Complaint:
    ticket_id = Complaint.objects.values_list("ticket_id", flat=True).get(pk=complaint_id)
    lock_ticket(ticket_id, actor)
    return Complaint.objects.select_for_update(no_key=True).get(pk=complaint_id)


def _record(
    complaint: Complaint,
    kind: str,
    summary: str,
    *,
    at: dt.datetime,
    actor: Staff | None,
    contact_id: int | None = None,
    **facts: object,
) -> None:
    append_entry(
        customer_id=complaint.customer_id,
        ticket_id=complaint.ticket_id,
        contact_id=contact_id,
        kind=kind,
        at=at,
        actor=actor,
        summary=summary,
        data={"complaint": complaint.pk, **facts},
    )
