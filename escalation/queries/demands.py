"""Demands as the screens need them: to read aloud, to work on, to look back on (B1, B3, B5)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db.models import Prefetch, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import override

from escalation.models import Delegation, Demand, DemandAttempt, DemandPassage
from escalation.queries.duty import acting
from tickets.formats import short_text
from tickets.models import Staff, Tier


@dataclass(frozen=True, slots=True)
class ReadAloud:
    """What the operator tells the customer: who will answer, as what, and by when (B1, B5). `due_at` aware."""

    name: str
    tier: Tier
    acts_for: str
    due_at: dt.datetime

    @property
    def sentence(self) -> str:
        """One sentence in Japanese, whatever the reader's language: the customer is to hear it. Times in JST."""
        with override("ja"):
            return self._said()

    def _said(self) -> str:
        facts = {
            "name": self.name,
            "tier": str(self.tier.label),
            "grantor": self.acts_for,
            "by": short_text(self.due_at),
        }
        if not self.name:
            return _("Someone of the rank of %(tier)s will answer you by %(by)s.") % facts
        if self.acts_for:
            return _("%(name)s, acting as %(tier)s for %(grantor)s, will answer you by %(by)s.") % facts
        return _("%(name)s (%(tier)s) will answer you by %(by)s.") % facts


def read_aloud(demand: Demand) -> ReadAloud:
    """Who will answer this demand and by when. Two queries at most."""
    lent: Delegation | None = demand.holder_delegation
    return ReadAloud(
        name=demand.holder.name if demand.holder else "",
        tier=Tier(demand.level),
        acts_for=lent.grantor.name if lent else "",
        due_at=demand.due_at,
    )


def open_demands(staff: Staff) -> QuerySet[Demand]:
    """Open demands that `staff` may see, the most urgent first; rows for a list."""
    rows = Demand.objects.visible_to(staff).open()
    return rows.select_related(
        "ticket", "customer", "holder", "accepted_by", "holder_delegation__grantor"
    ).order_by("due_at", "pk")


def mine(staff: Staff, at: dt.datetime) -> QuerySet[Demand]:
    """Open demands that `staff` holds, or that stand at or below the tier they act at (the SV's tab)."""
    from django.db.models import Q

    tier = acting(staff, at).tier
    return open_demands(staff).filter(Q(holder=staff) | Q(level__lte=tier))


def of_ticket(ticket_id: int, staff: Staff) -> QuerySet[Demand]:
    """Every demand on a ticket with its way up and its attempts, the newest first. Three queries."""
    passages = DemandPassage.objects.select_related("from_holder", "to_holder", "actor").order_by("pk")
    attempts = DemandAttempt.objects.select_related("staff", "contact").order_by("desk_day")
    return (
        Demand.objects.visible_to(staff)
        .filter(ticket_id=ticket_id)
        .select_related("holder", "accepted_by", "answered_by", "holder_delegation__grantor")
        .prefetch_related(Prefetch("passages", passages), Prefetch("attempts", attempts))
        .order_by("-demanded_at", "-pk")
    )
