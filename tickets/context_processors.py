"""What the frame of every screen knows: who sits there, where they may go, language and theme.

Makes no query of its own: the person comes with the request.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Hashable
from dataclasses import dataclass
from functools import cache, cached_property

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, resolve, reverse
from django.utils.functional import Promise as LazyText
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from config import clock
from tickets.models import Staff
from tickets.models.staff import TOP, Tier
from tickets.rights import Rights, administrator, at_least, compliance, everyone

THEMES = ("system", "light", "dark")
THEME_COOKIE = "tsunagu_theme"
THEME_NAMES = {
    "system": _("Theme: as the system"),
    "light": _("Theme: light"),
    "dark": _("Theme: dark"),
}


@dataclass(frozen=True, slots=True)
class Place:
    """A screen on the rail. `url` is a URL name; a place whose screen does not exist is not shown."""

    url: str
    label: str | LazyText
    icon: str
    rights: Rights = everyone


# The rail, from the top, in groups. Hiding a place guards nothing: the view behind it does.
RAIL: tuple[tuple[Place, ...], ...] = (
    (
        Place("tickets:home", pgettext_lazy("rail", "Desk"), "desk"),
        Place("tickets:queue", pgettext_lazy("rail", "Queue"), "queue"),
        Place("tickets:promises", pgettext_lazy("rail", "Owed"), "promise"),
        Place("escalation:demands", pgettext_lazy("rail", "Superior"), "upward"),
        Place("billing:cancellations", pgettext_lazy("rail", "Cancelling"), "ending"),
        Place("tickets:articles", pgettext_lazy("rail", "Knowledge"), "book"),
    ),
    (
        Place("tickets:live_calls", pgettext_lazy("rail", "Live calls"), "phone", at_least(Tier.LEADER)),
        Place("billing:waivers", pgettext_lazy("rail", "Waivers"), "waiver", at_least(Tier.LEADER)),
        Place("escalation:inbox", pgettext_lazy("rail", "Inbox"), "signature", at_least(TOP)),
        Place("tickets:supervisor", pgettext_lazy("rail", "SV queues"), "inbox", at_least(Tier.SV)),
        Place("escalation:ladder", pgettext_lazy("rail", "Ladder"), "sort", at_least(Tier.SV)),
        Place("escalation:instructions", pgettext_lazy("rail", "Instructions"), "instruction"),
        Place("escalation:concerns", pgettext_lazy("rail", "Concerns"), "concern", compliance),
        Place("tickets:samples", pgettext_lazy("rail", "Samples"), "eye", at_least(Tier.SV)),
        Place("tickets:dashboard", pgettext_lazy("rail", "Figures"), "dashboard", at_least(Tier.SV)),
    ),
    (
        Place("tickets:masters", pgettext_lazy("rail", "Masters"), "settings", administrator),
        Place("escalation:roster", pgettext_lazy("rail", "Roster"), "roster", administrator),
        Place("escalation:limits", pgettext_lazy("rail", "Limits"), "limits", administrator),
        Place("tickets:calendars", pgettext_lazy("rail", "Calendars"), "calendar", administrator),
        Place("billing:catalogue", pgettext_lazy("rail", "Catalogue"), "catalogue", administrator),
        Place("tickets:outbox", pgettext_lazy("rail", "Outbox"), "mail", administrator),
    ),
)

# What Ctrl+K leads to beside the rail; whoever may open the screen finds it there.
ELSEWHERE: tuple[tuple[str, str | LazyText, str], ...] = (
    ("escalation:exceptions", _("Exceptions"), "flag"),
    ("escalation:questions", _("Questions to leaders"), "question"),
    ("escalation:ask_leader", _("Ask the leaders"), "question"),
    ("escalation:authority", _("My authority"), "limits"),
    ("escalation:raise_concern", _("Raise a concern"), "concern"),
    ("escalation:regulators", _("Authorities"), "regulator"),
    ("escalation:oversight", _("Objections by month"), "objection"),
    ("escalation:new_period", _("New period of the roster"), "roster"),
    ("escalation:delegate", _("Delegation"), "people"),
    ("escalation:absence", _("Absence"), "people"),
    ("billing:incidents", _("Early stops"), "line-off"),
    ("billing:missed", _("Missed milestones"), "overdue"),
    ("billing:carrier_work", _("Carrier work list"), "line"),
    ("billing:reviews", _("Fault reviews"), "question"),
    ("billing:sweeps", _("Sweeps"), "search"),
    ("billing:credits", _("Credits owed"), "waiver"),
    ("billing:documents", _("Documents"), "letter"),
    ("tickets:surveys_held", _("Surveys withheld"), "survey"),
    ("tickets:call", _("The call"), "phone"),
    ("tickets:staff_list", _("Staff"), "people"),
    ("tickets:schedule", _("Scheduled actions"), "clock"),
)

# Screens that the frame itself calls: `frame.urls.search` is their address, or "" while they do not exist.
FRAME_URLS = {
    "home": "tickets:home",
    "search": "tickets:search",
    "palette": "tickets:palette",
    "call": "tickets:call_state",
    "draft": "tickets:draft",
    "draft_discard": "tickets:draft_discard",
    "presence": "tickets:presence",
    "preferences": "preferences",
    "gallery": "gallery",
    "password": "account_change_password",
    "mfa": "mfa_index",
    "sign_out": "account_logout",
    "sign_in": "account_login",
}


@dataclass(frozen=True, slots=True)
class Link:
    """A place on the rail with its address; `current` when this page is it or lies below it."""

    url: str
    label: str | LazyText
    icon: str
    current: bool


class Frame:
    """`frame` in every template; each part is worked out only where a template asks for it."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request

    @cached_property
    def now(self) -> dt.datetime:
        """The present, once a page: the moment at which the screen was asked for."""
        return getattr(self._request, "at", None) or clock.now()

    @property
    def shell(self) -> str:
        """What a page extends: the whole frame, or only its panes when a live element asks again for them."""
        return "fragment.html" if getattr(self._request, "htmx", False) else "base.html"

    @cached_property
    def staff(self) -> Staff | None:
        """The person signed in."""
        user = getattr(self._request, "user", None)
        return user if isinstance(user, Staff) or getattr(user, "is_authenticated", False) else None

    @cached_property
    def language(self) -> str:
        """ja or en."""
        return (get_language() or settings.LANGUAGE_CODE).split("-")[0]

    @property
    def other_language(self) -> tuple[str, str]:
        """(code, own name) of the language to switch to."""
        return next((code, name) for code, name in settings.LANGUAGES if code != self.language)

    @cached_property
    def theme(self) -> str:
        """system, light or dark: the person's own choice, before sign-in the machine's."""
        chosen = self.staff.theme if self.staff else self._request.COOKIES.get(THEME_COOKIE, "")
        return chosen if chosen in THEMES else THEMES[0]

    @property
    def next_theme(self) -> str:
        """The theme that the switch leads to."""
        return THEMES[(THEMES.index(self.theme) + 1) % len(THEMES)]

    @property
    def theme_label(self) -> str:
        """The theme in words, for the switch."""
        return str(THEME_NAMES[self.theme])

    @cached_property
    def urls(self) -> dict[str, str]:
        """Addresses of FRAME_URLS."""
        return {key: _address(name) for key, name in FRAME_URLS.items()}

    @cached_property
    def rail(self) -> list[list[Link]]:
        """The places this person may go, in groups; empty groups left out."""
        staff = self.staff
        if staff is None:
            return []
        shown = [[(place, _address(place.url)) for place in group if place.rights(staff)] for group in RAIL]
        here = self._here([url for group in shown for _place, url in group if url])
        groups = [
            [Link(url, place.label, place.icon, current=url == here) for place, url in group if url]
            for group in shown
        ]
        return [group for group in groups if group]

    @cached_property
    def elsewhere(self) -> list[Link]:
        """The screens of ELSEWHERE that this person may open."""
        staff = self.staff
        known = [(_address(name), label, icon) for name, label, icon in ELSEWHERE if staff]
        return [
            Link(url, label, icon, current=url == self._request.path)
            for url, label, icon in known
            if url and _rights(url)(staff)  # type: ignore[arg-type]
        ]

    @cached_property
    def key(self) -> Hashable:
        """Everything that the frame shows of the person and the place: what it may be kept by."""
        staff = self.staff
        shown = (
            (staff.pk, staff.name, str(staff.desk), staff.tier, staff.is_administrator, staff.is_compliance)
            if isinstance(staff, Staff)
            else staff
        )
        places = tuple((link.url, link.current) for group in [*self.rail, self.elsewhere] for link in group)
        return (get_language(), self.theme, shown, places)

    @cached_property
    def holes(self) -> dict[str, str]:
        """What differs from request to request in a frame that is otherwise the same."""
        match = self._request.resolver_match
        return {
            "here": self._request.get_full_path(),
            "asked": self._request.GET.get("q", "") if match and match.view_name == "tickets:search" else "",
        }

    def _here(self, urls: list[str]) -> str:
        """The longest of `urls` that this page's address begins with; the home page only exactly."""
        path = self._request.path
        fitting = [url for url in urls if path == url or (url != "/" and path.startswith(url))]
        return max(fitting, key=len, default="")


def frame(request: HttpRequest) -> dict[str, object]:
    """`frame`: the frame of the page."""
    return {"frame": Frame(request)}


@cache
def _address(name: str) -> str:
    """The same for everybody, and asked for thirty times a page."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""


@cache
def _rights(url: str) -> Rights:
    """Who may open the screen at this address: the view says it itself."""
    found: Rights = getattr(resolve(url).func, "rights", everyone)
    return found
