"""Forms about complaints and remedies (A5, A11)."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from tickets.forms.base import DeskForm, JstDateField, contacts_of, long_text, reason
from tickets.models import Complaint, Remedy, Staff


class VoiceForm(DeskForm):
    """Dissatisfaction in the customer's words."""

    words = long_text(_("The customer's words"), rows=3)
    remedy_sought = long_text(_("What the customer wants"), rows=2, required=False)


class DecideForm(DeskForm):
    """The decision with its reasons."""

    decision = forms.ChoiceField(
        label=_("Decision"), choices=Complaint.Decision.choices, widget=forms.RadioSelect
    )
    reasons = long_text(_("Reasons"))
    basis = forms.CharField(label=_("Basis"), max_length=200)
    prevention = long_text(_("What keeps it from happening again"), rows=2, required=False)


class DeliverForm(DeskForm):
    """In which contact the customer was told."""

    def prepare(self) -> None:
        """The contacts of the case."""
        self.fields["contact"] = contacts_of(self.subject.ticket_id)


class ProposeRemedyForm(DeskForm):
    """A thing with an owner and a date."""

    kind = forms.ChoiceField(label=_("Remedy"), choices=Remedy.Kind.choices)
    what = reason(_("What exactly"))
    owner = forms.ModelChoiceField(label=_("Owner"), queryset=Staff.objects.none())
    due_on = JstDateField(label=_("By when"))

    def prepare(self) -> None:
        """Anyone at the desk may own it; oneself first."""
        people = Staff.objects.filter(is_active=True, desk_id=self.subject.desk_id).order_by("name")
        self.fields["owner"].queryset = people  # type: ignore[attr-defined]
        if self.staff:
            self.initial.setdefault("owner", self.staff.pk)


class MisfitForm(DeskForm):
    """Why it does not fit the customer's situation."""

    reason = reason(_("Why it does not fit"))
