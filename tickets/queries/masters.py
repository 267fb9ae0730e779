"""The audit trail of a master row, and a person's postings."""

from __future__ import annotations

from django.db.models import Model, Q, QuerySet

from tickets.models import MasterAct, Staff, StaffPosting
from tickets.models.masters import subject_of

NEWEST = 30


def acts_on(row: Model) -> QuerySet[MasterAct]:
    """What administrators did to a row, newest first. One query."""
    return MasterAct.objects.filter(subject=subject_of(row)).select_related("actor").order_by("-pk")[:NEWEST]


def acts_on_kinds(*models: type[Model]) -> QuerySet[MasterAct]:
    """What was done to any row of these tables, newest first; those that have gone from their list included. One query."""
    wanted = Q()
    for model in models:
        wanted |= Q(subject__startswith=f"{model._meta.model_name}:")
    return MasterAct.objects.filter(wanted).select_related("actor").order_by("-pk")[:NEWEST]


def postings_of(staff: Staff) -> QuerySet[StaffPosting]:
    """Ranks and desks from day to day, newest first. One query."""
    return staff.postings.select_related("desk", "set_by").order_by("-from_on", "-pk")[:NEWEST]
