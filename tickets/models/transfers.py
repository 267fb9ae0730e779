"""Warm hand-overs between desks (取次, A3)."""

from __future__ import annotations

import datetime as dt

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField

from tickets.lifecycle import TRANSFER
from tickets.models.ticket_links import concerns_desks
from tickets.rules import FixedFields, NeverDeleted, Rule


class Transfer(models.Model):
    """A warm hand-over (取次): the context travels, the sender stays responsible until it is accepted (A3)."""

    class Status(models.TextChoices):
        OFFERED = "offered", _("Offered")
        ACCEPTED = "accepted", _("Accepted")
        TAKEN_BACK = "taken_back", _("Taken back")
        BECAME_CALLBACK = "became_callback", _("Became a callback")

    ticket = models.ForeignKey("tickets.Ticket", on_delete=models.PROTECT, related_name="transfers")
    contact = models.ForeignKey(
        "tickets.Contact", null=True, blank=True, on_delete=models.PROTECT, related_name="transfers"
    )
    from_desk = models.ForeignKey("tickets.Desk", on_delete=models.PROTECT, related_name="+")
    to_desk = models.ForeignKey("tickets.Desk", on_delete=models.PROTECT, related_name="transfers_in")
    context = models.TextField()
    status = FSMField(default=Status.OFFERED, choices=Status, protected=True, max_length=16)
    offered_by = models.ForeignKey("tickets.Staff", on_delete=models.PROTECT, related_name="+")
    offered_at = models.DateTimeField()
    accepted_by = models.ForeignKey(
        "tickets.Staff", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    accepted_at = models.DateTimeField(null=True, blank=True)
    promise = models.OneToOneField("tickets.Promise", on_delete=models.PROTECT, related_name="transfer")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(context=""), name="a3_context_travels"),
            models.CheckConstraint(condition=~Q(from_desk=F("to_desk")), name="a3_between_two_desks"),
            models.CheckConstraint(
                condition=~Q(status="accepted") | Q(accepted_by__isnull=False, accepted_at__isnull=False),
                name="a3_accepted_by_someone",
            ),
            models.CheckConstraint(
                condition=Q(accepted_by__isnull=True) | ~Q(accepted_by=F("offered_by")),
                name="a3_not_accepted_by_the_sender",
            ),
            models.UniqueConstraint(
                fields=["ticket"], condition=Q(status="offered"), name="a3_one_offer_at_a_time"
            ),
        ]
        indexes = [
            models.Index(
                fields=["to_desk", "offered_at"],
                condition=Q(status="offered"),
                name="transfer_waiting",
            )
        ]
        triggers = [
            *TRANSFER.triggers(),
            NeverDeleted(rule="A3", what="a hand-over"),
            # The desk it is offered to must be able to read the case before it accepts.
            concerns_desks(
                "VALUES (NEW.ticket_id, NEW.from_desk_id), (NEW.ticket_id, NEW.to_desk_id)",
                name="transfer_desks_kept",
                operation=pgtrigger.Insert,
            ),
            FixedFields(
                rule="A3",
                name="transfer_fixed",
                what="a hand-over",
                fields=("ticket", "contact", "from_desk", "to_desk", "context", "offered_by", "promise"),
            ),
            Rule(
                rule="A3",
                name="accepted_by_the_desk",
                says="a hand-over is accepted by someone at the desk it was offered to",
                operation=pgtrigger.Update,
                refuse_if=(
                    "NEW.status = 'accepted' AND NOT EXISTS (SELECT 1 FROM tickets_staff s "
                    "WHERE s.id = NEW.accepted_by_id AND s.desk_id = NEW.to_desk_id)"
                ),
            ),
            Rule(
                rule="A3",
                name="sender_stays_responsible",
                says="until a hand-over is accepted the promise of it stays open",
                operation=pgtrigger.Insert | pgtrigger.Update,
                timing=pgtrigger.Deferred,
                refuse_if=(
                    "EXISTS (SELECT 1 FROM tickets_transfer t JOIN tickets_promise p ON p.id = t.promise_id "
                    "WHERE t.id = NEW.id AND (t.status = 'offered') <> (p.status = 'open'))"
                ),
            ),
        ]

    @TRANSFER.step("accept")
    def accept(self, *, by_id: int, at: dt.datetime) -> None:
        """The receiving desk takes over."""
        self.accepted_by_id = by_id
        self.accepted_at = at

    @TRANSFER.step("take_back")
    def take_back(self) -> None:
        """The sender deals with it after all."""

    @TRANSFER.step("become_callback")
    def become_callback(self) -> None:
        """Nobody could take it now; the customer is called back."""
