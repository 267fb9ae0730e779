"""Who may do what with contracts and money. `actor` None is the system itself, which may.

What takes a limit in yen is asked of escalation's authority rows; the database asks the same again.
"""

from __future__ import annotations

import datetime as dt

from django.utils.translation import gettext_lazy as _

from billing.models import Contract, OptionRegistration
from escalation.models import AuthorityLimit, Delegation
from tickets.access import require_customer, require_tier
from tickets.dates import day_of
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


def acting_tier(actor: Staff, at: dt.datetime) -> int:
    """The actor's own tier, or the higher one of a delegation that runs at `at` (代行, B5)."""
    lent = Delegation.objects.filter(delegate=actor, during__contains=at).values_list(
        "acting_tier", flat=True
    )
    return max([actor.tier, *lent])


def limit_of(decision: str, tier: int, at: dt.datetime) -> AuthorityLimit | None:
    """The row of the authority matrix for that tier on the JST day of `at`; None when nothing is allowed."""
    return AuthorityLimit.objects.filter(
        decision=decision, tier=tier, allowed=True, during__contains=day_of(at)
    ).first()


def next_tier_for(decision: str, yen: int, at: dt.datetime, *, above: int) -> int:
    """The lowest tier above `above` that may decide `yen` (tax included); the top when none says so."""
    rows = AuthorityLimit.objects.filter(
        decision=decision, allowed=True, tier__gt=above, during__contains=day_of(at)
    ).order_by("tier")
    for row in rows:
        if row.limit_yen is None or row.limit_yen >= yen:
            return row.tier
    return Tier.MANAGER


def require_reasons(text: str, *, rule: str) -> None:
    """`Refused` without a reason in words."""
    if not text.strip():
        raise Refused(rule, _("Say why."))
