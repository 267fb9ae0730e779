"""The demand for a superior (上司を出してほしい): it cannot be refused, and only rises (B1-B5)."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField

from escalation.lifecycle import DEMAND, OPEN_DEMAND
from escalation.models.demand_rules import DEMAND_CONSTRAINTS, demand_triggers
from tickets.models.staff import Tier

if TYPE_CHECKING:
    from escalation.routing import Capacity, Place
    from tickets.models.staff import Staff


class Basis(models.TextChoices):
    """On what a decision stands. Internal procedure is no basis (A6)."""

    CONTRACT = "contract", _("Contract")
    LAW = "law", _("Law")
    POLICY = "policy", _("Published policy")


class DemandQuerySet(models.QuerySet["Demand"]):
    """The only door for pages, search, export, stream and print."""

    def visible_to(self, staff: Staff) -> Self:
        """As the ticket it is made on."""
        if not staff.is_partner:
            return self
        from tickets.models.tickets import Ticket

        return self.filter(ticket__in=Ticket.objects.visible_to(staff))

    def open(self) -> Self:
        """Not yet answered or withdrawn."""
        return self.filter(status__in=OPEN_DEMAND)


class Demand(models.Model):
    """A customer's demand to speak to someone above: verbatim words, the tier named, who has it and until when.

    `level` is the tier at which it stands now, at or above the one named; `rung` counts the deputies asked at the
    top. It ends answered by someone of that level, answered in writing after three attempts on three desk days,
    or withdrawn by the customer. It has one promise (superior_answer) that lives and ends with it.
    """

    class Status(models.TextChoices):
        REQUESTED = "requested", _("Requested")
        ASSIGNED = "assigned", _("With a superior")
        IN_REVIEW = "in_review", _("Accepted by a superior")
        DECIDED = "decided", _("Decided, to be told")
        ANSWERED = "answered", _("Answered in person")
        ANSWERED_IN_WRITING = "answered_in_writing", _("Answered in writing")
        WITHDRAWN = "withdrawn", _("Withdrawn by the customer")

    class Decision(models.TextChoices):
        YES = "yes", _("As asked")
        CHANGED = "changed", _("In another form")
        NO = "no", _("Cannot be granted")

    ticket = models.ForeignKey("tickets.Ticket", on_delete=models.PROTECT, related_name="demands")
    customer = models.ForeignKey("tickets.Customer", on_delete=models.PROTECT, related_name="demands")
    contact = models.ForeignKey("tickets.Contact", on_delete=models.PROTECT, related_name="demands")
    words = models.TextField()
    demanded_tier = models.PositiveSmallIntegerField(choices=Tier)
    demanded_at = models.DateTimeField()
    recorded_by = models.ForeignKey("tickets.Staff", on_delete=models.PROTECT, related_name="+")
    previous = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="following"
    )
    promise = models.OneToOneField("tickets.Promise", on_delete=models.PROTECT, related_name="demand")

    status = FSMField(default=Status.REQUESTED, choices=Status, protected=True, max_length=20)
    level = models.PositiveSmallIntegerField(choices=Tier)
    rung = models.PositiveSmallIntegerField(default=0)
    holder = models.ForeignKey(
        "tickets.Staff", null=True, blank=True, on_delete=models.PROTECT, related_name="demands_held"
    )
    holder_delegation = models.ForeignKey(
        "escalation.Delegation", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    due_at = models.DateTimeField()
    # Everyone at the top had been asked at this time; the alarm is repeated until somebody takes it.
    exhausted_at = models.DateTimeField(null=True, blank=True)

    accepted_by = models.ForeignKey(
        "tickets.Staff", null=True, blank=True, on_delete=models.PROTECT, related_name="demands_accepted"
    )
    accepted_tier = models.PositiveSmallIntegerField(choices=Tier, null=True, blank=True)
    accepted_delegation = models.ForeignKey(
        "escalation.Delegation", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    accepted_at = models.DateTimeField(null=True, blank=True)

    decision = models.CharField(max_length=8, choices=Decision, blank=True)
    reasons = models.TextField(blank=True)
    basis_kind = models.CharField(max_length=10, choices=Basis, blank=True)
    basis_ref = models.CharField(max_length=200, blank=True)
    remedies = models.TextField(blank=True)
    recourse = models.TextField(blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)

    answered_by = models.ForeignKey(
        "tickets.Staff", null=True, blank=True, on_delete=models.PROTECT, related_name="demands_answered"
    )
    answered_tier = models.PositiveSmallIntegerField(choices=Tier, null=True, blank=True)
    answered_delegation = models.ForeignKey(
        "escalation.Delegation", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    answered_at = models.DateTimeField(null=True, blank=True)
    # When the customer was told the answerer's tier, and 代行 where it is one (B5).
    tier_told_at = models.DateTimeField(null=True, blank=True)
    answered_contact = models.ForeignKey(
        "tickets.Contact", null=True, blank=True, on_delete=models.PROTECT, related_name="demands_answered"
    )
    letter = models.ForeignKey(
        "tickets.OutboxMessage", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    withdrawn_contact = models.ForeignKey(
        "tickets.Contact", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    withdrawn_words = models.TextField(blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[DemandQuerySet] = DemandQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = DEMAND_CONSTRAINTS
        indexes = [
            models.Index(fields=["due_at", "id"], name="demand_due", condition=Q(status__in=OPEN_DEMAND)),
            models.Index(
                fields=["holder", "due_at"], name="demand_held_by", condition=Q(status__in=OPEN_DEMAND)
            ),
            models.Index(
                fields=["level", "due_at", "id"], name="demand_at_level", condition=Q(status__in=OPEN_DEMAND)
            ),
            models.Index(fields=["customer"], name="demand_open_for", condition=Q(status__in=OPEN_DEMAND)),
            models.Index(fields=["demanded_at"], name="demand_at"),
            models.Index(fields=["answered_at"], name="demand_answered_at"),
            models.Index(fields=["withdrawn_at"], name="demand_withdrawn_at"),
        ]
        triggers = demand_triggers()

    def __str__(self) -> str:
        return f"#{self.pk} {self.get_demanded_tier_display()}"

    @property
    def is_open(self) -> bool:
        """Neither answered nor withdrawn."""
        return self.status in OPEN_DEMAND

    @DEMAND.step("assign")
    def assign(self, *, place: Place, due_at: dt.datetime) -> None:
        """The first holder: at the tier named, or above when nobody there can take it."""
        self._stand(place, due_at)

    @DEMAND.step("rise")
    def rise(self, *, place: Place, due_at: dt.datetime) -> None:
        """Up one tier, at the top to the next deputy; whoever had accepted no longer has it (B4)."""
        self._stand(place, due_at)
        self.accepted_by = self.accepted_delegation = None
        self.accepted_tier = self.accepted_at = None

    @DEMAND.step("hand_on")
    def hand_on(self, *, place: Place, due_at: dt.datetime) -> None:
        """The decision stands; telling it goes up."""
        self._stand(place, due_at)

    @DEMAND.step("accept")
    def accept(self, *, by_id: int, capacity: Capacity, at: dt.datetime) -> None:
        """Someone of sufficient tier takes it, the holder or not."""
        self.level = max(self.level, capacity.tier)
        self.holder_id = self.accepted_by_id = by_id
        self.holder_delegation_id = self.accepted_delegation_id = capacity.delegation
        self.accepted_tier = capacity.tier
        self.accepted_at = at

    @DEMAND.step("decide")
    def decide(
        self,
        *,
        decision: str,
        reasons: str,
        basis_kind: str,
        basis_ref: str,
        remedies: str,
        recourse: str,
        at: dt.datetime,
    ) -> None:
        """Yes, changed or no, with reasons and basis; where else to turn when it is not a yes."""
        self.decision, self.reasons = decision, reasons
        self.basis_kind, self.basis_ref = basis_kind, basis_ref
        self.remedies, self.recourse = remedies, recourse
        self.decided_at = at

    @DEMAND.step("answer")
    def answer(self, *, by_id: int, capacity: Capacity, contact_id: int, told_at: dt.datetime) -> None:
        """Told by voice, by someone who said as what they speak."""
        self._answered(by_id, capacity, told_at)
        self.answered_contact_id = contact_id

    @DEMAND.step("answer_in_writing")
    def answer_in_writing(self, *, by_id: int, capacity: Capacity, letter_id: int, at: dt.datetime) -> None:
        """Three attempts on three desk days failed: a letter that says who writes and as what."""
        self._answered(by_id, capacity, at)
        self.letter_id = letter_id

    @DEMAND.step("withdraw")
    def withdraw(self, *, contact_id: int, words: str, at: dt.datetime) -> None:
        """The customer no longer wants it, in their words."""
        self.withdrawn_contact_id = contact_id
        self.withdrawn_words = words
        self.withdrawn_at = at

    def _stand(self, place: Place, due_at: dt.datetime) -> None:
        self.level, self.rung = place.level, place.rung
        self.holder_id, self.holder_delegation_id = place.holder, place.delegation
        self.due_at = due_at
        self.exhausted_at = None

    def _answered(self, by_id: int, capacity: Capacity, at: dt.datetime) -> None:
        self.answered_by_id = by_id
        self.answered_tier = capacity.tier
        self.answered_delegation_id = capacity.delegation
        self.answered_at = self.tier_told_at = at
