"""Forms of the way up (B1-B7). None of them has a field in which a demand could be refused."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from escalation.models import Basis, Demand, DemandConflict, ExceptionOption
from tickets.forms.base import DeskForm, contacts_of, long_text, reason
from tickets.models import Staff, Tier

SUPERIORS = [(tier.value, tier.label) for tier in Tier if tier > Tier.OPERATOR]


class DemandForm(DeskForm):
    """The customer's words and the rank they name; without one, the next above."""

    words = long_text(_("The customer's words"), rows=2)
    tier = forms.TypedChoiceField(
        label=_("The rank they ask for"),
        choices=[("", _("No particular rank")), *SUPERIORS],
        required=False,
        coerce=int,
        empty_value=None,
    )


class DecideForm(DeskForm):
    """Yes, changed or no; with reasons, basis, remedies, and where else the customer can turn."""

    decision = forms.ChoiceField(
        label=_("Decision"), choices=Demand.Decision.choices, widget=forms.RadioSelect
    )
    reasons = long_text(_("Reasons"), rows=3)
    basis_kind = forms.ChoiceField(label=_("Basis"), choices=Basis.choices)
    basis_ref = reason(_("Which clause, article or policy version"))
    remedies = long_text(_("What will be done"), rows=2, required=False)
    recourse = long_text(_("Where else the customer can turn"), rows=2, required=False)


class ContactForm(DeskForm):
    """In which contact of the case."""

    def prepare(self) -> None:
        """The contacts of the case."""
        self.fields["contact"] = contacts_of(self.subject.ticket_id)


class DeliverForm(ContactForm):
    """In which conversation the answer was given, and that the customer heard in what capacity."""

    tier_told = forms.BooleanField(label=_("I told the customer my rank, and for whom I act"))


class WordsForm(ContactForm):
    """The customer's own words, in which contact."""

    words = long_text(_("The customer's words"), rows=2)


class RiseForm(DeskForm):
    """A note for whoever comes next."""

    note = forms.CharField(label=_("Note for whoever comes next"), max_length=300, required=False)


class ConflictForm(DeskForm):
    """Who must not answer, and why."""

    staff = forms.ModelChoiceField(  # type: ignore[assignment]
        label=_("Person"), queryset=Staff.objects.none()
    )
    why = forms.ChoiceField(label=_("Reason"), choices=DemandConflict.Why.choices)
    note = forms.CharField(label=_("Note"), max_length=300, required=False)

    def prepare(self) -> None:
        """Anyone who could be asked to answer."""
        people = Staff.objects.filter(is_active=True, tier__gte=Tier.LEADER).order_by("name")
        self.fields["staff"].queryset = people  # type: ignore[attr-defined]


class FinalAnswerForm(DeskForm):
    """The company's final answer, in writing (A9)."""

    text = long_text(_("The answer"), rows=6)
    reasons = long_text(_("Reasons"), rows=4)
    basis_kind = forms.ChoiceField(label=_("Basis"), choices=Basis.choices)
    basis_ref = reason(_("Which clause, article or policy version"))
    recourse = long_text(_("Where else the customer can turn"), rows=3)


class ExceptionForm(DeskForm):
    """What the manual does not provide for, and up to three ways to deal with it (B6)."""

    situation = long_text(_("Situation, and why the manual does not fit"), rows=4)
    option_1 = reason(_("Option 1"))
    yen_1 = forms.IntegerField(label=_("Cost in yen"), min_value=0, initial=0)
    option_2 = forms.CharField(label=_("Option 2"), max_length=200, required=False)
    yen_2 = forms.IntegerField(label=_("Cost in yen"), min_value=0, initial=0, required=False)
    option_3 = forms.CharField(label=_("Option 3"), max_length=200, required=False)
    yen_3 = forms.IntegerField(label=_("Cost in yen"), min_value=0, initial=0, required=False)

    @property
    def options(self) -> list[tuple[str, int]]:
        """The options that were filled in."""
        data: dict[str, Any] = self.cleaned_data
        return [(data[f"option_{n}"], data[f"yen_{n}"] or 0) for n in (1, 2, 3) if data[f"option_{n}"]]

    def clean(self) -> dict[str, Any]:
        """The options as the service takes them."""
        data = super().clean() or {}
        if not self.errors:
            data["options"] = self.options
        return data


class ApproveForm(DeskForm):
    """Which option, and why."""

    option: forms.ModelChoiceField[ExceptionOption] = forms.ModelChoiceField(
        label=_("Option"), queryset=None, widget=forms.RadioSelect
    )
    reasons = long_text(_("Reasons"), rows=2)

    def prepare(self) -> None:
        """Those of the request."""
        self.fields["option"].queryset = self.subject.options.order_by("pk")  # type: ignore[attr-defined]


class DeclineForm(DeskForm):
    """Why not, on what basis."""

    reasons = long_text(_("Reasons"), rows=3)
    basis_kind = forms.ChoiceField(label=_("Basis"), choices=Basis.choices)
    basis_ref = reason(_("Which clause, article or policy version"))
