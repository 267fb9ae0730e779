"""The normal form of a cell: numbers, dates, telephones, kana. Each raises `Wrong` for what it cannot take. Pure."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Callable, Mapping

import jaconv
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from tickets.importing import Wrong
from tickets.search import dialable

KEY = re.compile(r"[0-9A-Za-z][0-9A-Za-z-]{0,19}")
CALLER = re.compile(r"N\d{8}")
DATE = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")
POSTAL = re.compile(r"〒?(\d{3})-?(\d{4})")
KANA = re.compile(r"[ァ-ヺー・\s0-9A-Za-z&.,'()\-]+")
EARLIEST, LATEST = dt.date(1985, 4, 1), dt.date(2099, 12, 31)


def wide(text: str) -> str:
    """NFKC: full-width letters and digits, half-width kana to their common form."""
    return unicodedata.normalize("NFKC", text).strip()


def text(said: str) -> str:
    """As it was written (a name keeps its own characters), with single spaces."""
    return " ".join(said.split())


def key(text: str) -> str:
    """A number by which the older system knows the row."""
    plain = wide(text).replace("−", "-").upper()
    if not KEY.fullmatch(plain):
        raise Wrong("key_form")
    return plain


def code(text: str) -> str:
    """A code of a master."""
    return wide(text).lower()


def kana(text: str) -> str:
    """The reading in full-width katakana, from any kana."""
    plain = " ".join(jaconv.hira2kata(wide(text)).split())
    if not KANA.fullmatch(plain):
        raise Wrong("kana")
    return plain


def phone(text: str) -> str:
    """E.164, from any spelling."""
    number = dialable(text)
    if number is None:
        raise Wrong("phone")
    return number


def email(text: str) -> str:
    """A mail address."""
    plain = wide(text)
    try:
        validate_email(plain)
    except ValidationError as error:
        raise Wrong("email") from error
    return plain


def postal_code(text: str) -> str:
    """123-4567."""
    found = POSTAL.fullmatch(wide(text).replace("−", "-").replace("ー", "-"))
    if not found:
        raise Wrong("postal_code")
    return f"{found[1]}-{found[2]}"


def day(text: str) -> str:
    """An ISO date, from 2026-01-31, 2026/1/31 or 2026年1月31日."""
    found = DATE.fullmatch(wide(text))
    try:
        date = dt.date(*map(int, found.groups())) if found else None
    except ValueError:
        date = None
    if date is None or not EARLIEST <= date <= LATEST:
        raise Wrong("date")
    return date.isoformat()


def one_of(words: Mapping[str, str]) -> Callable[[str], str]:
    """A value by any of the words that mean it."""
    known = {wide(word).lower(): value for word, value in words.items()}

    def normal(text: str) -> str:
        value = known.get(wide(text).lower())
        if value is None:
            raise Wrong("choice")
        return value

    return normal


def several_of(words: Mapping[str, str]) -> Callable[[str], str]:
    """Values joined by spaces, in the order of `words`, from words with any mark between them."""
    single = one_of(words)

    def normal(text: str) -> str:
        found = {single(part) for part in re.split(r"[\s、,・+/;&＋]+", wide(text)) if part}
        if not found:
            raise Wrong("choice")
        return " ".join(value for value in dict.fromkeys(words.values()) if value in found)

    return normal
