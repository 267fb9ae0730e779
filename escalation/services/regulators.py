"""An authority contacts us: recorded with its deadline, answered over two signatures (B11)."""

from __future__ import annotations

import datetime as dt

from django.utils.translation import gettext as _

from escalation.access import require_tier
from escalation.models import RegulatorCase, RegulatorSignature
from tickets.errors import NotAllowed, Refused
from tickets.models import PromiseKind, Staff, Tier
from tickets.service import service
from tickets.services.locking import lock_ticket
from tickets.services.promises import keep_promise, open_promise
from tickets.services.timeline import append_entry


@service
def record_regulator_contact(
    *,
    ticket_id: int,
    body: str,
    body_name: str,
    asks: str,
    deadline: dt.datetime,
    actor: Staff,
    at: dt.datetime,
    reference: str = "",
) -> RegulatorCase:
    """Write down what an authority asks and by when. Anyone of the own company who takes the call."""
    if actor.is_partner:
        raise NotAllowed("B11", _("Hand the call over: our own company answers authorities."))
    ticket = lock_ticket(ticket_id, actor)
    promise = open_promise(
        ticket_id=ticket.pk,
        kind=PromiseKind.REGULATOR_REPLY,
        what=f"{body_name}: {asks}"[:300],
        due_at=deadline,
        at=at,
        actor=actor,
        tier=Tier.SV,
    )
    case = RegulatorCase.objects.create(
        ticket=ticket,
        customer_id=ticket.customer_id,
        body=body,
        body_name=body_name,
        reference=reference,
        asks=asks,
        received_at=at,
        recorded_by=actor,
        deadline=deadline,
        promise=promise,
    )
    _record(case, "regulator.contacted", asks, actor=actor, at=at)
    return case


@service
def draft_reply(*, case_id: int, text: str, actor: Staff, at: dt.datetime) -> RegulatorCase:
    """Write the reply, or a new text of it: signatures on an earlier text no longer count. SV or above."""
    require_tier(actor, Tier.SV, at, rule="B11")
    case = _lock(case_id, actor)
    if case.status == RegulatorCase.Status.DRAFTED:
        case.redraft()
        case.save()
    case.write(text=text)
    case.save()
    _record(case, "regulator.drafted", text, actor=actor, at=at)
    return case


@service
def sign_reply(*, case_id: int, actor: Staff, at: dt.datetime) -> RegulatorSignature:
    """Sign the text as it stands. SV or above by their own rank, once each."""
    case = _lock(case_id, actor)
    if actor.tier < Tier.SV:
        raise NotAllowed("B11", _("This is for a %(tier)s or above.") % {"tier": Tier.SV.label})
    if case.status != RegulatorCase.Status.DRAFTED:
        raise Refused("B11", _("There is no text to sign."))
    signature = RegulatorSignature.objects.create(
        case=case, draft_number=case.draft_number, staff=actor, tier=actor.tier, signed_at=at
    )
    _record(case, "regulator.signed", case.draft, actor=actor, at=at)
    return signature


@service
def send_reply(*, case_id: int, actor: Staff, at: dt.datetime) -> RegulatorCase:
    """It has gone to the authority, with two signatures on this very text. SV or above."""
    require_tier(actor, Tier.SV, at, rule="B11")
    case = _lock(case_id, actor)
    case.reply(at=at)
    case.save()
    keep_promise(promise_id=case.promise_id, at=at, actor=actor, note=case.body_name)
    _record(case, "regulator.replied", case.draft, actor=actor, at=at)
    return case


def _lock(case_id: int, actor: Staff) -> RegulatorCase:
    lock_ticket(RegulatorCase.objects.values_list("ticket_id", flat=True).get(pk=case_id), actor)
    return RegulatorCase.objects.visible_to(actor).select_for_update(no_key=True).get(pk=case_id)


def _record(case: RegulatorCase, kind: str, summary: str, *, actor: Staff, at: dt.datetime) -> None:
    append_entry(
        customer_id=case.customer_id,
        ticket_id=case.ticket_id,
        kind=kind,
        at=at,
        actor=actor,
        summary=summary,
        data={"regulator_case": case.pk, "body": case.body},
        own_company_only=True,
    )
