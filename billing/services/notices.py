"""What the customer of a cancellation is told in writing, in their language, at least once (D1, D5).

A customer without a mail address is owed a letter instead: a promise, so that it cannot be forgotten.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

from django.utils import translation
from django.utils.translation import gettext as _

from billing.models import CancellationLine, CancellationOrder
from tickets.business_time import add_business_days
from tickets.dates import JST
from tickets.models import Customer, PromiseKind, Ticket
from tickets.queries.calendars import hours_of_desk
from tickets.services.outbox import Mail, put_mails
from tickets.services.promises import open_promise

WORD = "cancellation"  # the listener's word of these messages


def tell(order: CancellationOrder, what: str, *, subject: str, body: str, at: dt.datetime) -> str:
    """Put one notice; returns the key that stands as evidence. `what` makes the key unique in the order."""
    key = f"{WORD}:{order.pk}:{what}"
    customer = order.customer
    if customer.email:
        put_mails([Mail(key, customer.email, subject, body, customer.pk, order.ticket_id)], at=at)
    else:
        owe_letter(order.ticket_id, subject, at=at)
    return key


def owe_letter(ticket_id: int, subject: str, *, at: dt.datetime) -> None:
    """There is no mail address: a letter is owed by the end of the next business day."""
    desk_id = Ticket.objects.values_list("desk_id", flat=True).get(pk=ticket_id)
    open_promise(
        ticket_id=ticket_id,
        kind=PromiseKind.WRITTEN_ANSWER,
        what=subject,
        due_at=add_business_days(hours_of_desk(desk_id), at, 1),
        at=at,
    )


def order_accepted(order: CancellationOrder, lines: Sequence[CancellationLine], *, at: dt.datetime) -> str:
    """The cancellation is accepted: per line the last usable minute."""
    with translation.override(order.customer.language):
        subject = _("We have accepted your cancellation (%(number)s)") % {"number": order.number}
        return tell(order, "accepted", subject=subject, body=_dates(order.customer, lines), at=at)


def dates_changed(order: CancellationOrder, line: CancellationLine, *, at: dt.datetime) -> str:
    """One line's last day is another now."""
    with translation.override(order.customer.language):
        subject = _("The last day of your cancellation has changed (%(number)s)") % {"number": order.number}
        body = _dates(order.customer, [line])
        what = f"changed:{line.line_id}:{line.generation}"
        return tell(order, what, subject=subject, body=body, at=at)


def days_before(lines: Iterable[CancellationLine], *, at: dt.datetime) -> None:
    """Tomorrow is the last day of these lines; many orders in one statement. A letter would come too late."""
    mails = []
    for line in lines:
        order, customer = line.order, line.order.customer
        if not customer.email:
            continue
        with translation.override(customer.language):
            subject = _("Tomorrow is the last day of your line (%(number)s)") % {"number": order.number}
            body = _dates(customer, [line])
        key = f"{WORD}:{order.pk}:day-before:{line.line_id}:{line.generation}"
        mails.append(Mail(key, customer.email, subject, body, customer.pk, order.ticket_id))
    put_mails(mails, at=at)


def withdrawn(order: CancellationOrder, lines: Sequence[CancellationLine], *, at: dt.datetime) -> str:
    """The customer stays; every line goes on."""
    with translation.override(order.customer.language):
        subject = _("Your cancellation is withdrawn (%(number)s)") % {"number": order.number}
        body = _("As you asked, your lines stay in service. Nothing will be stopped.")
        return tell(order, "withdrawn", subject=subject, body=_letter(order.customer, body), at=at)


def closed(order: CancellationOrder, *, at: dt.datetime) -> str:
    """All that was to happen has happened (完了通知)."""
    with translation.override(order.customer.language):
        subject = _("Your cancellation is completed (%(number)s)") % {"number": order.number}
        body = _("Your lines have ended, the devices are returned and the final bill is made. Thank you.")
        return tell(order, "closed", subject=subject, body=_letter(order.customer, body), at=at)


def stopped_key(line: CancellationLine) -> str:
    """The key of the notice that a line has stopped."""
    return f"{WORD}:{line.order_id}:stopped:{line.line_id}:{line.generation}"


def stopped(lines: Iterable[CancellationLine], *, at: dt.datetime) -> None:
    """These lines have stopped; for many orders in a fixed number of statements."""
    mails = []
    for line in lines:
        customer = line.order.customer
        with translation.override(customer.language):
            subject = _("Your line has been stopped (%(number)s)") % {"number": line.order.number}
            if not customer.email:
                owe_letter(line.order.ticket_id, subject, at=at)
                continue
            words = _("%(line)s was stopped on %(at)s, as agreed.") % {
                "line": line.line.get_kind_display(),
                "at": _moment(at),
            }
            body = _letter(customer, words)
        mails.append(
            Mail(stopped_key(line), customer.email, subject, body, customer.pk, line.order.ticket_id)
        )
    put_mails(mails, at=at)


def _dates(customer: Customer, lines: Sequence[CancellationLine]) -> str:
    rows = [
        _("%(line)s: usable until %(until)s.")
        % {"line": line.line.get_kind_display(), "until": _moment(line.last_usable_at)}
        for line in lines
    ]
    closing = _("Each line ends on its own day; none is stopped before. You may change or withdraw this.")
    return _letter(customer, "\n".join([*rows, "", closing]))


def _letter(customer: Customer, body: str) -> str:
    greeting = _("Dear %(name)s,") % {"name": customer.name}
    return f"{greeting}\n\n{body}\n"


def _moment(at: dt.datetime) -> str:
    return at.astimezone(JST).strftime("%Y-%m-%d %H:%M")
