"""What every screen of every floor is made with: who may open it, what time it is there, how it says no."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_http_methods
from django_htmx.middleware import HtmxDetails

from config import clock
from tickets.errors import DeskError, Refused, Stale
from tickets.models import Staff
from tickets.rights import Rights, everyone

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")
READ = ("GET", "HEAD")
FORM = ("GET", "HEAD", "POST")
DEED = ("POST",)


class DeskRequest(HttpRequest):
    """A request of somebody signed in."""

    user: Staff
    htmx: HtmxDetails
    at: dt.datetime


View = Callable[Concatenate[DeskRequest, Arguments], HttpResponse]


def screen(
    rights: Rights = everyone, *, methods: tuple[str, ...] = READ
) -> Callable[[View[Arguments]], Callable[..., HttpResponse]]:
    """Make a view a screen: signed in, of the right rank, at one moment (`request.at`).

    A rank that may not open it gets 403; rows it may not see are 404 by `visible_to`. `NotAllowed` raised inside
    becomes 403 with its sentence. tests/guards/test_rights.py walks every screen as every rank.
    """

    def decorate(view: View[Arguments]) -> Callable[..., HttpResponse]:
        @require_http_methods(list(methods))
        @login_required
        @wraps(view)
        def inner(request: DeskRequest, *args: Arguments.args, **kwargs: Arguments.kwargs) -> HttpResponse:
            if not rights(request.user):
                raise PermissionDenied
            request.at = clock.now()
            try:
                return view(request, *args, **kwargs)
            except DeskError as error:
                return _says_no(request, error)

        inner.rights = rights  # type: ignore[attr-defined]
        return inner

    return decorate


def page(
    request: HttpRequest,
    template: str,
    context: Mapping[str, Any] | None = None,
    form: BaseForm | None = None,
) -> TemplateResponse:
    """A page; 422 when its form came back with errors, so that nothing takes it for success."""
    values = {**(context or {})}
    if form is not None:
        values["form"] = form
    refused = form is not None and form.is_bound and bool(form.errors)
    status = getattr(form, "refusal_status", 422) if refused else 200
    answer = TemplateResponse(request, template, values, status=status)
    patch_vary_headers(
        answer, ["HX-Request"]
    )  # a live element gets the panes only; "back" must not show them
    return answer


def carried_out(form: BaseForm, deed: Callable[[], Result]) -> Result | None:
    """Do it, or put the refusal into the form beside what was typed and return None.

    The sentence carries the id of its rule, so that it can be looked up.
    """
    try:
        return deed()
    except DeskError as error:
        form.add_error(None, error.told)
        form.refusal_status = 409 if isinstance(error, Stale) else 422  # type: ignore[attr-defined]
        return None


def told(request: HttpRequest, deed: Callable[[], object]) -> bool:
    """Do what a single button asks for; True when the rules said no, which then stands in a toast on the next page."""
    try:
        deed()
    except Refused as error:
        messages.warning(request, str(error.message))
        return True
    return False


def _says_no(request: HttpRequest, error: DeskError) -> HttpResponse:
    """A refusal outside a form, as a page with its sentence and the way back."""
    status = 409 if isinstance(error, Stale) else 403
    return TemplateResponse(request, "refused.html", {"refusal": error}, status=status)
