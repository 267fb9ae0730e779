"""What the customer of a cancellation is told in writing, in their language, at least once (D1, D5).

The texts are versions that an administrator keeps (billing.letter_texts has the first ones).
A customer without a mail address is owed a letter instead: a promise, so that it cannot be forgotten.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from string import Template

from django.utils import translation
from django.utils.translation import gettext as _

from billing.letter_texts import TEXTS
from billing.models import CancellationLine, CancellationOrder, LineKind
from billing.services.stop_rows import EndingLine
from tickets.business_time import add_business_days
from tickets.dates import day_of
from tickets.formats import datetime_text, last_minute_text
from tickets.models import Customer, LetterTemplate, PromiseKind, Ticket
from tickets.queries.calendars import hours_of_desk
from tickets.services.letters import FALLBACK
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


class Texts:
    """One notice as it reads on the day of `at`, in any language; asks the masters once, however many it is for.

    The version in force in the customer's language, else in Japanese; where the masters hold none, the first one:
    a notice that is owed is never without words.
    """

    def __init__(self, code: str, at: dt.datetime) -> None:
        first = {text.language: (text.subject, text.body) for text in TEXTS if text.code == code}
        rows = LetterTemplate.objects.filter(code=code, during__contains=day_of(at))
        self._texts = {row.language: (row.subject, row.body) for row in rows} or first

    def words(self, order: CancellationOrder, **facts: str) -> tuple[str, str]:
        """(subject, body) for the customer of the order."""
        customer = order.customer
        return self.filled(customer.language, name=customer.name, number=order.number, **facts)

    def filled(self, language: str, **facts: str) -> tuple[str, str]:
        """(subject, body) in `language` with these facts."""
        subject, body = self._texts.get(language) or self._texts[FALLBACK]
        return _filled(subject, facts), _filled(body, facts)


def _filled(text: str, facts: Mapping[str, str]) -> str:
    """`Template(text).safe_substitute(facts)`, the text looked through once and not once for each customer."""
    return "".join([facts.get(name, written) if name else written for written, name in _pieces(text)])


@lru_cache(maxsize=64)
def _pieces(text: str) -> tuple[tuple[str, str], ...]:
    """The text in pieces: as it is written and, of a placeholder, which fact it asks for."""
    pieces, read = [], 0
    for found in Template.pattern.finditer(text):
        pieces.append((text[read : found.start()], ""))
        name = found["braced"] or found["named"] or ""
        pieces.append(("$" if found["escaped"] else found[0], name))
        read = found.end()
    return (*pieces, (text[read:], ""))


def order_accepted(order: CancellationOrder, lines: Sequence[CancellationLine], *, at: dt.datetime) -> str:
    """The cancellation is accepted: per line the last usable minute."""
    subject, body = Texts("cancellation-accepted", at).words(order, dates=_dates(order.customer, lines))
    return tell(order, "accepted", subject=subject, body=body, at=at)


def dates_changed(order: CancellationOrder, line: CancellationLine, *, at: dt.datetime) -> str:
    """One line's last day is another now."""
    subject, body = Texts("cancellation-changed", at).words(order, dates=_dates(order.customer, [line]))
    return tell(order, f"changed:{line.line_id}:{line.generation}", subject=subject, body=body, at=at)


def days_before(lines: Iterable[EndingLine], *, at: dt.datetime) -> None:
    """Tomorrow is the last day of these lines; many orders in one statement. A letter would come too late."""
    mails = []
    texts = Texts("cancellation-day-before", at)
    for line in lines:
        if not line.email:
            continue
        dates = _usable(line.language, line.kind, line.last_day)
        subject, body = texts.filled(line.language, name=line.name, number=line.number, dates=dates)
        key = f"{WORD}:{line.order_id}:day-before:{line.line_id}:{line.generation}"
        mails.append(Mail(key, line.email, subject, body, line.customer_id, line.ticket_id))
    put_mails(mails, at=at)


def withdrawn(order: CancellationOrder, lines: Sequence[CancellationLine], *, at: dt.datetime) -> str:
    """The customer stays; every line goes on."""
    subject, body = Texts("cancellation-withdrawn", at).words(order)
    return tell(order, "withdrawn", subject=subject, body=body, at=at)


def closed(order: CancellationOrder, *, at: dt.datetime) -> str:
    """All that was to happen has happened (完了通知)."""
    subject, body = Texts("cancellation-closed", at).words(order)
    return tell(order, "closed", subject=subject, body=body, at=at)


def stopped_key(line: EndingLine) -> str:
    """The key of the notice that a line has stopped."""
    return f"{WORD}:{line.order_id}:stopped:{line.line_id}:{line.generation}"


def stopped(lines: Iterable[EndingLine], *, at: dt.datetime) -> None:
    """These lines have stopped; for many orders in a fixed number of statements."""
    mails = []
    texts = Texts("cancellation-stopped", at)
    for line in lines:
        name = _called(line.language, line.kind)
        subject, body = texts.filled(
            line.language, name=line.name, number=line.number, line=name, at=_moment(line.language, at)
        )
        if not line.email:
            owe_letter(line.ticket_id, subject, at=at)
            continue
        mails.append(Mail(stopped_key(line), line.email, subject, body, line.customer_id, line.ticket_id))
    put_mails(mails, at=at)


def _dates(customer: Customer, lines: Sequence[CancellationLine]) -> str:
    return "\n".join(_usable(customer.language, line.line.kind, line.last_day) for line in lines)


@lru_cache(maxsize=256)
def _usable(language: str, kind: str, last_day: dt.date) -> str:
    """Until when a line is usable; the same for all that end on one day."""
    with translation.override(language):
        return _("%(line)s: usable until %(until)s.") % {
            "line": LineKind(kind).label,
            "until": last_minute_text(last_day),
        }


@lru_cache(maxsize=16)
def _called(language: str, kind: str) -> str:
    """The kind of a line in the customer's language."""
    with translation.override(language):
        return str(LineKind(kind).label)


@lru_cache(maxsize=16)
def _moment(language: str, at: dt.datetime) -> str:
    """A moment as the customer writes dates."""
    with translation.override(language):
        return datetime_text(at)
