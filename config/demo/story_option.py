"""Story 4 in mid-life: the form ticks caller display, the register says call forwarding. A leader wants 550 yen
collected tomorrow; the operator objects, unseen by her; the charge is on hold until it is clear whose error it was.
"""

from __future__ import annotations

import datetime as dt

from billing.models import Charge, OptionRegistration
from billing.services.charges import plan_charge_call, propose_charge
from billing.services.comparison import compare_registration
from billing.services.evidence import record_notice
from billing.services.faults import open_fault_review
from config.demo import options
from config.demo.desk import Place, call, case
from config.demo.homes import Home
from config.demo.replay import Story
from escalation.models import Instruction
from escalation.services.concerns import raise_concern
from escalation.services.instructions import acknowledge_instruction, issue_instruction, note_instruction
from escalation.services.leaders import answer_as_leader, ask_leader
from escalation.services.objections import object_to
from tickets.models import Ticket

MINUTE = dt.timedelta(minutes=1)


def wrong_option(place: Place) -> Story:
    """森下: service began today, and the display stays dark."""
    home, people = place.homes["森下 遥"], place.people
    at = yield place.when.before(12, 10)
    wrong = _registered(home, place, at)
    at = yield place.when.ago(125)
    charge = propose_charge(
        contract_id=home.contract.pk,
        kind="option_fee",
        what="転送サービス",
        net_yen=500,
        period_from=wrong.starts_on,
        period_until=wrong.starts_on + dt.timedelta(days=30),
        supply_on=wrong.starts_on,
        registration_id=wrong.pk,
        line_id=home.lines["phone"].pk,
        at=at,
    )
    at = yield place.when.ago(115)
    ticket = case(home, place, at, kind="billing", subject="番号表示を申し込んだのに表示されない")
    call(home, people["operator"], at, ticket=ticket, minutes=11, summary="転送は申し込んでいないとのこと")
    compare_registration(registration_id=wrong.pk, at=at, actor=people["operator"])
    at = yield place.when.ago(90)
    yield from _ordered_to_collect(place, ticket, charge, wrong, at)


def _registered(home: Home, place: Place, at: dt.datetime) -> OptionRegistration:
    """The form, the slip of whoever keyed it in, and a notice that nobody proves was read."""
    ordered_on = at.date() - dt.timedelta(days=2)
    evidence = options.form(home, place, ticked=("caller-display",), ordered_on=ordered_on, at=at)
    wrong = options.from_old_system(
        home,
        place,
        option="call-forwarding",
        evidence=evidence,
        starts_on=place.when.desk_now.date(),
        registered_at=at + 30 * MINUTE,
        registrar=place.people["operator4"],
    )
    record_notice(
        contract_id=home.contract.pk,
        document_version_id=place.shop.documents["order-notice"].pk,
        via="post",
        sent_to=home.customer.address,
        contents={"options": ["call-forwarding"]},
        at=at + dt.timedelta(days=4),
    )
    return wrong


def _ordered_to_collect(
    place: Place, ticket: Ticket, charge: Charge, wrong: OptionRegistration, at: dt.datetime
) -> Story:
    _told_by_mail(place, ticket, charge, at)
    _two_leaders_agree(place, ticket, at + 5 * MINUTE)
    at = yield at + 25 * MINUTE
    order = _order(place, ticket, charge, at)
    at = yield at + 20 * MINUTE
    _objected(place, order, charge, wrong, at)


def _told_by_mail(place: Place, ticket: Ticket, charge: Charge, at: dt.datetime) -> None:
    """A mail is on record, and nobody may carry it out."""
    note_instruction(
        ticket_id=ticket.pk,
        issuer_id=place.people["leader"].pk,
        channel="email",
        text="サービス開始後の解約なので1か月分が発生します。請求すると伝えましたか。",
        charge_ref=charge.pk,
        actor=place.people["operator"],
        at=at,
    )


def _two_leaders_agree(place: Place, ticket: Ticket, at: dt.datetime) -> None:
    """A second leader's answer, attributed; two of them are still no approval."""
    asked = ask_leader(
        topic="転送サービスの料金",
        text="当社の登録ミスでも1か月分を請求しますか。",
        ticket_id=ticket.pk,
        actor=place.people["operator"],
        at=at,
    )
    answer_as_leader(
        question_id=asked.pk,
        text="開始後の解約ですから当然です。通知書類で確認していただいています。",
        basis_kind="contract",
        basis_ref="約款 第15条",
        actor=place.people["leader2"],
        at=at + 10 * MINUTE,
    )


def _order(place: Place, ticket: Ticket, charge: Charge, at: dt.datetime) -> Instruction:
    """The order on record, acknowledged, and the call to collect that is planned for tomorrow."""
    operator = place.people["operator"]
    order = issue_instruction(
        ticket_id=ticket.pk,
        recipient_id=operator.pk,
        text="お客様に電話し、転送サービスの1か月分550円をお支払いいただくよう案内してください。",
        basis_kind="contract",
        basis_ref="約款 第15条",
        adverse=True,
        observer_ids=[place.people["leader2"].pk, place.people["sv"].pk],
        charge_ref=charge.pk,
        actor=place.people["leader"],
        at=at,
    )
    acknowledge_instruction(instruction_id=order.pk, actor=operator, at=at + 2 * MINUTE)
    plan_charge_call(
        charge_id=charge.pk,
        ticket_id=ticket.pk,
        due_at=place.when.coming(1, 11),
        owner_id=operator.pk,
        actor=operator,
        at=at + 3 * MINUTE,
    )
    return order


def _objected(
    place: Place, order: Instruction, charge: Charge, wrong: OptionRegistration, at: dt.datetime
) -> None:
    """Whose error it was is asked, the order suspended, and compliance told."""
    operator = place.people["operator"]
    open_fault_review(
        ticket_id=order.ticket_id,
        question="申込のない転送サービスの登録は誰の誤りか",
        error_on=wrong.registered_at.date(),
        charge_id=charge.pk,
        registration_id=wrong.pk,
        actor=operator,
        at=at,
    )
    object_to(
        instruction_id=order.pk,
        reasons="申込書は番号表示です。登録したのは当社で、通知書類を送ったことは同意になりません。",
        actor=operator,
        at=at + 4 * MINUTE,
    )
    raise_concern(
        text="登録ミスの料金をお客様に請求するよう指示されました。ほかにもあるのではないかと思います。",
        instruction_id=order.pk,
        actor=operator,
        at=at + 10 * MINUTE,
    )
