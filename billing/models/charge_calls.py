"""What a customer was told about a charge, and calls planned about it (C8)."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from billing.models import charge_rules
from billing.models.charges import Charge
from tickets.rules import AppendOnly, FixedFields, NeverDeleted


class ChargeTold(models.Model):
    """What one customer was told about one charge, by whom, when (C8). Append-only: a correction is a new row."""

    class Stance(models.TextChoices):
        """What we said would happen."""

        DUE = "due", _("it is to be paid")
        NOT_DUE = "not_due", _("it is not to be paid")
        OPEN = "open", _("we will find out")

    charge = models.ForeignKey(
        Charge, on_delete=models.PROTECT, related_name="told", verbose_name=_("charge")
    )
    ticket = models.ForeignKey(
        "tickets.Ticket", on_delete=models.PROTECT, related_name="+", verbose_name=_("ticket")
    )
    contact = models.ForeignKey(
        "tickets.Contact",
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("contact"),
    )
    stance = models.CharField(_("what was said"), max_length=8, choices=Stance.choices)
    amount_yen = models.BigIntegerField(_("amount told, tax included (yen)"))
    words = models.TextField(_("words"))
    told_by = models.ForeignKey(
        "tickets.Staff", on_delete=models.PROTECT, related_name="+", verbose_name=_("told by")
    )
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("what was told about a charge")
        verbose_name_plural = _("what was told about charges")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(stance__in=["due", "not_due", "open"]), name="c8_told_stance")
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["charge", "-at"], name="told_of_charge")
        ]
        triggers: ClassVar[list[Any]] = [
            AppendOnly(rule="C8", what="what a customer was told"),
            *charge_rules.TOLD_RULES,
        ]

    def __str__(self) -> str:
        return f"{self.charge} {self.stance}"


class ChargeCall(models.Model):
    """A call planned to ask a customer for a charge; its promise says when and whose (C8).

    When the charge falls the promise is void by itself, by trigger, and `apology` names the call that takes its
    place: the fall does not commit without it.
    """

    charge = models.ForeignKey(
        Charge, on_delete=models.PROTECT, related_name="calls", verbose_name=_("charge")
    )
    promise = models.OneToOneField(
        "tickets.Promise", on_delete=models.PROTECT, related_name="charge_call", verbose_name=_("promise")
    )
    apology = models.ForeignKey(
        "tickets.Promise",
        on_delete=models.PROTECT,
        related_name="apology_for",
        null=True,
        blank=True,
        verbose_name=_("apology call"),
    )
    planned_by = models.ForeignKey(
        "tickets.Staff", on_delete=models.PROTECT, related_name="+", verbose_name=_("planned by")
    )
    planned_at = models.DateTimeField(_("planned at"))

    class Meta:
        verbose_name = _("call about a charge")
        verbose_name_plural = _("calls about charges")
        triggers: ClassVar[list[Any]] = [
            NeverDeleted(rule="C8", what="a call about a charge"),
            FixedFields(
                rule="C8", name="call_fixed", what="a call about a charge", fields=["charge", "promise"]
            ),
            FixedFields(
                rule="C8",
                name="apology_once_set",
                what="a call about a charge",
                fields=["apology"],
                once_set=True,
            ),
            *charge_rules.CALL_RULES,
        ]

    def __str__(self) -> str:
        return f"{self.charge}"
