"""What of a rule PostgreSQL asks before it calls the rule's function."""

import pgtrigger
import pytest

from tickets.rules import asked_first

LOOK_UP = "EXISTS (SELECT 1 FROM t WHERE t.id = NEW.id AND t.x)"


@pytest.mark.parametrize(
    ("refuse_if", "operation", "asked"),
    [
        (f"NEW.kind = 'a AND b' AND {LOOK_UP}", pgtrigger.Update, "((NEW.kind = 'a AND b'))"),
        (
            f"(NEW.a OR NEW.b) AND NOT {LOOK_UP} AND NEW.c",
            pgtrigger.Insert,
            "(((NEW.a OR NEW.b)) AND (NEW.c))",
        ),
        ("NEW.a < OLD.a", pgtrigger.UpdateOf("a"), "((NEW.a < OLD.a))"),
        ("NEW.a AND OLD.a", pgtrigger.Insert | pgtrigger.Update, "((NEW.a))"),
        # What there may be no row of, a clock, a look-up, and lists that are no plain list: asked inside as before.
        (f"OLD.a AND {LOOK_UP}", pgtrigger.Insert, None),
        ("OLD.a", pgtrigger.Insert | pgtrigger.UpdateOf("a"), None),
        ("NEW.a AND OLD.a", pgtrigger.Insert | pgtrigger.Delete, None),
        ("NEW.at > now()", pgtrigger.Insert, None),
        (LOOK_UP, pgtrigger.Insert, None),
        (f"NEW.a OR NEW.b AND {LOOK_UP}", pgtrigger.Insert, None),
        (f"NEW.a BETWEEN 1 AND 2 AND {LOOK_UP}", pgtrigger.Insert, None),
    ],
)
def test_what_the_row_alone_answers_is_asked_first(refuse_if, operation, asked):
    found = asked_first(None, refuse_if, operation)
    assert (found and found.resolve(None)) == asked


def test_the_condition_that_was_given_stays():
    given = pgtrigger.Condition("NEW.status = 'open'")
    found = asked_first(given, f"NEW.a AND {LOOK_UP}", pgtrigger.Insert)
    assert found.resolve(None) == "((NEW.status = 'open') AND (NEW.a))"
    assert asked_first(given, LOOK_UP, pgtrigger.Insert) is given
