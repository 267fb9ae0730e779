"""The bill: charges and credits of one contract and month, tax rounded once per rate (C11; L16; TMF678)."""

from __future__ import annotations

import datetime as dt
from typing import Any, ClassVar

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop
from django_fsm import FSMField

from billing.lifecycle import INVOICE
from billing.models.charges import Charge, Credit
from billing.models.contracts import Contract
from billing.models.visibility import OfCustomer
from tickets.rules import FixedFields, NeverDeleted, Rule

DRAFT = "SELECT 1 FROM billing_invoice i WHERE i.id = {row}.invoice_id AND i.status IN ('new', 'on_hold')"

# floor() goes towards minus infinity: what is charged rounds down, what is given back rounds up.
ROUNDED_ONCE = (
    "NOT EXISTS (SELECT 1 FROM billing_invoicetax x WHERE x.invoice_id = NEW.id) AND EXISTS (SELECT 1 FROM "
    "billing_invoiceline l WHERE l.invoice_id = NEW.id) OR EXISTS (SELECT 1 FROM (SELECT l.tax_percent, "
    "sum(l.net_yen) AS net FROM billing_invoiceline l WHERE l.invoice_id = NEW.id GROUP BY l.tax_percent) s "
    "FULL JOIN (SELECT x.tax_percent, x.net_yen, x.tax_yen FROM billing_invoicetax x WHERE x.invoice_id = NEW.id) t "
    "ON t.tax_percent = s.tax_percent WHERE s.net IS DISTINCT FROM t.net_yen "
    "OR t.tax_yen IS DISTINCT FROM floor(s.net * s.tax_percent / 100.0))"
)


class Invoice(models.Model):
    """One bill of one contract for one month (`month_on`: the 1st, JST). Yen.

    Who may: billing's own run and SV or above (services/invoices.py). On hold (請求保留) it goes nowhere.
    """

    contract = models.ForeignKey(
        Contract, on_delete=models.PROTECT, related_name="invoices", verbose_name=_("contract")
    )
    number = models.CharField(_("invoice number"), max_length=30, unique=True)
    month_on = models.DateField(_("month"))
    status = FSMField(_("status"), default="new", protected=True)
    made_at = models.DateTimeField(_("made at"))
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True)
    settled_at = models.DateTimeField(_("paid at"), null=True, blank=True)
    hold_reason = models.CharField(_("why on hold"), max_length=200, blank=True)

    objects: ClassVar[OfCustomer[Invoice]] = OfCustomer.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("invoice")
        verbose_name_plural = _("invoices")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["contract", "month_on"], name="c11_one_invoice_a_month"),
            models.CheckConstraint(condition=Q(month_on__day=1), name="c11_month_begins_on_the_first"),
            models.CheckConstraint(
                condition=~Q(status="on_hold") | ~Q(hold_reason=""), name="c11_hold_says_why"
            ),
        ]
        triggers: ClassVar[list[Any]] = [
            *INVOICE.triggers(),
            NeverDeleted(rule="C11", what="an invoice"),
            FixedFields(
                rule="C11", name="invoice_fixed", what="an invoice", fields=["contract", "number", "month_on"]
            ),
            Rule(
                rule="C11",
                name="tax_rounded_once",
                says=gettext_noop("tax is rounded once per rate on an invoice: charges down, credits up"),
                refuse_if=f"NEW.status = 'validated' AND OLD.status <> 'validated' AND ({ROUNDED_ONCE})",
                operation=pgtrigger.Update,
            ),
            Rule(
                rule="C5",
                name="nothing_fallen_is_sent",
                says=gettext_noop(
                    "this invoice has a charge that is held, disputed or fallen; build it again"
                ),
                refuse_if=(
                    "NEW.status IN ('validated', 'sent') AND NEW.status <> OLD.status AND EXISTS (SELECT 1 "
                    "FROM billing_invoiceline l JOIN billing_charge c ON c.id = l.charge_id "
                    "WHERE l.invoice_id = NEW.id AND c.status NOT IN ('validated', 'billed', 'settled'))"
                ),
                operation=pgtrigger.Update,
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @INVOICE.step("hold")
    def hold(self, *, reason: str) -> None:
        """請求保留: it goes nowhere until somebody lets it."""
        self.hold_reason = reason

    @INVOICE.step("release")
    def release(self) -> None:
        """Back to be built again."""
        self.hold_reason = ""

    @INVOICE.step("validate")
    def validate(self) -> None:
        """Its lines and taxes agree; they do not change any more."""

    @INVOICE.step("send")
    def send(self, *, at: dt.datetime) -> None:
        """It has left; its charges are billed, its credits applied."""
        self.sent_at = at

    @INVOICE.step("settle")
    def settle(self, *, at: dt.datetime) -> None:
        """It is paid."""
        self.settled_at = at


class InvoiceLine(models.Model):
    """One charge (positive) or one credit (negative) on a bill, before tax, in yen."""

    invoice = models.ForeignKey(
        Invoice, on_delete=models.CASCADE, related_name="lines", verbose_name=_("invoice")
    )
    charge = models.OneToOneField(
        Charge,
        on_delete=models.PROTECT,
        related_name="invoice_line",
        null=True,
        blank=True,
        verbose_name=_("charge"),
    )
    credit = models.OneToOneField(
        Credit,
        on_delete=models.PROTECT,
        related_name="invoice_line",
        null=True,
        blank=True,
        verbose_name=_("credit"),
    )
    net_yen = models.BigIntegerField(_("before tax (yen)"))
    tax_percent = models.PositiveSmallIntegerField(_("tax rate (per cent)"))

    class Meta:
        verbose_name = _("invoice line")
        verbose_name_plural = _("invoice lines")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(charge__isnull=False, credit__isnull=True, net_yen__gte=0)
                | Q(charge__isnull=True, credit__isnull=False, net_yen__lte=0),
                name="c11_line_is_a_charge_or_a_credit",
            )
        ]
        triggers: ClassVar[list[Any]] = [
            Rule(
                rule="C11",
                name="line_of_its_contract",
                says=gettext_noop(
                    "an invoice line is the charge or credit itself, of the invoice's contract"
                ),
                refuse_if=(
                    "NOT EXISTS (SELECT 1 FROM billing_invoice i LEFT JOIN billing_charge c ON c.id = NEW.charge_id "
                    "LEFT JOIN billing_credit d ON d.id = NEW.credit_id WHERE i.id = NEW.invoice_id "
                    "AND i.contract_id = COALESCE(c.contract_id, d.contract_id) "
                    "AND NEW.net_yen = COALESCE(c.net_yen, -d.net_yen) "
                    "AND NEW.tax_percent = COALESCE(c.tax_percent, d.tax_percent))"
                ),
            ),
            Rule(
                rule="C11",
                name="lines_stand_once_validated",
                says=gettext_noop("the lines of an invoice change only while it is new or on hold"),
                refuse_if=(
                    f"(TG_OP <> 'DELETE' AND NOT EXISTS ({DRAFT.format(row='NEW')})) "
                    f"OR (TG_OP <> 'INSERT' AND NOT EXISTS ({DRAFT.format(row='OLD')}))"
                ),
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.invoice} {self.net_yen}"


class InvoiceTax(models.Model):
    """The one rounding of one rate on one bill: `tax_yen` = floor(net x rate); a negative net rounds away from zero."""

    invoice = models.ForeignKey(
        Invoice, on_delete=models.CASCADE, related_name="taxes", verbose_name=_("invoice")
    )
    tax_percent = models.PositiveSmallIntegerField(_("tax rate (per cent)"))
    net_yen = models.BigIntegerField(_("before tax (yen)"))
    tax_yen = models.BigIntegerField(_("tax (yen)"))

    class Meta:
        verbose_name = _("tax of an invoice")
        verbose_name_plural = _("taxes of invoices")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["invoice", "tax_percent"], name="c11_one_rounding_a_rate")
        ]
        triggers: ClassVar[list[Any]] = [
            Rule(
                rule="C11",
                name="taxes_stand_once_validated",
                says=gettext_noop("the taxes of an invoice change only while it is new or on hold"),
                refuse_if=(
                    f"(TG_OP <> 'DELETE' AND NOT EXISTS ({DRAFT.format(row='NEW')})) "
                    f"OR (TG_OP <> 'INSERT' AND NOT EXISTS ({DRAFT.format(row='OLD')}))"
                ),
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
            )
        ]

    def __str__(self) -> str:
        return f"{self.invoice} {self.tax_percent} %"
