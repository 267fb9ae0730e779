"""Contracts with lines, and cancellation orders in any state, written straight to the tables.

`household()` is a customer with internet and telephone on one circuit. `accepted()` takes its order as far as the
services would, row by row, so that the rules can be tried without them.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from itertools import count
from types import SimpleNamespace

from django.db.backends.postgresql.psycopg_any import DateRange

from billing import defaults
from billing.models import (
    AccessLine,
    CancellationLine,
    CancellationOrder,
    Contract,
    DocumentVersion,
    Explanation,
    LastDayEntry,
    Milestone,
    NumberOutcome,
    OrderChannel,
    Porting,
    Product,
    ProductVersion,
    ServiceLine,
    StopConsent,
)
from billing.services import cancellation, porting
from billing.services.cancellation import LineWish, Told
from tests.factories.cast import cast
from tickets.dates import jst
from tickets.models import (
    Calendar,
    CalendarHours,
    Company,
    Contact,
    Customer,
    CustomerPhone,
    Desk,
    Promise,
    ScheduledAction,
    Staff,
    Ticket,
    Tier,
)
from tickets.services import due

SEQUENCE = count(1)
CALLED_AT = jst(2026, 1, 24, 10, 0)
LAST_DAY = dt.date(2026, 1, 31)
PORTED_AT = jst(2026, 1, 30, 14, 0)


def desk(code: str, *, kind: str = "customer", company: str = "own", days: range = range(8)) -> Desk:
    """A desk open 9:00 to 18:00 on `days` (7 = holidays), made once."""
    calendar, fresh = Calendar.objects.get_or_create(code=f"cx-{code}", defaults={"name": code})
    if fresh:
        CalendarHours.objects.bulk_create(
            CalendarHours(calendar=calendar, day=day, opens_minute=9 * 60, closes_minute=18 * 60)
            for day in days
        )
    owner, _ = Company.objects.get_or_create(
        code=f"cx-{company}", defaults={"name": company, "kind": company}
    )
    found, _ = Desk.objects.get_or_create(
        code=f"cx-{code}",
        defaults={
            "name_ja": code,
            "name_en": code,
            "company": owner,
            "calendar": calendar,
            "kind": kind,
        },
    )
    return found


def carrier() -> Company:
    """The carrier, with a desk that is closed on Saturday, Sunday and holidays."""
    return desk("carrier", kind="carrier", company="carrier", days=range(5)).company


def person(tier: int = Tier.OPERATOR, *, at: Desk | None = None) -> Staff:
    """Somebody of the leaving desk."""
    n = next(SEQUENCE)
    return Staff.objects.create(login_id=f"cx-{n}", name=f"担当{n}", desk=at or desk("leaving"), tier=tier)


@dataclass
class Household:
    """One customer with a contract of two lines on one circuit, and somebody who serves them."""

    customer: Customer
    contract: Contract
    access_line: AccessLine
    internet: ServiceLine
    phone: ServiceLine
    document: DocumentVersion
    operator: Staff
    ticket: Ticket
    call: Contact
    lines: dict[int, CancellationLine] = field(default_factory=dict)
    order: CancellationOrder = field(init=False)
    today: dt.date = field(init=False)


def product_version() -> ProductVersion:
    """The product everyone here has: 5,200 yen a month before tax."""
    product, _ = Product.objects.get_or_create(
        code="hikari-one", defaults={"name_ja": "ひかりワン", "name_en": "Hikari One"}
    )
    version, _ = ProductVersion.objects.get_or_create(
        product=product,
        version=1,
        defaults={
            "legal_regime": "telecom",
            "proration_rule": "calendar_days",
            "monthly_fee_yen": 5200,
            "during": DateRange(dt.date(2020, 1, 1), None),
        },
    )
    return version


def document() -> DocumentVersion:
    """The explanation sheet of cancelling."""
    found, _ = DocumentVersion.objects.get_or_create(
        code="cancel-sheet",
        version=1,
        defaults={
            "kind": "explanation",
            "title": "解約のご案内",
            "body": "…",
            "effective_on": dt.date(2020, 1, 1),
        },
    )
    return found


def call(customer: Customer, at: dt.datetime, *, operator: Staff, ticket: Ticket | None = None) -> Contact:
    """A recorded call from the customer that began at `at`."""
    return Contact.objects.create(
        customer=customer,
        ticket=ticket,
        channel="phone",
        direction="in",
        operator=operator,
        desk=operator.desk,
        started_at=at,
        recording_ref=f"rec-{next(SEQUENCE)}",
    )


def household(
    *, at: dt.datetime = CALLED_AT, operator: Staff | None = None, company: Company | None = None
) -> Household:
    """A customer who is just calling `operator`; `company` is the carrier of the circuit."""
    n = next(SEQUENCE)
    staff = operator or person()
    customer = Customer.objects.create(
        number=f"CX{n:06d}", name=f"客{n}", name_kana="キャク", email=f"customer{n}@example.jp"
    )
    contract = Contract.objects.create(
        number=f"KX{n:06d}",
        customer=customer,
        product_version=product_version(),
        document_version=document(),
        started_on=dt.date(2023, 4, 1),
    )
    circuit = AccessLine.objects.create(
        contract=contract, carrier=company or carrier(), circuit=f"CAF{n:08d}", address="東京都千代田区 1-1"
    )
    common = {"contract": contract, "access_line": circuit, "activated_on": dt.date(2023, 4, 10)}
    CustomerPhone.objects.create(customer=customer, e164=f"+8190{n:08d}", is_preferred=True)
    ticket = Ticket.objects.create(
        customer=customer,
        desk=staff.desk,
        kind="cancellation",
        subject="解約",
        opened_at=at,
        opened_by=staff,
        queue_at=at,
    )
    return Household(
        customer=customer,
        contract=contract,
        access_line=circuit,
        internet=ServiceLine.objects.create(kind="internet", **common),
        phone=ServiceLine.objects.create(kind="phone", number=f"+8135550{n:04d}", **common),
        document=document(),
        operator=staff,
        ticket=ticket,
        call=call(customer, at, operator=staff, ticket=ticket),
    )


def drafted(home: Household, *, at: dt.datetime = CALLED_AT, **last_days: dt.date) -> CancellationOrder:
    """An order in draft; `internet=` and `phone=` name the last days (both Saturday the 31st unless given)."""
    wishes = last_days or {"internet": LAST_DAY, "phone": LAST_DAY}
    order = CancellationOrder.objects.create(
        contract=home.contract,
        customer=home.customer,
        ticket=home.ticket,
        channel="phone",
        asked_at=at,
        asked_contact=home.call,
    )
    for kind, last_day in wishes.items():
        line: ServiceLine = getattr(home, kind)
        home.lines[line.pk] = CancellationLine.objects.create(
            order=order, line=line, last_day=last_day, asked_words=f"{kind}は{last_day}まで", why="引っ越し"
        )
    return order


def explain(home: Household, order: CancellationOrder, *, at: dt.datetime = CALLED_AT) -> None:
    """Record for each line what the customer was told."""
    for line in order.lines.select_related("line"):
        Explanation.objects.create(
            order=order,
            line=line.line,
            last_day=line.last_day,
            last_month_yen=5720,
            penalty_yen=0,
            residual_yen=0,
            removal_yen=11000,
            number_outcome="ported" if line.line.kind == "phone" else "none",
            visit_told="撤去工事に立会いが必要",
            device_told="ホームゲートウェイを返却",
            document_version=home.document,
            how="voice",
            contact=home.call,
            told_by=home.operator,
            told_at=at,
        )


def consent(
    line: CancellationLine,
    contact: Contact,
    stop_at: dt.datetime,
    *,
    given_at: dt.datetime = CALLED_AT,
    generation: int | None = None,
) -> StopConsent:
    """The customer's words that the line may stop from `stop_at` on."""
    return StopConsent.objects.create(
        line=line.line,
        cancellation_line=line,
        generation=generation or line.generation,
        contact=contact,
        words="その時刻に止めて構いません",
        recording_ref=contact.recording_ref,
        stop_at=stop_at,
        given_at=given_at,
    )


def accepted(home: Household, *, at: dt.datetime = CALLED_AT, **last_days: dt.date) -> CancellationOrder:
    """An accepted order whose lines wait for their end (解約待ち)."""
    order = drafted(home, at=at, **last_days)
    explain(home, order, at=at)
    order.acknowledge(at=at, by=home.operator)
    order.save()
    for line in order.lines.select_related("line"):
        LastDayEntry.objects.create(
            cancellation_line=line,
            generation=1,
            last_day=line.last_day,
            set_for="customer",
            set_by=home.operator,
            set_at=at,
            contact=home.call,
            why=line.why,
        )
        line.line.plan_stop(last_day=line.last_day, set_by=home.operator, why=line.why)
        line.line.save()
    reread(home)
    return order


def reread(home: Household) -> None:
    """The lines as they stand now (a protected status is not refreshed in place)."""
    home.internet = ServiceLine.objects.get(pk=home.internet.pk)
    home.phone = ServiceLine.objects.get(pk=home.phone.pk)


# -- by the services -------------------------------------------------------------------------------


def wish(home: Household, kind: str, last_day: dt.date) -> LineWish:
    """What the customer wants for one line."""
    line: ServiceLine = getattr(home, kind)
    return LineWish(line.pk, last_day, words=f"{kind}は{last_day}まで使いたい", why="引っ越し")


def told(home: Household, kind: str) -> Told:
    """What the customer is told about one line."""
    return Told(
        last_month_yen=5720,
        penalty_yen=0,
        residual_yen=0,
        removal_yen=11000,
        visit="撤去工事に立会いが必要",
        device="ホームゲートウェイを返却",
        document_version_id=home.document.pk,
        number_outcome=NumberOutcome.PORTED if kind == "phone" else NumberOutcome.NONE,
        recording_ref="rec-explained",
    )


def asked(home: Household, *, at: dt.datetime = CALLED_AT, **last_days: dt.date) -> CancellationOrder:
    """The customer has asked for it and has had it explained."""
    wishes = last_days or {"internet": LAST_DAY, "phone": LAST_DAY}
    order = cancellation.open_order(
        contract_id=home.contract.pk,
        ticket_id=home.ticket.pk,
        wishes=[wish(home, kind, day) for kind, day in wishes.items()],
        channel=OrderChannel.PHONE,
        contact_id=home.call.pk,
        at=at,
        actor=home.operator,
    )
    for kind in wishes:
        cancellation.explain_line(
            order_id=order.pk,
            line_id=getattr(home, kind).pk,
            contact_id=home.call.pk,
            told=told(home, kind),
            at=at,
            actor=home.operator,
        )
    return order


def leaving(home: Household, *, at: dt.datetime = CALLED_AT, **last_days: dt.date) -> CancellationOrder:
    """The cancellation is accepted by the services; the lines are in 解約待ち."""
    order = asked(home, at=at, **last_days)
    cancellation.accept_order(order_id=order.pk, contact_id=home.call.pk, at=at, actor=home.operator)
    home.lines = {line.line_id: line for line in order.lines.select_related("line")}
    reread(home)
    return again(order)


def again(order: CancellationOrder) -> CancellationOrder:
    """The order as it stands now."""
    return CancellationOrder.objects.get(pk=order.pk)


def port(
    home: Household,
    order: CancellationOrder,
    *,
    scheduled_at: dt.datetime = PORTED_AT,
    at: dt.datetime = CALLED_AT,
) -> Porting:
    """The number goes along to another provider."""
    return porting.request_porting(
        order_id=order.pk,
        line_id=home.phone.pk,
        new_provider="みらい電話",
        scheduled_at=scheduled_at,
        contact_id=home.call.pk,
        at=at,
        actor=home.operator,
    )


def run_due(at: dt.datetime) -> None:
    """What the worker does at `at`."""
    due.run_batch(at=at)


def planned_for(key: str) -> dt.datetime | None:
    """When the generation of a scheduled action that is not superseded is due; None when nothing is planned."""
    standing = ScheduledAction.objects.filter(key=key).exclude(status="superseded")
    return standing.values_list("due_at", flat=True).first()


def owed_for(milestone: Milestone) -> Promise:
    """The promise of a milestone."""
    assert milestone.promise is not None
    return milestone.promise


def desk_of_a_household() -> SimpleNamespace:
    """`home` and the whole `cast` around it, with the house's figures in force."""
    defaults.lay_figures()
    people = cast()
    return SimpleNamespace(home=household(operator=people.operator, company=people.carrier), cast=people)


def milestone(order: CancellationOrder, kind: str, line: ServiceLine | None = None) -> Milestone:
    """The one of this kind, of a line where there is one a line."""
    return Milestone.objects.get(order=order, kind=kind, **({"line": line} if line else {}))
