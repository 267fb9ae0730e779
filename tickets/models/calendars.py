"""When a desk, head office or a carrier is open (A12). Times are minutes of the Japanese day."""

from __future__ import annotations

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.utils.translation import gettext_lazy as _

HOLIDAY = 7
DAY = 24 * 60


class Weekday(models.IntegerChoices):
    """Days of the week as Python counts them, and public holidays as a day of their own."""

    MONDAY = 0, _("Monday")
    TUESDAY = 1, _("Tuesday")
    WEDNESDAY = 2, _("Wednesday")
    THURSDAY = 3, _("Thursday")
    FRIDAY = 4, _("Friday")
    SATURDAY = 5, _("Saturday")
    SUNDAY = 6, _("Sunday")
    HOLIDAY = HOLIDAY, _("Public holiday")


class Calendar(models.Model):
    """A set of opening hours; every desk and every carrier has one of its own."""

    code = models.SlugField(unique=True)
    name = models.CharField(max_length=60)

    def __str__(self) -> str:
        return self.name


class MinuteRange(Func):
    """int4range(opens, closes), half open."""

    function = "int4range"


class CalendarHours(models.Model):
    """One range of one weekday, [opens, closes) in minutes; a day may have several that do not overlap."""

    calendar = models.ForeignKey(Calendar, on_delete=models.CASCADE, related_name="hours")
    day = models.PositiveSmallIntegerField(choices=Weekday)
    opens_minute = models.PositiveSmallIntegerField()
    closes_minute = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(opens_minute__lt=F("closes_minute"), closes_minute__lte=DAY, day__lte=HOLIDAY),
                name="a12_hours_run_forward",
            ),
            ExclusionConstraint(
                name="a12_hours_never_overlap",
                expressions=[
                    ("calendar", RangeOperators.EQUAL),
                    ("day", RangeOperators.EQUAL),
                    (MinuteRange("opens_minute", "closes_minute"), RangeOperators.OVERLAPS),
                ],
            ),
        ]


class CalendarException(models.Model):
    """A date on which a calendar differs: other hours, or closed when both minutes are NULL."""

    calendar = models.ForeignKey(Calendar, on_delete=models.CASCADE, related_name="exceptions")
    on = models.DateField()
    opens_minute = models.PositiveSmallIntegerField(null=True, blank=True)
    closes_minute = models.PositiveSmallIntegerField(null=True, blank=True)
    why = models.CharField(max_length=100)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(opens_minute__isnull=True, closes_minute__isnull=True)
                | Q(opens_minute__lt=F("closes_minute"), closes_minute__lte=DAY),
                name="a12_exception_runs_forward",
            ),
            models.UniqueConstraint(
                fields=["calendar", "on", "opens_minute"],
                name="a12_exception_once",
                nulls_distinct=False,
            ),
        ]


class Holiday(models.Model):
    """A public holiday in Japan (国民の祝日), loaded at least a year ahead."""

    on = models.DateField(unique=True)
    name = models.CharField(max_length=60)

    def __str__(self) -> str:
        return f"{self.on} {self.name}"
