"""A mail called back within its ten seconds: what it was to say is owed again, so that nothing ends by a slip (A13)."""

from __future__ import annotations

import datetime as dt

from django.utils.translation import gettext_lazy as _

from tickets.business_time import add_business_days
from tickets.errors import Refused
from tickets.models import OutboxMessage, PromiseKind, Staff
from tickets.queries.calendars import hours_of_desk
from tickets.service import service
from tickets.services import outbox
from tickets.services.grounds import ticket_to_owe_on
from tickets.services.promises import open_promise


@service
def call_back(*, message_id: int, actor: Staff, at: dt.datetime) -> OutboxMessage:
    """Take a mail back before it leaves. Whoever may see its case; the caller checks that.

    An answer, a report or a confirmation has been recorded as given when it was put (`owed_again`): called back, it
    is owed in writing by the end of the next business day, as a new promise on its case. Sending anew is a new mail.
    `Refused` D9 once it is on its way, and for surveys, which no person sends.
    """
    message = OutboxMessage.objects.get(pk=message_id)
    if message.once == OutboxMessage.Promise.AT_MOST:
        raise Refused("D9", _("It has left already and cannot be undone."))
    if message.ticket_id is not None and message.owed_again:
        why = str(_("A mail was called back: %(subject)s")) % {"subject": message.subject}
        ticket = ticket_to_owe_on(ticket_id=message.ticket_id, why=why, at=at, actor=actor)
        message = outbox.undo(message_id=message_id, actor=actor, at=at)
        open_promise(
            ticket_id=ticket.pk, kind=PromiseKind.WRITTEN_ANSWER, what=why[:200], at=at, actor=actor,
            due_at=add_business_days(hours_of_desk(ticket.desk_id), at, 1),
        )  # fmt: skip
        return message
    return outbox.undo(message_id=message_id, actor=actor, at=at)
