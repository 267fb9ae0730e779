"""CSV that opens right in Excel with Japanese, and in which no text is a formula (F).

UTF-8 with BOM, CRLF, every field quoted. A text that a spreadsheet would calculate gets an apostrophe in front; numbers
are numbers and stay as they are. Times are JST without an offset, as spreadsheets read them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from tickets.dates import JST

BOM = "\ufeff"
# The first character after which a spreadsheet calculates; full-width ones are read as the narrow by some (OWASP).
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
# The lines of a small reply are sent together.
BATCH = 200


def cell(value: object) -> str:
    """One value as text that is safe to open."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, dt.datetime):
        return value.astimezone(JST).strftime("%Y-%m-%d %H:%M")
    if isinstance(value, dt.date):
        return value.isoformat()
    text = str(value).replace("\x00", "")
    return f"'{text}" if text.lstrip(" \u3000").startswith(FORMULA) else text


def line(values: Sequence[object]) -> str:
    """One line, every field quoted."""
    return ",".join('"' + cell(value).replace('"', '""') + '"' for value in values) + "\r\n"


def stream(head: Sequence[object], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    """The whole file, in pieces; `rows` is read as the pieces are asked for."""
    piece = [BOM + line([str(label).lstrip("#") for label in head])]
    for row in rows:
        piece.append(line(row))
        if len(piece) >= BATCH:
            yield "".join(piece)
            piece = []
    yield "".join(piece)
