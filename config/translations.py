"""The translation catalogue without GNU gettext: collect, merge, compile (ADR 0050).

msgids are English and stand in the code; locale/ja/LC_MESSAGES/django.po holds the Japanese. The compiled .mo is
made by itself when a process starts and finds it older than the .po, so no step can be forgotten.
"""

from __future__ import annotations

import ast
import contextlib
import datetime as dt
import io
import re
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

from config.environment import ROOT

PO = ROOT / "locale" / "ja" / "LC_MESSAGES" / "django.po"
MO = PO.with_suffix(".mo")
CODE = ("config", "tickets", "escalation", "billing")
TEMPLATES = "templates"

# Functions that mark a text, and where their context and texts stand.
PLAIN = {"_", "_now", "gettext", "gettext_lazy", "gettext_noop"}
CONTEXT = {"pgettext", "pgettext_lazy"}
PLURAL = {"ngettext", "ngettext_lazy"}
CONTEXT_PLURAL = {"npgettext", "npgettext_lazy"}
MARKERS = PLAIN | CONTEXT | PLURAL | CONTEXT_PLURAL

# Context if any, msgid, plural if any.
Entry = tuple[str | None, str, str | None]

_STRING = r"""u?(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""
_CALL = re.compile(rf"\b({'|'.join(sorted(MARKERS))})\(\s*({_STRING}(?:\s*,\s*{_STRING})*)", re.DOTALL)
_FIXED = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)  # the catalogue has no dates of its own: fewer conflicts
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}")


def _entry(marker: str, texts: list[str]) -> Entry | None:
    """The entry of one marked text, if all its parts are literal."""
    if marker in CONTEXT_PLURAL and len(texts) >= 3:
        return texts[0], texts[1], texts[2]
    if marker in CONTEXT and len(texts) >= 2:
        return texts[0], texts[1], None
    if marker in PLURAL and len(texts) >= 2:
        return None, texts[0], texts[1]
    return (None, texts[0], None) if marker in PLAIN and texts else None


def in_code(source: str) -> Iterator[Entry]:
    """The marked texts of a Python module."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        if name not in MARKERS:
            continue
        texts = []
        for argument in node.args:
            if not (isinstance(argument, ast.Constant) and isinstance(argument.value, str)):
                break
            texts.append(argument.value)
        if found := _entry(name, texts):
            yield found


def in_template(source: str, name: str = "") -> Iterator[Entry]:
    """The marked texts of a Django template."""
    for call in _CALL.finditer(templatize(source, origin=name)):
        texts = [ast.literal_eval(text) for text in re.findall(_STRING, call[2], re.DOTALL)]
        if found := _entry(call[1], texts):
            yield found


def sources() -> Iterator[tuple[Path, Iterable[Entry]]]:
    """Every file that may hold marked texts, with those it holds."""
    for app in CODE:
        for path in sorted((ROOT / app).rglob("*.py")):
            if "migrations" not in path.parts:
                yield path, in_code(path.read_text())
    for path in sorted((ROOT / TEMPLATES).rglob("*.html")):
        yield path, in_template(path.read_text(), path.name)


def collect() -> set[Entry]:
    """Every marked text of the tree, without what is in no language: "P1", "", "/"."""
    found = {entry for _path, entries in sources() for entry in entries}
    return {entry for entry in found if entry[0] or re.search(r"[^\W\d_]{2}", entry[1])}


def read(path: Path = PO) -> Catalog:
    """A catalogue; an absent one is empty."""
    if not path.exists():
        return _empty()
    with path.open("rb") as file:
        return read_po(file, locale="ja")


def update(entries: Iterable[Entry], *others: Catalog) -> Catalog:
    """A fresh catalogue of exactly `entries`, translated from the present one and then from `others`."""
    known = [read(), *others]
    fresh = _empty()
    for context, msgid, plural in sorted(entries, key=lambda entry: (entry[1], entry[0] or "")):
        given = next((text for text in (_japanese(one, msgid, context) for one in known) if text), "")
        if plural:
            fresh.add((msgid, plural), (given,), context=context)
        else:
            fresh.add(msgid, given, context=context)
    return fresh


def write(catalog: Catalog, path: Path = PO) -> None:
    """Sorted, one line a text, no line numbers: two people adding texts seldom touch the same lines."""
    path.parent.mkdir(parents=True, exist_ok=True)
    buffer = io.BytesIO()
    write_po(buffer, catalog, no_location=True, sort_output=True, width=0, ignore_obsolete=True)
    _replace(path, buffer.getvalue())


def untranslated(catalog: Catalog) -> list[str]:
    """The msgids that have no Japanese."""
    return [_name(message) for message in catalog if message.id and not _text(message)]


def wrong_placeholders(catalog: Catalog) -> list[str]:
    """The msgids whose Japanese names a value that the English does not give (a count may be left out)."""
    wrong = []
    for message in catalog:
        english = message.id if isinstance(message.id, str) else " ".join(message.id)
        given, used = set(PLACEHOLDER.findall(english)), set(PLACEHOLDER.findall(_text(message)))
        if message.id and _text(message) and not used <= given:
            wrong.append(_name(message))
    return wrong


def compile_if_stale() -> None:
    """Make the .mo when the .po is newer. Where the tree cannot be written the image has made it already."""
    if not PO.exists() or (MO.exists() and MO.stat().st_mtime >= PO.stat().st_mtime):
        return
    buffer = io.BytesIO()
    write_mo(buffer, read())
    with contextlib.suppress(OSError):
        _replace(MO, buffer.getvalue())


def _empty() -> Catalog:
    return Catalog(
        locale="ja", project="Tsunagu", version="1", msgid_bugs_address="", copyright_holder="",
        creation_date=_FIXED, revision_date=_FIXED, last_translator="", language_team="ja",
        header_comment="# Japanese of Tsunagu. `python manage.py messages` keeps it in step with the code.",
        fuzzy=False,
    )  # fmt: skip


def _japanese(catalog: Catalog, msgid: str, context: str | None) -> str:
    message = catalog.get(msgid, context)
    return "" if message is None or message.fuzzy else _text(message)


def _text(message: Message) -> str:
    return (
        message.string if isinstance(message.string, str) else (message.string[0] if message.string else "")
    )


def _name(message: Message) -> str:
    msgid = message.id if isinstance(message.id, str) else message.id[0]
    return f"{message.context}|{msgid}" if message.context else msgid


def _replace(path: Path, content: bytes) -> None:
    """Readers see the old file or the new one, never half of it."""
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=path.name, delete=False) as file:
        file.write(content)
    fresh = Path(file.name)
    fresh.chmod(0o644)
    fresh.replace(path)
