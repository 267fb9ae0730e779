"""The database rules of the roster (B3): no minute without people, no change of what is published."""

from __future__ import annotations

import pgtrigger

from tickets.rules import FirmTrigger, Rule, refusal

# Declared in each trigger that looks for a gap.
GAP = [("gap", "record")]

TELL_GAP = refusal(
    "B3",
    "tier % has % of % people on duty from % JST on",
    "gap.tier",
    "gap.present",
    "gap.people",
    "to_char(gap.at AT TIME ZONE 'Asia/Tokyo', 'YYYY-MM-DD HH24:MI')",
)


def select_gap(period: str, during: str) -> str:
    """SELECT INTO gap: the first minute of `during`, inside a period, at which a tier lacks people.

    Who may not sign in, or has fallen below the rank, does not stand there.
    The same question as escalation.coverage.first_gap; a property test holds the two to each other.
    """
    return f"""
        WITH edges AS (
            SELECT lower({during}) AS at
            UNION SELECT unnest(ARRAY[lower(s.during), upper(s.during)])
                FROM escalation_dutyshift s WHERE s.period_id = {period}
            UNION SELECT unnest(ARRAY[lower(d.during), upper(d.during)])
                FROM escalation_delegation d WHERE d.during && {during}
            UNION SELECT unnest(ARRAY[lower(a.during), upper(a.during)])
                FROM escalation_absence a WHERE a.during && {during}
        ),
        needed (tier, people) AS (VALUES (2, 1), (3, 1), (4, 2))
        SELECT e.at, n.tier, n.people, c.present INTO gap
        FROM edges e CROSS JOIN needed n CROSS JOIN LATERAL (
            SELECT count(DISTINCT standing.who) AS present FROM (
                SELECT s.staff_id AS who FROM escalation_dutyshift s
                JOIN tickets_staff w ON w.id = s.staff_id AND w.is_active AND w.tier >= s.tier
                WHERE s.period_id = {period} AND s.tier = n.tier AND s.during @> e.at
                UNION
                SELECT d.delegate_id FROM escalation_delegation d
                JOIN tickets_staff w ON w.id = d.delegate_id AND w.is_active AND w.tier >= d.acting_tier - 1
                WHERE d.acting_tier >= n.tier AND d.during @> e.at
            ) standing
            WHERE NOT EXISTS (
                SELECT 1 FROM escalation_absence a WHERE a.staff_id = standing.who AND a.during @> e.at
            )
        ) c
        WHERE {during} @> e.at AND c.present < n.people
        ORDER BY e.at, n.tier LIMIT 1;
    """


def gap_on_publication() -> FirmTrigger:
    """On RosterPeriod: publishing is refused while any minute lacks people; the message says where."""
    return FirmTrigger(
        name="b3_no_gap_when_published",
        when=pgtrigger.Before,
        operation=pgtrigger.Update,
        condition=pgtrigger.Condition("NEW.status = 'published' AND OLD.status <> 'published'"),
        declare=GAP,
        func=f"{select_gap('NEW.id', 'NEW.during')} IF FOUND THEN {TELL_GAP} END IF; RETURN NEW;",
    )


def _in_published_periods(during: str) -> str:
    """Look for a gap in the part of each published period that `during` touches.

    FOR SHARE waits for whoever is just publishing, and makes them wait for us.
    """
    return f"""
        FOR touched IN SELECT p.id, p.status, p.during * {during} AS during FROM escalation_rosterperiod p
            WHERE p.during && {during} ORDER BY p.id FOR SHARE
        LOOP
            IF touched.status = 'published' THEN
                {select_gap("touched.id", "touched.during")}
                IF FOUND THEN {TELL_GAP} END IF;
            END IF;
        END LOOP;
        RETURN NULL;
    """


def no_gap_from_absence() -> FirmTrigger:
    """On Absence: a planned one needs its substitute (a delegation) first."""
    return FirmTrigger(
        name="b3_no_gap_from_absence",
        when=pgtrigger.After,
        operation=pgtrigger.Insert,
        condition=pgtrigger.Condition("NOT NEW.sudden"),
        declare=[*GAP, ("touched", "record")],
        func=_in_published_periods("NEW.during"),
    )


def no_gap_from_leaving() -> FirmTrigger:
    """On Staff: who is on duty in times to come keeps rank and sign-in until others stand there (B3).

    Only the stretches in which they stand are looked at: a gap at other times is not theirs.
    """
    ahead = "tstzrange(now(), NULL)"
    tell = refusal(
        "B3",
        "without % tier % would have % of % people on duty from % JST on; record a delegation first",
        "NEW.name",
        "gap.tier",
        "gap.present",
        "gap.people",
        "to_char(gap.at AT TIME ZONE 'Asia/Tokyo', 'YYYY-MM-DD HH24:MI')",
    )
    return FirmTrigger(
        name="b3_nobody_leaves_a_gap",
        when=pgtrigger.After,
        operation=pgtrigger.Update,
        condition=pgtrigger.Condition("NEW.tier < OLD.tier OR (OLD.is_active AND NOT NEW.is_active)"),
        declare=[*GAP, ("touched", "record"), ("stand", "record")],
        func=f"""
            FOR touched IN SELECT p.id, p.status, p.during FROM escalation_rosterperiod p
                WHERE p.during && {ahead} ORDER BY p.id FOR SHARE
            LOOP
                CONTINUE WHEN touched.status <> 'published';
                FOR stand IN
                    SELECT s.during * {ahead} AS during FROM escalation_dutyshift s
                    WHERE s.period_id = touched.id AND s.staff_id = NEW.id AND s.during && {ahead}
                    UNION ALL
                    SELECT d.during * touched.during * {ahead} FROM escalation_delegation d
                    WHERE d.delegate_id = NEW.id AND NOT isempty(d.during * touched.during * {ahead})
                LOOP
                    {select_gap("touched.id", "stand.during")}
                    IF FOUND THEN {tell} END IF;
                END LOOP;
            END LOOP;
            RETURN NULL;
        """,
    )


def only_shortened(rule: str, what: str) -> Rule:
    """Its end may come earlier, with the moment at which that was said; never later, never in the past of that.

    What has not begun may be cancelled: it then lasts no time (an empty range), for good.
    """
    return Rule(
        rule=rule,
        name=f"{what}_only_shortened",
        says=f"a recorded {what} may only end earlier, not before the moment it was ended; it is cancelled only before it begins",
        operation=pgtrigger.Update,
        condition=pgtrigger.Condition("NEW.during IS DISTINCT FROM OLD.during"),
        refuse_if=(
            "isempty(OLD.during) OR NEW.ended_early_at IS NULL OR CASE WHEN isempty(NEW.during) "
            "THEN NEW.ended_early_at > lower(OLD.during) ELSE lower(NEW.during) <> lower(OLD.during) "
            "OR upper(NEW.during) > upper(OLD.during) OR upper(NEW.during) < NEW.ended_early_at END"
        ),
    )


def delegation_triggers() -> list[FirmTrigger]:
    """On Delegation: who may lend what to whom, and how one ends."""
    tier_of = "(SELECT s.tier FROM tickets_staff s WHERE s.id = {})"
    return [
        Rule(
            rule="B3",
            name="delegation_in_reach",
            says="nobody lends a tier they do not hold, or to someone more than one tier below it",
            operation=pgtrigger.Insert,
            refuse_if=(
                f"{tier_of.format('NEW.grantor_id')} < NEW.acting_tier "
                f"OR {tier_of.format('NEW.delegate_id')} < NEW.acting_tier - 1"
            ),
        ),
        Rule(
            rule="B3",
            name="partner_never_acts_at_top",
            says="the staff of a partner company never act at the top tier",
            operation=pgtrigger.Insert,
            refuse_if=(
                "NEW.acting_tier = 4 AND EXISTS (SELECT 1 FROM tickets_staff s JOIN tickets_desk k "
                "ON k.id = s.desk_id JOIN tickets_company c ON c.id = k.company_id "
                "WHERE s.id = NEW.delegate_id AND c.kind <> 'own')"
            ),
        ),
        only_shortened("B5", "delegation"),
        FirmTrigger(
            name="b3_no_gap_from_ended_delegation",
            when=pgtrigger.After,
            operation=pgtrigger.Update,
            condition=pgtrigger.Condition("NEW.during IS DISTINCT FROM OLD.during"),
            declare=[*GAP, ("touched", "record")],
            func=_in_published_periods("OLD.during"),
        ),
    ]


def shift_triggers() -> list[FirmTrigger]:
    """On DutyShift: fixed once published, inside its period, held by someone of that rank."""
    period = "(SELECT p.{} FROM escalation_rosterperiod p WHERE p.id = {}.period_id)"
    published = "EXISTS (SELECT 1 FROM escalation_rosterperiod p WHERE p.id = {}.period_id AND p.status = 'published')"
    says = "published shifts are fixed; record a delegation, or an absence with a substitute"
    return [
        Rule(
            rule="B3",
            name="published_shift_not_changed",
            says=says,
            operation=pgtrigger.Update | pgtrigger.Delete,
            refuse_if=published.format("OLD"),
        ),
        Rule(
            rule="B3",
            name="published_shift_not_added",
            says=says,
            before_asking="PERFORM 1 FROM escalation_rosterperiod p WHERE p.id = NEW.period_id FOR SHARE;",
            refuse_if=published.format("NEW"),
        ),
        Rule(
            rule="B3",
            name="shift_within_period",
            says="a shift lies within its roster period",
            refuse_if=f"NOT {period.format('during', 'NEW')} @> NEW.during",
        ),
        Rule(
            rule="B3",
            name="shift_by_own_rank",
            says="a shift of tier % is held by someone of that rank or above; others act by a dated delegation",
            details=("NEW.tier",),
            refuse_if="(SELECT s.tier FROM tickets_staff s WHERE s.id = NEW.staff_id) < NEW.tier",
        ),
    ]
