"""Who may decide what, up to how much: effective-dated rows that an administrator edits (B6, DESIGN section 5)."""

from __future__ import annotations

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tickets.models.effective import EffectiveDated, holds_once, not_for_the_past, says_who_and_why
from tickets.models.staff import Tier
from tickets.rules import FixedFields


class Decision(models.TextChoices):
    """What can be decided. A company's or carrier's fault needs no decision to waive: it falls by itself (C5)."""

    VERDICT_COMPANY = "verdict_company", _("Verdict: company's fault (gives back)")
    VERDICT_TAKES = "verdict_takes", _("Verdict: customer's fault, or imposing a disputed charge (takes)")
    GOODWILL = "goodwill", _("Goodwill waiver")
    EXCEPTION = "exception", _("Exception to the manual")
    RECONNECT = "reconnect", _("Exceptional reconnect")
    RETRACT_GUIDANCE = "retract_guidance", _("Retract guidance")
    RESOLVE_CONFLICT = "resolve_conflict", _("Resolve conflicting answers")
    OBJECTION = "objection", _("Decide an objection")
    FINAL_ANSWER = "final_answer", _("The company's final answer")


class AuthorityLimit(EffectiveDated):
    """One cell of the authority matrix from a date on.

    Yen include tax. `limit_yen` per case and `yearly_limit_yen` per customer over a rolling year; NULL is no
    limit. Over `two_person_over_yen`, or always with `always_two`, a second person of SV or above must agree.
    """

    decision = models.CharField(max_length=20, choices=Decision)
    tier = models.PositiveSmallIntegerField(choices=Tier)
    allowed = models.BooleanField(default=False)
    limit_yen = models.BigIntegerField(null=True, blank=True)
    yearly_limit_yen = models.BigIntegerField(null=True, blank=True)
    two_person_over_yen = models.BigIntegerField(null=True, blank=True)
    always_two = models.BooleanField(default=False)

    class Meta:
        constraints = [
            says_who_and_why("b6_limit_says_who_and_why"),
            models.CheckConstraint(condition=Q(decision__in=Decision.values), name="b6_decision_known"),
            models.CheckConstraint(condition=Q(tier__in=Tier.values), name="b6_limit_tier_known"),
            models.CheckConstraint(
                condition=(Q(limit_yen__isnull=True) | Q(limit_yen__gte=0))
                & (Q(yearly_limit_yen__isnull=True) | Q(yearly_limit_yen__gte=0))
                & (Q(two_person_over_yen__isnull=True) | Q(two_person_over_yen__gte=0)),
                name="b6_limits_not_negative",
            ),
            models.CheckConstraint(
                condition=~Q(decision=Decision.FINAL_ANSWER) | Q(tier=Tier.MANAGER) | Q(allowed=False),
                name="a9_final_answer_only_at_the_top",
            ),
            models.CheckConstraint(
                condition=~Q(decision=Decision.VERDICT_TAKES)
                | Q(allowed=False)
                | Q(tier__gte=Tier.SV, always_two=True),
                name="c5_taking_needs_two_of_sv_or_above",
            ),
            models.CheckConstraint(
                condition=Q(during__isempty=False, during__lower_inf=False), name="b6_limit_begins_on_a_date"
            ),
            ExclusionConstraint(
                name="b6_one_limit_at_a_time",
                expressions=[
                    ("decision", RangeOperators.EQUAL),
                    ("tier", RangeOperators.EQUAL),
                    ("during", RangeOperators.OVERLAPS),
                ],
            ),
        ]
        triggers = [
            *holds_once("B6", "an authority limit"),
            not_for_the_past("B6"),
            FixedFields(
                rule="B6",
                name="limit_fixed",
                what="an authority limit (a new amount is a new row from its date on)",
                fields=(
                    "decision", "tier", "allowed", "limit_yen", "yearly_limit_yen", "two_person_over_yen",
                    "always_two",
                ),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.get_decision_display()} / {self.get_tier_display()}"
