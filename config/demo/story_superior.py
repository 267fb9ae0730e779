"""Story 3 in mid-life: "let me speak to your manager" is with the manager's delegate; another waits for a third try;
a third was answered.
"""

from __future__ import annotations

import datetime as dt

from config.demo.desk import Place, call, case
from config.demo.replay import Story
from escalation.services import answers, demands
from tickets.models import Contact, Ticket, Tier
from tickets.services.complaints import acknowledge, open_complaint
from tickets.services.contacts import log_contact
from tickets.services.questions import answer, ask

MINUTE = dt.timedelta(minutes=1)


def demanded(place: Place) -> Story:
    """岡本: a leader has answered; he wants a manager, who is away. The delegate has it."""
    home, people = place.homes["岡本 潤"], place.people
    at = yield place.when.ago(75)
    spoken = call(home, people["operator"], at, minutes=17, summary="撤去の立会日を選べなかった")
    complaint = open_complaint(
        customer_id=home.customer.pk,
        desk_id=people.desks["moving"].pk,
        words="連絡が遅れて、立会日を選べなかった。どうしてくれるんですか。",
        remedy_sought="別の日に変えてほしい",
        contact_id=spoken.pk,
        about_ids=[people["operator3"].pk],
        actor=people["operator"],
        at=at,
    )
    acknowledge(complaint_id=complaint.pk, actor=people["operator"], at=at)
    question = ask(
        ticket_id=complaint.ticket_id,
        topic="visit-date",
        text="土曜日に変えられるのか、変えられないのか",
        contact_id=spoken.pk,
        actor=people["operator"],
        at=at,
    )
    answer(
        question_id=question.pk,
        verdict="no",
        reasons="その週の土曜日は埋まっている",
        basis_kind="policy",
        basis_ref="立会工事の受付方針 3版",
        actor=people["leader"],
        at=at + 20 * MINUTE,
    )
    at = yield place.when.ago(25)
    ticket = Ticket.objects.get(pk=complaint.ticket_id)
    again = call(
        home, people["operator"], at, minutes=12, ticket=ticket, summary="回答に納得されず上席を要望"
    )
    demands.demand_superior(
        ticket_id=ticket.pk,
        contact_id=again.pk,
        words="あなたでは話にならない。部長を出してください。",
        tier=Tier.MANAGER,
        actor=people["operator"],
        at=at,
    )


def not_reached(place: Place) -> Story:
    """竹内: an SV has decided; yesterday nobody picked up. The next try is today's."""
    home, people = place.homes["竹内 旭"], place.people
    at = yield place.when.before(1, 11, 40)
    ticket = case(home, place, at, kind="complaint", subject="工事の時間に誰も来なかった")
    spoken = call(home, people["operator"], at, ticket=ticket, summary="上席から説明がほしい")
    demand = demands.demand_superior(
        ticket_id=ticket.pk,
        contact_id=spoken.pk,
        words="責任のある人から電話をください",
        tier=Tier.SV,
        actor=people["operator"],
        at=at,
    )
    at = yield at + 20 * MINUTE
    demands.accept(demand_id=demand.pk, actor=people["sv3"], at=at)
    answers.decide(
        demand_id=demand.pk,
        decision="yes",
        reasons="当社の手配漏れでした。ご希望の日に改めて伺います。",
        basis_kind="contract",
        basis_ref="約款 第18条",
        remedies="日程の変更と待機時間分の減額",
        actor=people["sv3"],
        at=at + 10 * MINUTE,
    )
    at = yield at + 25 * MINUTE
    missed = _no_answer(place, ticket, at)
    answers.record_attempt(demand_id=demand.pk, contact_id=missed.pk, actor=people["sv3"], at=at)


def answered(place: Place) -> Story:
    """秋山: demanded a leader three days ago and was answered the same hour."""
    home, people = place.homes["秋山 大地"], place.people
    at = yield place.when.before(3, 15, 10)
    ticket = case(home, place, at, kind="request", subject="工事日を早めてほしい", by="operator3")
    spoken = call(home, people["operator3"], at, ticket=ticket, summary="上の人と話したい")
    demand = demands.demand_superior(
        ticket_id=ticket.pk,
        contact_id=spoken.pk,
        words="上の人と話したい",
        actor=people["operator3"],
        at=at,
    )
    at = yield at + 12 * MINUTE
    demands.accept(demand_id=demand.pk, actor=people["leader2"], at=at)
    answers.decide(
        demand_id=demand.pk,
        decision="changed",
        reasons="来週の水曜日に空きが出ました。",
        basis_kind="policy",
        basis_ref="立会工事の受付方針 3版",
        remedies="水曜日の午前に変更",
        recourse="消費生活センター（188）",
        actor=people["leader2"],
        at=at,
    )
    at = yield at + 9 * MINUTE
    told = call(home, people["leader2"], at, ticket=ticket, outbound=True, summary="水曜の午前で合意")
    answers.deliver(demand_id=demand.pk, contact_id=told.pk, tier_told=True, actor=people["leader2"], at=at)


def _no_answer(place: Place, ticket: Ticket, at: dt.datetime) -> Contact:
    return log_contact(
        customer_id=ticket.customer_id,
        ticket_id=ticket.pk,
        channel="phone",
        direction="out",
        result="no_answer",
        summary="ご回答のお電話。お出にならなかった。",
        actor=place.people["sv3"],
        at=at,
    )
