"""Who may do what with contracts and money. `actor` None is the system itself, which may.

What takes a limit in yen is asked of escalation's authority rows; the database asks the same again.
"""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from billing.models import Contract, OptionRegistration
from tickets.access import require_customer, require_tier
from tickets.errors import NotAllowed, Refused
from tickets.models import Staff, Tier


def lock_contract(contract_id: int, actor: Staff | None) -> Contract:
    """The contract, locked; `NotAllowed` (A1) when its customer is not shared with the actor's company."""
    contract = Contract.objects.select_for_update(no_key=True).get(pk=contract_id)
    require_customer(actor, contract.customer_id)
    return contract


def lock_registration(registration_id: int, actor: Staff | None) -> OptionRegistration:
    """The registration, locked; `NotAllowed` (A1) as its customer."""
    registration = (
        OptionRegistration.objects.select_for_update(no_key=True, of=("self",))
        .select_related("contract", "option")
        .get(pk=registration_id)
    )
    require_customer(actor, registration.contract.customer_id)
    return registration


def require_own_company(actor: Staff | None, *, rule: str) -> None:
    """Money is moved by the company's own people; partners propose and tell."""
    if actor is not None and actor.is_partner:
        raise NotAllowed(rule, _("This is for the company's own staff."))


def require_supervisor(actor: Staff | None, *, rule: str) -> None:
    """SV or above, own company."""
    require_tier(actor, Tier.SV, rule=rule)
    require_own_company(actor, rule=rule)


def require_reasons(text: str, *, rule: str) -> None:
    """`Refused` without a reason in words."""
    if not text.strip():
        raise Refused(rule, _("Say why."))
