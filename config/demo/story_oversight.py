"""What waits for the ranks above: waivers at every tier, answers that conflict, an authority that asks, concerns."""

from __future__ import annotations

import datetime as dt

from billing.services.waivers import approve_waiver, pass_up_waiver, request_waiver
from config.demo.desk import Place, call, case
from config.demo.replay import Story
from escalation.services import concerns, regulators
from escalation.services.exceptions import request_exception
from tickets.services.complaints import voice
from tickets.services.questions import answer, ask

MINUTE = dt.timedelta(minutes=1)
# name, minutes ago, subject, yen with tax, reason, what has become of it.
WAIVERS = (
    ("西村 陽菜", 130, "工事の再訪問で仕事を休んだ", 1_100, "当社の手配漏れで再訪問になった", ""),
    ("大西 奏", 200, "二重に引き落とされた月がある", 880, "確認に三日かかった", "passed_up"),
    ("堀内 奈緒", 95, "乗り換え特典が付いていない", 5_500, "代理店の説明と条件が違う", ""),
    ("株式会社みどり工房", 240, "二日間つながらず営業できなかった", 33_000, "障害の案内がなかった", ""),
    ("星野 光輝", 300, "貸出機器の料金が続いている", 550, "返却済みで受領の記録もある", "approved"),
)


def waiver(place: Place, name: str, minutes: int, subject: str, yen: int, reason: str, ends: str) -> Story:
    """One request; it lies with the lowest tier whose limit covers it, unless somebody has acted."""
    home, people = place.homes[name], place.people
    at = yield place.when.ago(minutes)
    ticket = case(home, place, at, kind="billing", subject=subject, by="operator2")
    call(home, people["operator2"], at, ticket=ticket, summary=f"減額のご希望：{reason}")
    asked = request_waiver(
        ticket_id=ticket.pk,
        contract_id=home.contract.pk,
        amount_yen=yen,
        reason=reason,
        actor=people["operator2"],
        at=at + 5 * MINUTE,
    )
    if not ends:
        return
    at = yield at + 30 * MINUTE
    if ends == "approved":
        approve_waiver(waiver_id=asked.pk, reasons="受領の記録を確認した", actor=people["leader"], at=at)
    else:
        pass_up_waiver(waiver_id=asked.pk, reason="同じ方に先月も減額している", actor=people["leader"], at=at)


def conflict(place: Place) -> Story:
    """今泉: one says yes, one says no, to the same question of the same customer."""
    home, people = place.homes["今泉 紬"], place.people
    asked_at = yield place.when.before(1, 14)
    ticket = case(home, place, asked_at, kind="enquiry", subject="解約月の料金は日割りか", by="operator3")
    for number, (who, verdict, reasons) in enumerate(
        (
            ("operator3", "yes", "最終日までの日割りになる"),
            ("operator2", "no", "解約月は満額をいただく"),
        )
    ):
        at = yield asked_at if number == 0 else place.when.ago(65)
        spoken = call(home, people[who], at, ticket=ticket, summary="解約月の料金について")
        question = ask(
            ticket_id=ticket.pk,
            topic="proration-of-the-last-month",
            text="解約する月の料金は日割りになりますか",
            contact_id=spoken.pk,
            actor=people[who],
            at=at,
        )
        answer(
            question_id=question.pk,
            verdict=verdict,
            reasons=reasons,
            basis_kind="contract",
            basis_ref="約款 第15条",
            contact_id=spoken.pk,
            actor=people[who],
            at=at,
        )


def authority_asks(place: Place) -> Story:
    """The communications bureau asks about one customer; one of two signatures is there."""
    home, people = place.homes["児玉 律"], place.people
    at = yield place.when.before(3, 11)
    ticket = case(home, place, at, kind="complaint", subject="解約を三度断られたとの申出", by="sv2")
    voice(
        ticket_id=ticket.pk, words="解約させてもらえないと総合通信局に話しました", actor=people["sv2"], at=at
    )
    asks = regulators.record_regulator_contact(
        ticket_id=ticket.pk,
        body="bureau",
        body_name="東都総合通信局",
        asks="解約の受付を断った経緯と再発防止について",
        reference="東総通 第1204号",
        deadline=place.when.coming(6, 17),
        actor=people["sv2"],
        at=at,
    )
    at = yield place.when.before(1, 16)
    regulators.draft_reply(
        case_id=asks.pk,
        text="三度の入電とも引き止めの案内に時間を要し、受付に至りませんでした。受付の妨げとなる案内を廃止しました。",
        actor=people["sv2"],
        at=at,
    )
    regulators.sign_reply(case_id=asks.pk, actor=people["sv2"], at=at + 10 * MINUTE)


def outside_the_manual(place: Place) -> Story:
    """西村's neighbour in need: a loan device today, which the manual does not know."""
    home, people = place.homes["松井 琴音"], place.people
    at = yield place.when.ago(50)
    ticket = case(home, place, at, kind="request", subject="復旧までの代わりの通信手段", by="operator2")
    call(home, people["operator2"], at, ticket=ticket, summary="在宅勤務のため今日中に必要")
    request_exception(
        ticket_id=ticket.pk,
        situation="工事が二日延び、在宅勤務ができない。無線機の貸出を今日中に希望。",
        options=[("無線機を本日発送（無料）", 3_300), ("二日分の料金を減額", 880)],
        needed_by=place.when.coming(1, 9),
        actor=people["operator2"],
        at=at + 3 * MINUTE,
    )


def concern(place: Place) -> Story:
    """Raised last week by a partner's operator, looked into, closed with what came of it."""
    people = place.people
    at = yield place.when.before(7, 16)
    raised = concerns.raise_concern(
        text="保留を減らすために、つながらないまま切るよう言われています。", actor=people["partner"], at=at
    )
    at = yield place.when.before(6, 10)
    concerns.look_into(concern_id=raised.pk, actor=people["compliance"], at=at)
    at = yield place.when.before(2, 11)
    concerns.close_concern(
        concern_id=raised.pk,
        outcome="指標から保留時間の上限を外し、窓口に周知しました。",
        actor=people["compliance"],
        at=at,
    )
