"""What follows when a charge falls, whatever made it fall (C8, C7).

The database has already done the money: the charge is void or credited, calls to collect it are void. Here stand the
calls that take their place, and requests that have nothing left to ask for.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.db.models import F, Q
from django.utils.translation import gettext as _

from billing.models import Charge, ChargeCall, Waiver
from billing.services.due import due
from billing.services.history import record
from tickets.models import PromiseKind, Staff, Tier
from tickets.services.promises import open_promise, void_promise


def after_fall(charge_ids: Iterable[int], *, at: dt.datetime, actor: Staff | None) -> None:
    """Owe the apologies, end the waiver requests, write the timeline, for charges that have just fallen."""
    for charge in Charge.objects.filter(pk__in=list(charge_ids)).select_related("contract"):
        calls = _apologise(charge, at=at, actor=actor)
        _end_waivers(charge, at=at, actor=actor)
        record(
            charge.contract,
            f"charge.{charge.status}",
            at=at,
            actor=actor,
            summary=charge.what,
            charge=charge.pk,
            yen=charge.net_yen + charge.tax_yen,
            why=charge.fall_kind,
            calls_void=calls,
        )


def _apologise(charge: Charge, *, at: dt.datetime, actor: Staff | None) -> list[int]:
    """An apology call for every call to collect that was made, or was planned until the charge fell (C8).

    Returns the promises of calls that are void now.
    """
    made_or_planned = Q(promise__status="kept") | Q(promise__ended_at=F("charge__fallen_at"))
    found = ChargeCall.objects.filter(made_or_planned, charge=charge, apology__isnull=True)
    calls = list(found.select_related("promise"))
    for call in calls:
        call.apology = open_promise(
            ticket_id=call.promise.ticket_id,
            kind=PromiseKind.APOLOGY,
            what=_("Apologise: %(what)s is not to be paid") % {"what": charge.what},
            due_at=due("apology_days", call.promise.desk_id, at),
            at=at,
            actor=actor,
            desk_id=call.promise.desk_id,
            tier=Tier.LEADER,
        )
        call.save(update_fields=["apology"])
    return [call.promise_id for call in calls if call.promise.status == "void"]


def _end_waivers(charge: Charge, *, at: dt.datetime, actor: Staff | None) -> None:
    """Whoever asked for a waiver of it has it by right now."""
    open_ones = Waiver.objects.select_for_update(no_key=True).filter(
        charge=charge, status__in=("requested", "passed_up", "seconding")
    )
    for waiver in open_ones:
        reason = _("The charge has fallen by itself.")
        waiver.withdraw(at=at, reasons=reason)
        waiver.save(update_fields=["status", "decided_at", "reasons"])
        void_promise(promise_id=waiver.promise_id, at=at, reason=reason, actor=actor)
