"""The rows of contracts, money and cancelling on one case, for the walk."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.backends.postgresql.psycopg_any import DateRange

from billing.defaults import lay_figures
from billing.models import Invoice, OptionItem, OptionPrice, OrderChannel, ServiceLine, StopIncident
from billing.services import cancellation, incidents, invoices, porting, registrations, visits
from billing.services.cancellation import LineWish, Told
from billing.services.documents import generate_contract_document
from billing.services.evidence import record_evidence
from billing.services.faults import decide_fault, open_fault_review
from billing.services.waivers import request_waiver
from tests.factories import billing as make
from tests.factories import cancellation as leaving
from tests.factories.cast import Cast
from tests.factories.tickets import WHEN, ticket
from tickets.dates import day_of

ORDERED, STARTS = dt.date(2026, 1, 5), dt.date(2026, 1, 20)
CODES = ("walk-draft", "walk-evidenced", "walk-verified", "walk-notified", "walk-wrong", "walk-other")
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 32


def add_billing(made: dict[str, Any], people: Cast, *, shared: bool) -> None:
    """The catalogue is laid once, with the first case."""
    if shared:
        lay_figures()
        for code in CODES:
            option = OptionItem.objects.create(code=code, name_ja=code, name_en=code, line_kind="phone")
            OptionPrice.objects.create(
                option=option, monthly_fee_yen=500, during=DateRange(dt.date(2000, 1, 1), None)
            )
    made["contract"], made["phone"] = make.phone_contract(made["customer"], people)
    made["catalogue_product"] = made["contract"].product_version.product
    made["catalogue_option"] = OptionItem.objects.get(code=CODES[0])
    made["catalogue_document"] = make.document()
    _options(made, people)
    _money(made, people)
    _errors(made, people)
    _cancelling(made, people)


def _options(made: dict[str, Any], people: Cast) -> None:
    """One registration at each step, each on a contract of its own so that form and register agree."""
    for upto, code in enumerate(CODES[:4]):
        made[f"option_{code.removeprefix('walk-')}"] = _registration(made, people, code, upto)
    verified = made["option_notified"].contract
    made["document"] = generate_contract_document(
        contract_id=verified.pk, document_version_id=make.document().pk, at=WHEN, actor=people.operator
    )
    made["proof"] = _proof(made["contract"], people, "walk-other")
    shop = SimpleNamespace(
        contract=made["contract"], cast=people, registrar=people.operator2,
        options={code: OptionItem.objects.get(code=code) for code in CODES},
    )  # fmt: skip
    made["option_wrong"] = _old(shop, "walk-wrong")
    made["option_active"] = _old(shop, "walk-other", evidence=made["proof"])


def _old(shop: Any, code: str, **proof: Any) -> Any:
    return make.old_registration(
        shop, code, ordered_on=ORDERED, starts_on=STARTS, registered_at=WHEN, **proof
    )


def _proof(contract: Any, people: Cast, code: str) -> Any:
    return record_evidence(
        contract_id=contract.pk, kind="application_form", ordered_on=ORDERED, options={code: True},
        reference="forms/walk.png", image=SimpleUploadedFile("walk.png", PNG), actor=people.operator2, at=WHEN,
    )  # fmt: skip


def _registration(made: dict[str, Any], people: Cast, code: str, upto: int) -> Any:
    """`upto`: 0 drafted, 1 with its proof, 2 verified, 3 the customer notified."""
    contract, _phone = make.phone_contract(made["customer"], people)
    proof = _proof(contract, people, code)
    row = registrations.register_option(
        contract_id=contract.pk, option_code=code, ordered_on=ORDERED, starts_on=STARTS,
        actor=people.operator2, at=WHEN,
    )  # fmt: skip
    about: dict[str, Any] = {"registration_id": row.pk, "at": WHEN}
    if upto >= 1:
        registrations.attach_evidence(evidence_id=proof.pk, actor=people.operator2, **about)
    if upto >= 2:
        registrations.verify_registration(actor=people.leader2, **about)
    if upto >= 3:
        registrations.notify_registration(actor=people.operator2, **about)
    return row


def _money(made: dict[str, Any], people: Cast) -> None:
    made["charge"] = make.proposed_charge(made["option_active"], supply_on=STARTS, at=WHEN)
    made["waiver"] = request_waiver(
        ticket_id=made["ticket"].pk, contract_id=made["contract"].pk, amount_yen=500, reason="お待たせしたため",
        at=WHEN, actor=people.operator2,
    )  # fmt: skip
    bills = {}
    for month, name in enumerate(("new", "held", "validated", "sent"), start=1):
        bill = invoices.build_invoice(
            contract_id=made["contract"].pk, month_on=dt.date(2026, month, 1), at=WHEN, actor=people.sv2
        )
        bills[name] = bill.pk
    invoices.hold_invoice(invoice_id=bills["held"], reason="確認中", at=WHEN, actor=people.sv2)
    for name in ("validated", "sent"):
        invoices.validate_invoice(invoice_id=bills[name], at=WHEN, actor=people.sv2)
    invoices.send_invoice(invoice_id=bills["sent"], at=WHEN, actor=people.sv2)
    for name, pk in bills.items():
        made[f"bill_{name}"] = Invoice.objects.get(pk=pk)


def _errors(made: dict[str, Any], people: Cast) -> None:
    """Two verdicts: one whose sweep has a suspect, one whose has none; a review still open."""
    wrong = _case(made, people)
    asked = open_fault_review(
        ticket_id=wrong.pk, question="申込のない登録", error_on=day_of(WHEN), at=WHEN, actor=people.operator2,
        registration_id=made["option_wrong"].pk,
    )  # fmt: skip
    made["verdict"] = decide_fault(
        review_id=asked.pk, verdict="company", reasons="申込書と違う", at=WHEN, actor=people.sv2
    )
    made["sweep"] = made["verdict"].sweep
    made["suspect"] = made["sweep"].items.first()
    clear = open_fault_review(
        ticket_id=_case(made, people).pk, question="回線の誤り", error_on=day_of(WHEN), at=WHEN,
        actor=people.operator2, line_id=made["phone"].pk,
    )  # fmt: skip
    made["clear_sweep"] = decide_fault(
        review_id=clear.pk, verdict="carrier", reasons="回線側の誤り", at=WHEN, actor=people.sv2
    ).sweep
    made["review"] = open_fault_review(
        ticket_id=made["ticket"].pk, question="料金の疑義", error_on=day_of(WHEN), at=WHEN,
        actor=people.operator2, line_id=made["phone"].pk,
    )  # fmt: skip
    late = make.proposed_charge(made["option_active"], supply_on=dt.date(2026, 3, 1), at=WHEN)
    made["disputed"] = late
    open_fault_review(
        ticket_id=made["ticket"].pk, question="請求の疑義", error_on=day_of(WHEN), at=WHEN,
        actor=people.operator2, charge_id=late.pk,
    )  # fmt: skip
    made["credit"] = _credit(made)


def _case(made: dict[str, Any], people: Cast) -> Any:
    desk = made["ticket"].desk
    return ticket(customer=made["customer"], desk=desk, kind="billing", subject="請求について")


def _credit(made: dict[str, Any]) -> Any:
    from billing.services.credits import credit_early_stop

    return credit_early_stop(line_id=made["phone"].pk, first=STARTS, until=dt.date(2026, 1, 22), at=WHEN)


def _cancelling(made: dict[str, Any], people: Cast) -> None:
    """A draft, and an accepted order with everything that can hang on one."""
    made["draft"] = _order(made, people, [made["phone"]])
    made["draft_line"] = made["draft"].lines.get()
    leaving_contract, phone = make.phone_contract(made["customer"], people)
    internet = ServiceLine.objects.create(
        contract=leaving_contract,
        access_line=phone.access_line,
        kind="internet",
        activated_on=phone.activated_on,
    )
    order = made["order"] = _order(made, people, [phone, internet])
    for line in (phone, internet):
        cancellation.explain_line(
            order_id=order.pk, line_id=line.pk, contact_id=made["call"].pk, told=_told(line), at=WHEN,
            actor=people.operator,
        )  # fmt: skip
    cancellation.accept_order(order_id=order.pk, contact_id=made["call"].pk, at=WHEN, actor=people.operator)
    made["order_line"] = order.lines.get(line=phone)
    made["porting"] = porting.request_porting(
        order_id=order.pk, line_id=phone.pk, new_provider="みらい電話", scheduled_at=leaving.PORTED_AT,
        contact_id=made["call"].pk, at=WHEN, actor=people.operator,
    )  # fmt: skip
    made["visit"] = _visit(made, people, phone, day=3)
    made["agreed_visit"] = _visit(made, people, phone, day=4)
    made["milestone"] = order.milestones.get(kind="final_bill")
    made["carrier_instruction"] = order.instructions.get(kind="relay")
    incidents.compare_stop(
        internet, executed_at=WHEN, ticket_id=made["ticket"].pk, at=WHEN + dt.timedelta(minutes=5)
    )
    made["incident"] = StopIncident.objects.get(line=internet)
    made["incident_case"] = made["incident"].ticket


def _order(made: dict[str, Any], people: Cast, lines: list[Any]) -> Any:
    wishes = [LineWish(line.pk, leaving.LAST_DAY, words="31日まで使いたい", why="引っ越し") for line in lines]
    return cancellation.open_order(
        contract_id=lines[0].contract_id, ticket_id=made["ticket"].pk, wishes=wishes, channel=OrderChannel.PHONE,
        contact_id=made["call"].pk, at=WHEN, actor=people.operator,
    )  # fmt: skip


def _told(line: Any) -> Told:
    return Told(
        last_month_yen=5720, penalty_yen=0, residual_yen=0, removal_yen=0, visit="立会いが必要", device="返却",
        document_version_id=make.document("cancel-sheet", "explanation").pk,
        number_outcome="ported" if line.kind == "phone" else "none",  # type: ignore[arg-type]
    )  # fmt: skip


def _visit(made: dict[str, Any], people: Cast, line: Any, *, day: int) -> Any:
    begins = dt.datetime.combine(dt.date(2026, 2, day), dt.time(10), tzinfo=WHEN.tzinfo)
    return visits.offer_visit(
        order_id=made["order"].pk, access_line_id=line.access_line_id, starts_at=begins,
        ends_at=begins + dt.timedelta(hours=2), at=WHEN, actor=people.operator,
    )  # fmt: skip
