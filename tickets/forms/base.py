"""The form every deed starts from: it knows what it is about, who fills it in, and the moment."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tickets.dates import JST
from tickets.models import Contact, Staff

REASON = _("Reason")


class DeskForm(forms.Form):
    """A form about `subject`, filled in by `staff` at `at`; subclasses narrow their choices in `prepare`."""

    use_required_attribute = False

    def __init__(
        self,
        *args: Any,
        subject: Any = None,
        staff: Staff | None = None,
        at: dt.datetime | None = None,
        **kw: Any,
    ) -> None:
        super().__init__(*args, **kw)
        self.subject = subject
        self.staff = staff
        self.at = at
        self.prepare()

    def prepare(self) -> None:
        """Narrow choices to what fits the subject."""


class JstMomentWidget(forms.SplitDateTimeWidget):
    """Two fields under one name, and a name for each."""

    use_fieldset = True


class JstMomentField(forms.SplitDateTimeField):
    """A date and a time of the Japanese wall clock, entered as two fields; vague times cannot be entered (D2)."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault(
            "widget",
            JstMomentWidget(
                date_attrs={"type": "date", "aria-label": _("Date")},  # type: ignore[dict-item]
                time_attrs={"type": "time", "aria-label": _("Time")},  # type: ignore[dict-item]
                date_format="%Y-%m-%d",
                time_format="%H:%M",
            ),
        )
        super().__init__(**kwargs)

    def compress(self, data_list: Any) -> dt.datetime | None:
        """An aware moment in JST, whatever time zone the process runs in."""
        if not data_list or data_list[0] in self.empty_values or data_list[1] in self.empty_values:
            return None
        return dt.datetime.combine(data_list[0], data_list[1], tzinfo=JST)


class JstDateField(forms.DateField):
    """A civil date in Japan."""

    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


def long_text(label: Any, *, rows: int = 4, required: bool = True, help_text: Any = "") -> forms.CharField:
    """A text of several lines."""
    return forms.CharField(
        label=label, widget=forms.Textarea(attrs={"rows": rows}), required=required, help_text=help_text
    )


def reason(label: Any = REASON) -> forms.CharField:
    """A reason in one line; never empty."""
    return forms.CharField(label=label, max_length=300)


def contacts_of(ticket_id: int, *, required: bool = True) -> forms.ModelChoiceField[Contact]:
    """A choice among the contacts of a case, newest first."""
    return forms.ModelChoiceField(
        label=_("In which contact"),
        queryset=Contact.objects.filter(ticket_id=ticket_id).order_by("-started_at", "-pk"),
        required=required,
    )
