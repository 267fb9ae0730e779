"""A form that shows every kind of field."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _


class SampleForm(forms.Form):
    """Text, choice, date, several lines, yes or no."""

    words = forms.CharField(
        label=_("What the customer said"), widget=forms.Textarea, help_text=_("In their own words.")
    )
    number = forms.CharField(label=_("Number to call"), max_length=16)
    on = forms.DateField(label=_("Day"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    basis = forms.ChoiceField(
        label=_("Basis"), choices=[("contract", _("Contract")), ("law", _("Law")), ("policy", _("Policy"))]
    )
    verdict = forms.ChoiceField(
        label=_("Answer"),
        choices=[("yes", _("Yes")), ("no", _("No")), ("with_changes", _("Yes, with changes"))],
        widget=forms.RadioSelect,
    )
    told = forms.BooleanField(label=_("The customer was told"), required=False)
