"""Language and theme: each person's own, before sign-in the machine's."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from tickets.context_processors import THEME_COOKIE, THEMES
from tickets.models import Staff

YEAR = 365 * 24 * 3600  # seconds


@require_POST
def preferences(request: HttpRequest) -> HttpResponse:
    """Keep `language` or `theme` (or both) and go back to `next`; anybody, for themselves alone."""
    chosen: dict[str, str] = {}
    if request.POST.get("language") in dict(settings.LANGUAGES):
        chosen["language"] = request.POST["language"]
    if request.POST.get("theme") in THEMES:
        chosen["theme"] = request.POST["theme"]
    if isinstance(request.user, Staff) and chosen:
        Staff.objects.filter(pk=request.user.pk).update(**chosen)
    response = HttpResponseRedirect(_back(request))
    if "language" in chosen:
        _remember(response, settings.LANGUAGE_COOKIE_NAME, chosen["language"])
    if "theme" in chosen:
        _remember(response, THEME_COOKIE, chosen["theme"])
    return response


def _remember(response: HttpResponse, name: str, value: str) -> None:
    response.set_cookie(
        name, value, max_age=YEAR, samesite="Lax", httponly=True, secure=settings.SESSION_COOKIE_SECURE
    )


def _back(request: HttpRequest) -> str:
    """Only to a page of this desk."""
    target = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure())
    return target if safe else "/"
