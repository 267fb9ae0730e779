"""Filters of billing's screens: {% load billing %}."""

from __future__ import annotations

import datetime as dt

from django import template
from django.db.backends.postgresql.psycopg_any import Range
from django.utils.functional import Promise as LazyText
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from billing.models import Milestone
from billing.queries import milestones
from tickets import formats

register = template.Library()

LINE_EVENTS: dict[str, str | LazyText] = {
    "activated": pgettext_lazy("line", "Activated"),
    "last_day_set": _("Last day set"),
    "stop_withdrawn": _("Stop withdrawn"),
    "stopped": _("Stopped"),
    "dead_before_its_end": _("Dead before its end"),
    "reconnected": _("Given back"),
    "porting_requested": _("Porting requested"),
    "porting_completed": _("Number ported"),
    "porting_failed": _("Porting failed"),
    "porting_given_up": _("Number given up"),
    "carrier_stop": _("Stopped, says the carrier"),
    "carrier_reconnect": _("Reconnected, says the carrier"),
    "carrier_change": _("New dates told to the carrier"),
}


@register.filter
def line_event(kind: str) -> str:
    """What an event on a line is called; an unknown one by its own name."""
    return str(LINE_EVENTS.get(kind, kind))


@register.filter
def due_words(row: Milestone) -> str:
    """By when a milestone is due, in words."""
    return milestones.due_words(row)


@register.filter
def days_of(during: object) -> str:
    """The days a row holds: from the first to the last, the end not yet known left open."""
    first, until = getattr(during, "lower", None), getattr(during, "upper", None)
    last = formats.date_text(until - dt.timedelta(days=1)) if until else ""
    return f"{formats.date_text(first)} – {last}".strip()


@register.filter
def holds_on(during: object, day: dt.date) -> bool:
    """Whether `day` is one of them."""
    return day in during if isinstance(during, Range) else False
