"""Many rows with one statement: rows given as columns, rows inserted from rows, a step of the state machine for a set.

A `Source` is a statement that yields rows; it is handed on to the next without its rows passing through Python::

    kept = stepped(Promise, "keep", ids(found), at=at, by_id=None, returning=("id", "customer_id"))
    write(inserted(TimelineEntry, kept, {"customer_id": "v.customer_id"}, kind="promise.kept", at=at))

Triggers and constraints hold as for any statement. For services, inside their transaction.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from django.db import connection, models
from django_fsm import FSMField


@dataclass(frozen=True, slots=True)
class Source:
    """Rows that the database has, or is about to write: a statement and its values. Elsewhere they are called `v`."""

    sql: str
    values: tuple[Any, ...] = ()
    writes: bool = False

    @property
    def head(self) -> str:
        """What stands before the statement that takes these rows: PostgreSQL writes only from WITH."""
        return f"WITH v AS ({self.sql}) " if self.writes else ""

    @property
    def rows(self) -> str:
        """As they stand after FROM."""
        return "v" if self.writes else f"({self.sql}) v"


def given(**columns: tuple[str, Iterable[object]]) -> Source:
    """Rows from Python, each column one array: `given(id=("bigint", ids), why=("text", reasons))`."""
    arrays = ", ".join(f"%s::{kind}[]" for kind, _ in columns.values())
    names = ", ".join(f'"{name}"' for name in columns)
    values = tuple(array(column) for _, column in columns.values())
    return Source(f"SELECT * FROM unnest({arrays}) g({names})", values)


def array(column: Iterable[object]) -> str:
    """`column` as PostgreSQL writes an array; the driver's own way looks at each value four times as long."""
    return "{" + ",".join([_WRITTEN[type(value)](value) for value in column]) + "}"


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


_WRITTEN: dict[type, Callable[[Any], str]] = {
    type(None): lambda _: "NULL",
    bool: lambda yes: "t" if yes else "f",
    int: str,
    str: _quoted,
    dt.datetime: lambda moment: _quoted(moment.isoformat()),
}


def ids(found: Iterable[int]) -> Source:
    """Rows with nothing but an `id`."""
    return given(id=("bigint", found))


def inserted(
    model: type[models.Model],
    source: Source,
    made: Mapping[str, str],
    *,
    unless_there: bool = False,
    returning: Sequence[str] = (),
    **same: Any,
) -> Source:
    """A row of `model` for each of `source`. `made`: SQL over `v`, by column; `same`: what is alike in all of them.

    What is not named has the default of its field. `unless_there`: rows that stand already are left as they are, and
    are not returned.
    """
    fields = [field for field in model._meta.concrete_fields if not field.generated]
    alike = {
        field: same[field.attname] if field.attname in same else field.get_default()
        for field in fields
        if field.attname not in made and not field.primary_key
    }
    columns = [f'"{field.column}"' for field in alike]
    columns += [f'"{model._meta.get_field(name).column}"' for name in made]  # type: ignore[union-attr]
    chosen = [*(f"%s::{_type(field)}" for field in alike), *made.values()]
    sql = (
        f'{source.head}INSERT INTO "{model._meta.db_table}" ({", ".join(columns)}) '
        f"SELECT {', '.join(chosen)} FROM {source.rows}"
        + (" ON CONFLICT DO NOTHING" if unless_there else "")
        + (f" RETURNING {', '.join(returning)}" if returning else "")
    )
    own = tuple(plain(field, value) for field, value in alike.items())
    values = (*source.values, *own) if source.writes else (*own, *source.values)
    return Source(sql, values, writes=True)


def stepped(
    model: type[models.Model],
    deed: str,
    source: Source,
    *,
    also: Mapping[str, str] | None = None,
    returning: Sequence[str] = (),
    **arguments: object,
) -> Source:
    """What the model's method `deed` does to one row, done to all rows of `source` (by its `id`) that may take the step.

    Which rows may, and what is written, the method itself says: it is called once, with `arguments`, on a row without
    values. So it must write the same to every row; one that reads its row is a TypeError. `also`: what differs from row
    to row, SQL over `v` by column. A deed that is no step of the lifecycle is done to all of them.
    """
    found = _asked(model, deed, arguments)
    changes = {
        f'"{field.column}" = %s::{_type(field)}': plain(field, new) for field, new in found.written.items()
    }
    more = [f'"{name}" = {sql}' for name, sql in (also or {}).items()]
    may = f' AND t."{found.state}" = ANY(%s)' if found.sources else ""
    sql = (
        f'{source.head}UPDATE "{model._meta.db_table}" t SET {", ".join([*changes, *more])} '
        f"FROM {source.rows} WHERE t.id = v.id{may}"
        + (f" RETURNING {', '.join('t.' + name for name in returning)}" if returning else "")
    )
    own, last = tuple(changes.values()), (list(found.sources),) if found.sources else ()
    values = (*source.values, *own, *last) if source.writes else (*own, *source.values, *last)
    return Source(sql, values, writes=True)


def write(source: Source) -> int:
    """Do it; returns how many rows were written."""
    with connection.cursor() as cursor:
        cursor.execute(source.sql, source.values)
        return int(cursor.rowcount)


def read(source: Source) -> list[tuple[Any, ...]]:
    """Do it; returns its rows."""
    with connection.cursor() as cursor:
        cursor.execute(source.sql, source.values)
        return list(cursor.fetchall())


class _Unknown:
    """A value that nobody may look at."""

    def __bool__(self) -> bool:
        raise TypeError("a deed for a set cannot depend on a row")


UNKNOWN = _Unknown()


@dataclass(frozen=True, slots=True)
class _Deed:
    """What a method writes, and from which states it may be called (none: from any)."""

    written: Mapping[models.Field[Any, Any], object]
    state: str
    sources: tuple[str, ...]


def _asked(model: type[models.Model], deed: str, arguments: Mapping[str, object]) -> _Deed:
    """Call the method on a row of which nothing is known but, for a step, the state that it leaves."""
    fields = [field for field in model._meta.concrete_fields if not field.generated]
    method = getattr(model, deed)
    transitions = getattr(method, "_django_fsm", None)
    sources = tuple(transitions.transitions) if transitions else ()
    state = next((field for field in fields if isinstance(field, FSMField)), None)
    values: dict[str, object] = {field.attname: UNKNOWN for field in fields}
    if state is not None and sources:
        values[state.attname] = sources[0]
    row = model(**values)
    method(row, **arguments)
    now = {field: getattr(row, field.attname) for field in fields}
    written = {
        field: value
        for field, value in now.items()
        if value is not UNKNOWN and value != values[field.attname]
    }
    return _Deed(written, state.column if state is not None else "", sources)


def _type(field: models.Field[Any, Any]) -> str:
    kind = field.db_type(connection)
    assert kind is not None
    return kind.partition("(")[0]


def plain(field: models.Field[Any, Any], value: Any) -> Any:
    """As the driver takes it: the value of a choice, JSON as its text."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(field, models.JSONField) and value is not None:
        return json.dumps(value, cls=field.encoder, ensure_ascii=False)
    return value
