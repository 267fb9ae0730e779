"""The one shape of a write: all or nothing, refusals in the person's language."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import transaction

from tickets.errors import refusals

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")

# Whether a service is at work here already.
_at_work: ContextVar[bool] = ContextVar("at work", default=False)


def service(verb: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
    """Run `verb` in one transaction and turn what the database refuses into `Refused`.

    Deferred rules speak at the outermost commit, so it is the outermost service that reports them. A service called by
    another fails with it and needs no savepoint of its own: a third of what a deed asked of the database was these. Whoever
    goes on after a refusal puts `transaction.atomic()` round the call; without it the next statement fails
    (`TransactionManagementError`) instead of half a deed being kept.
    """

    @wraps(verb)
    def inner(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
        nested = _at_work.get()
        token = _at_work.set(True)
        try:
            with refusals(), transaction.atomic(savepoint=not nested):
                return verb(*args, **kwargs)
        finally:
            _at_work.reset(token)

    return inner
