"""Which blocks of the history hold a pair of characters: what a search of words asks before it asks the index."""

from __future__ import annotations

from django.db import models


class PairBlocks(models.Model):
    """In which of the 64 blocks of a span a pair stands (tickets/grams.py): one bit a block.

    Written when no entry can come into a block any more (tickets/services/word_blocks.py). The empty pair stands in every block
    that was summed up; a block without it is looked at itself. A bit too many costs a look, one too few would hide an entry: the
    reconciler compares.
    """

    pk = models.CompositePrimaryKey("pair", "span")
    pair = models.TextField()
    span = models.IntegerField()
    blocks = models.BigIntegerField()
