"""What the customer was told before a cancellation was accepted (D6; 電気通信事業法26)."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from billing.models.line_sql import a_real_day, in_the_future
from tickets.rules import AppendOnly, Rule


class NumberOutcome(models.TextChoices):
    """What becomes of a telephone number; a number once given up cannot be revived (L9)."""

    NONE = "none", _("No number")
    PORTED = "ported", _("Taken along to the new provider")
    RELEASED = "released", pgettext_lazy("number", "Given up")


class ToldHow(models.TextChoices):
    """In which way the explanation was given; paper is the rule for sales by telephone (L1)."""

    VOICE = "voice", _("Read out")
    PAPER = "paper", _("On paper")
    MAIL = "mail", _("By mail")
    WEB = "web", _("On the web form")


class Explanation(models.Model):
    """Per line: the last usable minute, the charges, the number, the visit, the device, and the document given.

    Written once. The last usable minute is 23:59 of `last_day`; amounts are yen, tax included, and 0 when there
    is none. Without one of these for each line no order is accepted.
    """

    order = models.ForeignKey("billing.CancellationOrder", models.PROTECT, related_name="explanations")
    line = models.ForeignKey("billing.ServiceLine", models.PROTECT, related_name="explanations")
    last_day = models.DateField(_("last day"))
    last_month_yen = models.BigIntegerField(_("last month's fee"))
    penalty_yen = models.BigIntegerField(_("penalty"))
    residual_yen = models.BigIntegerField(_("rest of the construction fee"))
    removal_yen = models.BigIntegerField(_("removal fee"))
    number_outcome = models.CharField(_("the number"), max_length=8, choices=NumberOutcome)
    visit_told = models.CharField(_("what was said of the visit"), max_length=200)
    device_told = models.CharField(_("what was said of the device"), max_length=200)
    document_version = models.ForeignKey(
        "billing.DocumentVersion", models.PROTECT, related_name="+", verbose_name=_("document given")
    )
    how = models.CharField(_("how"), max_length=8, choices=ToldHow)
    contact = models.ForeignKey("tickets.Contact", models.PROTECT, related_name="+")
    recording_ref = models.CharField(_("recording or web log"), max_length=200, blank=True, default="")
    told_by = models.ForeignKey("tickets.Staff", models.PROTECT, null=True, blank=True, related_name="+")
    told_at = models.DateTimeField(_("told at"))
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("explanation of a cancellation")
        verbose_name_plural = _("explanations of cancellations")
        constraints = [
            models.CheckConstraint(name="d6_last_day_is_a_real_day", condition=a_real_day("last_day")),
            models.CheckConstraint(
                name="d6_charges_are_named",
                condition=Q(last_month_yen__gte=0)
                & Q(penalty_yen__gte=0)
                & Q(residual_yen__gte=0)
                & Q(removal_yen__gte=0),
            ),
            models.CheckConstraint(
                name="d6_visit_and_device_are_named", condition=~Q(visit_told="") & ~Q(device_told="")
            ),
            models.CheckConstraint(
                name="d6_somebody_told_it", condition=Q(told_by__isnull=False) | Q(how=ToldHow.WEB)
            ),
        ]
        triggers = [
            AppendOnly(rule="D6", what="an explanation"),
            Rule(
                rule="D6",
                name="explained_to_the_customer",
                says="an explanation is given to the customer, in a contact already had, for a line of the order",
                refuse_if=(
                    f"{in_the_future('NEW.told_at')} OR NOT EXISTS (SELECT 1 FROM billing_cancellationline l "
                    "JOIN billing_cancellationorder o ON o.id = l.order_id "
                    "JOIN tickets_contact c ON c.customer_id = o.customer_id "
                    "WHERE o.id = NEW.order_id AND l.line_id = NEW.line_id AND c.id = NEW.contact_id "
                    "AND c.started_at <= NEW.told_at)"
                ),
                operation=pgtrigger.Insert,
            ),
            Rule(
                rule="D6",
                name="number_of_a_phone",
                says="what becomes of the number is told for a telephone line, and for no other",
                refuse_if=(
                    "((SELECT kind FROM billing_serviceline WHERE id = NEW.line_id) = 'phone') "
                    "<> (NEW.number_outcome <> 'none')"
                ),
                operation=pgtrigger.Insert,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.order_id}/{self.line_id} {self.last_day}"

    @property
    def charges_yen(self) -> int:
        """All that was named, yen, tax included."""
        return self.last_month_yen + self.penalty_yen + self.residual_yen + self.removal_yen
