"""How names, kana, addresses and telephone numbers are folded before they are compared. Pure."""

from __future__ import annotations

import re
import unicodedata

import jaconv
import phonenumbers

# Variants that people and old systems write for the same name.
VARIANTS = str.maketrans(
    "髙﨑濵邊邉齋齊嶋槗栁德惠廣澤櫻龍國淺瀨眞禮", "高崎浜辺辺斎斉島橋柳徳恵広沢桜竜国浅瀬真礼"
)
_DIGIT_SHORT = re.compile(r"\+81[5-9]0\d{7}")
DASHES = str.maketrans("", "", "‐‑‒–—―−ー-ｰ－")


def fold_name(text: str) -> str:
    """NFKC, lower case, no spaces, variant kanji to their common form."""
    return "".join(unicodedata.normalize("NFKC", text).lower().translate(VARIANTS).split())


def fold_kana(text: str) -> str:
    """Full-width katakana without spaces or middle dots: ﾔﾏﾀﾞ, やまだ and ヤマダ are one."""
    wide = unicodedata.normalize("NFKC", text)
    return "".join(jaconv.hira2kata(wide).replace("・", "").split()).lower()


def to_e164(text: str) -> str | None:
    """The E.164 form of a Japanese or international number in any spelling, or None.

    ０５０−１２３４−５６７８, 050-1234-5678, +81 50 1234 5678 and (050)12345678 are the same number.
    """
    plain = unicodedata.normalize("NFKC", text).replace("−", "-").replace("ー", "-")
    try:
        number = phonenumbers.parse(plain, "JP")
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def dialable(text: str) -> str | None:
    """`to_e164` of a number that we are to call or keep; None also for one that is a digit short.

    What begins with 050 to 090 has eleven digits. A caller's own display is taken as it comes (`to_e164`), but what
    somebody typed and nobody can be reached at is better found while the customer is on the line.
    """
    number = to_e164(text)
    return None if number is None or _DIGIT_SHORT.fullmatch(number) else number


def looks_like_phone(text: str) -> bool:
    """Whether a search text is meant as a telephone number: digits, signs and at least six digits."""
    plain = unicodedata.normalize("NFKC", text).translate(DASHES)
    stripped = plain.replace(" ", "").replace("(", "").replace(")", "").replace("+", "")
    return stripped.isdigit() and len(stripped) >= 6
