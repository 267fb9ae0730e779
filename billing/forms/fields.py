"""Fields that the forms of billing share: days within reason, yen, the customer's contacts."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext_lazy as _

from tickets.formats import datetime_text
from tickets.forms.base import JstDateField
from tickets.models import Contact, Customer, Staff, Ticket

EARLIEST, LATEST = dt.date(1985, 4, 1), dt.date(2099, 12, 31)
MOST_YEN = 999_999_999
RECENT = 30


def day(label: Any, **kwargs: Any) -> JstDateField:
    """A civil date in Japan that a contract can have."""
    return JstDateField(
        label=label, validators=[MinValueValidator(EARLIEST), MaxValueValidator(LATEST)], **kwargs
    )


def yen(label: Any, *, least: int = 0, **kwargs: Any) -> forms.IntegerField:
    """Whole yen."""
    return forms.IntegerField(label=label, min_value=least, max_value=MOST_YEN, **kwargs)


def pick(label: Any, **kwargs: Any) -> forms.ModelChoiceField[Any]:
    """A choice among rows that `prepare` narrows down to those of the subject."""
    return forms.ModelChoiceField(label=label, queryset=None, **kwargs)


class ContactChoice(forms.ModelChoiceField):  # type: ignore[type-arg]
    """A contact with its day, so that two of them can be told apart."""

    def label_from_instance(self, obj: Any) -> str:
        """Moment, way, who."""
        return f"{datetime_text(obj.started_at)} {obj.get_channel_display()} {obj.operator or ''}".strip()


def contacts_with(customer: Customer) -> ContactChoice:
    """The customer's latest contacts; left empty it is the call that runs now."""
    rows = Contact.objects.filter(customer=customer).select_related("operator")
    newest = rows.order_by("-started_at").values_list("pk", flat=True)[:RECENT]
    return ContactChoice(
        label=_("In which contact"),
        queryset=rows.filter(pk__in=list(newest)).order_by("-started_at"),
        required=False,
        empty_label=_("In this call"),
    )


def cases_of(customer: Customer, staff: Staff) -> forms.ModelChoiceField[Ticket]:
    """The customer's open cases, newest first, the first one chosen."""
    rows = Ticket.objects.visible_to(staff).open().filter(customer=customer).order_by("-pk")
    return forms.ModelChoiceField(label=_("Case"), queryset=rows, initial=rows.first(), empty_label=None)
