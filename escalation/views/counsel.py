"""Questions to leaders, authorities' cases, and concerns to compliance (B10, B11, B13)."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.contrib import messages
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from escalation.forms import instructions as forms
from escalation.models import Concern, LeaderQuestion, RegulatorCase
from escalation.queries import leaders as leader_queries
from escalation.queries.oversight import objections_by_month
from escalation.services import concerns, leaders, regulators
from escalation.views import find
from tickets.dates import day_of
from tickets.models import Tier
from tickets.paging import newest_first
from tickets.queries.keyset import page_by
from tickets.rights import at_least, compliance, own_company
from tickets.views.deed import Deed
from tickets.views.screen import DEED, DeskRequest, page, screen


def nothing(request: DeskRequest) -> None:
    """A form about nothing that exists yet."""


@screen()
def questions(request: DeskRequest) -> Any:
    """Questions to leaders with their answers; searched before one asks (B10)."""
    text = request.GET.get("q", "").strip()
    found = leader_queries.search(staff=request.user, text=text) if text else None
    rows = LeaderQuestion.objects.visible_to(request.user).select_related("asked_by", "ticket")
    rows = rows.prefetch_related("answers__answered_by")
    context = {"text": text, "found": found, "page": newest_first(rows, request.GET.get("after", ""))}
    return page(request, "escalation/questions.html", context)


def questions_page(subject: Any, outcome: Any) -> str:
    """The list."""
    return reverse("escalation:questions")


ask = Deed(
    title=_("Ask the leaders"),
    submit=_("Ask"),
    form=forms.AskLeaderForm,
    find=nothing,
    do=lambda request, _subject, data: leaders.ask_leader(actor=request.user, at=request.at, **data),
    leads_to=questions_page,
).view()

answer = Deed(
    title=_("Answer a question"),
    submit=_("Answer"),
    lead=_("Your answer stands under your name. It approves nothing."),
    form=forms.AnswerAsLeaderForm,
    find=find.question,
    rights=at_least(Tier.LEADER),
    do=lambda request, question, data: leaders.answer_as_leader(
        question_id=question.pk, actor=request.user, at=request.at, **data
    ),
    leads_to=questions_page,
    template="escalation/answer_question.html",
).view()


def regulator_page(subject: Any, outcome: Any) -> str:
    """The case."""
    shown = outcome if isinstance(outcome, RegulatorCase) else subject
    return reverse("escalation:regulator", args=[shown.pk])


record_regulator = Deed(
    title=_("An authority has contacted us"),
    submit=_("Record it"),
    form=forms.RegulatorForm,
    find=find.ticket,
    rights=own_company,
    do=lambda request, ticket, data: regulators.record_regulator_contact(
        ticket_id=ticket.pk, actor=request.user, at=request.at, **data
    ),
    leads_to=regulator_page,
).view()


@screen(at_least(Tier.LEADER))
def regulators_list(request: DeskRequest) -> Any:
    """Authorities' cases, the next deadline first."""
    rows = RegulatorCase.objects.visible_to(request.user).select_related("ticket", "customer")
    return page(
        request,
        "escalation/regulators.html",
        {"page": page_by(rows, ("deadline", "id"), request.GET.get("after", ""))},
    )


@screen(own_company)
def regulator(request: DeskRequest, pk: int) -> Any:
    """One of them, with its draft and signatures."""
    found = find.regulator(request, pk)
    context = {
        "regulator": found,
        "ticket": found.ticket,
        "signatures": found.signatures.filter(draft_number=found.draft_number).select_related("staff"),
    }
    return page(request, "escalation/regulator.html", context)


draft = Deed(
    title=_("Draft the reply"),
    form=forms.DraftForm,
    find=find.regulator,
    rights=at_least(Tier.SV),
    initial=lambda request, case: {"text": case.draft},
    do=lambda request, case, data: regulators.draft_reply(
        case_id=case.pk, text=data["text"], actor=request.user, at=request.at
    ),
    leads_to=regulator_page,
).view()


@screen(at_least(Tier.SV), methods=DEED)
def sign(request: DeskRequest, pk: int) -> Any:
    """Put one's name to the draft; two different people of SV or above are needed (B11)."""
    case = find.regulator(request, pk)
    regulators.sign_reply(case_id=case.pk, actor=request.user, at=request.at)
    return redirect("escalation:regulator", pk=case.pk)


@screen(at_least(Tier.SV), methods=DEED)
def send(request: DeskRequest, pk: int) -> Any:
    """The reply leaves."""
    case = find.regulator(request, pk)
    regulators.send_reply(case_id=case.pk, actor=request.user, at=request.at)
    return redirect("escalation:regulator", pk=case.pk)


def home(subject: Any, outcome: Any) -> str:
    """Away from the form: who raised a concern leaves no trace in an address."""
    return reverse("tickets:home")


raise_concern = Deed(
    title=_("Raise a concern with compliance"),
    submit=_("Send it to compliance"),
    form=forms.ConcernForm,
    find=nothing,
    do=lambda request, _subject, data: concerns.raise_concern(
        text=data["text"], actor=request.user, at=request.at
    ),
    done=_("Compliance has it. Nobody above you sees your name."),
    leads_to=home,
).view()


@screen(compliance)
def concerns_list(request: DeskRequest) -> Any:
    """What was raised; only for compliance."""
    rows = Concern.objects.visible_to(request.user).select_related("reporter_row__staff", "instruction")
    return page(
        request, "escalation/concerns.html", {"page": newest_first(rows, request.GET.get("after", ""))}
    )


@screen(compliance, methods=DEED)
def look_into(request: DeskRequest, pk: int) -> Any:
    """Compliance looks into it."""
    found = find.concern(request, pk)
    concerns.look_into(concern_id=found.pk, actor=request.user, at=request.at)
    messages.success(request, str(_("Being looked into.")))
    return redirect("escalation:concerns")


close_concern = Deed(
    title=_("How it ended"),
    form=forms.CloseConcernForm,
    find=find.concern,
    rights=compliance,
    do=lambda request, concern, data: concerns.close_concern(
        concern_id=concern.pk, outcome=data["outcome"], actor=request.user, at=request.at
    ),
    leads_to=lambda _subject, _outcome: reverse("escalation:concerns"),
    template="escalation/close_concern.html",
).view()


@screen(at_least(Tier.MANAGER))
def oversight(request: DeskRequest) -> Any:
    """By month: instructions that were objected to, and how it ended; no names (B13)."""
    last = day_of(request.at)
    first = (last - dt.timedelta(days=365)).replace(day=1)
    return page(request, "escalation/oversight.html", {"months": objections_by_month(first=first, last=last)})
