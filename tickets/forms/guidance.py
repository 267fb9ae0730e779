"""Forms about knowledge: what a customer was told, new versions, doubts and corrections (A7)."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from tickets.forms.base import DeskForm, long_text, reason
from tickets.models import ArticleVersion, HarmCheck


class GiveGuidanceForm(DeskForm):
    """Which text the customer was told from."""

    article_version = forms.ModelChoiceField(
        label=_("Guidance, with its version"), queryset=ArticleVersion.objects.none()
    )
    text = long_text(
        _("What you said beyond it"),
        rows=2,
        required=False,
        help_text=_("Leave empty when you read the text."),
    )

    def prepare(self) -> None:
        """What is in force now."""
        live = ArticleVersion.objects.filter(status=ArticleVersion.Status.LIVE).order_by("title")
        self.fields["article_version"].queryset = live  # type: ignore[attr-defined]


class NewVersionForm(DeskForm):
    """The next version of an article; what stood before stays as it was."""

    title = forms.CharField(label=_("Title"), max_length=200)
    body = long_text(_("Text"), rows=10)
    basis_ref = forms.CharField(label=_("Basis"), max_length=200, required=False)


class CorrectForm(DeskForm):
    """The right text and the reason; it finds everyone who was told the wrong thing."""

    title = forms.CharField(label=_("Title"), max_length=200)
    body = long_text(_("The right text"), rows=8)
    basis_ref = forms.CharField(label=_("Basis"), max_length=200, required=False)
    reason = reason(_("What was wrong, and how it came about"))


class HarmCheckForm(DeskForm):
    """What the wrong guidance did to this customer."""

    outcome = forms.ChoiceField(
        label=_("Outcome"), choices=HarmCheck.Outcome.choices[1:], widget=forms.RadioSelect
    )
    finding = long_text(_("Finding"), rows=3)
