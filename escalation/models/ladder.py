"""What happened to a demand on its way up: passages, failed attempts to call, conflicts of interest. Append-only."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from escalation.sql import stands_at
from tickets.models.staff import TOP, Tier
from tickets.rules import AppendOnly, Rule


class DemandPassage(models.Model):
    """One step of a demand on the ladder: from whom to whom, why, and the due time before and after (B3)."""

    class Reason(models.TextChoices):
        ROUTED = "routed", _("First holder")
        TAKEN = "taken", _("Taken by another of sufficient tier")
        TIMEOUT = "timeout", _("Not acted in time")
        ABSENCE = "absence", _("Absent")
        CONFLICT = "conflict", _("Conflict of interest")
        NOT_MINE = "not_mine", _("Passed up by the holder")
        CUSTOMER = "customer", _("At the customer's wish")
        LET_GO = "let_go", _("Everyone at the top has been asked")
        BY_HAND = "by_hand", _("Raised by a colleague")

    demand = models.ForeignKey("escalation.Demand", on_delete=models.PROTECT, related_name="passages")
    at = models.DateTimeField()
    reason = models.CharField(max_length=10, choices=Reason)
    note = models.CharField(max_length=300, blank=True)
    actor = models.ForeignKey(
        "tickets.Staff", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    from_level = models.PositiveSmallIntegerField(choices=Tier)
    from_rung = models.PositiveSmallIntegerField()
    from_holder = models.ForeignKey(
        "tickets.Staff", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    to_level = models.PositiveSmallIntegerField(choices=Tier)
    to_rung = models.PositiveSmallIntegerField()
    to_holder = models.ForeignKey(
        "tickets.Staff", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    delegation = models.ForeignKey(
        "escalation.Delegation", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    old_due_at = models.DateTimeField()
    new_due_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["demand", "id"], name="passage_of_demand")]
        constraints = [
            models.CheckConstraint(
                condition=Q(to_level__gt=F("from_level"))
                | Q(to_level=F("from_level"), to_rung__gt=F("from_rung"))
                | Q(reason__in=("routed", "taken"), to_level=F("from_level"), to_rung=F("from_rung"))
                | Q(
                    reason="let_go", to_level=F("from_level"), to_rung=F("from_rung"), to_holder__isnull=True
                ),
                name="b3_passage_is_upward",
            ),
            models.CheckConstraint(condition=Q(to_level__lte=TOP), name="b3_passage_within_the_ladder"),
        ]
        triggers = [AppendOnly(rule="B3", what="the way a demand has gone")]


class DemandAttempt(models.Model):
    """A superior's call that did not reach the customer; one a desk day counts (B2)."""

    demand = models.ForeignKey("escalation.Demand", on_delete=models.PROTECT, related_name="attempts")
    contact = models.OneToOneField("tickets.Contact", on_delete=models.PROTECT, related_name="demand_attempt")
    staff = models.ForeignKey("tickets.Staff", on_delete=models.PROTECT, related_name="+")
    delegation = models.ForeignKey(
        "escalation.Delegation", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    at = models.DateTimeField()
    desk_day = models.DateField()
    next_due_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["demand", "desk_day"], name="b2_one_attempt_a_desk_day"),
        ]
        triggers = [
            AppendOnly(rule="B2", what="an attempt to reach the customer"),
            Rule(
                rule="B2",
                name="attempt_failed_that_day",
                says="an attempt is an outbound call to this customer that failed, counted on its day in Japan",
                operation=pgtrigger.Insert,
                refuse_if=(
                    "NOT EXISTS (SELECT 1 FROM tickets_contact k JOIN escalation_demand d ON d.id = NEW.demand_id "
                    "WHERE k.id = NEW.contact_id AND k.customer_id = d.customer_id AND k.channel = 'phone' "
                    "AND k.direction = 'out' AND k.result IN ('no_answer', 'voicemail_left') "
                    "AND k.operator_id = NEW.staff_id AND k.started_at >= d.demanded_at "
                    "AND (k.started_at AT TIME ZONE 'Asia/Tokyo')::date = NEW.desk_day)"
                ),
            ),
            Rule(
                rule="B2",
                name="attempt_by_the_tier",
                says="an attempt counts when someone of the demand's tier, own or delegated, made it",
                operation=pgtrigger.Insert,
                declare=[("demand_level", "integer"), ("demand_status", "text")],
                before_asking=(
                    "SELECT d.level, d.status INTO demand_level, demand_status "
                    "FROM escalation_demand d WHERE d.id = NEW.demand_id FOR SHARE;"
                ),
                refuse_if=(
                    "demand_status NOT IN ('in_review', 'decided') OR NOT "
                    + stands_at("NEW.staff_id", "demand_level", "NEW.at", "NEW.delegation_id")
                ),
            ),
        ]


class DemandConflict(models.Model):
    """`staff` may not answer this demand: the complaint is about them, or they say themselves that they cannot.

    The last person at the top who could still answer is never barred: the conflict is told to the customer.
    """

    class Why(models.TextChoices):
        COMPLAINED_ABOUT = "complained_about", _("The complaint is about them")
        DECLARED = "declared", _("Declared by themselves")
        AUTHOR = "author", _("Author of what is disputed")

    demand = models.ForeignKey("escalation.Demand", on_delete=models.PROTECT, related_name="conflicts")
    staff = models.ForeignKey("tickets.Staff", on_delete=models.PROTECT, related_name="+")
    why = models.CharField(max_length=18, choices=Why)
    note = models.CharField(max_length=300, blank=True)
    recorded_by = models.ForeignKey("tickets.Staff", on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["demand", "staff"], name="b3_conflict_once"),
        ]
        triggers = [
            AppendOnly(rule="B3", what="a conflict of interest"),
            Rule(
                rule="B3",
                name="someone_is_left_at_the_top",
                says="the last person at the top who could answer demand % cannot be excused; tell the customer",
                details=("NEW.demand_id",),
                operation=pgtrigger.Insert,
                # One at a time, so that two people cannot each be excused as "not the last".
                before_asking="PERFORM 1 FROM escalation_demand d WHERE d.id = NEW.demand_id FOR NO KEY UPDATE;",
                refuse_if=(
                    f"NOT EXISTS (SELECT 1 FROM tickets_staff s WHERE s.tier = {int(TOP)} AND s.is_active "
                    "AND s.id <> NEW.staff_id AND NOT EXISTS (SELECT 1 FROM escalation_demandconflict c "
                    "WHERE c.demand_id = NEW.demand_id AND c.staff_id = s.id) AND NOT EXISTS ("
                    "WITH RECURSIVE chain AS (SELECT d.previous_id FROM escalation_demand d "
                    "WHERE d.id = NEW.demand_id UNION ALL SELECT d.previous_id FROM escalation_demand d "
                    "JOIN chain ON d.id = chain.previous_id) SELECT 1 FROM chain JOIN escalation_demand d "
                    "ON d.id = chain.previous_id WHERE d.answered_by_id = s.id))"
                ),
            ),
        ]
