"""What is done to put it right: with an owner and a date, and marked as fitting the customer or not (A11)."""

from __future__ import annotations

import datetime as dt

from django.utils.translation import gettext_lazy as _

from tickets.dates import end_of_day
from tickets.errors import Refused
from tickets.models import PromiseKind, Remedy, Staff
from tickets.service import service
from tickets.services.locking import lock_ticket
from tickets.services.promises import keep_promise, open_promise, void_promise
from tickets.services.timeline import append_entry

APOLOGIES = (Remedy.Kind.APOLOGY_CALL, Remedy.Kind.APOLOGY_LETTER)


@service
def propose(
    *,
    ticket_id: int,
    kind: str,
    what: str,
    owner_id: int,
    due_on: dt.date,
    actor: Staff,
    at: dt.datetime,
) -> Remedy:
    """Propose a remedy: who does what by the end of `due_on` (a date in Japan). Anyone at a desk."""
    ticket = lock_ticket(ticket_id, actor)
    remedy = Remedy.objects.create(
        ticket=ticket,
        kind=kind,
        what=what,
        owner_id=owner_id,
        due_on=due_on,
        proposed_by=actor,
        proposed_at=at,
    )
    _record(remedy, "remedy.proposed", what, at=at, actor=actor)
    return remedy


@service
def mark(*, remedy_id: int, fits: bool, reason: str, actor: Staff, at: dt.datetime) -> Remedy:
    """Say whether it fits the customer's situation; a misfit says why (dial-up for someone without a telephone line).

    Refused A11 once it is agreed or over.
    """
    remedy = _locked(remedy_id, actor)
    if remedy.status != Remedy.Status.PROPOSED:
        raise Refused("A11", _("It has been settled already whether this remedy fits."))
    if not fits and not reason.strip():
        raise Refused("A11", _("Say why it does not fit the customer's situation."))
    remedy.fits = fits
    remedy.fits_reason = reason
    remedy.save(update_fields=["fits", "fits_reason"])
    _record(remedy, "remedy.fits" if fits else "remedy.misfits", reason, at=at, actor=actor)
    return remedy


@service
def agree(*, remedy_id: int, actor: Staff, at: dt.datetime, contact_id: int | None = None) -> Remedy:
    """The customer wants it: it is owed from now, by its owner, to the end of its day. Anyone at a desk.

    Refused A11 unless it is marked as fitting.
    """
    remedy = _locked(remedy_id, actor)
    if remedy.fits is not True:
        raise Refused("A11", _("Mark first that it fits the customer's situation."))
    promise = open_promise(
        ticket_id=remedy.ticket_id,
        kind=PromiseKind.APOLOGY if remedy.kind in APOLOGIES else PromiseKind.REMEDY,
        what=remedy.what,
        due_at=end_of_day(remedy.due_on),
        at=at,
        actor=actor,
        owner_id=remedy.owner_id,
    )
    remedy.agree(promise_id=promise.pk)
    remedy.save()
    _record(remedy, "remedy.agreed", remedy.what, at=at, actor=actor, contact_id=contact_id)
    return remedy


@service
def complete(
    *, remedy_id: int, actor: Staff, at: dt.datetime, contact_id: int | None = None, note: str = ""
) -> Remedy:
    """It has been done; its promise is kept. Anyone at a desk. An apology call names its contact (A11)."""
    remedy = _locked(remedy_id, actor)
    if remedy.kind == Remedy.Kind.APOLOGY_CALL and contact_id is None:
        raise Refused("A11", _("Name the call in which the apology was made."))
    remedy.complete(at=at)
    remedy.save()
    assert remedy.promise_id is not None
    keep_promise(promise_id=remedy.promise_id, at=at, actor=actor, contact_id=contact_id, note=note)
    _record(remedy, "remedy.done", note or remedy.what, at=at, actor=actor, contact_id=contact_id)
    return remedy


@service
def decline(
    *, remedy_id: int, reason: str, actor: Staff, at: dt.datetime, contact_id: int | None = None
) -> Remedy:
    """The customer does not want it (`contact_id`), or a proposal does not fit after all. Anyone at a desk.

    Refused A11 for an agreed remedy without the contact in which the customer declined it.
    """
    remedy = _locked(remedy_id, actor)
    agreed = remedy.status == Remedy.Status.AGREED
    if agreed and contact_id is None:
        raise Refused("A11", _("An agreed remedy is owed; only the customer can decline it, in a contact."))
    remedy.decline(contact_id=contact_id, reason=reason)
    remedy.save()
    if agreed and remedy.promise_id is not None:
        void_promise(promise_id=remedy.promise_id, at=at, reason=reason, actor=actor, contact_id=contact_id)
    _record(remedy, "remedy.declined", reason, at=at, actor=actor, contact_id=contact_id)
    return remedy


def _locked(remedy_id: int, actor: Staff) -> Remedy:
    ticket_id = Remedy.objects.values_list("ticket_id", flat=True).get(pk=remedy_id)
    lock_ticket(ticket_id, actor)
    return Remedy.objects.select_for_update(no_key=True).get(pk=remedy_id)


def _record(
    remedy: Remedy,
    kind: str,
    summary: str,
    *,
    at: dt.datetime,
    actor: Staff,
    contact_id: int | None = None,
) -> None:
    append_entry(
        customer_id=remedy.ticket.customer_id,
        ticket_id=remedy.ticket_id,
        contact_id=contact_id,
        kind=kind,
        at=at,
        actor=actor,
        summary=summary or remedy.what,
        data={"remedy": remedy.pk, "remedy_kind": remedy.kind},
    )
