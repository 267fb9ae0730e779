"""Who else has this case open: the server's side of js/presence.js."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404

from tickets.models import Ticket
from tickets.services import presence as service
from tickets.views.screen import FORM, DeskRequest, page, screen


@screen(methods=FORM)
def presence(request: DeskRequest) -> HttpResponse:
    """GET `subject` (id of a case): the others. POST also says that oneself is here: `editing` 0 or 1, `leaving` 1."""
    told = request.POST if request.method == "POST" else request.GET
    subject = told.get("subject", "")
    if not subject.isdecimal():
        raise Http404
    ticket = get_object_or_404(Ticket.objects.visible_to(request.user).only("pk"), pk=int(subject))
    if request.method != "POST":
        viewers = service.others(ticket_id=ticket.pk, staff=request.user, at=request.at)
    elif told.get("leaving") == "1":
        service.leave(ticket_id=ticket.pk, actor=request.user, at=request.at)
        return HttpResponse(status=204)
    else:
        editing = told.get("editing") == "1"
        viewers = service.look(ticket_id=ticket.pk, actor=request.user, editing=editing, at=request.at)
    return page(request, "tickets/presence.html", {"viewers": viewers, "subject": ticket.pk})
