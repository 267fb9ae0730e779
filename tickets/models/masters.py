"""What administrators did to the masters, and ranks and desks that change on a day to come (F)."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from tickets.models.staff import Desk, Staff, Tier
from tickets.rules import AppendOnly, FixedFields, NeverDeleted, Rule


def subject_of(row: models.Model) -> str:
    """How the trail names a row."""
    return f"{row._meta.model_name}:{row.pk}"


class MasterAct(models.Model):
    """The audit trail of the masters: who, when, what, from what to what. `subject` is table:id."""

    at = models.DateTimeField()
    actor = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    subject = models.CharField(max_length=60)
    act = models.CharField(max_length=40)
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)

    class Meta:
        indexes = [models.Index(fields=["subject", "-id"], name="master_act_by_subject")]
        triggers = [AppendOnly(rule="F1", what="what an administrator did")]

    def __str__(self) -> str:
        return f"{self.subject} {self.act}"


class StaffPosting(models.Model):
    """From a day on somebody is of a rank, at a desk (0:00 JST). Written once; applied when its day comes."""

    staff = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="postings")
    desk = models.ForeignKey(Desk, on_delete=models.PROTECT, related_name="+")
    tier = models.PositiveSmallIntegerField(choices=Tier)
    from_on = models.DateField()
    why = models.CharField(max_length=300)
    set_by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    set_at = models.DateTimeField()
    applied_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["staff", "from_on"],
                condition=Q(withdrawn_at__isnull=True),
                name="b3_one_posting_a_day",
            ),
            models.CheckConstraint(condition=Q(tier__in=Tier.values), name="b3_posting_tier_known"),
            models.CheckConstraint(condition=Q(why__regex=r"\S"), name="b3_posting_says_why"),
            models.CheckConstraint(
                condition=Q(applied_at__isnull=True) | Q(withdrawn_at__isnull=True),
                name="b3_posting_applied_or_withdrawn",
            ),
        ]
        triggers = [
            NeverDeleted(rule="B3", what="a posting"),
            FixedFields(
                rule="B3",
                name="posting_fixed",
                what="a posting",
                fields=("staff", "desk", "tier", "from_on", "why", "set_by", "set_at"),
            ),
            FixedFields(
                rule="B3",
                name="posting_end_fixed",
                what="a posting that was applied or withdrawn",
                fields=("applied_at", "withdrawn_at"),
                once_set=True,
            ),
            Rule(
                rule="B3",
                name="partner_never_posted_to_the_top",
                says="the staff of a partner company never stand at the top tier",
                refuse_if=(
                    "NEW.tier >= 4 AND EXISTS (SELECT 1 FROM tickets_desk d JOIN tickets_company c "
                    "ON c.id = d.company_id WHERE d.id = NEW.desk_id AND c.kind <> 'own')"
                ),
            ),
        ]
