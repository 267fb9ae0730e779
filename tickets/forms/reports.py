"""The period and the desk of a report: any two JST dates, both inclusive, and any desk."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tickets.forms.base import JstDateField
from tickets.models import Desk, Staff
from tickets.reports import Scope, presets

# Five years: what is older is in the archive, and a figure over more says nothing.
MOST_DAYS = 5 * 366


class PeriodForm(forms.Form):
    """A GET form; without dates it is this month."""

    use_required_attribute = False
    first = JstDateField(label=pgettext_lazy("period", "From"))
    last = JstDateField(label=_("Until (inclusive)"))
    desk = forms.ModelChoiceField(
        label=_("Desk"), queryset=Desk.objects.none(), required=False, empty_label=_("All desks")
    )

    def __init__(self, data: Mapping[str, Any], *, today: dt.date, staff: Staff) -> None:
        first, last = presets(today)["month"]
        given = {
            "first": data.get("first") or first,
            "last": data.get("last") or last,
            "desk": data.get("desk", ""),
        }
        super().__init__(given)
        desk = self.fields["desk"]
        assert isinstance(desk, forms.ModelChoiceField)
        rows = Desk.objects.exclude(kind=Desk.Kind.CARRIER).order_by("code")
        desk.queryset = rows.filter(company_id=staff.desk.company_id) if staff.is_partner else rows

    def clean(self) -> dict[str, Any]:
        """The last day is not before the first, and not years after it."""
        data = super().clean() or {}
        first, last = data.get("first"), data.get("last")
        if first and last and last < first:
            self.add_error("last", _("The last day lies before the first."))
        elif first and last and (last - first).days > MOST_DAYS:
            self.add_error("last", _("Ask for five years at most."))
        return data

    def scope(self, *, staff: Staff, at: dt.datetime) -> Scope:
        """What was asked for; only when valid."""
        desk = self.cleaned_data["desk"]
        return Scope(
            first=self.cleaned_data["first"], last=self.cleaned_data["last"], staff=staff, at=at,
            desk_id=desk.pk if desk else None,
        )  # fmt: skip
