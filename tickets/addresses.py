"""The address of a row's page, put together instead of resolved.

Django resolves a name anew each time it is asked for an address; a page about a case asks thirty times, a queue fifty. Here
it is asked once a process for each name with marks in place of the arguments, and the marks are filled in after that.
"""

from __future__ import annotations

import re
from functools import cache

from django.urls import NoReverseMatch, reverse

# Written into an address as they are: no escaping, and within every converter that takes a text.
_PLAIN = re.compile(r"[A-Za-z0-9_-]+")
_FIRST_MARK = 2_000_000_011


def address(name: str, *arguments: object) -> str:
    """As `reverse` with these arguments; raises NoReverseMatch as it does."""
    if not all(map(_fits, arguments)):
        return reverse(name, args=arguments)
    parts = _parts(name, tuple(type(argument) for argument in arguments))
    if parts is None:
        return reverse(name, args=arguments)
    found = parts[0]
    for argument, after in zip(arguments, parts[1:], strict=True):
        found += f"{argument}{after}"
    return found


def _fits(argument: object) -> bool:
    if isinstance(argument, str):
        return type(argument) is str and bool(_PLAIN.fullmatch(argument))
    return type(argument) is int and argument >= 0


@cache
def _parts(name: str, kinds: tuple[type, ...]) -> tuple[str, ...] | None:
    """What stands around the arguments; None where they are not to be found again as they were given."""
    numbers = [_FIRST_MARK + place for place in range(len(kinds))]
    marks = [number if kind is int else f"mark{number}" for number, kind in zip(numbers, kinds, strict=True)]
    try:
        rest = reverse(name, args=marks)
    except NoReverseMatch:
        return None
    parts = []
    for mark in marks:
        before, found, rest = rest.partition(str(mark))
        if not found:
            return None
        parts.append(before)
    return (*parts, rest)
