"""Demands for a superior: recorded in one step, answered or withdrawn, never refused (B1-B5, B7)."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from escalation import routing
from escalation.forms import demands as forms
from escalation.models import Demand, DemandPassage
from escalation.queries import demands as queries
from escalation.queries import duty, way_up
from escalation.services import answers, demands, recourse
from escalation.views import find
from tickets.models import TOP, Tier
from tickets.queries.keyset import page_by
from tickets.queries.queues import acting_tier
from tickets.rights import at_least
from tickets.views.deed import Deed
from tickets.views.screen import DEED, DeskRequest, page, screen
from tickets.views.undo import say

SHOWN = 20  # demands with their whole way up on one page


def demand_page(subject: Any, outcome: Any) -> str:
    """The demand that was made or changed."""
    shown = outcome if isinstance(outcome, Demand) else subject
    return reverse("escalation:demand", args=[shown.pk])


def record(request: DeskRequest, ticket: Any, data: dict[str, Any]) -> Demand:
    """The demand, with the call in which it was made; both or neither."""
    with transaction.atomic():
        return demands.demand_superior(
            ticket_id=ticket.pk,
            contact_id=find.contact_now(request, ticket),
            words=data["words"],
            tier=data["tier"],
            actor=request.user,
            at=request.at,
        )


demand_superior = Deed(
    title=_("The customer wants a superior"),
    submit=_("Record the demand"),
    lead=_("It is recorded in the customer's words and goes up at once. Nobody can refuse it."),
    form=forms.DemandForm,
    find=find.ticket,
    tone="upward",
    do=record,
    done="",
    initial=lambda request, ticket: {"words": str(_("Let me speak to your superior."))},
    leads_to=demand_page,
).view()


@screen()
def demand(request: DeskRequest, pk: int) -> Any:
    """One demand: what to read aloud, the way up, and what this person may do now."""
    found = find.demand(request, pk)
    passages = found.passages.select_related("from_holder", "to_holder").order_by("pk")
    facts = duty.facts_of([found], request.at) if found.is_open else {}
    following = duty.next_up([found], request.at, facts).get(found.pk)
    context = {
        "demand": found,
        "ticket": found.ticket,
        "aloud": queries.read_aloud(found) if found.is_open else None,
        "steps": way_up.steps(found, passages, request.at, following),
        "passages": passages,
        "attempts": found.attempts.select_related("staff").order_by("desk_day"),
        "may_take": found.is_open
        and routing.capacity(facts[found.pk], request.user.pk, request.user.tier, found.level) is not None,
    }
    return page(request, "escalation/demand.html", context)


@screen()
def demands_list(request: DeskRequest) -> Any:
    """What one holds or may take, the most urgent first."""
    rows = queries.mine(request.user, request.at)
    found = page_by(rows, ("due_at", "id"), request.GET.get("after", ""))
    return page(request, "escalation/demands.html", {"page": found})


@screen(at_least(Tier.SV))
def ladder(request: DeskRequest) -> Any:
    """Every open demand with the time at each tier, and who is on duty now."""
    rows = queries.open_demands(request.user).prefetch_related("passages__to_holder")
    found = page_by(rows, ("due_at", "id"), request.GET.get("after", ""), size=SHOWN)
    following = duty.next_up(found.rows, request.at)
    shown = [
        {"demand": row, "steps": way_up.steps(row, row.passages.all(), request.at, following[row.pk])}
        for row in found.rows
    ]
    context = {"page": found, "shown": shown, "duty": duty.ladder(request.at)}
    context["deputy"] = request.user.tier < TOP <= acting_tier(request.user, request.at)
    return page(request, "escalation/ladder.html", context)


@screen(methods=DEED)
def accept(request: DeskRequest, pk: int) -> Any:
    """Take the demand: from now one is the person who answers."""
    found = find.demand(request, pk)
    demands.accept(demand_id=found.pk, actor=request.user, at=request.at)
    return redirect("escalation:demand", pk=found.pk)


rise = Deed(
    title=_("Pass it up"),
    submit=_("Pass it up"),
    form=forms.RiseForm,
    find=find.demand,
    tone="upward",
    do=lambda request, demand, data: demands.rise(
        demand_id=demand.pk,
        reason=DemandPassage.Reason.NOT_MINE
        if demand.holder_id == request.user.pk
        else DemandPassage.Reason.BY_HAND,
        note=data["note"],
        actor=request.user,
        at=request.at,
    ),
    leads_to=demand_page,
).view()

conflict = Deed(
    title=_("This person must not answer it"),
    form=forms.ConflictForm,
    find=find.demand,
    do=lambda request, demand, data: demands.declare_conflict(
        demand_id=demand.pk,
        staff_id=data["staff"].pk,
        why=data["why"],
        note=data["note"],
        actor=request.user,
        at=request.at,
    ),
    leads_to=demand_page,
).view()

decide = Deed(
    title=_("Decide"),
    submit=_("Decide"),
    form=forms.DecideForm,
    find=find.demand,
    do=lambda request, demand, data: answers.decide(
        demand_id=demand.pk, actor=request.user, at=request.at, **data
    ),
    leads_to=demand_page,
    template="escalation/decide.html",
).view()

deliver = Deed(
    title=_("I answered in person"),
    submit=_("The customer has my answer"),
    form=forms.DeliverForm,
    find=find.demand,
    do=lambda request, demand, data: answers.deliver(
        demand_id=demand.pk,
        contact_id=data["contact"].pk,
        tier_told=data["tier_told"],
        actor=request.user,
        at=request.at,
    ),
    leads_to=demand_page,
    template="escalation/decide.html",
).view()

attempt = Deed(
    title=_("Tried, and did not reach the customer"),
    lead=_("After three attempts on three desk days the answer may be given in writing."),
    form=forms.ContactForm,
    find=find.demand,
    do=lambda request, demand, data: answers.record_attempt(
        demand_id=demand.pk, contact_id=data["contact"].pk, actor=request.user, at=request.at
    ),
    leads_to=demand_page,
).view()

withdraw = Deed(
    title=_("The customer withdraws the demand"),
    submit=_("Withdrawn by the customer"),
    form=forms.WordsForm,
    find=find.demand,
    do=lambda request, demand, data: demands.withdraw(
        demand_id=demand.pk,
        contact_id=data["contact"].pk,
        words=data["words"],
        actor=request.user,
        at=request.at,
    ),
    leads_to=demand_page,
).view()

reject = Deed(
    title=_("The customer does not accept the answer"),
    submit=_("Take it up"),
    lead=_("It goes one rank higher; after the top, a letter names where else the customer can turn."),
    form=forms.WordsForm,
    find=find.demand,
    tone="upward",
    do=lambda request, demand, data: answers.reject_answer(
        demand_id=demand.pk,
        contact_id=data["contact"].pk,
        words=data["words"],
        actor=request.user,
        at=request.at,
    ),
    leads_to=demand_page,
).view()


@screen(methods=DEED)
def write(request: DeskRequest, pk: int) -> Any:
    """Answer in writing, after three failed attempts on three desk days (B2)."""
    found = find.demand(request, pk)
    answers.answer_in_writing(demand_id=found.pk, actor=request.user, at=request.at)
    say(request, _("The mail leaves in ten seconds."))
    return redirect("escalation:demand", pk=found.pk)


final_answer = Deed(
    title=_("The company's final answer"),
    submit=_("Put the letter in the outbox"),
    lead=_("The top rank gives it, in writing, with reasons and with where else the customer can turn."),
    form=forms.FinalAnswerForm,
    find=find.ticket,
    rights=at_least(TOP),
    tone="danger-fill",
    do=lambda request, ticket, data: recourse.give_final_answer(
        ticket_id=ticket.pk, actor=request.user, at=request.at, **data
    ),
).view()
