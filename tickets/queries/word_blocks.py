"""In which blocks of the history words may stand: one look-up a pair and 64 blocks, before the index is asked at all.

Asking the index of each block whether it holds what it does not hold is what made rare and absent words grow with the desk.
What was not summed up yet (the newest blocks) always may hold them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from tickets.grams import BLOCK_BITS
from tickets.queries import prepared

SPAN_BITS = 6
SPAN = 1 << SPAN_BITS
ALL = (1 << SPAN) - 1
# Look-ups a search; of so many pairs the others hardly leave out a block more.
MOST_PAIRS = 40
# The empty pair stands in every block that was summed up, so that it takes part in the AND without changing it.
_HOLDING = """
    SELECT newest.id, s.span, s.held, s.summed
    FROM (SELECT max(id) AS id FROM tickets_timelineentry) AS newest LEFT JOIN (
      SELECT span, CASE WHEN count(*) = cardinality(%s::text[]) THEN bit_and(blocks) ELSE 0 END AS held,
        bit_or(blocks) FILTER (WHERE pair = '') AS summed
      FROM tickets_pairblocks WHERE pair = ANY (%s::text[]) AND span <= %s GROUP BY span) AS s ON s.summed IS NOT NULL
"""


@dataclass(frozen=True, slots=True)
class Holding:
    """Which blocks may hold all pairs: of each span those that do and those that were summed up, as bits."""

    newest: int
    held: Mapping[int, int] = field(default_factory=dict)
    summed: Mapping[int, int] = field(default_factory=dict)

    @property
    def sparse(self) -> bool:
        """Most of what was summed up does not hold them, so that a block that does has few entries that do."""
        return 2 * _count(self.held) < _count(self.summed)

    def below(self, entry: int) -> Iterator[int]:
        """The blocks to look at for entries below this one, the newest first."""
        top = (entry - 1) >> BLOCK_BITS
        for span in range(top >> SPAN_BITS, -1, -1):
            wanted = self.held.get(span, 0) | ALL & ~self.summed.get(span, 0)
            if span == top >> SPAN_BITS:
                wanted &= (2 << (top & (SPAN - 1))) - 1
            while wanted:
                bit = wanted.bit_length() - 1
                wanted ^= 1 << bit
                yield span << SPAN_BITS | bit


def holding(pairs: Sequence[str], below: int | None = None) -> Holding:
    """The blocks that may hold every one of `pairs`, of those at or under the entry `below`; one query."""
    asked = ["", *pairs[:MOST_PAIRS]]
    highest = 2**31 - 1 if below is None else below >> BLOCK_BITS >> SPAN_BITS
    with prepared.cursor() as cursor:
        cursor.execute(_HOLDING, [asked, asked, highest])
        rows = cursor.fetchall()
    spans = [(span, held, summed) for _newest, span, held, summed in rows if span is not None]
    return Holding(
        newest=rows[0][0] or 0,
        held={span: held & ALL for span, held, _summed in spans},
        summed={span: summed & ALL for span, _held, summed in spans},
    )


def _count(blocks: Mapping[int, int]) -> int:
    return sum(bits.bit_count() for bits in blocks.values())
