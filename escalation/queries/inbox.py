"""The way up's share of the top rank's inbox, and the final answers that somebody has to write (A9, B2, B6, B9, B11)."""

from __future__ import annotations

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from escalation.models import (
    Demand,
    ExceptionRequest,
    FinalAnswer,
    Objection,
    RecourseLetter,
    RegulatorCase,
    RegulatorSignature,
)
from tickets.inbox import Deed, Waits, wait
from tickets.models import TOP, Promise, PromiseKind, Staff, Ticket

# What is done next with a demand of that state.
NEXT = {
    "assigned": ("demand", _("Take it on")),
    "in_review": ("decide", _("Decide")),
    "decided": ("deliver", _("Tell the decision")),
}
TWO = 2


def register() -> None:
    """Called once, from the app's ready()."""
    wait(Waits(PromiseKind.SUPERIOR_ANSWER, _demand, ("demand",), at_top=_demands_at_top, icon="upward"))
    wait(
        Waits(PromiseKind.EXCEPTION_DECISION, _exception, ("exception",), own=_asked_or_seconded, icon="flag")
    )
    wait(Waits(PromiseKind.OBJECTION_DECISION, _objection, ("objection",), own=_issued, icon="objection"))
    wait(Waits(PromiseKind.REGULATOR_REPLY, _reply, ("regulator_case",), ("regulator_case__signatures",),
               at_top=_replies, icon="regulator"))  # fmt: skip


def final_answers_owed(staff: Staff) -> QuerySet[Ticket]:
    """Cases on which the top's own answer, or the letter of day 42, was not accepted and nothing final was written.

    Each with `since`, when that letter was put. Not while a demand is open: then there is no final answer (A9).
    """
    later = FinalAnswer.objects.filter(ticket=OuterRef("ticket"), issued_at__gte=OuterRef("put_at"))
    refused = RecourseLetter.objects.filter(
        Q(reason="deadlock") | Q(disagreed_at__isnull=False), ~Exists(later)
    )
    letters = refused.filter(settled_at__isnull=True)
    asked = Demand.objects.filter(customer=OuterRef("customer")).open()
    first = letters.filter(ticket=OuterRef("pk")).order_by("put_at").values("put_at")[:1]
    rows = Ticket.objects.visible_to(staff).filter(~Exists(asked), pk__in=letters.values("ticket"))
    return (
        rows.annotate(since=Subquery(first)).select_related("customer", "complaint").order_by("since", "pk")
    )


def _demand(owed: Promise) -> Deed:
    name, label = NEXT.get(owed.demand.status, NEXT["assigned"])
    return reverse(f"escalation:{name}", args=[owed.demand.pk]), label


def _demands_at_top(staff: Staff) -> Q:
    return Q(demand__level=TOP)


def _exception(owed: Promise) -> Deed:
    return reverse("escalation:exception", args=[owed.exception.pk]), _("Decide")


def _asked_or_seconded(staff: Staff) -> Q:
    mine = ExceptionRequest.objects.open().filter(Q(asked_by=staff) | Q(seconded_by=staff))
    return Q(pk__in=mine.values("promise"))


def _objection(owed: Promise) -> Deed:
    return reverse("escalation:decide_objection", args=[owed.objection.pk]), _("Decide")


def _issued(staff: Staff) -> Q:
    return Q(pk__in=Objection.objects.open().filter(instruction__issuer=staff).values("promise"))


def _replies(staff: Staff) -> Q:
    """Risen to the top; or drafted and not yet signed by this person; or signed by two and not yet sent."""
    drafted = RegulatorCase.objects.filter(status="drafted")
    on_text = RegulatorSignature.objects.filter(case=OuterRef("pk"), draft_number=OuterRef("draft_number"))
    counted = Count("signatures", filter=Q(signatures__draft_number=F("draft_number")))
    to_sign = drafted.filter(~Exists(on_text.filter(staff=staff)))
    to_send = drafted.annotate(signed=counted).filter(signed__gte=TWO)
    return Q(tier=TOP) | Q(regulator_case__in=to_sign) | Q(regulator_case__in=to_send.values("pk"))


def _reply(owed: Promise) -> Deed:
    case = owed.regulator_case
    signed = [each for each in case.signatures.all() if each.draft_number == case.draft_number]
    if case.status != RegulatorCase.Status.DRAFTED:
        return reverse("escalation:draft_reply", args=[case.pk]), _("Draft the reply")
    label = _("Send the reply") if len(signed) >= TWO else _("Read and sign")
    return reverse("escalation:regulator", args=[case.pk]), label
