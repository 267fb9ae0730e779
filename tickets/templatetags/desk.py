"""Tags and filters of every screen: {% load desk %}. docs/screens.md shows each with an example."""

from __future__ import annotations

import datetime as dt
import re
import secrets
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any

from django import template
from django.db.models import Model
from django.template.base import FilterExpression, Node, NodeList, Parser, Token, token_kwargs
from django.template.context import Context
from django.template.defaulttags import URLNode
from django.template.defaulttags import url as parse_url
from django.urls import NoReverseMatch
from django.utils.html import conditional_escape, escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext

from config import clock
from tickets import formats, markup, statuses
from tickets.addresses import address
from tickets.dates import JST

register = template.Library()

# What a component sees of the page around it, beside its own parameters.
INHERITED = ("csrf_token", "request", "frame", "user", "messages", "live_stream_url")

MISSING = object()
NUMBER = mark_safe(' class="number"')

MOST_KEPT = 1000
_kept: dict[Hashable, list[str]] = {}
# Nobody can write it: a name that holds it would be filled in another's place.
_HOLE = f"hole-{secrets.token_hex(8)}-"

# Components that are no template: a row that stands on a page fifty times.
IN_PYTHON: Mapping[str, Callable[..., SafeString]] = {"timeline_entry": markup.timeline_entry}

register.filter("jst_date", formats.date_text)
register.filter("jst", formats.datetime_text)
register.filter("jst_short", formats.short_text)
register.filter("jst_time", formats.time_text)
register.filter("last_minute", formats.last_minute_text)
register.filter("yen", formats.yen_text)
register.filter("said", formats.said_text)
register.filter("phone", formats.phone_text)
register.filter("clock", formats.clock_text)
register.filter("spent", formats.spent_text)
register.filter("minutes_of_day", formats.minutes_text)
register.simple_tag(markup.icon, name="icon")


@register.simple_tag
def pill(subject: object, status: object = None, *, square: bool = False) -> SafeString:
    """A state as icon, word and tone: `{% pill ticket %}`, `{% pill "line" line.status %}`."""
    shown = statuses.look(subject, str(status)) if isinstance(subject, str) else _look_of(subject)
    return markup.pill(shown, square=square)


@register.simple_tag
def tier(rank: int | None, *, delegated: bool = False) -> SafeString:
    """A rank with its name; `delegated` adds 代行."""
    if not rank:
        return SafeString("")
    shown = statuses.TIERS[int(rank)]
    if delegated:
        name = gettext("%(tier)s (acting)") % {"tier": shown.label}
        shown = statuses.Look(name, shown.tone, shown.icon)
    return markup.pill(shown, square=True)


@register.filter
def tier_name(rank: int | None) -> str:
    """The name of a rank, for use inside a sentence."""
    return str(statuses.TIERS[int(rank)].label) if rank else ""


@register.simple_tag(takes_context=True)
def due(context: Context, at: dt.datetime | None) -> SafeString:
    """How long until `at` or how long past it; counts on in the browser, exact time on hover."""
    return markup.due(at, now_of(context))


@register.simple_tag(takes_context=True)
def due_row(context: Context, at: dt.datetime | None) -> str:
    """The class of a table row or list item by its due time: is-late, is-soon or nothing."""
    return markup.due_class(at, now_of(context))


@register.simple_tag(takes_context=True)
def queue_row(context: Context, ticket: Any) -> SafeString:
    """A case as a row of the table around it, which says whether rows can be ticked and which one is open."""
    return markup.queue_row(
        ticket, now=now_of(context), select=bool(context.get("select")), current=context.get("current")
    )


@register.simple_tag
def timeline(entries: Sequence[Any], *, compact: bool = False, customers: bool = False) -> SafeString:
    """A page of the contact history: `{% timeline page.rows compact=True %}`; `customers` names the customer of each."""
    return markup.timeline(entries, compact=compact, customers=customers)


@register.simple_tag(takes_context=True)
def elapsed(context: Context, since: dt.datetime | None) -> SafeString:
    """Minutes and seconds since a moment (a call, a hold); counts on in the browser."""
    if since is None:
        return SafeString("")
    seconds = max(0, (now_of(context) - since).total_seconds())
    return format_html(
        '<time class="call-time" datetime="{}" data-since>{}</time>',
        since.isoformat(),
        formats.clock_text(seconds),
    )


@register.simple_tag
def either(*values: object) -> object:
    """The first that is something: `{% either title entry.title as shown %}`. Absent ones are allowed."""
    return next((value for value in values if value), "")


@register.simple_tag(takes_context=True)
def url_with(context: Context, **changes: object) -> str:
    """This page's address with some of its query changed: `{% url_with after=page.next %}`; None removes."""
    query = context["request"].GET.copy()
    for name, value in changes.items():
        query.pop(name, None)
        if value not in (None, ""):
            query[name] = str(value)
    return f"?{query.urlencode()}" if query else "?"


@register.filter
def get(mapping: Mapping[Any, Any] | None, key: object) -> object:
    """A value of a mapping by a key that is itself a variable."""
    return mapping.get(key) if mapping else None


@register.simple_tag
def call_state(status: str) -> str:
    """The word for the state of a call."""
    return str(statuses.look("call", status).label)


@register.simple_tag
def report_row(row: Sequence[object], head: Sequence[object]) -> SafeString:
    """The cells of a line of a report: numbers to the right, with a comma at thousands; a dash where there is none."""
    shown = [(str(label).startswith("#"), value) for label, value in zip(head, row, strict=True)]
    return format_html_join(
        "", "<td{}>{}</td>", ((NUMBER if number else "", _report_value(value)) for number, value in shown)
    )


def _report_value(value: object) -> str:
    if value is None:
        return "―"
    if isinstance(value, dt.datetime):
        return formats.datetime_text(value)
    return f"{value:,}" if isinstance(value, int | float) else str(value)


@register.filter
def tone_of(level: str) -> str:
    """A tone from the level of a Django message."""
    return {"error": "danger", "debug": "info"}.get(level, level)


@register.filter
def undo_url(extra_tags: str | None) -> str:
    """The address behind `undo:` in a message's extra tags; an address itself stays as it is."""
    if extra_tags and extra_tags.startswith(("/", "#")):
        return extra_tags
    found = [tag for tag in (extra_tags or "").split() if tag.startswith("undo:")]
    return found[0].removeprefix("undo:") if found else ""


@register.filter
def split(text: str, separator: str = ",") -> list[str]:
    """A list from a text: `{% component "table" head="Field,#Amount"|split %}`."""
    return text.split(separator)


@register.simple_tag
def due_attributes() -> SafeString:
    """The sentences of due times as data attributes, so that the browser says what the server says."""
    parts = [format_html('data-{}="{}"', name, text) for name, text in formats.due_patterns().items()]
    return SafeString(" ".join(parts))


@register.simple_tag(takes_context=True)
def kept(context: Context, name: str) -> SafeString:
    """A part of the frame, rendered once a process for all who would see the same, its holes filled for each request.

    It sees `frame` and `hole` only: `frame.key` must hold whatever it shows, `frame.holes` what differs every time.
    """
    frame = context.get("frame")
    if frame is None:  # a page of last resort, made without a request: 500, 503
        return _framed(context, name, {"hole": {}})
    # The page's token, not another: hiding the secret anew costs as much as a query.
    values = {**frame.holes, "csrf": context["csrf_token"], "stream": context.get("live_stream_url", "")}
    key = (name, frame.key)
    if (made := _kept.get(key)) is None:
        hole = {of: f"{_HOLE}{of}." for of in values}
        whole = _framed(context, name, {"frame": frame, "hole": hole, "csrf_token": hole["csrf"]})
        if len(_kept) >= MOST_KEPT:
            _kept.clear()
        # Text and the name of a hole in turn.
        made = _kept[key] = re.split(rf"{_HOLE}(\w+)\.", whole)
    if len(made) == 1:
        return SafeString(made[0])
    filled = [escape(values[part]) if place % 2 else part for place, part in enumerate(made)]
    return SafeString("".join(filled))


def _framed(context: Context, name: str, own: dict[str, Any]) -> SafeString:
    engine = context.template.engine  # type: ignore[union-attr]
    return SafeString(engine.get_template(name).render(context.new(own)).strip())


def now_of(context: Context) -> dt.datetime:
    """The request's present: one for the whole page."""
    return getattr(context.get("frame"), "now", None) or clock.now()


def _look_of(subject: object) -> statuses.Look:
    if not isinstance(subject, Model):
        return statuses.look(type(subject).__name__.lower(), str(getattr(subject, "status", "")))
    name = subject._meta.model_name or ""
    return statuses.look(statuses.MODEL_SETS.get(name, name), str(getattr(subject, "status", "")))


class PartNode(Node):
    """A named piece of markup handed to a component beside its content."""

    def __init__(self, name: str, nodelist: NodeList) -> None:
        self.name = name
        self.nodelist = nodelist

    def render(self, context: Context) -> SafeString:
        """The piece, rendered with the page's variables."""
        return self.nodelist.render(context)


class ComponentNode(Node):
    """templates/components/<name>.html with its own variables, its content and its parts."""

    def __init__(self, name: str, params: dict[str, FilterExpression], nodelist: NodeList) -> None:
        self.name = name
        self.params = params
        self.parts = [node for node in nodelist if isinstance(node, PartNode)]
        self.content = type(nodelist)(node for node in nodelist if not isinstance(node, PartNode))
        self._template: Any = None

    def render(self, context: Context) -> SafeString:
        """The component; it sees its parameters and INHERITED, nothing else of the page."""
        own = {key: value.resolve(context, ignore_failures=True) for key, value in self.params.items()}
        own["content"] = SafeString(self.content.render(context).strip())
        if (made := IN_PYTHON.get(self.name)) is not None:
            return made(**own)
        own["parts"] = {part.name: SafeString(part.render(context).strip()) for part in self.parts}
        for key in INHERITED:
            if key not in own and (value := context.get(key, MISSING)) is not MISSING:
                own[key] = value
        if self._template is None:
            engine = context.template.engine  # type: ignore[union-attr]
            self._template = engine.get_template(f"components/{self.name}.html")
        return SafeString(self._template.render(context.new(own)))


@register.tag("component")
def component(parser: Parser, token: Token) -> ComponentNode:
    """`{% component "panel" title=… %}…{% part "actions" %}…{% endpart %}{% endcomponent %}`.

    Without content: `{% component "pager" page=page / %}`.
    """
    bits = token.split_contents()[1:]
    if not bits or bits[0][0] not in "\"'":
        raise template.TemplateSyntaxError("component takes the quoted name of a file in components/")
    name = bits.pop(0).strip("\"'")
    closed = bool(bits) and bits[-1] == "/"
    if closed:
        bits.pop()
    params = token_kwargs(bits, parser)
    if bits:
        raise template.TemplateSyntaxError(f"component {name}: {' '.join(bits)} is no name=value")
    if closed:
        return ComponentNode(name, params, NodeList())
    nodelist = parser.parse(("endcomponent",))
    parser.delete_first_token()
    return ComponentNode(name, params, nodelist)


class AddressNode(URLNode):
    """Django's `{% url %}` with the address put together (tickets/addresses.py)."""

    def render(self, context: Context) -> str:
        """The address, or nothing where `as` keeps it for later."""
        if self.kwargs:
            return str(super().render(context))
        try:
            found = address(
                self.view_name.resolve(context), *[argument.resolve(context) for argument in self.args]
            )
        except NoReverseMatch:
            if not self.asvar:
                raise
            found = ""
        if self.asvar:
            context[self.asvar] = found
            return ""
        return conditional_escape(found) if context.autoescape else found


@register.tag("url")
def url(parser: Parser, token: Token) -> AddressNode:
    """`{% url 'tickets:case' ticket.number %}`, as Django's own."""
    found = parse_url(parser, token)
    return AddressNode(found.view_name, found.args, found.kwargs, found.asvar)


@register.tag("part")
def part(parser: Parser, token: Token) -> PartNode:
    """A named piece inside `{% component %}`: `{% part "actions" %}…{% endpart %}`."""
    name = token.split_contents()[1].strip("\"'")
    nodelist = parser.parse(("endpart",))
    parser.delete_first_token()
    return PartNode(name, nodelist)


@register.filter
def master_act(act: str) -> str:
    """What an administrator did, in words."""
    return str(statuses.MASTER_ACTS.get(act, act))


@register.filter
def master_field(name: str) -> str:
    """The name of what an administrator changed."""
    return str(statuses.MASTER_FIELDS.get(name, name))


@register.filter
def jst_day(at: dt.datetime) -> str:
    """The Japanese date of a moment as an address writes it: 2026-01-31."""
    return at.astimezone(JST).strftime("%Y-%m-%d")
