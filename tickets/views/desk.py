"""Where a shift begins: one's own work, the desk's queue, what is owed, and the SV's tabs."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from django.urls import reverse

from tickets.models import Alert, AnswerConflict, Promise, Survey, Ticket, Tier
from tickets.queries import queues
from tickets.rights import acting_at_least
from tickets.views.screen import DeskRequest, page, screen

BESIDE = 25  # of the fifty that the queue's own page shows
# A tab lists rows of one kind; each kind has its own table.
ROWS = {
    Promise: "tickets/rows_promises.html",
    Ticket: "components/queue_table.html",
    AnswerConflict: "tickets/rows_conflicts.html",
    Survey: "tickets/rows_surveys.html",
    Alert: "tickets/rows_alerts.html",
}


@screen()
def home(request: DeskRequest) -> Any:
    """One's own promises and cases, and the hand-overs waiting for one's desk."""
    context = {
        "promises": queues.my_promises(staff=request.user, size=20),
        "page": queues.my_tickets(staff=request.user, after=request.GET.get("after", "")),
        "transfers": queues.transfers_waiting(staff=request.user),
    }
    return page(request, "tickets/home.html", context)


@screen()
def queue(request: DeskRequest) -> Any:
    """The open cases of one's desk, in the order in which they wait (A12)."""
    found = queues.desk_queue(
        staff=request.user, desk_id=request.user.desk_id, after=request.GET.get("after", "")
    )
    return page(request, "tickets/queue.html", {"page": found, "transfers": _waiting(request)})


@screen()
def queue_beside(request: DeskRequest, pk: int) -> Any:
    """The first cases of one's desk, narrow, beside the case `pk`: fetched into its page. One query."""
    found = queues.desk_queue(staff=request.user, desk_id=request.user.desk_id)
    return page(request, "tickets/queue_beside.html", {"waiting": found.rows[:BESIDE], "current": pk})


@screen()
def promises(request: DeskRequest) -> Any:
    """What oneself owes, the next due first."""
    found = queues.my_promises(staff=request.user, after=request.GET.get("after", ""))
    return page(request, "tickets/promises.html", {"page": found})


@screen(acting_at_least(Tier.SV))
def supervisor(request: DeskRequest, key: str = "mine") -> Any:
    """The SV's tabs with their counts (F)."""
    try:
        tab = queues.queue(key)
    except KeyError as error:
        raise Http404 from error
    found = tab.page(request.user, request.at, request.GET.get("after", ""))
    context = {
        "page": found,
        "queue": tab,
        "tabs": _tabs(request, key),
        "table": ROWS[tab.build(request.user, request.at).model],
    }
    return page(request, "tickets/supervisor.html", context)


def _waiting(request: DeskRequest) -> Any:
    return queues.transfers_waiting(staff=request.user)


def _tabs(request: DeskRequest, current: str) -> list[dict[str, Any]]:
    counts = queues.counts(request.user, request.at)
    return [
        {
            "label": tab.label,
            "url": reverse("tickets:supervisor_tab", args=[tab.key]),
            "count": f"{queues.MOST}+" if counts[tab.key] > queues.MOST else counts[tab.key],
            "alarm": tab.key in {"overdue", "missed", "alerts"},
            "current": tab.key == current,
        }
        for tab in queues.SV_QUEUES
    ]
