"""Paging by a key of several columns, all ascending or all descending: the index order, never OFFSET."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import json
from collections.abc import Sequence
from typing import Any, TypeVar

from django.db.models import DateTimeField, Model, Q, QuerySet

from tickets.paging import PAGE, Page

Row = TypeVar("Row", bound=Model)


def page_by(
    rows: QuerySet[Row], keys: Sequence[str], after: str = "", *, size: int = PAGE, descending: bool = False
) -> Page[Row]:
    """One page of `rows` in the order of `keys`, of which the last is unique; `after` is the `next` of a page.

    One query. An `after` that nobody gave out is the beginning.
    """
    found = list(page_of(rows, keys, after, size=size, descending=descending))
    return page_from(found, keys, size=size, first=_read(rows.model, keys, after) is None)


def page_from(
    found: Sequence[Row], keys: Sequence[str], *, size: int = PAGE, first: bool = True
) -> Page[Row]:
    """The page of the rows that `page_of` gave, asked meanwhile."""
    return Page(found[:size], _write(found[size - 1], keys) if len(found) > size else "", first=first)


def page_of(
    rows: QuerySet[Row], keys: Sequence[str], after: str = "", *, size: int = PAGE, descending: bool = False
) -> QuerySet[Row]:
    """The rows of such a page and one more, not asked yet: for a query that takes several of them together."""
    place = _read(rows.model, keys, after)
    sign = "-" if descending else ""
    ordered = rows.order_by(*(f"{sign}{key}" for key in keys))
    if place is not None:
        ordered = ordered.filter(_beyond(keys, place, "lt" if descending else "gt"))
    return ordered[: size + 1]


def capped_count(rows: QuerySet[Any], most: int = 100) -> int:
    """How many rows there are, `most` + 1 when there are more: what a tab shows, at a bounded price."""
    return rows.order_by()[: most + 1].count()


def _beyond(keys: Sequence[str], place: Sequence[Any], way: str) -> Q:
    """(a, b, c) > (x, y, z), written so that the index on (a, b, c) can begin at a = x."""
    beyond = Q()
    for position, key in enumerate(keys):
        equal = Q(**dict(zip(keys[:position], place[:position], strict=True)))
        beyond |= equal & Q(**{f"{key}__{way}": place[position]})
    return Q(**{f"{keys[0]}__{way}e": place[0]}) & beyond


def _write(row: Model, keys: Sequence[str]) -> str:
    values = [getattr(row, key) for key in keys]
    plain = [value.isoformat() if isinstance(value, dt.datetime) else value for value in values]
    return base64.urlsafe_b64encode(json.dumps(plain).encode()).decode().rstrip("=")


def _read(model: type[Model], keys: Sequence[str], after: str) -> list[Any] | None:
    try:
        plain = json.loads(base64.urlsafe_b64decode(after + "=" * (-len(after) % 4)))
        return [_value(model, key, value) for key, value in zip(keys, plain, strict=True)]
    except (ValueError, TypeError, binascii.Error):
        return None


def _value(model: type[Model], key: str, value: object) -> object:
    field = model._meta.get_field(key)
    if isinstance(field, DateTimeField):
        return dt.datetime.fromisoformat(str(value))
    return str(value) if isinstance(value, str) else int(str(value))
