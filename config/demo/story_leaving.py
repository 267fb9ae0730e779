"""Story 1 in mid-life: 解約待ち with a last day a line, the number goes along tomorrow, a voicemail was left yesterday,
and what three customers were told about the carrier has just been found wrong.
"""

from __future__ import annotations

import datetime as dt

from billing.models import CarrierInstruction
from billing.services import carrier, visits
from config.demo.desk import Place, call, case
from config.demo.leaving import Leaving
from config.demo.replay import Story
from tickets.models import Contact, Ticket
from tickets.services.callbacks import missed_call
from tickets.services.corrections import correct
from tickets.services.guidance import give_guidance, publish_version

TOLD_ABOUT = "解約するときの番号の移転"


def leaves(place: Place) -> Story:
    """水野: television and telephone end tomorrow, the internet the day after; nothing has stopped yet."""
    home, staff = place.homes["水野 航"], place.people["operator2"]
    at = yield place.when.before(4, 14)
    ticket = case(home, place, at, kind="cancellation", subject="引っ越しに伴う解約", by="operator2")
    spoken = call(
        home, staff, at, minutes=24, ticket=ticket, summary="解約を受け付け、回線ごとの最終日を説明"
    )
    _tell_wrong(place, ticket, spoken, at)
    leaving = Leaving(home, ticket, spoken, staff)
    last_days = {"internet": place.when.day(2), "phone": place.when.day(1), "tv": place.when.day(1)}
    order = leaving.accept(place, at, last_days)
    leaving.port(order, at, scheduled_at=place.when.coming(1, 14))
    for hour in (10, 14):
        visits.offer_visit(
            order_id=order.pk,
            access_line_id=home.access.pk,
            starts_at=place.when.coming(4, hour),
            ends_at=place.when.coming(4, hour + 2),
            at=at,
            actor=staff,
        )
    relay = CarrierInstruction.objects.get(order=order, kind="relay")
    at = yield min(relay.due_at + dt.timedelta(minutes=20), place.when.before(1, 17, 20))
    carrier.mark_done(
        instruction_id=relay.pk, evidence="東都回線 受付 A-551", at=at, actor=place.people["operator"]
    )
    at = yield place.when.before(1, 17, 30)
    missed_call(
        ticket_id=ticket.pk,
        purpose="回線事業者へ撤去を連絡したことのご報告",
        result="voicemail",
        at=at,
        actor=place.people["operator"],
        summary="回線事業者へ連絡しました。立会日の電話が先方から入ります。",
        window=(place.when.coming(1, 9), place.when.coming(1, 18)),
    )


def told_wrong(place: Place, name: str, days: int) -> Story:
    """Somebody else was told the same, some days ago."""
    home = place.homes[name]
    at = yield place.when.before(days, 11, 15)
    ticket = case(home, place, at, kind="enquiry", subject=TOLD_ABOUT, by="operator3")
    spoken = call(home, place.people["operator3"], at, ticket=ticket, summary="番号の移転と撤去の順番を案内")
    _tell_wrong(place, ticket, spoken, at)


def found_wrong(place: Place) -> Story:
    """The third of them calls, and the SV puts it right for all three: two calls are owed, three harm checks."""
    at = yield place.when.ago(110)
    home = place.homes["古川 海斗"]
    ticket = Ticket.objects.get(customer=home.customer, subject=TOLD_ABOUT)
    asked = call(
        home, place.people["operator"], at, ticket=ticket, summary="移転を待たずに連絡できると説明し直した"
    )
    at = yield place.when.ago(100)
    wrong = place.shop.articles["carrier-relay"]
    right = publish_version(
        article_id=wrong.article_id,
        title=wrong.title,
        body="番号の移転を待たずに、受付の翌営業日までに回線事業者へ連絡します。",
        basis_ref="約款 第20条",
        actor=place.people["sv"],
        at=at,
    )
    correct(
        wrong_id=wrong.pk,
        right_id=right.pk,
        reason="移転を待つ必要はない。待つと立会日を選べなくなる。",
        actor=place.people["sv"],
        at=at + dt.timedelta(minutes=2),
        told_contact_id=asked.pk,
    )


def _tell_wrong(place: Place, ticket: Ticket, spoken: Contact, at: dt.datetime) -> None:
    give_guidance(
        ticket_id=ticket.pk,
        article_version_id=place.shop.articles["carrier-relay"].pk,
        actor=place.people[ticket.assignee.login_id] if ticket.assignee else place.people["operator"],
        at=at,
        contact_id=spoken.pk,
    )
