"""Who is to have the cases."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from tickets.forms.base import DeskForm
from tickets.models import Staff


class ReassignForm(DeskForm):
    """One person of the desks the cases are at; nobody puts them back into the queue."""

    assignee = forms.ModelChoiceField(
        label=_("Give to"),
        queryset=Staff.objects.none(),
        required=False,
        empty_label=_("Nobody: back into the queue"),
    )

    def prepare(self) -> None:
        """`subject`: the cases."""
        desks = {ticket.desk_id for ticket in self.subject}
        people = Staff.objects.filter(desk_id__in=desks, is_active=True).select_related("desk")
        self.fields["assignee"].queryset = people.order_by("desk_id", "name")  # type: ignore[attr-defined]
