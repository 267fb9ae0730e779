"""Why a survey is held back, and what the answers say, never without how many were held back (E2)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from django.db.models import Avg, Count, Max, Q

from tickets.dates import day_of
from tickets.models import Complaint, Promise, Staff, Survey, Ticket
from tickets.models.surveys import QUIET_DAYS

QUIET = dt.timedelta(days=QUIET_DAYS)
LOOK_AGAIN = dt.timedelta(days=1)
ENDED = (Ticket.Status.RESOLVED, Ticket.Status.CLOSED)


@dataclass(frozen=True, slots=True)
class Hold:
    """Why no survey goes out just now: `reason` a `Survey.Reason`, `what` for people, `until` when to look again."""

    reason: str
    what: str
    until: dt.datetime


@dataclass(frozen=True, slots=True)
class Satisfaction:
    """What customers said in a period, and beside it those who were not asked.

    `average` of scores 1 to 5, None when nobody answered; `answered` how many did; `withheld` by reason, of the
    surveys made in the period.
    """

    average: float | None
    answered: int
    sent: int
    withheld: dict[str, int] = field(default_factory=dict)

    @property
    def withheld_in_all(self) -> int:
        """How many customers were not asked."""
        return sum(self.withheld.values())


def hold_on(*, survey: Survey, at: dt.datetime) -> Hold | None:
    """What holds this survey back at `at`, on any ticket of its customer (E2); None when nothing does.

    Asked when it is made, by the job, and once more in the transaction in which the mail leaves. The database asks
    the same (tickets/models/surveys.py).
    """
    open_promise = Promise.objects.open().filter(customer_id=survey.customer_id).order_by("due_at").first()
    if open_promise is not None:
        return Hold(Survey.Reason.PROMISE, str(open_promise), at + LOOK_AGAIN)
    complaints = Complaint.objects.filter(customer_id=survey.customer_id)
    complaint = complaints.exclude(status=Complaint.Status.DELIVERED).select_related("ticket").first()
    if complaint is not None:
        return Hold(Survey.Reason.COMPLAINT, str(complaint.ticket), at + LOOK_AGAIN)
    if not Ticket.objects.filter(pk=survey.ticket_id, status__in=ENDED).exists():
        return Hold(Survey.Reason.REOPENED, str(survey.ticket), at + LOOK_AGAIN)
    return _quiet(survey.customer_id, at)


def _quiet(customer_id: int, at: dt.datetime) -> Hold | None:
    ended = Promise.objects.filter(customer_id=customer_id).aggregate(last=Max("ended_at"))["last"]
    told = Complaint.objects.filter(customer_id=customer_id).aggregate(last=Max("delivered_at"))["last"]
    last = max((each for each in (ended, told) if each is not None), default=None)
    if last is None or last + QUIET <= at:
        return None
    return Hold(Survey.Reason.QUIET, day_of(last + QUIET).isoformat(), last + QUIET)


def satisfaction(*, since: dt.datetime, until: dt.datetime) -> Satisfaction:
    """The figure for [since, until): answers by when they came, withheld ones by when the survey was made.

    A survey counts as withheld while it is, and for good when it was never sent because of it. Three queries.
    """
    answers = Survey.objects.filter(answered_at__gte=since, answered_at__lt=until)
    figures = answers.aggregate(average=Avg("score"), answered=Count("pk"))
    sent = Survey.objects.filter(sending_at__gte=since, sending_at__lt=until).count()
    made = Survey.objects.filter(created_at__gte=since, created_at__lt=until)
    kept_back = made.filter(Q(status="withheld") | Q(status="expired", sending_at=None))
    rows = kept_back.exclude(withheld_reason="").values_list("withheld_reason").annotate(n=Count("pk"))
    return Satisfaction(
        average=figures["average"],
        answered=figures["answered"],
        sent=sent,
        withheld=dict(rows.order_by("withheld_reason")),
    )


def held(staff: Staff, *, limit: int = 50, after: int = 0) -> list[Survey]:
    """Surveys held back, with their reason, for the SV's tab; paged by id. One query."""
    rows = Survey.objects.filter(status=Survey.Status.WITHHELD, pk__gt=after)
    if staff.is_partner:
        rows = rows.filter(ticket__in=Ticket.objects.visible_to(staff))
    return list(rows.select_related("customer", "ticket").order_by("pk")[:limit])
