"""Where the way up ends: the letter on external remedies (B7) and the company's final answer (A9)."""

from __future__ import annotations

import datetime as dt

from django.utils.translation import gettext as _
from django.utils.translation import override

from escalation import authority, letters
from escalation.access import require_tier
from escalation.letter_texts import EXTERNAL_BODIES
from escalation.models import Decision, Demand, FinalAnswer, RecourseLetter
from escalation.services.reopening import open_for_more
from tickets.errors import Refused
from tickets.models import TOP, Customer, OutboxMessage, Staff, Ticket
from tickets.service import service
from tickets.services.locking import lock_ticket
from tickets.services.outbox import put_mail
from tickets.services.timeline import append_entry


@service
def send_recourse_letter(
    *, ticket_id: int, reason: str, at: dt.datetime, actor: Staff | None = None, demand_id: int | None = None
) -> RecourseLetter:
    """Put the letter that names the external bodies; once per ticket and reason, the standing one otherwise (B7).

    `reason` deadlock: the top tier's answer (`demand_id`) was not accepted; day42: the complaint is that old.
    Anyone who sees the ticket, and the system.
    """
    ticket = lock_ticket(ticket_id, actor)
    standing = RecourseLetter.objects.filter(ticket=ticket, reason=reason).first()
    if standing is not None:
        return standing
    customer = Customer.objects.get(pk=ticket.customer_id)
    bodies = EXTERNAL_BODIES.get(customer.language, EXTERNAL_BODIES["ja"])
    facts: dict[str, object] = {
        "because": _because(reason, customer.language),
        "bodies": "\n".join(f"・{name}" for name in bodies),
    }
    message = _put(ticket, customer, "external-remedies", f"recourse:{ticket.pk}:{reason}", facts, at)
    letter = RecourseLetter.objects.create(
        ticket=ticket,
        customer=customer,
        reason=reason,
        demand_id=demand_id,
        bodies=bodies,
        letter=message,
        put_at=at,
        put_by=actor,
    )
    _record(ticket, "letter.external_remedies", message.subject, actor=actor, at=at, letter=letter.pk)
    return letter


@service
def disagree(*, letter_id: int, contact_id: int, words: str, actor: Staff, at: dt.datetime) -> RecourseLetter:
    """The customer still disagrees: the ticket is opened again and stays open until it is settled (B7)."""
    letter = RecourseLetter.objects.get(pk=letter_id)
    ticket = open_for_more(ticket_id=letter.ticket_id, actor=actor, at=at, why=words)
    letter = RecourseLetter.objects.select_for_update().get(pk=letter_id)
    if letter.disagreed_at is None:
        letter.disagreed_at = at
        letter.disagreed_contact_id = contact_id
        letter.save(update_fields=["disagreed_at", "disagreed_contact"])
    _record(ticket, "letter.disagreed", words, actor=actor, at=at, contact_id=contact_id, letter=letter.pk)
    return letter


@service
def settle(*, letter_id: int, contact_id: int, how: str, actor: Staff, at: dt.datetime) -> RecourseLetter:
    """The customer, or an outside body, has settled it, as told by the customer in a contact. SV or above."""
    require_tier(actor, 3, at, rule="B7")
    ticket = lock_ticket(RecourseLetter.objects.values_list("ticket_id", flat=True).get(pk=letter_id), actor)
    letter = RecourseLetter.objects.select_for_update().get(pk=letter_id)
    letter.settled_at, letter.settled_contact_id, letter.settled_how = at, contact_id, how
    letter.save(update_fields=["settled_at", "settled_contact", "settled_how"])
    _record(ticket, "letter.settled", how, actor=actor, at=at, contact_id=contact_id, letter=letter.pk)
    return letter


@service
def give_final_answer(
    *,
    ticket_id: int,
    text: str,
    reasons: str,
    basis_kind: str,
    basis_ref: str,
    recourse: str,
    actor: Staff,
    at: dt.datetime,
) -> FinalAnswer:
    """The company's final answer, in writing. The top tier only, by rank or delegation (A9).

    `Refused` while any demand for a superior of this customer is open. `recourse`: where else they can turn.
    """
    ticket = lock_ticket(ticket_id, actor)
    authority.require(actor, Decision.FINAL_ANSWER, 0, at, rule="A9")
    capacity = require_tier(actor, TOP, at, rule="A9")
    if Demand.objects.filter(customer_id=ticket.customer_id).open().exists():
        raise Refused("A9", _("There is no final answer while a demand for a superior is open."))
    customer = Customer.objects.get(pk=ticket.customer_id)
    said = {"text": text, "reasons": reasons, "basis_ref": basis_ref, "recourse": recourse}
    facts = {**said, "basis": basis_ref, **letters.signature(actor, capacity, customer.language)}
    nth = FinalAnswer.objects.filter(ticket=ticket).count() + 1
    message = _put(ticket, customer, "final-answer", f"final-answer:{ticket.pk}:{nth}", facts, at)
    answer = FinalAnswer.objects.create(
        ticket=ticket,
        customer=customer,
        author=actor,
        author_tier=capacity.tier,
        author_delegation_id=capacity.delegation,
        issued_at=at,
        basis_kind=basis_kind,
        **said,
        letter=message,
    )
    _record(ticket, "letter.final_answer", message.subject, actor=actor, at=at, final_answer=answer.pk)
    return answer


def _put(
    ticket: Ticket, customer: Customer, code: str, key: str, facts: dict[str, object], at: dt.datetime
) -> OutboxMessage:
    """The letter `code` of this ticket into the outbox."""
    known = {"ticket": ticket.number, "customer": customer.name}
    subject, body = letters.render(code, customer, at, {**known, **facts})
    return put_mail(
        key=key,
        to=letters.address_of(customer),
        subject=subject,
        body=body,
        at=at,
        customer_id=customer.pk,
        ticket_id=ticket.pk,
    )


def _because(reason: str, language: str) -> str:
    with override(language):
        if reason == RecourseLetter.Reason.DAY42:
            return _("Your complaint has not been settled for six weeks.")
        return _("You do not accept the answer of our highest tier.")


def _record(
    ticket: Ticket,
    kind: str,
    summary: str,
    *,
    actor: Staff | None,
    at: dt.datetime,
    contact_id: int | None = None,
    **facts: object,
) -> None:
    append_entry(
        customer_id=ticket.customer_id,
        ticket_id=ticket.pk,
        contact_id=contact_id,
        kind=kind,
        at=at,
        actor=actor,
        summary=summary,
        data=dict(facts),
    )
