"""Files of rows: reading them, what each column takes, and the sentences for what is wrong. Pure; no database.

A floor describes what it takes in as an `Importer` and registers it (`AppConfig.ready`); tickets.services.imports
reads, checks and brings in. Nothing here decides who may.
"""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Protocol

from django.utils.functional import Promise as LazyText
from django.utils.translation import gettext_lazy as _

Text = str | LazyText
MOST_BYTES = 20 * 1024 * 1024
MOST_ROWS = 100_000
LONGEST_CELL = 2000


class Unreadable(Exception):
    """The file as a whole cannot be taken; the message is for the person."""


class Wrong(Exception):
    """A cell cannot be what its column takes; `code` is one of PROBLEMS."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


# What can be wrong with a row; `note` ones do not keep it out. Kept by code, told in the reader's language.
PROBLEMS: dict[str, Text] = {
    "missing": _("This must not be empty."),
    "too_long": _("This is too long."),
    "too_many_cells": _("The row has more cells than the heading."),
    "twice": _("The same key stands in line %(line)s already."),
    "key_form": _("Letters, digits and hyphens only, 20 at most."),
    "reserved": _("Numbers of this form are given to callers whom the desk does not know yet."),
    "phone": _("This is no telephone number."),
    "date": _("This is no date; write 2026-01-31 or 2026/1/31."),
    "email": _("This is no mail address."),
    "postal_code": _("This is no postal code; write 123-4567."),
    "kana": _("Write the reading in kana."),
    "choice": _("This is none of the words that the column takes."),
    "unknown": _("Nothing with this code is on file."),
    "unknown_customer": _("No customer has this number; bring the customers in first."),
    "not_sold": _("This product was not sold on that day."),
    "fixed": _("On file it is “%(standing)s”, and that cannot be changed by a file."),
    "taken": _("It belongs to contract %(standing)s."),
    "needs_number": _("A telephone line needs its number."),
    "resembles": _("Perhaps the same as %(standing)s: same reading and telephone."),
    "refused": _("The rules refuse it: %(says)s"),
}
NOTES = frozenset({"resembles"})


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `name` stands in English headings, `ja` in Japanese ones; `normal` gives a cell its normal form."""

    name: str
    ja: str
    normal: Callable[[str], str] = str
    longest: int = 200
    takes: Text = ""
    sample: str = ""
    required: bool = False


@dataclass(slots=True)
class Line:
    """One row on its way: what it says, what is wrong with it, and what the importer found out about it."""

    number: int
    values: dict[str, str] = field(default_factory=dict)
    problems: list[dict[str, str]] = field(default_factory=list)
    verdict: str = ""
    changes: dict[str, list[str]] = field(default_factory=dict)
    found: dict[str, Any] = field(default_factory=dict)

    def wrong(self, column: str, code: str, **facts: object) -> None:
        """Note what is wrong, with what was found in the cell."""
        cell = self.values.get(column, "")
        told = {key: str(value) for key, value in facts.items()}
        self.problems.append({"column": column, "code": code, "found": cell, **told})

    @property
    def is_wrong(self) -> bool:
        """Whether something keeps it out."""
        return any(problem["code"] not in NOTES for problem in self.problems)


class Judge(Protocol):
    """See Importer."""

    def __call__(self, lines: Sequence[Line], *, lock: bool) -> None:
        """Compare with the database; `lock` when the lines are about to be written."""


@dataclass(frozen=True, slots=True)
class Importer:
    """What one kind of file holds.

    `judge(lines, lock=…)` compares lines with the database in a fixed number of statements: it sets verdict and
    changes of those that are not wrong, or says what is. `write(lines)` writes those that are new or changed. Both are called in
    one transaction, `judge` first, with at most services.imports.BATCH lines.
    """

    kind: str
    label: Text
    lead: Text
    columns: tuple[Column, ...]
    key: str
    judge: Judge
    write: Callable[[Sequence[Line]], None]
    order: int = 0

    def column(self, name: str) -> Column | None:
        """The column of that name."""
        return next((column for column in self.columns if column.name == name), None)


_importers: dict[str, Importer] = {}


def register(importer: Importer) -> None:
    """Make a kind of file known. ValueError when it is already."""
    if importer.kind in _importers:
        raise ValueError(f"the import {importer.kind} is registered twice")
    _importers[importer.kind] = importer


def importers() -> list[Importer]:
    """Every kind by `order`: what others need comes first."""
    return sorted(_importers.values(), key=lambda found: found.order)


def importer(kind: str) -> Importer | None:
    """The kind of that name."""
    return _importers.get(kind)


def told(problem: Mapping[str, str]) -> str:
    """The sentence of a problem in the reader's language."""
    return str(PROBLEMS[problem["code"]]) % dict(problem)


def decoded(content: bytes) -> tuple[str, str]:
    """(text, encoding) of UTF-8 with or without a mark, UTF-16 as Excel writes it, or CP932 (Shift_JIS)."""
    marks = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
    marked = next((name for mark, name in marks.items() if content.startswith(mark)), None)
    for encoding in (marked,) if marked else ("utf-8", "cp932"):
        try:
            return content.decode(encoding), encoding
        except UnicodeDecodeError:
            continue
    raise Unreadable(str(_("The file is neither UTF-8 nor Shift_JIS. Save it as “CSV UTF-8”.")))


def heading(importer: Importer, names: Sequence[str]) -> list[Column | None]:
    """The column of each cell of the heading, None for those nobody knows. Unreadable when a needed one is missing."""
    known: dict[str, Column] = {}
    for column in importer.columns:
        known |= {_plain(column.name): column, _plain(column.ja): column}
    found = [known.get(_plain(name)) for name in names]
    there = [column.name for column in found if column]
    missing = [column.ja for column in importer.columns if column.required and column.name not in there]
    if missing:
        raise Unreadable(
            str(_("The heading lacks: %(columns)s. The sample shows it.") % {"columns": "、".join(missing)})
        )
    doubled = sorted({name for name in there if there.count(name) > 1})
    if doubled:
        raise Unreadable(
            str(_("The heading has a column twice: %(columns)s.") % {"columns": ", ".join(doubled)})
        )
    return found


def count_rows(importer: Importer, text: str) -> int:
    """How many rows a readable file has; Unreadable when the file cannot be taken as it is."""
    total = sum(1 for _row in rows(importer, text))
    if not total:
        raise Unreadable(str(_("There is no row under the heading.")))
    if total > MOST_ROWS:
        raise Unreadable(str(_("More than %(most)s rows; split the file.") % {"most": f"{MOST_ROWS:,}"}))
    return total


def rows(importer: Importer, text: str, *, skip: int = 0, most: int | None = None) -> Iterator[Line]:
    """Rows as lines with their cells, unchecked; empty rows are left out. `skip` counts the rows yielded before."""
    first = text[: text.find("\n")] if "\n" in text else text
    reader = csv.reader(io.StringIO(text, newline=""), delimiter="\t" if "\t" in first else ",", strict=True)
    try:
        columns = heading(importer, next(reader, []))
        filled = ((number, row) for number, row in enumerate(reader, start=2) if any(map(str.strip, row)))
        for number, row in islice(filled, skip, None if most is None else skip + most):
            yield _line(number, row, columns)
    except csv.Error as error:
        raise Unreadable(
            str(_("Line %(line)s cannot be read: %(why)s.") % {"line": reader.line_num, "why": error})
        ) from error


def normalise(importer: Importer, line: Line) -> None:
    """Give each cell its normal form; what cannot have one is a problem of the line. Cells of no column are left out."""
    for column in importer.columns:
        raw = line.values.get(column.name, "")
        if not raw:
            if column.required:
                line.wrong(column.name, "missing")
            continue
        try:
            line.values[column.name] = column.normal(raw)
        except Wrong as wrong:
            line.wrong(column.name, wrong.code)
            continue
        if len(line.values[column.name]) > column.longest:
            line.wrong(column.name, "too_long")


def _line(number: int, row: list[str], columns: Sequence[Column | None]) -> Line:
    line = Line(number)
    for column, cell in zip(columns, row, strict=False):
        if column and cell.strip():
            line.values[column.name] = cell.replace("\x00", "").strip()[:LONGEST_CELL]
    if any(cell.strip() for cell in row[len(columns) :]):
        line.wrong("", "too_many_cells")
    return line


def _plain(name: str) -> str:
    folded = unicodedata.normalize("NFKC", name).lower()
    return folded.translate(str.maketrans("", "", " _-*\t\r\n\ufeff"))
