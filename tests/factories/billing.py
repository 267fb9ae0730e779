"""Contracts with options and charges, as the money half's tests want them. Plain builders; all names are invented.

`shop()` lays the catalogue, the figures and the authority matrix from long ago on, so that stories of 2011 and of 2026
both find them. `old_registration` and `old_charge` are rows as the old system left them.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from itertools import count
from typing import Any

from django.db.backends.postgresql.psycopg_any import DateRange

from billing.defaults import lay_figures
from billing.models import (
    AccessLine,
    Charge,
    Contract,
    DocumentVersion,
    OptionItem,
    OptionPrice,
    OptionRegistration,
    OrderEvidence,
    Product,
    ProductVersion,
    ServiceLine,
)
from billing.rating import charged
from billing.services.evidence import record_evidence
from escalation import defaults as authority_defaults
from tests.factories import cast as people
from tests.factories import tickets as ground
from tests.factories.cast import Cast
from tickets.dates import jst
from tickets.models import Customer, Staff, Ticket

LONG_AGO = jst(2000, 1, 1)
DISPLAY, FORWARDING, WAITING = "caller-display", "call-forwarding", "call-waiting"
_numbers = count(1)


@dataclass
class Shop:
    """A desk with its people, one customer with a phone contract, and what can be ordered."""

    cast: Cast
    customer: Customer
    contract: Contract
    phone: ServiceLine
    document: DocumentVersion
    options: dict[str, OptionItem]
    registrar: Staff


def shop(*, years: tuple[int, ...] = (2011, 2026), started_on: dt.date = dt.date(2010, 4, 1)) -> Shop:
    """Everything a story about an option needs, before the option."""
    everyone = people.cast(years=years)
    lay_figures()
    authority_defaults.load(LONG_AGO)
    options = {
        code: OptionItem.objects.create(code=code, name_ja=ja, name_en=en, line_kind="phone")
        for code, ja, en in (
            (DISPLAY, "番号表示", "Caller display"),
            (FORWARDING, "転送サービス", "Call forwarding"),
            (WAITING, "キャッチホン", "Call waiting"),
        )
    }
    for option in options.values():
        OptionPrice.objects.create(
            option=option, monthly_fee_yen=500, during=DateRange(dt.date(2000, 1, 1), None)
        )
    customer = ground.customer(name="森下 遥", kana="モリシタ ハルカ")
    contract, phone = phone_contract(customer, everyone, started_on=started_on)
    return Shop(
        cast=everyone,
        customer=customer,
        contract=contract,
        phone=phone,
        document=document(),
        options=options,
        registrar=people.staff("registrar", "須藤 蓮", everyone.desk),
    )


def document(code: str = "contract-sheet", kind: str = "contract") -> DocumentVersion:
    """A document version, made once."""
    found, _ = DocumentVersion.objects.get_or_create(
        code=code,
        version=1,
        defaults={"kind": kind, "title": "契約書面", "body": "…", "effective_on": dt.date(2000, 1, 1)},
    )
    return found


def product_version(
    rule: str = "calendar_days", fee: int = 5200, construction: int = 24000
) -> ProductVersion:
    """A product sold from long ago on, one for each set of terms."""
    code = f"hikari-{rule.replace('_', '-')}-{fee}-{construction}"
    product, _ = Product.objects.get_or_create(code=code, defaults={"name_ja": "ひかり", "name_en": "Hikari"})
    version, _ = ProductVersion.objects.get_or_create(
        product=product,
        version=1,
        defaults={
            "legal_regime": "telecom",
            "proration_rule": rule,
            "monthly_fee_yen": fee,
            "construction_fee_yen": construction,
            "during": DateRange(dt.date(2000, 1, 1), None),
        },
    )
    return version


def phone_contract(
    customer: Customer, everyone: Cast, *, started_on: dt.date = dt.date(2010, 4, 1), **terms: Any
) -> tuple[Contract, ServiceLine]:
    """A contract with one phone line."""
    n = next(_numbers)
    contract = Contract.objects.create(
        number=f"K{n:07d}",
        customer=customer,
        product_version=product_version(**terms),
        document_version=document(),
        started_on=started_on,
    )
    access = AccessLine.objects.create(
        contract=contract, carrier=everyone.carrier, circuit=f"L{n:08d}", address="東京都港区 2-2"
    )
    line = ServiceLine.objects.create(
        contract=contract, access_line=access, kind="phone", number=f"03000{n:05d}", activated_on=started_on
    )
    return contract, line


def form(
    made: Shop,
    *,
    ticked: tuple[str, ...],
    ordered_on: dt.date,
    at: dt.datetime,
    contract: Contract | None = None,
) -> OrderEvidence:
    """An application form on which only `ticked` is ordered."""
    return record_evidence(
        contract_id=(contract or made.contract).pk,
        kind="application_form",
        ordered_on=ordered_on,
        options={code: code in ticked for code in (DISPLAY, FORWARDING, WAITING)},
        reference=f"forms/{next(_numbers)}.png",
        form_version="2011-04",
        agency_id=made.cast.agency.pk,
        actor=made.cast.operator2,
        at=at,
    )


def old_registration(
    made: Shop,
    option: str,
    *,
    ordered_on: dt.date,
    starts_on: dt.date,
    registered_at: dt.datetime,
    registrar: Staff | None = None,
    contract: Contract | None = None,
    evidence: OrderEvidence | None = None,
    batch: str = "B-7",
    form_version: str = "2011-04",
) -> OptionRegistration:
    """An option as the old system had it: active and working, whether or not anybody ordered it."""
    on = contract or made.contract
    return OptionRegistration.objects.create(
        contract=on,
        line=on.lines.first(),
        option=made.options[option],
        evidence=evidence,
        origin="imported",
        legacy_ref=f"OLD-{next(_numbers)}",
        registered_by=registrar or made.registrar,
        registered_at=registered_at,
        agency=made.cast.agency,
        batch=batch,
        form_version=form_version,
        ordered_on=ordered_on,
        starts_on=starts_on,
        delivered_at=dt.datetime.combine(starts_on, dt.time(), tzinfo=registered_at.tzinfo),
        billable_from=starts_on,
        status="active",
    )


def old_charge(
    registration: OptionRegistration, *, status: str, supply_on: dt.date, at: dt.datetime, net_yen: int = 500
) -> Charge:
    """A month's fee as the old system billed it."""
    return _charge(
        registration, supply_on=supply_on, at=at, net_yen=net_yen, status=status, origin="imported"
    )


def proposed_charge(
    registration: OptionRegistration, *, supply_on: dt.date, at: dt.datetime, net_yen: int = 500
) -> Charge:
    """A month's fee as the billing run proposes it."""
    return _charge(
        registration, supply_on=supply_on, at=at, net_yen=net_yen, status="proposed", origin="desk"
    )


def _charge(
    registration: OptionRegistration,
    *,
    supply_on: dt.date,
    at: dt.datetime,
    net_yen: int,
    status: str,
    origin: str,
) -> Charge:
    from billing.queries.figures import tax_percent_on

    amount = charged(net_yen, tax_percent_on(supply_on))
    return Charge.objects.create(
        contract=registration.contract,
        registration=registration,
        kind="option_fee",
        what=str(registration.option),
        origin=origin,
        legacy_ref=f"OLD-{next(_numbers)}" if origin == "imported" else "",
        period_from=supply_on,
        period_until=supply_on + dt.timedelta(days=30),
        supply_on=supply_on,
        net_yen=amount.net_yen,
        tax_percent=amount.percent,
        tax_yen=amount.tax_yen,
        status=status,
        billed_at=at if status in ("billed", "settled") else None,
        settled_at=at if status == "settled" else None,
        proposed_at=at,
    )


def case(
    made: Shop, *, at: dt.datetime, actor: Staff | None = None, customer: Customer | None = None
) -> Ticket:
    """An open case about a bill."""
    return ground.ticket(
        customer=customer or made.customer,
        desk=made.cast.desk,
        actor=actor or made.cast.operator,
        at=at,
        kind="billing",
        subject="番号表示が出ない",
    )


def fresh(row: Any) -> Any:
    """The row as it stands now; a protected status cannot be refreshed in place."""
    return type(row).objects.get(pk=row.pk)
