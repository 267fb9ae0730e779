"""The way up in an evidence print: demands with their ladder, exceptions, instructions and objections, final answers.

Who objected stands there only for a reader to whom `ObjectionAuthor.visible_to` shows it (B9).
"""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _

from escalation.models import (
    Demand,
    ExceptionRequest,
    Instruction,
    LeaderQuestion,
    Objection,
    ObjectionAuthor,
)
from tickets.dossier import Item, Section, facts, include, moment
from tickets.models import Staff, Ticket
from tickets.statuses import TIERS

ORDER = 30


def register() -> None:
    """Called once, from the app's ready()."""
    include(sections, order=ORDER)


def sections(ticket: Ticket, staff: Staff) -> Iterator[Section]:
    """In a fixed number of queries."""
    yield Section(_("Demands for a superior"), list(_demands(ticket, staff)))
    yield Section(_("Exceptions"), list(_exceptions(ticket, staff)))
    yield Section(_("Instructions and objections"), list(_instructions(ticket, staff)))
    yield Section(_("Questions to leaders"), list(_leaders(ticket, staff)))
    yield Section(_("Letters and authorities"), list(_letters(ticket, staff)))


def _rank(tier: int | None, *, delegated: object = None) -> str:
    if not tier:
        return ""
    name = str(TIERS[tier].label)
    return _("%(tier)s (acting)") % {"tier": name} if delegated else name


def _demands(ticket: Ticket, staff: Staff) -> Iterator[Item]:
    rows = Demand.objects.visible_to(staff).filter(ticket=ticket).select_related("recorded_by", "answered_by")
    rows = rows.prefetch_related("passages__to_holder", "attempts__staff")
    for row in rows.order_by("demanded_at", "pk"):
        yield Item(
            f"{_('Demand')} #{row.pk}: {_rank(row.demanded_tier)}", moment(row.demanded_at),
            facts((_("Recorded by"), row.recorded_by), (_("State"), row.get_status_display())), row.words,
        )  # fmt: skip
        for step in sorted(row.passages.all(), key=lambda each: each.pk):
            yield Item(
                f"#{row.pk} → {_rank(step.to_level, delegated=step.delegation_id)}", moment(step.at),
                facts((_("Holder"), step.to_holder), (_("Reason"), step.get_reason_display()), (_("Due"), step.new_due_at)),
                step.note,
            )  # fmt: skip
        for each in sorted(row.attempts.all(), key=lambda attempt: attempt.at):
            yield Item(
                f"#{row.pk} {_('Tried, and did not reach the customer')}",
                moment(each.at),
                facts((_("Operator"), each.staff)),
            )
        yield from _answered(row)


def _answered(row: Demand) -> Iterator[Item]:
    if row.decided_at:
        yield Item(
            f"#{row.pk} {_('Decision')}: {row.get_decision_display()}", moment(row.decided_at),
            facts(
                (_("Basis"), f"{row.get_basis_kind_display()} {row.basis_ref}"), (_("What will be done"), row.remedies),
                (_("Where else the customer can turn"), row.recourse),
            ),
            row.reasons,
        )  # fmt: skip
    if row.answered_at:
        yield Item(
            f"#{row.pk} {row.get_status_display()}", moment(row.answered_at),
            facts(
                (_("Answered by"), row.answered_by), (_("Rank"), _rank(row.answered_tier, delegated=row.answered_delegation_id)),
                (_("Rank told to the customer"), row.tier_told_at),
            ),
        )  # fmt: skip
    if row.withdrawn_at:
        yield Item(f"#{row.pk} {row.get_status_display()}", moment(row.withdrawn_at), (), row.withdrawn_words)


def _exceptions(ticket: Ticket, staff: Staff) -> Iterator[Item]:
    rows = ExceptionRequest.objects.visible_to(staff).filter(ticket=ticket)
    for row in rows.select_related("asked_by", "chosen", "decided_by", "seconded_by").order_by(
        "asked_at", "pk"
    ):
        yield Item(
            f"{row.get_decision_display()}: {row.get_status_display()}", moment(row.asked_at),
            facts(
                (_("Asked by"), row.asked_by), (_("Chosen"), row.chosen), (_("First approval by"), row.seconded_by),
                (_("Decided by"), row.decided_by), (_("Rank"), _rank(row.decided_tier, delegated=row.decided_delegation_id)),
                (_("Decided at"), row.decided_at), (_("Reasons"), row.reasons),
                (_("Basis"), f"{row.get_basis_kind_display()} {row.basis_ref}".strip()),
            ),
            row.situation,
        )  # fmt: skip


def _instructions(ticket: Ticket, staff: Staff) -> Iterator[Item]:
    found = Objection.objects.visible_to(staff).filter(ticket=ticket).select_related("decided_by")
    authors = {row.objection_id: row.staff for row in ObjectionAuthor.objects.visible_to(staff).filter(objection__ticket=ticket).select_related("staff")}  # fmt: skip
    against: dict[int, list[Objection]] = {}
    for objection in found.order_by("raised_at", "pk"):
        against.setdefault(objection.instruction_id, []).append(objection)
    rows = (
        Instruction.objects.visible_to(staff)
        .filter(ticket=ticket)
        .select_related("issuer", "recipient", "execution__executed_by")
    )
    for row in rows.prefetch_related("observers__staff").order_by("issued_at", "pk"):
        done = getattr(row, "execution", None)
        yield Item(
            f"{_('Instruction')} #{row.pk}: {row.get_status_display()}", moment(row.issued_at),
            facts(
                (_("Issued by"), f"{row.issuer} ({_rank(row.issuer_tier)})"), (_("To"), row.recipient),
                (_("How"), row.get_channel_display()), (_("Adverse to the customer"), _("yes") if row.adverse else ""),
                (_("Basis"), f"{row.get_basis_kind_display()} {row.basis_ref}".strip()),
                (_("Observers"), ", ".join(each.staff.name for each in row.observers.all())),
                (_("Carried out by"), done.executed_by if done else ""), (_("Carried out at"), done.executed_at if done else None),
            ),
            row.text,
        )  # fmt: skip
        for objection in against.get(row.pk, []):
            yield _objection(objection, authors.get(objection.pk))


def _objection(row: Objection, author: Staff | None) -> Item:
    return Item(
        f"{_('Objection')} #{row.pk}: {row.get_status_display()}", moment(row.raised_at),
        facts(
            (_("Objected by"), author or _("not shown to you")), (_("Decided by"), row.decided_by),
            (_("Decided at"), row.decided_at), (_("Reasons of the decision"), row.decision_reasons),
        ),
        row.reasons,
    )  # fmt: skip


def _leaders(ticket: Ticket, staff: Staff) -> Iterator[Item]:
    rows = LeaderQuestion.objects.visible_to(staff).filter(ticket=ticket).select_related("asked_by")
    for row in rows.prefetch_related("answers__answered_by").order_by("pk"):
        yield Item(
            _("Question to the leaders"), moment(row.asked_at), facts((_("Asked by"), row.asked_by)), row.text
        )
        for answer in sorted(row.answers.all(), key=lambda each: each.pk):
            yield Item(
                _("A leader's answer"),
                moment(answer.answered_at),
                facts((_("Answered by"), answer.answered_by)),
                answer.text,
            )


def _letters(ticket: Ticket, staff: Staff) -> Iterator[Item]:
    for final in ticket.final_answers.select_related("author").order_by("issued_at", "pk"):
        yield Item(
            _("The company's final answer"), moment(final.issued_at),
            facts(
                (_("Signed by"), final.author), (_("Reasons"), final.reasons),
                (_("Basis"), f"{final.get_basis_kind_display()} {final.basis_ref}"),
                (_("Where else the customer can turn"), final.recourse),
            ),
            final.text,
        )  # fmt: skip
    for letter in ticket.recourse_letters.order_by("put_at", "pk"):
        yield Item(_("Letter on external remedies"), moment(letter.put_at), facts((_("Reason"), letter.get_reason_display()), (_("Bodies"), ", ".join(letter.bodies))))  # fmt: skip
    if staff.is_partner:
        return
    for case in ticket.regulator_cases.prefetch_related("signatures__staff").order_by("received_at", "pk"):
        signed = "; ".join(f"{each.staff} {moment(each.signed_at)}" for each in case.signatures.all())
        yield Item(
            f"{case.get_body_display()} {case.body_name}", moment(case.received_at),
            facts((_("Reference"), case.reference), (_("Deadline"), case.deadline), (_("State"), case.get_status_display()),
                  (_("Signed by"), signed), (_("Replied at"), case.replied_at)),
            case.asks,
        )  # fmt: skip
