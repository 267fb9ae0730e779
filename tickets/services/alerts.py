"""What an SV should look at now: a call over 30 minutes, a third call on one matter, a second refusal (A15)."""

from __future__ import annotations

import datetime as dt

from django.db.models import Exists, QuerySet
from django.utils.translation import gettext_lazy as _

from tickets.access import require_tier
from tickets.effects import Moot, effect
from tickets.models import Alert, Contact, ScheduledAction, Staff, Tier
from tickets.queries.kept import kept
from tickets.service import service
from tickets.services.schedule import cancel_scheduled, schedule
from tickets.services.timeline import announce

LONG_CALL = dt.timedelta(minutes=30)
THIRD = 3


@service
def raise_alert(
    *, kind: str, at: dt.datetime, ticket_id: int | None = None, contact_id: int | None = None
) -> Alert:
    """Alert the SVs, once for a kind, case and contact. For services."""
    alert, fresh = Alert.objects.get_or_create(
        kind=kind, ticket_id=ticket_id, contact_id=contact_id, defaults={"at": at}
    )
    if fresh:
        announce(topic="alerts", ref=str(alert.pk), at=at)
    return alert


@service
def see_alert(*, alert_id: int, at: dt.datetime, actor: Staff) -> Alert:
    """An SV or above has looked at it; the first one stands."""
    require_tier(actor, Tier.SV, rule="A15")
    alert = Alert.objects.select_for_update(no_key=True).get(pk=alert_id)
    if alert.seen_at is None:
        alert.seen_by, alert.seen_at = actor, at
        alert.save(update_fields=["seen_by", "seen_at"])
        announce(topic="alerts", ref=str(alert.pk), at=at)
    return alert


def note_call_start(*, contact: Contact, at: dt.datetime) -> None:
    """Plan the look at half an hour, and count the call if its case is known. For services.contacts."""
    schedule(
        kind="tickets.long_call", subject_id=contact.pk, due_at=contact.started_at + LONG_CALL,
        key=_long_call_key(contact), at=at,
    )  # fmt: skip
    note_repeat_call(contact=contact, at=at)


def note_call_end(*, contact: Contact, at: dt.datetime) -> None:
    """A call that took longer is an alert even when no job looked; a shorter one needs no look any more."""
    if at - contact.started_at > LONG_CALL:
        raise_alert(kind=Alert.Kind.LONG_CALL, at=at, contact_id=contact.pk, ticket_id=contact.ticket_id)
    cancel_scheduled(key=_long_call_key(contact), reason=str(_("The call is over.")))


def note_repeat_call(*, contact: Contact, at: dt.datetime) -> None:
    """The third time the customer calls about one case, the SV is alerted, once for that case."""
    if contact.ticket_id is None:
        return
    if len(_calls_not_told_of(ticket_id=contact.ticket_id)) >= THIRD:
        raise_alert(kind=Alert.Kind.THIRD_CALL, at=at, ticket_id=contact.ticket_id)


@kept
def _calls_not_told_of(*, ticket_id: int) -> QuerySet[Contact]:
    """The customer's calls about a case, no more than are needed; none once the SV was alerted."""
    told = Alert.objects.filter(ticket_id=ticket_id, kind=Alert.Kind.THIRD_CALL, contact__isnull=True)
    calls = Contact.objects.filter(~Exists(told), ticket_id=ticket_id, channel="phone", direction="in")
    return calls.only("pk")[:THIRD]


@effect("tickets.long_call")
def look_at_long_call(action: ScheduledAction, at: dt.datetime) -> None:
    """The scheduled look at one call after half an hour."""
    contact = Contact.objects.get(pk=action.subject_id)
    if contact.ended_at is not None:
        raise Moot(str(_("The call is over.")))
    # The case may become known later; one alert a call.
    if not Alert.objects.filter(kind=Alert.Kind.LONG_CALL, contact=contact).exists():
        raise_alert(kind=Alert.Kind.LONG_CALL, at=at, contact_id=contact.pk, ticket_id=contact.ticket_id)


def _long_call_key(contact: Contact) -> str:
    return f"long_call:{contact.pk}"
