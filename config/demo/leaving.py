"""Cancelling, as the desk does it: what the customer wants for each line, what they are told, and the acceptance."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from billing.models import CancellationOrder, NumberOutcome, OrderChannel, Porting
from billing.services import cancellation, porting
from billing.services.cancellation import LineWish, Told
from config.demo.desk import Place
from config.demo.homes import Home
from tickets.models import Contact, Staff, Ticket

NAMES = {"internet": "インターネット", "phone": "電話", "tv": "テレビ"}


@dataclass(frozen=True, slots=True)
class Leaving:
    """Who leaves, in which case and call, and who answers."""

    home: Home
    ticket: Ticket
    call: Contact
    staff: Staff

    def accept(
        self, place: Place, at: dt.datetime, last_days: dict[str, dt.date], *, ported: bool = True
    ) -> CancellationOrder:
        """The order, explained line by line, then accepted: the lines are in 解約待ち."""
        order = cancellation.open_order(
            contract_id=self.home.contract.pk,
            ticket_id=self.ticket.pk,
            wishes=[self._wish(kind, day) for kind, day in last_days.items()],
            channel=OrderChannel.PHONE,
            contact_id=self.call.pk,
            at=at,
            actor=self.staff,
        )
        for kind in last_days:
            cancellation.explain_line(
                order_id=order.pk,
                line_id=self.home.lines[kind].pk,
                contact_id=self.call.pk,
                told=self._told(kind, place, ported=ported),
                at=at,
                actor=self.staff,
            )
        cancellation.accept_order(order_id=order.pk, contact_id=self.call.pk, at=at, actor=self.staff)
        return order

    def port(self, order: CancellationOrder, at: dt.datetime, *, scheduled_at: dt.datetime) -> Porting:
        """The number goes along, and the telephone may stop once it has."""
        attempt = porting.request_porting(
            order_id=order.pk,
            line_id=self.home.lines["phone"].pk,
            new_provider="みらい電話",
            scheduled_at=scheduled_at,
            contact_id=self.call.pk,
            at=at,
            actor=self.staff,
        )
        cancellation.consent_to_stop(
            order_id=order.pk,
            line_id=self.home.lines["phone"].pk,
            stop_at=scheduled_at,
            contact_id=self.call.pk,
            words="電話は番号が移ったら止めてください",
            recording_ref=self.call.recording_ref,
            at=at,
            actor=self.staff,
        )
        return attempt

    def _wish(self, kind: str, day: dt.date) -> LineWish:
        words = f"{NAMES[kind]}は{day.month}月{day.day}日まで使いたい"
        return LineWish(self.home.lines[kind].pk, day, words=words, why="引っ越し")

    def _told(self, kind: str, place: Place, *, ported: bool) -> Told:
        phone = NumberOutcome.PORTED if ported else NumberOutcome.RELEASED
        return Told(
            last_month_yen=5720,
            penalty_yen=0,
            residual_yen=0,
            removal_yen=11000 if kind == "internet" else 0,
            visit="撤去工事に立会いが必要（約1時間）" if kind == "internet" else "立会い不要",
            device="ホームゲートウェイを返却" if kind == "internet" else "-",
            document_version_id=place.shop.documents["cancel-sheet"].pk,
            number_outcome=phone if kind == "phone" else NumberOutcome.NONE,
            recording_ref=self.call.recording_ref,
        )
