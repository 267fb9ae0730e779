"""The queues: an operator's desk queue, and the SV's tabs (F; A10, A12, A15). Each page is one query, by key.

Every tab is read from the promise table and the cases. As whom a person decides, the floor above knows (delegation):
it registers `acting_tier`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.utils.functional import Promise as LazyText
from django.utils.translation import gettext_lazy as _

from tickets.models import (
    Alert,
    AnswerConflict,
    Promise,
    PromiseKind,
    PromiseRise,
    Staff,
    Survey,
    Ticket,
    Transfer,
)
from tickets.paging import PAGE, Page
from tickets.queries.kept import kept
from tickets.queries.keyset import capped_count, page_after, page_by, page_from, page_of, place_of

# Decisions that somebody is waiting for.
APPROVALS = (
    PromiseKind.WAIVER_DECISION,
    PromiseKind.EXCEPTION_DECISION,
    PromiseKind.FAULT_DECISION,
    PromiseKind.OBJECTION_DECISION,
    PromiseKind.COMPLAINT_DECISION,
    PromiseKind.CONFLICT,
)
# How long before its due time a promise is about to be broken.
SOON = dt.timedelta(hours=1)
MOST = 100

# The order in which cases wait: by priority, then by the moment they came in.
WAITING = ("priority", "queue_at", "id")
COLUMNS = (
    "number", "kind", "status", "priority", "subject", "queue_at", "customer__name", "customer__number",
    "desk__name_ja", "desk__name_en", "assignee__name",
)  # fmt: skip

Level = Callable[[Staff, dt.datetime], int]
Build = Callable[[Staff, dt.datetime], QuerySet[Any]]


class ActingTier:
    """As which tier a person decides at a moment: their own rank, until escalation registers delegations."""

    def __init__(self) -> None:
        self._level: Level | None = None

    def register(self, level: Level) -> Level:
        """Called once, from an AppConfig's ready()."""
        self._level = level
        return level

    def __call__(self, staff: Staff, at: dt.datetime) -> int:
        """Own rank, or the one lent at that moment if it is higher."""
        return max(staff.tier, self._level(staff, at)) if self._level else staff.tier


acting_tier = ActingTier()


@dataclass(frozen=True, slots=True)
class Queue:
    """One tab: its rows for a person at a moment, and the key they are ordered and paged by."""

    key: str
    label: str | LazyText
    build: Build
    keys: Sequence[str]

    def page(self, staff: Staff, at: dt.datetime, after: str = "", size: int = 50) -> Page[Any]:
        """One query, with all that a line shows."""
        return page_by(self.build(staff, at), self.keys, after, size=size)

    def count(self, staff: Staff, at: dt.datetime) -> int:
        """At most MOST + 1, which is shown as 100+. One query."""
        return capped_count(self.build(staff, at), MOST)


def desk_queue(*, staff: Staff, desk_id: int, after: str = "", size: int = 50) -> Page[Ticket]:
    """Open cases of a desk: by priority, then by the moment they came in; the night's intake leads (A12)."""
    if size != PAGE:
        return page_by(_tickets(staff).filter(desk_id=desk_id), WAITING, after, size=size)
    place = place_of(Ticket, WAITING, after)
    if place is None:
        return page_from(_first_of_desk(staff=staff, desk_id=desk_id), WAITING)
    priority, queue_at, key = place
    rows = _more_of_desk(staff=staff, desk_id=desk_id, priority=priority, queue_at=queue_at, key=key)
    return page_from(rows, WAITING, first=False)


@kept
def _first_of_desk(*, staff: Staff, desk_id: int) -> QuerySet[Ticket]:
    return page_of(_tickets(staff).filter(desk_id=desk_id), WAITING)


@kept
def _more_of_desk(
    *, staff: Staff, desk_id: int, priority: int, queue_at: dt.datetime, key: int
) -> QuerySet[Ticket]:
    return page_after(_tickets(staff).filter(desk_id=desk_id), WAITING, (priority, queue_at, key))


@kept
def newest_of_customer(*, staff: Staff, customer_id: int) -> QuerySet[Ticket]:
    """The newest twenty cases of a customer, open or not, as lines of a queue."""
    rows = Ticket.objects.visible_to(staff).filter(customer_id=customer_id)
    shown = with_soonest(rows).select_related("desk", "assignee", "customer").only(*COLUMNS)
    return shown.order_by("-id")[:20]


def my_tickets(*, staff: Staff, after: str = "", size: int = 50) -> Page[Ticket]:
    """Open cases given to this person."""
    rows = _tickets(staff).filter(assignee=staff)
    return page_by(rows, ("priority", "queue_at", "id"), after, size=size)


def my_promises(*, staff: Staff, after: str = "", size: int = 50) -> Page[Promise]:
    """What this person owes, the next due first."""
    return page_by(_promises(staff).filter(owner=staff), ("due_at", "id"), after, size=size)


def transfers_waiting(*, staff: Staff) -> list[Transfer]:
    """Hand-overs offered to this person's desk, the oldest twenty first (A3)."""
    return _offered(desk_id=staff.desk_id)


@kept
def _offered(*, desk_id: int) -> QuerySet[Transfer]:
    offered = Transfer.objects.filter(to_desk_id=desk_id, status=Transfer.Status.OFFERED)
    return offered.select_related("ticket__customer", "from_desk", "offered_by").order_by("offered_at", "id")[
        :20
    ]


def counts(staff: Staff, at: dt.datetime) -> dict[str, int]:
    """What stands on each tab; one query a tab."""
    return {queue.key: queue.count(staff, at) for queue in SV_QUEUES}


def queue(key: str) -> Queue:
    """The tab called `key`; KeyError for any other."""
    return {found.key: found for found in SV_QUEUES}[key]


def _tickets(staff: Staff) -> QuerySet[Ticket]:
    rows = Ticket.objects.visible_to(staff).open()
    shown = with_soonest(rows).select_related("customer", "desk", "assignee")
    # What a line of a queue shows, and no more: fifty customers with address and note are half of the page's cost.
    return shown.only(*COLUMNS)


def with_soonest(rows: QuerySet[Ticket]) -> QuerySet[Ticket]:
    """Each case with `due_at`, when the next thing owed on it is due."""
    owed = Promise.objects.open().filter(ticket=OuterRef("pk")).order_by("due_at")
    return rows.annotate(due_at=Subquery(owed.values("due_at")[:1]))


def _promises(staff: Staff) -> QuerySet[Promise]:
    rows = Promise.objects.visible_to(staff).open()
    return rows.select_related("customer", "ticket", "owner", "desk")


def _risen() -> Exists:
    """Moved up, not merely to another agreed time."""
    return Exists(PromiseRise.objects.filter(promise=OuterRef("pk"), agreed_contact__isnull=True))


def _mine_to_approve(staff: Staff, at: dt.datetime) -> QuerySet[Promise]:
    return _promises(staff).filter(kind__in=APPROVALS, owner=staff)


def _to_approve(staff: Staff, at: dt.datetime) -> QuerySet[Promise]:
    return _promises(staff).filter(kind__in=APPROVALS, tier__lte=acting_tier(staff, at))


def _unassigned(staff: Staff, at: dt.datetime) -> QuerySet[Ticket]:
    return _tickets(staff).filter(assignee__isnull=True)


def _overdue(staff: Staff, at: dt.datetime) -> QuerySet[Promise]:
    return _promises(staff).filter(due_at__lte=at)


def _about_to_breach(staff: Staff, at: dt.datetime) -> QuerySet[Promise]:
    return _promises(staff).filter(due_at__gt=at, due_at__lte=at + SOON)


def _escalated(staff: Staff, at: dt.datetime) -> QuerySet[Promise]:
    return _promises(staff).filter(Q(kind=PromiseKind.SUPERIOR_ANSWER) | _risen())


def _missed_callbacks(staff: Staff, at: dt.datetime) -> QuerySet[Promise]:
    return _promises(staff).filter(Q(due_at__lte=at) | _risen(), kind=PromiseKind.CALLBACK)


def _conflicts(staff: Staff, at: dt.datetime) -> QuerySet[AnswerConflict]:
    rows = AnswerConflict.objects.filter(status="open", promise__ticket__in=Ticket.objects.visible_to(staff))
    return rows.select_related(
        "customer", "first__answered_by", "first__question", "second__answered_by", "promise__ticket"
    )


def _surveys_held(staff: Staff, at: dt.datetime) -> QuerySet[Survey]:
    rows = Survey.objects.filter(status="withheld", ticket__in=Ticket.objects.visible_to(staff))
    return rows.select_related("customer", "ticket")


def _alerts(staff: Staff, at: dt.datetime) -> QuerySet[Alert]:
    return Alert.objects.visible_to(staff).unseen().select_related("ticket__customer", "contact__customer")


BY_DUE = ("due_at", "id")
SV_QUEUES = (
    Queue("mine", _("Mine to approve"), _mine_to_approve, BY_DUE),
    Queue("level", _("At or below my level"), _to_approve, BY_DUE),
    Queue("unassigned", _("Unassigned"), _unassigned, ("priority", "queue_at", "id")),
    Queue("overdue", _("Overdue"), _overdue, BY_DUE),
    Queue("soon", _("About to breach"), _about_to_breach, BY_DUE),
    Queue("escalated", _("Escalated"), _escalated, BY_DUE),
    Queue("missed", _("Missed callbacks"), _missed_callbacks, BY_DUE),
    Queue("conflicts", _("Conflicting answers"), _conflicts, ("raised_at", "id")),
    Queue("surveys", _("Surveys held"), _surveys_held, ("due_at", "id")),
    Queue("alerts", _("Alerts"), _alerts, ("at", "id")),
)
