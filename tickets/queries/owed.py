"""The banner on top of every screen about a customer: what we owe them, and what we last tried to tell them (A1)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from django.db.models import Exists, Model, OuterRef, Q, QuerySet

from tickets.models import (
    AnswerConflict,
    Complaint,
    Contact,
    Guidance,
    Promise,
    PromiseKind,
    Question,
    Staff,
    Ticket,
)
from tickets.models.promise_rules import SPOKEN
from tickets.queries.kept import kept
from tickets.queries.present import EVERYTHING, Present

Row = TypeVar("Row", bound=Model)

# Owed inside the house on the customer's account; another company's people are not told of it.
INSIDE = (
    PromiseKind.OBJECTION_DECISION,
    PromiseKind.REGULATOR_REPLY,
    PromiseKind.PARTNER_REPORT,
    PromiseKind.SWEEP,
)
MOST = 20


@dataclass(frozen=True, slots=True)
class Owed:
    """Everything the next person to answer must see.

    `last_attempt`: the last time we tried and did not reach them, unless they have been spoken with since; what it
    was about is `last_attempt.attempt.promise.what`. `guidance`: what they were told that is wrong or doubted.
    `openable`: ids of the cases that this person may open; for own-company staff None, meaning all.
    """

    promises: Sequence[Promise]
    questions: Sequence[Question]
    complaints: Sequence[Complaint]
    last_attempt: Contact | None
    guidance: Sequence[Guidance]
    conflicts: Sequence[AnswerConflict]
    openable: frozenset[int] | None

    def __bool__(self) -> bool:
        """Whether the banner has anything to say."""
        return bool(
            self.promises
            or self.questions
            or self.complaints
            or self.last_attempt
            or self.guidance
            or self.conflicts
        )

    def overdue(self, at: dt.datetime) -> list[Promise]:
        """Of the promises, those whose time has passed."""
        return [promise for promise in self.promises if promise.due_at <= at]


def owed_to(*, customer_id: int, staff: Staff, present: Present = EVERYTHING) -> Owed:
    """For a customer that `staff` may see (the view checks it). Six queries, for partners one more.

    Of what `present` does not name, none is asked for.
    """

    def listed(name: str, rows: Callable[[], QuerySet[Row]]) -> list[Row]:
        return list(rows()[:MOST]) if name in present else []

    promises = _promises(staff=staff, customer_id=customer_id) if "promise" in present else []
    return Owed(
        promises=promises,
        questions=listed("question", lambda: _questions(customer_id)),
        complaints=listed("complaint", lambda: _complaints(customer_id)),
        last_attempt=_last_attempt(customer_id) if "attempt" in present else None,
        guidance=_wrong_guidance(customer_id) if "guidance" in present else [],
        conflicts=listed("conflict", lambda: _conflicts(customer_id)),
        openable=_openable(customer_id, staff),
    )


def _questions(customer_id: int) -> QuerySet[Question]:
    rows = Question.objects.filter(customer_id=customer_id, status="open")
    return rows.select_related("ticket").order_by("asked_at", "id")


def _complaints(customer_id: int) -> QuerySet[Complaint]:
    rows = Complaint.objects.filter(customer_id=customer_id).exclude(status="delivered")
    return rows.select_related("ticket").order_by("voiced_at", "id")


def _conflicts(customer_id: int) -> QuerySet[AnswerConflict]:
    rows = AnswerConflict.objects.filter(customer_id=customer_id, status="open")
    return rows.select_related("first", "second").order_by("raised_at", "id")


@kept
def _promises(*, staff: Staff, customer_id: int) -> QuerySet[Promise]:
    rows = Promise.objects.open().filter(customer_id=customer_id)
    if staff.is_partner:
        rows = rows.exclude(kind__in=INSIDE)
    return rows.select_related("ticket", "owner", "desk").order_by("due_at", "id")[:MOST]


def _last_attempt(customer_id: int) -> Contact | None:
    spoken_since = Contact.objects.filter(
        customer_id=customer_id, channel="phone", result__in=[r for r in SPOKEN if r],
        started_at__gt=OuterRef("started_at"),
    )  # fmt: skip
    tried = Contact.objects.filter(
        customer_id=customer_id, direction="out", result__in=("no_answer", "voicemail_left")
    )
    found = tried.select_related("operator", "desk", "ticket", "attempt__promise")
    return found.exclude(Exists(spoken_since)).order_by("-started_at", "-id").first()


def _wrong_guidance(customer_id: int) -> list[Guidance]:
    """Told wrong and not yet put right, or told what is now doubted."""
    doubted = Q(status="under_review") | Q(status="corrected", harm_check__outcome="pending")
    found = Guidance.objects.filter(doubted, customer_id=customer_id)
    return list(
        found.select_related("article_version", "given_by", "ticket").order_by("-given_at", "-id")[:MOST]
    )


def _openable(customer_id: int, staff: Staff) -> frozenset[int] | None:
    if not staff.is_partner:
        return None
    cases = Ticket.objects.visible_to(staff).filter(customer_id=customer_id)
    return frozenset(cases.values_list("pk", flat=True))
