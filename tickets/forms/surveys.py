"""The one form that customers fill in themselves."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

SCORES = [
    (5, _("5 (very satisfied)")),
    (4, "4"),
    (3, "3"),
    (2, "2"),
    (1, _("1 (not satisfied at all)")),
]


class SurveyForm(forms.Form):
    """How it was, from 1 to 5, and why."""

    score = forms.TypedChoiceField(
        label=_("How satisfied are you with how we dealt with it?"),
        choices=SCORES,
        widget=forms.RadioSelect,
        coerce=int,
    )
    comment = forms.CharField(
        label=_("What should we have done better?"),
        widget=forms.Textarea(attrs={"rows": 5}),
        required=False,
        max_length=2000,
    )
