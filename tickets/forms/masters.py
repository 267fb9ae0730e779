"""Forms of the administrator: people and calendars."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.utils.translation import gettext_lazy as _

from tickets.forms.base import DeskForm, JstDateField, reason
from tickets.models import Calendar, Company, Desk, Holiday, Staff, Tier, Weekday


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
    """A person: who they are, and whether they may sign in."""

    name = forms.CharField(label=_("Name"), max_length=60)
    name_kana = forms.CharField(label=_("Kana"), max_length=60, required=False)
    email = forms.EmailField(label=_("Mail"), required=False)
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
    desk = forms.ModelChoiceField(label=_("Desk"), queryset=Desk.objects.all())
    tier = forms.TypedChoiceField(label=_("Rank"), choices=Tier.choices, coerce=int)
    field_order = ("login_id", "name", "name_kana", "email", "desk", "tier")

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


class PostingForm(DeskForm):
    """Another rank or desk from a day on."""

    from_on = JstDateField(
        label=_("In force from"), help_text=_("From 0:00 of that day; today at the earliest.")
    )
    desk = forms.ModelChoiceField(label=_("Desk"), queryset=Desk.objects.all())
    tier = forms.TypedChoiceField(label=_("Rank"), choices=Tier.choices, coerce=int)
    why = reason()


class CompanyNameForm(DeskForm):
    """Another name of a company."""

    name = forms.CharField(label=_("Name of the company"), max_length=100)


class CompanyForm(CompanyNameForm):
    """A partner, a carrier or an agency; there is one own company."""

    code = forms.SlugField(label=_("Code"), help_text=_("Latin letters, digits and hyphens; never changed."))
    kind = forms.ChoiceField(label=_("Kind"), choices=Company.Kind.choices)

    def clean_code(self) -> str:
        """Not another company's."""
        code: str = self.cleaned_data["code"]
        if Company.objects.filter(code=code).exists():
            raise forms.ValidationError(_("There is one with this code already."))
        return code


class DeskChangeForm(DeskForm):
    """A desk: what the customer's problem is, where they write, when it is open."""

    name_ja = forms.CharField(
        label=_("Name (Japanese)"),
        max_length=60,
        help_text=_("The customer's problem in their words, not a department."),
    )
    name_en = forms.CharField(label=_("Name (English)"), max_length=60)
    mailbox = forms.EmailField(
        label=_("Mailbox"), required=False, help_text=_("Where customers write to this desk.")
    )
    calendar = forms.ModelChoiceField(label=_("Calendar"), queryset=Calendar.objects.order_by("code"))

    def clean_mailbox(self) -> str:
        """Not another desk's."""
        mailbox: str = self.cleaned_data["mailbox"]
        taken = Desk.objects.filter(mailbox=mailbox).exclude(pk=self.subject.pk if self.subject else 0)
        if mailbox and taken.exists():
            raise forms.ValidationError(_("Another desk has this mailbox."))
        return mailbox


class NewDeskForm(DeskChangeForm):
    """A new desk: also whose it is."""

    code = forms.SlugField(label=_("Code"), help_text=_("Latin letters, digits and hyphens; never changed."))
    company = forms.ModelChoiceField(label=_("Company"), queryset=Company.objects.order_by("name"))
    kind = forms.ChoiceField(label=_("Kind"), choices=Desk.Kind.choices)

    def clean_code(self) -> str:
        """Not another desk's."""
        code: str = self.cleaned_data["code"]
        if Desk.objects.filter(code=code).exists():
            raise forms.ValidationError(_("There is one with this code already."))
        return code


class HolidayForm(DeskForm):
    """A public holiday that a law of the year has set."""

    on = JstDateField(label=_("Date"))
    name = forms.CharField(label=_("Name of the holiday"), max_length=60)

    def clean_on(self) -> dt.date:
        """Not one that is known."""
        on: dt.date = self.cleaned_data["on"]
        if Holiday.objects.filter(on=on).exists():
            raise forms.ValidationError(_("This holiday is known already."))
        return on


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
    name = forms.CharField(label=_("Name of the calendar"), max_length=60)
