"""The ordinary day around the stories: some forty cases in the queues, callbacks missed and agreed, a hand-over waiting."""

from __future__ import annotations

import datetime as dt

from config.demo.desk import Place, call, case, ringing
from config.demo.replay import Story
from tickets.services import callbacks, contacts, tickets
from tickets.services.guidance import give_guidance
from tickets.services.transfers import offer_transfer

MINUTE = dt.timedelta(minutes=1)
# customer, desk, kind, priority, subject, minutes ago, who works on it ("" nobody yet).
CASES = (
    ("西村 陽菜", "moving", "enquiry", 3, "引っ越し先で同じ回線を使えるか", 12, ""),
    ("秋山 大地", "moving", "request", 3, "名義を家族に変えたい", 18, ""),
    ("松井 琴音", "moving", "enquiry", 4, "紙の請求書に戻したい", 26, ""),
    ("野口 蒼", "moving", "cancellation", 2, "今月末で解約したい", 33, ""),
    ("原田 千夏", "moving", "enquiry", 3, "番号を変えずに事業者を変えたい", 41, "operator3"),
    ("小野寺 玲", "moving", "request", 3, "集合住宅への移転", 48, "operator"),
    ("古川 海斗", "moving", "enquiry", 4, "契約書面をもう一度送ってほしい", 55, "operator"),
    ("平山 すず", "moving", "enquiry", 3, "テレビだけ解約できるか", 62, "operator2"),
    ("坂口 澪", "moving", "request", 3, "支払日を変えたい", 70, ""),
    ("堀内 奈緒", "moving", "enquiry", 3, "初期契約解除はいつまでか", 78, "operator2"),
    ("今泉 紬", "moving", "request", 4, "メールアドレスの変更", 88, ""),
    ("山本 紗季", "moving", "enquiry", 2, "母の電話の解約を代わりにできるか", 97, "operator"),
    ("山本 和子", "moving", "enquiry", 3, "迷惑電話を止めたい", 104, ""),
    ("山本 紗季", "bill", "billing", 3, "最後の請求はいくらか", 121, "partner"),
    ("大西 奏", "bill", "billing", 3, "請求書の見方", 14, "partner"),
    ("星野 光輝", "bill", "billing", 3, "口座振替ができなかった", 29, ""),
    ("中島 雪乃", "bill", "billing", 4, "領収書がほしい", 37, ""),
    ("児玉 律", "bill", "billing", 3, "割引が終わる月", 52, "partner2"),
    ("株式会社みどり工房", "bill", "billing", 2, "請求書の宛名が違う", 66, ""),
    ("前田 樹", "bill", "billing", 3, "日割りの計算が合わない", 84, "partner2"),
    ("千葉 渚", "down", "fault", 2, "夜になると切れる", 16, "technical"),
    ("竹内 旭", "down", "fault", 3, "無線が二階に届かない", 24, ""),
    ("秋山 大地", "down", "fault", 3, "ランプが橙のまま", 39, "technical2"),
    ("原田 千夏", "down", "fault", 2, "電話に雑音が入る", 58, "technical"),
    ("野口 蒼", "down", "enquiry", 4, "機器の設定を初期化したい", 73, ""),
    ("株式会社みどり工房", "down", "fault", 1, "全席でつながらない", 9, "technical2"),
    ("岡本 潤", "down", "fault", 3, "工事後に速度が落ちた", 92, ""),
)
# What came in by web form and mail after the desk had closed: it leads the queue (A12).
OVERNIGHT = (
    ("古川 海斗", "moving", "cancellation", 21, "解約の申込（ウェブ）", "web"),
    ("坂口 澪", "down", "fault", 22, "夕方からつながりません（メール）", "mail"),
    ("小野寺 玲", "bill", "billing", 23, "明細の内容について（ウェブ）", "web"),
)


def ordinary(
    place: Place, name: str, desk: str, kind: str, priority: int, subject: str, minutes: int, who: str
) -> Story:
    """One case: called in, and waiting or begun."""
    home = place.homes[name]
    at = yield place.when.ago(minutes)
    answers = who or {"moving": "operator3", "bill": "partner2", "down": "technical"}[desk]
    staff = place.people[answers]
    begun = ringing(home, staff, at - 4 * MINUTE)
    ticket = tickets.open_ticket(
        customer_id=home.customer.pk,
        desk_id=place.people.desks[desk].pk,
        kind=kind,
        subject=subject,
        priority=priority,
        at=at,
        actor=staff,
    )
    contacts.attach_ticket(contact_id=begun.pk, ticket_id=ticket.pk, at=at, actor=staff)
    contacts.end_call(contact_id=begun.pk, result="answered", summary=subject, at=at, actor=staff)
    if who:
        tickets.start(ticket_id=ticket.pk, at=at, actor=staff)


def overnight(place: Place, name: str, desk: str, kind: str, hour: int, subject: str, channel: str) -> Story:
    """By web form or mail, at night; nobody has looked yet."""
    home = place.homes[name]
    at = yield place.when.before(1, hour, 12)
    ticket = tickets.open_ticket(
        customer_id=home.customer.pk,
        desk_id=place.people.desks[desk].pk,
        kind=kind,
        subject=subject,
        channel=channel,
        at=at,
    )
    contacts.log_contact(
        customer_id=home.customer.pk,
        ticket_id=ticket.pk,
        desk_id=place.people.desks[desk].pk,
        channel=channel,
        direction="in",
        result="received",
        summary=subject,
        at=at,
        actor=None,
    )


def missed_callback(place: Place) -> Story:
    """平山: promised for this morning, tried once, missed; it has risen."""
    home, people = place.homes["平山 すず"], place.people
    at = yield place.when.ago(215)
    ticket = case(home, place, at, kind="enquiry", subject="録画機器とつながらない", by="operator3")
    spoken = call(home, people["operator3"], at, ticket=ticket, summary="調べて折り返すと約束")
    promise = callbacks.arrange_callback(
        ticket_id=ticket.pk,
        purpose="録画機器の対応可否の回答",
        window=(at + 30 * MINUTE, at + 90 * MINUTE),
        contact_id=spoken.pk,
        owner_id=people["operator3"].pk,
        actor=people["operator3"],
        at=at,
    )
    at = yield at + 70 * MINUTE
    callbacks.record_attempt(promise_id=promise.pk, result="no_answer", at=at, actor=people["operator3"])


def agreed_callback(place: Place, name: str, who: str, purpose: str, minutes: int, hour: int) -> Story:
    """Promised for tomorrow, as agreed with the customer."""
    home, people = place.homes[name], place.people
    at = yield place.when.ago(minutes)
    ticket = case(home, place, at, kind="enquiry", subject=purpose, by=who)
    spoken = call(home, people[who], at, ticket=ticket, summary="明日のご都合のよい時間に折り返す")
    callbacks.arrange_callback(
        ticket_id=ticket.pk,
        purpose=purpose,
        window=(place.when.coming(1, hour), place.when.coming(1, hour + 2)),
        contact_id=spoken.pk,
        owner_id=people[who].pk,
        actor=people[who],
        at=at,
    )


def third_call(place: Place) -> Story:
    """星野: the third call on one matter; the SV is told."""
    home, people = place.homes["星野 光輝"], place.people
    at = yield place.when.before(2, 16)
    ticket = case(home, place, at, kind="request", subject="工事日の連絡が来ない", by="operator3")
    call(home, people["operator3"], at, ticket=ticket, summary="工事日の連絡待ち")
    tickets.hold(ticket_id=ticket.pk, what="回線事業者からの工事日の回答", at=at, actor=people["operator3"])
    for moment in (place.when.before(1, 10, 30), place.when.ago(80)):
        at = yield moment
        call(home, people["operator2"], at, ticket=ticket, summary="まだ連絡がないとのこと")


def long_call(place: Place) -> Story:
    """株式会社みどり工房: forty minutes on the telephone."""
    home, people = place.homes["株式会社みどり工房"], place.people
    at = yield place.when.before(1, 15, 30)
    ticket = case(home, place, at, kind="enquiry", subject="席を増やすときの契約", by="operator2")
    call(home, people["operator2"], at, minutes=41, ticket=ticket, summary="契約の組み方を相談")
    give_guidance(
        ticket_id=ticket.pk,
        article_version_id=place.shop.articles["last-day"].pk,
        actor=people["operator2"],
        at=at,
    )
    tickets.wait(ticket_id=ticket.pk, what="席数のご連絡", at=at, actor=people["operator2"])


def hand_over(place: Place) -> Story:
    """The technical desk offers a case; nobody here has accepted yet, so it is still theirs."""
    home = place.homes["西村 陽菜"]
    at = yield place.when.ago(21)
    ticket = case(home, place, at, kind="fault", subject="引っ越し先でつながらない", by="technical")
    call(home, place.people["technical"], at, ticket=ticket, minutes=9, summary="回線は正常")
    at = yield place.when.ago(6)
    offer_transfer(
        ticket_id=ticket.pk,
        to_desk_id=place.people.desks["moving"].pk,
        context="回線は正常。契約の名義変更が途中で止まっているため、契約の窓口で確認してほしい。",
        actor=place.people["technical"],
        at=at,
    )


def stories(place: Place) -> list[Story]:
    """All of the day."""
    return [
        *(ordinary(place, *row) for row in CASES),
        *(overnight(place, *row) for row in OVERNIGHT),
        missed_callback(place),
        agreed_callback(place, "山本 紗季", "operator", "委任状の要否の回答", 45, 10),
        agreed_callback(place, "原田 千夏", "operator2", "移転の可否の回答", 57, 13),
        third_call(place),
        long_call(place),
        hand_over(place),
    ]
