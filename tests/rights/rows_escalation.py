"""The rows of the way up on one case, for the walk."""

from __future__ import annotations

import datetime as dt
from typing import Any

from escalation.services import (
    concerns,
    demands,
    exceptions,
    instructions,
    leaders,
    objections,
    regulators,
    roster,
)
from tests.factories import tickets as rows
from tests.factories.cast import Cast
from tests.factories.tickets import WHEN
from tickets.models import Tier

BASIS = {"basis_kind": "contract", "basis_ref": "約款 第12条"}


def add_escalation(made: dict[str, Any], people: Cast, *, shared: bool) -> None:
    """The masters and a draft of the roster are made once, with the first case."""
    ticket = made["ticket"]
    contact = rows.contact(
        customer=made["customer"], desk=people.desk, operator=people.operator, ticket=ticket
    )
    made["demand"] = demands.demand_superior(
        ticket_id=ticket.pk, contact_id=contact.pk, words="上の人に代わってください", tier=Tier.MANAGER,
        actor=people.operator, at=WHEN,
    )  # fmt: skip
    made["exception"] = exceptions.request_exception(
        ticket_id=ticket.pk,
        situation="最終日に回線が止まった",
        options=[("再開通", 0)],
        actor=people.operator,
        at=WHEN,
    )
    _orders(made, people)
    made["leader_question"] = leaders.ask_leader(
        topic="解約", text="請求してよいか", actor=people.operator, at=WHEN, ticket_id=ticket.pk
    )
    made["regulator"] = regulators.record_regulator_contact(
        ticket_id=ticket.pk, body="consumer_centre", body_name="消費生活センター", asks="経緯の説明",
        deadline=WHEN + dt.timedelta(days=7), actor=people.operator, at=WHEN,
    )  # fmt: skip
    regulators.draft_reply(case_id=made["regulator"].pk, text="回答案", actor=people.sv, at=WHEN)
    made["concern"] = concerns.raise_concern(text="気になる指示がある", actor=people.operator2, at=WHEN)
    _roster(made, people, shared=shared)


def _orders(made: dict[str, Any], people: Cast) -> None:
    def issue() -> Any:
        return instructions.issue_instruction(
            ticket_id=made["ticket"].pk, recipient_id=people.operator.pk, text="この件は請求と案内してください",
            adverse=True, actor=people.leader, at=WHEN, **BASIS,
        )  # fmt: skip

    made["instruction"] = issue()
    made["objection"] = objections.object_to(
        instruction_id=issue().pk, reasons="登録の誤りは会社側", actor=people.operator, at=WHEN
    )


def _roster(made: dict[str, Any], people: Cast, *, shared: bool) -> None:
    begins = WHEN + dt.timedelta(days=0 if shared else 30)
    ends = begins + dt.timedelta(days=7)
    made["period"] = roster.draft_period(
        name="当番", begins=begins, ends=ends, actor=people.administrator, at=WHEN
    )
    made["shift"] = roster.add_shift(
        period_id=made["period"].pk, tier=Tier.SV, staff_id=people.sv.pk, begins=begins, ends=ends,
        actor=people.administrator,
    )  # fmt: skip
    made["delegation"] = roster.delegate(
        grantor_id=people.sv.pk, delegate_id=people.leader.pk, tier=Tier.SV, begins=begins, ends=ends,
        reason="休暇", actor=people.sv, at=WHEN,
    )  # fmt: skip
    made["absence"] = roster.record_absence(
        staff_id=people.leader2.pk, begins=begins, ends=ends, sudden=True, actor=people.leader2, at=WHEN
    )
