"""Who may do what on the way up. Rank comes from the person or from a delegation that is valid at the moment."""

from __future__ import annotations

import datetime as dt

from django.utils.translation import gettext_lazy as _

from escalation import routing
from escalation.models import Demand
from escalation.queries.duty import acting, demand_facts
from escalation.routing import Capacity
from tickets.errors import NotAllowed
from tickets.models import Staff, Tier


def require_capacity(demand: Demand, actor: Staff, at: dt.datetime) -> Capacity:
    """As what `actor` may take or answer this demand now (routing.capacity), or `NotAllowed` (B2) with the reason."""
    facts = demand_facts(demand, at)
    found = routing.capacity(facts, actor.pk, actor.tier, demand.level)
    if found:
        return found
    if actor.pk in facts.excused:
        raise NotAllowed(
            "B2",
            _("You answered this customer before, or the complaint is about you; it is for somebody else."),
        )
    if actor.pk in facts.absent:
        raise NotAllowed("B3", _("You are recorded as absent."))
    raise NotAllowed("B2", _("This is for a %(tier)s or above.") % {"tier": Tier(demand.level).label})


def require_tier(actor: Staff, tier: int, at: dt.datetime, *, rule: str) -> Capacity:
    """The capacity in which `actor` stands at `tier` or above at `at`, by rank or delegation; else `NotAllowed`."""
    capacity = acting(actor, at, tier)
    if capacity.tier < tier:
        raise NotAllowed(rule, _("This is for a %(tier)s or above.") % {"tier": Tier(tier).label})
    return capacity


def require_administrator(actor: Staff, *, rule: str) -> None:
    """`NotAllowed` unless `actor` keeps the masters."""
    if not actor.is_administrator:
        raise NotAllowed(rule, _("This is for an administrator."))


def require_compliance(actor: Staff) -> None:
    """`NotAllowed` (B13) unless `actor` is compliance."""
    if not actor.is_compliance:
        raise NotAllowed("B13", _("This is for compliance."))
