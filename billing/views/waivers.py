"""Waivers (減免): asked for by one, decided by another with the evidence in view (C7)."""

from __future__ import annotations

from typing import Any

from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from billing.forms import money as forms
from billing.models import Charge, Waiver
from billing.queries.money import OPEN_WAIVER, waiver_inbox
from billing.queries.side_by_side import sides_of
from billing.services import waivers
from billing.views import find
from billing.views.parts import Data, banners, case_page, customer_deed, figures
from escalation import authority
from escalation.models import Decision
from tickets.forms.tickets import ReasonForm
from tickets.models import Staff, Tier
from tickets.paging import PAGE, Page
from tickets.paging import number as as_key
from tickets.rights import at_least
from tickets.views.screen import DEED, DeskRequest, page, screen

SHOWN = 10  # cards with their evidence on one page


def waiver_page(subject: Any, outcome: Any) -> str:
    """The waiver."""
    shown = outcome if isinstance(outcome, Waiver) else subject
    return reverse("billing:waiver", args=[shown.pk])


def _initial(request: DeskRequest, ticket: Any) -> Data:
    """The charge that the link named, and its whole sum."""
    key = as_key(request.GET.get("charge", ""))
    charge = Charge.objects.filter(pk=key, contract__customer=ticket.customer_id).first() if key else None
    return {"charge": charge, "amount_yen": charge.total_yen} if charge else {}


request_waiver = customer_deed(
    title=_("Request a waiver"),
    submit=_("Request it"),
    lead=_("It goes to the lowest rank whose limit covers it. You do not decide it yourself."),
    form=forms.WaiverForm,
    find=find.ticket,
    initial=_initial,
    do=lambda request, ticket, data: waivers.request_waiver(
        ticket_id=ticket.pk, actor=request.user, at=request.at, **data
    ),
    leads_to=case_page,
    done=_("The decision is owed."),
)


def own_limit(staff: Staff, at: Any) -> Any:
    """The cell of the matrix that holds for this person's goodwill decisions now, or None."""
    return next((row for row in authority.card(staff, at) if row.decision == Decision.GOODWILL), None)


def cards(rows: list[Waiver], limit: Any) -> list[dict[str, Any]]:
    """Each waiver with form | register | notice beside it; a fixed number of queries."""
    stood_on = {row.pk: row.charge.registration for row in rows if row.charge and row.charge.registration}
    sides = sides_of(stood_on.values())
    most = limit.limit_yen if limit and limit.allowed else 0
    return [
        {
            "waiver": row,
            "sides": sides.get(stood_on[row.pk].pk) if row.pk in stood_on else None,
            "registration": stood_on.get(row.pk),
            "over": most is not None and row.amount_yen > most,
        }
        for row in rows
    ]


@screen(at_least(Tier.LEADER))
def inbox(request: DeskRequest) -> Any:
    """What waits for a decision at or below one's rank: amount, limit, reason, evidence, the oldest first."""
    after = as_key(request.GET.get("after", ""))
    rows = list(
        waiver_inbox(request.user, after=after).select_related(
            "charge__registration__registered_by", "charge__contract"
        )
    )[:PAGE]
    shown = rows[:SHOWN]
    limit = own_limit(request.user, request.at)
    more = str(shown[-1].pk) if len(rows) > SHOWN else ""
    context = {"page": Page(shown, more, first=not after), "cards": cards(shown, limit), "limit": limit}
    return page(request, "billing/waivers.html", context)


@screen()
def waiver(request: DeskRequest, pk: int) -> Any:
    """One waiver with its evidence, and what became of it."""
    found = find.waiver(request, pk)
    limit = own_limit(request.user, request.at) if request.user.tier >= Tier.LEADER else None
    context = {
        "card": cards([found], limit)[0],
        "waiver": found,
        "limit": limit,
        "open": found.status in OPEN_WAIVER,
        "own": found.requested_by_id == request.user.pk,
        "given_yen": waivers.given_in_year(found.customer_id, request.at),
        **banners(request, found.customer),
    }
    return page(request, "billing/waiver.html", context)


def _decide(request: DeskRequest, waiver: Waiver, data: Data) -> Waiver:
    said: Data = {"waiver_id": waiver.pk, "actor": request.user, "at": request.at}
    if data["decision"] == forms.DecideWaiverForm.DECLINE:
        return waivers.decline_waiver(reasons=data["reasons"], **said)
    if data["decision"] == forms.DecideWaiverForm.UP:
        return waivers.pass_up_waiver(reason=data["reasons"], **said)
    with figures():
        return waivers.approve_waiver(reasons=data["reasons"], **said)


decide = customer_deed(
    title=_("Decide a waiver"),
    submit=_("Decide"),
    form=forms.DecideWaiverForm,
    find=find.waiver,
    rights=at_least(Tier.LEADER),
    initial=lambda request, waiver: {"decision": request.GET.get("decision", "")},
    do=_decide,
    beside=lambda request, waiver: {
        "card": cards([waiver], own_limit(request.user, request.at))[0],
        "limit": own_limit(request.user, request.at),
        "given_yen": waivers.given_in_year(waiver.customer_id, request.at),
    },
    template="billing/decide_waiver.html",
    leads_to=waiver_page,
)


@screen(at_least(Tier.LEADER), methods=DEED)
def approve(request: DeskRequest, pk: int) -> Any:
    """Give it, from the inbox, without a further page."""
    found = find.waiver(request, pk)
    with figures():
        waivers.approve_waiver(waiver_id=found.pk, actor=request.user, at=request.at)
    return redirect("billing:waivers")


pass_up = customer_deed(
    title=_("Pass it up"),
    submit=_("Pass it up"),
    lead=_("To the next rank. Nobody sits on a waiver."),
    tone="upward",
    form=ReasonForm,
    find=find.waiver,
    do=lambda request, waiver, data: waivers.pass_up_waiver(
        waiver_id=waiver.pk, reason=data["reason"], actor=request.user, at=request.at
    ),
    leads_to=waiver_page,
)

take_back = customer_deed(
    title=_("Take the request back"),
    form=ReasonForm,
    find=find.waiver,
    do=lambda request, waiver, data: waivers.withdraw_waiver(
        waiver_id=waiver.pk, reason=data["reason"], actor=request.user, at=request.at
    ),
    leads_to=waiver_page,
)
