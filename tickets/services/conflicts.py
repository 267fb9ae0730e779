"""Two answers to one customer that differ: an SV or above who gave none of them decides which stands (A8)."""

from __future__ import annotations

import datetime as dt

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tickets.business_time import add_business_days
from tickets.errors import NotAllowed, Refused
from tickets.models import Answer, AnswerConflict, PromiseKind, Staff, Tier
from tickets.queries.calendars import hours_of_desk
from tickets.service import service
from tickets.services.grounds import ticket_to_owe_on
from tickets.services.locking import lock_ticket
from tickets.services.promises import keep_promise, open_promise
from tickets.services.timeline import append_entry
from tickets.standing import Standing, require_standing

# Business days of the desk within which an SV decides, and within which the customer is told.
DECIDE_DAYS = 1
TELL_DAYS = 1


def raise_conflicts(*, answer: Answer, at: dt.datetime, actor: Staff | None) -> list[AnswerConflict]:
    """Raise a conflict with each standing answer to the same customer on the same topic that differs.

    Called by `questions.answer` in its transaction, with the customer's row locked; the database refuses an
    answer without it (A8).
    """
    others = Answer.objects.filter(customer_id=answer.customer_id, topic=answer.topic)
    differing = others.exclude(pk=answer.pk).exclude(status="corrected").exclude(verdict=answer.verdict)
    return [_raise(other, answer, at=at, actor=actor) for other in differing.order_by("pk")]


@service
def resolve_conflict(
    *,
    conflict_id: int,
    stands_id: int,
    reasons: str,
    actor: Staff,
    at: dt.datetime,
    told_contact_id: int | None = None,
) -> AnswerConflict:
    """Decide which answer stands; the other is retracted, and the customer is owed a call that says so.

    An SV or above, by their own rank or a delegation, who gave this customer no answer on the topic (`NotAllowed` A8).
    `told_contact_id`: the contact in which the customer has just
    been told, instead of the call.
    """
    conflict = _locked(conflict_id, actor)
    standing = _require_judge(conflict, actor, at)
    if stands_id not in {conflict.first_id, conflict.second_id}:
        raise Refused("A8", _("Say which of the two answers stands."))
    falls = Answer.objects.select_for_update(no_key=True).get(
        pk=conflict.second_id if stands_id == conflict.first_id else conflict.first_id
    )
    falls.correct(by_id=actor.pk, at=at, reason=reasons, for_id=standing.for_id)
    falls.save(update_fields=["status", "corrected_by", "corrected_for", "corrected_at", "corrected_reason"])
    # Whoever else contradicted the answer that falls has nothing left to contradict.
    open_ones = AnswerConflict.objects.filter(Q(first=falls) | Q(second=falls), status="open")
    for each in open_ones.select_for_update(no_key=True).order_by("pk"):
        _end(each, falls, standing, reasons=reasons, actor=actor, at=at, contact_id=told_contact_id)
    if told_contact_id is None:
        _owe_the_telling(falls, stands_id, at=at, actor=actor)
    return AnswerConflict.objects.get(pk=conflict_id)


def _raise(other: Answer, answer: Answer, *, at: dt.datetime, actor: Staff | None) -> AnswerConflict:
    ticket = ticket_to_owe_on(
        ticket_id=answer.question.ticket_id, why=str(_("Two answers differ")), at=at, actor=actor
    )
    promise = open_promise(
        ticket_id=ticket.pk,
        kind=PromiseKind.CONFLICT,
        what=str(_("Two answers differ: %(question)s") % {"question": answer.question.text})[:300],
        due_at=add_business_days(hours_of_desk(ticket.desk_id), at, DECIDE_DAYS),
        at=at,
        actor=actor,
        tier=Tier.SV,
    )
    first, second = sorted((other.pk, answer.pk))
    return AnswerConflict.objects.create(
        customer_id=answer.customer_id,
        topic=answer.topic,
        first_id=first,
        second_id=second,
        raised_at=at,
        promise=promise,
    )


def _require_judge(conflict: AnswerConflict, actor: Staff, at: dt.datetime) -> Standing:
    standing = require_standing(actor, Tier.SV, at, rule="A8")
    own = Answer.objects.filter(customer_id=conflict.customer_id, topic=conflict.topic, answered_by=actor)
    if own.exists():
        raise NotAllowed("A8", _("You gave this customer an answer on this topic; another SV decides."))
    return standing


def _end(
    conflict: AnswerConflict,
    falls: Answer,
    standing: Standing,
    *,
    reasons: str,
    actor: Staff,
    at: dt.datetime,
    contact_id: int | None,
) -> None:
    stands_id = conflict.second_id if conflict.first_id == falls.pk else conflict.first_id
    conflict.resolve(stands_id=stands_id, reasons=reasons, by_id=actor.pk, for_id=standing.for_id, at=at)
    conflict.save(update_fields=["status", "stands", "reasons", "resolved_by", "resolved_for", "resolved_at"])
    keep_promise(promise_id=conflict.promise_id, at=at, actor=actor, contact_id=contact_id)
    append_entry(
        customer_id=conflict.customer_id,
        ticket_id=conflict.promise.ticket_id,
        contact_id=contact_id,
        kind="conflict.resolved",
        at=at,
        actor=actor,
        summary=reasons,
        data={
            "conflict": conflict.pk,
            "stands": stands_id,
            "falls": falls.pk,
            "decided_for": standing.for_id,
        },
    )


def _owe_the_telling(falls: Answer, stands_id: int, *, at: dt.datetime, actor: Staff) -> None:
    ticket = ticket_to_owe_on(
        ticket_id=falls.question.ticket_id, why=str(_("An answer given here was wrong")), at=at
    )
    stands = Answer.objects.get(pk=stands_id)
    open_promise(
        ticket_id=ticket.pk,
        kind=PromiseKind.CORRECTION_CALL,
        what=str(_("Tell which answer stands: %(verdict)s") % {"verdict": stands.get_verdict_display()}),
        due_at=add_business_days(hours_of_desk(ticket.desk_id), at, TELL_DAYS),
        at=at,
        actor=actor,
    )


def _locked(conflict_id: int, actor: Staff) -> AnswerConflict:
    ticket_id = AnswerConflict.objects.values_list("promise__ticket_id", flat=True).get(pk=conflict_id)
    lock_ticket(ticket_id, actor)
    return AnswerConflict.objects.select_for_update(no_key=True).get(pk=conflict_id)
