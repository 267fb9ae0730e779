"""A query whose SQL is built once a process and asked again with other values.

Django builds the SQL of a queryset anew each time it is asked; on a page about a customer that costs more than running it.
`kept` wraps the function that builds the queryset: the first call compiles it with marks in place of the values, each
call after that puts its values in their places. What does not change is written into the SQL, so that PostgreSQL sees
which partial index serves it, and may keep its plan (`prepared`). Rows become model instances by `instances`.

Nothing of a person is kept. A builder that reads by `visible_to` takes `staff`; for another company's people it is built
anew each time, and what is kept is built for `_Own`, which knows that it belongs to the own company and nothing else: a
rule of sight that came to ask for desk, rank or name would fail at once instead of showing one person's rows to another.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import update_wrapper
from typing import Any, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import Model, QuerySet
from django.db.transaction import TransactionManagementError
from psycopg.types.numeric import Int8

from tickets.models import Staff
from tickets.queries import prepared
from tickets.queries.instances import Maker, maker

Row = TypeVar("Row", bound=Model)
# Several ids stand in the SQL as one value, however many they are.
Ids = tuple[int, ...]
Value = int | str | dt.datetime | Ids
Mark = int | str | dt.datetime
# No id, number or limit of ours: found again among the parameters, wherever Django has put them.
_FIRST_MARK = 2_000_000_011
_FIRST_MOMENT = dt.datetime(4999, 1, 1, tzinfo=dt.UTC)
_PLACE = re.compile(r"%%|IN \(%s\)|%s")


Takes = tuple[tuple[str, Callable[[Any], Any]], ...]


class _Own:
    """Anybody of the own company, as far as `visible_to` may ask."""

    is_partner = False


@dataclass(frozen=True, slots=True)
class _Built:
    """`takes`: for each place in the SQL the name of its value, and the type that Django gives it.

    `locks`: the rows, which has a meaning in a transaction only.
    """

    sql: str
    takes: Takes
    convert: Callable[[Iterable[Any]], Iterable[Any]]
    make: Maker
    locks: bool

    def rows(self, values: dict[str, Value]) -> Iterable[Any]:
        """Asked with these values. One query."""
        if self.locks and not connection.in_atomic_block:
            raise TransactionManagementError("rows are locked in a transaction only")
        with prepared.cursor() as cursor:
            cursor.execute(self.sql, tuple(kind(values[name]) for name, kind in self.takes))
            return self.convert(cursor.fetchall())


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
        return list(map(built.make, built.rows(values)))

    def _compile(self, values: dict[str, Value], *, seen_by_own: bool) -> _Built:
        marks: dict[str, Any] = {
            name: _mark(place, value) for place, (name, value) in enumerate(values.items())
        }
        several = {name: (mark,) for name, mark in marks.items() if isinstance(values[name], tuple)}
        who = {"staff": _Own()} if seen_by_own else {}
        rows = self._build(**who, **marks | several)
        connection.ensure_connection()  # values are written into SQL as this server reads them
        compiler = rows.query.get_compiler(DEFAULT_DB_ALIAS)
        sql, parameters = compiler.as_sql()
        sql, takes = _written(
            sql, parameters, {mark: name for name, mark in marks.items()}, frozenset(several)
        )
        # Rows fetched afterwards would be left out: only what the statement itself brings becomes instances.
        prefetched = rows._prefetch_related_lookups  # type: ignore[attr-defined]  # noqa: SLF001 - no public way to ask
        if prefetched or {name for name, _kind in takes} != set(values):
            raise ValueError(f"cannot be kept: {self._build.__qualname__}")
        return _Built(sql, takes, _converting(compiler), maker(compiler), rows.query.select_for_update)


def kept(build: Callable[..., QuerySet[Row]]) -> Kept[Row]:
    """Decorator. `build` takes whole numbers, texts, aware moments and tuples of ids (for `…__in`) by keyword, uses each as
    it is, and branches on none of them.
    """
    return Kept(build)


def _written(
    sql: str, parameters: Iterable[Any], names: dict[Any, str], several: frozenset[str]
) -> tuple[str, Takes]:
    """The SQL with everything in it that is no value of the caller's, and what is left to be given."""
    given, takes = iter(parameters), list[tuple[str, Callable[[Any], Any]]]()

    def place(found: re.Match[str]) -> str:
        if found[0] == "%%":
            return found[0]
        value = next(given)
        if isinstance(value, int | str | dt.datetime) and value in names:
            takes.append((names[value], _giving(value, several=names[value] in several)))
            return "= ANY(%s)" if names[value] in several else found[0]
        written = connection.ops.compose_sql("%s", [value])  # type: ignore[attr-defined]
        return found[0].replace("%s", str(written).replace("%", "%%"))

    return _PLACE.sub(place, sql), tuple(takes)


def _giving(mark: Mark, *, several: bool) -> Callable[[Any], Any]:
    """What makes of a value what is sent for it.

    Django wraps a whole number in the type of its column, but for keys: these would be as wide as they are large, and a
    statement is prepared for each width.
    """
    if several:
        return lambda ids: [Int8(found) for found in ids]
    if isinstance(mark, dt.datetime):
        return lambda moment: moment
    return Int8 if type(mark) is int else type(mark)


def _converting(compiler: Any) -> Callable[[Iterable[Any]], Iterable[Any]]:
    """What the fields make of the values of a row (JSON); most rows hold what PostgreSQL's driver gave."""
    fields = [column[0] for column in compiler.select[: compiler.col_count]]
    converters = [
        (place, converter, of)
        for place, (found, of) in compiler.get_converters(fields).items()
        for converter in found
    ]

    def converted(rows: Iterable[Any]) -> Iterable[Any]:
        for row in map(list, rows):
            for place, converter, of in converters:
                row[place] = converter(row[place], of, connection)
            yield row

    return converted if converters else lambda rows: rows


def _mark(place: int, value: Value) -> Mark:
    if isinstance(value, dt.datetime):
        return _FIRST_MOMENT + dt.timedelta(seconds=place)
    return _FIRST_MARK + place if isinstance(value, int | tuple) else f"\ue000{place}\ue000"
