"""Visits to remove the circuit: offered, agreed by the customer, moved, carried out (立会日; D4)."""

from __future__ import annotations

import datetime as dt

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField

from billing.lifecycle_cancellation import VISIT
from billing.models.line_sql import consented, end_of
from tickets.formats import datetime_text, time_text
from tickets.rules import FixedFields, NeverDeleted, Rule


class VisitStatus(models.TextChoices):
    """`lapsed`: overtaken by a change of dates, or by the withdrawal of the order."""

    OFFERED = "offered", _("Offered")
    AGREED = "agreed", _("Agreed")
    DECLINED = "declined", _("Declined")
    MOVED = "moved", _("Moved")
    DONE = "done", _("Carried out")
    LAPSED = "lapsed", _("Lapsed")


# A line on the visit's access line that would be cut by a removal at the moment {moment}: still to run then, and
# without the customer's consent to end before.
_WOULD_BE_CUT = (
    "EXISTS (SELECT 1 FROM billing_serviceline s WHERE s.access_line_id = NEW.access_line_id "
    "AND s.status <> 'terminated' AND (s.last_day IS NULL OR {end} > {moment}) AND NOT {consent})"
)


class VisitOffer(models.Model):
    """A window [starts_at, ends_at) on one day for one access line of an order."""

    order = models.ForeignKey("billing.CancellationOrder", models.PROTECT, related_name="visits")
    access_line = models.ForeignKey("billing.AccessLine", models.PROTECT, related_name="visits")
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("until"))
    status = FSMField(_("status"), default=VisitStatus.OFFERED, choices=VisitStatus.choices, protected=True)
    offered_at = models.DateTimeField(_("offered at"))
    offered_by = models.ForeignKey("tickets.Staff", models.PROTECT, null=True, blank=True, related_name="+")
    agreed_at = models.DateTimeField(_("agreed at"), null=True, blank=True)
    agreed_by = models.ForeignKey("tickets.Staff", models.PROTECT, null=True, blank=True, related_name="+")
    agreed_contact = models.ForeignKey(
        "tickets.Contact", models.PROTECT, null=True, blank=True, related_name="+"
    )
    moved_from = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="moved_to")
    # When an agreed visit was overtaken: another day is owed to the customer.
    promise = models.OneToOneField(
        "tickets.Promise", models.PROTECT, null=True, blank=True, related_name="overtaken_visit"
    )
    done_at = models.DateTimeField(_("carried out at"), null=True, blank=True)
    evidence = models.CharField(_("evidence"), max_length=200, blank=True, default="")

    class Meta:
        verbose_name = _("removal visit")
        verbose_name_plural = _("removal visits")
        constraints = [
            models.CheckConstraint(name="d4_visit_runs_forward", condition=Q(starts_at__lt=F("ends_at"))),
            models.CheckConstraint(
                name="d4_visit_agreed_by_the_customer",
                condition=~Q(status__in=(VisitStatus.AGREED, VisitStatus.MOVED, VisitStatus.DONE))
                | (Q(agreed_at__isnull=False) & Q(agreed_contact__isnull=False)),
            ),
            models.CheckConstraint(
                name="d4_visit_done_has_evidence",
                condition=~Q(status=VisitStatus.DONE) | (Q(done_at__isnull=False) & ~Q(evidence="")),
            ),
            models.UniqueConstraint(
                name="d4_one_agreed_visit_an_access_line",
                fields=["access_line"],
                condition=Q(status=VisitStatus.AGREED),
            ),
        ]
        triggers = [
            *VISIT.triggers(),
            NeverDeleted(rule="D4", what="a removal visit"),
            FixedFields(
                rule="D4",
                name="visit_fixed",
                what="a removal visit",
                fields=("order", "access_line", "starts_at", "ends_at"),
            ),
            Rule(
                rule="D4",
                name="visit_after_every_stop",
                says="a removal visit at % would cut a line that is still to run on the same access line",
                details=("NEW.starts_at",),
                # Waits for a change of dates on these lines, and makes the next one see this visit.
                before_asking=(
                    "PERFORM 1 FROM billing_serviceline WHERE access_line_id = NEW.access_line_id FOR SHARE;"
                ),
                refuse_if="NEW.status IN ('offered', 'agreed') AND "
                + _WOULD_BE_CUT.format(
                    end=end_of("s.last_day"),
                    moment="NEW.starts_at",
                    consent=consented("s.id", "NEW.starts_at"),
                ),
            ),
            Rule(
                rule="D4",
                name="removal_after_every_stop",
                says="a removal is not carried out while a line on the same access line is in service",
                refuse_if=(
                    "NEW.status = 'done' AND EXISTS (SELECT 1 FROM billing_serviceline s "
                    "WHERE s.access_line_id = NEW.access_line_id "
                    "AND (s.status <> 'terminated' OR s.stopped_at > NEW.done_at) "
                    f"AND NOT {consented('s.id', 'NEW.done_at')})"
                ),
            ),
            Rule(
                rule="D4",
                name="visit_agreed_in_own_contact",
                says="a visit is agreed in a contact with the customer of the order",
                refuse_if=(
                    "NEW.agreed_contact_id IS NOT NULL AND "
                    "(SELECT customer_id FROM tickets_contact WHERE id = NEW.agreed_contact_id) IS DISTINCT FROM "
                    "(SELECT customer_id FROM billing_cancellationorder WHERE id = NEW.order_id)"
                ),
            ),
            Rule(
                rule="D4",
                name="overtaken_visit_is_owed",
                says="an agreed visit lapses only when another day is owed, or with the whole order",
                refuse_if=(
                    "NEW.status = 'lapsed' AND NEW.agreed_at IS NOT NULL AND NEW.promise_id IS NULL AND "
                    "(SELECT status FROM billing_cancellationorder WHERE id = NEW.order_id) <> 'cancelled'"
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{datetime_text(self.starts_at)} – {time_text(self.ends_at)}"

    @VISIT.step("agree")
    def agree(self, *, at: dt.datetime, by_id: int | None, contact_id: int) -> None:
        """The customer said yes, in a contact."""
        self.agreed_at, self.agreed_by_id, self.agreed_contact_id = at, by_id, contact_id

    @VISIT.step("decline")
    def decline(self) -> None:
        """The customer cannot on that day."""

    @VISIT.step("move")
    def move(self) -> None:
        """Another day was agreed instead."""

    @VISIT.step("carry_out")
    def carry_out(self, *, at: dt.datetime, evidence: str) -> None:
        """The circuit is out."""
        self.done_at, self.evidence = at, evidence

    @VISIT.step("lapse")
    def lapse(self, *, promise_id: int | None = None) -> None:
        """The dates it was made for no longer hold; `promise_id`: another day is owed."""
        self.promise_id = promise_id
