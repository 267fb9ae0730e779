"""The few SQL fragments and conditions that several of the cancellation's rules say in the same words."""

from __future__ import annotations

import datetime as dt

from django.db.models import Q

# 'infinity' and 'today' are dates to PostgreSQL; to a customer they are not.
FIRST_DAY, DAY_AFTER_LAST = dt.date(2000, 1, 1), dt.date(2100, 1, 1)


def a_real_day(field: str) -> Q:
    """The condition that `field` is a day of this century: vague times cannot be stored (D2)."""
    return Q(**{f"{field}__gte": FIRST_DAY, f"{field}__lt": DAY_AFTER_LAST})


def end_of(day: str) -> str:
    """SQL: 24:00 JST of the date expression `day`, exclusive; the database's `tickets.dates.end_of_day`."""
    return f"(({day} + 1)::timestamp AT TIME ZONE 'Asia/Tokyo')"


def in_the_future(moment: str) -> str:
    """SQL: `moment` lies ahead of the database's own clock, which no application clock can argue with.

    A second of grace for clocks that are kept in step but not equal.
    """
    return f"({moment} > clock_timestamp() + interval '1 second')"


# SQL: consent `c` is the last word of the customer about cancellation line `l` as it stands.
IS_NEWEST = (
    "c.id = (SELECT n.id FROM billing_stopconsent n WHERE n.cancellation_line_id = l.id "
    "AND n.generation = l.generation ORDER BY n.given_at DESC, n.id DESC LIMIT 1)"
)


def consented(line: str, moment: str) -> str:
    """SQL: the customer consented to line `line` stopping at `moment`, on the last day as it stands now (D2).

    A consent given for an earlier date of the line, or for an order since withdrawn, counts for nothing; of several
    the newest counts: a customer who said nine o'clock and then noon is not cut off at nine.
    """
    return (
        "EXISTS (SELECT 1 FROM billing_stopconsent c JOIN billing_cancellationline l "
        "ON l.id = c.cancellation_line_id AND l.line_id = c.line_id AND l.generation = c.generation "
        f"WHERE c.line_id = {line} AND l.withdrawn_at IS NULL AND {IS_NEWEST} AND c.stop_at <= {moment})"
    )
