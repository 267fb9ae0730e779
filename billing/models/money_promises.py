"""Rules of the money half on tables of the floors below, declared on proxies (C5, C7, C8, C9)."""

from __future__ import annotations

from typing import Any, ClassVar

import pgtrigger
from django.utils.translation import gettext_noop

from escalation.models import InstructionExecution
from escalation.sql import promise_bound
from tickets.models import Promise
from tickets.rules import Rule

KEPT = pgtrigger.Condition("OLD.status = 'open' AND NEW.status = 'kept'")
CHARGE = "{column} FROM billing_charge c JOIN escalation_instruction i ON i.charge_ref = c.id WHERE i.id = NEW.instruction_id"
VOIDED = pgtrigger.Condition("OLD.status = 'open' AND NEW.status = 'void'")


class MoneyPromise(Promise):
    """The promise table as billing's rules see it; no columns of its own."""

    class Meta:
        proxy = True
        triggers: ClassVar[list[Any]] = [
            promise_bound(
                rule="C5",
                name="review",
                what="a fault decision",
                kind="fault_decision",
                table="billing_faultreview",
                ended=("company", "carrier", "customer", "third"),
            ),
            promise_bound(
                rule="C7",
                name="waiver",
                what="a waiver decision",
                kind="waiver_decision",
                table="billing_waiver",
                ended=("approved", "declined", "withdrawn"),
            ),
            Rule(
                rule="C7",
                name="promise_where_its_waiver_is",
                says=gettext_noop("a waiver and the promise to decide it stand at one tier"),
                operation=pgtrigger.UpdateOf("tier"),
                timing=pgtrigger.Deferred,
                condition=pgtrigger.Condition("NEW.kind = 'waiver_decision'"),
                refuse_if=(
                    "EXISTS (SELECT 1 FROM billing_waiver w JOIN tickets_promise p ON p.id = w.promise_id "
                    "WHERE p.id = NEW.id AND p.status = 'open' AND p.tier <> w.tier)"
                ),
            ),
            Rule(
                rule="C9",
                name="report_kept_when_sent",
                says=gettext_noop("the error report is kept by sending it to the company concerned"),
                condition=KEPT,
                operation=pgtrigger.Update,
                refuse_if=(
                    "NEW.kind = 'partner_report' AND NOT EXISTS (SELECT 1 FROM billing_errorreport e "
                    "WHERE e.promise_id = NEW.id AND e.status = 'sent')"
                ),
            ),
            Rule(
                rule="C9",
                name="sweep_kept_when_finished",
                says=gettext_noop("the sweep is kept by finishing it"),
                condition=KEPT,
                operation=pgtrigger.Update,
                refuse_if=(
                    "NEW.kind = 'sweep' AND NOT EXISTS (SELECT 1 FROM billing_sweep s "
                    "WHERE s.promise_id = NEW.id AND s.status = 'finished')"
                ),
            ),
            Rule(
                rule="C9",
                name="error_stays_owed",
                says=gettext_noop("while the verdict stands its report and sweep are owed"),
                condition=VOIDED,
                operation=pgtrigger.Update,
                refuse_if=(
                    "NEW.kind IN ('partner_report', 'sweep') AND EXISTS (SELECT 1 FROM billing_faultreview r "
                    "WHERE r.status IN ('company', 'carrier') AND (r.id IN (SELECT e.review_id FROM "
                    "billing_errorreport e WHERE e.promise_id = NEW.id) OR r.id IN (SELECT s.review_id "
                    "FROM billing_sweep s WHERE s.promise_id = NEW.id)))"
                ),
            ),
            Rule(
                rule="C5",
                name="no_demand_by_telephone",
                says=gettext_noop(
                    "the customer is not called to pay while the fault is open, the company's or the carrier's"
                ),
                condition=KEPT,
                operation=pgtrigger.Update,
                refuse_if=(
                    "NEW.kind = 'charge_call' AND EXISTS (SELECT 1 FROM billing_chargecall b "
                    "JOIN billing_charge c ON c.id = b.charge_id WHERE b.promise_id = NEW.id "
                    "AND c.fault IN ('company', 'carrier', 'undetermined'))"
                ),
            ),
            Rule(
                rule="C8",
                name="charge_call_names_its_charge",
                says=gettext_noop(
                    "a call about a charge names the charge, so that it is void when the charge falls"
                ),
                operation=pgtrigger.Insert,
                timing=pgtrigger.Deferred,
                refuse_if=(
                    "NEW.kind = 'charge_call' AND NOT EXISTS (SELECT 1 FROM billing_chargecall b "
                    "WHERE b.promise_id = NEW.id)"
                ),
            ),
            Rule(
                rule="C8",
                name="apology_for_a_call_is_not_void",
                says=gettext_noop("an apology that takes the place of a call to collect is given, not void"),
                condition=VOIDED,
                operation=pgtrigger.Update,
                refuse_if=(
                    "NEW.kind = 'apology' AND EXISTS (SELECT 1 FROM billing_chargecall b WHERE b.apology_id = NEW.id)"
                ),
            ),
        ]


class MoneyInstructionExecution(InstructionExecution):
    """The executions of instructions as billing's rule sees them; no columns of its own (C5, B8)."""

    class Meta:
        proxy = True
        triggers: ClassVar[list[Any]] = [
            Rule(
                rule="C5",
                name="order_to_collect_is_not_executed",
                says=gettext_noop(
                    "this instruction is about a charge that cannot be demanded: it is not carried out"
                ),
                operation=pgtrigger.Insert,
                refuse_if=(
                    f"EXISTS (SELECT {CHARGE.format(column='1')} AND (c.fault IN ('company', 'carrier', "
                    "'undetermined') OR c.status IN ('voided', 'credited')))"
                ),
            )
        ]
