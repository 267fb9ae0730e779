"""What the customer sees at the line's end, and what they wrote in public (A15)."""

from __future__ import annotations

import datetime as dt

from django.utils.translation import gettext_lazy as _

from tickets.errors import Refused
from tickets.models import PublicPost, Staff, Symptom
from tickets.service import service
from tickets.services.locking import lock_ticket
from tickets.services.ticket_rows import record


@service
def record_symptom(
    *,
    ticket_id: int,
    text: str,
    at: dt.datetime,
    actor: Staff,
    lamps: str = "",
    since: dt.datetime | None = None,
    contact_id: int | None = None,
) -> Symptom:
    """Lamps, since when, in the customer's words. Anyone at a desk; written once."""
    ticket = lock_ticket(ticket_id, actor)
    if since is not None and since > at:
        raise Refused("A15", _("A symptom cannot begin after it is reported."))
    symptom = Symptom.objects.create(
        ticket=ticket,
        contact_id=contact_id,
        recorded_by=actor,
        recorded_at=at,
        lamps=lamps,
        since=since,
        text=text,
    )
    record(ticket, "line.symptom", at=at, actor=actor, contact_id=contact_id, summary=text, lamps=lamps)
    return symptom


@service
def link_post(
    *,
    ticket_id: int,
    url: str,
    at: dt.datetime,
    actor: Staff,
    excerpt: str = "",
    posted_on: dt.date | None = None,
) -> PublicPost:
    """Link something the customer wrote in public, as information only: it changes neither state nor priority."""
    ticket = lock_ticket(ticket_id, actor)
    if PublicPost.objects.filter(ticket=ticket, url=url).exists():
        raise Refused("A15", _("This post is linked already."))
    post = PublicPost.objects.create(
        ticket=ticket, url=url, excerpt=excerpt, posted_on=posted_on, linked_by=actor, linked_at=at
    )
    record(ticket, "post.linked", at=at, actor=actor, summary=url)
    return post
