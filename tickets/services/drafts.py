"""What somebody is typing, kept on the server until it is sent (F: never lose a word).

A draft belongs to one person, one form and one thing; colleagues never overwrite each other's. It goes when the
form has been carried out, or when its author throws it away.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from tickets.errors import Refused
from tickets.models import Draft, Staff, Ticket, TimelineEntry
from tickets.queries import prepared
from tickets.service import service

MOST_CHARACTERS = 100_000
OF_A_TICKET = "ticket:"
# Most of the time there is none.
DROP = "DELETE FROM tickets_draft WHERE staff_id = %s AND form = %s AND subject = %s"


@dataclass(frozen=True, slots=True)
class Rival:
    """A colleague changed the case since the form was opened: who, when, and the version that stands now."""

    version: int
    who: str
    at: dt.datetime | None


@service
def save_draft(
    *,
    form: str,
    subject: str,
    fields: Mapping[str, str],
    at: dt.datetime,
    actor: Staff,
    version: int | None = None,
) -> Rival | None:
    """Keep what `actor` has typed so far; the words are kept whatever the answer is.

    `version`: of the case when the form was opened, for forms that write over what stands there. The answer is the
    colleague who was first, or None. `Refused` F1 for what is too long to be somebody's typing.
    """
    if sum(len(name) + len(text) for name, text in fields.items()) > MOST_CHARACTERS:
        raise Refused("F1", _("This text is too long to be kept as a draft."))
    Draft.objects.update_or_create(
        staff=actor,
        form=form,
        subject=subject,
        defaults={"fields": dict(fields), "based_on_version": version, "saved_at": at},
    )
    return _rival(subject, version, actor)


def drop_draft(*, form: str, subject: str, actor: Staff) -> None:
    """The form has been carried out, or its author throws the text away. One statement."""
    with prepared.cursor() as cursor:
        cursor.execute(DROP, [str(actor.pk), form, subject])


def draft_of(*, form: str, subject: str, staff: Staff) -> Draft | None:
    """What `staff` had typed. One query."""
    return Draft.objects.filter(staff=staff, form=form, subject=subject).first()


def _rival(subject: str, version: int | None, actor: Staff) -> Rival | None:
    number = subject.removeprefix(OF_A_TICKET)
    if version is None or not subject.startswith(OF_A_TICKET) or not number.isdecimal():
        return None
    rows = Ticket.objects.visible_to(actor).filter(pk=int(number)).exclude(version=version)
    standing = rows.values_list("version", flat=True).first()
    return None if standing is None else rival_on(int(number), standing, actor)


def rival_on(ticket_id: int, version: int, actor: Staff) -> Rival:
    """Who else acted last on this case. One query."""
    entries = TimelineEntry.objects.visible_to(actor).filter(ticket_id=ticket_id, actor__isnull=False)
    last = entries.exclude(actor=actor).select_related("actor").order_by("-at", "-id").first()
    name = last.actor.name if last and last.actor else ""
    return Rival(version, name, last.at if last else None)
