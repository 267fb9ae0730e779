"""Who sees which rows of the money half: `visible_to` is the only door for pages, search, export, stream and print."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar

from django.db import models

from tickets.models import Customer, Ticket

if TYPE_CHECKING:
    from tickets.models import Staff

Row = TypeVar("Row", bound=models.Model)


class OfCustomer(models.QuerySet[Row]):
    """Rows that belong to a customer, by `customer_path`: own-company staff see all, partners shared customers'."""

    customer_path: ClassVar[str] = "contract__customer"

    def visible_to(self, staff: Staff) -> Self:
        """What `staff` may know of."""
        if not staff.is_partner:
            return self
        wanted: dict[str, Any] = {f"{self.customer_path}__in": Customer.objects.visible_to(staff)}
        return self.filter(**wanted)


class DirectlyOfCustomer(OfCustomer[Row]):
    """The same for rows that name the customer themselves."""

    customer_path: ClassVar[str] = "customer"


class OfTicket(models.QuerySet[Row]):
    """Rows that stand on a ticket: seen by whoever sees the ticket."""

    ticket_path: ClassVar[str] = "ticket"

    def visible_to(self, staff: Staff) -> Self:
        """What `staff` may know of."""
        if not staff.is_partner:
            return self
        wanted: dict[str, Any] = {f"{self.ticket_path}__in": Ticket.objects.visible_to(staff)}
        return self.filter(**wanted)


class OfReviewsTicket(OfTicket[Row]):
    """The same for what a fault review owes."""

    ticket_path: ClassVar[str] = "review__ticket"
