"""What the attempts by SQL on billing's money share: the desk they are made at, and how one is refused."""

import datetime as dt
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from billing.models import Charge
from billing.services.charges import propose_charge, validate_charge
from billing.services.faults import open_fault_review
from billing.services.registrations import (
    attach_evidence,
    register_option,
)
from billing.services.waivers import request_waiver
from tests.factories import billing as make
from tests.factories.billing import DISPLAY, FORWARDING
from tickets.dates import jst
from tickets.errors import rule_of

AT = jst(2026, 1, 26, 10, 0)
ORDERED = dt.date(2025, 11, 20)
STARTS = dt.date(2025, 12, 1)
APPROVE = "UPDATE billing_waiver SET status = 'approved', decided_by_id = %s, decided_at = %s WHERE id = %s"
VERDICT = (
    "UPDATE billing_faultreview SET status = %s, decided_by_id = %s, second_by_id = %s, proposed_verdict = %s, "
    "decided_at = %s, reasons = 'x' WHERE id = %s"
)


def run(sql: str, *params: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def refused(rule: str, sql: str, *params: Any) -> str:
    """Run it; it must be refused by `rule`. Returns the sentence."""
    with pytest.raises(IntegrityError) as no, transaction.atomic():
        run(sql, *params)
    found = rule_of(no.value)
    assert found is not None, no.value
    assert found[0] == rule, found
    return found[1]


def world():
    made = make.shop()
    form = make.form(made, ticked=(DISPLAY,), ordered_on=ORDERED, at=jst(2025, 11, 21, 9, 0))
    old = make.old_registration(
        made, FORWARDING, ordered_on=ORDERED, starts_on=STARTS, registered_at=jst(2025, 11, 21, 10, 0), evidence=form
    )  # fmt: skip
    return SimpleNamespace(
        shop=made,
        cast=made.cast,
        form=form,
        old=old,
        ticket=make.case(made, at=AT),
        contract=made.contract,
    )


def a_charge(s):
    """550 yen, proposed, for an option that no form orders."""
    return make.proposed_charge(s.old, supply_on=STARTS, at=AT)


def a_review(s, charge):
    return open_fault_review(
        ticket_id=s.ticket.pk, question="申込のない登録", error_on=dt.date(2025, 11, 21), charge_id=charge.pk,
        registration_id=s.old.pk, actor=s.cast.operator, at=AT,
    )  # fmt: skip


def a_draft(s):
    """The ordered option, keyed in by the registrar, with its evidence."""
    made = register_option(
        contract_id=s.contract.pk, option_code=DISPLAY, ordered_on=ORDERED, starts_on=STARTS, actor=s.shop.registrar,
        at=AT,
    )  # fmt: skip
    return attach_evidence(registration_id=made.pk, evidence_id=s.form.pk, actor=s.shop.registrar, at=AT)


def a_waiver(s, yen=1100, charge=None, actor=None):
    return request_waiver(
        ticket_id=s.ticket.pk, contract_id=s.contract.pk, charge_id=charge.pk if charge else None, amount_yen=yen,
        reason="お詫び", actor=actor or s.cast.operator, at=AT,
    )  # fmt: skip


def propose_raw(s, *, registration, **fields):
    return Charge.objects.create(
        **{
            "contract": s.contract,
            "registration": registration,
            "kind": "option_fee",
            "what": "x",
            "period_from": STARTS,
            "period_until": dt.date(2026, 1, 1),
            "supply_on": STARTS,
            "net_yen": 500,
            "tax_percent": 10,
            "tax_yen": 50,
            "proposed_at": AT,
            **fields,
        }
    )


def a_monthly_fee(s, n=0):
    return propose_charge(
        contract_id=s.contract.pk, kind="contract_fee", what=f"基本料{n}", net_yen=333, period_from=STARTS,
        period_until=dt.date(2026, 1, 1), supply_on=STARTS, at=AT,
    )  # fmt: skip


def three_validated_fees(s):
    for n in range(3):
        validate_charge(charge_id=a_monthly_fee(s, n).pk, at=AT)
