"""Wrong guidance put right: everyone who was told it is found, called, and checked for harm (訂正・誤案内; A7, L5)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

from django.utils.translation import gettext_lazy as _

from tickets.business_time import add_business_days
from tickets.errors import NotAllowed, Refused
from tickets.models import (
    Alert,
    ArticleVersion,
    Contact,
    Correction,
    Guidance,
    HarmCheck,
    Promise,
    PromiseKind,
    Staff,
    Ticket,
    Tier,
    TimelineEntry,
)
from tickets.queries.calendars import hours_of_desk
from tickets.service import service
from tickets.services.complaints import voice
from tickets.services.grounds import ticket_to_owe_on
from tickets.services.locking import lock_promise
from tickets.services.promises import keep_promise
from tickets.services.retractions import retract_answers_from
from tickets.services.timeline import announce_many
from tickets.standing import require_standing

# Business days of the desk: to tell the customer the right thing, and to look into the harm.
CALL_DAYS = 1
CHECK_DAYS = 5
BATCH = 500
NOT_SPOKEN = ("no_answer", "voicemail_left", "abandoned")

Grounds = dict[int, Ticket]


@service
def correct(
    *,
    wrong_id: int,
    right_id: int,
    reason: str,
    actor: Staff,
    at: dt.datetime,
    told_contact_id: int | None = None,
) -> Correction:
    """Say that a version was wrong and which one in force is right. SV or above of the provider, by own rank or delegation (A7).

    Everyone who was told the wrong thing is found in one query. Each piece of guidance is owed a harm check on its
    ticket, each customer one call, unless a contact after it has already told them from the right version;
    `told_contact_id` names one more such contact, e.g. the call that is going on. Tickets that had ended are
    reopened. Answers that rested on the version are retracted. Price or cancelling: compliance is alerted (L5).
    """
    standing = require_standing(actor, Tier.SV, at, rule="A7")
    if actor.is_partner:
        raise NotAllowed("A7", _("The texts are those of the provider; its own staff decide on them."))
    wrong = ArticleVersion.objects.select_for_update(no_key=True).get(pk=wrong_id)
    wrong.correct()
    wrong.save(update_fields=["status"])
    correction = Correction.objects.create(
        wrong=wrong, right_id=right_id, reason=reason, corrected_by=actor, corrected_for_id=standing.for_id,
        corrected_at=at,
    )  # fmt: skip
    owe_for(correction=correction, at=at, actor=actor, told_contact_id=told_contact_id)
    retract_answers_from(version=wrong, reason=reason, at=at, actor=actor, for_id=standing.for_id)
    return correction


def owe_for(
    *, correction: Correction, at: dt.datetime, actor: Staff | None, told_contact_id: int | None = None
) -> list[HarmCheck]:
    """Owe what a correction owes for all guidance from the wrong version that has no harm check yet. For services.

    A fixed number of statements for the whole set, apart from reopening tickets that had ended.
    """
    told = Guidance.objects.filter(article_version_id=correction.wrong_id, harm_check=None)
    found = list(told.order_by("customer_id", "given_at", "pk"))
    still = Guidance.objects.filter(pk__in=[each.pk for each in found]).exclude(status="corrected")
    still.update(status=Guidance.Status.CORRECTED)
    grounds = _grounds({each.ticket_id for each in found}, at=at, actor=actor)
    contacts = _already_told(found, correction, told_contact_id)
    calls = _calls(found, contacts, grounds, at=at, actor=actor)
    checks = _checks(found, correction, contacts, calls, grounds, at=at, actor=actor)
    _record(checks, correction, at=at, actor=actor)
    if correction.wrong.article.touches_price_or_cancelling:
        _alert_compliance(checks, at=at)
    return checks


@service
def complete_harm_check(
    *, harm_check_id: int, outcome: str, finding: str, actor: Staff, at: dt.datetime
) -> HarmCheck:
    """Say whether the wrong guidance did harm (`harmed` or `unharmed`), and what was found (A7).

    Anyone at a desk but the one who gave it (`NotAllowed`). Harm opens a complaint on the ticket, or reopens the
    one there: it is decided, and put right by a remedy (A5, A11).
    """
    promise_id = HarmCheck.objects.values_list("promise_id", flat=True).get(pk=harm_check_id)
    promise = lock_promise(promise_id, actor)
    check = HarmCheck.objects.select_for_update(no_key=True).get(pk=harm_check_id)
    if check.outcome != HarmCheck.Outcome.PENDING or outcome == HarmCheck.Outcome.PENDING:
        raise Refused("A7", _("The outcome of a harm check is found once."))
    if check.guidance.given_by_id == actor.pk:
        raise NotAllowed("A7", _("You gave this guidance; a colleague checks what harm it did."))
    check.find_outcome(outcome=outcome, finding=finding, by_id=actor.pk, at=at)
    check.save(update_fields=["outcome", "finding", "checked_by", "checked_at"])
    if outcome == HarmCheck.Outcome.HARMED:
        voice(ticket_id=promise.ticket_id, words=finding, actor=actor, at=at)
    keep_promise(promise_id=promise_id, at=at, actor=actor, note=finding[:300])
    return check


def _grounds(ticket_ids: set[int], *, at: dt.datetime, actor: Staff | None) -> Grounds:
    """Where each of these tickets can be owed on, locked in the order of their ids."""
    rows = Ticket.objects.select_for_update(no_key=True).filter(pk__in=ticket_ids).order_by("pk")
    why = str(_("Guidance given here was wrong"))
    return {
        row.pk: row if row.is_open else ticket_to_owe_on(ticket_id=row.pk, why=why, at=at, actor=actor)
        for row in rows
    }


def _already_told(
    found: Sequence[Guidance], correction: Correction, told_contact_id: int | None
) -> dict[int, int]:
    """Customer → the contact in which they heard the right thing after the last time they heard the wrong one."""
    last_wrong = {each.customer_id: each.given_at for each in found}
    right = Guidance.objects.filter(
        article_version_id=correction.right_id, customer_id__in=last_wrong, contact__isnull=False
    ).exclude(contact__result__in=NOT_SPOKEN)
    told = {
        customer_id: contact_id
        for customer_id, contact_id, given_at in right.values_list("customer_id", "contact_id", "given_at")
        if given_at >= last_wrong[customer_id]
    }
    if told_contact_id is not None:
        told[Contact.objects.values_list("customer_id", flat=True).get(pk=told_contact_id)] = told_contact_id
    return told


def _calls(
    found: Iterable[Guidance],
    contacts: dict[int, int],
    grounds: Grounds,
    *,
    at: dt.datetime,
    actor: Staff | None,
) -> dict[int, Promise]:
    """Customer → the one call they are owed; those already told are owed none."""
    last = {each.customer_id: each for each in found if each.customer_id not in contacts}
    what = str(_("Tell the right thing: what we said before was wrong"))
    due = _due_by_desk(grounds, at, CALL_DAYS)
    owed = [
        _promise(each, PromiseKind.CORRECTION_CALL, what, grounds, due, at=at, actor=actor)
        for each in last.values()
    ]
    made = Promise.objects.bulk_create(owed, batch_size=BATCH)
    return {promise.customer_id: promise for promise in made}


def _checks(
    found: Sequence[Guidance],
    correction: Correction,
    contacts: dict[int, int],
    calls: dict[int, Promise],
    grounds: Grounds,
    *,
    at: dt.datetime,
    actor: Staff | None,
) -> list[HarmCheck]:
    what = str(_("Check what harm the wrong guidance did"))
    due = _due_by_desk(grounds, at, CHECK_DAYS)
    promises = Promise.objects.bulk_create(
        [_promise(each, PromiseKind.HARM_CHECK, what, grounds, due, at=at, actor=actor) for each in found],
        batch_size=BATCH,
    )
    checks = [
        HarmCheck(
            correction=correction,
            guidance=each,
            ticket=grounds[each.ticket_id],
            customer_id=each.customer_id,
            promise=promise,
            call=calls.get(each.customer_id),
            told_contact_id=contacts.get(each.customer_id),
        )
        for each, promise in zip(found, promises, strict=True)
    ]
    return HarmCheck.objects.bulk_create(checks, batch_size=BATCH)


def _promise(
    guidance: Guidance,
    kind: PromiseKind,
    what: str,
    grounds: Grounds,
    due: dict[int, dt.datetime],
    *,
    at: dt.datetime,
    actor: Staff | None,
) -> Promise:
    ticket = grounds[guidance.ticket_id]
    return Promise(
        customer_id=guidance.customer_id,
        ticket=ticket,
        kind=kind,
        what=what,
        desk_id=ticket.desk_id,
        due_at=due[ticket.desk_id],
        opened_at=at,
        opened_by=actor,
    )


def _due_by_desk(grounds: Grounds, at: dt.datetime, days: int) -> dict[int, dt.datetime]:
    """The end of the business day by which each desk has to have done it."""
    desks = {ticket.desk_id for ticket in grounds.values()}
    return {desk: add_business_days(hours_of_desk(desk), at, days) for desk in desks}


def _record(
    checks: Sequence[HarmCheck], correction: Correction, *, at: dt.datetime, actor: Staff | None
) -> None:
    """One line a piece of guidance on the timelines, as `append_entry` writes it, for the whole set at once."""
    TimelineEntry.objects.bulk_create(
        [
            TimelineEntry(
                customer_id=check.customer_id,
                ticket_id=check.ticket_id,
                kind="guidance.corrected",
                at=at,
                actor=actor,
                desk_id=actor.desk_id if actor else None,
                summary=correction.reason,
                data={"guidance": check.guidance_id, "call": check.call_id, "check": check.promise_id},
            )
            for check in checks
        ],
        batch_size=BATCH,
    )
    refs = {("customer", check.customer_id) for check in checks} | {("ticket", c.ticket_id) for c in checks}
    announce_many([(topic, str(ref)) for topic, ref in sorted(refs)], at=at)


def _alert_compliance(checks: Sequence[HarmCheck], *, at: dt.datetime) -> None:
    Alert.objects.bulk_create(
        [
            Alert(
                ticket_id=check.ticket_id,
                kind=Alert.Kind.WRONG_GUIDANCE,
                at=at,
                contact_id=check.guidance.contact_id,
            )
            for check in checks
        ],
        ignore_conflicts=True,
        batch_size=BATCH,
    )
