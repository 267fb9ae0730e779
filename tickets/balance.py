"""What the reconciler asks: the registry of checks (D9).

A floor registers a check from `AppConfig.ready`::

    @check("billing.stops")
    def stops(at: datetime) -> Iterable[Finding]: ...

It reads only and yields what does not balance, each under a `ref` that stays the same from run to run (that is how
it is known to be the same, and to be gone). It must not scan a table that grows: look at what is live, or at what
changed lately. What belongs to one action (is the line that was stopped stopped?) is better the `balance` of its
effect (tickets/effects.py).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that does not balance: `ref` names it, `says` tells a person what is wrong."""

    ref: str
    says: str


Check = Callable[[dt.datetime], Iterable[Finding]]
AnyCheck = TypeVar("AnyCheck", bound=Check)
_checks: dict[str, Check] = {}


def check(name: str) -> Callable[[AnyCheck], AnyCheck]:
    """Register a check. ValueError when the name is taken."""

    def register(function: AnyCheck) -> AnyCheck:
        if name in _checks:
            raise ValueError(f"the check {name} is registered twice")
        _checks[name] = function
        return function

    return register


def all_checks() -> tuple[tuple[str, Check], ...]:
    """Every check, by name."""
    return tuple(sorted(_checks.items()))


def forget(name: str) -> None:
    """Take a check out again (tests that register their own)."""
    _checks.pop(name, None)
