"""Four pages: the queue, a ticket, a caller, a new ticket; all behind a session."""

import datetime as dt

from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from tests.load.floor.models import Entry, Ticket

EPOCH = dt.datetime(2026, 1, 31, tzinfo=dt.UTC)


@login_required
def queue(request: HttpRequest) -> HttpResponse:
    """50 open tickets in order."""
    rows = Ticket._default_manager.filter(status="open").order_by("priority", "opened_at", "id")[:50]
    return render(request, "queue.html", {"rows": rows})


@login_required
def ticket(request: HttpRequest, pk: int) -> HttpResponse:
    """A ticket and its last 30 entries."""
    row = get_object_or_404(Ticket, pk=pk)
    return render(request, "ticket.html", {"row": row, "entries": row.entries.order_by("-at")[:30]})


@csrf_exempt
@login_required
def new(request: HttpRequest) -> HttpResponse:
    """A ticket with two entries in one transaction."""
    with transaction.atomic():
        row = Ticket._default_manager.create(
            customer_name="山田", phone="+815012345678", subject=request.POST["subject"], status="open",
            priority=3, opened_at=EPOCH,
        )  # fmt: skip
        for body in ("入電", "受付"):
            Entry._default_manager.create(ticket=row, at=EPOCH, body=body)
    return redirect("ticket", pk=row.pk)


urlpatterns = [
    path("queue/", queue, name="queue"),
    path("tickets/<int:pk>/", ticket, name="ticket"),
    path("new/", new, name="new"),
]
