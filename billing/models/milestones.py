"""The twelve milestones of a cancellation order (D1): when due, by whose word, what shows it, who told the customer."""

from __future__ import annotations

import datetime as dt

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField

from billing.lifecycle_cancellation import MILESTONE
from tickets.models import Promise
from tickets.rules import FirmTrigger, FixedFields, NeverDeleted, Rule, refusal


class MilestoneKind(models.TextChoices):
    """In the order in which they usually come; the Japanese names are the desk's own."""

    ACCEPTED = "accepted", _("Accepted")  # 受付
    EXPLAINED = "explained", _("Explained")  # 説明
    CARRIER_RELAYED = "carrier_relayed", _("Relayed to the carrier")  # 回線事業者連絡
    VISIT_AGREED = "visit_agreed", _("Visit agreed")  # 立会日合意
    PORTING_COMPLETED = "porting_completed", _("Number ported")  # 番号ポータビリティ完了
    PHONE_STOPPED = "phone_stopped", _("Telephone stopped")  # 電話停止
    CONTRACT_ENDED = "contract_ended", _("Last day of the contract")  # 契約最終日
    INTERNET_STOPPED = "internet_stopped", _("Internet stopped")  # インターネット停止
    REMOVED = "removed", _("Circuit removed")  # 撤去
    DEVICE_RETURNED = "device_returned", _("Device returned")  # 機器返却
    FINAL_BILL = "final_bill", _("Final bill")  # 最終請求
    CLOSING_NOTICE = "closing_notice", _("Notice of completion")  # 完了通知


# One row a line of the order; the others once an order.
OF_A_LINE = (MilestoneKind.PORTING_COMPLETED, MilestoneKind.PHONE_STOPPED, MilestoneKind.INTERNET_STOPPED)
# What some orders have not: a telephone, a removal, a device. Their row says so instead of being absent.
MAY_NOT_APPLY = (
    *OF_A_LINE,
    MilestoneKind.VISIT_AGREED,
    MilestoneKind.REMOVED,
    MilestoneKind.DEVICE_RETURNED,
)


class MilestoneStatus(models.TextChoices):
    """A violated one stays violated; when it is reached late, `reached_at` says so."""

    YET_TO_REACH = "yet_to_reach", _("Yet to reach")
    COMPLETED = "completed", _("Reached")
    VIOLATED = "violated", _("Missed")


class Source(models.TextChoices):
    """By whose word a milestone is due then."""

    RULE = "rule", _("The desk's rule")
    CUSTOMER = "customer", _("The customer")
    CARRIER = "carrier", _("The carrier")
    PROVIDER = "provider", _("The new provider")


class Milestone(models.Model):
    """One step of an order that somebody waits for.

    While it applies and is not reached, a promise on the order's ticket is open for it, so the ticket cannot be
    resolved. Its due time moves only with a new generation (a change of dates), and never once it was missed.
    """

    # Asked for by their order alone, with which d1_milestone_once_an_order begins.
    order = models.ForeignKey(
        "billing.CancellationOrder", models.PROTECT, related_name="milestones", db_index=False
    )
    kind = models.CharField(_("milestone"), max_length=20, choices=MilestoneKind)
    line = models.ForeignKey(
        "billing.ServiceLine",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="milestones",
        db_index=False,
    )
    applies = models.BooleanField(default=True)
    due_at = models.DateTimeField(_("due"))
    source = models.CharField(_("by whose word"), max_length=8, choices=Source, default=Source.RULE)
    generation = models.PositiveIntegerField(default=1)
    status = FSMField(
        _("status"), default=MilestoneStatus.YET_TO_REACH, choices=MilestoneStatus.choices, protected=True
    )
    reached_at = models.DateTimeField(_("reached at"), null=True, blank=True)
    evidence = models.CharField(_("evidence"), max_length=300, blank=True, default="")
    told_by = models.ForeignKey(
        "tickets.Staff", models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    told_contact = models.ForeignKey(
        "tickets.Contact", models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    told_at = models.DateTimeField(_("customer told at"), null=True, blank=True)
    told_message = models.CharField(_("by which message"), max_length=120, blank=True, default="")
    promise = models.OneToOneField(
        "tickets.Promise", models.PROTECT, null=True, blank=True, related_name="milestone"
    )

    class Meta:
        verbose_name = _("milestone")
        verbose_name_plural = _("milestones")
        ordering = ["order", "due_at", "id"]
        constraints = [
            models.UniqueConstraint(
                name="d1_milestone_once_an_order", fields=["order", "kind", "line"], nulls_distinct=False
            ),
            models.CheckConstraint(
                name="d1_milestone_kind_known", condition=Q(kind__in=MilestoneKind.values)
            ),
            models.CheckConstraint(
                name="d1_line_of_the_right_milestones", condition=Q(line__isnull=True) | Q(kind__in=OF_A_LINE)
            ),
            models.CheckConstraint(
                name="d1_some_milestones_always_apply", condition=Q(applies=True) | Q(kind__in=MAY_NOT_APPLY)
            ),
            models.CheckConstraint(
                name="d1_reached_with_evidence",
                condition=Q(reached_at__isnull=True, status__in=("yet_to_reach", "violated"))
                | (Q(reached_at__isnull=False, status__in=("completed", "violated")) & ~Q(evidence="")),
            ),
            models.CheckConstraint(
                name="d1_owed_until_reached",
                condition=Q(applies=False) | Q(promise__isnull=False) | Q(reached_at__isnull=False),
            ),
            models.CheckConstraint(
                name="d1_told_by_somebody",
                condition=Q(told_at__isnull=True)
                | Q(told_by__isnull=False)
                | Q(told_contact__isnull=False)
                | ~Q(told_message=""),
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at", "id"],
                name="milestone_due",
                condition=Q(status="yet_to_reach", applies=True),
            )
        ]
        triggers = [
            *MILESTONE.triggers(),
            NeverDeleted(rule="D1", what="a milestone"),
            FixedFields(
                rule="D1", name="milestone_fixed", what="a milestone", fields=("order", "kind", "line")
            ),
            FixedFields(
                rule="D1",
                name="milestone_reached_fixed",
                what="a milestone reached",
                fields=("reached_at", "told_at"),
                once_set=True,
            ),
            Rule(
                rule="D1",
                name="milestone_due_stands",
                says="the due time of a milestone moves only with a change of dates, and not once missed or reached",
                refuse_if=(
                    "NEW.due_at IS DISTINCT FROM OLD.due_at AND (NEW.generation <= OLD.generation "
                    "OR OLD.status <> 'yet_to_reach')"
                ),
                operation=pgtrigger.Update,
            ),
            Rule(
                rule="D1",
                name="stop_reached_by_a_stop",
                says="a stop is reached only when the line has stopped",
                refuse_if=(
                    "NEW.kind IN ('phone_stopped', 'internet_stopped') AND NEW.line_id IS NOT NULL "
                    "AND NEW.reached_at IS NOT NULL AND NOT EXISTS (SELECT 1 FROM billing_serviceline s "
                    "WHERE s.id = NEW.line_id AND s.status = 'terminated')"
                ),
            ),
            Rule(
                rule="D3",
                name="porting_reached_by_porting",
                says="porting is reached only when it was completed, and stops to apply only when given up",
                refuse_if=(
                    "NEW.kind = 'porting_completed' AND NEW.line_id IS NOT NULL AND ("
                    "(NEW.reached_at IS NOT NULL AND NOT EXISTS (SELECT 1 FROM billing_porting p "
                    "WHERE p.line_id = NEW.line_id AND p.status = 'completed')) OR "
                    "(NOT NEW.applies AND EXISTS (SELECT 1 FROM billing_porting p "
                    "WHERE p.line_id = NEW.line_id AND p.status IN ('requested', 'failed'))))"
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.order_id} {self.kind}"

    @property
    def label(self) -> str:
        """What it is called: of a television line its own stop, though the twelve have one kind for both."""
        if self.kind == MilestoneKind.INTERNET_STOPPED and self.line and self.line.kind == "tv":
            return gettext("TV stopped")
        return str(self.get_kind_display())

    @property
    def open(self) -> bool:
        """Somebody still waits for it."""
        return self.applies and self.reached_at is None

    @MILESTONE.step("complete")
    def complete(self, *, at: dt.datetime, evidence: str) -> None:
        """Reached in time."""
        self.reached_at, self.evidence = at, evidence

    @MILESTONE.step("violate")
    def violate(self) -> None:
        """Its due time has gone by."""

    def reach_late(self, *, at: dt.datetime, evidence: str) -> None:
        """Reached after it was missed: it stays missed, with the moment."""
        self.reached_at, self.evidence = at, evidence


def _owed_until_reached() -> FirmTrigger:
    kept = refusal("D1", "promise % cannot be kept: its milestone % is not reached", "NEW.id", "kind")
    void = refusal(
        "D1", "promise % cannot be void: its milestone % still applies and is not reached", "NEW.id", "kind"
    )
    return FirmTrigger(
        name="d1_milestone_promise_stands",
        when=pgtrigger.Before,
        operation=pgtrigger.Update,
        condition=pgtrigger.Condition("NEW.status <> OLD.status AND NEW.status <> 'open'"),
        declare=[("kind", "text")],
        func=f"""
            SELECT m.kind INTO kind FROM billing_milestone m
                JOIN billing_cancellationorder o ON o.id = m.order_id
                WHERE m.promise_id = NEW.id AND m.applies AND m.reached_at IS NULL
                AND o.status <> 'cancelled';
            IF kind IS NULL THEN RETURN NEW; END IF;
            IF NEW.status = 'kept' THEN {kept} ELSE {void} END IF;
            RETURN NEW;
        """,
    )


class MilestonePromise(Promise):
    """The promise as the cancellation sees it: it ends when its milestone is reached, not before (D1, A13)."""

    class Meta:
        proxy = True
        triggers = [_owed_until_reached()]
