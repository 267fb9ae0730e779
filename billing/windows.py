"""Windows of days that the law opens for a customer. Pure; JST dates; the numbers of days come from `FeeCap` rows.

電気通信事業法26-3 (初期契約解除): the day the contract document came is day 1; through day 8; the day of dispatch (postmark)
counts, not of arrival. If day 8 is no business day, the company's policy accepts through the next one. 事業者変更承諾番号: 15 days,
the day of issue included. Counsel confirms before real use (docs/law.md, L3, L10).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence

IsBusinessDay = Callable[[dt.date], bool]


def last_day_counting_the_first(first: dt.date, days: int) -> dt.date:
    """The last of `days` days of which `first` is day 1."""
    return first + dt.timedelta(days=days - 1)


def withdrawal_ends_on(received_on: dt.date, *, days: int, is_business_day: IsBusinessDay) -> dt.date:
    """The last JST day on which a withdrawal may be dispatched (26-3), moved to the next business day by policy."""
    last = last_day_counting_the_first(received_on, days)
    while not is_business_day(last):
        last += dt.timedelta(days=1)
    return last


def withdrawal_starts_on(received: Sequence[tuple[dt.date, bool]]) -> dt.date | None:
    """Day 1 of the eight: the receipt of the latest document that is not itself a misrepresentation.

    `received`: (day of receipt, whether that document was later found to misrepresent something), in order. While the
    only documents misrepresent, the eight days have not begun: None.
    """
    honest = [day for day, misrepresents in received if not misrepresents]
    return honest[-1] if honest else None


def may_withdraw(
    received: Sequence[tuple[dt.date, bool]],
    dispatched_on: dt.date,
    *,
    days: int,
    is_business_day: IsBusinessDay,
) -> bool:
    """Whether a withdrawal dispatched on that day counts. Before any honest document came it always does."""
    first = withdrawal_starts_on(received)
    if first is None:
        return True
    return dispatched_on <= withdrawal_ends_on(first, days=days, is_business_day=is_business_day)


def consent_number_ends_on(issued_on: dt.date, *, days: int) -> dt.date:
    """The last JST day on which a 事業者変更承諾番号 is valid: `days` days, the day of issue included (L10)."""
    return last_day_counting_the_first(issued_on, days)


def consent_number_is_valid(issued_on: dt.date, on: dt.date, *, days: int) -> bool:
    """Whether the number issued on `issued_on` may be used on `on`."""
    return issued_on <= on <= consent_number_ends_on(issued_on, days=days)
