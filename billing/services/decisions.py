"""Who may decide a fault review or a waiver: the same answer as the database's, in the person's language (C5, C7, A8)."""

from __future__ import annotations

import datetime as dt

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from billing.access import require_own_company
from billing.lifecycle import GIVES, TAKES
from billing.models import Charge, DisputedAnswer, FaultReview, OptionRegistration
from escalation import authority
from escalation.models import Decision, Instruction
from tickets.access import require_tier
from tickets.errors import NotAllowed
from tickets.models import Staff, Tier


def is_author(actor: Staff, ticket_ids: set[int], charge_id: int | None) -> bool:
    """Whether `actor` said or ordered what is in dispute on these tickets."""
    if DisputedAnswer.objects.filter(ticket_id__in=ticket_ids, author=actor).exists():
        return True
    return charge_id is not None and Instruction.objects.filter(charge_ref=charge_id, issuer=actor).exists()


def is_registrar(actor: Staff, charge_id: int | None, registration_id: int | None) -> bool:
    """Whether `actor` registered what is in question."""
    wanted = Q(pk=registration_id)
    if charge_id is not None:
        wanted |= Q(pk__in=Charge.objects.filter(pk=charge_id).values("registration_id"))
    return OptionRegistration.objects.filter(wanted, registered_by=actor).exists()


def require_uninvolved(
    actor: Staff,
    *,
    rule: str,
    requested_by_id: int,
    ticket_ids: set[int],
    charge_id: int | None,
    registration_id: int | None = None,
) -> None:
    """`NotAllowed` for the requester, the registrar, and the author of a disputed answer.

    `ticket_ids`: where it was asked, and where it is owed since a merge.
    """
    if actor.pk == requested_by_id:
        raise NotAllowed(rule, _("Nobody decides what they asked for themselves."))
    if is_registrar(actor, charge_id, registration_id):
        raise NotAllowed(rule, _("Whoever registered it does not decide this."))
    if is_author(actor, ticket_ids, charge_id):
        raise NotAllowed(rule, _("Whoever gave the disputed answer does not decide this."))


def require_decider(review: FaultReview, verdict: str, actor: Staff, *, yen: int, at: dt.datetime) -> None:
    """`NotAllowed` unless `actor` may give this verdict on this review, which would give back `yen` (C5)."""
    require_own_company(actor, rule="C5")
    require_uninvolved(
        actor,
        rule="C5",
        requested_by_id=review.requested_by_id,
        ticket_ids={review.ticket_id, review.promise.ticket_id},
        charge_id=review.charge_id,
        registration_id=review.registration_id,
    )
    if verdict in GIVES:
        authority.require(actor, Decision.VERDICT_COMPANY, yen, at, rule="C5")
    else:
        # Taking is not lent: a delegate waits for two who hold the rank themselves.
        require_tier(actor, Tier.SV if verdict in TAKES else Tier.LEADER, rule="C5")
    if verdict in TAKES and review.status == "seconding" and review.decided_by_id == actor.pk:
        raise NotAllowed("C5", _("Finding against a customer takes two different people."))
