"""Forms of the administrator: people and calendars."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.utils.translation import gettext_lazy as _

from tickets.forms.base import DeskForm, JstDateField, reason
from tickets.models import Desk, Staff, Tier, Weekday


class MinuteField(forms.TimeField):
    """A time of the Japanese day as minutes; 24:00 is the end of the day."""

    widget = forms.TextInput(attrs={"inputmode": "numeric", "placeholder": "09:00"})

    def clean(self, value: Any) -> Any:
        """Minutes from 0 to 1440."""
        if str(value or "").strip() in {"24:00", "24"}:
            return 24 * 60
        time = super().clean(value)
        return None if time is None else _minutes(time)


def _minutes(time: dt.time) -> int:
    return time.hour * 60 + time.minute


class StaffForm(DeskForm):
    """A person: who, at which desk, of which rank."""

    name = forms.CharField(label=_("Name"), max_length=60)
    name_kana = forms.CharField(label=_("Kana"), max_length=60, required=False)
    email = forms.EmailField(label=_("Mail"), required=False)
    desk = forms.ModelChoiceField(label=_("Desk"), queryset=Desk.objects.all())
    tier = forms.TypedChoiceField(label=_("Rank"), choices=Tier.choices, coerce=int)
    is_administrator = forms.BooleanField(label=_("Administrator"), required=False)
    is_compliance = forms.BooleanField(label=_("Compliance"), required=False)
    is_active = forms.BooleanField(label=_("May sign in"), required=False, initial=True)
    password = forms.CharField(
        label=_("New password"),
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("Leave empty to keep the old one."),
    )

    def clean_password(self) -> str:
        """As strong as everybody's."""
        password: str = self.cleaned_data["password"]
        if password:
            validate_password(password)
        return password


class NewStaffForm(StaffForm):
    """Someone new: also the sign-in id, and a password."""

    login_id = forms.CharField(label=_("Sign-in ID"), max_length=60)
    field_order = ("login_id",)

    def prepare(self) -> None:
        """A password is needed, and whoever is new may sign in."""
        self.fields["password"].required = True
        self.fields["password"].help_text = ""
        del self.fields["is_active"]

    def clean_login_id(self) -> str:
        """Not somebody else's."""
        login_id: str = self.cleaned_data["login_id"]
        if Staff.objects.filter(login_id=login_id).exists():
            raise forms.ValidationError(_("Somebody has this sign-in ID already."))
        return login_id


class HoursForm(DeskForm):
    """One more range on some weekdays."""

    days = forms.TypedMultipleChoiceField(
        label=_("Days"), choices=Weekday.choices, coerce=int, widget=forms.CheckboxSelectMultiple
    )
    opens_minute = MinuteField(label=_("Opens"))
    closes_minute = MinuteField(label=_("Closes"))


class ExceptionForm(DeskForm):
    """A date that differs; empty times mean closed."""

    on = JstDateField(label=_("Date"))
    opens_minute = MinuteField(label=_("Opens"), required=False)
    closes_minute = MinuteField(label=_("Closes"), required=False)
    why = reason()


class CalendarForm(DeskForm):
    """A new calendar."""

    code = forms.SlugField(label=_("Code"))
    name = forms.CharField(label=_("Name"), max_length=60)
