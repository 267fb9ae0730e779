"""Options as the register has them: what came over from the old system, and what was ordered properly."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from django.core.files.base import ContentFile

from billing.models import Charge, OptionRegistration, OrderEvidence
from billing.queries.figures import tax_percent_on
from billing.rating import charged
from billing.services.evidence import record_evidence
from config.demo.desk import Place
from config.demo.homes import Home
from tickets.dates import start_of_day
from tickets.models import Staff

FORM_VERSION = "2026-04"
SCAN = Path(__file__).with_name("form_caller_display.png")


def form(
    home: Home, place: Place, *, ticked: tuple[str, ...], ordered_on: dt.date, at: dt.datetime
) -> OrderEvidence:
    """An application form on which only `ticked` is ordered; the scan is there for the one that was drawn."""
    scan = SCAN.read_bytes() if ticked == ("caller-display",) else b""
    return record_evidence(
        contract_id=home.contract.pk,
        kind="application_form",
        ordered_on=ordered_on,
        options={code: code in ticked for code, option in place.shop.options.items() if _of_phone(option)},
        reference=f"forms/{home.contract.number}.png",
        form_version=FORM_VERSION,
        agency_id=place.people.companies["agency"].pk,
        image=ContentFile(scan, name=f"{home.contract.number}.png") if scan else None,
        actor=place.people["operator2"],
        at=at,
    )


def from_old_system(
    home: Home,
    place: Place,
    *,
    option: str,
    evidence: OrderEvidence,
    starts_on: dt.date,
    registered_at: dt.datetime,
    registrar: Staff,
) -> OptionRegistration:
    """A row as the old system left it: active, whether or not anybody had ordered it."""
    return OptionRegistration.objects.create(
        contract=home.contract,
        line=home.lines["phone"],
        option=place.shop.options[option],
        evidence=evidence,
        origin="imported",
        legacy_ref=f"OLD-{home.contract.number}",
        registered_by=registrar,
        registered_at=registered_at,
        agency=place.people.companies["agency"],
        batch="B-7",
        form_version=FORM_VERSION,
        ordered_on=evidence.ordered_on,
        starts_on=starts_on,
        delivered_at=start_of_day(starts_on),
        billable_from=starts_on,
        status="active",
    )


def paid_in_old_system(registration: OptionRegistration, *, at: dt.datetime) -> Charge:
    """A month's fee, billed and paid before this system was there."""
    supply_on = registration.starts_on
    amount = charged(500, tax_percent_on(supply_on))
    return Charge.objects.create(
        contract=registration.contract,
        registration=registration,
        kind="option_fee",
        what=str(registration.option),
        origin="imported",
        legacy_ref=f"{registration.legacy_ref}-1",
        period_from=supply_on,
        period_until=supply_on + dt.timedelta(days=30),
        supply_on=supply_on,
        net_yen=amount.net_yen,
        tax_percent=amount.percent,
        tax_yen=amount.tax_yen,
        status="settled",
        billed_at=at,
        settled_at=at,
        proposed_at=at,
    )


def _of_phone(option: object) -> bool:
    return getattr(option, "line_kind", "") == "phone"
