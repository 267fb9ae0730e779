"""Finding words in what was said on any case: the second tab of the search."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from tickets.dates import start_of_day
from tickets.models import Desk
from tickets.queries import words
from tickets.views.screen import DeskRequest, page

IN_WORDS = "words"
AREAS = (
    ("", _("Everything")),
    ("contact", _("Contacts")),
    ("note", _("Notes")),
    ("ticket", _("Tickets")),
    ("question", _("Questions")),
    ("complaint", _("Complaints")),
)


class WordsForm(forms.Form):
    """What narrows the search; anything senseless is left out, not refused."""

    desk = forms.ModelChoiceField(
        Desk.objects.order_by("pk"), required=False, label=_("Desk"), empty_label=_("Every desk")
    )
    area = forms.ChoiceField(choices=AREAS, required=False, label=_("Kind"))
    since = forms.DateField(
        required=False, label=_("Since"), widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    )

    def filters(self) -> words.Filters:
        """As the query takes them."""
        self.is_valid()
        found = self.cleaned_data
        desk, since = found.get("desk"), found.get("since")
        return words.Filters(
            desk_id=desk.pk if desk else None,
            area=found.get("area") or "",
            since=start_of_day(since) if isinstance(since, dt.date) else None,
        )


def search_words(request: DeskRequest, text: str) -> Any:
    """Entries of the contact history that hold these words, newest first."""
    form = WordsForm(request.GET)
    found = words.search(
        text=text, staff=request.user, after=request.GET.get("after", ""), filters=form.filters()
    )
    context = {"page": found, "text": text, "form": form, "tabs": tabs(text, IN_WORDS)}
    return page(request, "tickets/search_words.html", context)


def tabs(text: str, current: str = "") -> list[dict[str, Any]]:
    """Customers, and words in the history; the text goes along."""
    kinds = (("", _("Customers")), (IN_WORDS, _("Words in the history")))
    address = reverse("tickets:search")
    return [
        {
            "label": label,
            "url": f"{address}?{urlencode({'q': text} | ({'in': kind} if kind else {}))}",
            "current": kind == current,
        }
        for kind, label in kinds
    ]
