"""Forms of the roster, of delegations and of limits (B3, B5, B6)."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from escalation.models import Decision, RosterPeriod
from tickets.forms.base import DeskForm, JstDateField, JstMomentField, reason
from tickets.models import Staff, Tier

RANKS = [(tier.value, tier.label) for tier in Tier if tier > Tier.OPERATOR]


class PeriodForm(DeskForm):
    """From when to when; ends are exclusive."""

    name = forms.CharField(label=pgettext_lazy("of a roster", "Name"), max_length=60)
    begins = JstMomentField(label=_("Begins"))
    ends = JstMomentField(label=_("Ends"))


class ShiftForm(DeskForm):
    """Who is on duty, as what, from when to when."""

    tier = forms.TypedChoiceField(label=_("Rank"), choices=RANKS, coerce=int)
    staff = forms.ModelChoiceField(  # type: ignore[assignment]
        label=_("Person"), queryset=Staff.objects.none()
    )
    position = forms.IntegerField(
        label=_("Place"),
        min_value=1,
        max_value=9,
        initial=1,
        help_text=_("1 first on duty, 2 and on deputies"),
    )
    begins = JstMomentField(label=_("Begins"))
    ends = JstMomentField(label=_("Ends"))

    def prepare(self) -> None:
        """Leaders and above; the whole period unless said otherwise."""
        people = Staff.objects.filter(is_active=True, tier__gte=Tier.LEADER).order_by("-tier", "name")
        self.fields["staff"].queryset = people  # type: ignore[attr-defined]
        if isinstance(self.subject, RosterPeriod):
            self.initial.setdefault("begins", self.subject.during.lower)
            self.initial.setdefault("ends", self.subject.during.upper)


class DelegationForm(DeskForm):
    """Who acts for whom, as what, from when to when, why."""

    grantor = forms.ModelChoiceField(label=_("For whom"), queryset=Staff.objects.none())
    delegate = forms.ModelChoiceField(label=_("Who acts"), queryset=Staff.objects.none())
    tier = forms.TypedChoiceField(label=_("As"), choices=RANKS, coerce=int)
    begins = JstMomentField(label=_("Begins"))
    ends = JstMomentField(label=_("Ends"))
    reason = reason()

    def prepare(self) -> None:
        """Leaders and above."""
        people = Staff.objects.filter(is_active=True, tier__gte=Tier.LEADER).order_by("-tier", "name")
        for name in ("grantor", "delegate"):
            self.fields[name].queryset = people  # type: ignore[attr-defined]


class AbsenceForm(DeskForm):
    """Who is away, and whether it came suddenly."""

    staff = forms.ModelChoiceField(  # type: ignore[assignment]
        label=_("Person"), queryset=Staff.objects.none()
    )
    begins = JstMomentField(label=_("Begins"))
    ends = JstMomentField(label=_("Ends"))
    sudden = forms.BooleanField(label=_("It came suddenly (illness)"), required=False)

    def prepare(self) -> None:
        """Leaders and above."""
        people = Staff.objects.filter(is_active=True, tier__gte=Tier.LEADER).order_by("-tier", "name")
        self.fields["staff"].queryset = people  # type: ignore[attr-defined]


class EndForm(DeskForm):
    """Why it ends earlier than was said."""

    why = reason()


class LimitForm(DeskForm):
    """One cell of the authority matrix from a date on."""

    decision = forms.ChoiceField(label=_("Decision"), choices=Decision.choices)
    tier = forms.TypedChoiceField(label=_("Rank"), choices=Tier.choices, coerce=int)
    allowed = forms.BooleanField(label=_("May decide"), required=False, initial=True)
    limit_yen = forms.IntegerField(
        label=_("Limit in yen"), min_value=0, required=False, help_text=_("Empty: no limit.")
    )
    yearly_limit_yen = forms.IntegerField(
        label=_("Limit in yen per customer and year"), min_value=0, required=False
    )
    two_person_over_yen = forms.IntegerField(label=_("Two people over (yen)"), min_value=0, required=False)
    always_two = forms.BooleanField(label=_("Always two people"), required=False)
    from_on = JstDateField(label=_("In force from"))
    why = reason()


class ClockForm(DeskForm):
    """How long a holder of a rank has."""

    tier = forms.TypedChoiceField(label=_("Rank"), choices=RANKS, coerce=int)
    minutes = forms.IntegerField(label=_("Minutes of opening hours"), min_value=1)
    from_on = JstDateField(label=_("In force from"))
    why = reason()
