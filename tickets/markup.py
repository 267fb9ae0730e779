"""The small pieces of every screen, and the two rows that stand on a page fifty times, as plain Python.

A row written as a template costs twenty times as much: every variable is looked up by name, every tag is an object.
Every value that comes from outside passes `escape` here, exactly once; tests/unit/test_markup.py tries each.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from functools import lru_cache
from html import escape as _escape
from typing import Any

from django.templatetags.static import static
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext, pgettext

from tickets import formats, statuses
from tickets.dates import JST

NOTHING = SafeString('<span class="muted">―</span>')


def escape(value: object) -> str:
    """Text for markup; what is marked safe stays as it is."""
    return str(value) if isinstance(value, SafeString) else _escape(str(value))


@lru_cache(maxsize=512)
def icon(name: str, label: str = "") -> SafeString:
    """An icon of the sprite; decoration unless it has a label of its own."""
    meaning = f'role="img" aria-label="{escape(label)}"' if label else 'aria-hidden="true"'
    sprite = escape(static("icons/sprite.svg"))
    return SafeString(f'<svg class="icon" {meaning}><use href="{sprite}#{escape(name)}"/></svg>')


icon.stands_still = True  # type: ignore[attr-defined]  # config/templating: put together with the text around it


def pill(shown: statuses.Look, *, square: bool = False) -> SafeString:
    """A state as icon, word and tone."""
    return _pill(shown.tone, shown.icon, str(shown.label), square=square)


@lru_cache(maxsize=1024)
def _pill(tone: str, icon_name: str, label: str, *, square: bool) -> SafeString:
    """A few hundred looks in two languages, fifty to a page."""
    shape = " pill-square" if square else ""
    return SafeString(
        f'<span class="pill tone-{escape(tone)}{shape}">{icon(icon_name)}{escape(label)}</span>'
    )


def due(at: dt.datetime | None, now: dt.datetime) -> SafeString:
    """How long until `at` or how long past it; counts on in the browser, exact time on hover."""
    if not at:
        return SafeString("")
    return _due(at, formats.due_state(at, now), formats.due_text(at, now), get_language())


@lru_cache(maxsize=4096)
def _due(at: dt.datetime, state: str, left: str, _language: str | None) -> SafeString:
    """The same for a minute, for everybody who looks at the queue."""
    mark = icon("overdue" if state == "late" else "clock")
    return SafeString(
        f'<time class="due due-{state}" datetime="{at.isoformat()}" data-due title="{escape(formats.datetime_text(at))}">'
        f"{mark}<span>{escape(left)}</span></time>"
    )


def due_class(at: dt.datetime | None, now: dt.datetime) -> str:
    """The class of a table row or list item by its due time: is-late, is-soon or nothing."""
    state = formats.due_state(at, now) if at else "fine"
    return "" if state == "fine" else f"is-{state}"


@lru_cache(maxsize=256)
def timeline_dot(tone: str, icon_name: str) -> SafeString:
    """The mark beside an entry of the timeline."""
    return SafeString(f'<span class="timeline-dot tone-{escape(tone)}">{icon(icon_name)}</span>')


@lru_cache(maxsize=1024)
def _timeline_look(kind: str, _language: str | None) -> tuple[SafeString, str]:
    """The mark of a kind of entry, and what it is called."""
    look = statuses.timeline_look(kind)
    return timeline_dot(look.tone, look.icon), escape(look.label)


def timeline_entry(
    entry: Any, *, title: str = "", compact: bool = False, struck: bool = False, note: str = "",
    content: str = "",
) -> SafeString:  # fmt: skip
    """One entry of the contact history (応対履歴), the component of that name.

    entry     kind (area.event), title (what happened, in words), at, actor, desk, ticket, contact, summary, data
    title     instead of entry.title              compact   True: without the ticket (on its own page)
    struck    True: corrected since; the words stay readable, struck through, and `note` says why
    """
    language = get_language()
    dot, usual = _timeline_look(entry.kind, language)
    given = title or getattr(entry, "title", "")
    head = escape(given) if given else usual
    by = escape(entry.actor or gettext("System"))
    desk = f" ({escape(entry.desk)})" if entry.desk else ""
    case = ""
    if not compact and entry.ticket:
        case = f' <a href="{escape(_said(entry.ticket.get_absolute_url))}">{escape(entry.ticket.number)}</a>'
    said = (
        f'<div class="timeline-body">{escape(formats.said_text(entry.summary))}</div>'
        if entry.summary
        else ""
    )
    why = f'<p class="small text-danger">{icon("correction")} {escape(note)}</p>' if note else ""
    return SafeString(
        f'<li class="timeline-entry{" timeline-struck" if struck else ""}" id="entry-{entry.pk}">'
        f'{dot}<div><div class="timeline-head"><span class="strong">{head}</span>'
        f"{_moment(entry.at, language)}</div>"
        f'<div class="timeline-meta">{by}{desk}{case}{_of_contact(entry.contact)}</div>'
        f"{said}{why}{content}</div></li>"
    )


def timeline(entries: Sequence[Any], *, compact: bool = False, customers: bool = False) -> SafeString:
    """A page of the contact history; `customers` puts a link to the customer under each entry."""
    return SafeString(
        "".join(
            timeline_entry(entry, compact=compact, content=_customer_of(entry) if customers else "")
            for entry in entries
        )
    )


def _customer_of(entry: Any) -> str:
    customer = entry.customer
    return f'<a class="small" href="{escape(_said(customer.get_absolute_url))}">{escape(customer.name)}</a>'


@lru_cache(maxsize=8192)
def _moment(at: dt.datetime, _language: str | None) -> str:
    there = at.astimezone(JST).isoformat()
    return f'<time class="muted small" datetime="{there}">{escape(formats.short_text(at))}</time>'


def _of_contact(contact: Any) -> str:
    if not contact:
        return ""
    held = getattr(contact, "hold_seconds", 0)
    hold = f" {escape(pgettext('call', 'hold'))} {formats.clock_text(held)}" if held else ""
    ref = contact.recording_ref
    return hold + (f' <span class="nowrap">{icon("recording")} {escape(ref)}</span>' if ref else "")


def queue_row(ticket: Any, *, now: dt.datetime, select: bool = False, current: object = None) -> SafeString:
    """One case of a queue, a row of the component `queue_table`.

    ticket    number, subject, customer, status, priority, desk, assignee, due_at (soonest promise, may be None)
    """
    box = ""
    if select:
        label = escape(gettext("Select %(number)s") % {"number": ticket.number})
        box = (
            f'<td><input type="checkbox" name="ticket" value="{escape(ticket.pk)}" aria-label="{label}"></td>'
        )
    at = getattr(ticket, "due_at", None)
    marks = f"{due_class(at, now)}{' is-current' if ticket.pk == current else ''}"
    cells = _queue_cells(
        _said(ticket.get_absolute_url), ticket.subject, ticket.number, _said(ticket.get_kind_display),
        ticket.customer.name, ticket.priority, ticket.status, str(ticket.desk),
        str(ticket.assignee or "―"), get_language(),
    )  # fmt: skip
    return SafeString(
        f'<tr class="{marks}">{box}<td class="nowrap">{due(at, now) or NOTHING}</td>{cells}</tr>'
    )


@lru_cache(maxsize=4096, typed=True)
def _queue_cells(
    url: str, subject: str, number: str, kind: str, customer: str, priority: int, status: str, desk: str,
    assignee: str, _language: str | None,
) -> SafeString:  # fmt: skip
    """All of a row that time does not change. A queue is asked again whenever one of its cases moves, by everybody
    on the desk; the other forty-nine look as before. Typed: what is marked safe is equal to the text that is not.
    """
    states = pill(statuses.look("priority", str(priority)), square=True) + pill(
        statuses.look("ticket", status)
    )
    return SafeString(
        f'<td class="subject"><a class="row-link" href="{escape(url)}">{escape(subject)}</a>'
        f'<div class="muted">{escape(number)} {escape(kind)}</div></td>'
        f'<td class="nowrap">{escape(customer)}</td><td><span class="row">{states}</span></td>'
        f'<td>{escape(desk)}</td><td class="nowrap">{escape(assignee)}</td>'
    )


def _said(value: Any) -> Any:
    """As a template does: a method is called (the gallery's samples hold the value itself)."""
    return value() if callable(value) else value
