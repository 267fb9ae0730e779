"""Cancellation orders as pages: the planner, the order with its milestones, the lists (D1, D5, D6)."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from billing.forms.cancellation import ExplainForm, PlanForm
from billing.models import CancellationOrder, Milestone, OrderChannel
from billing.models.cancellation import LIVE_ORDER
from billing.queries import cancellation as queries
from billing.queries.milestones import strip
from billing.queries.planner import Costs, costs_of, plan_of
from billing.rating import NoFigure
from billing.services import cancellation
from billing.services.milestones import BY_HAND
from billing.views import find
from billing.views.parts import banners, in_one, said_in
from tickets.models import Ticket
from tickets.paging import oldest_first
from tickets.queries.keyset import page_by
from tickets.service import service
from tickets.services.tickets import open_ticket
from tickets.views.screen import FORM, DeskRequest, carried_out, page, screen
from tickets.views.undo import say


@screen()
def choose_contract(request: DeskRequest, number: str) -> Any:
    """From a case to the planner: of several contracts the operator chooses."""
    ticket = find.ticket(request, number)
    contracts = list(
        ticket.customer.contracts.visible_to(request.user)
        .select_related("product_version__product")
        .prefetch_related("lines")
        .order_by("-pk")[:50]
    )
    if len(contracts) == 1:
        return redirect(f"{_planner(contracts[0])}?ticket={ticket.pk}")
    context = {"ticket": ticket, "contracts": contracts, **banners(request, ticket.customer)}
    return page(request, "billing/choose_contract.html", context)


def _planner(contract: Any) -> str:
    return reverse("billing:plan_cancellation", args=[contract.number])


@screen(methods=FORM)
def plan(request: DeskRequest, number: str) -> Any:
    """Per line a last day and a reason; shows every date and why it is not earlier before anything is written."""
    contract = find.contract(request, number)
    bound = request.POST if request.method == "POST" else None
    initial = {"ticket": request.GET.get("ticket", "")}
    form = PlanForm(bound, initial=initial, subject=contract, staff=request.user, at=request.at)
    shown = None
    if bound is not None and form.is_valid():
        if "record" in bound:
            made = carried_out(form, lambda: _take_down(request, contract, form))
            if made is not None:
                return redirect("billing:explain", pk=made.pk)
        shown = plan_of(contract, form.asked, request.user, request.at)
    costs = _costs(contract, max(day for _line, day in form.asked)) if shown else None
    context = {"contract": contract, "plan": shown, "costs": costs, **banners(request, contract.customer)}
    return page(request, "billing/plan.html", context, form=form)


def _costs(contract: Any, last_day: Any) -> Costs | None:
    try:
        return costs_of(contract, last_day)
    except NoFigure:
        return None


def _take_down(request: DeskRequest, contract: Any, form: PlanForm) -> CancellationOrder:
    """The order as a draft, on the chosen case or a new one, in the call in which it is asked for."""
    data = dict(form.cleaned_data)
    with in_one():
        ticket = data["ticket"] or open_ticket(
            customer_id=contract.customer_id,
            desk_id=request.user.desk_id,
            kind=Ticket.Kind.CANCELLATION,
            subject=gettext("Cancellation of contract %(number)s") % {"number": contract.number},
            actor=request.user,
            at=request.at,
        )
        return cancellation.open_order(
            contract_id=contract.pk,
            ticket_id=ticket.pk,
            wishes=form.wishes,
            channel=OrderChannel(data["channel"]),
            contact_id=said_in(request, ticket, data),
            actor=request.user,
            at=request.at,
        )


@screen(methods=FORM)
def explain(request: DeskRequest, pk: int) -> Any:
    """What to read aloud and what each line costs; recorded, and accepted in the same breath (D6)."""
    order = find.order(request, pk)
    bound = request.POST if request.method == "POST" else None
    form = ExplainForm(bound, subject=order, staff=request.user, at=request.at)
    if bound is not None and form.is_valid():
        carried_out(form, lambda: _explained(request, order, form))
        if not form.errors:
            say(
                request,
                _("The cancellation is accepted. Every line stays usable until its last day has ended."),
            )
            return redirect("billing:order", pk=order.pk)
    wishes = [(line.line, line.last_day) for line in form.lines]
    context = {
        "order": order,
        "contract": order.contract,
        "plan": plan_of(order.contract, wishes, request.user, request.at) if wishes else None,
        "explained": order.explanations.select_related("line", "told_by", "document_version").order_by("pk"),
        **banners(request, order.customer),
    }
    return page(request, "billing/explain.html", context, form=form)


@service
def _explained(request: DeskRequest, order: CancellationOrder, form: ExplainForm) -> None:
    """All lines and the acceptance, or nothing."""
    data = dict(form.cleaned_data)
    said = {"order_id": order.pk, "contact_id": said_in(request, order.ticket, data)}
    for line in form.lines:
        cancellation.explain_line(
            line_id=line.line_id, told=form.told(line), actor=request.user, at=request.at, **said
        )
    if data.get("accept"):
        cancellation.accept_order(actor=request.user, at=request.at, **said)


@screen()
def order(request: DeskRequest, pk: int) -> Any:
    """One order: milestones, lines with every last day ever set, number, visits, carrier, early stops."""
    find.order(request, pk)
    found = queries.order_page(pk, request.user)
    context = {
        "order": found,
        "contract": found.contract,
        "strip": strip(found.milestones.all()),
        "milestones": sorted(found.milestones.all(), key=lambda row: (row.due_at, row.pk)),
        "live": found.status in LIVE_ORDER,
        "by_hand": any(row.kind in BY_HAND and row.open for row in found.milestones.all()),
        "newest_porting": {row.line_id: row for row in sorted(found.portings.all(), key=lambda r: r.pk)},
        **banners(request, found.customer),
    }
    return page(request, "billing/order.html", context)


@screen()
def cancellations(request: DeskRequest) -> Any:
    """Cancellations that are not finished, by key, with the next milestone of each."""
    rows = (
        queries.orders_visible_to(request.user)
        .filter(status__in=("draft", *LIVE_ORDER))
        .select_related("customer", "contract", "ticket")
        .prefetch_related("lines__line", "milestones")
    )
    found = oldest_first(rows, request.GET.get("after", ""))
    shown = [{"order": row, "next": _next(row)} for row in found.rows]
    return page(request, "billing/cancellations.html", {"page": found, "shown": shown, "tabs": tabs("open")})


def _next(order: CancellationOrder) -> Milestone | None:
    waiting = [row for row in order.milestones.all() if row.open]
    return min(waiting, key=lambda row: (row.due_at, row.pk), default=None)


@screen()
def missed(request: DeskRequest) -> Any:
    """Milestones that were missed and are still open, the longest overdue first."""
    rows = (
        Milestone.objects.filter(
            Q(status="violated") | Q(due_at__lte=request.at), reached_at__isnull=True, applies=True
        )
        .filter(order__in=queries.orders_visible_to(request.user), order__status__in=LIVE_ORDER)
        .select_related("order__customer", "order__ticket", "line", "promise__owner", "promise__desk")
    )
    found = page_by(rows, ("due_at", "id"), request.GET.get("after", ""))
    return page(request, "billing/missed.html", {"page": found, "tabs": tabs("missed")})


def tabs(current: str) -> list[dict[str, Any]]:
    """The lists of cancellations."""
    names = (
        ("open", "billing:cancellations", _("Open")),
        ("missed", "billing:missed_milestones", _("Missed milestones")),
        ("carrier", "billing:carrier_work", _("Carrier work list")),
    )
    return [{"url": reverse(url), "label": label, "current": key == current} for key, url, label in names]
