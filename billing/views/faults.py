"""Whose fault it was: asked by anyone, decided by another; giving by one, taking by two (C5)."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from billing.forms import money as forms
from billing.lifecycle import FALLEN
from billing.models import Charge, DisputedAnswer, ErrorReport, FaultReview, Sweep
from billing.queries.money import OPEN_REVIEW, review_queue
from billing.queries.side_by_side import Sides, sides_of
from billing.services import faults
from billing.views import find
from billing.views.parts import Data, banners, customer_deed, figures
from tickets.models import Tier
from tickets.paging import PAGE, Page
from tickets.paging import number as as_key
from tickets.rights import at_least
from tickets.views.screen import DeskRequest, page, screen


def review_page(subject: Any, outcome: Any) -> str:
    """The review."""
    shown = outcome if isinstance(outcome, FaultReview) else subject
    return reverse("billing:review", args=[shown.pk])


def _open(request: DeskRequest, ticket: Any, data: Data) -> FaultReview:
    with figures():
        return faults.open_fault_review(ticket_id=ticket.pk, actor=request.user, at=request.at, **data)


open_review = customer_deed(
    title=_("Whose fault is it?"),
    submit=_("Ask for a verdict"),
    lead=_(
        "Until it is decided nothing of it is billed or demanded. Whoever asks does not decide, nor does whoever "
        "registered it or gave the disputed answer."
    ),
    form=forms.FaultForm,
    find=find.ticket,
    initial=lambda request, ticket: {"what": request.GET.get("what", ""), "error_on": request.GET.get("on")},
    do=_open,
    leads_to=lambda subject, outcome: (
        review_page(subject, outcome) if outcome else str(subject.get_absolute_url())
    ),
    done=_("The verdict is owed."),
)


@screen()
def review(request: DeskRequest, pk: int) -> Any:
    """One review: what is in question side by side, what a verdict would make fall, who said otherwise."""
    found = find.review(request, pk)
    registration = found.registration or (found.charge.registration if found.charge else None)
    shown: Sides | None = sides_of([registration])[registration.pk] if registration else None
    inside = not request.user.is_partner
    context = {
        "review": found,
        "sides": shown,
        "registration": registration,
        "charges": touched(found),
        "disputed": DisputedAnswer.objects.filter(ticket=found.ticket_id).select_related("author"),
        "report": ErrorReport.objects.filter(review=found).select_related("promise").first()
        if inside
        else None,
        "sweep": Sweep.objects.filter(review=found).select_related("promise").first() if inside else None,
        "open": found.status in OPEN_REVIEW,
        **banners(request, found.ticket.customer),
    }
    return page(request, "billing/review.html", context)


def touched(review: FaultReview) -> list[Charge]:
    """The charges that a verdict of company or carrier makes fall."""
    concerned = Q(pk=review.charge_id)
    if review.registration_id is not None:
        concerned |= Q(registration=review.registration_id)
    return list(Charge.objects.filter(concerned).order_by("period_from", "pk"))


def _beside(request: DeskRequest, found: FaultReview) -> dict[str, Any]:
    standing = [charge for charge in touched(found) if charge.status not in FALLEN]
    return {"falls": standing, "falls_yen": sum(charge.total_yen for charge in standing)}


def _decide(request: DeskRequest, found: FaultReview, data: Data) -> FaultReview:
    with figures():
        return faults.decide_fault(review_id=found.pk, actor=request.user, at=request.at, **data)


decide = customer_deed(
    title=_("Decide whose fault it was"),
    submit=_("Decide"),
    lead=_("Giving back takes one person. Finding against the customer takes two of SV or above."),
    form=forms.DecideFaultForm,
    find=find.review,
    rights=at_least(Tier.LEADER),
    do=_decide,
    beside=_beside,
    template="billing/decide_fault.html",
    leads_to=review_page,
)


@screen(at_least(Tier.LEADER))
def reviews(request: DeskRequest) -> Any:
    """Undecided reviews that this person may still decide, the oldest first."""
    after = as_key(request.GET.get("after", ""))
    rows = list(review_queue(request.user, after=after).select_related("requested_by"))
    more = str(rows[-1].pk) if len(rows) == PAGE else ""
    return page(request, "billing/reviews.html", {"page": Page(rows, more, first=not after)})
