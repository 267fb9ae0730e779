"""The database's rules on waivers: who may decide, up to how much, and never oneself (C7, A8)."""

from __future__ import annotations

import pgtrigger
from django.utils.translation import gettext_noop

from billing.models.fault_rules import acting
from tickets.rules import Rule

DECIDES = "NEW.status IN ('seconding', 'approved', 'declined') AND NEW.status IS DISTINCT FROM OLD.status"
DAY = "(NEW.decided_at AT TIME ZONE 'Asia/Tokyo')::date"

# The limit of the decider's tier on the day of deciding. The customer's row is locked first, so two approvals for one
# customer are counted one after the other: without it both would fit under the yearly limit at once.
LIMIT = (
    f"IF ({DECIDES}) AND NEW.status <> 'seconding' THEN "
    "PERFORM 1 FROM tickets_customer c WHERE c.id = NEW.customer_id FOR NO KEY UPDATE; "
    "SELECT l.allowed, l.limit_yen, l.yearly_limit_yen, l.two_person_over_yen INTO allowed, most, yearly, two_over "
    "FROM escalation_authoritylimit l WHERE l.decision = 'goodwill' AND l.tier = GREATEST("
    f"{acting('NEW.decided_by_id', 'NEW.decided_at')}, {acting('NEW.first_by_id', 'NEW.decided_at')}) "
    f"AND l.during @> {DAY}; "
    "SELECT COALESCE(sum(w.amount_yen), 0) INTO on_ticket FROM billing_waiver w "
    "WHERE w.ticket_id = NEW.ticket_id AND w.status = 'approved' AND w.id <> NEW.id; "
    "SELECT COALESCE(sum(w.amount_yen), 0) INTO in_year FROM billing_waiver w "
    "WHERE w.customer_id = NEW.customer_id AND w.status = 'approved' AND w.id <> NEW.id "
    "AND w.decided_at > NEW.decided_at - interval '1 year'; END IF;"
)
LIMIT_VARIABLES = [
    ("allowed", "boolean"),
    ("most", "bigint"),
    ("yearly", "bigint"),
    ("two_over", "bigint"),
    ("on_ticket", "bigint"),
    ("in_year", "bigint"),
]

RULES = [
    Rule(
        rule="C7",
        name="never_by_registrar_or_author",
        says=gettext_noop(
            "neither the registrar of the charge nor the author of the disputed answer decides a waiver"
        ),
        refuse_if=(
            f"{DECIDES} AND (EXISTS (SELECT 1 FROM billing_charge c JOIN billing_optionregistration r "
            "ON r.id = c.registration_id WHERE c.id = NEW.charge_id "
            "AND r.registered_by_id IN (NEW.decided_by_id, NEW.first_by_id)) OR EXISTS (SELECT 1 "
            "FROM billing_disputedanswer d WHERE d.ticket_id IN (NEW.ticket_id, "
            "(SELECT p.ticket_id FROM tickets_promise p WHERE p.id = NEW.promise_id)) AND d.author_id IN (NEW.decided_by_id, NEW.first_by_id)) OR EXISTS (SELECT 1 FROM "
            "escalation_instruction i WHERE i.charge_ref = NEW.charge_id "
            "AND i.issuer_id IN (NEW.decided_by_id, NEW.first_by_id)))"
        ),
    ),
    Rule(
        rule="C7",
        name="within_the_limit",
        says="% yen is over what this person may decide alone on a ticket or for a customer in a year (% and %)",
        details=["NEW.amount_yen", "COALESCE(most::text, '-')", "COALESCE(yearly::text, '-')"],
        declare=LIMIT_VARIABLES,
        before_asking=LIMIT,
        refuse_if=(
            f"{DECIDES} AND NEW.status <> 'seconding' AND (COALESCE(allowed, false) IS NOT TRUE "
            "OR NEW.amount_yen + on_ticket > most "
            "OR (NEW.status = 'approved' AND NEW.amount_yen + in_year > yearly) "
            "OR (NEW.status = 'approved' AND NEW.amount_yen + on_ticket > two_over AND NEW.first_by_id IS NULL))"
        ),
    ),
    Rule(
        rule="C7",
        name="two_of_sv_or_above",
        says=gettext_noop("where two approve, both are SV or above"),
        refuse_if=(
            "NEW.status = 'approved' AND NEW.first_by_id IS NOT NULL AND (SELECT min(s.tier) FROM tickets_staff s "
            "WHERE s.id IN (NEW.first_by_id, NEW.decided_by_id)) < 3"
        ),
    ),
    Rule(
        rule="C7",
        name="waives_what_stands",
        says=gettext_noop("there is nothing to waive: the charge has fallen, or is less than the waiver"),
        refuse_if=(
            "NEW.status IN ('requested', 'seconding', 'approved') AND NEW.status IS DISTINCT FROM OLD.status "
            "AND EXISTS (SELECT 1 FROM billing_charge c WHERE c.id = NEW.charge_id "
            "AND (c.status IN ('voided', 'credited') OR c.net_yen + c.tax_yen < NEW.amount_yen))"
        ),
    ),
    Rule(
        rule="C7",
        name="only_rises",
        says=gettext_noop("a waiver is passed up, never down"),
        refuse_if="NEW.tier < OLD.tier",
        operation=pgtrigger.Update,
    ),
    Rule(
        rule="C7",
        name="waiver_where_its_promise_is",
        says=gettext_noop("a waiver and the promise to decide it stand at one tier"),
        timing=pgtrigger.Deferred,
        refuse_if=(
            "EXISTS (SELECT 1 FROM billing_waiver w JOIN tickets_promise p ON p.id = w.promise_id "
            "WHERE w.id = NEW.id AND p.status = 'open' AND p.tier <> w.tier)"
        ),
    ),
    Rule(
        rule="C7",
        name="decided_waiver_is_owed",
        says=gettext_noop("a waiver stands on a ticket of its customer, and its decision is owed there"),
        refuse_if=(
            "NOT EXISTS (SELECT 1 FROM tickets_promise p JOIN tickets_ticket t ON t.id = p.ticket_id "
            "WHERE p.id = NEW.promise_id AND p.kind = 'waiver_decision' AND p.ticket_id = NEW.ticket_id "
            "AND t.customer_id = NEW.customer_id) OR NEW.customer_id <> "
            "(SELECT k.customer_id FROM billing_contract k WHERE k.id = NEW.contract_id) OR (NEW.charge_id IS NOT NULL "
            "AND NEW.contract_id <> (SELECT c.contract_id FROM billing_charge c WHERE c.id = NEW.charge_id))"
        ),
        operation=pgtrigger.Insert,
    ),
]
