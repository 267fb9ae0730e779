"""Pieces of SQL that several database rules of this app share."""

from __future__ import annotations

import pgtrigger

from tickets.rules import Rule


def stands_at(staff: str, tier: str, at: str, delegation: str) -> str:
    """Whether `staff` stands at `tier` at `at`: by their own rank, or by the delegation named, valid then."""
    return (
        f"(CASE WHEN {delegation} IS NULL "
        f"THEN (SELECT s.tier FROM tickets_staff s WHERE s.id = {staff}) >= {tier} "
        f"ELSE EXISTS (SELECT 1 FROM escalation_delegation d WHERE d.id = {delegation} "
        f"AND d.delegate_id = {staff} AND d.acting_tier >= {tier} AND d.during @> {at}) END)"
    )


def may_not_answer(staff: str) -> str:
    """Whether `staff` is in conflict on NEW, a demand, or answered one of those that it follows (B2)."""
    return (
        f"(EXISTS (SELECT 1 FROM escalation_demandconflict c WHERE c.demand_id = NEW.id AND c.staff_id = {staff}) "
        "OR EXISTS (WITH RECURSIVE chain AS ("
        "SELECT d.id, d.previous_id, d.answered_by_id FROM escalation_demand d WHERE d.id = NEW.previous_id "
        "UNION ALL SELECT d.id, d.previous_id, d.answered_by_id FROM escalation_demand d "
        f"JOIN chain ON d.id = chain.previous_id) SELECT 1 FROM chain WHERE answered_by_id = {staff}))"
    )


def promise_outlives(*, rule: str, name: str, what: str, ended: tuple[str, ...]) -> Rule:
    """At commit, a row that has ended has no open promise: the two die together."""
    states = ", ".join(f"'{state}'" for state in ended)
    return Rule(
        rule=rule,
        name=f"{name}_promise_ends_too",
        says=f"{what} % has ended but its promise is still open",
        details=("NEW.id",),
        operation=pgtrigger.Update,
        timing=pgtrigger.Deferred,
        refuse_if=(
            f"NEW.status IN ({states}) AND EXISTS (SELECT 1 FROM tickets_promise p "
            "WHERE p.id = NEW.promise_id AND p.status = 'open')"
        ),
    )


def promise_fits(*, rule: str, name: str, what: str, kind: str) -> Rule:
    """A row is born with an open promise of its kind on the same ticket."""
    return Rule(
        rule=rule,
        name=f"{name}_promise_fits",
        says=f"{what} is recorded together with an open promise of kind {kind} on its ticket",
        operation=pgtrigger.Insert,
        refuse_if=(
            "NOT EXISTS (SELECT 1 FROM tickets_promise p WHERE p.id = NEW.promise_id AND p.status = 'open' "
            f"AND p.kind = '{kind}' AND p.ticket_id = NEW.ticket_id)"
        ),
    )


def promise_bound(*, rule: str, name: str, what: str, kind: str, table: str, ended: tuple[str, ...]) -> Rule:
    """On the promise table: it cannot end while the row it belongs to is open."""
    states = ", ".join(f"'{state}'" for state in ended)
    return Rule(
        rule=rule,
        name=f"{name}_binds_promise",
        says=f"the promise of {what} ends only with it, and stays on its ticket",
        operation=pgtrigger.Update,
        condition=pgtrigger.Condition(f"OLD.status = 'open' AND NEW.kind = '{kind}'"),
        refuse_if=(
            # Nor does it move to another ticket without what it belongs to.
            "(NEW.status <> 'open' OR NEW.ticket_id <> OLD.ticket_id) AND "
            f"EXISTS (SELECT 1 FROM {table} x WHERE x.promise_id = NEW.id AND x.status NOT IN ({states}))"
        ),
    )


def promise_has_row(*, rule: str, name: str, what: str, kind: str, table: str) -> Rule:
    """On the promise table: at commit, a promise of this kind belongs to a row."""
    return Rule(
        rule=rule,
        name=f"{name}_promise_has_row",
        says=f"a promise of kind {kind} belongs to {what}",
        operation=pgtrigger.Insert,
        timing=pgtrigger.Deferred,
        refuse_if=(
            f"NEW.kind = '{kind}' AND NOT EXISTS (SELECT 1 FROM {table} x WHERE x.promise_id = NEW.id)"
        ),
    )
