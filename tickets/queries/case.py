"""What the page of a case shows beside its history: the rows that hang on it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db.models import Model, Prefetch, QuerySet

from tickets.models import (
    Answer,
    Complaint,
    Guidance,
    HarmCheck,
    PublicPost,
    Question,
    Remedy,
    Symptom,
    Ticket,
    TicketLink,
    Transfer,
)
from tickets.queries.present import EVERYTHING, Present

Row = TypeVar("Row", bound=Model)

MOST = 50


@dataclass(frozen=True, slots=True)
class Case:
    """Everything on one case; each list is bounded."""

    questions: list[Question]
    complaint: Complaint | None
    remedies: list[Remedy]
    guidance: list[Guidance]
    harm_checks: list[HarmCheck]
    transfer: Transfer | None
    symptoms: list[Symptom]
    posts: list[PublicPost]
    links: list[TicketLink]


def case_of(ticket: Ticket, present: Present = EVERYTHING) -> Case:
    """All of it, in a fixed number of queries; of what `present` does not name, none is asked for, nor put together.

    The view has checked that the person sees the ticket.
    """

    def listed(name: str, rows: Callable[[], QuerySet[Row]]) -> list[Row]:
        return list(rows()[:MOST]) if f"case.{name}" in present else []

    def first(name: str, rows: Callable[[], QuerySet[Row]]) -> Row | None:
        return next(iter(listed(name, rows)), None)

    def answered() -> Prefetch[Any]:
        return Prefetch("answers", Answer.objects.select_related("answered_by").order_by("-answered_at"))

    return Case(
        questions=listed(
            "question", lambda: ticket.questions.prefetch_related(answered()).order_by("asked_at", "id")
        ),
        complaint=first(
            "complaint",
            lambda: Complaint.objects.filter(ticket=ticket).select_related(
                "decided_by", "decided_for", "heard_by"
            ),
        ),
        remedies=listed("remedy", lambda: ticket.remedies.select_related("owner").order_by("id")),
        guidance=listed(
            "guidance",
            lambda: ticket.guidance.select_related("article_version__article", "given_by").order_by(
                "-given_at"
            ),
        ),
        harm_checks=listed(
            "harmcheck",
            lambda: ticket.harm_checks.filter(outcome="pending").select_related("guidance__article_version"),
        ),
        transfer=first(
            "transfer",
            lambda: ticket.transfers.filter(status="offered").select_related("to_desk", "from_desk"),
        ),
        symptoms=listed(
            "symptom", lambda: ticket.symptoms.select_related("recorded_by").order_by("-recorded_at")
        ),
        posts=listed("publicpost", lambda: ticket.public_posts.order_by("-linked_at")),
        links=listed("ticketlink", lambda: ticket.links.select_related("earlier")),
    )
