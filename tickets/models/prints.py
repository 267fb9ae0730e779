"""Evidence prints of one case (証拠用印刷): what was printed, by whom, when, and its digest (F)."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Self

import pgtrigger
from django.db import models
from django.db.models import Q
from django.urls import reverse

from tickets.rules import AppendOnly, Rule

if TYPE_CHECKING:
    from tickets.models.staff import Staff


class CasePrintQuerySet(models.QuerySet["CasePrint"]):
    """The only door for pages and PDF."""

    def visible_to(self, staff: Staff) -> Self:
        """One's own, while one sees the case: the content is what that one person was allowed to see."""
        from tickets.models.tickets import Ticket

        mine = self.filter(printed_by=staff)
        return mine.filter(ticket__in=Ticket.objects.visible_to(staff)) if staff.is_partner else mine


class CasePrint(models.Model):
    """A case as one person saw it at one moment, kept so that the sheet can be compared with its digest.

    `content` is JSON (tickets/dossier.py) in `language`; `sha256` its digest in hex, over UTF-8, as on each page.
    """

    ticket = models.ForeignKey("tickets.Ticket", on_delete=models.PROTECT, related_name="prints")
    printed_by = models.ForeignKey("tickets.Staff", on_delete=models.PROTECT, related_name="+")
    printed_at = models.DateTimeField()
    language = models.CharField(max_length=2)
    content = models.TextField()
    sha256 = models.CharField(max_length=64)

    objects: ClassVar[CasePrintQuerySet] = CasePrintQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(content=""), name="f3_print_of_something"),
        ]
        indexes = [models.Index(fields=["ticket", "-printed_at"], name="print_of_ticket")]
        triggers = [
            AppendOnly(rule="F3", what="an evidence print"),
            Rule(
                rule="F3",
                name="digest_of_the_content",
                says="the digest of an evidence print is that of its content",
                operation=pgtrigger.Insert,
                refuse_if="NEW.sha256 <> encode(sha256(convert_to(NEW.content, 'UTF8')), 'hex')",
            ),
            Rule(
                rule="F3",
                name="print_is_on_the_timeline",
                says="an evidence print is recorded in the contact history",
                operation=pgtrigger.Insert,
                timing=pgtrigger.Deferred,
                refuse_if=(
                    "NOT EXISTS (SELECT 1 FROM tickets_timelineentry e WHERE e.ticket_id = NEW.ticket_id "
                    "AND e.kind = 'case.printed' AND e.data ->> 'print' = NEW.id::text)"
                ),
            ),
        ]

    def get_absolute_url(self) -> str:
        """The sheet, as a page that prints."""
        return reverse("tickets:case_print", args=[self.pk])
