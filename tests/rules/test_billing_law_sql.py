"""Somebody in a hurry, with a database prompt: what C1 and C11 refuse, whoever writes.

Every attempt is run with the deferred rules asked at once, as a commit would ask them.
"""

import datetime as dt
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from billing.defaults import lay_figures
from billing.models import FaultReview, OptionRegistration, Waiver
from billing.services.charges import propose_charge
from billing.services.invoices import build_invoice
from tests.factories import billing as make
from tests.rules.billing_attempts import (
    AT,
    STARTS,
    a_charge,
    a_review,
    propose_raw,
    refused,
    run,
    three_validated_fees,
    world,
)
from tickets.errors import Refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def s():
    return world()


@pytest.fixture
def charge(s):
    return a_charge(s)


@pytest.fixture
def review(s, charge):
    return a_review(s, charge)


# -- C11: the law's figures ----------------------------------------------------------------------------------------


@pytest.mark.requirement("C11")
@pytest.mark.parametrize(("supply", "percent"), [(dt.date(2011, 10, 18), 10), (dt.date(2026, 1, 1), 5)])
def test_the_tax_rate_is_that_of_the_supply_date(s, supply, percent):
    with pytest.raises(IntegrityError, match="C11: the tax rate"), transaction.atomic():
        propose_raw(
            s, registration=s.old, supply_on=supply, tax_percent=percent, tax_yen=500 * percent // 100
        )


@pytest.mark.requirement("C11")
def test_tax_is_not_rounded_up(s):
    with pytest.raises(IntegrityError, match="c11_charge_tax_rounds_down"), transaction.atomic():
        propose_raw(s, registration=s.old, net_yen=333, tax_yen=34)


@pytest.mark.requirement("C11")
def test_a_consumers_penalty_is_at_most_a_months_fee(s):
    after, _line = make.phone_contract(s.shop.customer, s.cast, started_on=dt.date(2023, 4, 1))
    terms: dict[str, Any] = {"kind": "penalty", "what": "x", "period_from": STARTS, "period_until": dt.date(2026, 1, 1),
             "supply_on": STARTS, "at": AT, "taxable": False}  # fmt: skip
    with pytest.raises(Refused, match="C11"):
        propose_charge(contract_id=after.pk, net_yen=5201, **terms)
    assert propose_charge(contract_id=after.pk, net_yen=5200, **terms).net_yen == 5200
    assert propose_charge(contract_id=s.contract.pk, net_yen=20000, **terms).net_yen == 20000, (
        "made before 2022-07-01"
    )


@pytest.mark.requirement("C11")
def test_the_residual_falls_to_zero(s):
    after, _line = make.phone_contract(s.shop.customer, s.cast, started_on=dt.date(2025, 4, 1))
    terms: dict[str, Any] = {
        "kind": "residual",
        "what": "x",
        "period_from": STARTS,
        "period_until": dt.date(2026, 1, 1),
        "at": AT,
    }
    month_10 = dt.date(2026, 1, 20)
    with pytest.raises(Refused, match="C11"):
        propose_charge(contract_id=after.pk, net_yen=15001, supply_on=month_10, **terms)
    assert propose_charge(contract_id=after.pk, net_yen=15000, supply_on=month_10, **terms).net_yen == 15000


@pytest.mark.requirement("C11")
def test_an_invoice_rounds_once_for_each_rate(s):
    three_validated_fees(s)
    bill = build_invoice(contract_id=s.contract.pk, month_on=dt.date(2026, 2, 1), at=AT)
    run("UPDATE billing_invoicetax SET tax_yen = tax_yen + 1")
    refused("C11", "UPDATE billing_invoice SET status = 'validated' WHERE id = %s", bill.pk)
    run("UPDATE billing_invoicetax SET tax_yen = tax_yen - 1")
    run("UPDATE billing_invoice SET status = 'validated' WHERE id = %s", bill.pk)
    refused("C11", "UPDATE billing_invoicetax SET tax_yen = 0")
    refused("C11", "DELETE FROM billing_invoiceline")


@pytest.mark.requirement("C11")
def test_a_charge_is_billed_only_on_an_invoice(s):
    three_validated_fees(s)
    refused("C11", "UPDATE billing_charge SET status = 'billed', billed_at = now()")


@pytest.mark.requirement("C11")
def test_no_contract_document_over_a_mismatch(s):
    refused(
        "C11",
        "INSERT INTO billing_contractdocument (contract_id, document_version_id, contents, electronic_consent_ref, "
        "generated_by_id, generated_at, receipt_proof) VALUES (%s, %s, '{}', '', %s, now(), '')",
        s.contract.pk,
        s.shop.document.pk,
        s.cast.leader.pk,
    )


@pytest.mark.requirement("C11")
def test_figures_are_not_edited_and_do_not_overlap():
    lay_figures()
    refused("C11", "UPDATE billing_feecap SET value = 99 WHERE code = 'withdrawal_days'")
    refused("C1", "UPDATE billing_taxrate SET percent = 12 WHERE percent = 10")
    refused("C1", "INSERT INTO billing_taxrate (percent, during) VALUES (12, '[2026-01-01,)')")
    refused(
        "C11",
        "INSERT INTO billing_feecap (code, value, unit, basis, mark, during) "
        "VALUES ('withdrawal_days', 7, 'days', 'x', 'P', '[2026-01-01,)')",
    )


@pytest.mark.requirement("C1")
def test_nothing_of_money_is_deleted(s, charge, review):
    for table in ("optionregistration", "contract", "serviceline", "orderevidence"):
        with pytest.raises(IntegrityError), transaction.atomic():
            run(f"DELETE FROM billing_{table}")
    assert OptionRegistration.objects.exists()
    assert FaultReview.objects.exists()
    assert not Waiver.objects.exists()
