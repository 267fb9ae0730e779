"""Forms about contacts, callbacks and hand-overs (A1-A4, A10)."""

from __future__ import annotations

import datetime as dt

from django import forms
from django.utils.translation import gettext_lazy as _

from tickets.forms.base import DeskForm, JstDateField, JstMomentField, long_text, reason
from tickets.models import CallAttempt, Contact, Desk
from tickets.search import dialable


class NumberField(forms.CharField):
    """A telephone number in any spelling; E.164 when clean."""

    def clean(self, value: object) -> str:
        """０５０−, +81 and hyphens are all taken."""
        text = super().clean(value)
        if not text:
            return ""
        number = dialable(text)
        if number is None:
            raise forms.ValidationError(_("This is not a telephone number."))
        return number


class LogContactForm(DeskForm):
    """A contact that is over."""

    channel = forms.ChoiceField(label=_("Channel"), choices=Contact.Channel.choices)
    direction = forms.ChoiceField(
        label=_("Direction"), choices=Contact.Direction.choices, widget=forms.RadioSelect, initial="in"
    )
    result = forms.ChoiceField(label=_("Result"), choices=Contact.Result.choices)
    number = NumberField(label=_("Telephone number"), required=False)
    summary = long_text(_("What was said"))


class EndCallForm(DeskForm):
    """Result code and summary of the call (後処理), and what is done next."""

    ON_THE_CASE = (
        ("callback", _("Promise a callback")),
        ("transfer", _("Hand over to another desk")),
        ("wait", _("Wait for the customer")),
        ("resolve", _("Resolve")),
    )
    WITHOUT_A_CASE = (("open_ticket", _("Open a ticket")),)

    result = forms.ChoiceField(label=_("Result"), choices=Contact.Result.choices, initial="answered")
    summary = long_text(_("What was said"))
    next_step = forms.ChoiceField(label=_("Next step"), required=False, widget=forms.RadioSelect)

    def prepare(self) -> None:
        """The steps of the case the call is about; a call about none can become one."""
        ticket = self.subject.ticket
        steps = self.WITHOUT_A_CASE if ticket is None else self.ON_THE_CASE if ticket.is_open else ()
        self.fields["next_step"].choices = [("", _("Nothing more")), *steps]  # type: ignore[attr-defined]


class WindowForm(DeskForm):
    """The window and number agreed with the customer."""

    number = NumberField(label=_("Number to call"), required=False)
    window_from = JstMomentField(label=_("Not before"))
    window_until = JstMomentField(label=_("Not after"))

    def clean(self) -> dict[str, object]:
        """The window runs forward."""
        data = super().clean() or {}
        start, end = data.get("window_from"), data.get("window_until")
        if isinstance(start, dt.datetime) and isinstance(end, dt.datetime) and end <= start:
            self.add_error("window_until", _("The window must end after it begins."))
        return data


class CallbackForm(WindowForm):
    """A callback: what for, when, on which number (A10)."""

    purpose = reason(_("What the call is about"))
    field_order = ("purpose", "number", "window_from", "window_until")


class MoveForm(WindowForm):
    """A new window that the customer agreed to."""

    reason = reason()


class AttemptForm(DeskForm):
    """A call that reached nobody."""

    result = forms.ChoiceField(
        label=_("Result"), choices=CallAttempt.Result.choices, widget=forms.RadioSelect
    )
    summary = long_text(_("Message left, or what was heard"), rows=2, required=False)


class KeepForm(DeskForm):
    """How a promise was kept."""

    note = long_text(_("How it was kept"), rows=2)


class TransferForm(DeskForm):
    """The desk that is needed, and what it must know (A3)."""

    to_desk = forms.ModelChoiceField(label=_("Desk"), queryset=Desk.objects.none())
    context = long_text(
        _("What the next desk must know"),
        help_text=_("Who, what happened, what was promised, what the customer must not be asked again."),
    )

    def prepare(self) -> None:
        """Every desk that answers customers but the one that has it."""
        kinds = (Desk.Kind.CUSTOMER, Desk.Kind.TECHNICAL)
        desks = Desk.objects.filter(kind__in=kinds).exclude(pk=self.subject.desk_id)
        self.fields["to_desk"].queryset = desks  # type: ignore[attr-defined]


class SymptomForm(DeskForm):
    """What the customer sees at the line's end (A15)."""

    text = long_text(_("In the customer's words"), rows=3)
    lamps = forms.CharField(label=_("Lamps"), max_length=200, required=False)
    since = JstMomentField(label=_("Since when"), required=False)


class PublicPostForm(DeskForm):
    """Something the customer wrote in public, as information (A15)."""

    url = forms.URLField(label=_("Web address"), assume_scheme="https")
    excerpt = long_text(_("Excerpt"), rows=3, required=False)
    posted_on = JstDateField(label=_("Posted on"), required=False)
