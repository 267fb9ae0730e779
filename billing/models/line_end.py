"""When a line may end: the database's rules on a service line, whoever writes (D2, D3, D4, D7).

They sit on a proxy because they need the cancellation's rows, which stand above the line itself.
"""

from __future__ import annotations

import pgtrigger

from billing.models.contracts import ServiceLine
from billing.models.line_sql import IS_NEWEST, consented, end_of, in_the_future
from tickets.rules import FirmTrigger, Rule, refusal

# The setting of a last day that counts for the line now: the newest of its cancellation that is not withdrawn.
LATEST_ENTRY = (
    "SELECT e.last_day FROM billing_lastdayentry e "
    "JOIN billing_cancellationline l ON l.id = e.cancellation_line_id "
    "JOIN billing_cancellationorder o ON o.id = l.order_id "
    "WHERE l.line_id = NEW.id AND l.withdrawn_at IS NULL AND o.status NOT IN ('draft', 'cancelled') "
    "ORDER BY e.generation DESC LIMIT 1"
)
END = end_of("NEW.last_day")


def _never_early() -> FirmTrigger:
    """D2: no stop before the last day's end, by any clock, unless the customer consented to it."""
    early = refusal(
        "D2", "line % cannot stop at %, before its last day ends at %", "NEW.id", "NEW.stopped_at", END
    )
    no_time = refusal(
        "D2", "line % cannot be terminated without the moment it stopped and a last day", "NEW.id"
    )
    ahead = refusal("D2", "line %: a stop cannot be recorded before it happens", "NEW.id")
    foreign = refusal(
        "D2",
        "line %: the consent named is not the customer's own for this line, this last day and this moment",
        "NEW.id",
    )
    rewrite = refusal("D2", "line %: a stop once recorded is not rewritten", "NEW.id")
    return FirmTrigger(
        name="d2_line_never_stops_early",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.Update,
        condition=pgtrigger.Condition("NEW.status = 'terminated' OR NEW.stopped_at IS NOT NULL"),
        # The generated column is not filled in yet when this runs, so the end is worked out here.
        func=f"""
            IF NEW.status <> 'terminated' OR NEW.stopped_at IS NULL OR NEW.last_day IS NULL
                THEN {no_time} END IF;
            IF TG_OP = 'UPDATE' AND OLD.status = 'terminated' THEN
                IF (NEW.stopped_at, NEW.last_day, NEW.stop_consent_id)
                    IS DISTINCT FROM (OLD.stopped_at, OLD.last_day, OLD.stop_consent_id)
                    THEN {rewrite} END IF;
                RETURN NEW;
            END IF;
            IF {in_the_future("NEW.stopped_at")} THEN {ahead} END IF;
            IF NEW.stopped_at < {END} THEN
                IF NEW.stop_consent_id IS NULL THEN {early} END IF;
                IF NOT EXISTS (SELECT 1 FROM billing_stopconsent c JOIN billing_cancellationline l
                    ON l.id = c.cancellation_line_id AND l.line_id = c.line_id
                    AND l.generation = c.generation
                    WHERE c.id = NEW.stop_consent_id AND c.line_id = NEW.id
                    AND l.withdrawn_at IS NULL AND {IS_NEWEST} AND c.stop_at <= NEW.stopped_at)
                    THEN {foreign} END IF;
            END IF;
            RETURN NEW;
        """,
    )


def _own_last_day() -> FirmTrigger:
    """D2: a line's last day is the newest of its own entries; it goes only when the cancellation goes."""
    unset = refusal(
        "D2", "line %: its last day is the one entered for it, % and not %", "NEW.id", "day", "NEW.last_day"
    )
    still = refusal("D2", "line %: its cancellation was not withdrawn, so its last day stands", "NEW.id")
    return FirmTrigger(
        name="d2_line_last_day_is_its_own",
        when=pgtrigger.Before,
        operation=pgtrigger.Update,
        condition=pgtrigger.Condition(
            "NEW.last_day IS DISTINCT FROM OLD.last_day OR NEW.status <> OLD.status"
        ),
        declare=[("day", "date")],
        func=f"""
            day := ({LATEST_ENTRY});
            IF NEW.last_day IS NULL AND day IS NOT NULL THEN {still} END IF;
            IF NEW.last_day IS DISTINCT FROM day THEN {unset} END IF;
            RETURN NEW;
        """,
    )


def _waits_for_porting() -> FirmTrigger:
    """D3: a telephone stops only after its number is safe with the new provider, or was given up by its owner."""
    early = refusal("D3", "telephone % cannot have stopped before its porting was completed", "NEW.number")
    return FirmTrigger(
        name="d3_phone_waits_for_porting",
        when=pgtrigger.Before,
        operation=pgtrigger.Update,
        condition=pgtrigger.Condition("NEW.status = 'terminated' AND OLD.status <> 'terminated'"),
        declare=[("porting", "text")],
        # One that is open goes before one that ended too late.
        func=f"""
            SELECT p.status INTO porting FROM billing_porting p
                WHERE p.line_id = NEW.id AND (p.status IN ('requested', 'failed')
                OR p.status = 'completed' AND p.completed_at > NEW.stopped_at)
                ORDER BY p.status = 'completed' LIMIT 1;
            IF porting IS NULL THEN RETURN NEW; END IF;
            IF porting = 'completed' THEN {early} END IF;
            {refusal("D3", "telephone % stays: the porting of its number is %", "NEW.number", "porting")}
        """,
    )


def _visit_follows() -> FirmTrigger:
    """D4: a line's end does not move behind a removal that was agreed; the visit moves first."""
    too_soon = refusal(
        "D4",
        "line %: a removal visit is agreed for %, before the new end; move the visit first",
        "NEW.id",
        "visit",
    )
    return FirmTrigger(
        name="d4_line_end_not_behind_visit",
        when=pgtrigger.Before,
        operation=pgtrigger.Update,
        condition=pgtrigger.Condition("NEW.last_day IS DISTINCT FROM OLD.last_day"),
        declare=[("visit", "timestamptz")],
        func=f"""
            SELECT v.starts_at INTO visit FROM billing_visitoffer v
                WHERE v.access_line_id = NEW.access_line_id AND v.status = 'agreed' LIMIT 1;
            IF visit < COALESCE({END}, 'infinity') AND NOT {consented("NEW.id", "visit")}
                THEN {too_soon} END IF;
            RETURN NEW;
        """,
    )


def _given_back_on_incident() -> FirmTrigger:
    """D7: a stopped line is given back only on a stop incident that is still open."""
    alone = refusal("D7", "line %: a stopped line is given back only on a stop incident", "NEW.id")
    return FirmTrigger(
        name="d7_line_given_back_on_incident",
        when=pgtrigger.Before,
        operation=pgtrigger.Update,
        condition=pgtrigger.Condition("OLD.status = 'terminated' AND NEW.status <> 'terminated'"),
        func=f"""
            IF NOT EXISTS (SELECT 1 FROM billing_stopincident i
                WHERE i.line_id = NEW.id AND i.status = 'open') THEN {alone} END IF;
            RETURN NEW;
        """,
    )


class LineEnd(ServiceLine):
    """The service line as the cancellation sees it: the home of the rules on its end."""

    class Meta:
        proxy = True
        triggers = [
            _never_early(),
            Rule(
                rule="D2",
                name="line_begins_without_an_end",
                says="a line begins in service and without an end; its end is set by its own entry",
                operation=pgtrigger.Insert,
                refuse_if="NOT (NEW.last_day IS NULL AND NEW.status = 'active')",
            ),
            _own_last_day(),
            _waits_for_porting(),
            _visit_follows(),
            _given_back_on_incident(),
        ]
