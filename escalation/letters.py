"""What the letters of this floor say: the template in force, filled in the customer's language."""

from __future__ import annotations

import datetime as dt
from string import Template

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from escalation.models import Delegation
from escalation.routing import Capacity
from tickets.dates import JST, day_of
from tickets.errors import Refused
from tickets.models import Customer, LetterTemplate, Staff, Tier


def render(code: str, customer: Customer, at: dt.datetime, facts: dict[str, object]) -> tuple[str, str]:
    """(subject, body) of the template `code` in force on the day of `at`, in the customer's language, else Japanese.

    `Refused` (B7) when the masters have no such text: a letter is never sent empty.
    """
    in_force = LetterTemplate.objects.filter(code=code, during__contains=day_of(at))
    found = in_force.filter(language=customer.language).first() or in_force.filter(language="ja").first()
    if found is None:
        raise Refused("B7", _("There is no text for this letter; an administrator must enter one."))
    return Template(found.subject).safe_substitute(facts), Template(found.body).safe_substitute(facts)


def address_of(customer: Customer) -> str:
    """Where a letter goes: the customer's mail, or the desk's own post room, which prints and posts it."""
    return customer.email or str(settings.DEFAULT_FROM_EMAIL)


def capacity_in_words(capacity: Capacity, language: str) -> str:
    """The tier, and for whom it is held by delegation: what the customer is told (B5)."""
    with translation.override(language):
        tier = str(Tier(capacity.tier).label)
        if capacity.delegation is None:
            return tier
        grantor = Delegation.objects.select_related("grantor").get(pk=capacity.delegation).grantor
        return _("%(tier)s, acting for %(grantor)s") % {"tier": tier, "grantor": grantor.name}


def signature(staff: Staff, capacity: Capacity, language: str) -> dict[str, object]:
    """Who writes, and as what."""
    return {"name": staff.name, "capacity": capacity_in_words(capacity, language)}


def japanese_day(at: dt.datetime) -> str:
    """The date in Japan, as letters write it."""
    return at.astimezone(JST).strftime("%Y-%m-%d")
