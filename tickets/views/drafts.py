"""The server's side of js/drafts.js (docs/screens.md)."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpResponse, HttpResponseBadRequest, JsonResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme

from tickets.errors import Refused
from tickets.formats import time_text
from tickets.services import drafts
from tickets.views.screen import DEED, DeskRequest, screen

NAME_LENGTH = 60  # the columns'


@screen(methods=DEED)
def save(request: DeskRequest) -> HttpResponse:
    """Autosave: 200 with the time, 409 when a colleague was first (kept all the same), 400 for nonsense."""
    form, subject = request.POST.get("form", ""), request.POST.get("subject", "")
    fields = _fields(request.POST.get("fields", ""))
    if fields is None or not 0 < len(form) <= NAME_LENGTH or not 0 < len(subject) <= NAME_LENGTH:
        return HttpResponseBadRequest()
    version = request.POST.get("version", "")
    try:
        rival = drafts.save_draft(
            form=form, subject=subject, fields=fields, actor=request.user, at=request.at,
            version=int(version) if version.isdecimal() else None,
        )  # fmt: skip
    except Refused as error:
        return JsonResponse({"error": str(error.message)}, status=422)
    told: dict[str, Any] = {"saved_at": time_text(request.at)}
    if rival is None:
        return JsonResponse(told)
    return JsonResponse(told | {"who": rival.who, "version": rival.version}, status=409)


@screen(methods=DEED)
def discard(request: DeskRequest) -> HttpResponse:
    """The author throws the text away and begins anew."""
    drafts.drop_draft(
        form=request.POST.get("draft_form", ""),
        subject=request.POST.get("draft_subject", ""),
        actor=request.user,
    )
    back = request.headers.get("Referer", "")
    safe = url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()})
    return redirect(back if safe else "/")


def _fields(text: str) -> dict[str, str] | None:
    try:
        found = json.loads(text)
    except ValueError:
        return None
    if not isinstance(found, dict) or not all(isinstance(value, str) for value in found.values()):
        return None
    return found
