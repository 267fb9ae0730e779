"""Templates of mails and letters, with versions (A9: none below the top may say "final answer")."""

from __future__ import annotations

import pgtrigger
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import Q

from tickets.rules import FixedFields, NeverDeleted, Rule

# What only the top may say, in writing (A9). One expression for PostgreSQL (`~*`) and for Python's `re`.
FINAL_WORDS = (
    r"最終(的な|の)?ご?回答|社としての(最終)?ご?回答|会社の回答は変わりません|回答が変わることはありません"
    r"|final +(answer|response|position)"
)


class LetterTemplate(models.Model):
    """One version of a text in one language, in force during `during` (dates, end exclusive)."""

    code = models.SlugField(max_length=60)
    language = models.CharField(max_length=2)
    version = models.PositiveIntegerField()
    subject = models.CharField(max_length=200)
    body = models.TextField()
    during = DateRangeField()
    minimum_tier = models.PositiveSmallIntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["code", "language", "version"], name="f1_template_version_once"),
            models.CheckConstraint(
                condition=~(Q(body__iregex=FINAL_WORDS) | Q(subject__iregex=FINAL_WORDS)) | Q(minimum_tier=4),
                name="a9_final_answer_is_the_top_tiers",
            ),
            ExclusionConstraint(
                name="f1_one_template_at_a_time",
                expressions=[
                    ("code", RangeOperators.EQUAL),
                    ("language", RangeOperators.EQUAL),
                    ("during", RangeOperators.OVERLAPS),
                ],
            ),
        ]
        triggers = [
            NeverDeleted(rule="F1", what="a version of a template"),
            FixedFields(
                rule="F1",
                name="template_fixed",
                what="a version of a template",
                fields=("code", "language", "version", "subject", "body", "minimum_tier"),
            ),
            Rule(
                rule="F1",
                name="template_only_ended",
                says="a version keeps the day it began on, and its end comes no later than it was set",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition("NEW.during IS DISTINCT FROM OLD.during"),
                refuse_if=(
                    "lower(NEW.during) IS DISTINCT FROM lower(OLD.during) OR upper(NEW.during) IS NULL "
                    "OR upper(NEW.during) > upper(OLD.during)"
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.language} v{self.version}"
