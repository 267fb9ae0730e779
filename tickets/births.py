"""A row that is written all day: its INSERT is put together once a model, and PostgreSQL keeps its plan.

`Model.objects.create` asks every field twice and compiles the statement anew for each row; for the twenty-seven columns of a
case that costs as much as writing it. Triggers and constraints hold as for any statement. For services, in their transaction.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar

from django.db import DEFAULT_DB_ALIAS, models
from django.db.models.signals import post_save, pre_save

from tickets.queries import prepared
from tickets.sets import plain

Row = TypeVar("Row", bound=models.Model)


def born(row: Row) -> Row:
    """Write a new `row`, all of whose values stand in it (no expressions); with its id and what the database made of it."""
    model = type(row)
    if pre_save.has_listeners(model) or post_save.has_listeners(model):
        row.save(force_insert=True)
        return row
    sql, given, made = _insert(model)
    values = [_text(plain(field, getattr(row, field.attname))) for field in given]
    with prepared.cursor() as cursor:
        cursor.execute(sql, values)
        (found,) = cursor.fetchall()
    for field, value in zip(made, found, strict=True):
        setattr(row, field.attname, value)
    return stands(row)


def stands(row: Row) -> Row:
    """`row`, which a statement of our own has written, is known to Django as one that the database has."""
    state = row._state  # noqa: SLF001 - Django's own word for it, without a public one
    state.adding, state.db = False, DEFAULT_DB_ALIAS
    return row


Fields = tuple["models.Field[Any, Any]", ...]


@cache
def _insert(model: type[models.Model]) -> tuple[str, Fields, Fields]:
    """The statement, what it is given, and what comes back."""
    fields = model._meta.concrete_fields
    given = tuple(field for field in fields if not field.generated and not field.primary_key)
    made = tuple(field for field in fields if field.generated or field.primary_key)
    columns, places = ", ".join(f'"{field.column}"' for field in given), ", ".join("%s" for _ in given)
    back = ", ".join(f'"{field.column}"' for field in made)
    return f'INSERT INTO "{model._meta.db_table}" ({columns}) VALUES ({places}) RETURNING {back}', given, made


_TEXT: dict[type, Callable[[Any], str]] = {
    bool: lambda yes: "t" if yes else "f",
    int: str,
    str: str,
    dt.datetime: dt.datetime.isoformat,
    dt.date: dt.date.isoformat,
}


def _text(value: Any) -> str | None:
    """As text, whose type PostgreSQL takes from the column: with types of its own each NULL would be another statement."""
    return None if value is None else _TEXT[type(value)](value)
