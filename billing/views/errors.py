"""What an error of the company or carrier owes: the report, and the sweep for the same error (C9)."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from billing.forms import money as forms
from billing.models import ErrorReport, Sweep
from billing.queries.money import open_sweeps
from billing.services import reports
from billing.views import find
from billing.views.faults import review_page
from billing.views.parts import Data, banners, customer_deed, figures
from tickets.models import Tier
from tickets.paging import oldest_first
from tickets.rights import at_least, own_company
from tickets.views.deed import Deed
from tickets.views.screen import DEED, DeskRequest, page, screen


def owed_report(request: DeskRequest, pk: int) -> Any:
    """The review whose report is owed."""
    found = find.review(request, pk)
    if not ErrorReport.objects.filter(review=found).exists():
        raise Http404
    return found


send_report = customer_deed(
    title=_("Report the error to the partner"),
    submit=_("Send the report"),
    form=forms.ReportForm,
    find=owed_report,
    rights=at_least(Tier.LEADER),
    initial=lambda request, review: {"what_happened": review.reasons},
    do=lambda request, review, data: reports.send_error_report(
        review_id=review.pk, actor=request.user, at=request.at, **data
    ),
    leads_to=review_page,
    done=_("The report is on its way."),
)


@screen(own_company)
def sweeps(request: DeskRequest) -> Any:
    """Open sweeps, the next due first; there are never many at once."""
    return page(request, "billing/sweeps.html", {"sweeps": open_sweeps(request.user)[:100]})


@screen(own_company)
def sweep(request: DeskRequest, pk: int) -> Any:
    """One sweep: the suspects, by key, and what looking at them found."""
    found: Sweep = find.sweep(request, pk)
    rows = found.items.select_related(
        "registration__contract__customer", "registration__option", "registration__registered_by",
        "line__contract__customer", "ticket", "checked_by",
    )  # fmt: skip
    context = {
        "sweep": found,
        "review": found.review,
        "page": oldest_first(rows, request.GET.get("after", "")),
        "left": found.items.filter(outcome="").count(),
        "reasons": {
            "registrar": _("same registrar"),
            "batch": _("same batch"),
            "form_version": _("same form version"),
            "carrier": _("same carrier"),
        },
        **banners(request, found.review.ticket.customer),
    }
    return page(request, "billing/sweep.html", context)


def _check(request: DeskRequest, item: Any, data: Data) -> Any:
    with figures():
        return reports.check_sweep_item(item_id=item.pk, actor=request.user, at=request.at, **data)


check_item = Deed(
    title=_("Look at one suspect"),
    submit=_("Record what was found"),
    form=forms.CheckForm,
    find=find.sweep_item,
    rights=own_company,
    do=_check,
    leads_to=lambda item, _outcome: reverse("billing:sweep", args=[item.sweep_id]),
    template="billing/check_item.html",
).view()


@screen(at_least(Tier.LEADER), methods=DEED)
def finish(request: DeskRequest, pk: int) -> Any:
    """Every suspect has been looked at."""
    found = find.sweep(request, pk)
    reports.finish_sweep(sweep_id=found.pk, actor=request.user, at=request.at)
    return redirect("billing:sweep", pk=found.pk)
