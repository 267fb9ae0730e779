"""Forms of the texts of letters."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from tickets.forms.base import DeskForm, JstDateField, long_text


class LetterForm(DeskForm):
    """The next version of a letter."""

    subject_line = forms.CharField(label=_("Subject line"), max_length=200)
    body = long_text(_("Text"), rows=14)
    from_on = JstDateField(label=_("In force from"), help_text=_("Tomorrow at the earliest."))


class EndForm(DeskForm):
    """From when on it is in force no longer."""

    from_on = JstDateField(label=_("No longer in force from"))
