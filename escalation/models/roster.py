"""Who is on duty at every minute: periods, shifts, dated delegations (代行), absences, and how long each tier has."""

from __future__ import annotations

import datetime as dt

import pgtrigger
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField

from escalation.lifecycle import ROSTER_PERIOD
from escalation.models.roster_rules import (
    delegation_triggers,
    gap_on_publication,
    no_gap_from_absence,
    only_shortened,
    shift_triggers,
)
from tickets.models.effective import EffectiveDated, holds_once, not_for_the_past, says_who_and_why
from tickets.models.staff import Tier
from tickets.rules import FixedFields, NeverDeleted, Rule

ESCALATION_TIERS = (Tier.LEADER, Tier.SV, Tier.MANAGER)


BOUNDED = Q(
    during__isempty=False,
    during__lower_inf=False,
    during__upper_inf=False,
    during__lower_inc=True,
    during__upper_inc=False,
)


def bounded(name: str) -> models.CheckConstraint:
    """`during` is [begins, ends) with both ends known."""
    return models.CheckConstraint(condition=BOUNDED, name=name)


def bounded_or_cancelled(name: str) -> models.CheckConstraint:
    """As `bounded`; one that was cancelled before it began lasts no time at all, and says when that was said."""
    cancelled = Q(during__isempty=True, ended_early_at__isnull=False)
    return models.CheckConstraint(condition=cancelled | BOUNDED, name=name)


class RosterPeriod(models.Model):
    """A stretch of time whose shifts are published together; refused while any minute of it has a gap (B3)."""

    class Status(models.TextChoices):
        DRAFT = "draft", _("Draft")
        PUBLISHED = "published", _("Published")

    name = models.CharField(max_length=60)
    during = DateTimeRangeField()
    status = FSMField(default=Status.DRAFT, choices=Status, protected=True, max_length=10)
    published_at = models.DateTimeField(null=True, blank=True)
    published_by = models.ForeignKey(
        "tickets.Staff", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        constraints = [
            bounded("b3_period_is_bounded"),
            models.CheckConstraint(
                condition=Q(status__in=ROSTER_PERIOD.states), name="b3_period_status_known"
            ),
            ExclusionConstraint(
                name="b3_published_periods_never_overlap",
                expressions=[("during", RangeOperators.OVERLAPS)],
                condition=Q(status="published"),
            ),
        ]
        triggers = [
            *ROSTER_PERIOD.triggers(),
            gap_on_publication(),
            Rule(
                rule="B3",
                name="published_period_fixed",
                says="the roster % is published; change it by a delegation or an absence with a substitute",
                details=("OLD.name",),
                operation=pgtrigger.Update | pgtrigger.Delete,
                condition=pgtrigger.Condition("OLD.status = 'published'"),
                refuse_if="TG_OP = 'DELETE' OR NEW.during IS DISTINCT FROM OLD.during",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @ROSTER_PERIOD.step("publish")
    def publish(self, *, at: dt.datetime, by_id: int) -> None:
        """It holds from now on; the database has looked for gaps (B3)."""
        self.published_at = at
        self.published_by_id = by_id


class DutyShift(models.Model):
    """`staff` is on duty for `tier` in [begins, ends); position 1 is the primary, 2 and on the deputies."""

    period = models.ForeignKey(RosterPeriod, on_delete=models.CASCADE, related_name="shifts")
    tier = models.PositiveSmallIntegerField(choices=Tier)
    staff = models.ForeignKey("tickets.Staff", on_delete=models.PROTECT, related_name="shifts")
    during = DateTimeRangeField()
    position = models.PositiveSmallIntegerField(default=1)

    class Meta:
        constraints = [
            bounded("b3_shift_is_bounded"),
            models.CheckConstraint(condition=Q(tier__in=ESCALATION_TIERS), name="b3_shift_tier_known"),
            models.CheckConstraint(condition=Q(position__gte=1), name="b3_shift_position_from_one"),
            ExclusionConstraint(
                name="b3_one_person_a_position",
                expressions=[
                    ("period", RangeOperators.EQUAL),
                    ("tier", RangeOperators.EQUAL),
                    ("position", RangeOperators.EQUAL),
                    ("during", RangeOperators.OVERLAPS),
                ],
            ),
            ExclusionConstraint(
                name="b3_nobody_twice_at_a_tier",
                expressions=[
                    ("period", RangeOperators.EQUAL),
                    ("tier", RangeOperators.EQUAL),
                    ("staff", RangeOperators.EQUAL),
                    ("during", RangeOperators.OVERLAPS),
                ],
            ),
        ]
        triggers = shift_triggers()

    def __str__(self) -> str:
        return f"{self.get_tier_display()} {self.position}"


class Delegation(models.Model):
    """For a time `delegate` acts at `acting_tier` for `grantor` (代行); told to every customer it serves (B5).

    `during` is empty when it was cancelled before it began: it touches no moment, so that nothing can count on it.
    """

    grantor = models.ForeignKey("tickets.Staff", on_delete=models.PROTECT, related_name="delegations_given")
    delegate = models.ForeignKey("tickets.Staff", on_delete=models.PROTECT, related_name="delegations_held")
    acting_tier = models.PositiveSmallIntegerField(choices=Tier)
    during = DateTimeRangeField()
    reason = models.CharField(max_length=200)
    granted_at = models.DateTimeField()
    ended_early_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            bounded_or_cancelled("b3_delegation_is_dated"),
            models.CheckConstraint(condition=~Q(grantor=F("delegate")), name="b3_delegate_is_another"),
            models.CheckConstraint(
                condition=Q(acting_tier__in=ESCALATION_TIERS), name="b3_delegation_tier_known"
            ),
            models.CheckConstraint(condition=Q(reason__regex=r"\S"), name="b5_delegation_has_a_reason"),
            ExclusionConstraint(
                name="b3_delegate_once_a_time",
                expressions=[
                    ("grantor", RangeOperators.EQUAL),
                    ("delegate", RangeOperators.EQUAL),
                    ("acting_tier", RangeOperators.EQUAL),
                    ("during", RangeOperators.OVERLAPS),
                ],
            ),
        ]
        triggers = [
            NeverDeleted(rule="B5", what="a delegation"),
            FixedFields(
                rule="B5",
                name="delegation_fixed",
                what="a delegation",
                fields=("grantor", "delegate", "acting_tier", "reason", "granted_at"),
            ),
            *delegation_triggers(),
        ]

    def __str__(self) -> str:
        return f"{self.delegate} ({self.get_acting_tier_display()})"


class Absence(models.Model):
    """`staff` is away in [begins, ends). A planned one may leave no gap; a sudden one is recorded and alarmed.

    `during` is empty when it was cancelled before it began.
    """

    staff = models.ForeignKey("tickets.Staff", on_delete=models.PROTECT, related_name="absences")
    during = DateTimeRangeField()
    sudden = models.BooleanField(default=False)
    recorded_by = models.ForeignKey("tickets.Staff", on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()
    ended_early_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [bounded_or_cancelled("b3_absence_is_dated")]
        triggers = [
            NeverDeleted(rule="B3", what="an absence"),
            FixedFields(
                rule="B3",
                name="absence_fixed",
                what="an absence",
                fields=("staff", "sudden", "recorded_by", "recorded_at"),
            ),
            only_shortened("B3", "absence"),
            no_gap_from_absence(),
        ]


class AnswerClock(EffectiveDated):
    """How many minutes of the desk's opening hours a holder at `tier` has to answer before the demand rises."""

    tier = models.PositiveSmallIntegerField(choices=Tier)
    minutes = models.PositiveIntegerField()

    class Meta:
        constraints = [
            says_who_and_why("b3_clock_says_who_and_why"),
            models.CheckConstraint(condition=Q(minutes__gte=1), name="b3_clock_runs"),
            ExclusionConstraint(
                name="b3_one_clock_at_a_time",
                expressions=[("tier", RangeOperators.EQUAL), ("during", RangeOperators.OVERLAPS)],
            ),
        ]
        triggers = [
            *holds_once("B3", "an answer clock"),
            not_for_the_past("B3"),
            FixedFields(
                rule="B3",
                name="clock_fixed",
                what="an answer clock (a new time is a new row from its date on)",
                fields=("tier", "minutes"),
            ),
        ]


class DutyAlarm(models.Model):
    """Somebody must look: a gap opens in the roster soon, or everyone at the top has let a demand lapse (B3)."""

    class Kind(models.TextChoices):
        GAP = "gap", _("Gap in the roster")
        EXHAUSTED = "exhausted", _("Everyone at the top has been asked")

    kind = models.CharField(max_length=10, choices=Kind)
    tier = models.PositiveSmallIntegerField(choices=Tier)
    gap_at = models.DateTimeField()
    demand = models.ForeignKey(
        "escalation.Demand", null=True, blank=True, on_delete=models.PROTECT, related_name="alarms"
    )
    raised_at = models.DateTimeField()
    seen_by = models.ForeignKey(
        "tickets.Staff", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    seen_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "tier", "gap_at", "demand"], name="b3_alarm_once", nulls_distinct=False
            ),
            models.CheckConstraint(
                condition=Q(kind="gap", demand__isnull=True) | Q(kind="exhausted", demand__isnull=False),
                name="b3_alarm_names_its_cause",
            ),
        ]
        indexes = [
            models.Index(fields=["raised_at"], name="alarm_unseen", condition=Q(seen_at__isnull=True)),
        ]
