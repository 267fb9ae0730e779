"""Forms of the call from ring to close."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from tickets.forms.base import DeskForm, long_text
from tickets.models import Ticket


class EnquiryForm(DeskForm):
    """A plain enquiry: what it was about, what was asked and answered."""

    subject = forms.CharField(label=_("Subject"), max_length=200)
    summary = long_text(_("What was asked and what was answered"))
    kind = forms.ChoiceField(label=_("Kind"), choices=Ticket.Kind.choices, initial=Ticket.Kind.ENQUIRY)


class CallerForm(DeskForm):
    """A caller whom we do not know yet."""

    name = forms.CharField(label=_("Name"), max_length=100)
    name_kana = forms.CharField(label=_("Kana"), max_length=100)
