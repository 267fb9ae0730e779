"""Summing up which pairs of characters stand in which blocks of the history, once a block can grow no more.

An entry takes its number first and is seen only at its commit. A block is summed up when a newer one has begun and nobody
who was writing then is writing still: whoever begins later gets a higher number.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterator

from django.db import connection
from django.utils.translation import gettext as _

from tickets.balance import Finding, check
from tickets.grams import BLOCK_BITS, folded_sql
from tickets.models import PairBlocks
from tickets.models.timeline import searched_sql
from tickets.queries.word_blocks import ALL, SPAN, SPAN_BITS, holding
from tickets.service import service

BATCH = 16
PATIENCE = 5.0  # seconds for those who are writing to end; else the next tick tries again
COMPARED = 500  # entries a look of the reconciler
_BETWEEN = 0.05
# In the order of the pairs, so that two who sum up at once wait for each other and never in a circle.
_SUM_UP = f"""
    INSERT INTO tickets_pairblocks AS p (pair, span, blocks)
    SELECT pair, %(span)s, CAST(%(bit)s AS bigint) FROM (
      SELECT substr(e.folded, i, 2) AS pair FROM (
        SELECT {folded_sql("t.summary").replace("%", "%%")} AS folded FROM tickets_timelineentry t
        WHERE t.id >= %(first)s AND t.id < %(after)s AND {searched_sql("t").replace("%", "%%")} OFFSET 0
      ) AS e, generate_series(1, length(e.folded) - 1) AS i
      UNION SELECT ''
    ) AS found ORDER BY pair
    ON CONFLICT (pair, span) DO UPDATE SET blocks = p.blocks | excluded.blocks
"""
# Entries of one block with a pair that the sums do not know.
_HIDDEN = f"""
    SELECT e.id FROM (
      SELECT t.id, {folded_sql("t.summary").replace("%", "%%")} AS folded FROM tickets_timelineentry t
      WHERE t.id >= %(first)s AND t.id < %(after)s AND {searched_sql("t").replace("%", "%%")} ORDER BY t.id DESC LIMIT %(most)s
    ) AS e WHERE EXISTS (
      SELECT 1 FROM generate_series(1, length(e.folded) - 1) AS i LEFT JOIN tickets_pairblocks p
      ON p.pair = substr(e.folded, i, 2) AND p.span = %(span)s WHERE COALESCE(p.blocks, 0) & CAST(%(bit)s AS bigint) = 0
    )
"""
_WRITING = """
    SELECT virtualtransaction FROM pg_locks WHERE relation = 'tickets_timelineentry'::regclass AND granted
    AND mode IN ('RowExclusiveLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
    AND pid IS DISTINCT FROM pg_backend_pid()
"""


def sum_up(*, most: int = BATCH, patience: float = PATIENCE) -> int:
    """Sum up the oldest blocks that were not, `most` of them, a transaction each; returns how many. For the system.

    None while somebody who was writing when it began is writing still after `patience` seconds.
    """
    blocks = _left(most)
    if not blocks or not _nobody_writes_any_more(patience):
        return 0
    for block in blocks:
        _sum_up(block)
    return len(blocks)


@check("tickets.words")
def hidden(at: dt.datetime) -> Iterator[Finding]:
    """Entries that a search would pass by: of the newest block that was summed up, the newest."""
    known = holding(())
    span = max((span for span, blocks in known.summed.items() if blocks), default=None)
    if span is None:
        return
    values = _values(span << SPAN_BITS | known.summed[span].bit_length() - 1)
    with connection.cursor() as cursor:
        cursor.execute(_HIDDEN, {**values, "most": COMPARED})
        for (pk,) in cursor.fetchall():
            yield Finding(f"entry {pk}", _("the search of words does not find it"))


@service
def forget() -> int:
    """Throw the sums away, so that they are made anew; until then every block is looked at. For a person on the machine."""
    return PairBlocks.objects.all().delete()[0]


def _left(most: int) -> list[int]:
    """Blocks older than the newest that were not summed up, the oldest first."""
    known = holding(())
    top, found = known.newest >> BLOCK_BITS, list[int]()
    for span in range((top >> SPAN_BITS) + 1):
        left = ALL & ~known.summed.get(span, 0)
        blocks = (span << SPAN_BITS | bit for bit in range(SPAN) if left >> bit & 1)
        found += [block for block in blocks if block < top]
        if len(found) >= most:
            break
    return found[:most]


def _nobody_writes_any_more(patience: float) -> bool:
    """All who were writing into the history now have ended."""
    until, writing = time.monotonic() + patience, _writing()
    while writing and time.monotonic() < until:
        time.sleep(_BETWEEN)
        writing &= _writing()
    return not writing


def _writing() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(_WRITING)
        return {row[0] for row in cursor.fetchall()}


@service
def _sum_up(block: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_SUM_UP, _values(block))


def _values(block: int) -> dict[str, int]:
    bit = 1 << (block & (SPAN - 1))
    return {
        "span": block >> SPAN_BITS,
        "bit": bit - (1 << SPAN) if bit >> (SPAN - 1) else bit,  # bigint has a sign
        "first": block << BLOCK_BITS,
        "after": (block + 1) << BLOCK_BITS,
    }
