"""Story 2 in mid-life: the line is dead before its last day is over. P1, a reconnect waits for the SV on duty."""

from __future__ import annotations

import datetime as dt

from billing.models import CarrierInstruction
from billing.services import carrier, porting, visits
from billing.services.incidents import report_early_stop
from config.demo.desk import Place, call, case, ringing
from config.demo.leaving import Leaving
from config.demo.replay import Story
from tickets.models import Staff
from tickets.services.callbacks import offer_from_hold
from tickets.services.contacts import attach_ticket, end_call
from tickets.services.due import run_batch
from tickets.services.holds import check_hold, hold_call, resume_call
from tickets.services.symptoms import link_post, record_symptom
from tickets.services.transfers import accept_transfer, offer_transfer

MINUTE = dt.timedelta(minutes=1)


def stopped_early(place: Place) -> Story:
    """藤田: the number was ported yesterday; the internet is to work until 24:00 and does not."""
    home, people = place.homes["藤田 恵"], place.people
    at = yield place.when.before(7, 10, 30)
    ticket = case(home, place, at, kind="cancellation", subject="解約と番号の移転", by="operator3")
    spoken = call(home, people["operator3"], at, minutes=19, ticket=ticket, summary="解約を受け付けた")
    leaving = Leaving(home, ticket, spoken, people["operator3"])
    last_day = place.when.next_desk_day
    order = leaving.accept(place, at, {"internet": last_day, "phone": last_day})
    attempt = leaving.port(order, at, scheduled_at=place.when.before(1, 14))
    visit = visits.offer_visit(
        order_id=order.pk,
        access_line_id=home.access.pk,
        starts_at=place.when.coming(3, 10),
        ends_at=place.when.coming(3, 12),
        at=at,
        actor=people["operator3"],
    )
    visits.agree_visit(visit_id=visit.pk, contact_id=spoken.pk, at=at, actor=people["operator3"])
    at = yield place.when.before(6, 10)
    relay = CarrierInstruction.objects.get(order=order, kind="relay")
    carrier.mark_done(
        instruction_id=relay.pk, evidence="東都回線 受付 A-533", at=at, actor=people["operator3"]
    )
    at = yield place.when.before(1, 14)
    porting.complete_porting(porting_id=attempt.pk, completed_at=at, evidence="移転完了通知 88", at=at)
    run_batch(at=at)
    at = yield place.when.ago(35)
    yield from _called(place, at)


def _called(place: Place, at: dt.datetime) -> Story:
    home, technical = place.homes["藤田 恵"], place.people["technical"]
    spoken = ringing(home, technical, at)
    incident = report_early_stop(
        line_id=home.lines["internet"].pk,
        at=at + MINUTE,
        actor=technical,
        contact_id=spoken.pk,
        words="ランプの数が少なく、つながりません。今日まで使えるはずです。",
    )
    ticket = incident.ticket
    attach_ticket(contact_id=spoken.pk, ticket_id=ticket.pk, at=at + MINUTE, actor=technical)
    _looked_into(ticket.pk, spoken.pk, technical, at)
    _handed_over(place, ticket.pk, spoken.pk, at)
    at = yield at + 30 * MINUTE
    link_post(
        ticket_id=ticket.pk,
        url="https://blog.example.jp/line-cut-a-day-early",
        excerpt="契約最終日の今日、インターネットが使えない。",
        posted_on=place.when.desk_now.date(),
        at=at,
        actor=place.people["operator"],
    )


def _looked_into(ticket_id: int, contact_id: int, technical: Staff, at: dt.datetime) -> None:
    """The lamps are noted; five minutes of music, at which the desk offers to ring back."""
    record_symptom(
        ticket_id=ticket_id,
        text="起床時からつながらない",
        lamps="緑 2",
        since=at - 40 * MINUTE,
        contact_id=contact_id,
        at=at + 2 * MINUTE,
        actor=technical,
    )
    hold_call(contact_id=contact_id, at=at + 3 * MINUTE, actor=technical)
    check_hold(contact_id=contact_id, at=at + 5 * MINUTE)
    check_hold(contact_id=contact_id, at=at + 8 * MINUTE)
    resume_call(contact_id=contact_id, at=at + 8 * MINUTE, actor=technical)
    offer_from_hold(contact_id=contact_id, accepted=False, at=at + 8 * MINUTE, actor=technical)


def _handed_over(place: Place, ticket_id: int, contact_id: int, at: dt.datetime) -> None:
    """Warmly: nobody is told to ring again."""
    technical = place.people["technical"]
    offer = offer_transfer(
        ticket_id=ticket_id,
        to_desk_id=place.people.desks["moving"].pk,
        context="解約待ちの回線が最終日に止まっている。再開通は依頼済み。お客様は保留が長くご立腹。",
        contact_id=contact_id,
        at=at + 9 * MINUTE,
        actor=technical,
    )
    accept_transfer(transfer_id=offer.pk, at=at + 11 * MINUTE, actor=place.people["operator"])
    end_call(
        contact_id=contact_id,
        result="transferred",
        at=at + 22 * MINUTE,
        actor=place.people["operator"],
        summary="再開通の可否を本日中に回答すると約束",
        recording_ref="rec-early-stop",
    )
