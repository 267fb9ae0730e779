"""Who may do what on the ground floor.

Own-company staff see every customer and case. The staff of a partner company see those that a desk of their
company has or had; for them the rest does not exist. `actor` None is the system itself, which may.
"""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from tickets.errors import NotAllowed
from tickets.models import Contact, Customer, CustomerPhone, Staff, Ticket, Tier


def sees_customer(actor: Staff | None, customer_id: int) -> bool:
    """Whether `actor` may know of this customer."""
    if actor is None or not actor.is_partner:
        return True
    return Customer.objects.visible_to(actor).filter(pk=customer_id).exists()


def sees_ticket(actor: Staff | None, ticket_id: int) -> bool:
    """Whether `actor` may know of this case."""
    if actor is None or not actor.is_partner:
        return True
    return Ticket.objects.visible_to(actor).filter(pk=ticket_id).exists()


def require_customer(actor: Staff | None, customer_id: int) -> None:
    """`NotAllowed` when the customer is not shared with the actor's company (A1)."""
    if not sees_customer(actor, customer_id):
        raise NotAllowed("A1", _("This customer is not shared with your company."))


def require_ticket(actor: Staff | None, ticket_id: int) -> None:
    """`NotAllowed` when the case is not shared with the actor's company (A1)."""
    if not sees_ticket(actor, ticket_id):
        raise NotAllowed("A1", _("This case is not shared with your company."))


def calls_from_own_number(customer_id: int, number: str) -> bool:
    """Whether `number` (E.164) is one of this customer's: the caller is on the line, whoever answers (A1, A16)."""
    return CustomerPhone.objects.filter(customer_id=customer_id, e164=number).exists()


def require_customer_or_caller(actor: Staff | None, customer_id: int) -> None:
    """As `require_customer`, but a partner may also act for a caller who is on the line at a desk of theirs (A16)."""
    if sees_customer(actor, customer_id):
        return
    assert actor is not None
    on_the_line = Contact.objects.filter(
        customer_id=customer_id, direction="in", ended_at__isnull=True, desk__company_id=actor.desk.company_id
    )
    if not on_the_line.exists():
        require_customer(actor, customer_id)


def require_tier(actor: Staff | None, tier: Tier, *, rule: str) -> None:
    """`NotAllowed` below `tier`; the system may. Own rank only: what needs a delegation asks escalation."""
    if actor is not None and actor.tier < tier:
        raise NotAllowed(rule, _("This needs the rank of %(tier)s or above.") % {"tier": tier.label})


def may_assign(actor: Staff | None, assignee_id: int) -> bool:
    """Anyone takes a case; a leader or above gives it to somebody else."""
    return actor is None or actor.pk == assignee_id or actor.tier >= Tier.LEADER
