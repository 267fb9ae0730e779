"""Decisions outside the manual (例外処理): asked for with options, decided by someone with the authority (B6)."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, ClassVar, Self

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField

from escalation.lifecycle import EXCEPTION
from escalation.models.authority import Decision
from escalation.models.demands import Basis
from escalation.sql import promise_fits, promise_outlives, stands_at
from tickets.models.staff import Tier
from tickets.rules import FirmTrigger, FixedFields, NeverDeleted, Rule

if TYPE_CHECKING:
    from escalation.routing import Capacity, Place
    from tickets.models.staff import Staff

OPEN_EXCEPTION = ("requested", "seconded")
ENDED_EXCEPTION = ("approved", "declined", "withdrawn")

# The cell of the authority matrix that holds on the day of the decision.
CELL = (
    "SELECT l.* INTO cell FROM escalation_authoritylimit l WHERE l.decision = NEW.decision AND l.tier = NEW.decided_tier "
    "AND l.during @> (NEW.decided_at AT TIME ZONE 'Asia/Tokyo')::date;"
)


_TRIGGERS: list[FirmTrigger] = [
    *EXCEPTION.triggers(),
    NeverDeleted(rule="B6", what="a request for an exception"),
    FixedFields(
        rule="B6",
        name="exception_fixed",
        what="a request for an exception",
        fields=("customer", "decision", "situation", "asked_by", "asked_at", "promise"),
    ),
    promise_fits(rule="B6", name="exception", what="a request for an exception", kind="exception_decision"),
    promise_outlives(rule="B6", name="exception", what="the request for an exception", ended=ENDED_EXCEPTION),
    Rule(
        rule="B6",
        name="exception_never_sinks",
        says="a request for an exception only rises",
        operation=pgtrigger.Update,
        refuse_if="(NEW.level, NEW.rung) < (OLD.level, OLD.rung)",
    ),
    Rule(
        rule="B6",
        name="decider_stands_there",
        says="the decider of an exception stands at the tier named, or by a delegation valid then",
        operation=pgtrigger.Update,
        condition=pgtrigger.Condition("NEW.status IN ('approved', 'declined')"),
        refuse_if="NOT "
        + stands_at("NEW.decided_by_id", "NEW.decided_tier", "NEW.decided_at", "NEW.decided_delegation_id"),
    ),
    Rule(
        rule="B6",
        name="within_authority",
        says="tier % may not decide % over % yen alone or at all",
        details=("NEW.decided_tier", "NEW.decision", "NEW.yen"),
        operation=pgtrigger.Update,
        condition=pgtrigger.Condition("NEW.status IN ('approved', 'declined')"),
        declare=[("cell", "escalation_authoritylimit%ROWTYPE")],
        before_asking=CELL,
        refuse_if=(
            "NOT FOUND OR NOT cell.allowed OR coalesce(NEW.yen > cell.limit_yen, false) "
            "OR (NEW.status = 'approved' AND NEW.seconded_by_id IS NULL AND (cell.always_two "
            "OR coalesce(NEW.yen > cell.two_person_over_yen, false)))"
        ),
    ),
    Rule(
        rule="B6",
        name="second_of_sv_or_above",
        says="the second person of an exception is of SV rank or above",
        operation=pgtrigger.Update,
        refuse_if=(
            "NEW.seconded_by_id IS NOT NULL AND (SELECT s.tier FROM tickets_staff s "
            "WHERE s.id = NEW.seconded_by_id) < 3"
        ),
    ),
    Rule(
        rule="B6",
        name="chosen_from_its_options",
        says="an approval chooses one of the options of the request",
        operation=pgtrigger.Update,
        refuse_if=(
            "NEW.status = 'approved' AND NOT EXISTS (SELECT 1 FROM escalation_exceptionoption o "
            "WHERE o.id = NEW.chosen_id AND o.request_id = NEW.id AND o.yen <= NEW.yen)"
        ),
    ),
]


class ExceptionQuerySet(models.QuerySet["ExceptionRequest"]):
    """The only door for pages, search, export and print."""

    def visible_to(self, staff: Staff) -> Self:
        """As the ticket."""
        if not staff.is_partner:
            return self
        from tickets.models.tickets import Ticket

        return self.filter(ticket__in=Ticket.objects.visible_to(staff))

    def open(self) -> Self:
        """Not yet decided."""
        return self.filter(status__in=OPEN_EXCEPTION)


class ExceptionRequest(models.Model):
    """Somebody at the desk asks for what the manual does not give; `yen` is the most that is asked, tax included.

    Declined only with reasons and basis, by someone who could have approved; whoever could not passes it up.
    """

    class Status(models.TextChoices):
        REQUESTED = "requested", _("Requested")
        SECONDED = "seconded", _("Agreed by a first person")
        APPROVED = "approved", _("Approved")
        DECLINED = "declined", _("Declined with reasons")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    ticket = models.ForeignKey("tickets.Ticket", on_delete=models.PROTECT, related_name="exceptions")
    customer = models.ForeignKey("tickets.Customer", on_delete=models.PROTECT, related_name="+")
    decision = models.CharField(max_length=20, choices=Decision, default=Decision.EXCEPTION)
    situation = models.TextField()
    yen = models.BigIntegerField(default=0)
    needed_by = models.DateTimeField(null=True, blank=True)
    asked_by = models.ForeignKey("tickets.Staff", on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    promise = models.OneToOneField("tickets.Promise", on_delete=models.PROTECT, related_name="exception")
    status = FSMField(default=Status.REQUESTED, choices=Status, protected=True, max_length=10)
    level = models.PositiveSmallIntegerField(choices=Tier)
    rung = models.PositiveSmallIntegerField(default=0)
    holder = models.ForeignKey(
        "tickets.Staff", null=True, blank=True, on_delete=models.PROTECT, related_name="exceptions_held"
    )
    due_at = models.DateTimeField()
    seconded_by = models.ForeignKey(
        "tickets.Staff", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    seconded_at = models.DateTimeField(null=True, blank=True)
    chosen = models.ForeignKey(
        "escalation.ExceptionOption", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_by = models.ForeignKey(
        "tickets.Staff", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_tier = models.PositiveSmallIntegerField(choices=Tier, null=True, blank=True)
    decided_delegation = models.ForeignKey(
        "escalation.Delegation", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    reasons = models.TextField(blank=True)
    basis_kind = models.CharField(max_length=10, choices=Basis, blank=True)
    basis_ref = models.CharField(max_length=200, blank=True)

    objects: ClassVar[ExceptionQuerySet] = ExceptionQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=EXCEPTION.states), name="b6_exception_status_known"
            ),
            models.CheckConstraint(condition=Q(situation__regex=r"\S"), name="b6_exception_says_what_for"),
            models.CheckConstraint(condition=Q(yen__gte=0), name="b6_exception_yen_not_negative"),
            models.CheckConstraint(
                condition=Q(basis_kind__in=("", *Basis.values)), name="a6_exception_basis_is_one"
            ),
            models.CheckConstraint(
                condition=~Q(status__in=("approved", "declined"))
                | Q(decided_by__isnull=False, decided_at__isnull=False, decided_tier__isnull=False),
                name="b6_exception_decided_by_someone",
            ),
            models.CheckConstraint(
                condition=~Q(status="declined")
                | (Q(reasons__regex=r"\S", basis_ref__regex=r"\S") & ~Q(basis_kind="")),
                name="b6_declined_only_with_reasons",
            ),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("asked_by")),
                name="b6_never_decided_by_the_requester",
            ),
            models.CheckConstraint(
                condition=Q(seconded_by__isnull=True)
                | (
                    ~Q(seconded_by=F("asked_by"))
                    & (Q(decided_by__isnull=True) | ~Q(seconded_by=F("decided_by")))
                ),
                name="b6_two_are_two_people",
            ),
            models.CheckConstraint(
                condition=~Q(status="seconded") | Q(seconded_by__isnull=False, seconded_at__isnull=False),
                name="b6_seconded_by_someone",
            ),
        ]
        indexes = [
            models.Index(
                fields=["level", "due_at", "id"],
                name="exception_queue",
                condition=Q(status__in=OPEN_EXCEPTION),
            ),
        ]
        triggers = _TRIGGERS

    def __str__(self) -> str:
        return f"#{self.pk} {self.get_decision_display()}"

    @EXCEPTION.step("second")
    def second(self, *, by_id: int, at: dt.datetime) -> None:
        """A first of two people agrees."""
        self.seconded_by_id = by_id
        self.seconded_at = at

    @EXCEPTION.step("approve")
    def approve(
        self, *, option: ExceptionOption, by_id: int, capacity: Capacity, reasons: str, at: dt.datetime
    ) -> None:
        """One of the options, by someone with the authority."""
        self.chosen = option
        self._decided(by_id, capacity, reasons, at)

    @EXCEPTION.step("decline")
    def decline(
        self,
        *,
        by_id: int,
        capacity: Capacity,
        reasons: str,
        basis_kind: str,
        basis_ref: str,
        at: dt.datetime,
    ) -> None:
        """With reasons and basis, by someone who could have approved it."""
        self.basis_kind, self.basis_ref = basis_kind, basis_ref
        self._decided(by_id, capacity, reasons, at)

    @EXCEPTION.step("pass_up")
    def pass_up(self, *, place: Place, due_at: dt.datetime) -> None:
        """Beyond this tier, or not in time: the next one."""
        self.level, self.rung, self.holder_id = place.level, place.rung, place.holder
        self.due_at = due_at
        self.seconded_by = self.seconded_at = None

    @EXCEPTION.step("withdraw")
    def withdraw(self) -> None:
        """No longer needed, said by whoever asked."""

    def _decided(self, by_id: int, capacity: Capacity, reasons: str, at: dt.datetime) -> None:
        self.decided_by_id, self.decided_tier = by_id, capacity.tier
        self.decided_delegation_id = capacity.delegation
        self.decided_at, self.reasons = at, reasons


class ExceptionOption(models.Model):
    """One way out that the request offers to the decider, with its cost in yen, tax included."""

    request = models.ForeignKey(ExceptionRequest, on_delete=models.PROTECT, related_name="options")
    label = models.CharField(max_length=200)
    yen = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(yen__gte=0), name="b6_option_yen_not_negative"),
            models.CheckConstraint(condition=Q(label__regex=r"\S"), name="b6_option_has_a_label"),
        ]
        triggers = [
            NeverDeleted(rule="B6", what="an option of a request"),
            FixedFields(rule="B6", name="option_fixed", what="an option", fields=("request", "label", "yen")),
        ]
