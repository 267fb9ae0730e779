"""Rosters, demands and what happens to them, written by the services."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from escalation import defaults
from escalation.models import Delegation, Demand, RosterPeriod
from escalation.services import demands, roster
from tests.factories import tickets as ticket_rows
from tests.factories.cast import Cast
from tickets.dates import jst
from tickets.models import Contact, Customer, Staff, Ticket, Tier

# Saturday of a weekend of three holidays (Monday the 12th is one), ten minutes before the desk closes.
SATURDAY = jst(2026, 1, 10, 17, 50)
WEEKEND = (jst(2026, 1, 10), jst(2026, 1, 13))
MASTERS_FROM = jst(2009, 1, 1)


@dataclass
class Case:
    """A customer on the telephone with somebody, on a case."""

    customer: Customer
    ticket: Ticket
    call: Contact


def case(cast: Cast, *, at: dt.datetime = SATURDAY, operator: Staff | None = None, **fields: Any) -> Case:
    """A customer who is talking to the operator at `at`."""
    customer = ticket_rows.customer(**{"email": "akari@example.jp", **fields})
    ticket = ticket_rows.ticket(
        customer=customer,
        desk=cast.desk,
        actor=cast.operator,
        at=at - dt.timedelta(minutes=5),
        kind="complaint",
    )
    return Case(customer, ticket, talk(cast, customer, ticket, operator or cast.operator, at=at))


def talk(
    cast: Cast,
    customer: Customer,
    ticket: Ticket | None,
    staff: Staff,
    *,
    at: dt.datetime,
    direction: str = "in",
    result: str = "answered",
) -> Contact:
    """A call at `at`; `result` no_answer is one that did not reach the customer."""
    return ticket_rows.contact(
        customer=customer,
        desk=cast.desk,
        operator=staff,
        ticket=ticket,
        at=at - dt.timedelta(minutes=5),
        minutes=10,
        direction=direction,
        result=result,
    )


def missed(cast: Cast, made: Case, staff: Staff, *, at: dt.datetime) -> Contact:
    """A call by `staff` at `at` that nobody answered."""
    return ticket_rows.contact(
        customer=made.customer,
        desk=cast.desk,
        operator=staff,
        ticket=made.ticket,
        at=at,
        minutes=1,
        direction="out",
        result="no_answer",
    )


def masters() -> None:
    """Limits, clocks and letters, in force since long ago."""
    defaults.load(MASTERS_FROM)


def period(
    cast: Cast, *, begins: dt.datetime = WEEKEND[0], ends: dt.datetime = WEEKEND[1], publish: bool = True
) -> RosterPeriod:
    """Leader, SV, manager and a second manager on duty throughout."""
    admin = cast.administrator
    made = roster.draft_period(name="当番表", begins=begins, ends=ends, actor=admin, at=begins)
    rows = (
        (Tier.LEADER, cast.leader, 1),
        (Tier.SV, cast.sv, 1),
        (Tier.MANAGER, cast.manager, 1),
        (Tier.MANAGER, cast.manager2, 2),
    )
    for tier, staff, position in rows:
        roster.add_shift(
            period_id=made.pk,
            tier=tier,
            staff_id=staff.pk,
            begins=begins,
            ends=ends,
            position=position,
            actor=admin,
        )
    return roster.publish_period(period_id=made.pk, actor=admin, at=begins) if publish else made


def stand_in(
    cast: Cast,
    *,
    grantor: Staff | None = None,
    delegate: Staff | None = None,
    tier: int = Tier.MANAGER,
    begins: dt.datetime = WEEKEND[0],
    ends: dt.datetime = WEEKEND[1],
    absent: bool = True,
) -> Delegation:
    """`delegate` (the second SV) acts for `grantor` (the manager), who is away."""
    grantor, delegate = grantor or cast.manager, delegate or cast.sv2
    lent = roster.delegate(
        grantor_id=grantor.pk,
        delegate_id=delegate.pk,
        tier=tier,
        begins=begins,
        ends=ends,
        reason="三連休の代行",
        actor=grantor,
        at=begins,
    )
    if absent:
        roster.record_absence(staff_id=grantor.pk, begins=begins, ends=ends, actor=grantor, at=begins)
    return lent


def demand(
    made: Case,
    actor: Staff,
    *,
    tier: int | None = Tier.MANAGER,
    at: dt.datetime = SATURDAY,
    words: str = "上の人に代わってください",
    **fields: Any,
) -> Demand:
    """One click."""
    return demands.demand_superior(
        ticket_id=made.ticket.pk,
        contact_id=made.call.pk,
        words=words,
        tier=tier,
        actor=actor,
        at=at,
        **fields,
    )


DECISION = {
    "decision": "changed",
    "reasons": "回線は本日中に再開します。",
    "basis_kind": "contract",
    "basis_ref": "約款第12条",
    "remedies": "再開通と1か月分の減額",
    "recourse": "消費生活センター（188）",
}
