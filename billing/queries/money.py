"""Screen-shaped reads of the money half: few queries, whatever the number of rows (C2, C4, C7-C9).

Each takes `staff` and shows only what `visible_to` lets them see. Lists are paged by key: `after` is the last row's id.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db.models import Count, Prefetch, Q, QuerySet, Sum

from billing.lifecycle import FALLEN
from billing.models import (
    Charge,
    Contract,
    Credit,
    FaultReview,
    Notice,
    OptionRegistration,
    OrderEvidence,
    RegistrationComparison,
    Sweep,
    Waiver,
)
from billing.order_fields import FieldPair
from billing.queries.comparison import fields_of
from tickets.models import Staff, Tier

PAGE = 50
OPEN_WAIVER = ("requested", "passed_up", "seconding")
OPEN_REVIEW = ("open", "seconding", "undetermined")


@dataclass(frozen=True)
class OptionComparison:
    """What the comparison screen shows: form | register | notice, and the comparisons made so far."""

    registration: OptionRegistration
    evidence: OrderEvidence | None
    pairs: list[FieldPair]
    notices: list[Notice]
    made: list[RegistrationComparison]

    @property
    def agrees(self) -> bool:
        """Whether form and register agree; without evidence they do not."""
        return self.evidence is not None and all(pair.matches for pair in self.pairs)


def option_comparison(
    registration_id: int, staff: Staff, *, evidence_id: int | None = None
) -> OptionComparison:
    """Form against register for one registration, with its notices beside them. Raises DoesNotExist when unseen."""
    registration = (
        OptionRegistration.objects.visible_to(staff)
        .select_related("contract__customer", "option", "registered_by", "verifier", "evidence")
        .get(pk=registration_id)
    )
    evidence = registration.evidence
    if evidence_id is not None:
        evidence = OrderEvidence.objects.get(pk=evidence_id, contract_id=registration.contract_id)
    made = registration.comparisons.select_related("compared_by").prefetch_related("rows").order_by("-id")
    return OptionComparison(
        registration=registration,
        evidence=evidence,
        pairs=fields_of(registration, evidence) if evidence else [],
        notices=list(registration.contract.notices.order_by("sent_at")),
        made=list(made),
    )


def contract_money(contract_id: int, staff: Staff) -> Contract:
    """A contract with its options, charges, what was told about them, and credits. Raises DoesNotExist when unseen."""
    charges = Charge.objects.select_related("registration__option").prefetch_related("told__told_by", "calls")
    registrations = OptionRegistration.objects.select_related("option", "registered_by", "verifier")
    return (
        Contract.objects.visible_to(staff)
        .select_related("customer", "product_version__product", "document_version")
        .prefetch_related(Prefetch("registrations", registrations))
        .prefetch_related(Prefetch("charges", charges.order_by("-period_from", "-id")))
        .prefetch_related(Prefetch("credits", Credit.objects.order_by("-id")))
        .prefetch_related("evidence", "notices")
        .get(pk=contract_id)
    )


def waiver_inbox(staff: Staff, *, after: int = 0, tier: int | None = None) -> QuerySet[Waiver]:
    """Waivers that wait for a decision at or below the tier of `staff`, oldest first, without their own requests.

    `tier` narrows to one tier. One query, one page.
    """
    waiting = Waiver.objects.visible_to(staff).filter(status__in=OPEN_WAIVER, pk__gt=after)
    waiting = waiting.filter(tier=tier) if tier is not None else waiting.filter(tier__lte=staff.tier)
    return (
        waiting.exclude(requested_by=staff)
        .select_related(
            "customer", "ticket", "charge__registration__option", "requested_by", "first_by", "promise"
        )
        .order_by("pk")[:PAGE]
    )


def review_queue(staff: Staff, *, after: int = 0) -> QuerySet[FaultReview]:
    """Undecided fault reviews that `staff` may still decide, oldest first. One query, one page."""
    return (
        FaultReview.objects.visible_to(staff)
        .filter(status__in=OPEN_REVIEW, pk__gt=after)
        .exclude(requested_by=staff)
        .select_related("ticket__customer", "charge", "registration__option", "line", "decided_by", "promise")
        .order_by("pk")[:PAGE]
    )


def open_sweeps(staff: Staff) -> QuerySet[Sweep]:
    """Sweeps still open, with how many suspects there are and how many were looked at."""
    return (
        Sweep.objects.visible_to(staff)
        .filter(status="open")
        .select_related("review__ticket__customer", "promise")
        .annotate(suspects=Count("items"), checked=Count("items", filter=~Q(items__outcome="")))
        .order_by("promise__due_at")
    )


@dataclass(frozen=True)
class WaiverSum:
    """Waivers of a period by who approved: how many, how much (manager dashboard, F)."""

    approver: str
    count: int
    yen: int


def waivers_by_approver(first: dt.datetime, until: dt.datetime) -> list[WaiverSum]:
    """Approved waivers decided in [first, until), yen with tax, the largest sum first."""
    rows = (
        Waiver.objects.filter(status="approved", decided_at__gte=first, decided_at__lt=until)
        .values("decided_by__name")
        .annotate(count=Count("pk"), yen=Sum("amount_yen"))
        .order_by("-yen")
    )
    return [WaiverSum(row["decided_by__name"], row["count"], row["yen"]) for row in rows]


@dataclass(frozen=True)
class FallenSum:
    """Charges that fell in a period, by cause (manager dashboard, F)."""

    cause: str
    count: int
    yen: int


def fallen_by_cause(first: dt.datetime, until: dt.datetime) -> list[FallenSum]:
    """Charges that fell in [first, until), yen with tax."""
    rows = (
        Charge.objects.filter(status__in=FALLEN, fallen_at__gte=first, fallen_at__lt=until)
        .values("fall_kind")
        .annotate(count=Count("pk"), yen=Sum("total_yen"))
        .order_by("fall_kind")
    )
    return [FallenSum(row["fall_kind"], row["count"], row["yen"]) for row in rows]


def can_decide_waivers(staff: Staff) -> bool:
    """Whether the inbox is of any use to `staff`: leaders and above of the own company."""
    return staff.tier >= Tier.LEADER and not staff.is_partner
