"""The database rules of instructions and objections (B8, B9)."""

from __future__ import annotations

import pgtrigger

from escalation.lifecycle import INSTRUCTION, OBJECTION
from escalation.sql import promise_fits, promise_outlives, stands_at
from tickets.models.staff import TOP
from tickets.rules import AppendOnly, FirmTrigger, FixedFields, NeverDeleted, Rule


def instruction_triggers() -> list[FirmTrigger]:
    """Immutable but for where it stands."""
    return [
        *INSTRUCTION.triggers(),
        NeverDeleted(rule="B8", what="an instruction"),
        FixedFields(
            rule="B8",
            name="instruction_fixed",
            what="an instruction",
            fields=(
                "customer", "issuer", "issuer_tier", "recipient", "recorded_by", "issued_at", "channel", "text",
                "adverse", "basis_kind", "basis_ref", "charge_ref", "replaces",
            ),
        ),
        Rule(
            rule="B8",
            name="issuer_is_above",
            says="an instruction comes from a leader or above, at the rank they hold",
            operation=pgtrigger.Insert,
            refuse_if=(
                "NEW.issuer_tier < 2 OR (SELECT s.tier FROM tickets_staff s WHERE s.id = NEW.issuer_id) "
                "<> NEW.issuer_tier"
            ),
        ),
        Rule(
            rule="B9",
            name="released_only_by_decision",
            says="a suspended instruction is upheld or falls only with the decision on its objection",
            operation=pgtrigger.Update,
            refuse_if=(
                "NEW.status IN ('upheld', 'acknowledged') AND EXISTS (SELECT 1 FROM escalation_objection o "
                "WHERE o.instruction_id = NEW.id AND o.status = 'open')"
            ),
        ),
    ]  # fmt: skip


def execution_triggers() -> list[FirmTrigger]:
    """What may be carried out."""
    return [
        AppendOnly(rule="B8", what="the execution of an instruction"),
        Rule(
            rule="B8",
            name="only_what_stands_is_executed",
            says="instruction % (% by %) cannot be executed",
            details=("NEW.instruction_id", "stands.status", "stands.channel"),
            operation=pgtrigger.Insert,
            declare=[("stands", "record")],
            # FOR UPDATE waits for an objection that is just being raised.
            before_asking=(
                "SELECT i.status, i.channel INTO stands FROM escalation_instruction i "
                "WHERE i.id = NEW.instruction_id FOR UPDATE;"
            ),
            refuse_if=(
                "stands.channel <> 'record' OR stands.status NOT IN ('acknowledged', 'upheld') OR EXISTS ("
                "SELECT 1 FROM escalation_objection o WHERE o.instruction_id = NEW.instruction_id "
                "AND o.status = 'open')"
            ),
        ),
    ]


DECIDED = "NEW.status IN ('sustained', 'overruled') AND OLD.status = 'open'"

# It suspends at once, and is decided above the issuer.
OBJECTION_TRIGGERS: list[FirmTrigger] = [
    *OBJECTION.triggers(),
    NeverDeleted(rule="B9", what="an objection"),
    FixedFields(
        rule="B9",
        name="objection_fixed",
        what="an objection",
        fields=("instruction", "reasons", "raised_at", "promise"),
    ),
    promise_fits(rule="B9", name="objection", what="an objection", kind="objection_decision"),
    promise_outlives(
        rule="B9", name="objection", what="objection", ended=("sustained", "overruled", "taken_back")
    ),
    Rule(
        rule="B9",
        name="objection_suspends",
        says="while objection % is open its instruction is suspended",
        details=("NEW.id",),
        timing=pgtrigger.Deferred,
        refuse_if=(
            "EXISTS (SELECT 1 FROM escalation_objection o JOIN escalation_instruction i "
            "ON i.id = o.instruction_id WHERE o.id = NEW.id AND o.status = 'open' "
            "AND i.status <> 'suspended')"
        ),
    ),
    Rule(
        rule="B9",
        name="objection_has_an_author",
        says="an objection has exactly one author, kept apart from it",
        operation=pgtrigger.Insert,
        timing=pgtrigger.Deferred,
        refuse_if=("NOT EXISTS (SELECT 1 FROM escalation_objectionauthor a WHERE a.objection_id = NEW.id)"),
    ),
    Rule(
        rule="B9",
        name="decided_above_the_issuer",
        says="an objection is decided by someone above the issuer, at the top by another of that tier",
        operation=pgtrigger.Update,
        declare=[("issuer", "record")],
        before_asking=(
            "SELECT i.issuer_id AS id, i.issuer_tier AS tier INTO issuer FROM escalation_instruction i "
            "WHERE i.id = NEW.instruction_id;"
        ),
        refuse_if=(
            f"{DECIDED} AND (NEW.decided_by_id = issuer.id OR NEW.decider_tier < least(issuer.tier + 1, "
            f"{int(TOP)}) OR NOT "
            + stands_at(
                "NEW.decided_by_id", "NEW.decider_tier", "NEW.decided_at", "NEW.decided_delegation_id"
            )
            + ")"
        ),
    ),
    Rule(
        rule="B9",
        name="not_by_its_author",
        says="nobody decides their own objection",
        operation=pgtrigger.Update,
        refuse_if=(
            f"{DECIDED} AND EXISTS (SELECT 1 FROM escalation_objectionauthor a "
            "WHERE a.objection_id = NEW.id AND a.staff_id = NEW.decided_by_id)"
        ),
    ),
]
