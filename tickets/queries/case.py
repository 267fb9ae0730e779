"""What the page of a case shows beside its history: the rows that hang on it."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Prefetch

from tickets.models import (
    Answer,
    Complaint,
    Contact,
    Guidance,
    HarmCheck,
    PublicPost,
    Question,
    Remedy,
    Staff,
    Symptom,
    Ticket,
    TicketLink,
    Transfer,
)

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
    others: list[Ticket]
    call: Contact | None


def case_of(ticket: Ticket, staff: Staff) -> Case:
    """All of it, in a fixed number of queries. The view has checked that `staff` sees the ticket."""
    answers = Answer.objects.select_related("answered_by").order_by("-answered_at")
    others = Ticket.objects.visible_to(staff).filter(customer_id=ticket.customer_id).exclude(pk=ticket.pk)
    return Case(
        questions=list(
            ticket.questions.prefetch_related(Prefetch("answers", answers)).order_by("asked_at", "id")[:MOST]
        ),
        complaint=Complaint.objects.filter(ticket=ticket).select_related("decided_by", "heard_by").first(),
        remedies=list(ticket.remedies.select_related("owner").order_by("id")[:MOST]),
        guidance=list(
            ticket.guidance.select_related("article_version__article", "given_by").order_by("-given_at")[
                :MOST
            ]
        ),
        harm_checks=list(
            ticket.harm_checks.filter(outcome="pending").select_related("guidance__article_version")[:MOST]
        ),
        transfer=ticket.transfers.filter(status="offered").select_related("to_desk", "from_desk").first(),
        symptoms=list(ticket.symptoms.select_related("recorded_by").order_by("-recorded_at")[:MOST]),
        posts=list(ticket.public_posts.order_by("-linked_at")[:MOST]),
        links=list(ticket.links.select_related("earlier")[:MOST]),
        others=list(others.order_by("-id")[:10]),
        call=_running_call(ticket.customer_id, staff),
    )


def _running_call(customer_id: int, staff: Staff) -> Contact | None:
    calls = Contact.objects.filter(customer_id=customer_id, operator=staff, ended_at__isnull=True)
    return calls.prefetch_related("legs").order_by("-started_at", "-id").first()
