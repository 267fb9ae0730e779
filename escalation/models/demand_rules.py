"""The database rules of a demand for a superior (B1-B5), whoever writes."""

from __future__ import annotations

import pgtrigger
from django.db.models import BaseConstraint, CheckConstraint, F, Q

from escalation.lifecycle import DEMAND, ENDED_DEMAND
from escalation.sql import may_not_answer, promise_fits, promise_outlives, stands_at
from tickets.models.staff import TOP, Tier
from tickets.rules import FirmTrigger, FixedFields, NeverDeleted, Rule

# Internal procedure is no basis (A6): there is no value for it.
BASES = ("contract", "law", "policy")
DECIDED = ("decided", "answered", "answered_in_writing")
ANSWERED = ("answered", "answered_in_writing")
ATTEMPTS_BEFORE_WRITING = 3
# How a call must have gone for something to have been said in it; '' is a call that still runs.
SPOKEN = "k.result IN ('', 'answered', 'transferred', 'callback')"

ENDED = ", ".join(f"'{state}'" for state in ENDED_DEMAND)
BECOMES_ANSWERED = "NEW.status IN ('answered', 'answered_in_writing') AND OLD.status <> NEW.status"


REASONED = Q(decision__in=("yes", "changed", "no"), basis_kind__in=BASES, decided_at__isnull=False)
ANSWERED_BY = Q(answered_by__isnull=False, answered_at__isnull=False, tier_told_at__isnull=False)

# What one row of a demand can show by itself.
DEMAND_CONSTRAINTS: list[BaseConstraint] = [
    CheckConstraint(condition=Q(status__in=DEMAND.states), name="b2_no_state_refuses"),
    CheckConstraint(condition=Q(words__regex=r"\S"), name="b1_the_customers_own_words"),
    CheckConstraint(
        condition=Q(demanded_tier__gte=Tier.LEADER, demanded_tier__lte=TOP), name="b1_a_superior_is_named"
    ),
    CheckConstraint(
        condition=Q(level__gte=F("demanded_tier"), level__lte=TOP), name="b3_never_below_the_tier_named"
    ),
    CheckConstraint(condition=Q(rung=0) | Q(level=TOP), name="b3_deputies_only_at_the_top"),
    CheckConstraint(
        condition=~Q(status__in=("in_review", *DECIDED))
        | Q(accepted_by__isnull=False, accepted_at__isnull=False, accepted_tier__gte=F("demanded_tier")),
        name="b2_accepted_by_someone_of_the_tier",
    ),
    CheckConstraint(condition=Q(basis_kind__in=("", *BASES)), name="a6_demand_basis_is_one"),
    CheckConstraint(
        condition=~Q(status__in=DECIDED) | (REASONED & Q(reasons__regex=r"\S") & Q(basis_ref__regex=r"\S")),
        name="b2_decided_with_reasons_and_basis",
    ),
    CheckConstraint(
        condition=~Q(status__in=DECIDED) | Q(decision="yes") | Q(recourse__regex=r"\S"),
        name="b7_no_names_where_else_to_turn",
    ),
    CheckConstraint(
        condition=~Q(status__in=ANSWERED)
        | (ANSWERED_BY & Q(answered_tier__gte=F("demanded_tier")) & Q(answered_tier__gte=F("level"))),
        name="b2_answered_at_or_above_the_tier_named",
    ),
    CheckConstraint(
        condition=Q(answered_at__isnull=True) | Q(status__in=ANSWERED), name="b2_answer_ends_the_demand"
    ),
    CheckConstraint(
        condition=~Q(status="answered") | Q(answered_contact__isnull=False), name="b2_answered_in_a_call"
    ),
    CheckConstraint(
        condition=~Q(status="answered_in_writing") | Q(letter__isnull=False),
        name="b2_written_answer_has_its_letter",
    ),
    CheckConstraint(
        condition=~Q(status="withdrawn")
        | Q(
            withdrawn_contact__isnull=False,
            withdrawn_at__isnull=False,
            withdrawn_words__regex=r"\S",
        ),
        name="b2_withdrawn_by_the_customers_words",
    ),
]


def demand_triggers() -> list[FirmTrigger]:
    """What needs the row before, or other tables."""
    return [
        *DEMAND.triggers(),
        NeverDeleted(rule="B2", what="a demand for a superior"),
        FixedFields(
            rule="B1",
            name="demand_fixed",
            what="a demand for a superior",
            fields=(
                "ticket", "customer", "contact", "words", "demanded_tier", "demanded_at", "recorded_by", "previous",
                "promise",
            ),
        ),
        *_LADDER_RULES,
        *_DECISION_RULES,
        *_ANSWER_RULES,
        *_PROMISE_RULES,
    ]  # fmt: skip


_LADDER_RULES: list[FirmTrigger] = [
    Rule(
        rule="B3",
        name="demand_never_sinks",
        says="a demand only rises: it cannot go from tier % rung % to tier % rung %",
        details=("OLD.level", "OLD.rung", "NEW.level", "NEW.rung"),
        operation=pgtrigger.Update,
        refuse_if="(NEW.level, NEW.rung) < (OLD.level, OLD.rung)",
    ),
    Rule(
        rule="B3",
        name="rise_is_upward",
        says="giving demand % to somebody again takes a rise",
        details=("NEW.id",),
        operation=pgtrigger.Update,
        # A holder NULL before or after: naming somebody at last, or letting go, is not passing it on.
        refuse_if=(
            "NEW.status = 'assigned' AND OLD.status IN ('assigned', 'in_review') AND OLD.holder_id IS NOT NULL "
            "AND NEW.holder_id IS NOT NULL AND NEW.holder_id <> OLD.holder_id "
            "AND (NEW.level, NEW.rung) <= (OLD.level, OLD.rung)"
        ),
    ),
    Rule(
        rule="B3",
        name="passing_is_on_record",
        says="demand % moves on the ladder only with a passage on record",
        details=("NEW.id",),
        operation=pgtrigger.Update,
        timing=pgtrigger.Deferred,
        refuse_if=(
            "(NEW.level, NEW.rung, NEW.holder_id) IS DISTINCT FROM (OLD.level, OLD.rung, OLD.holder_id) "
            "AND NOT EXISTS (SELECT 1 FROM escalation_demandpassage p WHERE p.demand_id = NEW.id "
            "AND p.to_level = NEW.level AND p.to_rung = NEW.rung "
            "AND p.to_holder_id IS NOT DISTINCT FROM NEW.holder_id)"
        ),
    ),
    Rule(
        rule="B3",
        name="demand_due_moves_on_record",
        says="the due time of demand % moves only with a passage or a recorded attempt",
        details=("NEW.id",),
        operation=pgtrigger.Update,
        timing=pgtrigger.Deferred,
        refuse_if=(
            "NEW.due_at IS DISTINCT FROM OLD.due_at AND NOT EXISTS (SELECT 1 FROM escalation_demandpassage p "
            "WHERE p.demand_id = NEW.id AND p.new_due_at = NEW.due_at) AND NOT EXISTS (SELECT 1 FROM "
            "escalation_demandattempt t WHERE t.demand_id = NEW.id AND t.next_due_at = NEW.due_at)"
        ),
    ),
]


_DECISION_RULES: list[FirmTrigger] = [
    Rule(
        rule="B2",
        name="accepted_by_the_tier",
        says="accepting demand % takes tier % or a delegation to it that is valid now",
        details=("NEW.id", "NEW.level"),
        refuse_if=(
            "NEW.accepted_by_id IS NOT NULL AND (TG_OP = 'INSERT' OR "
            "(NEW.accepted_by_id, NEW.accepted_at) IS DISTINCT FROM (OLD.accepted_by_id, OLD.accepted_at)) "
            "AND NOT (NEW.accepted_tier <= NEW.level AND "
            + stands_at("NEW.accepted_by_id", "NEW.level", "NEW.accepted_at", "NEW.accepted_delegation_id")
            + ")"
        ),
    ),
    Rule(
        rule="B2",
        name="acceptor_is_fresh",
        says="demand % is not for someone who answered before or whom the complaint is about",
        details=("NEW.id",),
        refuse_if=f"NEW.accepted_by_id IS NOT NULL AND NEW.status = 'in_review' "
        f"AND {may_not_answer('NEW.accepted_by_id')}",
    ),
    FixedFields(
        rule="B2",
        name="decision_fixed",
        what="a decision",
        fields=("decided_at",),
        once_set=True,
    ),
    Rule(
        rule="B2",
        name="decision_text_fixed",
        says="a decision is not edited once it is made",
        operation=pgtrigger.Update,
        refuse_if=(
            "OLD.decided_at IS NOT NULL AND (NEW.decision, NEW.reasons, NEW.basis_kind, NEW.basis_ref, "
            "NEW.remedies, NEW.recourse) IS DISTINCT FROM (OLD.decision, OLD.reasons, OLD.basis_kind, "
            "OLD.basis_ref, OLD.remedies, OLD.recourse)"
        ),
    ),
    Rule(
        rule="B2",
        name="ended_demand_fixed",
        says="a demand that has ended is not changed",
        operation=pgtrigger.Update,
        condition=pgtrigger.Condition(f"OLD.status IN ({ENDED})"),
        refuse_if="NEW IS DISTINCT FROM OLD",
    ),
]


# Whether the answerer took part in the contact k.
SPOKE = (
    "(k.operator_id = NEW.answered_by_id OR EXISTS (SELECT 1 FROM tickets_contactleg g "
    "WHERE g.contact_id = k.id AND g.staff_id = NEW.answered_by_id))"
)
_ANSWER_RULES: list[FirmTrigger] = [
    Rule(
        rule="B2",
        name="answered_by_the_tier",
        says="an answer to demand % takes tier %, or a delegation to it that is valid at that moment",
        details=("NEW.id", "greatest(NEW.level, NEW.demanded_tier)"),
        operation=pgtrigger.Update,
        refuse_if=f"{BECOMES_ANSWERED} AND NOT "
        + stands_at(
            "NEW.answered_by_id", "NEW.answered_tier", "NEW.answered_at", "NEW.answered_delegation_id"
        ),
    ),
    Rule(
        rule="B2",
        name="answerer_is_fresh",
        says="demand % cannot be answered by someone who answered before or whom the complaint is about",
        details=("NEW.id",),
        operation=pgtrigger.Update,
        refuse_if=f"{BECOMES_ANSWERED} AND {may_not_answer('NEW.answered_by_id')}",
    ),
    Rule(
        rule="B2",
        name="answered_by_voice",
        says="demand % is answered in a conversation that the answerer had with this customer",
        details=("NEW.id",),
        operation=pgtrigger.Update,
        refuse_if=(
            "NEW.status = 'answered' AND OLD.status <> 'answered' AND NOT EXISTS (SELECT 1 FROM "
            "tickets_contact k WHERE k.id = NEW.answered_contact_id AND k.customer_id = NEW.customer_id "
            f"AND k.channel IN ('phone', 'visit') AND {SPOKEN} "
            f"AND (k.ended_at IS NULL OR k.ended_at >= NEW.demanded_at) AND {SPOKE})"
        ),
    ),
    Rule(
        rule="B2",
        name="writing_needs_three_days",
        says="demand % is answered in writing only after % failed attempts on different desk days",
        details=("NEW.id", str(ATTEMPTS_BEFORE_WRITING)),
        operation=pgtrigger.Update,
        refuse_if=(
            "NEW.status = 'answered_in_writing' AND OLD.status <> 'answered_in_writing' AND "
            "(SELECT count(DISTINCT t.desk_day) FROM escalation_demandattempt t "
            f"WHERE t.demand_id = NEW.id) < {ATTEMPTS_BEFORE_WRITING}"
        ),
    ),
    Rule(
        rule="B2",
        name="letter_is_on_its_way",
        says="the written answer to demand % is a mail or letter to this customer in the outbox",
        details=("NEW.id",),
        operation=pgtrigger.Update,
        refuse_if=(
            "NEW.status = 'answered_in_writing' AND NOT EXISTS (SELECT 1 FROM tickets_outboxmessage m "
            "WHERE m.id = NEW.letter_id AND m.customer_id = NEW.customer_id AND m.channel = 'mail')"
        ),
    ),
    Rule(
        rule="B2",
        name="withdrawn_by_this_customer",
        says="demand % is withdrawn only by its own customer, in a contact with us",
        details=("NEW.id",),
        operation=pgtrigger.Update,
        refuse_if=(
            "NEW.status = 'withdrawn' AND NOT EXISTS (SELECT 1 FROM tickets_contact k WHERE "
            "k.id = NEW.withdrawn_contact_id AND k.customer_id = NEW.customer_id AND "
            f"({SPOKEN} OR (k.direction = 'in' AND k.result = 'received')))"
        ),
    ),
]


_PROMISE_RULES: list[FirmTrigger] = [
    promise_fits(rule="B2", name="demand", what="a demand for a superior", kind="superior_answer"),
    promise_outlives(rule="B2", name="demand", what="demand", ended=ENDED_DEMAND),
    Rule(
        rule="B1",
        name="demand_of_this_customer",
        says="a demand is made by the customer of the ticket, in a contact with them",
        operation=pgtrigger.Insert,
        refuse_if=(
            "NEW.customer_id <> (SELECT t.customer_id FROM tickets_ticket t WHERE t.id = NEW.ticket_id) "
            "OR NEW.customer_id <> (SELECT k.customer_id FROM tickets_contact k WHERE k.id = NEW.contact_id)"
        ),
    ),
]
