"""Rows of the way up in every state, for the attempts in test_escalation_sql.py."""

from __future__ import annotations

import datetime as dt

from escalation.models import AuthorityLimit, ConcernReporter, Decision, Demand, LeaderAnswer, Objection
from escalation.services import (
    answers,
    concerns,
    demands,
    exceptions,
    instructions,
    leaders,
    objections,
    recourse,
    regulators,
    roster,
)
from tests.factories import escalation as make
from tests.factories import tickets as ticket_rows
from tests.factories.cast import cast
from tests.rules.attempt import run
from tickets.dates import jst
from tickets.models import Tier
from tickets.services.outbox import put_mail

AT = make.SATURDAY
LATER = AT + dt.timedelta(minutes=1)


def build() -> dict[str, object]:
    people = cast()
    make.masters()
    period = make.period(people)
    lent = make.stand_in(people)
    planned = make.stand_in(people, begins=jst(2027, 1, 1), ends=jst(2027, 1, 4), absent=False)
    cancelled = make.stand_in(people, begins=jst(2028, 1, 1), ends=jst(2028, 1, 4), absent=False)
    roster.end_delegation(delegation_id=cancelled.pk, actor=people.administrator, at=AT, why="予定変更")
    made: dict[str, object] = {name: staff.pk for name, staff in people.people.items()}
    made |= {
        "at": AT,
        "later": LATER,
        "period": period.pk,
        "shift": period.shifts.earliest("pk").pk,
        "lent": lent.pk,
        "planned": planned.pk,
        "cancelled": cancelled.pk,
        **_limits(people),
    }
    for part in (_demands, _orders, _papers):
        made |= part(people)
    draft = roster.draft_period(
        name="二月", begins=jst(2026, 2, 1), ends=jst(2026, 2, 2), actor=people.administrator, at=AT
    )
    return made | {"draft": draft.pk}


def _limits(people) -> dict[str, object]:
    """A limit that has ended, and the one that took its place."""
    new = roster.set_limit(
        decision="goodwill", tier=2, allowed=True, limit_yen=2_200, from_on=jst(2026, 2, 1).date(), why="見直し",
        actor=people.administrator, at=AT,
    )  # fmt: skip
    ended = AuthorityLimit.objects.get(decision="goodwill", tier=2, during__endswith=new.during.lower)
    return {"new_limit": new.pk, "ended_limit": ended.pk}


def _demands(people) -> dict[str, object]:
    """Demands in every state, each on a case of its own."""
    fresh, review = make.case(people), make.case(people)
    assigned = make.demand(fresh, people.operator, about_ids=[people.leader2.pk])
    other = ticket_rows.ticket(customer=fresh.customer, desk=people.desk, actor=people.operator, at=AT)
    accepted = make.demand(review, people.operator)
    demands.accept(demand_id=accepted.pk, actor=people.manager2, at=AT)
    decided, decided_case = _decided(people, Tier.MANAGER, people.manager2)
    first, chain = _decided(people, Tier.LEADER, people.leader)
    _deliver(people, first, chain, people.leader)
    following = answers.reject_answer(
        demand_id=first.pk, contact_id=chain.call.pk, words="納得できない", actor=people.operator, at=AT
    )
    missed = make.missed(people, decided_case, people.manager2, at=AT)
    attempt = answers.record_attempt(demand_id=decided.pk, contact_id=missed.pk, actor=people.manager2, at=AT)
    ours = make.talk(people, decided_case.customer, decided_case.ticket, people.manager2, at=AT)
    leaders_call = make.talk(people, decided_case.customer, decided_case.ticket, people.leader, at=AT)
    return {
        "assigned": assigned.pk, "other_ticket": other.pk, "assigned_ticket": fresh.ticket.pk, "assigned_call": fresh.call.pk,
        "assigned_promise": assigned.promise_id, "customer": fresh.customer.pk, "conflict":
        assigned.conflicts.get().pk, "review": accepted.pk, "decided": decided.pk,
        "decided_ticket": decided_case.ticket.pk, "decided_promise": decided.promise_id,
        "decided_customer": decided_case.customer.pk,
        "answered": first.pk, "following": following.pk, "chain_call": chain.call.pk,
        "attempt": attempt.pk, "missed": missed.pk, "our_call": ours.pk, "leaders_call": leaders_call.pk,
        "passage": assigned.passages.get().pk, "letter": _mail(decided_case),
    }  # fmt: skip


def _decided(people, tier, staff) -> tuple[Demand, make.Case]:
    case = make.case(people)
    demand = make.demand(case, people.operator, tier=tier)
    demands.accept(demand_id=demand.pk, actor=staff, at=AT)
    return answers.decide(demand_id=demand.pk, actor=staff, at=AT, **make.DECISION), case


def _deliver(people, demand, case, staff) -> None:
    call = make.talk(people, case.customer, case.ticket, staff, at=AT)
    answers.deliver(demand_id=demand.pk, contact_id=call.pk, tier_told=True, actor=staff, at=AT)


def _mail(case) -> int:
    return put_mail(
        key=f"test:{case.ticket.pk}", to="a@example.jp", subject="件名", body="本文", at=AT,
        customer_id=case.customer.pk, ticket_id=case.ticket.pk,
    ).pk  # fmt: skip


def _orders(people) -> dict[str, object]:
    """Instructions on record, by mail, suspended; an objection; an exception."""
    case = make.case(people)
    common = {
        "ticket_id": case.ticket.pk, "recipient_id": people.operator.pk, "text": "請求すると伝えてください",
        "basis_kind": "policy", "basis_ref": "規程1", "adverse": True, "actor": people.leader, "at": AT,
    }  # fmt: skip
    issued = instructions.issue_instruction(**common, observer_ids=[people.sv.pk])
    suspended = instructions.issue_instruction(**common)
    objection = objections.object_to(
        instruction_id=suspended.pk, reasons="登録ミスは当社の責任", actor=people.operator, at=AT
    )
    mailed = instructions.note_instruction(
        ticket_id=case.ticket.pk, issuer_id=people.leader.pk, channel="email", text="請求して", actor=people.operator,
        at=AT,
    )  # fmt: skip
    run("UPDATE escalation_instruction SET status = 'acknowledged' WHERE id = %s", mailed.pk)
    request = exceptions.request_exception(
        ticket_id=case.ticket.pk, situation="例外の再開通", options=[("再開通", 5_000)], actor=people.operator, at=AT,
        decision=Decision.GOODWILL,
    )  # fmt: skip
    return {
        "order_ticket": case.ticket.pk, "issued": issued.pk, "suspended": suspended.pk, "mailed": mailed.pk,
        "objection": objection.pk, "objection_promise": objection.promise_id,
        "author": Objection.objects.get(pk=objection.pk).author_row.pk, "observer": issued.observers.get().pk,
        "exception": request.pk, "option": request.options.get().pk, "exception_promise": request.promise_id,
    }  # fmt: skip


def _papers(people) -> dict[str, object]:
    """A question to the leaders, a regulator case with one signature, a concern, a letter at deadlock."""
    case = make.case(people)
    question = leaders.ask_leader(topic="転送サービス", text="請求しますか", actor=people.operator, at=AT)
    leaders.answer_as_leader(
        question_id=question.pk,
        text="します",
        basis_kind="policy",
        basis_ref="規程1",
        actor=people.leader,
        at=AT,
    )
    regulator = regulators.record_regulator_contact(
        ticket_id=case.ticket.pk, body="bureau", body_name="総合通信局", asks="経緯", deadline=jst(2026, 1, 20),
        actor=people.operator, at=AT,
    )  # fmt: skip
    regulators.draft_reply(case_id=regulator.pk, text="回答案", actor=people.sv, at=AT)
    signature = regulators.sign_reply(case_id=regulator.pk, actor=people.sv, at=AT)
    concern = concerns.raise_concern(text="圧力がある", actor=people.operator, at=AT)
    top, top_case = _decided(people, Tier.MANAGER, people.manager2)
    _deliver(people, top, top_case, people.manager2)
    letter = answers.reject_answer(
        demand_id=top.pk, contact_id=top_case.call.pk, words="納得できない", actor=people.operator, at=AT
    )
    final = recourse.give_final_answer(
        ticket_id=top_case.ticket.pk, text="応じかねます", reasons="約款", basis_kind="contract", basis_ref="3条",
        recourse="消費生活センター", actor=people.manager2, at=AT,
    )  # fmt: skip
    return {
        "leader_question": question.pk, "leader_answer": LeaderAnswer.objects.get().pk,
        "regulator": regulator.pk, "regulator_promise": regulator.promise_id, "signature": signature.pk,
        "concern": concern.pk, "reporter": ConcernReporter.objects.get().pk, "recourse": letter.pk,
        "recourse_ticket": top_case.ticket.pk, "recourse_customer": top_case.customer.pk, "final": final.pk,
        "final_letter": final.letter_id,
    }  # fmt: skip
