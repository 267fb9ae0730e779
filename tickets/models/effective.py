"""Rows of a master that hold from a day on: never edited, ended by the next one, and each says who set it, when and why."""

from __future__ import annotations

from typing import Any

import pgtrigger
from django.contrib.postgres.fields import DateRangeField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from tickets.rules import FixedFields, NeverDeleted, Rule

SAYS_WHY = r"\S"


class EffectiveDated(models.Model):
    """Holds during JST dates, the end exclusive. `set_by` NULL: laid by the product itself before its first day.

    The rows are their own history: `says_who_and_why` and `holds_once` are the constraint and the triggers of every such table.
    """

    during = DateRangeField(_("holds during"))
    set_by = models.ForeignKey(
        "tickets.Staff",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("set by"),
    )
    set_at = models.DateTimeField(_("set at"), null=True, blank=True)
    why = models.CharField(_("reason"), max_length=300, blank=True, db_default="", default="")

    class Meta:
        abstract = True


def says_who_and_why(name: str) -> models.CheckConstraint:
    """A row that a person set says when and why; one that the product laid says neither."""
    return models.CheckConstraint(
        condition=Q(set_by__isnull=True, set_at__isnull=True, why="")
        | Q(set_by__isnull=False, set_at__isnull=False, why__regex=SAYS_WHY),
        name=name,
    )


def holds_once(rule: str, what: str) -> list[Any]:
    """It is never deleted; who set it stays; its first day stays, and it ends once."""
    return [
        NeverDeleted(rule=rule, what=what),
        FixedFields(rule=rule, name="who_set_it_fixed", what=what, fields=("set_by", "set_at", "why")),
        Rule(
            rule=rule,
            name="holds_once",
            says=gettext_noop("a row that holds from a day on keeps that day, and ends once"),
            operation=pgtrigger.Update,
            condition=pgtrigger.Condition("NEW.during IS DISTINCT FROM OLD.during"),
            refuse_if="lower(NEW.during) IS DISTINCT FROM lower(OLD.during) OR upper(OLD.during) IS NOT NULL",
        ),
    ]


def not_for_the_past(rule: str) -> Rule:
    """A limit does not change what was decided before it was set."""
    return Rule(
        rule=rule,
        name="not_for_the_past",
        says=gettext_noop("it holds from the day on which it is set, or a later one"),
        operation=pgtrigger.Insert,
        refuse_if="lower(NEW.during) < (NEW.set_at AT TIME ZONE 'Asia/Tokyo')::date",
    )
