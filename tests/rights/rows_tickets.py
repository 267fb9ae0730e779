"""The rows of one case on the ground floor, for the walk."""

from __future__ import annotations

import datetime as dt
from typing import Any

from tests.factories import tickets as rows
from tests.factories import words
from tests.factories.cast import Cast
from tests.factories.tickets import WHEN
from tickets.dates import day_of
from tickets.models import Alert, CalendarException, LetterTemplate, Pause, PhoneCall, StaffPosting
from tickets.services import (
    contacts,
    corrections,
    cti,
    holds,
    imports,
    outbox,
    prints,
    remedies,
    samples,
    schedule,
    transfers,
)
from tickets.services import people as people_services

NAMES = {True: ("山田 灯", "ヤマダ アカリ"), False: ("堀内 渚", "ホリウチ ナギサ")}


def add_tickets(made: dict[str, Any], people: Cast, *, shared: bool) -> None:
    """`shared`: the case is at the partner's desk; otherwise it has never been."""
    name, kana = NAMES[shared]
    desk = people.partner_desk if shared else people.desk
    customer = rows.customer(name=name, kana=kana, phone="+819012345678" if shared else "+819087654321")
    ticket = rows.ticket(customer=customer, desk=desk, subject=f"{name}様の解約について")
    made |= {"customer": customer, "ticket": ticket}
    made["promise"] = rows.promise(ticket=ticket, kind="callback", what="折り返し")
    made["question"] = words.question(ticket=ticket, actor=people.operator)
    made["complaint"] = words.complaint(ticket=ticket, actor=people.operator)
    made["alert"] = Alert.objects.create(ticket=ticket, kind=Alert.Kind.THIRD_CALL, at=WHEN)
    made["transfer"] = transfers.offer_transfer(
        ticket_id=ticket.pk,
        to_desk_id=people.technical_desk.pk,
        context="引き継ぎ",
        at=WHEN,
        actor=people.operator,
    )
    _calls(made, people)
    _telephone(made, people)
    _remedies(made, people)
    _words(made, people)
    _platform(made, people)
    _oversight(made, people, desk)


def _calls(made: dict[str, Any], people: Cast) -> None:
    for name in ("call", "held_call"):
        made[name] = contacts.start_call(
            customer_id=made["customer"].pk, direction="in", at=WHEN, actor=people.operator,
            ticket_id=made["ticket"].pk,
        )  # fmt: skip
    holds.hold_call(contact_id=made["held_call"].pk, at=WHEN, actor=people.operator)


def _telephone(made: dict[str, Any], people: Cast) -> None:
    """A call rings at the operator's."""
    number = made["customer"].phones.get().e164
    event = cti.Event(f"ring-{number}", "ringing", f"call-{number}", people.operator.login_id, WHEN, number)
    cti.receive(event, at=WHEN)
    made["phone_call"] = PhoneCall.objects.get(call_ref=f"call-{number}")


def _remedies(made: dict[str, Any], people: Cast) -> None:
    for name in ("remedy", "agreed_remedy"):
        made[name] = remedies.propose(
            ticket_id=made["ticket"].pk, kind="credit", what="利用できなかった日の充当", owner_id=people.operator.pk,
            due_on=dt.date(2026, 2, 28), actor=people.operator, at=WHEN,
        )  # fmt: skip
    remedy = made["agreed_remedy"]
    remedies.mark(remedy_id=remedy.pk, fits=True, reason="", actor=people.operator, at=WHEN)
    remedies.agree(remedy_id=remedy.pk, actor=people.operator, at=WHEN)


def _words(made: dict[str, Any], people: Cast) -> None:
    other = words.question(ticket=made["ticket"], actor=people.operator, topic="visit-day")
    words.answer(question=other, actor=people.operator, verdict="yes")
    words.answer(question=other, actor=people.operator2, verdict="no")
    made["conflict"] = made["customer"].conflicts.get()
    made["article"] = words.article()
    wrong = words.version(article=made["article"], actor=people.sv)
    told = words.told(ticket=made["ticket"], version=wrong, actor=people.operator)
    right = words.version(article=made["article"], actor=people.sv, body="すぐに連絡できます。")
    corrections.correct(wrong_id=wrong.pk, right_id=right.pk, reason="誤り", actor=people.sv, at=WHEN)
    made["version"], made["harm_check"] = right, told.harm_check


def _oversight(made: dict[str, Any], people: Cast, desk: Any) -> None:
    """A print of the case, and a record of it in an SV's sample."""
    made["print"] = prints.print_case(ticket_id=made["ticket"].pk, actor=people.operator, at=WHEN)
    rows.contact(customer=made["customer"], desk=desk, operator=people.operator, ticket=made["ticket"])
    made["sample"] = samples.draw_sample(
        desk_id=desk.pk, first_on=day_of(WHEN), last_on=day_of(WHEN), size=1, actor=people.sv, at=WHEN
    )
    made["sampled"] = made["sample"].records.get()


def _platform(made: dict[str, Any], people: Cast) -> None:
    key = f"walk:{made['ticket'].pk}"
    made["message"] = outbox.put_mail(
        key=key, to="akari@example.jp", subject="ご案内", body="本文", at=WHEN, ticket_id=made["ticket"].pk
    )
    made["action"] = schedule.schedule(
        kind="tickets.long_call", subject_id=made["call"].pk, due_at=WHEN, key=key, at=WHEN
    )
    made["pause"], _ = Pause.objects.get_or_create(
        cause="person", ended_at=None, defaults={"reason": "確認のため", "since": WHEN}
    )
    made["import"] = imports.upload(
        kind="customers",
        filename="customers.csv",
        content="顧客番号,氏名,フリガナ\nC900,江川 桜,エガワ サクラ\n".encode(),
        actor=people.administrator,
        at=WHEN,
    )
    made["person"] = people.operator2
    made["calendar"] = people.desk_calendar
    made["master_desk"], made["company"] = people.desk, people.partner
    made["posting"] = people_services.post(
        staff_id=people.operator2.pk, desk_id=people.desk.pk, tier=2, why="昇格", actor=people.administrator, at=WHEN,
        from_on=dt.date(2099, 1, 1 + StaffPosting.objects.count()),
    )  # fmt: skip
    made["letter"] = LetterTemplate.objects.filter(language="en").first()
    made["exception_day"] = CalendarException.objects.create(
        calendar=people.desk_calendar, on=dt.date(2026, 2, 1 + CalendarException.objects.count()), why="停電"
    )
    made["hours"] = people.desk_calendar.hours.first()
