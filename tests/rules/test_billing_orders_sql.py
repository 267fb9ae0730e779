"""Somebody in a hurry, with a database prompt: what C2, C3, C4 and C10 refuse, whoever writes.

Every attempt is run with the deferred rules asked at once, as a commit would ask them.
"""

import datetime as dt

import pytest
from django.db import IntegrityError, connection, transaction

from billing.services.registrations import (
    activate_registration,
    attach_evidence,
    notify_registration,
    register_option,
    verify_registration,
)
from tests.factories import billing as make
from tests.factories.billing import DISPLAY, FORWARDING, WAITING, fresh
from tests.rules.billing_attempts import (
    AT,
    ORDERED,
    STARTS,
    a_charge,
    a_draft,
    a_review,
    propose_raw,
    refused,
    run,
    world,
)
from tickets.dates import jst

pytestmark = pytest.mark.django_db
EVIDENCE = (
    "INSERT INTO billing_orderevidence (contract_id, kind, ordered_on, received_at, received_by_id, form_version, "
    "reference, image, is_customers_copy, fields) VALUES (%s, %s, '2025-11-20', now(), %s, '', 'x', '', false, "
    '\'{"options": {"call-forwarding": true}}\')'
)


@pytest.fixture
def s():
    return world()


@pytest.fixture
def charge(s):
    return a_charge(s)


@pytest.fixture
def review(s, charge):
    return a_review(s, charge)


@pytest.fixture
def draft(s):
    return a_draft(s)


# -- C2, C3: evidence, comparison ----------------------------------------------------------------------------------


@pytest.mark.requirement("C3")
@pytest.mark.parametrize("kind", ["notice", "tacit", "silence"])
def test_no_tacit_consent(s, kind):
    said = refused("C3", EVIDENCE, s.contract.pk, kind, s.cast.leader.pk)
    assert "received is not consent" in said


@pytest.mark.requirement("C3")
def test_a_notice_has_nowhere_to_say_that_it_was_received_or_agreed_to():
    with connection.cursor() as cursor:
        columns = {
            column.name for column in connection.introspection.get_table_description(cursor, "billing_notice")
        }
    assert not columns & {"received_at", "received_on", "agreed_at", "consent", "consented_at"}


@pytest.mark.requirement("C2")
def test_evidence_is_not_rewritten(s):
    refused("C2", "UPDATE billing_orderevidence SET fields = '{\"options\": {}}' WHERE id = %s", s.form.pk)
    refused("C2", "DELETE FROM billing_orderevidence WHERE id = %s", s.form.pk)


@pytest.mark.requirement("C2")
def test_the_verifier_is_not_the_registrar(s, draft):
    refused(
        "C2",
        "UPDATE billing_optionregistration SET verifier_id = %s WHERE id = %s",
        s.shop.registrar.pk,
        draft.pk,
    )


@pytest.mark.requirement("C2")
@pytest.mark.parametrize("status", ["verified", "notified", "active"])
def test_no_status_is_jumped_to(s, draft, status):
    refused("C2", "UPDATE billing_optionregistration SET status = %s WHERE id = %s", status, draft.pk)


@pytest.mark.requirement("C2")
def test_verified_without_a_comparison(s, draft):
    said = refused(
        "C2",
        "UPDATE billing_optionregistration SET status = 'verified', verifier_id = %s WHERE id = %s",
        s.cast.operator.pk,
        draft.pk,
    )
    assert "not been compared" in said


@pytest.mark.requirement("C2")
def test_a_mismatch_blocks_activation(s, draft):
    """The register also has call forwarding, which this form does not order."""
    comparison = verify_registration(registration_id=draft.pk, actor=s.cast.operator, at=AT)
    assert comparison.rows.filter(matches=False, field=FORWARDING).exists()
    assert fresh(draft).status == "draft"
    run("UPDATE billing_optionregistration SET status = 'evidenced' WHERE id = %s", draft.pk)
    refused(
        "C2",
        "UPDATE billing_optionregistration SET status = 'verified', verifier_id = %s WHERE id = %s",
        s.cast.operator.pk,
        draft.pk,
    )


@pytest.mark.requirement("C2")
def test_a_comparison_that_claims_what_neither_says(s, draft):
    run(
        "INSERT INTO billing_registrationcomparison (registration_id, evidence_id, at) VALUES (%s, %s, now())",
        s.old.pk,
        s.form.pk,
    )
    refused(
        "C2",
        "INSERT INTO billing_comparisonrow (comparison_id, field, form_value, register_value) "
        "SELECT max(id), %s, 'yes', 'yes' FROM billing_registrationcomparison",
        FORWARDING,
    )


@pytest.mark.requirement("C2")
def test_only_an_imported_row_begins_active(s):
    refused(
        "C2",
        "INSERT INTO billing_optionregistration (contract_id, option_id, evidence_id, origin, legacy_ref, "
        "registered_by_id, registered_at, batch, form_version, ordered_on, starts_on, status, void_reason) "
        "VALUES (%s, %s, %s, 'desk', '', %s, now(), '', '', '2025-11-20', '2025-12-01', 'active', '')",
        s.contract.pk,
        s.shop.options[DISPLAY].pk,
        s.form.pk,
        s.shop.registrar.pk,
    )


@pytest.mark.requirement("C2")
def test_the_option_of_a_registration_is_not_swapped(s):
    refused(
        "C2",
        "UPDATE billing_optionregistration SET option_id = %s WHERE id = %s",
        s.shop.options[DISPLAY].pk,
        s.old.pk,
    )


# -- C4, C10: no evidence, no delivery, no charge ------------------------------------------------------------------


@pytest.mark.requirement("C4")
def test_no_evidence_no_charge(charge):
    said = refused("C4", "UPDATE billing_charge SET status = 'validated' WHERE id = %s", charge.pk)
    assert "no evidence" in said


@pytest.mark.requirement("C4")
def test_no_option_charge_without_a_registration(s):
    with pytest.raises(IntegrityError, match="c4_option_charge_has_registration"), transaction.atomic():
        propose_raw(s, registration=None)


@pytest.mark.requirement("C4")
@pytest.mark.parametrize("status", ["validated", "billed", "settled"])
def test_no_charge_of_this_system_is_born_billed(s, status):
    with pytest.raises(IntegrityError, match=r"C[45]"), transaction.atomic():
        propose_raw(s, registration=s.old, status=status, billed_at=AT, settled_at=AT)


@pytest.mark.requirement("C4")
def test_an_imported_registration_without_evidence_is_never_billed(s):
    other, _line = make.phone_contract(s.shop.customer, s.cast)
    bare = make.old_registration(
        s.shop, WAITING, ordered_on=ORDERED, starts_on=STARTS, registered_at=AT, contract=other
    )
    proposed = make.proposed_charge(bare, supply_on=STARTS, at=AT)
    refused("C4", "UPDATE billing_charge SET status = 'validated' WHERE id = %s", proposed.pk)


@pytest.mark.requirement("C10")
def test_not_charged_before_delivery(s):
    other, _line = make.phone_contract(s.shop.customer, s.cast)
    form = make.form(s.shop, ticked=(DISPLAY,), ordered_on=ORDERED, at=AT, contract=other)
    made = register_option(
        contract_id=other.pk,
        option_code=DISPLAY,
        ordered_on=ORDERED,
        starts_on=STARTS,
        actor=s.shop.registrar,
        at=AT,
    )
    attach_evidence(registration_id=made.pk, evidence_id=form.pk, actor=s.shop.registrar, at=AT)
    verify_registration(registration_id=made.pk, actor=s.cast.operator, at=AT)
    notify_registration(registration_id=made.pk, at=AT)
    activate_registration(registration_id=made.pk, at=AT)
    early = make.proposed_charge(fresh(made), supply_on=STARTS, at=AT)
    refused("C10", "UPDATE billing_charge SET status = 'validated' WHERE id = %s", early.pk)
    refused("C6", "UPDATE billing_optionregistration SET billable_from = starts_on WHERE id = %s", made.pk)
    refused(
        "C10",
        "UPDATE billing_optionregistration SET delivered_at = %s, billable_from = '2025-12-10' WHERE id = %s",
        jst(2025, 12, 10, 9, 0),
        made.pk,
    )


@pytest.mark.requirement("C4")
def test_a_bill_of_the_old_system_without_an_order_is_not_demanded(s):
    """Calling a row imported gains nobody anything."""
    bill = make.old_charge(s.old, status="billed", supply_on=STARTS, at=AT)
    said = refused("C4", "UPDATE billing_charge SET demand_open = true WHERE id = %s", bill.pk)
    assert "not demanded" in said


@pytest.mark.requirement("C4")
def test_no_monthly_fee_for_days_outside_the_contract(s):
    with pytest.raises(IntegrityError, match="C4: a monthly fee"), transaction.atomic():
        propose_raw(s, registration=None, kind="contract_fee", period_from=dt.date(2010, 3, 1))
