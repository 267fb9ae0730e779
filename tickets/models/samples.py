"""Samples of records (応対品質の確認): drawn by chance, read by an SV, marked for coaching (F).

A mark touches neither the customer's timeline nor an objection: what somebody objected to is in no evaluation (B9).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Self

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from tickets.rules import AppendOnly, Rule

if TYPE_CHECKING:
    from tickets.models.staff import Staff

MOST_DRAWN = 50


class RecordSampleQuerySet(models.QuerySet["RecordSample"]):
    """The only door for pages and export."""

    def visible_to(self, staff: Staff) -> Self:
        """SVs and above of the own company; nobody else reads how a colleague's records were marked."""
        from tickets.models.staff import Tier

        return self if staff.tier >= Tier.SV and not staff.is_partner else self.none()


class RecordSample(models.Model):
    """One draw: `size` ended contacts of a desk out of the `population` of [first_on, last_on], JST dates inclusive.

    `seed` makes the same draw again: the contacts are taken in the order of md5(seed ':' id).
    """

    desk = models.ForeignKey("tickets.Desk", on_delete=models.PROTECT, related_name="+")
    first_on = models.DateField()
    last_on = models.DateField()
    size = models.PositiveSmallIntegerField()
    population = models.PositiveIntegerField()
    seed = models.CharField(max_length=32)
    drawn_by = models.ForeignKey("tickets.Staff", on_delete=models.PROTECT, related_name="+")
    drawn_at = models.DateTimeField()

    objects: ClassVar[RecordSampleQuerySet] = RecordSampleQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(last_on__gte=F("first_on")), name="f2_period_runs_forward"),
            models.CheckConstraint(
                condition=Q(size__gte=1, size__lte=MOST_DRAWN), name="f2_sample_of_one_to_fifty"
            ),
            models.CheckConstraint(condition=~Q(seed=""), name="f2_sample_keeps_its_seed"),
        ]
        triggers = [
            AppendOnly(rule="F2", what="a sample of records"),
            Rule(
                rule="F2",
                name="drawn_by_an_sv",
                says="records are sampled by an SV or above",
                operation=pgtrigger.Insert,
                refuse_if="(SELECT s.tier FROM tickets_staff s WHERE s.id = NEW.drawn_by_id) < 3",
            ),
        ]


class SampledRecord(models.Model):
    """One contact of a sample, in the order in which it was drawn."""

    sample = models.ForeignKey(RecordSample, on_delete=models.PROTECT, related_name="records")
    contact = models.ForeignKey("tickets.Contact", on_delete=models.PROTECT, related_name="+")
    position = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["sample", "position"], name="f2_drawn_in_order"),
            models.UniqueConstraint(fields=["sample", "contact"], name="f2_contact_once_a_sample"),
        ]
        triggers = [
            AppendOnly(rule="F2", what="a sampled record"),
            Rule(
                rule="F2",
                name="record_fits_the_draw",
                says="a sampled record is an ended contact of that desk and period",
                operation=pgtrigger.Insert,
                refuse_if=(
                    "NOT EXISTS (SELECT 1 FROM tickets_contact c JOIN tickets_recordsample d ON d.id = NEW.sample_id "
                    "WHERE c.id = NEW.contact_id AND c.desk_id = d.desk_id AND c.ended_at IS NOT NULL "
                    "AND c.operator_id IS NOT NULL AND (c.started_at AT TIME ZONE 'Asia/Tokyo')::date "
                    "BETWEEN d.first_on AND d.last_on)"
                ),
            ),
        ]


class RecordMark(models.Model):
    """What the reader found: good, or to improve with a note for coaching. Written once."""

    class Verdict(models.TextChoices):
        GOOD = "good", _("Good")
        IMPROVE = "improve", _("To improve")

    record = models.OneToOneField(SampledRecord, on_delete=models.PROTECT, related_name="mark")
    verdict = models.CharField(max_length=8, choices=Verdict)
    note = models.TextField(blank=True)
    reviewer = models.ForeignKey("tickets.Staff", on_delete=models.PROTECT, related_name="+")
    marked_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(verdict__in=("good", "improve")), name="f2_mark_known"),
            models.CheckConstraint(
                condition=~Q(verdict="improve") | Q(note__regex=r"\S"), name="f2_improve_says_how"
            ),
        ]
        triggers = [
            AppendOnly(rule="F2", what="a mark on a record"),
            Rule(
                rule="F2",
                name="marked_by_an_sv",
                says="records are marked by an SV or above",
                operation=pgtrigger.Insert,
                refuse_if="(SELECT s.tier FROM tickets_staff s WHERE s.id = NEW.reviewer_id) < 3",
            ),
            Rule(
                rule="F2",
                name="nobody_marks_their_own",
                says="nobody marks a record of their own",
                operation=pgtrigger.Insert,
                refuse_if=(
                    "EXISTS (SELECT 1 FROM tickets_sampledrecord r JOIN tickets_contact c ON c.id = r.contact_id "
                    "WHERE r.id = NEW.record_id AND (c.operator_id = NEW.reviewer_id OR EXISTS (SELECT 1 FROM "
                    "tickets_contactleg l WHERE l.contact_id = c.id AND l.staff_id = NEW.reviewer_id)))"
                ),
            ),
        ]
