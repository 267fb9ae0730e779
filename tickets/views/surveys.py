"""The satisfaction survey: the customer's page, and what was withheld and why (E1, E2)."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils import translation
from django.views.decorators.http import require_http_methods

from config import clock
from tickets.errors import DeskError
from tickets.forms.surveys import SurveyForm
from tickets.models import Tier
from tickets.paging import PAGE, Page, number
from tickets.queries import surveys as queries
from tickets.rights import at_least
from tickets.services import surveys
from tickets.views.screen import FORM, DeskRequest, carried_out, page, screen


@require_http_methods(list(FORM))
def answer(request: HttpRequest, token: str) -> Any:
    """The customer's own page behind the signed link; no sign-in, answered once, in the language of the mail."""
    at = clock.now()
    try:
        survey = surveys.survey_of(token=token, at=at)
    except DeskError as error:
        return page(request, "tickets/survey_over.html", {"refusal": error})
    if settings.LANGUAGE_COOKIE_NAME not in request.COOKIES:  # they may choose another on the page
        translation.activate(survey.customer.language)
    form = SurveyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        carried_out(form, lambda: surveys.answer_survey(token=token, at=at, **form.cleaned_data))
        if not form.errors:
            return page(request, "tickets/survey_thanks.html")
    return page(request, "tickets/survey.html", {"survey": survey}, form=form)


@screen(at_least(Tier.LEADER))
def held(request: DeskRequest) -> Any:
    """Surveys that are withheld, each with its reason."""
    after = request.GET.get("after", "")
    rows = queries.held(request.user, limit=PAGE + 1, after=number(after))
    following = str(rows[PAGE - 1].pk) if len(rows) > PAGE else ""
    return page(request, "tickets/surveys_held.html", {"page": Page(rows[:PAGE], following, first=not after)})
