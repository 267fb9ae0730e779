"""The contact history (応対履歴): one a customer, across desks, companies and tickets (A1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Self

import pgtrigger
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q

from tickets.grams import Grams
from tickets.rules import AppendOnly, Rule

if TYPE_CHECKING:
    from tickets.models.staff import Staff


# What a person wrote, also as SQL (`searched_sql`). The stops of lines come by the hundred thousand and say nothing that is searched for; a promise that
# was kept by itself says what its opening said.
SEARCHED = ~Q(summary="") & ~Q(kind__startswith="line.") & ~Q(kind="promise.kept", actor__isnull=True)


def searched_sql(entry: str) -> str:
    """SEARCHED of the table that is called `entry`, word for word as Django writes the index of words."""
    return (
        f"NOT {entry}.summary = '' AND NOT {entry}.kind::text LIKE 'line.%' "
        f"AND NOT ({entry}.actor_id IS NULL AND {entry}.kind = 'promise.kept')"
    )


class TimelineEntryQuerySet(models.QuerySet["TimelineEntry"]):
    """The only door for pages, export, stream and print."""

    def visible_to(self, staff: Staff) -> Self:
        """As the customer; entries kept inside the own company are not shown to partners."""
        if not staff.is_partner:
            return self
        from tickets.models.customers import Customer

        return self.filter(own_company_only=False, customer__in=Customer.objects.visible_to(staff))


class TimelineEntry(models.Model):
    """One line of the contact history (応対履歴): one per customer, across desks, companies and tickets (A1)."""

    # No index of their own where the ones below begin with the column, or where nobody asks by it (docs/performance.md).
    customer = models.ForeignKey(
        "tickets.Customer", on_delete=models.PROTECT, related_name="timeline", db_index=False
    )
    ticket = models.ForeignKey(
        "tickets.Ticket",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="timeline",
        db_index=False,
    )
    contact = models.ForeignKey(
        "tickets.Contact",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="timeline",
        db_index=False,
    )
    # What happened, as `area.event`, e.g. contact.voicemail, promise.opened, demand.recorded.
    kind = models.CharField(max_length=40)
    at = models.DateTimeField()
    actor = models.ForeignKey(
        "tickets.Staff", null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    desk = models.ForeignKey(
        "tickets.Desk", null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    summary = models.TextField()
    data = models.JSONField(default=dict, blank=True)
    own_company_only = models.BooleanField(default=False)

    objects: ClassVar[TimelineEntryQuerySet] = TimelineEntryQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        indexes = [
            models.Index(fields=["customer", "-at", "-id"], name="timeline_of_customer"),
            models.Index(fields=["ticket", "-at", "-id"], name="timeline_of_ticket"),
            models.Index(fields=["contact"], name="timeline_of_contact", condition=Q(contact__isnull=False)),
            GinIndex(Grams("id", "summary"), condition=SEARCHED, name="timeline_words"),
        ]
        triggers = [
            AppendOnly(rule="A1", what="the contact history"),
            Rule(
                rule="A1",
                name="entry_of_the_tickets_customer",
                says="an entry of the contact history belongs to a case of the same customer",
                condition=pgtrigger.Condition("NEW.ticket_id IS NOT NULL"),
                operation=pgtrigger.Insert,
                refuse_if=(
                    "NEW.customer_id <> (SELECT t.customer_id FROM tickets_ticket t WHERE t.id = NEW.ticket_id)"
                ),
            ),
        ]
