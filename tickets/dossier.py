"""What an evidence print of a case holds (証拠用印刷): sections that each floor adds, as plain words (F).

An upper floor registers in its AppConfig.ready a function that reads its rows on a case through `visible_to` and
returns sections. The content is JSON in the printer's language; its digest stands on every page.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from tickets import formats

if TYPE_CHECKING:
    import datetime as dt

    from tickets.models import Staff, Ticket

Fact = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Item:
    """One entry: a headline, the moment, facts with their labels, and words as they were written."""

    head: str
    at: str = ""
    facts: tuple[Fact, ...] = ()
    text: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the print; one without entries says that there is none."""

    title: str
    entries: list[Item] = field(default_factory=list)


Maker = Callable[["Ticket", "Staff"], Iterable[Section]]
_makers: list[tuple[int, Maker]] = []


def include(maker: Maker, *, order: int) -> None:
    """Add what `maker` returns to every evidence print, in `order`."""
    if all(known is not maker for _order, known in _makers):
        _makers.append((order, maker))
        _makers.sort(key=lambda each: each[0])


def sections(ticket: Ticket, staff: Staff) -> list[Section]:
    """Everything on the case that `staff` may see."""
    return [section for _order, maker in _makers for section in maker(ticket, staff)]


def facts(*pairs: tuple[Any, Any]) -> tuple[Fact, ...]:
    """Facts with something in them: (label, value), values as words."""
    return tuple((str(label), words(value)) for label, value in pairs if words(value))


def words(value: Any) -> str:
    """A value as a person reads it; moments and dates in JST."""
    import datetime as dt

    if value is None:
        return ""
    if isinstance(value, dt.datetime):
        return formats.datetime_text(value)
    if isinstance(value, dt.date):
        return formats.date_text(value)
    return str(value)


def moment(at: dt.datetime | None) -> str:
    """A moment as it stands beside an entry."""
    return formats.datetime_text(at) if at else ""


def serialised(head: dict[str, str], parts: list[Section]) -> str:
    """One text for one content, whoever writes it: sorted keys, no spaces."""
    content = {"head": head, "sections": [asdict(part) for part in parts]}
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def digest(content: str) -> str:
    """SHA-256 over UTF-8, in hex."""
    return hashlib.sha256(content.encode()).hexdigest()
