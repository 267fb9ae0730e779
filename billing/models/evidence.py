"""The proof of what a customer ordered, and notices that were merely sent (C2, C3, C4; 消費者契約法10).

There are three kinds of evidence and no fourth: an application form, a recording, a web log. A notice sent is not
received, received is not consent, so a `Notice` has no column for either.
"""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from billing.models.contracts import Contract
from billing.models.visibility import OfCustomer
from tickets.rules import AppendOnly, Rule


class EvidenceKind(models.TextChoices):
    """What can prove an order (C2)."""

    APPLICATION_FORM = "application_form", _("application form")
    RECORDING = "recording", _("recording of the call")
    WEB_LOG = "web_log", _("web log")


class OrderEvidence(models.Model):
    """One proof of an order, written once (C2).

    `fields` holds what it says: ``{"options": {"caller_display": true, …}}``, one entry for each option on the
    form, ticked or not. `reference` finds the original (image, recording, log). `ordered_on` is the JST date the
    customer gave on it, not the date anyone keyed it in.
    """

    contract = models.ForeignKey(
        Contract, on_delete=models.PROTECT, related_name="evidence", verbose_name=_("contract")
    )
    kind = models.CharField(_("kind"), max_length=20, choices=EvidenceKind.choices)
    ordered_on = models.DateField(_("ordered on"))
    received_at = models.DateTimeField(_("received at"))
    received_by = models.ForeignKey(
        "tickets.Staff", on_delete=models.PROTECT, related_name="+", verbose_name=_("received by")
    )
    agency = models.ForeignKey(
        "tickets.Company",
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("agency"),
    )
    form_version = models.CharField(_("form version"), max_length=20, blank=True)
    reference = models.CharField(_("where the original is"), max_length=200)
    image = models.FileField(_("image"), upload_to="evidence/", blank=True)
    is_customers_copy = models.BooleanField(_("the customer's own copy"), default=False)
    fields = models.JSONField(_("fields"))

    objects: ClassVar[OfCustomer[OrderEvidence]] = OfCustomer.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("evidence of an order")
        verbose_name_plural = _("evidence of orders")
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=EvidenceKind.values), name="c3_no_tacit_consent"),
            models.CheckConstraint(condition=~Q(reference=""), name="c2_evidence_can_be_found"),
            models.CheckConstraint(condition=Q(fields__has_key="options"), name="c2_evidence_has_fields"),
        ]
        indexes = [GinIndex(fields=["fields"], name="evidence_fields")]
        triggers = [
            AppendOnly(rule="C2", what="evidence of an order"),
            Rule(
                rule="C3",
                name="no_tacit_consent",
                says=(
                    "'%' proves no order: a notice sent is not received, received is not consent; "
                    "only an application form, a recording or a web log does"
                ),
                details=["NEW.kind"],
                refuse_if="NEW.kind NOT IN ('application_form', 'recording', 'web_log')",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.reference}"

    def ticks(self, option_code: str) -> bool:
        """Whether this proof shows that the option was ordered."""
        options = self.fields.get("options", {})
        return bool(options.get(option_code, False))

    @property
    def ordered_options(self) -> frozenset[str]:
        """Codes of every option that this proof shows as ordered."""
        return frozenset(code for code, ticked in self.fields.get("options", {}).items() if ticked)


class Notice(models.Model):
    """That a letter about a contract was sent: to where, when, which version. It proves nothing else (C3)."""

    class Via(models.TextChoices):
        """How it went out."""

        POST = "post", _("post")
        MAIL = "mail", _("e-mail")

    contract = models.ForeignKey(
        Contract, on_delete=models.PROTECT, related_name="notices", verbose_name=_("contract")
    )
    document_version = models.ForeignKey(
        "billing.DocumentVersion",
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("document version"),
    )
    via = models.CharField(_("sent by"), max_length=4, choices=Via.choices)
    sent_to = models.CharField(_("sent to"), max_length=200)
    sent_at = models.DateTimeField(_("sent at"))
    contents = models.JSONField(_("contents"), default=dict)

    objects: ClassVar[OfCustomer[Notice]] = OfCustomer.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("notice sent")
        verbose_name_plural = _("notices sent")
        constraints = [models.CheckConstraint(condition=Q(via__in=["post", "mail"]), name="c3_notice_via")]
        triggers = [AppendOnly(rule="C3", what="a notice sent")]

    def __str__(self) -> str:
        return f"{self.contract} {self.sent_at:%Y-%m-%d}"
