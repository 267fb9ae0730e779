"""What the customer asked, what was answered, and answers that contradict each other (A6, A8)."""

from __future__ import annotations

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _

from tickets.forms import questions as forms
from tickets.models import Answer, AnswerConflict, Customer, Tier
from tickets.queries.calls import current_contact_id
from tickets.rights import acting_at_least
from tickets.services import conflicts, questions
from tickets.views import find
from tickets.views.deed import Deed
from tickets.views.screen import DeskRequest

ask = Deed(
    title=_("The customer asks"),
    form=forms.AskForm,
    find=find.ticket,
    do=lambda request, ticket, data: questions.ask(
        ticket_id=ticket.pk,
        topic=data["topic"],
        text=data["text"],
        contact_id=current_contact_id(request.user, ticket.customer_id),
        actor=request.user,
        at=request.at,
    ),
).view()

answer = Deed(
    title=_("Answer the question"),
    submit=_("Answer"),
    form=forms.AnswerForm,
    find=find.question,
    do=lambda request, question, data: questions.answer(
        question_id=question.pk,
        contact_id=current_contact_id(request.user, question.customer_id),
        actor=request.user,
        at=request.at,
        **data,
    ),
    leads_to=lambda question, _outcome: question.ticket.get_absolute_url(),
    beside=lambda request, question: {
        "earlier": Answer.objects.filter(customer_id=question.customer_id, topic=question.topic)
        .exclude(status="corrected")
        .select_related("answered_by")
        .order_by("-answered_at")[:5]
    },
    template="tickets/answer.html",
).view()


def find_conflict(request: DeskRequest, pk: int) -> AnswerConflict:
    """A conflict of a customer the person sees."""
    seen = Customer.objects.visible_to(request.user)
    rows = AnswerConflict.objects.select_related(
        "first__answered_by",
        "first__question",
        "second__answered_by",
        "second__question",
        "promise__ticket",
        "customer",
    )
    return get_object_or_404(rows.filter(customer__in=seen), pk=pk)


resolve_conflict = Deed(
    title=_("Conflicting answers"),
    submit=_("Decide"),
    form=forms.ResolveConflictForm,
    find=find_conflict,
    rights=acting_at_least(Tier.SV),
    do=lambda request, conflict, data: conflicts.resolve_conflict(
        conflict_id=conflict.pk,
        stands_id=data["stands"].pk,
        reasons=data["reasons"],
        actor=request.user,
        at=request.at,
    ),
    leads_to=lambda conflict, _outcome: conflict.promise.ticket.get_absolute_url(),
    template="tickets/conflict.html",
).view()
