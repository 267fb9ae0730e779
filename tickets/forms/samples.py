"""Drawing a sample of records, and marking one."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tickets.forms.base import DeskForm, JstDateField, long_text
from tickets.models import Desk, RecordMark


class DrawForm(DeskForm):
    """From which desk and days, and how many."""

    desk = forms.ModelChoiceField(
        label=_("Desk"), queryset=Desk.objects.exclude(kind="carrier").order_by("code")
    )
    first_on = JstDateField(label=pgettext_lazy("period", "From"))
    last_on = JstDateField(label=_("Until (inclusive)"))
    size = forms.IntegerField(label=_("How many"), min_value=1, max_value=50, initial=10)
    seed = forms.CharField(
        label=_("Seed"), max_length=32, required=False,
        help_text=_("Leave it empty. The seed of an earlier sample draws the same records again."),
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        """The last day is not before the first."""
        data = super().clean() or {}
        if data.get("first_on") and data.get("last_on") and data["last_on"] < data["first_on"]:
            self.add_error("last_on", _("The last day lies before the first."))
        return data


class MarkForm(DeskForm):
    """Good, or to improve with a note."""

    verdict = forms.ChoiceField(
        label=_("How was it"), choices=RecordMark.Verdict.choices, widget=forms.RadioSelect
    )
    note = long_text(
        _("Note for coaching"),
        required=False,
        help_text=_("What to do differently; needed when it is to improve."),
    )

    def clean(self) -> dict[str, Any]:
        """To improve says how."""
        data = super().clean() or {}
        if data.get("verdict") == RecordMark.Verdict.IMPROVE and not data.get("note", "").strip():
            self.add_error("note", _("Say what to do differently."))
        return data
