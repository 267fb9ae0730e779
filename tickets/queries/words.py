"""Words in the contact history: what was said on any case, found by two characters or a phrase, the newest first.

Every case's subject and every contact's summary stand in the history, so that one search finds all three. It asks which
blocks may hold the words (word_blocks.py), then the index, block by block (tickets/grams.py), and stops at a full page, or
when BUDGET is spent: then the page says how far back it has looked, and the next one goes on from there. So no search,
however common or absent its words, costs more.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from tickets.grams import BLOCK_BITS, fold, folded_sql, grams_sql, pairs
from tickets.models import Staff, TimelineEntry
from tickets.models.timeline import searched_sql
from tickets.paging import number
from tickets.queries.kept import Ids, kept
from tickets.queries.timeline import COLUMNS, OF_THE_CASE
from tickets.queries.word_blocks import Holding, holding

PAGE_SIZE = 30
SHORTEST = 2
MOST_TERMS = 5
# Look-ups in the index a block; the phrase itself is compared on the rows that these leave.
MOST_PAIRS = 8
# Blocks a statement: few at first, where what is common is found; then as many as the time left allows at the pace so
# far, since a filter that few rows pass makes a block cost a hundred times as much. Where most blocks do not hold the
# words those that do have one or two entries each: a page's worth of them is little to compare.
FIRST_STRIDE = 2
SPARSE_STRIDE = 32
GROWTH = 8
MOST_BLOCKS = 512
BUDGET = 0.035  # seconds
_ENTRY = "tickets_timelineentry"
_GRAMS = grams_sql("t.id", "t.summary")


@dataclass(frozen=True, slots=True)
class Filters:
    """What narrows a search: a desk, an area of the history (contact, note, ticket …), from a moment on."""

    desk_id: int | None = None
    area: str = ""
    since: dt.datetime | None = None

    def sql(self) -> tuple[str, list[Any]]:
        """Conditions on `t`, and their values."""
        found: list[tuple[str, Any]] = []
        if self.desk_id is not None:
            found.append(("t.desk_id = %s", self.desk_id))
        if self.area:
            found.append(("(t.kind = %s OR starts_with(t.kind, %s || '.'))", self.area))
        if self.since is not None:
            found.append(("t.at >= %s", self.since))
        values = [value for text, value in found for _ in range(text.count("%s"))]
        return "".join(f" AND {text}" for text, _value in found), values


@dataclass(frozen=True, slots=True)
class Found:
    """Entries, newest first. `next`: the `after` of the next page or "". `whole`: all was looked at, nothing is left.

    `looked_back_to`: when the oldest entry that was looked at came in, where the search paused before its end.
    """

    rows: Sequence[TimelineEntry] = ()
    next: str = ""
    whole: bool = True
    too_short: bool = False
    looked_back_to: dt.datetime | None = None
    terms: Sequence[str] = field(default=())


def search(
    *,
    text: str,
    staff: Staff,
    after: str = "",
    filters: Filters | None = None,
    size: int = PAGE_SIZE,
    budget: float | None = None,
) -> Found:
    """Entries that hold every word of `text` (white space parts them) and that `staff` may see.

    Three queries, one more for each further stride and two where pages are narrowed by rights, all bounded. `after` that
    nobody gave out is the beginning. `budget`: seconds for looking, BUDGET when None; at least one stride is looked at, so
    that paging on always comes to the end.
    """
    terms = [term for term in map(fold, text.split()[:MOST_TERMS]) if term]
    if not any(len(term) >= SHORTEST for term in terms):
        return Found(too_short=bool(terms), terms=terms)
    until = time.monotonic() + (BUDGET if budget is None else budget)
    below = number(after)
    blocks = holding(_pairs(terms), below or None)
    walk = _Walk(terms, filters or Filters(), blocks, below or blocks.newest + 1, size + 1)
    rows, unseen = list[TimelineEntry](), list[int]()
    while len(rows) <= size and not walk.over and (left := walk.stride(until - time.monotonic())):
        unseen += walk.step(left)
        if len(rows) + len(unseen) > size:
            rows, unseen = rows + _shown(unseen, staff), []
    rows += _shown(unseen, staff)
    if len(rows) > size:
        return Found(rows[:size], next=str(rows[size - 1].pk), whole=False, terms=terms)
    if walk.over:
        return Found(rows, terms=terms)
    return Found(rows, next=str(walk.below), whole=False, looked_back_to=_came_in(walk.below), terms=terms)


class _Walk:
    """From `below` down to the first entry, some blocks a step."""

    def __init__(
        self, terms: Sequence[str], filters: Filters, holding: Holding, below: int, most: int
    ) -> None:
        self.below, self.most = below, most
        self._holding = holding
        self._last, self._pace = 0, 0.0  # blocks of the last statement, seconds a block
        more, values = filters.sql()
        chosen = _chosen(terms)
        # A pair is itself the whole word: the index has answered, and nothing is left to compare.
        likes = [f"%{_escaped(term)}%" for term in terms if len(term) != SHORTEST]
        self._values = [*values, *likes]
        self._pairs = chosen
        asked = ", ".join(["block::text || %s"] * len(chosen))
        compared = "".join(f" AND {_doubled(folded_sql('c.summary'))} LIKE %s" for _ in likes)
        # The newest candidates are compared first, and no more of them than fill the page: OFFSET 0 skips nothing, it
        # keeps the comparison from being done on all of them before they are sorted. `id + 0`: below an early entry the
        # planner would read all ids there are, once a block, to spare the index of words a few rows.
        self._sql = (
            "SELECT found.id FROM unnest(%s::bigint[]) AS block CROSS JOIN LATERAL ("
            f"SELECT c.id FROM (SELECT t.id, t.summary FROM {_ENTRY} t WHERE {_doubled(_GRAMS)} @> ARRAY[{asked}] "
            f"AND {_doubled(searched_sql('t'))} AND t.id + 0 < %s{more} "
            f"ORDER BY t.id + 0 DESC OFFSET 0) AS c WHERE true{compared} LIMIT %s) AS found LIMIT %s"
        )

    @property
    def over(self) -> bool:
        """Nothing is left below."""
        return self.below <= 1

    def stride(self, seconds: float) -> int:
        """How many blocks the next step may take so that it ends within `seconds`; 0 when there is no time left."""
        if not self._last:
            return SPARSE_STRIDE if self._holding.sparse else FIRST_STRIDE
        if seconds <= 0:
            return 0
        affordable = seconds / self._pace
        if affordable < 1:
            return 0
        return int(min(affordable, self._last * GROWTH, MOST_BLOCKS))

    def step(self, most: int) -> list[int]:
        """The ids of the next `most` blocks, newest first, no more than a page; the next step goes on below."""
        *blocks, rest = self._next(most)
        ids, began = list[int](), time.monotonic()
        if blocks:
            with connection.cursor() as cursor:
                cursor.execute(self._sql, self.values(blocks))
                ids = [row[0] for row in cursor.fetchall()]
        self._last = max(1, len(blocks))
        self._pace = max(time.monotonic() - began, 1e-6) / self._last
        self.below = ids[-1] if len(ids) == self.most else rest
        return ids

    def values(self, blocks: Sequence[int]) -> list[Any]:
        """What the statement is asked with."""
        return [list(blocks), *self._pairs, self.below, *self._values, self.most, self.most]

    def _next(self, most: int) -> list[int]:
        """The next blocks, and at the end the entry below which to go on: what lies between holds nothing."""
        found = list(islice(self._holding.below(self.below), most + 1))
        if len(found) <= most:
            return [*found, 1]
        return [*found[:most], (found[most] + 1) << BLOCK_BITS]


def _pairs(terms: Sequence[str]) -> list[str]:
    """The pairs of all words, each once."""
    return list(dict.fromkeys(pair for term in terms for pair in pairs(term)))


def _chosen(terms: Sequence[str]) -> list[str]:
    """The pairs to ask for: all of a phrase's, since the one that is rare may be any; of a long one, spread over it."""
    every = [pair for term in sorted(terms, key=len, reverse=True) for pair in pairs(term)]
    step = -(-len(every) // MOST_PAIRS)
    return list(dict.fromkeys(every[::step] if step else every))


def _doubled(sql: str) -> str:
    return sql.replace("%", "%%")


def _escaped(term: str) -> str:
    """For LIKE."""
    return term.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _came_in(below: int) -> dt.datetime | None:
    rows = TimelineEntry.objects.filter(pk__gte=below).order_by("pk")
    return rows.values_list("at", flat=True).first()


def _shown(ids: list[int], staff: Staff) -> list[TimelineEntry]:
    """Of these, what the person may see, newest first."""
    if not ids:
        return []
    return _entries(staff=staff, ids=tuple(ids))


@kept
def _entries(*, staff: Staff, ids: Ids) -> QuerySet[TimelineEntry]:
    rows = TimelineEntry.objects.visible_to(staff).filter(pk__in=ids)
    shown = rows.select_related("customer", "ticket", "contact", "actor", "desk")
    return shown.only(*COLUMNS, *OF_THE_CASE, "customer__number", "customer__name").order_by("-pk")
