"""The ground floor's part of an evidence print: case, contacts, promises, what was asked and said, complaint, history."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from django.db.models import Prefetch
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from tickets import statuses
from tickets.dossier import Item, Section, facts, include, moment
from tickets.formats import last_minute_text, said_text
from tickets.models import (
    Answer,
    CallAttempt,
    Complaint,
    Contact,
    ContactLeg,
    Promise,
    PromiseRise,
    Staff,
    Ticket,
    TimelineEntry,
)
from tickets.statuses import TIERS

CASE, LAST = 10, 90


def register() -> None:
    """Called once, from the app's ready()."""
    include(case_sections, order=CASE)
    include(history_section, order=LAST)


def case_sections(ticket: Ticket, staff: Staff) -> Iterator[Section]:
    """All but the history, in a fixed number of queries."""
    yield Section(_("Contacts"), list(_contacts(ticket, staff)))
    yield Section(_("Promises"), list(_promises(ticket, staff)))
    yield Section(_("Questions and answers"), list(_questions(ticket)))
    yield Section(_("Guidance given"), list(_guidance(ticket)))
    yield Section(_("Complaint"), list(_complaint(ticket)))
    yield Section(_("Remedies"), list(_remedies(ticket)))


def _contacts(ticket: Ticket, staff: Staff) -> Iterator[Item]:
    legs = ContactLeg.objects.select_related("desk", "staff").order_by("seq")
    rows = Contact.objects.visible_to(staff).filter(ticket=ticket).select_related("operator", "desk")
    for row in rows.prefetch_related(Prefetch("legs", legs)).order_by("started_at", "pk"):
        held = sum(leg.hold_seconds for leg in row.legs.all())
        yield Item(
            f"{row.get_channel_display()} {row.get_direction_display()}", moment(row.started_at),
            facts(
                (_("Ended"), row.ended_at), (_("Result"), row.get_result_display()), (_("Operator"), row.operator),
                (_("Desk"), row.desk), (_("Legs"), " → ".join(_leg(leg) for leg in row.legs.all())),
                (_("On hold"), ngettext("%(n)s second", "%(n)s seconds", held) % {"n": held} if held else ""),
                (_("Recording"), row.recording_ref),
            ),
            row.summary,
        )  # fmt: skip


def _leg(leg: ContactLeg) -> str:
    return f"{leg.desk} {leg.staff or ''}".strip()


def _promises(ticket: Ticket, staff: Staff) -> Iterator[Item]:
    rises = PromiseRise.objects.select_related("to_owner").order_by("at", "pk")
    tries = CallAttempt.objects.order_by("at", "pk")
    rows = Promise.objects.visible_to(staff).filter(ticket=ticket).select_related("owner", "desk", "ended_by")
    for row in rows.prefetch_related(Prefetch("rises", rises), Prefetch("attempts", tries)).order_by(
        "opened_at", "pk"
    ):
        yield Item(
            f"{row.get_kind_display()}: {row.what}", moment(row.opened_at),
            facts(
                (_("Due"), last_minute_text(row.due_at)), (_("State"), row.get_status_display()), (_("Rank"), TIERS[row.tier].label),
                (_("Owner"), row.owner or row.desk), (_("Ended"), row.ended_at), (_("Ended by"), row.ended_by),
                (_("Risen or moved"), "; ".join(f"{moment(rise.at)} {TIERS[rise.to_tier].label}: {rise.reason}" for rise in row.rises.all())),
                (_("Attempts"), "; ".join(f"{moment(each.at)} {each.get_result_display()}" for each in row.attempts.all())),
                (_("How it was kept"), said_text(row.kept_note)), (_("Why it is no longer owed"), row.void_reason),
            ),
        )  # fmt: skip


def _questions(ticket: Ticket) -> Iterator[Item]:
    answers = Answer.objects.select_related("answered_by", "corrected_by").order_by("answered_at", "pk")
    for row in ticket.questions.prefetch_related(Prefetch("answers", answers)).order_by("asked_at", "pk"):
        yield Item(
            _("Question"), moment(row.asked_at), facts((_("State"), row.get_status_display())), row.text
        )
        for answer in row.answers.all():
            yield Item(
                f"{_('Answer')}: {answer.get_verdict_display()}", moment(answer.answered_at),
                facts(
                    (_("Answered by"), answer.answered_by),
                    (_("Basis"), f"{answer.get_basis_kind_display()} {answer.basis_ref}"),
                    (_("State"), answer.get_status_display()), (_("Corrected by"), answer.corrected_by),
                    (_("Corrected at"), answer.corrected_at), (_("Why it was wrong"), answer.corrected_reason),
                ),
                answer.reasons,
            )  # fmt: skip


def _guidance(ticket: Ticket) -> Iterator[Item]:
    checks = {
        check.guidance_id: check
        for check in ticket.harm_checks.select_related("checked_by", "correction__right")
    }
    rows = ticket.guidance.select_related("article_version__article", "given_by").order_by("given_at", "pk")
    for row in rows:
        check = checks.get(row.pk)
        yield Item(
            str(row.article_version), moment(row.given_at),
            facts(
                (_("Given by"), row.given_by), (_("State"), row.get_status_display()),
                (_("Why it was wrong"), check.correction.reason if check else ""),
                (_("What is right"), check.correction.right if check else ""),
                (_("Harm check"), check.get_outcome_display() if check else ""), (_("Finding"), check.finding if check else ""),
            ),
            row.text or row.article_version.body,
        )  # fmt: skip


def _complaint(ticket: Ticket) -> Iterator[Item]:
    for row in Complaint.objects.filter(ticket=ticket).select_related(
        "heard_by", "decided_by", "decided_for"
    ):
        yield Item(
            row.get_status_display(), moment(row.voiced_at),
            facts((_("Heard by"), row.heard_by), (_("Remedy sought"), row.remedy_sought), (_("Deadline"), last_minute_text(row.deadline))),
            row.words,
        )  # fmt: skip
        if row.decided_at:
            yield Item(
                f"{_('Decision')}: {row.get_decision_display()}", moment(row.decided_at),
                facts(
                    (_("Decided by"), row.decided_by), (_("Acting for"), row.decided_for), (_("Basis"), row.basis),
                    (_("So that it does not happen again"), row.prevention), (_("Told at"), row.delivered_at),
                ),
                row.reasons,
            )  # fmt: skip


def _remedies(ticket: Ticket) -> Iterator[Item]:
    for row in ticket.remedies.select_related("owner", "proposed_by").order_by("proposed_at", "pk"):
        fits = {True: _("fits the customer's situation"), False: _("does not fit"), None: ""}[row.fits]
        yield Item(
            f"{row.get_kind_display()}: {row.what}", moment(row.proposed_at),
            facts(
                (_("Owner"), row.owner), (_("By"), row.due_on), (_("State"), row.get_status_display()),
                (_("Fits"), f"{fits} {row.fits_reason}".strip()), (_("Done"), row.done_at),
            ),
        )  # fmt: skip


def history_section(ticket: Ticket, staff: Staff) -> Iterable[Section]:
    """Every entry of the case that `staff` may read, the oldest first. One query."""
    rows = TimelineEntry.objects.visible_to(staff).filter(ticket=ticket).select_related("actor", "desk")
    items = [
        Item(
            str(statuses.timeline_look(row.kind).label), moment(row.at),
            facts((pgettext("timeline", "By"), row.actor or _("the system")), (_("Desk"), row.desk), (_("Entry"), row.pk)),
            row.summary,
        )
        for row in rows.order_by("at", "pk").iterator(chunk_size=500)
    ]  # fmt: skip
    return [Section(_("Contact history"), items)]
