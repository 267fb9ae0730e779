"""Every last day ever set for a line, and the customer's own consents to an earlier stop (D2)."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from billing.models.line_sql import a_real_day, end_of, in_the_future
from tickets.rules import AppendOnly, FirmTrigger, Rule, refusal

# The customer of the cancellation, from a row that names a `cancellation_line_id`.
ITS_CUSTOMER = (
    "(SELECT o.customer_id FROM billing_cancellationline l "
    "JOIN billing_cancellationorder o ON o.id = l.order_id WHERE l.id = NEW.cancellation_line_id)"
)


class StopConsent(models.Model):
    """The customer's own recorded words that a line may stop before its last day's end. Written once.

    It holds for one line, from `stop_at` on, and for one setting of its last day: moving the date ends it.
    Nobody consents on the customer's behalf or afterwards: the contact is the customer's, with its recording
    (or web log), and `given_at` comes before `stop_at`.
    """

    line = models.ForeignKey("billing.ServiceLine", models.PROTECT, related_name="stop_consents")
    cancellation_line = models.ForeignKey(
        "billing.CancellationLine", models.PROTECT, related_name="stop_consents"
    )
    generation = models.PositiveIntegerField()
    contact = models.ForeignKey("tickets.Contact", models.PROTECT, related_name="+")
    words = models.TextField(_("the customer's words"))
    recording_ref = models.CharField(_("recording or web log"), max_length=200)
    stop_at = models.DateTimeField(_("may stop from"))
    given_at = models.DateTimeField(_("given at"))
    recorded_by = models.ForeignKey("tickets.Staff", models.PROTECT, null=True, blank=True, related_name="+")
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("consent to an earlier stop")
        verbose_name_plural = _("consents to an earlier stop")
        constraints = [
            models.CheckConstraint(
                name="d2_consent_is_recorded", condition=~Q(words="") & ~Q(recording_ref="")
            ),
            models.CheckConstraint(
                name="d2_consent_comes_before_the_stop", condition=Q(given_at__lte=F("stop_at"))
            ),
        ]
        triggers = [
            AppendOnly(rule="D2", what="a customer's consent"),
            Rule(
                rule="D2",
                name="consent_is_the_customers_own",
                says="a consent to an earlier stop comes from the customer, for this line, in a contact already had",
                refuse_if=(
                    f"{in_the_future('NEW.given_at')} OR NOT EXISTS (SELECT 1 FROM tickets_contact c "
                    f"WHERE c.id = NEW.contact_id AND c.customer_id = {ITS_CUSTOMER} "
                    "AND c.started_at <= NEW.given_at) OR NOT EXISTS (SELECT 1 FROM billing_cancellationline l "
                    "WHERE l.id = NEW.cancellation_line_id AND l.line_id = NEW.line_id "
                    "AND l.withdrawn_at IS NULL AND NEW.generation BETWEEN l.generation AND l.generation + 1)"
                ),
                operation=pgtrigger.Insert,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.line_id} from {self.stop_at:%Y-%m-%d %H:%M%z}"


class SetFor(models.TextChoices):
    """Whose wish a last day is."""

    CUSTOMER = "customer", _("The customer")
    COMPANY = "company", _("The company")


def _entry_rule() -> FirmTrigger:
    """Entries follow each other without gap, concern the customer, lie ahead, and sink only with consent."""
    line, order = "billing_cancellationline", "billing_cancellationorder"
    consent = (
        "EXISTS (SELECT 1 FROM billing_stopconsent c WHERE c.id = NEW.consent_id "
        "AND c.cancellation_line_id = NEW.cancellation_line_id AND c.generation = NEW.generation "
        f"AND c.stop_at <= {end_of('NEW.last_day')})"
    )
    gap = refusal("D2", "settings of a last day are numbered without gap; % was expected", "so_far + 1")
    over = refusal("D2", "a last day cannot be set for a day that is already over")
    stranger = refusal("D2", "a last day is set in a contact of the same customer")
    done = refusal("D2", "the line has stopped or its cancellation was withdrawn: its last day stands")
    sinks = refusal(
        "D2", "bringing a last day forward from % needs the recorded consent of the customer", "day"
    )
    return FirmTrigger(
        name="d2_last_day_entry",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert,
        declare=[("so_far", "integer"), ("day", "date")],
        # The lock makes two writers of one line follow each other.
        func=f"""
            PERFORM 1 FROM {line} WHERE id = NEW.cancellation_line_id FOR NO KEY UPDATE;
            SELECT generation, last_day INTO so_far, day FROM billing_lastdayentry
                WHERE cancellation_line_id = NEW.cancellation_line_id ORDER BY generation DESC LIMIT 1;
            so_far := COALESCE(so_far, 0);
            IF NEW.generation <> so_far + 1 THEN {gap} END IF;
            IF {end_of("NEW.last_day")} <= NEW.set_at OR {in_the_future("NEW.set_at")} THEN {over} END IF;
            IF {ITS_CUSTOMER} IS DISTINCT FROM
                (SELECT customer_id FROM tickets_contact WHERE id = NEW.contact_id) THEN {stranger} END IF;
            IF NOT EXISTS (SELECT 1 FROM {line} l JOIN {order} o ON o.id = l.order_id
                JOIN billing_serviceline s ON s.id = l.line_id
                WHERE l.id = NEW.cancellation_line_id AND l.withdrawn_at IS NULL
                AND s.status <> 'terminated' AND o.status NOT IN ('completed', 'cancelled')) THEN {done} END IF;
            IF NEW.last_day < day AND NOT {consent} THEN {sinks} END IF;
            RETURN NEW;
        """,
    )


class LastDayEntry(models.Model):
    """One setting of one line's last day: by whom, in which contact, why. Written once (D2, D5).

    There is no entry that follows from another line's date: each has its own contact and reason.
    """

    cancellation_line = models.ForeignKey("billing.CancellationLine", models.PROTECT, related_name="entries")
    generation = models.PositiveIntegerField()
    last_day = models.DateField(_("last day"))
    set_for = models.CharField(_("whose wish"), max_length=8, choices=SetFor)
    set_by = models.ForeignKey("tickets.Staff", models.PROTECT, null=True, blank=True, related_name="+")
    set_at = models.DateTimeField(_("set at"))
    contact = models.ForeignKey("tickets.Contact", models.PROTECT, related_name="+")
    why = models.CharField(_("why"), max_length=200)
    consent = models.ForeignKey(StopConsent, models.PROTECT, null=True, blank=True, related_name="+")
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("setting of a last day")
        verbose_name_plural = _("settings of last days")
        ordering = ["cancellation_line", "generation"]
        constraints = [
            models.UniqueConstraint(
                name="d2_one_entry_a_generation", fields=["cancellation_line", "generation"]
            ),
            models.CheckConstraint(name="d2_entry_is_a_real_day", condition=a_real_day("last_day")),
            models.CheckConstraint(name="d2_entry_says_why", condition=~Q(why="")),
        ]
        triggers = [AppendOnly(rule="D2", what="the setting of a last day"), _entry_rule()]

    def __str__(self) -> str:
        return f"{self.cancellation_line_id} g{self.generation} {self.last_day}"
