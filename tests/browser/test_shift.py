"""A Saturday at the desk in four windows: an operator, a leader, an SV and a manager, from nine o'clock on.

The clock is held; what happens in one window is seen in the others without a reload.
"""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace

import pytest

from billing.models import Charge, FaultReview, StopIncident
from billing.services import cancellation, porting
from config import clock
from escalation.models import Demand, Instruction
from tests.browser.conftest import at_a_field
from tests.browser.telephone import ring
from tests.factories import billing as bills
from tests.factories import cancellation as endings
from tests.factories import escalation as upward
from tests.factories import tickets as ground
from tickets.dates import jst
from tickets.models import Promise, Ticket
from tickets.services import callbacks, overdue
from tickets.services.tickets import start

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]

ACCEPTED = jst(2026, 1, 24, 14, 0)
PORTED = jst(2026, 1, 30, 14, 0)
NINE = jst(2026, 1, 31, 9, 5)
ENQUIRER, LEAVING = "090-1111-2222", "090-3333-4444"
WORDS = "最終日まで使えるはずです。責任者を出してください"
UNORDERED = "申込書にない転送サービスの登録"


@pytest.fixture
def world(transactional_db):
    """What happened before nine: a cancellation with its last day today, and an option that nobody ordered."""
    shop = bills.shop()
    cast = shop.cast
    upward.period(cast, begins=jst(2026, 1, 31), ends=jst(2026, 2, 3))
    enquirer = ground.customer(name="野田 葵", kana="ノダ アオイ", phone="+819011112222")
    return SimpleNamespace(
        cast=cast, shop=shop, enquirer=enquirer, home=_leaving(cast), bill=_registered_wrongly(shop)
    )


def _leaving(cast):
    """The number has gone over on Friday; the internet is to work until tonight, 24:00."""
    home = endings.household(at=ACCEPTED, operator=cast.operator2, company=cast.carrier)
    home.customer.phones.update(e164="+819033334444")
    order = endings.leaving(home, at=ACCEPTED)
    attempt = endings.port(home, order, scheduled_at=PORTED, at=ACCEPTED)
    cancellation.consent_to_stop(
        order_id=order.pk, line_id=home.phone.pk, stop_at=PORTED, contact_id=home.call.pk, words="移ったら止めて",
        recording_ref="rec-1", at=ACCEPTED, actor=cast.operator2,
    )  # fmt: skip
    porting.complete_porting(porting_id=attempt.pk, completed_at=PORTED, evidence="完了", at=PORTED)
    endings.run_due(PORTED)
    return home


def _registered_wrongly(shop):
    """The form ticks caller display, the register says call forwarding, and its fee is proposed."""
    day = dt.date(2026, 1, 17)
    form = bills.form(shop, ticked=(bills.DISPLAY,), ordered_on=day, at=jst(2026, 1, 18, 9))
    wrong = bills.old_registration(
        shop, bills.FORWARDING, ordered_on=day, starts_on=dt.date(2026, 1, 28),
        registered_at=jst(2026, 1, 18, 10), evidence=form,
    )  # fmt: skip
    charge = bills.proposed_charge(wrong, supply_on=dt.date(2026, 1, 28), at=jst(2026, 1, 28, 0, 5))
    ticket = bills.case(shop, at=jst(2026, 1, 30, 11))
    start(ticket_id=ticket.pk, at=jst(2026, 1, 30, 11), actor=shop.cast.operator)
    return SimpleNamespace(wrong=wrong, charge=charge, ticket=ticket)


@pytest.mark.requirement("A1", "A3", "A10", "B1", "B2", "B8", "B9", "C5", "C7", "D7")
def test_a_shift_in_four_windows(world, seat, stream, live_server, clock_at):
    w, cast = world, world.cast
    now = clock_at(NINE)
    operator, leader, sv, manager = (
        seat(person) for person in (cast.operator, cast.leader, cast.sv, cast.manager)
    )
    _a_plain_enquiry(w, operator, live_server.url)
    ticket = _a_line_dead_on_its_last_day(w, operator, sv, live_server.url)
    _the_superior(w, operator, manager, ticket, now)
    _the_option_nobody_ordered(w, operator, leader, sv)
    _a_transfer(w, operator, seat(cast.technical), w.bill.ticket)
    _a_missed_callback(w, leader, sv, now)
    _a_collision(w, operator, leader)
    _a_lost_connection(w, operator, leader)


def _a_plain_enquiry(w, operator, url):
    """Ring, card, answer, close: twelve keystrokes at most beside the text."""
    operator.open("/queue/").listens()
    ring(url, "ringing", call="E1", number=ENQUIRER)
    operator.page.locator("#call-pop").get_by_text(w.enquirer.name).wait_for()
    ring(url, "answered", call="E1", number=ENQUIRER)
    operator.page.locator("#call-state .call-talking").wait_for()
    keys = ["F2", "p", "Tab", "Control+Enter"]
    operator.press("F2", f"**/customers/{w.enquirer.number}/").press("p", "**/enquiry/")
    at_a_field(operator.page).type("引き落とし日")
    operator.press("Tab")
    operator.page.keyboard.type("毎月26日と案内した")
    ring(url, "hung_up", call="E1", number=ENQUIRER)
    operator.press("Control+Enter")
    operator.page.locator(".toast").get_by_text("回答し、クローズしました").wait_for()
    assert sum(key.count("+") + 1 for key in keys) <= 12
    assert Ticket.objects.get(customer=w.enquirer).status == "closed"


def _a_line_dead_on_its_last_day(w, operator, sv, url):
    """The first story: until when the line must work stands on the card; whoever answers opens the P1."""
    sv.open("/supervisor/level/").listens()
    ring(url, "ringing", call="L1", number=LEAVING)
    operator.page.locator("#call-pop").get_by_text(w.home.customer.name).wait_for()
    operator.sees("解約待ち", "1月31日(土) 24:00")
    ring(url, "answered", call="L1", number=LEAVING)
    operator.page.locator("#call-state .call-talking").wait_for()
    operator.open(f"/billing/tickets/{w.home.ticket.number}/dead-line/")
    operator.fill(line=w.home.internet.pk, words="ランプが消えてつながらない").submit()
    incident = StopIncident.objects.get()
    assert (incident.fault, incident.ticket.priority) == ("company", Ticket.Priority.P1)
    # The reconnect waits for the SV, whose queue has moved by itself.
    sv.page.locator("#tab").get_by_text(w.home.customer.name).first.wait_for()
    request = incident.exception_request
    sv.open(f"/escalation/exceptions/{request.pk}/approve/")
    sv.fill(option=request.options.get().pk, reasons="最終日まで使える契約").submit().sees("承認")
    return incident.ticket


def _the_superior(w, operator, manager, ticket, now):
    """One key, the customer's words, who will answer by when; the manager sees it come in, and answers."""
    manager.open("/escalation/demands/").listens()
    operator.open(ticket).press("s", "**/demand/")
    operator.fill(words=WORDS, tier=4).submit()
    operator.sees(w.cast.manager.name, "マネージャー", "までに")
    manager.sees(WORDS)
    demand = Demand.objects.get()
    operator.open(f"/escalation/demands/{demand.pk}/").listens()
    manager.open(f"/escalation/demands/{demand.pk}/").click("私が回答する")
    operator.sees("引受者")
    manager.click("決定する").fill(**upward.DECISION).submit()
    now.advance(dt.timedelta(minutes=10))
    call = ground.contact(
        customer=w.home.customer, desk=w.cast.desk, operator=w.cast.manager, ticket=ticket,
        at=clock.now() - dt.timedelta(minutes=6), direction="out",
    )  # fmt: skip
    manager.click("口頭で回答した").fill(contact=call.pk, tier_told=True).submit()
    operator.sees("回答者")
    assert Demand.objects.get().status == "answered"


def _the_option_nobody_ordered(w, operator, leader, sv):
    """The second story: an order to collect, an objection without a name, a verdict, and a waiver beside it."""
    number, charge = w.bill.ticket.number, w.bill.charge
    leader.open(f"/escalation/tickets/{number}/instruction/").fill(
        recipient=w.cast.operator.pk, text="料金550円をご請求と案内してください。", basis_kind="contract",
        basis_ref="約款 第12条", adverse=True,
    ).submit()  # fmt: skip
    order = Instruction.objects.get()
    leader.open(f"/escalation/instructions/{order.pk}/").listens()
    operator.open(f"/billing/tickets/{number}/fault/")
    operator.fill(what=f"charge:{charge.pk}", question=UNORDERED, error_on="2026-01-18").submit()
    operator.open(f"/escalation/instructions/{order.pk}/object/")
    operator.fill(reasons="申込書には番号表示とあります。", hidden=True).submit()
    leader.sees("申立者は非表示").sees_not("実行する")
    objection = order.objections.get()
    sv.open(f"/escalation/objections/{objection.pk}/decide/").fill(
        sustained=1, reasons="会社の登録ミス"
    ).submit()
    sv.open(f"/billing/faults/{FaultReview.objects.get(question=UNORDERED).pk}/decide/")
    sv.fill(verdict="company", reasons="申込書と登録が違う。").submit()
    assert Charge.objects.get(pk=charge.pk).status == "voided"
    # Beside it a small goodwill: the leader's inbox moves, and it is within her limit.
    leader.open("/billing/waivers/").listens()
    operator.open(f"/billing/tickets/{number}/waiver/")
    operator.fill(amount_yen=1000, reason="三度お電話をいただいた").submit()
    leader.page.locator("#page").get_by_text("三度お電話をいただいた").wait_for()
    leader.click("承認").sees("判断待ちの減免はありません")


def _a_transfer(w, operator, technical, ticket):
    """The context travels, and the sender stays responsible until it is accepted."""
    technical.open("/queue/").listens()
    operator.open(f"/tickets/{ticket.number}/transfer/")
    operator.fill(to_desk=w.cast.technical_desk.pk, context="番号表示の設定を確認。再度聞かないこと").submit()
    technical.sees("番号表示の設定を確認").click("取次を引き受ける")
    operator.open(ticket).sees("つながらない")
    assert Ticket.objects.get(pk=ticket.pk).desk == w.cast.technical_desk


def _a_missed_callback(w, leader, sv, now):
    """Nobody called: it rises, and both see it without asking."""
    owed = callbacks.arrange_callback(
        ticket_id=w.home.ticket.pk, purpose="再開通のご報告", number="+819033334444",
        window=(clock.now(), clock.now() + dt.timedelta(minutes=30)), actor=w.cast.operator, at=clock.now(),
    )  # fmt: skip
    sv.open("/supervisor/missed/").listens().sees_not("再開通のご報告")
    leader.open("/promises/").listens().sees_not("再開通のご報告")
    now.advance(dt.timedelta(minutes=31))
    overdue.raise_overdue(at=clock.now())
    leader.sees("再開通のご報告")
    sv.sees("再開通のご報告")
    assert Promise.objects.get(pk=owed.pk).tier == 2


def _a_collision(w, operator, leader):
    """Two write on one case: they see each other, and the later gets both texts."""
    path = f"/tickets/{w.home.ticket.number}/wait/"
    start(ticket_id=w.home.ticket.pk, at=NINE, actor=w.cast.operator)
    operator.open(path).listens()
    leader.open(path).listens()
    operator.sees(w.cast.leader.name)
    leader.fill(what="機器の返送").submit()
    operator.fill(what="立会日のご返事")
    operator.page.locator("main form.form .form-actions button").first.click()
    difference = operator.page.locator(".difference")
    difference.wait_for()
    assert {"機器の返送", "立会日のご返事"} <= set(difference.inner_text().split())


def _a_lost_connection(w, operator, leader):
    """The line of the stream is cut; what was missed is there when it is back."""
    number = w.home.ticket.number
    operator.open(w.home.ticket).listens()
    operator.context.set_offline(True)
    operator.page.locator("#live-state").get_by_text("接続").wait_for()
    leader.open(f"/tickets/{number}/note/").fill(text="再開通を確認しました").submit()
    operator.sees_not("再開通を確認しました")
    operator.context.set_offline(False)
    operator.page.get_by_text("再開通を確認しました").first.wait_for(timeout=20_000)
