"""CSV that a spreadsheet opens right: with the UTF-8 mark, and with no cell that it would run as a formula. Pure."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator

MARK = "\ufeff"
# What a spreadsheet takes for the beginning of a formula, also behind its own quote or a tab.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")


class _Line:
    """What csv.writer writes to: hands each line back."""

    def write(self, text: str) -> str:
        return text


def safe(cell: object) -> str:
    """The cell as text; what would be a formula begins with an apostrophe. Plain numbers stay numbers."""
    text = "" if cell is None else str(cell)
    if not text.startswith(FORMULA) or _is_number(text):
        return text
    return f"'{text}"


def lines(rows: Iterable[Iterable[object]]) -> Iterator[str]:
    """The rows as lines of CSV, made one by one; the first begins with the mark."""
    writer = csv.writer(_Line())
    yield MARK
    for row in rows:
        yield writer.writerow([safe(cell) for cell in row])


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return text[0] in "-0123456789."
