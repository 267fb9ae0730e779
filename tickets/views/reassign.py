"""Bulk reassignment by leaders and SVs: choose, preview, a result a row, ten seconds to undo."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core import signing
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _now
from django.utils.translation import ngettext

from tickets.forms.reassign import ReassignForm
from tickets.models import Staff, Ticket, Tier
from tickets.rights import at_least
from tickets.services import reassign as service
from tickets.views.screen import DEED, DeskRequest, page, screen
from tickets.views.undo import say

SALT = "reassign"
UNDO_SECONDS = 20


@screen(at_least(Tier.LEADER), methods=DEED)
def reassign(request: DeskRequest) -> Any:
    """POST `ticket` (many): the preview with a choice of person; with `go`, the deed and its rows."""
    chosen = _chosen(request)
    form = ReassignForm(
        request.POST if "assignee" in request.POST else None,
        subject=chosen,
        staff=request.user,
        at=request.at,
    )
    if "go" not in request.POST or not form.is_valid():
        context = {
            "tickets": chosen,
            "person": form.is_bound and form.is_valid() and form.cleaned_data["assignee"],
        }
        return page(request, "tickets/reassign.html", context, form=form)
    person: Staff | None = form.cleaned_data["assignee"]
    rows = service.reassign(
        ticket_ids=[ticket.pk for ticket in chosen],
        assignee_id=person.pk if person else None,
        actor=request.user,
        at=request.at,
    )
    done = {row.ticket.pk: row.before for row in rows if not row.refusal}
    if done:
        token = signing.dumps([list(done.items()), person.pk if person else None, request.user.pk], salt=SALT)
        text = ngettext("%(n)d case was given on.", "%(n)d cases were given on.", len(done)) % {
            "n": len(done)
        }
        say(request, text, undo=reverse("tickets:reassign_undo", args=[token]))
    return page(request, "tickets/reassigned.html", {"rows": rows, "person": person})


@screen(at_least(Tier.LEADER), methods=DEED)
def undo(request: DeskRequest, token: str) -> Any:
    """The ten seconds after: each case goes back to who had it."""
    try:
        before, given_to, who = signing.loads(token, salt=SALT, max_age=UNDO_SECONDS)
    except (signing.BadSignature, ValueError):
        who = None
    if who != request.user.pk:
        messages.warning(request, _now("It is too late to undo this."))
        return redirect("tickets:home")
    rows = service.put_back(before=dict(before), given_to=given_to, actor=request.user, at=request.at)
    messages.info(request, _now("Put back, except what somebody has given on meanwhile."))
    return page(request, "tickets/reassigned.html", {"rows": rows, "person": None, "undone": True})


def _chosen(request: DeskRequest) -> list[Ticket]:
    keys = [int(key) for key in request.POST.getlist("ticket") if key.isdecimal()][: service.MOST + 1]
    rows = Ticket.objects.visible_to(request.user).filter(pk__in=keys)
    return list(rows.select_related("customer", "assignee", "desk").order_by("priority", "id"))
