"""Who works here: companies, desks, people and their rank."""

from __future__ import annotations

from typing import Any, ClassVar

import pgtrigger
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tickets.rules import Rule


class Tier(models.IntegerChoices):
    """Rank on the way up (B1-B3). Authority in yen is not here: it is in escalation's effective-dated rows."""

    OPERATOR = 1, _("Operator")
    LEADER = 2, _("Leader")
    SV = 3, _("Supervisor (SV)")
    MANAGER = 4, _("Manager")


TOP = Tier.MANAGER


class Company(models.Model):
    """The provider itself, an outsourcing partner whose people answer calls, a carrier, or a sales agency."""

    class Kind(models.TextChoices):
        OWN = "own", _("Own company")
        PARTNER = "partner", _("Partner company")
        CARRIER = "carrier", _("Carrier")
        AGENCY = "agency", _("Sales agency")

    code = models.SlugField(unique=True)
    name = models.CharField(max_length=100)
    kind = models.CharField(max_length=10, choices=Kind)

    def __str__(self) -> str:
        return self.name


class Desk(models.Model):
    """A desk, named by the customer's problem and not by a department; any desk can open any case (A16)."""

    class Kind(models.TextChoices):
        CUSTOMER = "customer", _("Customer desk")
        TECHNICAL = "technical", _("Technical desk")
        HEAD_OFFICE = "head_office", _("Head office")
        CARRIER = "carrier", _("Carrier")

    code = models.SlugField(unique=True)
    name_ja = models.CharField(max_length=60)
    name_en = models.CharField(max_length=60)
    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="desks")
    calendar = models.ForeignKey("tickets.Calendar", on_delete=models.PROTECT, related_name="desks")
    kind = models.CharField(max_length=12, choices=Kind, default=Kind.CUSTOMER)
    mailbox = models.EmailField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["mailbox"], condition=~Q(mailbox=""), name="f1_mailbox_of_one_desk"
            ),
        ]

    def __str__(self) -> str:
        from django.utils.translation import get_language

        return self.name_en if (get_language() or "ja").startswith("en") else self.name_ja


class StaffManager(BaseUserManager["Staff"]):
    """Makes people; there is no sign-up."""

    def create_user(self, login_id: str, password: str | None = None, **fields: Any) -> Staff:
        """A person who can sign in with `login_id`."""
        staff = self.model(login_id=login_id, **fields)
        staff.set_password(password)
        staff.save(using=self._db)
        return staff


class Staff(AbstractBaseUser):
    """A person at a desk. `tier` is their own rank; a dated delegation may lend them one more (escalation)."""

    class Language(models.TextChoices):
        JA = "ja", "日本語"
        EN = "en", "English"

    login_id = models.CharField(max_length=60, unique=True)
    name = models.CharField(max_length=60)
    name_kana = models.CharField(max_length=60, blank=True)
    email = models.EmailField(blank=True)
    desk = models.ForeignKey(Desk, on_delete=models.PROTECT, related_name="staff")
    tier = models.PositiveSmallIntegerField(choices=Tier, default=Tier.OPERATOR)
    is_administrator = models.BooleanField(default=False)
    is_compliance = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    language = models.CharField(max_length=2, choices=Language, default=Language.JA)
    theme = models.CharField(max_length=6, default="system")

    USERNAME_FIELD = "login_id"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    objects: ClassVar[StaffManager] = StaffManager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(tier__in=Tier.values), name="b3_tier_known"),
        ]
        triggers = [
            Rule(
                rule="B3",
                name="partner_below_top",
                says="the staff of a partner company never stand at the top tier",
                refuse_if=(
                    "NEW.tier >= 4 AND EXISTS (SELECT 1 FROM tickets_desk d JOIN tickets_company c "
                    "ON c.id = d.company_id WHERE d.id = NEW.desk_id AND c.kind <> 'own')"
                ),
            ),
            Rule(
                rule="A13",
                name="leaves_owing_nothing",
                says="% still owes something to % customers; others take it over first",
                details=("NEW.name", "owed.customers"),
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition("NEW.tier < OLD.tier OR (OLD.is_active AND NOT NEW.is_active)"),
                declare=[("owed", "record")],
                before_asking=(
                    "SELECT count(DISTINCT p.customer_id) AS customers INTO owed FROM tickets_promise p "
                    "WHERE p.owner_id = NEW.id AND p.status = 'open' "
                    "AND (NOT NEW.is_active OR (p.tier > NEW.tier AND p.tier <= OLD.tier));"
                ),
                refuse_if="owed.customers > 0",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_full_name(self) -> str:
        """The name shown on screens."""
        return self.name

    @property
    def is_partner(self) -> bool:
        """Whether this person's desk belongs to another company; such a person sees only shared cases."""
        return self.desk.company.kind != Company.Kind.OWN
