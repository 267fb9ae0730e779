"""Pairs of characters (bigrams): how free Japanese text is found, two characters or a phrase.

Trigram indexes do not serve the two-character words that Japanese is made of. So each entry is indexed by its pairs, and
each pair carries the block of entries that it stands in: `76解約`. A block is 2 ** BLOCK_BITS entries in the order in
which they came in. A search asks block by block, the newest first, and stops when a screenful is found: what is common
is found in the first blocks, what is rare costs one short look-up a block, and the newest entries, which are all that is
ever written, share a few hot pages of the index.
"""

from __future__ import annotations

import unicodedata
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db.models import Func, TextField

from tickets.search import VARIANTS

BLOCK_BITS = 13
_FROM = "".join(chr(code) for code in VARIANTS)
_TO = "".join(chr(VARIANTS[ord(char)]) for char in _FROM)


def folded_sql(text: str) -> str:
    """SQL of `text` as it is compared: NFKC, lower case, common kanji, no white space; `fold` in the database."""
    # translate() drops what has no counterpart: the white space at the end.
    return f"translate(lower(normalize({text}, NFKC)), '{_FROM} ' || chr(9) || chr(10) || chr(13), '{_TO}')"


def grams_sql(pk: str, text: str) -> str:
    """SQL of the array of marked pairs; only built-in immutable functions, so that an index can hold it.

    Every character is written twice and the outermost left off, so that the pairs stand side by side: abcd, abbccd, ab bc cd.
    """
    twice = f"left(substr(regexp_replace({folded_sql(text)}, '(.)', '\\1\\1', 'g'), 2), -1)"
    mark = f"({pk} >> {BLOCK_BITS})::text || '\\1 '"
    return f"string_to_array(rtrim(regexp_replace({twice}, '(..)', {mark}, 'g')), ' ')"


def fold(text: str) -> str:
    """As `folded_sql`, in Python."""
    plain = unicodedata.normalize("NFKC", text).lower().translate(VARIANTS)
    return "".join(char for char in plain if char not in " \t\n\r")


def pairs(folded: str) -> list[str]:
    """The pairs of a folded text, each once, in order."""
    return list(dict.fromkeys(folded[i : i + 2] for i in range(len(folded) - 1)))


class Grams(Func):
    """`Grams("id", "summary")`: the expression that is indexed."""

    arity = 2
    output_field = ArrayField(TextField())

    def as_sql(
        self,
        compiler: Any,
        connection: Any,
        function: str | None = None,
        template: str | None = None,
        arg_joiner: str | None = None,
        **extra_context: Any,
    ) -> Any:
        """The SQL of `grams_sql` over the two columns."""
        (pk, pk_params), (text, text_params) = (compiler.compile(one) for one in self.source_expressions)
        if pk_params or text_params:
            raise ValueError("Grams takes two columns")
        return grams_sql(pk, text), []
