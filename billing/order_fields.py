"""Form against register, field by field. Pure (C2)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

YES, NO = "yes", "no"


@dataclass(frozen=True)
class FieldPair:
    """One field: what the form says, what the register says."""

    field: str
    form: str
    register: str

    @property
    def matches(self) -> bool:
        """Whether they agree."""
        return self.form == self.register


def compare_fields(
    *,
    form_options: Mapping[str, bool],
    form_ordered_on: dt.date,
    register_options: Iterable[str],
    register_ordered_on: dt.date,
    known_options: Iterable[str] = (),
) -> list[FieldPair]:
    """Every option that is on the form or on the register, then the date of the order.

    An option that the form does not show counts as not ordered: nobody orders by not ticking (C3). `known_options`
    limits the register's side to what the form could have shown; empty means all.
    """
    registered = set(register_options)
    codes = sorted(set(form_options) | registered | set(known_options))
    pairs = [
        FieldPair(code, YES if form_options.get(code) else NO, YES if code in registered else NO)
        for code in codes
    ]
    pairs.append(FieldPair("ordered_on", form_ordered_on.isoformat(), register_ordered_on.isoformat()))
    return pairs


def differences(pairs: Iterable[FieldPair]) -> list[FieldPair]:
    """The fields that do not agree."""
    return [pair for pair in pairs if not pair.matches]
