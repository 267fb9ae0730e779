"""Giving many cases to somebody at once, with a result a row, and taking it back (F)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from tickets.access import require_tier
from tickets.errors import DeskError, Refused
from tickets.models import Staff, Ticket, Tier
from tickets.service import service
from tickets.services.tickets import assign

MOST = 200


@dataclass(frozen=True, slots=True)
class Row:
    """What became of one case: `before` had it, `refusal` says why nothing changed."""

    ticket: Ticket
    before: int | None
    refusal: str = ""


def reassign(
    *, ticket_ids: Sequence[int], assignee_id: int | None, at: dt.datetime, actor: Staff
) -> list[Row]:
    """Each case by itself: one that is refused does not hold up the others. Leaders and above."""
    require_tier(actor, Tier.LEADER, rule="F1")
    if len(ticket_ids) > MOST:
        raise Refused("F1", _("At most %(most)d cases at once.") % {"most": MOST})
    return [_one(pk, assignee_id, None, at=at, actor=actor) for pk in sorted(set(ticket_ids))]


def put_back(
    *, before: Mapping[int, int | None], given_to: int | None, at: dt.datetime, actor: Staff
) -> list[Row]:
    """Undo `reassign`: each case goes back to who had it, unless somebody has given it on meanwhile."""
    require_tier(actor, Tier.LEADER, rule="F1")
    return [_one(pk, before[pk], (given_to,), at=at, actor=actor) for pk in sorted(before)]


def _one(
    pk: int, assignee_id: int | None, expected: tuple[int | None] | None, *, at: dt.datetime, actor: Staff
) -> Row:
    ticket = Ticket.objects.visible_to(actor).select_related("customer", "assignee").get(pk=pk)
    before = ticket.assignee_id
    if before == assignee_id:
        return Row(ticket, before, str(_("Has it already")))
    try:
        return Row(_give(pk, assignee_id, expected, at=at, actor=actor), before)
    except DeskError as error:
        return Row(ticket, before, error.told)


@service
def _give(
    pk: int, assignee_id: int | None, expected: tuple[int | None] | None, *, at: dt.datetime, actor: Staff
) -> Ticket:
    ticket = Ticket.objects.select_for_update(no_key=True).get(pk=pk)
    if not ticket.is_open:
        raise Refused("F1", _("The case is no longer open."))
    if expected is not None and ticket.assignee_id != expected[0]:
        raise Refused("F1", _("Somebody has given it on meanwhile."))
    if assignee_id is not None and not Staff.objects.filter(pk=assignee_id, desk_id=ticket.desk_id).exists():
        raise Refused("F1", _("This person sits at another desk; hand the case over to that desk."))
    assign(ticket_id=pk, assignee_id=assignee_id, at=at, actor=actor)
    return Ticket.objects.select_related("customer", "assignee").get(pk=pk)
