"""Forms about a case as a whole."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from tickets.forms.base import DeskForm, contacts_of, long_text, reason
from tickets.models import Desk, Staff, Ticket
from tickets.queries.kept import kept


class DeskField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """Any desk that answers customers. The chosen one is found among all of them, which are few, by kept SQL."""

    def __init__(self, **kw: Any) -> None:
        super().__init__(queryset=_answering_customers(), **kw)

    def to_python(self, value: Any) -> Desk | None:
        """The desk with this id."""
        if value in self.empty_values:
            return None
        for desk in _desks():
            if str(desk.pk) == str(value):
                return desk
        raise forms.ValidationError(
            self.error_messages["invalid_choice"], code="invalid_choice", params={"value": value}
        )


def _answering_customers() -> QuerySet[Desk]:
    return Desk.objects.filter(kind__in=(Desk.Kind.CUSTOMER, Desk.Kind.TECHNICAL))


_desks = kept(_answering_customers)


class NewTicketForm(DeskForm):
    """A case of any kind at any desk (A16)."""

    kind = forms.ChoiceField(label=_("Kind"), choices=Ticket.Kind.choices)
    subject = forms.CharField(label=_("Subject"), max_length=200)
    priority = forms.TypedChoiceField(
        label=_("Priority"), choices=Ticket.Priority.choices, coerce=int, initial=Ticket.Priority.P3
    )
    desk = DeskField(label=_("Desk"))

    def prepare(self) -> None:
        """One's own desk first."""
        if self.staff:
            self.initial.setdefault("desk", self.staff.desk_id)


class AssignForm(DeskForm):
    """Whose case it is."""

    assignee = forms.ModelChoiceField(label=_("Assignee"), queryset=Staff.objects.none(), required=False)

    def prepare(self) -> None:
        """People at the case's own desk."""
        people = Staff.objects.filter(desk_id=self.subject.desk_id, is_active=True).order_by("name")
        self.fields["assignee"].queryset = people  # type: ignore[attr-defined]


class WaitForm(DeskForm):
    """What it waits for, in words that every screen shows."""

    what = reason(_("What it waits for"))


class PriorityForm(DeskForm):
    """P1 to P4."""

    priority = forms.TypedChoiceField(label=_("Priority"), choices=Ticket.Priority.choices, coerce=int)


class NoteForm(DeskForm):
    """A handover note (申し送り)."""

    text = long_text(_("Handover note"))


class ResolveForm(DeskForm):
    """How it was resolved."""

    resolution = long_text(_("How it was resolved"))


class CloseForm(DeskForm):
    """The contact in which the customer confirmed it, or none after a proven notice (A13)."""

    def prepare(self) -> None:
        """The contacts of the case."""
        self.fields["contact"] = contacts_of(self.subject.pk, required=False)
        self.fields["contact"].help_text = _("Leave empty when the notice's ten business days are over.")


class NoticeForm(DeskForm):
    """The mail that says when the case will be closed."""

    subject = forms.CharField(label=_("Subject"), max_length=200)
    body = long_text(_("Text"), rows=8)


class WithdrawForm(DeskForm):
    """In which contact, and in the customer's words."""

    words = long_text(_("The customer's words"), rows=2)

    def prepare(self) -> None:
        """The contacts of the case."""
        self.fields["contact"] = contacts_of(self.subject.pk)


class ReasonForm(DeskForm):
    """Only a reason."""

    reason = reason()
