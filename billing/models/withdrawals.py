"""Early withdrawal from a contract (初期契約解除): whether it came in time, and what it may cost (C11; 事業法26-3)."""

from __future__ import annotations

from typing import Any, ClassVar

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from billing.models.contracts import Contract
from billing.models.visibility import OfCustomer
from tickets.rules import FixedFields, NeverDeleted, Rule


class EarlyWithdrawal(models.Model):
    """A customer's withdrawal in writing, by its day of dispatch. JST dates; yen before tax.

    `last_day` is the last day that counts, as it stood when this was recorded: day 8 from the receipt of the latest
    honest contract document, moved to a business day by policy; null while no such document has come, and then every
    day counts. `in_time` is computed by the database from the postmark, so nobody can call a timely one late. What it
    costs is itemised: use, work done (capped), the cost of contracting; nothing else and no penalty.
    """

    contract = models.OneToOneField(
        Contract, on_delete=models.PROTECT, related_name="early_withdrawal", verbose_name=_("contract")
    )
    ticket = models.ForeignKey(
        "tickets.Ticket", on_delete=models.PROTECT, related_name="+", verbose_name=_("ticket")
    )
    dispatched_on = models.DateField(_("dispatched on (postmark)"))
    postmark_proof = models.CharField(_("proof of dispatch"), max_length=200)
    arrived_on = models.DateField(_("arrived on"))
    last_day = models.DateField(_("last day that counts"), null=True, blank=True)
    in_time = models.GeneratedField(
        expression=models.ExpressionWrapper(
            Q(last_day__isnull=True) | Q(dispatched_on__lte=F("last_day")), output_field=models.BooleanField()
        ),
        output_field=models.BooleanField(),
        db_persist=True,
        verbose_name=_("in time"),
    )
    used_yen = models.BigIntegerField(_("use (yen)"), default=0)
    work_yen = models.BigIntegerField(_("work done (yen)"), default=0)
    contracting_yen = models.BigIntegerField(_("cost of contracting (yen)"), default=0)
    recorded_by = models.ForeignKey(
        "tickets.Staff", on_delete=models.PROTECT, related_name="+", verbose_name=_("recorded by")
    )
    recorded_at = models.DateTimeField(_("recorded at"))

    objects: ClassVar[OfCustomer[EarlyWithdrawal]] = OfCustomer.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("early withdrawal")
        verbose_name_plural = _("early withdrawals")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(used_yen__gte=0, work_yen__gte=0, contracting_yen__gte=0),
                name="c11_cost_not_negative",
            ),
            models.CheckConstraint(condition=~Q(postmark_proof=""), name="c11_dispatch_is_proven"),
            models.CheckConstraint(
                condition=Q(arrived_on__gte=F("dispatched_on")), name="c11_arrives_after_dispatch"
            ),
        ]
        triggers: ClassVar[list[Any]] = [
            NeverDeleted(rule="C11", what="an early withdrawal"),
            FixedFields(
                rule="C11",
                name="withdrawal_fixed",
                what="an early withdrawal",
                fields=["contract", "dispatched_on", "arrived_on", "last_day", "recorded_by", "recorded_at"],
            ),
            Rule(
                rule="C11",
                name="eight_days_are_whole",
                says=gettext_noop(
                    "the days to withdraw begin with the receipt of the contract document and are never fewer (26-3)"
                ),
                refuse_if=(
                    "NEW.last_day IS NOT NULL AND NOT EXISTS (SELECT 1 FROM billing_contract k JOIN billing_feecap f "
                    "ON f.code = 'withdrawal_days' AND f.during @> k.document_received_on WHERE k.id = NEW.contract_id "
                    "AND NEW.last_day >= k.document_received_on + (f.value - 1)::int)"
                ),
                operation=pgtrigger.Insert,
            ),
            Rule(
                rule="C11",
                name="work_up_to_its_cap",
                says=gettext_noop("after an early withdrawal the work done is charged up to its cap (26-3)"),
                refuse_if=(
                    "NEW.work_yen > COALESCE((SELECT f.value FROM billing_feecap f "
                    "WHERE f.code = 'withdrawal_work_cap' AND f.during @> NEW.dispatched_on), 0)"
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.contract} {self.dispatched_on}"
