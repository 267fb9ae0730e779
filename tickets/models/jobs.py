"""The house keeping of the jobs: when they are stopped, what people did to them, what does not balance (D9)."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tickets.rules import AppendOnly, FixedFields, NeverDeleted


class Pause(models.Model):
    """A stop of the jobs: nothing is claimed while one without an end is there.

    `scope` DUE stops what becomes due (cutoffs, promises rising, surveys); ALL stops the outbox as well.
    """

    class Cause(models.TextChoices):
        SKEW = "skew", _("The clocks disagree")
        JUMP = "jump", _("The clock jumped")
        RESTORE = "restore", _("Restored from a backup")
        PERSON = "person", _("Stopped by a person")

    class Scope(models.TextChoices):
        DUE = "due", _("What becomes due")
        ALL = "all", _("Everything, also what is sent")

    cause = models.CharField(max_length=8, choices=Cause)
    scope = models.CharField(max_length=4, choices=Scope, default=Scope.DUE)
    reason = models.CharField(max_length=300)
    since = models.DateTimeField()
    by = models.ForeignKey("tickets.Staff", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(
        "tickets.Staff", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    ended_reason = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["cause"], condition=Q(ended_at__isnull=True), name="d9_one_pause_a_cause"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="d9_pause_says_why"),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | ~Q(ended_reason=""), name="d9_resume_says_why"
            ),
        ]
        triggers = [
            NeverDeleted(rule="D9", what="a pause of the jobs"),
            FixedFields(
                rule="D9",
                name="pause_fixed",
                what="a pause",
                fields=("cause", "scope", "reason", "since", "by"),
            ),
            FixedFields(
                rule="D9",
                name="pause_end_fixed",
                what="a pause that has ended",
                fields=("ended_at", "ended_by"),
                once_set=True,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_cause_display()} {self.since:%Y-%m-%d %H:%M}"


class JobAct(models.Model):
    """The audit trail of what people did to the jobs: who, what, why. `actor` is empty for the system."""

    class Act(models.TextChoices):
        HOLD = "hold", _("Held")
        RELEASE = "release", _("Released")
        RETRY = "retry", _("Tried again")
        CANCEL = "cancel", _("Cancelled")
        UNDO = "undo", _("Undone before it left")
        BY_HAND = "by_hand", _("Done by hand")
        SETTLE = "settle", _("Settled as sent")
        PAUSE = "pause", _("Jobs paused")
        RESUME = "resume", _("Jobs resumed")

    at = models.DateTimeField()
    actor = models.ForeignKey(
        "tickets.Staff", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    act = models.CharField(max_length=8, choices=Act)
    reason = models.CharField(max_length=300)
    action = models.ForeignKey(
        "tickets.ScheduledAction", null=True, blank=True, on_delete=models.PROTECT, related_name="acts"
    )
    message = models.ForeignKey(
        "tickets.OutboxMessage", null=True, blank=True, on_delete=models.PROTECT, related_name="acts"
    )

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(reason=""), name="d9_act_says_why")]
        triggers = [AppendOnly(rule="D9", what="what people did to the jobs")]


class Mismatch(models.Model):
    """Something the reconciler found that does not balance; it stays until it is found to balance again."""

    check_name = models.CharField(max_length=60)
    ref = models.CharField(max_length=160)
    says = models.CharField(max_length=300)
    found_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    gone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["check_name", "ref"], condition=Q(gone_at__isnull=True), name="d9_mismatch_once"
            )
        ]
        indexes = [models.Index(fields=["-found_at", "-id"], name="mismatch_found")]
        triggers = [NeverDeleted(rule="D9", what="a mismatch")]

    def __str__(self) -> str:
        return f"{self.check_name} {self.ref}"


class ClockMark(models.Model):
    """Where one machine's wall clock stood beside a clock that nobody can set (seconds since it booted)."""

    machine = models.CharField(max_length=64, unique=True)
    wall_at = models.DateTimeField()
    boot_seconds = models.FloatField()


class ReconcilerRun(models.Model):
    """How far the reconciler has read what is done, and when it last looked at everything."""

    name = models.CharField(max_length=60, unique=True)
    at = models.DateTimeField()
    read_until = models.DateTimeField(null=True, blank=True)
    looked_at = models.PositiveBigIntegerField(default=0)
    found = models.PositiveIntegerField(default=0)


class JobFigure(models.Model):
    """A count that only grows, for the metrics: e.g. sends that another sender had taken over."""

    name = models.CharField(max_length=60, unique=True)
    value = models.PositiveBigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.name} {self.value}"
