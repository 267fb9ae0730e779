"""A query whose SQL is built once a process and asked again with other values.

Django builds the SQL of a queryset anew each time it is asked; on a page about a customer that costs more than running it.
`kept` wraps the function that builds the queryset: the first call compiles it with marks in place of the values, each
call after that puts its values in their places. Rows become model instances by Django's own iterator.

Nothing of a person is kept. A builder that reads by `visible_to` takes `staff`; for another company's people it is built
anew each time, and what is kept is built for `_Own`, which knows that it belongs to the own company and nothing else: a
rule of sight that came to ask for desk, rank or name would fail at once instead of showing one person's rows to another.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from dataclasses import dataclass
from functools import update_wrapper
from typing import Any, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import Model, QuerySet
from django.db.models.query import ModelIterable

from tickets.models import Staff

Row = TypeVar("Row", bound=Model)
Value = int | str
# No id, number or limit of ours: found again among the parameters, wherever Django has put them.
_FIRST_MARK = 2_000_000_011


class _Own:
    """Anybody of the own company, as far as `visible_to` may ask."""

    is_partner = False


@dataclass(frozen=True, slots=True)
class _Built:
    compiler: Any
    sql: str
    parameters: tuple[Any, ...]
    places: tuple[tuple[int, str], ...]


class Kept(Generic[Row]):
    """What `kept` makes of a builder; called with the same keywords it gives the list of rows."""

    def __init__(self, build: Callable[..., QuerySet[Row]]) -> None:
        self._build = build
        self._built: dict[tuple[tuple[str, type], ...], _Built] = {}
        update_wrapper(self, build)

    def __call__(self, *, staff: Staff | None = None, **values: Value) -> list[Row]:
        """The rows for these values, none of them None. One query."""
        if staff is not None and staff.is_partner:
            return list(self._build(staff=staff, **values))
        shape = tuple((name, type(value)) for name, value in values.items())
        built = self._built.get(shape)
        if built is None:
            built = self._built[shape] = self._compile(values, seen_by_own=staff is not None)
        return list(ModelIterable(_Asked(built, values)))  # type: ignore[arg-type]

    def _compile(self, values: dict[str, Value], *, seen_by_own: bool) -> _Built:
        marks = {name: _mark(place, value) for place, (name, value) in enumerate(values.items())}
        who = {"staff": _Own()} if seen_by_own else {}
        rows = self._build(**who, **marks)
        compiler = rows.query.get_compiler(DEFAULT_DB_ALIAS)
        sql, parameters = compiler.as_sql()
        named = {mark: name for name, mark in marks.items()}
        places = tuple((at, named[value]) for at, value in enumerate(parameters) if _is_mark(value, named))
        # Rows fetched afterwards would be left out: Django's iterator of instances does not fetch them.
        prefetched = rows._prefetch_related_lookups  # type: ignore[attr-defined]  # noqa: SLF001 - no public way to ask
        if prefetched or {name for _at, name in places} != set(values):
            raise ValueError(f"cannot be kept: {self._build.__qualname__}")
        return _Built(compiler, sql, tuple(parameters), places)


def kept(build: Callable[..., QuerySet[Row]]) -> Kept[Row]:
    """Decorator. `build` takes whole numbers and texts by keyword, uses each as it is, and branches on none of them."""
    return Kept(build)


class _Asked:
    """Stands for the queryset before Django's iterator of model instances: the SQL is there already."""

    db = DEFAULT_DB_ALIAS
    _known_related_objects: dict[Any, Any] = {}

    def __init__(self, built: _Built, values: dict[str, Value]) -> None:
        parameters = list(built.parameters)
        for at, name in built.places:
            before, value = parameters[at], values[name]
            parameters[at] = type(before)(value) if isinstance(before, int) else value
        # A thread has its own connection; the compiler that was kept is never asked itself.
        self._compiler = copy(built.compiler)
        self._compiler.connection = connections[DEFAULT_DB_ALIAS]
        self._compiler.as_sql = lambda: (built.sql, tuple(parameters))

    @property
    def query(self) -> _Asked:
        """Itself: nothing but `get_compiler` is asked of it."""
        return self

    def get_compiler(self, using: str) -> Any:
        """The compiler that has built it."""
        return self._compiler


def _mark(place: int, value: Value) -> Value:
    return _FIRST_MARK + place if isinstance(value, int) else f"\ue000{place}\ue000"


def _is_mark(value: object, named: dict[Value, str]) -> bool:
    return isinstance(value, int | str) and value in named
