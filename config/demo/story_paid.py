"""Story 5 in mid-life: 550 yen were paid for what nobody ordered and two leaders call it right; the fault review is
open. In another case it has been found the company's error, and the money goes back.
"""

from __future__ import annotations

import datetime as dt

from billing.models import FaultReview
from billing.services.charges import tell_charge
from billing.services.faults import decide_fault, open_fault_review
from config.demo import options
from config.demo.desk import Place, call, case
from config.demo.replay import Story
from escalation.services.leaders import answer_as_leader, ask_leader
from tickets.models import Ticket

MINUTE = dt.timedelta(minutes=1)
SUBJECT = "申し込んでいない転送サービスの料金を払っていた"


def two_leaders(place: Place) -> Story:
    """千葉: keyed in by the SV who is off this week; two leaders confirm, which approves nothing."""
    home, people = place.homes["千葉 渚"], place.people
    at = yield place.when.before(1, 10, 5)
    review = _paid(place, "千葉 渚", "sv3", at)
    ticket = Ticket.objects.get(pk=review.ticket_id)
    asked = ask_leader(
        topic="転送サービスの料金",
        text="申込書にないのに550円をいただいています。返すべきではありませんか。",
        ticket_id=ticket.pk,
        actor=people["operator"],
        at=at + 10 * MINUTE,
    )
    for minutes, leader in ((18, "leader"), (26, "leader2")):
        answer_as_leader(
            question_id=asked.pk,
            text="開始後ですから請求で正しいです。",
            basis_kind="contract",
            basis_ref="約款 第15条",
            actor=people[leader],
            at=at + minutes * MINUTE,
        )
    at = yield at + 40 * MINUTE
    call(
        home,
        people["operator"],
        at,
        ticket=ticket,
        outbound=True,
        summary="調べている間は請求しないと伝えた",
    )


def given_back(place: Place) -> Story:
    """前田: another SV decides within the day; the credit stands, the agency's report and the sweep are still owed."""
    home, people = place.homes["前田 樹"], place.people
    at = yield place.when.before(2, 10, 40)
    _suspects(place, at - dt.timedelta(days=64))
    review = _paid(place, "前田 樹", "operator4", at)
    at = yield place.when.before(2, 15, 20)
    decide_fault(
        review_id=review.pk,
        verdict="company",
        reasons="申込書には番号表示だけに印がある。転送サービスは当社の登録の誤り。",
        actor=people["sv2"],
        at=at,
    )
    at = yield at + 20 * MINUTE
    ticket = Ticket.objects.get(pk=review.ticket_id)
    told = call(
        home, people["operator"], at, ticket=ticket, outbound=True, summary="550円をお返しすると伝えた"
    )
    assert review.charge_id is not None
    tell_charge(
        charge_id=review.charge_id,
        ticket_id=ticket.pk,
        stance="not_due",
        words="550円をお返しします。次の請求から差し引きます。",
        contact_id=told.pk,
        actor=people["operator"],
        at=at,
    )


def _paid(place: Place, name: str, registrar: str, at: dt.datetime) -> FaultReview:
    """Registered and paid two months ago, noticed now."""
    home, operator = place.homes[name], place.people["operator"]
    keyed = at - dt.timedelta(days=70)
    evidence = options.form(home, place, ticked=("caller-display",), ordered_on=keyed.date(), at=keyed)
    wrong = options.from_old_system(
        home,
        place,
        option="call-forwarding",
        evidence=evidence,
        starts_on=keyed.date() + dt.timedelta(days=10),
        registered_at=keyed,
        registrar=place.people[registrar],
    )
    charge = options.paid_in_old_system(wrong, at=at - dt.timedelta(days=20))
    ticket = case(home, place, at, kind="billing", subject=SUBJECT)
    call(home, operator, at, ticket=ticket, minutes=9, summary="申込書の控えには番号表示だけとのこと")
    return open_fault_review(
        ticket_id=ticket.pk,
        question="申込のない転送サービスの請求は誰の誤りか",
        error_on=keyed.date(),
        charge_id=charge.pk,
        registration_id=wrong.pk,
        actor=operator,
        at=at + 2 * MINUTE,
    )


def _suspects(place: Place, at: dt.datetime) -> None:
    """What the same hand keyed in that week: the sweep will have to look at it (C9)."""
    for name, ticked in (("原田 千夏", "call-forwarding"), ("児玉 律", "caller-display")):
        home = place.homes[name]
        evidence = options.form(home, place, ticked=(ticked,), ordered_on=at.date(), at=at)
        options.from_old_system(
            home,
            place,
            option="call-forwarding",
            evidence=evidence,
            starts_on=at.date() + dt.timedelta(days=9),
            registered_at=at,
            registrar=place.people["operator4"],
        )
