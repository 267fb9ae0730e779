"""The money's share of the top rank's inbox: waivers over the limits below, fault verdicts that have risen (C5, C7)."""

from __future__ import annotations

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from billing.models import Waiver
from billing.queries.money import OPEN_WAIVER
from tickets.inbox import Deed, Waits, wait
from tickets.models import Promise, PromiseKind, Staff


def register() -> None:
    """Called once, from the app's ready()."""
    wait(Waits(PromiseKind.WAIVER_DECISION, _waiver, ("waiver",), own=_own, icon="waiver"))
    wait(Waits(PromiseKind.FAULT_DECISION, _review, ("fault_review",), icon="question"))


def _waiver(owed: Promise) -> Deed:
    return reverse("billing:decide_waiver", args=[owed.waiver.pk]), _("Decide")


def _own(staff: Staff) -> Q:
    mine = Waiver.objects.filter(Q(requested_by=staff) | Q(first_by=staff), status__in=OPEN_WAIVER)
    return Q(pk__in=mine.values("promise"))


def _review(owed: Promise) -> Deed:
    return reverse("billing:review", args=[owed.fault_review.pk]), _("Decide")
