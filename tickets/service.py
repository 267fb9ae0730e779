"""The one shape of a write: all or nothing, refusals in the person's language."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import transaction

from tickets.errors import refusals

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


def service(verb: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
    """Run `verb` in one transaction and turn what the database refuses into `Refused`.

    Deferred rules speak at the outermost commit, so it is the outermost service that reports them.
    """

    @wraps(verb)
    def inner(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
        with refusals(), transaction.atomic():
            return verb(*args, **kwargs)

    return inner
