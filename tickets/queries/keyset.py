"""Paging by a key of several columns, all ascending or all descending: the index order, never OFFSET."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import json
from collections.abc import Sequence
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db.models import BooleanField, DateTimeField, F, Func, Model, QuerySet, Value

from tickets.paging import PAGE, Page

Row = TypeVar("Row", bound=Model)


def page_by(
    rows: QuerySet[Row], keys: Sequence[str], after: str = "", *, size: int = PAGE, descending: bool = False
) -> Page[Row]:
    """One page of `rows` in the order of `keys`, of which the last is unique; `after` is the `next` of a page.

    One query. An `after` that nobody gave out is the beginning.
    """
    place = place_of(rows.model, keys, after)
    found = list(page_after(rows, keys, place, size=size, descending=descending))
    return page_from(found, keys, size=size, first=place is None)


def page_from(
    found: Sequence[Row], keys: Sequence[str], *, size: int = PAGE, first: bool = True
) -> Page[Row]:
    """The page of the rows that `page_of` gave, asked meanwhile."""
    return Page(found[:size], _write(found[size - 1], keys) if len(found) > size else "", first=first)


def page_of(
    rows: QuerySet[Row], keys: Sequence[str], after: str = "", *, size: int = PAGE, descending: bool = False
) -> QuerySet[Row]:
    """The rows of such a page and one more, not asked yet: for a query that takes several of them together."""
    return page_after(rows, keys, place_of(rows.model, keys, after), size=size, descending=descending)


def page_after(
    rows: QuerySet[Row],
    keys: Sequence[str],
    place: Sequence[Any] | None,
    *,
    size: int = PAGE,
    descending: bool = False,
) -> QuerySet[Row]:
    """The rows beyond `place`, the values of the keys of a page's last row; from the beginning for None."""
    sign = "-" if descending else ""
    ordered = rows.order_by(*(f"{sign}{key}" for key in keys))
    if place is not None:
        ordered = ordered.filter(_beyond(rows.model, keys, place, "<" if descending else ">"))
    return ordered[: size + 1]


def capped_count(rows: QuerySet[Any], most: int = 100) -> int:
    """How many rows there are, `most` + 1 when there are more: what a tab shows, at a bounded price."""
    return rows.order_by()[: most + 1].count()


def _beyond(model: type[Model], keys: Sequence[str], place: Sequence[Any], way: str) -> Func:
    """(a, b, c) > (x, y, z) as one comparison of rows: the index on (a, b, c) begins at that place, however deep it is."""
    fields: list[Any] = [model._meta.get_field(key) for key in keys]
    values = [Value(value, output_field=field) for value, field in zip(place, fields, strict=True)]
    there, here = Func(*map(F, keys), function="ROW"), Func(*values, function="ROW")
    return Func(there, here, template="%(expressions)s", arg_joiner=f" {way} ", output_field=BooleanField())


def _write(row: Model, keys: Sequence[str]) -> str:
    values = [getattr(row, key) for key in keys]
    plain = [value.isoformat() if isinstance(value, dt.datetime) else value for value in values]
    return base64.urlsafe_b64encode(json.dumps(plain).encode()).decode().rstrip("=")


def place_of(model: type[Model], keys: Sequence[str], after: str) -> list[Any] | None:
    """The values that stand in the `next` of a page; None for anything that nobody gave out."""
    try:
        plain = json.loads(base64.urlsafe_b64decode(after + "=" * (-len(after) % 4)))
        return [_value(model, key, value) for key, value in zip(keys, plain, strict=True)]
    except (ValueError, TypeError, binascii.Error, ValidationError):
        return None


def _value(model: type[Model], key: str, value: object) -> object:
    """As its column takes it; ValidationError for a number that no such column holds."""
    field: Any = model._meta.get_field(key)
    if isinstance(field, DateTimeField):
        return dt.datetime.fromisoformat(str(value))
    if isinstance(value, str):
        return value
    number = int(str(value))
    field.run_validators(number)
    return number
