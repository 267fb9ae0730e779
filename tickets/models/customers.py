"""The customer, and the ways to find one: number in any spelling, kana of any width, name, address."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Self

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_lazy as _

from tickets.addresses import address

if TYPE_CHECKING:
    from tickets.models.staff import Staff


class CustomerQuerySet(models.QuerySet["Customer"]):
    """The only door for pages, search, export, stream and print."""

    def visible_to(self, staff: Staff) -> Self:
        """Own-company staff see every customer; partners those with a case that a desk of theirs has had."""
        if not staff.is_partner:
            return self
        from tickets.models.ticket_links import TicketDesk

        shared = TicketDesk.objects.filter(
            ticket__customer=OuterRef("pk"), desk__company_id=staff.desk.company_id
        )
        return self.filter(Exists(shared))


class Customer(models.Model):
    """A person or a company with contracts. The `*_search` columns are normalised by tickets.search."""

    class Kind(models.TextChoices):
        INDIVIDUAL = "individual", _("Individual")
        CORPORATE = "corporate", _("Corporate")

    number = models.CharField(max_length=20, unique=True)
    name = models.CharField(max_length=100)
    name_kana = models.CharField(max_length=100)
    kind = models.CharField(max_length=12, choices=Kind, default=Kind.INDIVIDUAL)
    email = models.EmailField(blank=True)
    postal_code = models.CharField(max_length=8, blank=True)
    address = models.CharField(max_length=200, blank=True)
    language = models.CharField(max_length=2, default="ja")
    note = models.TextField(blank=True)
    name_search = models.CharField(max_length=100, editable=False, default="")
    # By code points, in any database: one index then serves both the prefix and the order of the kana.
    kana_search = models.CharField(max_length=100, editable=False, default="", db_collation="C")
    address_search = models.CharField(max_length=200, editable=False, default="")

    objects: ClassVar[CustomerQuerySet] = CustomerQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        indexes = [
            models.Index(fields=["kana_search", "id"], name="customer_kana_prefix"),
            # Prefix search: text_pattern_ops serves LIKE 'x%' whatever the collation.
            models.Index(OpClass("name_search", "text_pattern_ops"), name="customer_name_prefix"),
            GinIndex(OpClass("address_search", "gin_trgm_ops"), name="customer_address_trgm"),
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: object, **kwargs: object) -> None:
        """Keep the search columns beside what they are made from."""
        self.fold()
        super().save(*args, **kwargs)  # type: ignore[arg-type]

    def get_absolute_url(self) -> str:
        """Their page: the contact history and what is owed."""
        return address("tickets:customer", self.number)

    def fold(self) -> None:
        """Make the search columns anew; `bulk_create` and `bulk_update` do not call `save`."""
        from tickets.search import fold_kana, fold_name

        self.name_search = fold_name(self.name)
        self.kana_search = fold_kana(self.name_kana)
        self.address_search = fold_name(self.address)


class CustomerPhone(models.Model):
    """A number a customer can be reached on, E.164. One number may belong to several customers (a family)."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="phones")
    e164 = models.CharField(max_length=16, db_index=True)
    label = models.CharField(max_length=40, blank=True)
    is_preferred = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["customer", "e164"], name="f1_phone_once_a_customer"),
            models.CheckConstraint(
                condition=models.Q(e164__regex=r"^\+[1-9][0-9]{6,14}$"), name="f1_phone_is_e164"
            ),
        ]

    def __str__(self) -> str:
        return self.e164
