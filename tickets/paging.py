"""Lists paged by key: no page numbers, no OFFSET, no counting; a page costs the same wherever it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from django.db.models import Model, QuerySet

Row = TypeVar("Row")
ModelRow = TypeVar("ModelRow", bound=Model)
PAGE = 50


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """What components/pager.html reads: the rows, `next` (the `after` of the next page, or ""), `first`."""

    rows: Sequence[Row]
    next: str = ""
    first: bool = True


def number(after: str) -> int:
    """`after` as a key; 0, the beginning, for anything that is no number."""
    return int(after) if after.isascii() and after.isdigit() else 0


def newest_first(rows: QuerySet[ModelRow], after: str = "", size: int = PAGE) -> Page[ModelRow]:
    """A page by descending id. One query."""
    key = number(after)
    found = list((rows.filter(pk__lt=key) if key else rows).order_by("-pk")[: size + 1])
    return Page(found[:size], str(found[size - 1].pk) if len(found) > size else "", first=not key)


def oldest_first(rows: QuerySet[ModelRow], after: str = "", size: int = PAGE) -> Page[ModelRow]:
    """A page by ascending id. One query."""
    key = number(after)
    found = list(rows.filter(pk__gt=key).order_by("pk")[: size + 1])
    return Page(found[:size], str(found[size - 1].pk) if len(found) > size else "", first=not key)
