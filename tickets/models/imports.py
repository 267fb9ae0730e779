"""Files of rows brought in from an older system: checked first, brought in by a person, row by row (F)."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField

from tickets.lifecycle import IMPORT
from tickets.rules import FixedFields, NeverDeleted, Rule


class ImportJob(models.Model):
    """One file. `read_rows` and `brought_rows` say how far it is; both grow with the rows they count, in one commit."""

    class Status(models.TextChoices):
        CHECKING = "checking", _("Being checked")
        CHECKED = "checked", _("Checked, nothing written")
        BRINGING = "bringing", _("Being brought in")
        DONE = "done", _("Brought in")
        CANCELLED = "cancelled", _("Called off")
        FAILED = "failed", _("Given up")
        LAPSED = "lapsed", _("Never brought in")

    kind = models.SlugField(max_length=30)
    filename = models.CharField(max_length=200)
    encoding = models.CharField(max_length=12)
    content = models.BinaryField()
    status = FSMField(default=Status.CHECKING, choices=Status, protected=True, max_length=10)
    total_rows = models.PositiveIntegerField()
    read_rows = models.PositiveIntegerField(default=0)
    brought_rows = models.PositiveIntegerField(default=0)
    uploaded_by = models.ForeignKey("tickets.Staff", on_delete=models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField()
    checked_at = models.DateTimeField(null=True, blank=True)
    brought_by = models.ForeignKey(
        "tickets.Staff", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    brought_at = models.DateTimeField(null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)
    stopped_by = models.ForeignKey(
        "tickets.Staff", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    stopped_at = models.DateTimeField(null=True, blank=True)
    failures = models.PositiveSmallIntegerField(default=0)
    last_error = models.CharField(max_length=300, blank=True)
    # When its rows and what the file said were thrown away, and how many rows there were by verdict.
    purged_at = models.DateTimeField(null=True, blank=True)
    kept_counts = models.JSONField(default=dict, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(status__in=IMPORT.states), name="f1_import_status_known"),
            models.CheckConstraint(
                condition=~Q(status__in=("bringing", "done")) | Q(brought_by__isnull=False),
                name="f1_import_is_brought_in_by_a_person",
            ),
            models.CheckConstraint(
                condition=~Q(status="cancelled") | Q(stopped_by__isnull=False, stopped_at__isnull=False),
                name="f1_import_is_stopped_by_a_person",
            ),
            models.CheckConstraint(
                condition=~Q(status="lapsed") | Q(purged_at__isnull=False),
                name="f1_import_lapses_with_its_file",
            ),
            models.CheckConstraint(
                condition=Q(read_rows__lte=F("total_rows"), brought_rows__lte=F("total_rows")),
                name="f1_import_counts_its_rows",
            ),
        ]
        indexes = [
            models.Index(
                fields=["id"], name="import_to_work_on", condition=Q(status__in=("checking", "bringing"))
            ),
        ]
        triggers = [
            *IMPORT.triggers(),
            NeverDeleted(rule="F1", what="an import"),
            FixedFields(
                rule="F1",
                name="import_file_fixed",
                what="an import",
                fields=("kind", "filename", "total_rows", "uploaded_by", "uploaded_at"),
            ),
            Rule(
                rule="F1",
                name="import_file_purged_in_its_time",
                says="what an imported file said is emptied 90 days after the import ended or was last seen to, never changed",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "NEW.content IS DISTINCT FROM OLD.content OR NEW.purged_at IS DISTINCT FROM OLD.purged_at"
                ),
                refuse_if=(
                    "OLD.purged_at IS NOT NULL OR NEW.purged_at IS NULL OR length(NEW.content) > 0 "
                    "OR NEW.status NOT IN ('done', 'cancelled', 'failed', 'lapsed') OR NEW.purged_at < interval '90 days' "
                    "+ COALESCE(OLD.done_at, OLD.stopped_at, OLD.brought_at, OLD.checked_at, OLD.uploaded_at)"
                ),
            ),
            FixedFields(
                rule="F1",
                name="import_decision_fixed",
                what="an import that was brought in",
                fields=("brought_by", "brought_at", "stopped_by", "stopped_at"),
                once_set=True,
            ),
        ]

    def __str__(self) -> str:
        return self.filename

    def get_absolute_url(self) -> str:
        """Its page."""
        return reverse("tickets:import", args=[self.pk])

    @property
    def runs(self) -> bool:
        """Whether the worker has something to do for it."""
        return self.status in (self.Status.CHECKING, self.Status.BRINGING)

    @IMPORT.step("check_done")
    def check_done(self, *, at: dt.datetime) -> None:
        """Every row has been looked at; nothing is written."""
        self.checked_at = at

    @IMPORT.step("bring")
    def bring(self, *, by: Any, at: dt.datetime) -> None:
        """A person has seen the report and wants the good rows."""
        self.brought_by, self.brought_at = by, at

    @IMPORT.step("finish")
    def finish(self, *, at: dt.datetime) -> None:
        """Every good row is written."""
        self.done_at = at

    @IMPORT.step("stop")
    def stop(self, *, by: Any, at: dt.datetime) -> None:
        """Nothing more of it is written; what was brought in stays."""
        self.stopped_by, self.stopped_at = by, at

    @IMPORT.step("give_up")
    def give_up(self) -> None:
        """It failed several times over; `last_error` says how."""

    @IMPORT.step("lapse")
    def lapse(self) -> None:
        """Nobody asked for it to be brought in; what it said is thrown away in the same commit."""


class ImportRow(models.Model):
    """One row of a file: what it says, what came of it, and what is wrong with it.

    `line` counts as a spreadsheet does, the heading is 1. `values` by column in their normal form. `changes`:
    {column: [before, after]}. `problems`: [{code, column, found, …}]; tickets.importing has the sentences.
    """

    class Verdict(models.TextChoices):
        NEW = "new", _("New")
        CHANGED = "changed", _("Changed")
        UNCHANGED = "unchanged", _("As it stands")
        WRONG = "wrong", _("Wrong")

    job = models.ForeignKey(ImportJob, on_delete=models.PROTECT, related_name="rows")
    line = models.PositiveIntegerField()
    key = models.CharField(max_length=60, blank=True)
    verdict = models.CharField(max_length=10, choices=Verdict)
    values = models.JSONField(default=dict)
    changes = models.JSONField(default=dict)
    problems = models.JSONField(default=list)
    brought_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["job", "line"], name="f1_import_row_once"),
            models.UniqueConstraint(
                fields=["job", "key"], condition=~Q(verdict="wrong"), name="f1_import_key_once_a_file"
            ),
            models.CheckConstraint(
                condition=Q(verdict__in=("new", "changed", "unchanged", "wrong")),
                name="f1_import_verdict_known",
            ),
            models.CheckConstraint(
                condition=~Q(verdict="wrong") | Q(brought_at__isnull=True),
                name="f1_wrong_row_is_not_brought_in",
            ),
            models.CheckConstraint(
                condition=~Q(verdict="wrong") | ~Q(problems=[]), name="f1_wrong_row_says_why"
            ),
        ]
        indexes = [
            models.Index(fields=["job", "verdict", "id"], name="import_row_by_verdict"),
        ]
        triggers = [
            Rule(
                rule="F1",
                name="import_row_purged_with_its_file",
                says="a row of an import is deleted only when its file is purged",
                operation=pgtrigger.Delete,
                refuse_if=(
                    "NOT EXISTS (SELECT 1 FROM tickets_importjob j WHERE j.id = OLD.job_id "
                    "AND j.purged_at IS NOT NULL)"
                ),
            ),
            FixedFields(
                rule="F1",
                name="import_row_fixed",
                what="a row of an import",
                fields=("job", "line", "key", "values"),
            ),
            Rule(
                rule="F1",
                name="import_row_in_its_time",
                says="a row is brought in only after a person has asked for it",
                condition=pgtrigger.Condition("NEW.brought_at IS NOT NULL"),
                refuse_if=(
                    "NOT EXISTS (SELECT 1 FROM tickets_importjob j WHERE j.id = NEW.job_id "
                    "AND j.status = 'bringing')"
                ),
            ),
        ]
